"""The parser of the command line."""

from pathlib import Path

import pytest

from uma import command_line
from uma.arguments import subcommands, summaries
from uma.command_line import command_parser


def test_flags_override_the_environment():
    """A variable is a flag's default, and the flag overrides it."""
    parser = command_parser({"UMA_ROOT": "/there", "UMA_CONFIG": "/its.cfg", "UMA_LOG_FORMAT": "json"})

    default = parser.parse_args(["serve"])
    assert (default.root, default.config, default.log_format) == (Path("/there"), Path("/its.cfg"), "json")
    assert parser.parse_args(["serve", "--root", "/here"]).root == Path("/here")


def test_each_command_has_a_summary():
    """The list has a line for every command and no other; a command without subcommands has no list."""
    parser = command_parser({})
    commands = subcommands(parser)

    assert set(commands) == set(summaries(parser))
    assert all(summaries(parser).values())
    assert (subcommands(commands["token"]), summaries(commands["token"])) == ({}, {})


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_timeout_is_a_positive_number(seconds, capsys):
    """Any other timeout is a usage error that shows the value."""
    with pytest.raises(SystemExit) as ended:
        command_parser({}).parse_args(["watch", "docker/events", "--timeout", seconds])

    assert ended.value.code == 2
    assert f"'{seconds}' must be a positive number of seconds" in capsys.readouterr().err


def test_paragraphs_are_filled_and_tables_kept(monkeypatch, capsys):
    """Paragraphs fill the terminal's width; lines of a table stay unchanged."""
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        command_parser({}).parse_args(["watch", "--help"])
    lines = capsys.readouterr().out.splitlines()

    assert "  uma watch tower/docker/events --filter action=die --exec ./notify.sh" in lines
    assert max(len(line) for line in lines if not line.startswith("  uma")) <= 60


def test_help_names_the_support_page(monkeypatch, capsys):
    """`uma --help` ends with the support address, if one is set."""
    monkeypatch.setattr(command_line, "SUPPORT_URL", "https://example.org/support")
    with pytest.raises(SystemExit):
        command_parser({}).parse_args(["--help"])

    assert capsys.readouterr().out.endswith("Questions and bug reports: https://example.org/support\n")
