"""Parser of arguments with subcommands: help in paragraphs, and a guess at a misspelled
word.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from uma.spelling import hint

COMMAND: Final = "command"
"""Attribute of parsed arguments with the command's name, such as ``config get``."""


class Parser(argparse.ArgumentParser):
    """Parser that answers a misspelled command or option with the nearest one."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse has many
        super().__init__(formatter_class=_Help, **options)

    def parse_args(  # type: ignore[override]  # argparse has overloads for other namespaces
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse *args*; exit with status 2 if they are wrong."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._reject(getattr(found, COMMAND, ""), unknown)
        return found

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - as in argparse
        if action.choices is None or value in action.choices:
            return
        meant = hint(str(value), map(str, action.choices))
        if isinstance(action, argparse._SubParsersAction):
            if (option := f"--{value}") in self._option_string_actions:
                meant = f"; did you mean {option}?"
            self.error(f"unknown command {value}{meant}")
        raise argparse.ArgumentError(action, f"{value!r} is not valid{meant}")

    def _reject(self, command: str, unknown: Sequence[str]) -> NoReturn:
        parser: argparse.ArgumentParser = self
        for word in command.split():
            parser = subcommands(parser)[word]
        option = unknown[0].partition("=")[0]
        meant = hint(option, parser._option_string_actions, list_all=False)
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")


class Commands:
    """Commands below one parser."""

    def __init__(self, parser: argparse.ArgumentParser, prefix: str = "") -> None:
        self._prefix = prefix
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND", title="commands", parser_class=Parser)

    def add(
        self,
        name: str,
        summary: str,
        *paragraphs: str,
        examples: Sequence[str],
        parents: Sequence[Any] = (),
    ) -> argparse.ArgumentParser:
        """Add a command: its line in the list, its description, and its examples."""
        parser = self._parsers.add_parser(
            name,
            parents=parents,
            help=summary,
            description="\n\n".join(paragraphs),
            epilog="\n".join(["Examples:", *(f"  {example}" for example in examples)]),
        )
        parser.set_defaults(**{COMMAND: f"{self._prefix}{name}"})
        return parser


def subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the commands below *parser* by name; empty if it has none."""
    return next((action.choices for action in _below(parser)), {})


def summaries(parser: argparse.ArgumentParser) -> Mapping[str, str]:
    """Return one line for each command below *parser*."""
    return {choice.dest: choice.help or "" for action in _below(parser) for choice in action._choices_actions}


class _Help(argparse.HelpFormatter):
    """Formatter of help in paragraphs; lines of tables and examples stay unchanged."""

    def __init__(self, prog: str, **options: Any) -> None:  # noqa: ANN401 - newer Pythons pass more
        options.setdefault("max_help_position", 30)
        super().__init__(prog, **options)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        filled = [
            paragraph if "\n" in paragraph else super(_Help, self)._fill_text(paragraph, width, indent)
            for paragraph in text.split("\n\n")
        ]
        return "\n\n".join(filled)


def _below(parser: argparse.ArgumentParser) -> Iterable[Any]:
    return (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
