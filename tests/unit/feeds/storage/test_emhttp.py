"""emhttpd's files: read as texts, parsed whole or not at all."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.array_writer import EMPTY, LastSync, Resync, array, disk, parity, pool
from uma.errors import Unreadable
from uma.feeds.files import MAX_FILE_BYTES
from uma.feeds.storage.emhttp import (
    LOG_TAIL,
    EmhttpTexts,
    is_consistent,
    parse_state,
    read_texts,
)
from uma.host import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    texts = array(
        parity_log="2024 Jan  5 12:00:00|1|1|0|0\n", display={"hot": "40"}, smart_one={"A_B": {"hotTemp": "41"}}
    )
    return Host(texts.write_to(tmp_path))


def test_everything_is_read_from_where_unraid_keeps_it(host: Host) -> None:
    """State in RAM, settings on the flash drive, defaults among the webGUI's files."""
    (host.webgui / "plugins/dynamix").mkdir(parents=True)
    (host.webgui / "plugins/dynamix/default.cfg").write_text('[display]\nhot="45"\nmax="55"\n')
    state = parse_state(read_texts(host))

    assert state.var["fsState"] == "Started"
    assert list(state.disks) == ["parity", "disk1", "disk2", "parity2", "flash"]
    assert state.devs == {}
    assert state.display == {"hot": "40", "max": "55"}
    assert state.smart_one == {"A_B": {"hotTemp": "41"}}
    assert state.parity_history == ("2024 Jan  5 12:00:00|1|1|0|0",)


@pytest.mark.parametrize("name", ["var.ini", "disks.ini"])
def test_a_file_that_has_to_be_there_says_why_it_is_not(host: Host, name: str) -> None:
    """Missing, empty, not a file, too large: the file's name and the reason."""
    path = host.state / name

    def reason() -> str:
        with pytest.raises(Unreadable) as caught:
            read_texts(host)
        return str(caught.value)

    path.write_text("")
    assert reason() == f"{name} is empty"
    path.write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    assert reason() == f"{name} is larger than 1 MiB"
    path.unlink()
    assert reason() == f"{name} is missing in {host.state}"
    path.mkdir()
    assert reason() in (f"{name} is not a file", f"{name} can't be read: Is a directory")
    path.rmdir()
    os.mkfifo(path)
    assert reason() == f"{name} is not a file"
    path.unlink()
    path.symlink_to(name)
    assert reason() == f"{name} can't be read: Too many levels of symbolic links"


def test_a_file_that_may_be_absent_is_empty_then(tmp_path: Path) -> None:
    """This holds for anything unreadable or too large in its place, too."""
    host = Host(array().write_to(tmp_path))
    (host.state / "devs.ini").unlink()
    (host.flash_config / "smart-one.cfg").mkdir()
    (host.flash_config / "parity-checks.log").mkdir()
    (host.webgui / "plugins/dynamix").mkdir(parents=True)
    (host.webgui / "plugins/dynamix/default.cfg").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    os.mkfifo(host.flash_config / "plugins/dynamix/dynamix.cfg")
    texts = read_texts(host)

    assert texts == replace(array().texts(), devs="", smart_one="", dynamix="")


def test_only_the_end_of_the_log_is_read(host: Host) -> None:
    """It grows by a line a month for the server's whole life."""
    log = host.flash_config / "parity-checks.log"
    log.write_text("2020 Jan  1 00:00:00|1|1|0|0\n" * 100_000 + "the end\n")
    text = read_texts(host).parity_log

    assert len(text) == LOG_TAIL
    assert text.endswith("\nthe end\n")


def test_bytes_that_are_no_utf_8_are_replaced(host: Host) -> None:
    """A comment may hold anything."""
    path = host.state / "var.ini"
    path.write_bytes(path.read_bytes() + b'COMMENT="caf\xe9"\n')

    assert parse_state(read_texts(host)).var["COMMENT"] == "caf\ufffd"


