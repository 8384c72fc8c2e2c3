"""Daemons by their command lines."""

import pytest

from uma.runtime.processes import parse_serve


@pytest.mark.parametrize(
    ("line", "options"),
    [
        (".venv/bin/python .venv/bin/uma serve", {}),
        ("/usr/local/uma/bin/uma-python -I -S /usr/local/uma/lib/boot.py serve --port 1", {"port": "1"}),
        ("python3 -m uma serve --root=/tower --bind 127.0.0.1", {"root": "/tower", "bind": "127.0.0.1"}),
        ("uma serve --demo --config a.cfg --log-format json", {"config": "a.cfg"}),
        ("uma serve --port", {"port": ""}),
        ("uma status", None),
        ("serve", None),
        ("nginx serve", None),
        ("vi uma serve-notes", None),
        ("", None),
    ],
)
def test_command_lines(line: str, options: dict[str, str] | None):
    """A daemon is recognised by its command line, and its options are read in both spellings."""
    assert parse_serve(line.split(" ")) == options
