"""Debian's avahi-daemon in a network and a mount namespace of its own, as Unraid runs it: without D-Bus."""

import subprocess
from pathlib import Path

from .network_namespaces import inside
from .programs import CHECKOUT, Program

FOLDER = CHECKOUT / ".cache/debian/bookworm-avahi"
NOT_TO_BE_HAD = 75

CONFIGURATION = """[server]
host-name=tower
use-ipv4=yes
use-ipv6=no
allow-interfaces=eth0
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=no
"""

# /etc is laid over with the tower's avahi folder, which a daemon outside writes to.
SCRIPT = """
set -e
mount --make-rprivate /
mkdir -p "$2/up/avahi" "$2/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$2/up,workdir=$2/work" /etc
mount --bind "$1" /etc/avahi
grep -q ^avahi: /etc/passwd || echo 'avahi:x:61999:61999::/:/bin/false' >>/etc/passwd
grep -q ^avahi: /etc/group || echo 'avahi:x:61999:' >>/etc/group
mount -t tmpfs tmpfs /run
mkdir /run/avahi-daemon
PATH=$3/root/usr/sbin
exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title -f /etc/avahi/avahi-daemon.conf
"""


def unpack_avahi() -> bool:
    """Have Debian's avahi-daemon unpacked; False where Debian is not to be had."""
    arguments = [CHECKOUT / "tests/debian/unpack.sh", "bookworm", FOLDER, "avahi-daemon"]
    done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)
    assert done.returncode in (0, NOT_TO_BE_HAD), done.stderr
    return done.returncode == 0


def start_avahi(root: Path, folder: Path, namespace: str) -> Program:
    """Start it in *namespace*; it reads the services of the host tree *root*."""
    etc = root / "etc/avahi"
    (etc / "services").mkdir(parents=True, exist_ok=True)
    (etc / "avahi-daemon.conf").write_text(CONFIGURATION)
    # The overlay's own folders may not be on an overlay.
    with inside(namespace):
        return Program(["unshare", "-m", "bash", "-c", SCRIPT, "avahi", etc, folder, FOLDER], log=folder / "avahi.log")
