"""Libvirt's numbers and XML as states and figures."""

import pytest

from uma.feeds.vms.model import NetworkTraffic
from uma.feeds.vms.parse import (
    UNKNOWN,
    Definition,
    Sample,
    action_from,
    guest_percent,
    host_percent,
    parse_definition,
    sample_from,
    size_of,
    state_shown,
    state_word,
    traffic_sum,
    uuid_text,
)

SECOND = 1_000_000_000
DISK = "<disk type='file' device='{}'><target dev='{}'/></disk>"


def sample(at: float, cpu: int | None = 0, vcpus: tuple[int, ...] = (), life: int = 1) -> Sample:
    return Sample(life, at, cpu, vcpus, None, None, None)


@pytest.mark.parametrize(
    ("xml", "definition"),
    [
        pytest.param(
            '<domain><metadata><vmtemplate xmlns="http://unraid" name="Windows 11"/></metadata></domain>',
            Definition("Windows 11", ()),
            id="7.x",
        ),
        pytest.param(
            "<domain><metadata><u:vmtemplate xmlns:u='unraid' name='a &amp; &quot;b&quot;'/></metadata></domain>",
            Definition('a & "b"', ()),
            id="a prefix, and entities",
        ),
        pytest.param(
            f"<domain><devices>{DISK.format('disk', 'vda')}{DISK.format('cdrom', 'sdb')}{DISK.format('disk', 'hda')}"
            "<disk type='file'><target dev='vdb'/></disk>"
            "<interface><target dev='vnet0'/></interface></devices></domain>",
            Definition(None, ("vda", "vdb")),
            id="no CD-ROMs, nothing of the webGUI's CD-ROM targets, no interfaces",
        ),
        pytest.param(
            f"<domain><devices>{DISK.format('lun', 'sda')}{DISK.format('floppy', 'fda')}</devices></domain>",
            Definition(None, ("sda",)),
            id="a disk that is passed through",
        ),
        pytest.param("<domain><metadata><vmtemplate name=''/></metadata></domain>", Definition(None, ()), id="no name"),
        pytest.param("<domain><devices>", UNKNOWN, id="cut short"),
        pytest.param("", UNKNOWN, id="nothing"),
        pytest.param("\0", UNKNOWN, id="no XML"),
        pytest.param(
            '<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "' + "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '">'
            '<!ENTITY e "' + "&c;" * 1000 + '">]><domain><vmtemplate name="&e;"/></domain>',
            UNKNOWN,
            id="a billion laughs",
        ),
    ],
)
def test_definitions(xml, definition):
    """The template and the disks of a domain's XML; unknown for a damaged one."""
    assert parse_definition(xml) == definition


def test_a_vnc_password_stays_behind():
    """Only template and target names of the XML are kept."""
    xml = "<domain><devices><graphics type='vnc' passwd='geheim'/></devices></domain>"

    assert "geheim" not in repr(parse_definition(xml))


def test_a_sample():
    """Memory is qemu's, at most the current amount; traffic is the sum of all interfaces."""
    statistics = {
        "cpu.time": 9 * SECOND,
        "balloon.current": 2048,
        "balloon.rss": 3000,
        "vcpu.0.time": 1,
        "vcpu.2.time": 2,
        "vcpu.0.wait": 77,
        "net.count": 2,
        "net.0.rx.bytes": 10,
        "net.0.tx.bytes": 1,
        "net.1.rx.bytes": 20,
    }

    assert sample_from(statistics, life=3, at=1.0) == Sample(
        life=3,
        at=1.0,
        cpu_time=9 * SECOND,
        vcpu_times=(1, 2),
        memory_used_bytes=2048 * 1024,
        memory_current_bytes=2048 * 1024,
        network_io=NetworkTraffic(bytes_sent=1, bytes_recv=30),
    )


def test_a_sample_of_a_hung_machine():
    """A missing value is unknown, not zero; so is a text in place of a number."""
    assert sample_from({"cpu.time": "soon", "net.count": -1}, life=3, at=1.0) == Sample(
        3, 1.0, None, (), None, None, None
    )


def test_interfaces_beyond_the_limit():
    """A machine that claims two billion interfaces takes only as long as its list."""
    statistics = {"net.count": 2**31, "net.0.rx.bytes": 1, "net.0.tx.bytes": 2}

    assert sample_from(statistics, life=1, at=0.0).network_io == NetworkTraffic(bytes_sent=2, bytes_recv=1)


