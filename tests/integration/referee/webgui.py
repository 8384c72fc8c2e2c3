"""Runs the webGUI's publishing scripts (nchan/…, PHP) on state files, without a server and without root.

The scripts and what they include are copied from a checkout with only their absolute folders moved, and run as they are
between the stand-ins of ``stand_in.php``. They can open no file outside the copy, and run no program.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.array_writer import ArrayTexts

STAND_IN = Path(__file__).with_name("stand_in.php")
SCRIPTS = ("parity_list", "device_list", "update_2")
"""Scripts of Main and the Dashboard for the parity operation and the devices; the first also writes
parity-checks.log.
"""
DISABLED = "sleep,exec,shell_exec,system,passthru,popen,proc_open,_"
"""PHP's own functions for which there are stand-ins, or which must not be called; ``_`` is one of the webGUI's."""
FOLDERS = re.compile(r"/(usr/local/emhttp|var|tmp|boot|mnt|proc|sys)(?=[/'\"])")

Ask = Sequence[str | int | float]
"""A function of the webGUI and its arguments."""


@dataclass(frozen=True, slots=True)
class Case:
    """A server's state files, and further queries to the webGUI, by script."""

    texts: ArrayTexts
    time_zone: str
    asks: Mapping[str, Sequence[Ask]] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """Results of a case: messages by channel, answers by script, and parity-checks.log afterwards."""

    published: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    parity_log: str = ""


class WebGui:
    """The webGUI of *checkout*, a working tree of unraid/webgui; *stage* is an empty folder of ours."""

    def __init__(self, checkout: Path, stage: Path) -> None:
        self._stage = stage
        dynamix = checkout / "emhttp/plugins/dynamix"
        docroot = stage / "emhttp"
        self._scripts = docroot / "webGui/nchan"
        for part in ("include", "nchan"):
            (docroot / "webGui" / part).mkdir(parents=True)
            for path in (dynamix / part).iterdir():
                if path.is_file():
                    text = path.read_text(encoding="utf-8", errors="surrogateescape")
                    copy = docroot / "webGui" / part / path.name
                    copy.write_text(FOLDERS.sub(self._moved, text), encoding="utf-8", errors="surrogateescape")
        (docroot / "webGui/include/publish.php").write_text("")
        shutil.copy(dynamix / "default.cfg", docroot / "webGui")
        (docroot / "plugins").mkdir()
        (docroot / "plugins/dynamix").symlink_to(docroot / "webGui")
        (stage / "now").symlink_to("cases")

    def judge(self, cases: Mapping[str, Case]) -> dict[str, Verdict]:
        """Return its results for each of *cases*."""
        lines = []
        for name, case in cases.items():
            root = case.texts.write_to(self._stage / "cases" / name)
            (root / "var/tmp").mkdir(parents=True)
            # Usage as a coloured bar, for its limits to show.
            dynamix = root / "boot/config/plugins/dynamix/dynamix.cfg"
            dynamix.write_text((case.texts.dynamix or "[display]\n") + 'text="2"\n')
            lines.append(json.dumps({"name": name, "zone": case.time_zone, "asks": case.asks}) + "\n")
        (self._stage / "CASES").write_text("".join(lines))
        verdicts = {name: Verdict() for name in cases}
        for script in SCRIPTS:
            for line in self._run(script).splitlines():
                told = json.loads(line)
                verdict = verdicts[told["name"]]
                verdict.published |= {channel: _decoded(text) for channel, text in told["published"].items()}
                verdict.answers[script] = told["answers"]
        for name, verdict in verdicts.items():
            log = self._stage / "cases" / name / "boot/config/parity-checks.log"
            verdict.parity_log = log.read_text() if log.exists() else ""
        return verdicts

    def _run(self, script: str) -> str:
        settings = {
            "short_open_tag": "1",
            "disable_functions": DISABLED,
            "auto_prepend_file": STAND_IN,
            "open_basedir": f"{self._stage}:{STAND_IN}",
            "display_errors": "stderr",
        }
        options = (option for key, value in settings.items() for option in ("-d", f"{key}={value}"))
        # -n: without this machine's php.ini.
        command = ["php", "-n", *options, str(self._scripts / script)]
        done = subprocess.run(command, cwd=self._stage, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _moved(self, folder: re.Match[str]) -> str:
        return f"{self._stage}/emhttp" if folder[1] == "usr/local/emhttp" else f"{self._stage}/now/{folder[1]}"


def _decoded(message: Any) -> Any:
    try:
        return json.loads(message) if isinstance(message, str) else message
    except ValueError:
        return message
