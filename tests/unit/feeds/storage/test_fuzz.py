"""Damaged files and a writer that never stops: no crash, no message out of its schema, none that was never written.

``UMA_STORM_SECONDS`` sets how long the files are rewritten 50 times a second (10).
"""

import asyncio
import dataclasses
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Set
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.array_writer import ArrayTexts, LastSync, Resync, array, disk, nvme, pool, ssd
from tests.support.feeds import encode
from tests.support.searching import tries
from uma.errors import Unreadable
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.array import array_from
from uma.feeds.storage.emhttp import EmhttpTexts, is_consistent, parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.source import StorageSource
from uma.feeds.storage.status import UNKNOWN, joined, status_from
from uma.feeds.storage.torn_reads.snapshot import FileStamps, Snapshot
from uma.feeds.storage.torn_reads.validator import SnapshotValidator
from uma.host import Host
from uma.model.health import SourceState

STORM_SECONDS = float(os.environ.get("UMA_STORM_SECONDS", "10"))
CASES = tries(10_000)
PER_EXAMPLE = 20

LOG = "2025 Jun  2 12:00:00|34567|200000000|0|0|check P|17578328012\n"
ARRAYS = [
    array(parity_log=LOG, last=LastSync(), display={"hot": "40"}, unassigned=[ssd()], flash=None),
    array(parity=2, disks=[disk(), disk(status="DISK_DSBL")], resync=Resync("recon D2"), pools=[pool("tank", nvme())]),
    array(parity=0, disks=[disk(luks=1, fs="luks:xfs")], fs_state="Stopped", version="6.12.10"),
]
SMART = {"disk1": SmartReading("failed", 60, 10**6, {5: 2**63}, None, None, 0.0)}

NASTY = [
    *(
        "",
        "*",
        "-",
        "-1",
        "1e400",
        "nan",
        "inf",
        "0x10",
        "٣",
        "1_000",
        "9" * 5000,
        str(2**63),
        str(2**80),
        str(2**52),
        "4.5",
        "1e9",
    ),
    *('"', "\\", "\0", "\ud7ff", "=", "[", "]", "%h", "a" * 10_000, "DISK_NP", "DISK_INVALID", "DISK_", "Mounted"),
    *(
        "recon",
        "recon D99",
        "recon P Q",
        "check",
        "clear",
        "STARTED",
        "Unmountable: x",
        "luks:",
        "zfs",
        "Cache",
        "Flash",
    ),
    *(
        "1970 Jan  1 00:00:00|x|y|z",
        "9999 Dec 31 23:59:59|1|1|0|0",
        "Boot",
        "disk0",
        "parity9",
        "Europe/Nowhere",
        "../x",
    ),
]
SEPARATORS = ['"', "\n", "=", '["', '"]', "]", "\r\n", "\ufeff", "|", ";", "\0", "\ud7ff"]


def mutate(text: str, chance: random.Random) -> str:
    """Return *text* with one to four damages, from a cut to an unexpected value."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        end = min(end, start + chance.choice((1, 10, 100, 10_000)))
        lines = text.split("\n")
        match chance.randrange(8):
            case 0:
                text = text[:start]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:end] + text[start:]
            case 3:
                text = text[:start] + chance.choice(SEPARATORS) + text[start:]
            case 4:
                noise = chance.randbytes(end - start).decode(errors="replace")
                text = text[:start] + noise + text[end:]
            case 5:
                chance.shuffle(lines)
                text = "\n".join(lines)
            case 6:
                number = chance.randrange(len(lines))
                lines.insert(number, chance.choice(lines))
                text = "\n".join(lines)
            case _:
                number = chance.randrange(len(lines))
                lines[number] = f'{lines[number].partition("=")[0]}="{chance.choice(NASTY)}"'
                text = "\n".join(lines)
    return text


def damaged(chance: random.Random) -> EmhttpTexts:
    """Return the files of a server, one or all of them mutated."""
    texts = chance.choice(ARRAYS).texts()
    names = [field.name for field in dataclasses.fields(EmhttpTexts)]
    wanted = names if chance.random() < 0.1 else [chance.choice(("var", "disks", "disks", chance.choice(names)))]
    return replace(texts, **{name: mutate(getattr(texts, name), chance) for name in wanted})


WORDS = {
    "array_protection": {
        *("protected", "unprotected", "degraded", "rebuilding", "syncing", "invalid", "none", "unknown"),
    },
    "status": {
        *("active", "standby", "disabled", "emulated", "missing", "invalid", "wrong", "new", "rebuilding", "syncing"),
    },
    "temperature_state": {"ok", "hot", "critical", None},
    "usage_state": {"ok", "warning", "critical", None},
    "health": {"passed", "failed", "unknown"},
}
"""The contract's words."""


