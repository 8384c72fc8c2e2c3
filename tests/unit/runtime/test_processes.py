"""Daemons by their command lines."""

from pathlib import Path

import pytest

from uma.runtime.processes import find_daemons, parse_serve


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


@pytest.mark.parametrize(("readable", "root"), [(True, "/home/ann/uma/demo/tower"), (False, "demo/tower")])
def test_a_folder_that_is_not_readable_is_not_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readable: bool, root: str
):
    """Another user's process does not say where it runs, so its root is as given; the settings are not read."""
    process = tmp_path / "7"
    process.mkdir()
    (process / "cmdline").write_text("\0".join(["uma", "serve", "--root", "demo/tower"]))
    (process / "comm").write_text("uma")
    (process / "root").symlink_to("/")
    (process / "cwd").symlink_to("/home/ann/uma")
    here = tmp_path / "demo/tower/boot/config/plugins/uma/uma.cfg"
    here.parent.mkdir(parents=True)
    here.write_text('PORT="1"')
    monkeypatch.chdir(tmp_path)
    if not readable:

        def refuse(path: Path) -> Path:
            raise PermissionError(path)

        monkeypatch.setattr(Path, "readlink", refuse)

    (found,) = find_daemons(tmp_path)

    assert (str(found.root), found.port) == (root, 34600)
