"""A file system with less than any Unraid has: glibc, libudev and a static busybox. No Python, no ldconfig."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

BUSYBOX = Path("/bin/busybox")
LIBRARIES = Path("/lib/x86_64-linux-gnu")
GLIBC = ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1")
LIBUDEV = "libudev.so.1"
APPLETS = ("sh", "env")
FOLDERS = ["bin", "dev", "etc", "lib64", "lib/x86_64-linux-gnu", "proc", "run", "sys", "tmp", "usr/sbin", "var/run"]

ENTER = 'mount -t proc proc "$1/proc"; mount --rbind /sys "$1/sys"; mount --rbind /dev "$1/dev"; shift; exec "$@"'
"""In a mount namespace of its own, so that nothing is left mounted."""


def why_not() -> str | None:
    """Return the reason why there can be none on this machine; None if there can."""
    if os.geteuid() != 0:
        return "a bare root needs chroot, so root"
    missing = [path for path in (BUSYBOX, *(LIBRARIES / name for name in (*GLIBC, LIBUDEV))) if not path.exists()]
    if missing:
        return f"a bare root is made of this machine's {', '.join(map(str, missing))}, which it has not"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        return "this machine allows no mount namespaces"
    return None


class BareRoot:
    """A minimal file system at *folder*, with a package unpacked in it."""

    def __init__(self, folder: Path, package: Path) -> None:
        self.folder = folder
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        for name in (*GLIBC, LIBUDEV):
            shutil.copy(LIBRARIES / name, folder / "lib/x86_64-linux-gnu" / name)
        shutil.copy(LIBRARIES / GLIBC[0], folder / "lib64" / GLIBC[0])
        shutil.copy(BUSYBOX, folder / "bin/busybox")
        for applet in APPLETS:
            (folder / "bin" / applet).symlink_to("busybox")
        # aiodocker asks for the home folder at its import; every host has this much.
        (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
        subprocess.run(["tar", "--extract", "--xz", "--file", package, "--directory", folder], check=True)

    def command(self, *arguments: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """Return the command that runs *arguments* in it, with nothing but *environment* and a PATH."""
        words = [f"{name}={value}" for name, value in (environment or {}).items()]
        return [
            *("unshare", "--mount", "--propagation", "private", "sh", "-euc", ENTER, "sh", str(self.folder)),
            *("env", "-i", "PATH=/bin:/usr/sbin:/usr/local/bin", *words, "chroot", str(self.folder), *arguments),
        ]

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run *arguments* in it to their end."""
        return subprocess.run(
            self.command(*arguments, environment=environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
