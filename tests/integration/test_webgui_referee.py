"""The real webGUI judges the same state files: what its pages show is what our message says, or listed here with why.

``UMA_WEBGUI_DIR`` names a working tree of unraid/webgui, 7.0 or later. Main (nchan/device_list, nchan/parity_list) and
the Dashboard (nchan/update_2) are run as they are; nothing of the webGUI is part of this project.
"""

import os
import random
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.scenarios import SCENARIOS
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.sizes import size_text, space_text
from uma.feeds.storage.status import status_from

from .referee.message import pages_of
from .referee.pages import Key, contract_size, shown
from .referee.webgui import Ask, Case, Verdict, WebGui

SAYS_NOTHING = {"errors": "0", "temperature": "*", "limits": "green-text"}
"""Facts that say as much as their absence: the pages leave them out of some rows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that UMA reports differently from the webGUI; ``""`` if one of them does not report it."""

    scenario: str
    page: str
    device: str
    what: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.page} {self.device or 'server'}, {self.what}: {self.ours!r}, the webGUI {self.theirs!r}"


@dataclass(frozen=True, slots=True)
class Known:
    """Differences that are meant, and why; each field is a pattern of the whole text."""

    why: str
    scenario: str = ".*"
    page: str = ".*"
    device: str = ".*"
    what: str = ".*"
    ours: str = ".*"
    theirs: str = ".*"

    def covers(self, difference: Difference) -> bool:
        """Return True if this is one of them."""
        return all(
            re.fullmatch(getattr(self, name), getattr(difference, name))
            for name in ("scenario", "page", "device", "what", "ours", "theirs")
        )


