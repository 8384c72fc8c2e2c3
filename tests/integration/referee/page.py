"""Runs single pages and scripts of the webGUI (PHP) on a host tree, without a server and without root.

They are copied from a checkout with only their absolute folders moved, and run as they are behind ``page.php``. They
can open no file outside the copy, and run no program.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

STAND_IN = Path(__file__).with_name("page.php")
DISABLED = "exec,shell_exec,system,passthru,popen,proc_open,mail"
FOLDERS = re.compile(r"/(usr/local/emhttp|var|tmp|boot|mnt|proc|sys|etc)(?=[/'\"*])")
PLUGINS = ("dynamix", "dynamix.plugin.manager")
SUFFIXES = {"", ".php", ".cfg", ".txt"}


class Pages:
    """The pages of *checkout*, a working tree of unraid/webgui, on the host tree *root*; *stage* is an empty folder."""

    def __init__(self, checkout: Path, stage: Path, root: Path) -> None:
        self.docroot = stage / "emhttp"
        self._stage, self._root = stage, root
        for plugin in PLUGINS:
            source = checkout / "emhttp/plugins" / plugin
            for path in source.rglob("*"):
                if path.is_file() and path.suffix in SUFFIXES:
                    copy = self.docroot / "plugins" / plugin / path.relative_to(source)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    text = path.read_text(encoding="utf-8", errors="surrogateescape")
                    moved = FOLDERS.sub(self._moved, text)
                    copy.write_text(moved, encoding="utf-8", errors="surrogateescape")
        (self.docroot / "webGui").symlink_to("plugins/dynamix")
        (root / "var/local/emhttp").mkdir(parents=True, exist_ok=True)
        (self.docroot / "state").symlink_to(root / "var/local/emhttp")

    def run(
        self,
        page: str,
        arguments: Sequence[str] = (),
        *,
        get: Mapping[str, str] | None = None,
        post: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> str:
        """Return the output of *page*, a path below the webGUI's plugins; run in *folder*, its document root unless
        given.
        """
        settings = {
            "short_open_tag": "1",
            "disable_functions": DISABLED,
            "auto_prepend_file": STAND_IN,
            "open_basedir": f"{self._stage}:{self._root}:{STAND_IN}",
            "display_errors": "stderr",
        }
        options = (option for key, value in settings.items() for option in ("-d", f"{key}={value}"))
        # -n: without this machine's php.ini, so Debian's modules are listed here.
        extensions = ("-d", "extension=simplexml") if not _has_simplexml() else ()
        command = ["php", "-n", *options, *extensions, "-q", str(self.docroot / "plugins" / page), *arguments]
        environment = os.environ | {
            "REQUEST": json.dumps({"get": get or {}, "post": post or {}}),
            "DOCROOT": str(self.docroot),
        }
        done = subprocess.run(
            command,
            cwd=folder or self.docroot,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def _moved(self, folder: re.Match[str]) -> str:
        return str(self.docroot) if folder[1] == "usr/local/emhttp" else f"{self._root}/{folder[1]}"


def _has_simplexml() -> bool:
    done = subprocess.run(["php", "-n", "-m"], capture_output=True, text=True, check=True)
    return "SimpleXML" in done.stdout
