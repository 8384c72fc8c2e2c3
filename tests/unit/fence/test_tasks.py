"""Tasks that a steward accepts."""

from pathlib import Path

import pytest

from uma.fence.tasks import NOTIFY, SMARTCTL, program_of

SCRIPT = Path("/usr/local/emhttp/webGui/scripts/notify")
ENVIRONMENT = {"PATH": "/usr/bin", "HOME": "/root"}
STANDBY = ("-n", "standby")
NOTICE = ("-e", "UMA container", "-s", "Container plex died", "-d", "It ended.", "-i", "warning", "-l", "/Docker")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--all", "/dev/sdb"),
        ("-d", "sat", "--all", "/dev/sdb"),
        ("-d", "test", "/dev/nvme0n1"),
        ("-d", "megaraid,3", "--all", "/dev/sdb"),
        ("-d", "sat", "-l", "sataphy", "/dev/sdb"),
        ("-d", "nvme", "--info", "/dev/nvme0"),
    ],
)
def test_smartctl_may_read(arguments: tuple[str, ...]) -> None:
    """The queries of pySMART and UMA are passed on, with only the language and the path as environment."""
    program = program_of(SMARTCTL, (*STANDBY, *arguments), notify_script=SCRIPT, environment=ENVIRONMENT)

    assert program is not None
    assert program.name == "smartctl"
    assert program.arguments == (*STANDBY, *arguments)
    assert program.environment == {"LC_ALL": "C", "PATH": "/usr/bin"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--all", "/dev/sdb"),
        ("-n", "never", "--all", "/dev/sdb"),
        (*STANDBY, "-t", "long", "/dev/sdb"),
        (*STANDBY, "-s", "off", "/dev/sdb"),
        (*STANDBY, "--set=apm,1", "/dev/sdb"),
        (*STANDBY, "-B", "/tmp/drivedb.h", "/dev/sdb"),
        (*STANDBY, "-d", "-t", "/dev/sdb"),
        (*STANDBY, "-d", "/dev/sdb"),
        (*STANDBY, "--all", "/dev/../etc/shadow"),
        (*STANDBY, "--all", "/etc/shadow"),
        (*STANDBY, "--all", "/dev/sdb\n"),
        (*STANDBY, *["--all"] * 20, "/dev/sdb"),
        (*STANDBY, "--all"),
    ],
)
def test_smartctl_may_nothing_else(arguments: tuple[str, ...]) -> None:
    """Self-tests, settings, the caller's files and sleeping drives are refused."""
    assert program_of(SMARTCTL, arguments, notify_script=SCRIPT, environment=ENVIRONMENT) is None


def test_a_notification() -> None:
    """Unraid's own script is called with five named texts."""
    program = program_of(NOTIFY, NOTICE, notify_script=SCRIPT, environment=ENVIRONMENT)

    assert program is not None
    assert (program.name, program.arguments, program.environment) == (str(SCRIPT), NOTICE, ENVIRONMENT)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        *[(0, "-x"), (1, "Unraid"), (3, "-b"), (3, "a\nb"), (3, "x" * 1001), (5, "-m"), (5, "\x1b[2J")],
        *[(7, "emergency"), (9, "/Settings"), (8, "init")],
    ],
)
def test_no_other_notification(at: int, text: str) -> None:
    """Another event, importance, link or option is refused, and so is an invalid text."""
    arguments = [*NOTICE]
    arguments[at] = text

    assert program_of(NOTIFY, arguments, notify_script=SCRIPT, environment=ENVIRONMENT) is None


@pytest.mark.parametrize("task", ["sh", "", "/bin/sh", "announce", "smartctl\n"])
def test_no_other_program(task: str) -> None:
    """An unknown task starts nothing."""
    for arguments in (NOTICE, (*STANDBY, "--all", "/dev/sdb")):
        assert program_of(task, arguments, notify_script=SCRIPT, environment=ENVIRONMENT) is None
