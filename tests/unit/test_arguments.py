"""Parser of arguments: commands, their lists, and guesses at misspelled words."""

import pytest

from uma.arguments import Commands, Parser, subcommands, summaries


@pytest.fixture
def parser():
    """A parser with one command, and one command below another."""
    parser = Parser(prog="test")
    commands = Commands(parser)
    commands.add("watch", "follow", "Follow.", examples=["test watch"]).add_argument(
        "--format", choices=["text", "json"]
    )
    Commands(commands.add("config", "print", "Print.", examples=[]), "config ").add("get", "one", "One.", examples=[])
    return parser


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("wacth", "test: error: unknown command wacth; did you mean watch?"),
        ("other", "test: error: unknown command other; there are watch, config"),
        ("help", "test: error: unknown command help; did you mean --help?"),
        ("config gte", "test config: error: unknown command gte; did you mean get?"),
        ("watch --fromat json", "test watch: error: unrecognized arguments: --fromat json; did you mean --format?"),
        ("watch --fromat=json", "test watch: error: unrecognized arguments: --fromat=json; did you mean --format?"),
        ("watch --other", "test watch: error: unrecognized arguments: --other"),
        ("config get --hepl", "test config get: error: unrecognized arguments: --hepl; did you mean --help?"),
        ("watch --format jsno", "test watch: error: argument --format: 'jsno' is not valid; did you mean json?"),
        ("watch --format xml", "test watch: error: argument --format: 'xml' is not valid; there are text, json"),
    ],
)
def test_a_misspelled_word_has_a_guess(parser, capsys, words, error):
    """Commands, options and choices that are not valid end with status 2 and the nearest valid one."""
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(words.split())

    assert capsys.readouterr().err.splitlines()[-1] == error


def test_a_command_has_its_whole_name(parser):
    """A command below another is known by both words."""
    assert parser.parse_args(["config", "get"]).command == "config get"
    assert parser.parse_args(["watch", "--format", "json"]).format == "json"


def test_commands_are_listed(parser):
    """Each parser knows the commands below it, and their summaries."""
    assert list(subcommands(parser)) == ["watch", "config"]
    assert summaries(parser) == {"watch": "follow", "config": "print"}
    assert (subcommands(subcommands(parser)["watch"]), summaries(subcommands(parser)["watch"])) == ({}, {})