KNOWN = (
    # States.
    Known(
        "A stopped array: the Dashboard calls every device offline, the contract tells how it is.",
        page="dashboard",
        what="status",
        theirs="off-?line",
    ),
    Known(
        "A paused operation: the Dashboard's word turns back as if none were there, the contract's stays.",
        scenario=".*-paused",
        page="dashboard",
        what="status",
        ours="rebuilding|syncing",
        theirs="emulated|invalid",
    ),
    Known(
        "A status of a later Unraid: its colour is all that this webGUI goes by, the contract tells it as it is.",
        scenario="disk-status-of-tomorrow",
        what="status",
        ours="mirrored",
    ),
    Known(
        "A parity disk that is gone: the webGUI hides it, the contract calls that a fault.",
        scenario="parity-gone|parity-gone-of-two",
        device="parity2?",
        ours="faulty|Parity device is missing",
        theirs="",
    ),
    Known(
        "A parity disk that is gone, disabled or new: the webGUI's text counts none of them, only DISK_INVALID.",
        scenario="parity-gone-of-two|parity-disabled|parity-new|new-array",
        device="",
        what="parity",
        ours="Parity is degraded: 1 invalid device|Parity is invalid",
        theirs="Parity is valid",
    ),
    Known(
        "An empty parity slot: the webGUI takes it for a valid one, so the only parity is degraded, never invalid.",
        scenario="parity-invalid|parity-to-be-built-while-stopped",
        device="",
        what="parity",
        ours="Parity is invalid",
        theirs="Parity is degraded: 1 invalid device",
    ),
    Known(
        "A stopped array's DISK_INVALID: no fault by the contract when a start would only check.",
        scenario="parity-invalid-while-stopped",
        what="parity|status",
        ours="Parity is valid|Normal operation, device is active",
        theirs="Parity is degraded: 1 invalid device|Parity is invalid",
    ),
    Known(
        "Nothing mounted for want of keys: the webGUI's footer calls that maintenance, the contract goes by startMode.",
        scenario="encrypted-without-key",
        what="mode",
        ours="",
        theirs="maintenance",
    ),
    # The parity operation.
    Known(
        "Only the second parity is built: the webGUI's text knows a sync by the letter P and calls this a rebuild.",
        scenario="parity2-syncing",
        page="dashboard",
        device="",
        what="operation",
        ours="Parity-Sync",
        theirs="Data-Rebuild",
    ),
    Known(
        "Nothing measured yet: the webGUI shows that as no speed, the contract as null.",
        scenario="check-just-started",
        what="speed",
        ours="---",
        theirs="0.0 B",
    ),
    Known(
        "A damaged end of the log: the webGUI reads its last line only.",
        scenario="check-logged-damaged",
        page="dashboard",
        what="last|last at|errors|duration",
        theirs="never|",
    ),
    # Temperatures and usage.
    Known(
        "A reading that can't be true: the webGUI shows 0, 127 and -41 °C.",
        scenario="temperatures",
        device="disk[123]",
        what="temperature",
        ours=r"\*",
        theirs="(0|127|-41)\u2009°C",
    ),
    Known(
        "The old reading of a drive that sleeps: Main shows it, the Dashboard does not.",
        scenario="temperatures",
        page="main",
        device="disk11",
        what="temperature",
        ours=r"\*",
        theirs="38\u2009°C",
    ),
    Known(
        "Below 0 °C: red on the Dashboard, ok by the contract.",
        scenario="temperatures",
        page="dashboard",
        device="disk[345]",
        what="limits",
        ours="green-text",
        theirs="red-text",
    ),
    Known(
        "An NVMe drive's own limits: the webGUI asks the drive (nvme id-ctrl; there is none here), UMA asks no drive.",
        scenario="temperatures|temperatures-of-the-user",
        page="dashboard",
        device="cache[23]?",
        what="limits",
        ours="(orange|red)-text",
        theirs="green-text",
    ),
    Known(
        "A limit of usage: the Dashboard compares whole percents, as the contract does, and Main compares fractions.",
        scenario="usage",
        page="main",
        device="disk2",
        what="usage",
        ours="orangebar",
        theirs="greenbar",
    ),
    Known(
        "Sizes of a server older than this webGUI: without sectors it shows 0 B.",
        scenario="healthy-6.12",
        page="main",
        what="size",
        theirs="0B",
    ),
    # Rows.
    Known(
        "A pool whose first slot is empty: Main shows that slot with the pool's file system, the contract leaves empty "
        "slots out and gives it to the first member that is there.",
        scenario="pool-first-slot-empty",
        device="cache2?",
        what="status|filesystem|used|free|percent|usage",
    ),
    Known(
        "A subpool: the Dashboard shows it only where its section has `devices`.",
        scenario="zfs-raidz",
        page="dashboard",
        device="tank~special2?",
        theirs="",
    ),
    Known(
        "The boot pool's other members: the contract's `boot` is the first.",
        scenario="internal-boot|internal-boot-in-a-pool",
        page="dashboard",
        device="(boot|flash)2",
        ours="",
    ),
    Known(
        "The boot pool on Main: its drives are shown with the pool they are partitions of, and not at all without one.",
        scenario="internal-boot.*",
        page="main",
        device="boot|flash",
        theirs="",
    ),
)
"""Known differences from the newest webGUI."""
BEFORE_7_3 = (
    Known(
        "btrfs in a mirror: of its raw size, which is twice what it holds.",
        scenario="encrypted|btrfs-raid1|three-pools|pool-member-missing|internal-boot",
        device="vault|cache|fast",
        what="percent|usage",
    ),
    Known("A pool's percentage with a decimal: not shown.", page="dashboard", what="percent of pool", theirs=""),
    Known("A boot pool: not shown on the Dashboard.", page="dashboard", device="boot|flash", theirs=""),
    Known(
        "A boot pool beside a flash drive: the empty flash slot is shown.",
        scenario="internal-boot-and-flash",
        page="main",
        device="flash",
        ours="",
    ),
)
BEFORE_7_2 = (
    Known(
        "A disk that is gone: not shown on the Dashboard of 7.0.",
        scenario="disk-disabled-and-gone|disk-missing|pool-member-missing",
        page="dashboard",
        device="disk2|cache2",
        theirs="",
    ),
)


@dataclass(frozen=True, slots=True)
class Referee:
    """Results of one webGUI for every scenario, and the known differences of its version."""

    webgui: WebGui
    verdicts: Mapping[str, Verdict]
    differences: Mapping[str, Sequence[Difference]]
    known: Sequence[Known]

    @property
    def is_newest(self) -> bool:
        """Return True if it computes as the contract wants."""
        return self.known == KNOWN


@pytest.fixture(scope="module")
def referee(tmp_path_factory: pytest.TempPathFactory) -> Referee:
    """The webGUI at UMA_WEBGUI_DIR, which has judged every scenario."""
    named = os.environ.get("UMA_WEBGUI_DIR")
    if not named:
        pytest.skip("UMA_WEBGUI_DIR does not name a working tree of unraid/webgui")
    if shutil.which("php") is None:
        pytest.skip("there is no php on this machine (Debian: php-cli)")
    script = Path(named) / "emhttp/plugins/dynamix/nchan/device_list"
    if not script.is_file():
        pytest.fail(f"UMA_WEBGUI_DIR={named} is no working tree of unraid/webgui")
    text = script.read_text()
    if "json_encode" not in text:
        pytest.skip("this webGUI is older than 7.0 and publishes in another form")
    before_7_3 = BEFORE_7_3 if "effective_fs_size" not in text else ()
    before_7_2 = BEFORE_7_2 if "ping(" not in text else ()
    webgui = WebGui(Path(named), tmp_path_factory.mktemp("webgui"))
    verdicts = webgui.judge({name: case_of(name) for name in SCENARIOS})
    differences = {name: differences_of(name, verdict) for name, verdict in verdicts.items()}
    return Referee(webgui, verdicts, differences, (*KNOWN, *before_7_3, *before_7_2))