@pytest.mark.parametrize("field", ["var", "disks"])
def test_no_beginning_of_a_line_passes_for_the_file(field: str) -> None:
    """If cut anywhere within a line, var.ini and disks.ini are refused."""
    texts = array(pools=[pool("cache")]).texts()
    text = getattr(texts, field)
    cuts = [cut for cut in range(1, len(text) - 2) if text[cut - 1] != "\n" and text[cut] != "\n"]

    for cut in cuts:
        with pytest.raises(Unreadable, match=rf"{field}\.ini is not whole"):
            parse_state(replace(texts, **{field: text[:cut]}))


def test_a_var_ini_without_the_arrays_state_is_not_whole() -> None:
    """emhttpd writes it near the end: a text without it can't be believed."""
    texts = array().texts()
    beginning = texts.var[: texts.var.index("fsState")]

    for text in ("", "\n", beginning, beginning + 'fsState=""\n', '["section"]\nfsState="Started"\n'):
        with pytest.raises(Unreadable, match=r"var\.ini"):
            parse_state(replace(texts, var=text))


def test_a_disks_ini_with_an_incomplete_last_section_is_not_whole() -> None:
    """A cut between two lines leaves a mounted disk without its sizes, or a slot without its type."""
    texts = array().texts()

    for text in (
        "",
        'name="no section"\n',
        texts.disks[: texts.disks.index('type="Flash"')],
        texts.disks[: texts.disks.rindex("fsFree")],
    ):
        with pytest.raises(Unreadable, match=r"disks\.ini"):
            parse_state(replace(texts, disks=text))


def test_a_missing_last_newline_is_not_a_cut() -> None:
    """Some real files lack it."""
    texts = array().texts()

    assert parse_state(replace(texts, var=texts.var.rstrip(), disks=texts.disks.rstrip())) == parse_state(texts)


def state_of(var: EmhttpTexts, disks: EmhttpTexts) -> bool:
    return is_consistent(parse_state(replace(var, disks=disks.disks)))


def test_a_pair_of_two_moments_is_not_consistent() -> None:
    """One file is from before a change, the other from after it."""
    healthy = array(disks=[disk(), disk()], pools=[pool("cache")]).texts()
    for other in (
        array(disks=[disk(), disk(), disk()]),
        array(disks=[disk(), disk(status="DISK_DSBL")]),
        array(disks=[disk(), disk(status="DISK_INVALID")], resync=Resync("recon D2")),
        array(disks=[disk(), disk(status="DISK_NP_MISSING")], fs_state="Stopped"),
        array(parity=2),
        array(parity=[parity(status="DISK_DSBL")]),
    ):
        assert is_consistent(parse_state(other.texts()))
        assert not state_of(healthy, other.texts())
    stopped = array(fs_state="Stopped").texts()
    assert not state_of(stopped, healthy)
    rebuilt = array(disks=[disk(), disk()], last=LastSync()).texts()
    assert not state_of(rebuilt, array(disks=[disk(), disk(status="DISK_INVALID")]).texts())


def test_numbers_that_move_are_consistent() -> None:
    """Only disks.ini has temperatures and usage."""
    assert state_of(array().texts(), array(disks=[disk(temp="51"), disk(used="5TB", errors=3)]).texts())


def test_a_missing_disk_may_be_counted_or_not() -> None:
    """mdNumDisks' meaning is not proven on a real server."""
    texts = array(disks=[disk(), disk(status="DISK_NP_MISSING", used=None)], fs_state="Stopped").texts()

    for number, expected in ((1, False), (2, True), (3, True), (4, False)):
        var = texts.var.replace('mdNumDisks="2"', f'mdNumDisks="{number}"')
        assert is_consistent(parse_state(replace(texts, var=var))) is expected


def test_an_excerpt_is_consistent_as_far_as_it_can_tell() -> None:
    """An excerpt may lack as many disks as slots; without counts nothing is contradicted."""
    texts = array(disks=[disk(), disk(), EMPTY]).texts()
    first, _, rest = texts.disks.partition('["disk2"]')
    excerpt = replace(texts, disks=first + rest[rest.index('["disk3"]') :])
    countless = "".join(line for line in texts.var.splitlines(keepends=True) if not line.startswith("mdNum"))

    assert is_consistent(parse_state(excerpt))
    assert not is_consistent(parse_state(replace(excerpt, var=texts.var.replace('mdNumDisks="3"', 'mdNumDisks="4"'))))
    assert is_consistent(parse_state(replace(texts, var=countless)))
