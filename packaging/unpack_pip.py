"""Puts pip into the environment that runs it, from the wheel that comes with Python's ensurepip.

ensurepip would have pip install itself, and compile all of it: that takes four times as long.
"""

import runpy
import sys
import sysconfig
import zipfile
from pathlib import Path


def wheel() -> Path | None:
    """Return the wheel: in Python's own folder, or in Debian's; None where there is none."""
    bundled = Path(sysconfig.get_path("stdlib"), "ensurepip/_bundled")
    folders = [bundled, Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/usr/share/python-wheels")]
    return next((found for folder in folders for found in sorted(folder.glob("pip-*.whl"))), None)


def main() -> None:
    """Unpack it, or have ensurepip install it as it likes."""
    found = wheel()
    if found is None:
        sys.argv[1:] = ["--default-pip"]
        runpy.run_module("ensurepip", run_name="__main__")
        return
    with zipfile.ZipFile(found) as archive:
        archive.extractall(sysconfig.get_path("purelib"))


if __name__ == "__main__":
    main()
