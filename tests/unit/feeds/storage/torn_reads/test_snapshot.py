"""Parts of a reading besides its status: facts without numbers, ends of files, stamps of real files."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.array_writer import ArrayTexts, LastSync, Resync, array, disk, nvme, parity, pool, ssd
from uma.feeds.storage.array import array_from
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.feeds.storage.status import joined
from uma.feeds.storage.torn_reads.snapshot import Ends, FileStamps, Snapshot, read_stamps
from uma.host import Host

UNMARKED = FileStamps(None, None, ())


def reading_of(texts: ArrayTexts) -> Snapshot:
    state = parse_state(texts.texts())
    return Snapshot(texts.texts(), state, array_from(state), UNMARKED, 0.0)


def server(
    *, temp: str = "34", used: str = "4TB", errors: int = 0, resync: Resync | None = None, status: str = "DISK_OK"
) -> ArrayTexts:
    return array(
        parity=[parity(temp=temp, errors=errors)],
        disks=[disk(temp=temp, used=used, errors=errors, status=status)],
        pools=[pool("cache", nvme(temp=temp, errors=errors), used=used.replace("TB", "00GB"))],
        unassigned=[ssd(temp=temp)],
        resync=resync,
    )


def test_facts_have_no_numbers() -> None:
    """Except for temperatures, used space, errors and progress, two readings have the same facts."""
    before = reading_of(server(resync=Resync("check P")))
    after = reading_of(server(temp="60", used="7.5TB", errors=3, resync=Resync("check P", share=0.9, errors=4)))
    assert joined(before.array, {}) != joined(after.array, {})
    assert before.facts == after.facts
    assert after.moves_only_numbers(before)


@pytest.mark.parametrize(
    "texts",
    [
        server(status="DISK_DSBL"),
        server(resync=Resync("check P")),
        array(disks=[disk("4TB", "1TB")], unassigned=[ssd()]),
        replace(server(), devs=""),
        replace(server(), var=server().var.replace('fsState="Started"', 'fsState="Stopping"')),
        replace(server(), parity_log="2025 Jun  2 12:00:00|34567|200000000|0|0|check P|17578328012\n"),
        replace(server(), dynamix='[display]\nhot="30"\n'),
    ],
    ids=["status", "check", "array", "devices", "array status", "log", "settings"],
)
def test_all_else_is_a_fact(texts: ArrayTexts) -> None:
    """A changed status, operation, device, array state, result or setting is more than a number."""
    assert not reading_of(texts).moves_only_numbers(reading_of(server()))


def test_ends() -> None:
    """A file ends with the last key of its last section, var.ini with its last key; a cut file does not reach it."""
    texts = server()
    whole = reading_of(texts)
    assert whole.ends == Ends(("", "csrf_token"), ("flash", "fsUsed"), ("dev1", "numWrites"))
    assert whole.reaches(whole.ends) == (True, True, True)
    cut = reading_of(replace(texts, disks=texts.disks[: texts.disks.index('["flash"]')]))
    assert cut.ends.disks == ("cache", "shareFloor")
    assert cut.reaches(whole.ends) == (True, False, True)
    less = reading_of(replace(texts, var=texts.var[: texts.var.index("csrf_token")], devs=""))
    assert less.reaches(whole.ends) == (False, True, False)
    assert less.ends.devs == ("", "")
    assert whole.reaches(less.ends) == (True, True, True)


FILES = (
    "var/local/emhttp/var.ini",
    "var/local/emhttp/disks.ini",
    "var/local/emhttp/devs.ini",
    "boot/config/parity-checks.log",
    "boot/config/plugins/dynamix/dynamix.cfg",
    "boot/config/smart-one.cfg",
    "usr/local/emhttp/plugins/dynamix/default.cfg",
)


def whole_tree(root: Path) -> Host:
    """A host with each of FILES."""
    array(last=LastSync()).write_to(root)
    for name in FILES:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text('hot="50"\n')
    return Host(root)


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_its_mark(tmp_path: Path, name: str) -> None:
    """Every file that is read changes the stamps when it is written in place, replaced, or removed."""
    host = whole_tree(tmp_path)
    seen = [read_stamps(host)]
    file = tmp_path / name
    file.write_text(file.read_text() + "\n")
    seen.append(read_stamps(host))
    file.with_suffix(".new").write_text(file.read_text())
    file.with_suffix(".new").rename(file)
    seen.append(read_stamps(host))
    os.utime(file, ns=(1, 1))
    seen.append(read_stamps(host))
    file.unlink()
    seen.append(read_stamps(host))
    assert len(set(seen)) == len(seen)


def test_no_file_is_read_that_has_no_mark(tmp_path: Path) -> None:
    """Each text of read_texts has its file among FILES."""
    host = whole_tree(tmp_path)
    before = read_texts(host)
    for name in FILES:
        (tmp_path / name).write_text((tmp_path / name).read_text() + 'other="1"\n')
    after = read_texts(host)
    assert all(getattr(before, field) != getattr(after, field) for field in before.__dataclass_fields__)


def test_marks_of_nothing(tmp_path: Path) -> None:
    """A missing file has no stamp; neither a loop of links nor a file in the path raises an error."""
    assert read_stamps(Host(tmp_path)) == FileStamps(None, None, (None,) * 5)
    (tmp_path / "var").write_text("a file")
    (tmp_path / "boot").symlink_to("boot")
    assert read_stamps(Host(tmp_path)) == FileStamps(None, None, (None,) * 5)
