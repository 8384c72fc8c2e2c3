"""ZFS pools from kstat and the webGUI's notes."""

import pytest

from uma.feeds.storage.details.zfs import parse_state, read_noted_states, read_zfs_state
from uma.host import Host


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ONLINE\n", "online"),
        ("SUSPENDED\n", "suspended"),
        ("NEWWORD", "newword"),
        ("", None),
        ("two words", None),
        ("TRANSITIONING\n", None),
    ],
)
def test_states(text, word):
    """The kernel's word in lower case; an unknown word stays, and between two states it is not known."""

    assert parse_state(text) == word


def test_a_pool_of_kstat(tmp_path):
    """A pool's state is read by its name, which can't be a path."""
    folder = tmp_path / "proc/spl/kstat/zfs/tank"
    folder.mkdir(parents=True)
    (folder / "state").write_text("DEGRADED\n")
    host = Host(tmp_path)

    assert [read_zfs_state(host, pool) for pool in ("tank", "gone", "../tank", "..", "")] == ["degraded", *[None] * 4]


def test_noted_states(tmp_path):
    """The monitor's notes are by pool; without its file there are none."""
    host = Host(tmp_path)
    assert read_noted_states(host) == {}

    host.state.mkdir(parents=True)
    (host.state / "monitor.ini").write_text('[poolsstatus]\ntank="ONLINE - ERRORS"\nold=""\n[other]\nx="1"\n')

    assert read_noted_states(host) == {"tank": "online - errors"}