def check(status: StorageStatus, *, foreign: Set[str] = frozenset()) -> None:
    """Check the contract on *status*: types, words, finite numbers, and a frame with the same content.

    *foreign* are statuses that no known Unraid has; they pass unchanged.
    """
    assert msgspec.convert(msgspec.to_builtins(status), StorageStatus, strict=True) == status
    frame = json.loads(encode(status, 0.0), parse_constant=pytest.fail)
    assert msgspec.convert(frame["data"], StorageStatus, strict=True) == status
    assert status.array_protection in WORDS["array_protection"]
    assert status.array_status == status.array_status.lower()
    assert status.parity_check.status in {"idle", "running", "paused"}
    members = (*status.disks, *status.cache_disks, *status.parity_disks, *filter(None, [status.boot]))
    for member in members:
        assert member.status in WORDS["status"] | foreign
        for name in ("temperature_state", "usage_state", "health"):
            assert getattr(member, name) in WORDS[name], name
        assert member.temperature is None or -40 <= member.temperature <= 120
        assert member.usage_percent is None or 0 <= member.usage_percent <= 100
        assert member.size_bytes >= 0
        assert member.errors >= 0
    for number in (status.parity_check.percent, status.parity_check.eta_seconds):
        assert number is None or (math.isfinite(number) and number >= 0)


@settings(max_examples=CASES // PER_EXAMPLE, derandomize=True)
@given(st.integers(min_value=0, max_value=2**32))
def test_no_damage_breaks_anything(seed: int) -> None:
    """Thousands of mutations of real-looking files: Unreadable, or a message that keeps the contract, to be weighed."""
    chance = random.Random(seed)
    belief = SnapshotValidator()
    for number in range(PER_EXAMPLE):
        texts = damaged(chance)
        try:
            state = parse_state(texts)
            status = status_from(state, SMART)
        except Unreadable:
            continue
        foreign = {slot.get("status", "").removeprefix("DISK_").lower() for slot in state.disks.values()}
        check(status, foreign=foreign)
        is_consistent(state)
        stamp = (1, number // 2, number)
        array_ = array_from(state)
        check(joined(array_, {}), foreign=foreign)
        belief.weigh(Snapshot(texts, state, array_, FileStamps(stamp, stamp, ()), number / 5))


def test_enough_mutations_are_readable() -> None:
    """The proof above would be empty if all mutations were refused, or none."""
    chance, readable = random.Random(1), 0
    for _ in range(500):
        try:
            parse_state(damaged(chance))
        except Unreadable:
            continue
        readable += 1
    assert 100 < readable < 490


def test_unknown_keeps_the_contract() -> None:
    """So does the message while no file can be read."""
    check(UNKNOWN)


WRITER = """
import json, os, sys, time

folder, manner, states, seconds = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3])), float(sys.argv[4])
hold, enough = int(sys.argv[5]), sys.argv[6]


def write(name, text):
    path = os.path.join(folder, name + ".ini")
    if manner == "rename":
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)
    elif manner == "halves" and name == "disks":
        # Half of it, up to a section's end, is there for a while.
        half = text.rfind('["', 0, len(text) * 2 // 3)
        with open(path, "w") as file:
            file.write(text[:half])
            file.flush()
            time.sleep(0.003)
            file.write(text[half:])
    else:
        with open(path, "w") as file:
            file.write(text)


start, latest, longest = time.monotonic(), 0, 0
for turn in range(int(seconds * 50 * 6)):
    # On a busy machine it continues until enough messages were published.
    if turn >= seconds * 50 and os.path.exists(enough):
        break
    time.sleep(max(0, start + turn / 50 - time.monotonic()))
    began = time.monotonic()
    latest = max(latest, began - start - turn / 50)
    fact = states[turn // hold % len(states)]
    var, disks, devs = fact[turn % len(fact)]
    write("var", var)
    write("disks", disks)
    write("devs", devs)
    longest = max(longest, time.monotonic() - began)
print(latest, longest)
"""
WRITER_IS_LATE = 0.04
"""Two turns: on a machine so busy, the files may be half written or never rest for so long that a report is right."""
TURN_IS_LONG = 0.1
"""Half of a state that stands for so long, as no writer's does, counts as evidence."""


def storm_states() -> list[list[ArrayTexts]]:
    """Four states of a server, each with a few temperatures."""

    def state(temp: int, *, status: str = "DISK_OK", **more: object) -> ArrayTexts:
        data = [disk(temp=str(temp)), disk(status=status), *(disk() for _ in range(4))]
        pools = [pool("cache", ssd(), ssd()), pool("tank")]
        return array(parity=2, disks=data, pools=pools, unassigned=[ssd()], **more)  # type: ignore[arg-type]

    return [
        [state(temp) for temp in range(30, 37)],
        [state(temp, status="DISK_DSBL") for temp in range(40, 47)],
        [state(temp, resync=Resync("check P Q")) for temp in range(30, 37)],
        [state(temp, fs_state="Stopped") for temp in range(30, 37)],
    ]


def written_statuses() -> list[StorageStatus]:
    """Return the messages of the storm's states."""
    return [status_from(parse_state(texts.texts()), {}) for fact in storm_states() for texts in fact]


async def storm(
    root: Path, manner: str, *, hold: int, is_enough: Callable[[list[StorageStatus]], bool]
) -> tuple[list[StorageStatus], list[str]]:
    """Return the messages and reports while a process rewrites the files; *hold* consecutive writes have the same
    facts. What a busy machine explains is left out: reports of a fault if the process was late, and states that were
    never written if it stopped within a turn.

    It does so for STORM_SECONDS, and then until the messages are enough, for six times as long at most.
    """
    states = storm_states()
    host = Host(states[0][0].write_to(root / "root"))
    script, data, enough = root / "writer.py", root / "states.json", root / "enough"
    script.write_text(WRITER)
    data.write_text(json.dumps([[(texts.var, texts.disks, texts.devs) for texts in fact] for fact in states]))
    published: list[StorageStatus] = []
    reports: list[str] = []

    def publish(message: object) -> None:
        assert isinstance(message, StorageStatus)
        published.append(message)
        if is_enough(known(published)):
            enough.touch()

    def report(status: SourceState, detail: str) -> None:
        if reports[-1:] != [status]:
            reports.append(status)

    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), str(host.state), manner, str(data)),
        *(str(STORM_SECONDS), str(hold), str(enough)),
        stdout=subprocess.PIPE,
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(StorageSource(host=host).run(publish, report), name="storage")
        output, _ = await writer.communicate()
        assert writer.returncode == 0
        task.cancel()
    latest, longest = map(float, output.split())
    if latest > WRITER_IS_LATE and "ok" in reports:
        reports = ["ok"]
    if longest > TURN_IS_LONG:
        written = written_statuses()
        published = [status for status in published if status in written]
    return known(published), reports


