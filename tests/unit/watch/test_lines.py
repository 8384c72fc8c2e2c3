"""Messages as lines."""

import json
from pathlib import Path

import pytest

from tests.support.feeds import encode
from uma.watch.lines import line_of

from ..wire.test_envelope import STATS
from ..wire.test_schema import EVENT, GOLDEN


def line(raw: bytes | str) -> str:
    text = raw.decode() if isinstance(raw, bytes) else raw
    return line_of(json.loads(text), text)


def test_a_sample():
    """CPU, memory, load and the four rates."""
    assert line(encode(STATS, 1_750_028_400)) == (
        "2025-06-15T23:00:00Z  CPU  15.2 %  memory  45.8 %  load 0.50  disks read 0 B/s write 0 B/s"
        "  network in 0 B/s out 0 B/s"
    )


def test_an_event():
    """A line has the container, the action and its result; of a death, the exit code."""
    assert line(encode(EVENT, 0)) == "2025-06-15T23:00:00Z  plex: die, now exited (exit code 3)  plex"


def test_a_state():
    """The array's state and protection, the disks' temperatures, the operation, and disks with problems."""
    text = next(path for path in GOLDEN if path.stem == "disk-disabled").read_text()
    running = next(path for path in GOLDEN if path.stem == "check-running").read_text()

    assert "array started, degraded" in line(text)
    assert "disabled" in line(text)
    assert "°C" in line(text)
    assert "check running" in line(running)
    one = json.loads(text)
    one["data"] |= {"disks": one["data"]["disks"][:1], "parity_disks": [], "cache_disks": []}
    assert "  1 disk  " in line(json.dumps(one))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_state_has_a_line(path: Path):
    """No golden message falls back to JSON."""
    assert "  array " in line(path.read_text())


@pytest.mark.parametrize(
    "raw", ["{}", '{"type": "stats"}', '{"type": "stats", "timestamp": "", "data": {"disk_io": 1}}', '{"type": "new"}']
)
def test_unknown_messages_are_shown_unchanged(raw: str):
    """A message of another kind or shape is shown as JSON."""
    assert line(raw) == raw


def test_no_message_moves_the_cursor():
    """Control characters in a name or a whole message are shown as replacements."""
    assert "\x1b" not in line(encode(EVENT, 0).replace(b'"plex"', b'"\\u001b[2J"'))
    assert line_of({}, "\x9b2J") == "\ufffd2J"