def case_of(name: str) -> Case:
    questions = [fact for fact in pages_of(message_of(name)).values() if not isinstance(fact, str)]
    zone = parse_state(SCENARIOS[name].texts.texts()).var["timeZone"]
    return Case(SCENARIOS[name].texts, zone, {"parity_list": questions, "device_list": [("my_usage",)]})


def message_of(name: str, *, parity_log: str | None = None) -> StorageStatus:
    """Our message, if need be by another log."""
    scenario = SCENARIOS[name]
    texts = scenario.texts if parity_log is None else replace(scenario.texts, parity_log=parity_log)
    return status_from(parse_state(texts.texts()), scenario.smart)


def facts_of(name: str, verdict: Verdict) -> dict[Key, str]:
    """The facts of our message, in the webGUI's words."""
    answers = iter(verdict.answers["parity_list"])
    return {
        key: fact if isinstance(fact, str) else plain(next(answers)) for key, fact in pages_of(message_of(name)).items()
    }


def plain(answer: str) -> str:
    # my_check adds what it lacks.
    return answer.replace("&#8201;&#176;", "\u2009°").removesuffix(". Average speed: ")


def differences_of(name: str, verdict: Verdict) -> list[Difference]:
    disks = parse_state(SCENARIOS[name].texts.texts()).disks
    ours, theirs = facts_of(name, verdict), shown(verdict, {disk["idx"]: key for key, disk in disks.items()})
    return [
        Difference(name, *key, ours.get(key, ""), theirs.get(key, ""))
        for key in sorted(ours | theirs)
        if not agree(key[2], ours.get(key), theirs.get(key))
    ]


def agree(what: str, ours: str | None, theirs: str | None) -> bool:
    if ours is None or theirs is None:
        return SAYS_NOTHING.get(what, "something") in (ours, theirs)
    if what == "percent" and theirs.isdecimal():
        # A whole one; ours is rounded to one decimal.
        return abs(float(ours) - float(theirs)) <= 0.55
    return float(ours) == round(float(theirs), 1) if what == "percent" else ours == theirs


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_webgui_and_the_message_agree(name: str, referee: Referee) -> None:
    """Sizes, percentages, temperatures, states, the parity operation: equal, or known to differ."""
    assert not [
        str(found) for found in referee.differences[name] if not any(known.covers(found) for known in referee.known)
    ]


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.why.partition(":")[0])
def test_each_known_difference_is_met(known: Known, referee: Referee) -> None:
    """A difference that no longer exists is not listed."""
    if not referee.is_newest:
        pytest.skip("this webGUI is older than the contract")
    assert any(known.covers(found) for differences in referee.differences.values() for found in differences)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_log_that_the_webgui_writes_changes_nothing(name: str, referee: Referee) -> None:
    """The last run is the same by var.ini and, once the webGUI has logged it, by the log."""
    logged = message_of(name, parity_log=referee.verdicts[name].parity_log)

    assert logged.parity_check == message_of(name).parity_check


def test_sizes_are_the_webguis_at_every_edge(referee: Referee) -> None:
    """Texts of sizes: at the webGUI's changes of unit, dropped decimals, and rounding."""
    edges = (1, 9.5, 9.949, 9.95, 9.994, 9.995, 10, 99.4, 99.94, 99.95, 99.5, 100, 994, 994.5, 995, 995.5, 999.5, 1000)
    numbers = {0, 1, 512, 1023}
    for power in range(1, 6):
        for edge in edges:
            # Finer than a sector only where floats, in which the webGUI computes, are.
            step = 1 if power < 5 else 512
            numbers |= {round(edge * 1000**power) + shift for shift in (-step, 0, step)}
    chance = random.Random(20)
    numbers |= {512 * round(10 ** chance.uniform(0, 14)) for _ in range(2_000)}
    sizes = sorted(numbers)
    asks: list[Ask] = [("my_scale", size, -1) for size in sizes]
    asks += [("my_scale", size) for size in sizes]
    case = replace(case_of("healthy-no-parity"), asks={"parity_list": asks})

    texts = [contract_size(text) for text in referee.webgui.judge({"sizes": case})["sizes"].answers["parity_list"]]

    assert texts[: len(sizes)] == [size_text(size) for size in sizes]
    assert texts[len(sizes) :] == [space_text(size) for size in sizes]
