"""Damaged files of Unraid and libvirt: shares, notifications, updates, virtual machines."""

import json
import random
import struct
from contextlib import suppress

import msgspec

from tests.fakes.libvirt import FakeDomain, text
from tests.support.notifications import notification_text
from tests.support.shares import DISKS, VAR, share_section
from tests.support.updates import plugin_text
from uma.feeds.notifications.changes import MAX_ITEMS_BYTES, changes_between, status_from
from uma.feeds.notifications.files import File, Folders
from uma.feeds.notifications.parse import parse_given, parse_path
from uma.feeds.shares import parse as shares
from uma.feeds.updates.parse import Found, Plugin, os_from, parse_release, parse_root, plugin_from
from uma.feeds.updates.versions import compare
from uma.feeds.vms import protocol
from uma.feeds.vms.machines import Machines
from uma.feeds.vms.parse import parse_definition, sample_from

from .mutation import encoded, mutated
from .targets import target

MAX_MESSAGE_BYTES = 1 << 20
WORDS = ("protected", "unprotected", "unknown")

DOMAIN = FakeDomain("haos", 7, active=3, state=1)
BODIES = [
    struct.pack(">I", 1) + DOMAIN.packed + struct.pack(">I", 1),
    struct.pack(">IQQIQ", 1, 4096, 2048, 2, 99),
    struct.pack(">i", 0) + DOMAIN.packed + struct.pack(">ii", 5, 5),
    struct.pack(">I", 1) + DOMAIN.packed + struct.pack(">I", 1) + text("vcpu.0.time") + struct.pack(">iQ", 4, 2**63),
    struct.pack(">qqqqq", 1, 2, 3, 4, 5),
    struct.pack(">iiI", 42, 10, 1) + text("Domain not found"),
]
STATISTICS = ("cpu.time", "vcpu.0.time", "balloon.rss", "balloon.current", "net.count", "net.0.rx.bytes")
PARSERS = (
    protocol.parse_auth,
    protocol.parse_block,
    protocol.parse_error,
    protocol.parse_host_cpus,
    protocol.parse_text,
)


@target
def libvirt_replies(chance: random.Random) -> None:
    """Any answer of libvirt's socket gives a value or a ValueError, and a message made of it can be sent."""
    body = encoded(mutated(chance, [each.decode("latin-1") for each in BODIES]))
    machines = Machines()
    machines.host_cpus = chance.choice((-1, 0, 1, 8))
    for parse in PARSERS:
        with suppress(ValueError):
            parse(body)
    with suppress(ValueError):
        event = protocol.parse_lifecycle(body)
        msgspec.json.encode(machines.take(event))
    with suppress(ValueError):
        for domain in protocol.parse_domains(body):
            with suppress(ValueError):
                machines.learn(domain, protocol.parse_info(body), None)
    largest = chance.choice((0, 1 << 20, 2**63, 2**64 - 1))
    name = mutated(chance, ["haos"])
    machines.learn(protocol.Domain(name, DOMAIN.uuid, 3), protocol.DomainInfo(largest % 9, largest, largest, 2), None)
    numbers = {key: chance.choice((-1, 0, 7, 2**64 - 1, "x", 0.5)) for key in STATISTICS}
    for at in (1.0, 2.0):
        machines.measure(DOMAIN.uuid, sample_from(numbers, life=3, at=at), None)
    with suppress(ValueError):
        for domain, statistics in protocol.parse_statistics(body).values():
            for at in (1.0, 2.0):
                machines.measure(domain.uuid, sample_from(statistics, life=domain.id, at=at), None)
    for vm in machines.status("running").vms:
        assert vm.cpu_percent is None or 0 <= vm.cpu_percent <= 100
        assert vm.state_shown in ("started", "paused", "stopped", None)
    msgspec.json.encode(machines.status("running"))


XML = [DOMAIN.xml, plugin_text("uma", "2026.11.23", min="6.12.0")]


@target
def foreign_xml(chance: random.Random) -> None:
    """A domain's XML and a plugin's give a few texts, or none; no entity expands without limit."""
    damaged = mutated(chance, XML)
    definition = parse_definition(damaged)
    assert all(isinstance(disk, str) for disk in definition.disks or ())
    attributes = parse_root(damaged.encode(errors="replace"))
    update = plugin_from(Plugin("uma.plg", attributes, Found(1.0, attributes)), "7.3.2")
    assert len(msgspec.json.encode(update)) < 4096


SHARES = [
    share_section("media", useCache="yes", cachePool="cache") + share_section("backup", color="yellow-on"),
    DISKS,
    VAR,
    '["media"]\nexport="eh"\nsecurity="private"\n',
    "cache=1\ndisk.total=1\n",
]


@target
def share_files(chance: random.Random) -> None:
    """Damaged files about shares give a message that can be sent, with allowed words only."""
    one, *others = (mutated(chance, SHARES) for _ in range(6))
    computed = {"media": shares.Computed(chance.choice((0.0, float("nan"), 1e300)), one)}
    texts = shares.ShareTexts(*others, computed=computed)  # type: ignore[arg-type]  # five texts
    status = shares.status_from(texts)
    for share in status.shares:
        assert share.protection in WORDS
        assert 0 < len(share.name) <= shares.MAX_NAME_CHARACTERS
        assert share.free_bytes is None or 0 <= share.free_bytes <= shares.LARGEST_BYTES
    json.loads(msgspec.json.encode(status))


GIVEN = [
    notification_text(),
    notification_text(quoted=False, subject='a = "b"', description="X_1A2B3C4D (sdb)<br>&#8201;&lt;"),
    '[notify]\npath="/boot/config/plugins/dynamix/notifications"\n',
]


@target
def notification_files(chance: random.Random) -> None:
    """Damaged notifications are printable texts within a message's bound; no folder under /mnt is ever opened."""
    files = {}
    for number in range(chance.randint(0, 60)):
        name = mutated(chance, [f"event_{number}.notify"]) or "x"
        files[name] = File(name, (chance.randint(-(10**9), 2**62), 10), parse_given(mutated(chance, GIVEN)))
    folders = Folders(files, dict(list(files.items())[::2]))
    status = status_from(folders, lambda each: each)
    assert len(status.items) <= 50
    for item in status.items:
        assert all(each.isprintable() for each in (item.event, item.subject, item.description, item.link or ""))
    assert sum(len(msgspec.json.encode(item)) for item in status.items) < 3 * MAX_ITEMS_BYTES
    for _, item in changes_between(Folders(), folders, lambda each: each):
        msgspec.json.encode(item)
    path = parse_path(mutated(chance, GIVEN))
    assert path is None or not f"{path}/".startswith("/mnt/")


RESULTS = [
    json.dumps({"version": "7.3.4", "isNewer": True, "isEligible": True, "params": {}}),
    json.dumps({"updateOsIgnoredReleases": ["7.3.4"]}),
    json.dumps({"error": "none"}),
    'version="7.3.2"\n',
    "7.3.0-rc.1",
    "2026.08.01a",
]


@target
def update_files(chance: random.Random) -> None:
    """Any result of a check gives one of four states; comparing two versions is symmetric."""
    one, two, three = (mutated(chance, RESULTS) for _ in range(3))
    update = os_from(parse_release(one), (1.0, two), three, None)
    assert update.status in ("up_to_date", "available", "incompatible", "unknown")
    assert len(msgspec.json.encode(update)) < MAX_MESSAGE_BYTES
    assert compare(one, two) == -compare(two, one)
