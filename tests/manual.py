"""Manual page and completion for bash, made of the parser of the command line."""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence

from uma.arguments import subcommands, summaries
from uma.command_line import ENVIRONMENT, EXIT_CODES, FILES, command_parser
from uma.feeds.feed import Feed
from uma.settings import AnySetting

Commands = Sequence[tuple[str, argparse.ArgumentParser]]

COMPLETIONS = {"DIR": "-d", "FILE": "-f", "PATH": "-f", "CMD": "-c"}
"""Options of bash's compgen for a value, by its name in the help."""


COMPLETION_HEAD = """\
# Completion of uma for bash. Generated from the command line by pytest --update-golden; do not edit.
# shellcheck shell=bash

# Offer what compgen finds by these options for the word at the cursor.
_uma_offer() {{
    mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}}

_uma() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} last=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _uma_offer -W '{commands}'
        return
    fi
    if [[ $command == config ]] && ((COMP_CWORD == 2)); then
        _uma_offer -W '{below} --help'
        return
    fi
    [[ $command == config ]] && command="config ${{COMP_WORDS[2]}}"
    # The option before the cursor, the command, the word at the cursor.
    case "$last $command $word" in"""

COMPLETION_TAIL = """\
    esac
}
complete -F _uma uma"""


def all_commands() -> Commands:
    """Return each command that runs something, by its whole name, as `config get`."""
    found = []
    for name, parser in subcommands(command_parser({})).items():
        below = subcommands(parser)
        found += [(f"{name} {word}", inner) for word, inner in below.items()] or [(name, parser)]
    return found


def options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the flags of *parser* without --help."""
    return [action for action in parser._actions if action.option_strings and action.dest != "help"]


def positionals(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the arguments of *parser* without a flag."""
    return [action for action in parser._actions if not action.option_strings]


def manual_page() -> str:
    """Return the manual page uma(1), in man(7)'s macros."""
    return "\n".join(_manual_lines()) + "\n"


def bash_completion(feeds: Sequence[Feed], settings: Sequence[AnySetting]) -> str:
    """Return the completion for bash: every command, option, feed and setting."""
    return "\n".join(_completion_lines(feeds, settings)) + "\n"


def _manual_lines() -> Iterator[str]:
    parser = command_parser({})
    yield r".\" Generated from the command line by pytest --update-golden; do not edit."
    yield '.TH UMA 1 "" "Unraid Management Agent"'
    yield ".SH NAME"
    yield r"uma \- Unraid Management Agent"
    yield ".SH SYNOPSIS"
    for name, command in all_commands():
        yield f".B uma {_escaped(name)}"
        yield from (_escaped(part) for part in _synopsis(command))
        yield ".br"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(parser.description or "")
    yield ".SH COMMANDS"
    for name, command in all_commands():
        yield f".SS uma {_escaped(name)}"
        yield from _paragraphs(command.description or "")
        for action in (*positionals(command), *options(command)):
            yield ".TP"
            yield rf"\fB{_escaped(_label(action))}\fR"
            yield _escaped(action.help or "")
        yield ".PP"
        yield ".EX"
        yield from (_escaped(line) for line in (command.epilog or "").splitlines())
        yield ".EE"
    yield from _table("ENVIRONMENT", ENVIRONMENT)
    yield from _table("EXIT STATUS", [(str(code), meaning) for code, meaning in EXIT_CODES])
    yield from _table("FILES", FILES)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f".SH {title}"
    for name, meaning in rows:
        yield ".TP"
        yield rf"\fB{_escaped(name)}\fR"
        yield _escaped(meaning)


def _synopsis(command: argparse.ArgumentParser) -> Iterator[str]:
    for action in options(command):
        yield f"[{_label(action)}]"
    for action in positionals(command):
        yield {"?": f"[{action.metavar}]", "*": f"[{action.metavar} ...]"}.get(str(action.nargs), str(action.metavar))


def _label(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar)
    value = "|".join(action.choices) if action.choices else action.metavar if action.nargs != 0 else None
    return " ".join([", ".join(action.option_strings), *([str(value)] if value else [])])


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        yield _escaped(paragraph)


def _escaped(text: str) -> str:
    """Return *text* with what troff would read as a request or a hyphen escaped."""
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", r"\e").replace("-", r"\-"), flags=re.MULTILINE)


def _completion_lines(feeds: Sequence[Feed], settings: Sequence[AnySetting]) -> Iterator[str]:
    commands, names = all_commands(), summaries(command_parser({}))
    values = {
        "snapshot": [feed.name for feed in feeds if feed.retained],
        "watch": [feed.name for feed in feeds],
        "config get": [setting.key for setting in settings],
        "help": list(names),
    }
    yield COMPLETION_HEAD.format(
        commands=" ".join([*names, "--version", "--help"]),
        below=" ".join(name.removeprefix("config ") for name, _ in commands if name.startswith("config ")),
    )
    for flag, action in sorted(_valued(commands).items()):
        kind = COMPLETIONS.get(str(action.metavar))
        if action.choices:
            yield _case(f'"{flag} "*', f"_uma_offer -W '{' '.join(action.choices)}'")
        elif kind:
            yield _case(f'"{flag} "*', f"compopt -o filenames 2>/dev/null; _uma_offer {kind}")
        else:
            yield _case(f'"{flag} "*', ":")
    for name, command in commands:
        flags = [flag for action in options(command) for flag in action.option_strings]
        yield _case(f'*" {name} -"*', f"_uma_offer -W '{' '.join([*flags, '--help'])}'")
        if any(action.metavar == "FILE" for action in positionals(command)):
            yield _case(f'*" {name} "*', "compopt -o filenames 2>/dev/null; _uma_offer -f")
        elif name in values:
            yield _case(f'*" {name} "*', f"_uma_offer -W '{' '.join(values[name])}'")
    yield COMPLETION_TAIL


def _case(pattern: str, commands: str) -> str:
    return f"        {pattern}) {commands} ;;"


def _valued(commands: Commands) -> dict[str, argparse.Action]:
    """Return the flags that take a value."""
    return {
        flag: action
        for _, command in commands
        for action in options(command)
        if action.nargs != 0
        for flag in action.option_strings
    }