def known(published: list[StorageStatus]) -> list[StorageStatus]:
    """Leave out that nothing is known yet: on a busy machine the first state may take a second."""
    return published[published[:1] == [UNKNOWN] :]


def protection_and_status(status: StorageStatus) -> tuple[str, str, str]:
    return status.array_status, status.array_protection, status.parity_check.status


@pytest.mark.timeout(STORM_SECONDS * 6 + 60)
@pytest.mark.parametrize("manner", ["in place", "halves", "rename"])
async def test_a_storm_of_writes_shows_only_written_states(tmp_path: Path, manner: str) -> None:
    """Rewritten 50 times a second, with new facts each second: they are published, and nothing that was never written,
    be it half a file or the files of two moments; and nothing is reported."""

    def is_enough(published: list[StorageStatus]) -> bool:
        seen = {protection_and_status(status) for status in published}
        return len(seen) >= min(3, math.floor(STORM_SECONDS)) and len(published) >= STORM_SECONDS

    published, reports = await storm(tmp_path, manner, hold=50, is_enough=is_enough)
    written = written_statuses()
    strange = [status for status in published if status not in written]
    assert not strange, f"{len(strange)} of {len(published)}, the first: {strange[0]}"
    # One of the four may be missed.
    assert is_enough(published)
    assert reports == ["ok"]


@pytest.mark.timeout(STORM_SECONDS * 6 + 60)
async def test_a_storm_of_facts_mixes_none(tmp_path: Path) -> None:
    """With new facts in each of 50 writes a second, every published state was written, var.ini and disks.ini
    together.
    """
    published, reports = await storm(tmp_path, "in place", hold=1, is_enough=lambda published: len(published) >= 2)
    written = written_statuses()
    assert all(status in written for status in published)
    assert len(published) >= 2
    assert reports == ["ok"]
