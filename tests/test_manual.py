"""The manual page and the completion for bash match the command line."""

import subprocess
from pathlib import Path

import pytest

from tests.manual import all_commands, bash_completion, manual_page, options
from tests.support.feeds import FEEDS, SETTINGS
from uma.arguments import subcommands
from uma.command_line import command_parser
from uma.commands import COMMANDS
from uma.program import main

PROJECT = Path(__file__).parents[1]
COMPLETION = PROJECT / "source/package/usr/share/bash-completion/completions/uma"
MANUAL = PROJECT / "source/package/usr/local/man/man1/uma.1"


@pytest.mark.parametrize(
    ("path", "text"),
    [(MANUAL, manual_page()), (COMPLETION, bash_completion(FEEDS, SETTINGS))],
    ids=["uma.1", "completion"],
)
def test_generated(path: Path, text: str, request: pytest.FixtureRequest):
    """Neither is edited by hand; --update-golden writes them from the parser."""
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert path.read_text() == text


def test_every_command_runs_something():
    """The parser has the commands that the package has code for, no more and no fewer."""
    assert {name for name, _ in all_commands()} == {"serve", *COMMANDS}


@pytest.mark.parametrize(("name", "command"), all_commands(), ids=[name for name, _ in all_commands()])
def test_help_is_whole(name, command):
    """Each command has a description, an example that parses, and words for each argument."""
    assert command.description.endswith(".")
    assert command.epilog.startswith("Examples:\n")
    assert [action.dest for action in command._actions if not action.help] == []
    for example in command.epilog.splitlines()[1:]:
        words = example.partition("|")[0].split()
        assert words[0] == "uma"
        assert command_parser({}).parse_args(words[1:]).command == name


@pytest.mark.parametrize("words", [[], *(name.split() for name, _ in all_commands())], ids=" ".join)
def test_help_command(words, capsys):
    """`uma help X` prints what `uma X --help` prints."""
    assert main(["help", *words]) == 0
    helped = capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*words, "--help"])

    assert capsys.readouterr().out == helped


def test_help_of_an_unknown_command(capsys):
    """A misspelled command is answered with the nearest one."""
    assert main(["help", "wacth"]) == 2
    assert "did you mean watch?" in capsys.readouterr().err


def test_the_document_names_everything():
    """docs/cli.md has each command and each option."""
    text = (PROJECT / "docs/cli.md").read_text()

    for name, command in all_commands():
        assert f"    uma {name}" in text
        for action in options(command):
            assert action.option_strings[0] in text, name


def completed(*words: str) -> list[str]:
    """Return bash's completions of the last of *words*."""
    script = """
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _uma
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", script, "bash", COMPLETION, *words], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    return done.stdout.split()


def test_completion_matches_the_parser():
    """bash offers each command, and each option of each command."""
    assert set(completed("uma", "")) == {*subcommands(command_parser({})), "--version", "--help"}
    assert set(completed("uma", "config", "")) == {"get", "defaults", "form", "--help"}
    for name, command in all_commands():
        flags = {flag for action in options(command) for flag in action.option_strings}
        assert set(completed("uma", *name.split(), "--")) == flags | {"--help"}, name


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["watch", "docker/e"], ["docker/events"]),
        (["snapshot", "docker/e"], []),
        (["config", "get", "MQTT_DISCOVERY_"], ["MQTT_DISCOVERY_PREFIX"]),
        (["serve", "--log-format", "j"], ["json"]),
        (["serve", "--port", ""], []),
        (["check-config", "setup.c"], ["setup.cfg"]),
        (["serve", "--root", "demo/to"], ["demo/tower"]),
        (["help", "diag"], ["diagnostics"]),
        (["tok"], ["token"]),
    ],
)
def test_completion_of_values(words, offered):
    """Feeds, settings, formats and files are completed; numbers are not."""
    assert completed("uma", *words) == offered
