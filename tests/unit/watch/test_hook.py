"""The command that runs for messages: real processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.supervised import until
from uma.watch.hook import MOST_PENDING, Hook, parse_command


@asynccontextmanager
async def working(*command: str, timeout: float = 20.0) -> AsyncIterator[tuple[Hook, list[str]]]:
    said: list[str] = []
    hook = Hook(command, timeout=timeout, say=said.append)
    task = asyncio.create_task(hook.work())
    yield hook, said
    task.cancel()
    await asyncio.wait([task])


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("  ", "empty"), ("'open", "not a valid command"), ("/nowhere/x -a", "/nowhere/x")],
)
def test_invalid_commands(text: str, words: str):
    """An empty command, an open quote and a missing program are reported before anything runs."""
    with pytest.raises(ValueError, match=words):
        parse_command(text)


def test_a_script_without_the_right_to_run(tmp_path: Path):
    """It is not called missing, and the message says how to run it."""
    script = tmp_path / "notify.sh"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(ValueError, match=r"notify\.sh is not executable; use --exec 'bash .*notify\.sh', or chmod"):
        parse_command(str(script))


def test_words_are_split_as_by_a_shell_without_expansion():
    """Quotes group words; nothing is expanded as in a shell."""
    assert parse_command("sh 'a b' $HOME;x") == ("sh", "a b", "$HOME;x")


async def test_messages_come_on_standard_input_one_at_a_time(tmp_path: Path):
    """Each event runs the command once, in order, one after the other."""
    log = tmp_path / "log"
    script = "read -r line; echo begin $line >> $0; sleep 0.05; echo end $line >> $0"
    async with working("sh", "-c", script, str(log)) as (hook, said):
        for number in range(3):
            hook.give(b'{"seq":%d}' % number, is_event=True)
        await until(lambda: len(lines(log)) == 6)

    assert lines(log) == [f'{word} {{"seq":{n}}}' for n in range(3) for word in ("begin", "end")]
    assert said == []


async def test_only_the_newest_state_waits(tmp_path: Path):
    """A waiting state is replaced by a newer one."""
    log = tmp_path / "log"
    async with working("tee", "-a", str(log)) as (hook, _):
        for number in range(5):
            hook.give(str(number).encode(), is_event=False)
        await until(lambda: lines(log))

    assert lines(log) == ["4"]


async def test_too_many_events_cost_the_oldest(tmp_path: Path):
    """If more events come than may wait, the oldest is dropped, and that is reported."""
    log = tmp_path / "log"
    said: list[str] = []
    hook = Hook(("tee", "-a", str(log)), timeout=20, say=said.append)
    for number in range(MOST_PENDING + 1):
        hook.give(str(number).encode(), is_event=True)
    task = asyncio.create_task(hook.work())
    await until(lambda: lines(log))
    task.cancel()
    await asyncio.wait([task])

    assert lines(log)[0] == "1"
    assert said == ["tee is too slow: one message passed over"]


async def test_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path):
    """After the timeout neither it nor its child runs, and the next message has its turn."""
    pids, script = tmp_path / "pids", tmp_path / "script"
    script.write_text(
        "trap '' TERM\nif [ -e $1 ]; then echo next >> $1; exit; fi\nsleep 60 &\necho $$ $! >> $1\nwait\n"
    )
    # Long enough for a shell to have started, on a busy machine too.
    async with working("sh", str(script), str(pids), timeout=2) as (hook, said):
        hook.give(b"{}", is_event=True)
        hook.give(b"{}", is_event=True)
        await until(lambda: len(lines(pids)) == 2, 20)
        first, second = lines(pids)
        for pid in first.split():
            await until(lambda pid=pid: not is_running(pid))

    assert len(first.split()) == 2
    assert second == "next"
    assert said == ["sh took longer than 2 s and was ended"]


def is_running(pid: str) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_one_that_fails_is_named(tmp_path: Path):
    """An exit code and a missing program are reported; the next message is not affected."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    async with working(str(program)) as (hook, said):
        hook.give(b"{}", is_event=True)
        await until(lambda: len(said) == 1)
        program.unlink()
        hook.give(b"{}", is_event=True)
        await until(lambda: len(said) == 2)

    assert said == [f"{program} ended with 3", f"{program} could not be started: No such file or directory"]


async def test_a_command_need_not_read_its_input():
    """A command that ignores its standard input, even for a long message, ends normally."""
    async with working(sys.executable, "-c", "import os; os.close(0)") as (hook, said):
        hook.give(b"x" * 1_000_000, is_event=True)
        hook.give(b"x", is_event=True)
        await until(lambda: not hook._pending)

    assert said == []