@pytest.mark.parametrize(
    ("before", "now", "percent"),
    [
        (sample(0, vcpus=(0, 0)), sample(5, vcpus=(5 * SECOND, 0)), 50.0),
        (sample(0, vcpus=(0,)), sample(3, vcpus=(SECOND,)), 33.3),
        (sample(0, vcpus=(0,)), sample(1, vcpus=(2 * SECOND,)), 100.0),
        (sample(0, vcpus=(9,)), sample(1, vcpus=(3,)), 0.0),
        (sample(0, vcpus=(0,), life=1), sample(1, vcpus=(SECOND,), life=2), None),
        (sample(0, vcpus=(0,)), sample(1, vcpus=(SECOND, 0)), None),
        (sample(0), sample(1), None),
        (sample(1, vcpus=(0,)), sample(1, vcpus=(SECOND,)), None),
    ],
    ids=["of two", "a third", "at most 100", "never below 0", "restarted", "a CPU more", "none told", "no time"],
)
def test_guest_cpu(before, now, percent):
    """The webGUI's guest CPU of 7.3.2: all virtual CPUs' time, divided by their number."""
    assert guest_percent(before, now) == percent


@pytest.mark.parametrize(
    ("before", "now", "cpus", "percent"),
    [
        (sample(0, 0), sample(5, 10 * SECOND), 4, 50.0),
        (sample(0, 0), sample(5, 10 * SECOND), 0, None),
        (sample(0, None), sample(5, 10), 4, None),
        (sample(0, 0, life=1), sample(5, 10, life=2), 4, None),
    ],
)
def test_host_cpu(before, now, cpus, percent):
    """CPU time of all of qemu, divided by the server's CPUs."""
    assert host_percent(before, now, cpus) == percent


@pytest.mark.parametrize(
    ("number", "word", "shown"),
    [
        (0, "nostate", "stopped"),
        (1, "running", "started"),
        (2, "blocked", "stopped"),
        (3, "paused", "paused"),
        (4, "shutdown", "stopped"),
        (5, "shutoff", "stopped"),
        (6, "crashed", "stopped"),
        (7, "pmsuspended", "paused"),
        (8, "nostate", "stopped"),
        (-1, "nostate", "stopped"),
    ],
)
def test_states(number, word, shown):
    """Libvirt's words, and the webGUI's three; a later libvirt's number is no state."""
    assert (state_word(number), state_shown(word)) == (word, shown)


def test_no_state_is_shown_as_none():
    """An unknown state is not shown as stopped."""
    assert state_shown(None) is None


@pytest.mark.parametrize(
    ("event", "detail", "was_active", "action"),
    [
        (0, 0, False, "defined"),
        (1, 0, False, "undefined"),
        (2, 0, False, "started"),
        (3, 0, True, "suspended"),
        (4, 0, True, "resumed"),
        (5, 0, True, "stopped"),
        (5, 1, True, "stopped"),
        (5, 2, True, "crashed"),
        (5, 2, False, "crashed"),
        (5, 5, True, "crashed"),
        (5, 5, False, "stopped"),
        (6, 0, True, "shutdown"),
        (7, 0, True, "pmsuspended"),
        (8, 0, True, "crashed"),
        (9, 0, True, None),
        (-1, 0, True, None),
    ],
)
def test_actions(event, detail, was_active, action):
    """A qemu that died by itself has crashed; one that could not start has not."""
    assert action_from(event, detail, was_active=was_active) == action


def test_uuids_have_dashes():
    """A UUID reads as virsh and the webGUI write it."""
    assert uuid_text(bytes(range(16))) == "00010203-0405-0607-0809-0a0b0c0d0e0f"


@pytest.mark.parametrize(("kib", "size"), [(0, 0), (2048, 2 << 20), (2**64 - 1, None), (-1, None)])
def test_sizes(kib, size):
    """KiB become bytes; libvirt's value for no limit is not a size."""
    assert size_of(kib) == size


def test_unknown_traffic_counts_for_nothing():
    """-1 means unknown, and is not subtracted."""
    assert traffic_sum([(10, -1), (-1, 5)]) == (10, 5)


@pytest.mark.parametrize(
    ("statistics", "traffic"),
    [
        ({}, None),
        ({"net.count": 0}, NetworkTraffic(0, 0)),
        ({"net.count": 1, "net.0.name": "hostdev"}, None),
        ({"net.count": 2, "net.1.rx.bytes": 5, "net.1.tx.bytes": 6}, NetworkTraffic(bytes_sent=6, bytes_recv=5)),
    ],
    ids=["not asked for", "no interface", "a card passed through", "one of two"],
)
def test_traffic_that_libvirt_does_not_count_is_unknown(statistics, traffic):
    """An interface without counters adds nothing; without any counter the traffic is unknown."""
    assert sample_from(statistics, life=1, at=0).network_io == traffic
