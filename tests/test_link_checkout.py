"""The checkout's own program, ``.venv/bin/uma``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .locks import CHECKOUT


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    """It runs from a folder with blanks, quotation marks, a dollar and an umlaut, in any locale, and by a link."""
    folder = tmp_path / """o'brien & "$x" Müller"""
    packaging, package = folder / "packaging", folder / "source/uma"
    packaging.mkdir(parents=True)
    package.mkdir(parents=True)
    shutil.copy(CHECKOUT / "packaging/link_checkout.sh", packaging)
    (package / "__init__.py").touch()
    (package / "start.py").write_text("import sys\ndef main(): print(*sys.argv[1:])\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True, timeout=60)
    subprocess.run([packaging / "link_checkout.sh", folder / ".venv"], check=True, timeout=60)
    link = tmp_path / "uma"
    link.symlink_to(folder / ".venv/bin/uma")

    for program in (folder / ".venv/bin/uma", link):
        for coercion in ("0", "1"):
            environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": coercion}
            done = subprocess.run(
                [program, "status", "a b"], capture_output=True, text=True, check=True, timeout=60, env=environment
            )
            assert done.stdout == "status a b\n"
