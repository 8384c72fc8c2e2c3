"""The daemon's own user: a number that owns nothing but ``/var/run/uma``.

Not ``nobody`` (99), which owns Unraid's shares, and not 65534. No entry in
``/etc/passwd`` is needed, which Unraid keeps in RAM. No distribution uses these numbers
for a user, a service or a container (systemd, "Users, Groups, UIDs and GIDs": 60706 to
61183 are unused).
"""

import os
from pathlib import Path
from typing import Final

from uma.fence.capabilities import regain_capabilities
from uma.fence.kernel import prctl, read_own_status

FIRST_USER, LAST_USER = 61034, 61183
PASSWD: Final = Path("/etc/passwd")

PR_SET_KEEPCAPS: Final = 8


def read_free_user() -> int:
    """Return the number to become. Blocks. Raises OSError if all are taken."""
    try:
        text = PASSWD.read_text(errors="replace")
    except OSError:
        text = ""
    return free_user(text)


def free_user(passwd: str) -> int:
    """Return the first number that *passwd* (passwd(5)) does not use. Raises OSError
    without one.
    """
    taken = {fields[2] for line in passwd.splitlines() if len(fields := line.split(":")) > 2}
    for number in range(FIRST_USER, LAST_USER + 1):
        if str(number) not in taken:
            return number
    raise OSError(f"no user between {FIRST_USER} and {LAST_USER} is free")


def hand_over(folder: Path, user: int) -> None:
    """Give *folder*, if it exists, to *user*, without access for others. Blocks. Raises
    OSError.
    """
    try:
        if folder.stat().st_uid != user:
            os.chown(folder, user, user)
    except FileNotFoundError:
        return


def become_user(number: int) -> None:
    """Become user *number*, in no group but its own, for good. Keep root's
    capabilities, which are dropped next. Raises OSError.

    It applies to the calling thread and those it starts.
    """
    prctl(PR_SET_KEEPCAPS, 1)
    try:
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
    finally:
        prctl(PR_SET_KEEPCAPS, 0)
    regain_capabilities()
    status = read_own_status()
    if {*status["Uid"].split(), *status["Gid"].split(), *status["Groups"].split()} != {str(number)}:
        raise OSError(f"the kernel kept user {status['Uid'].split()[0]}")
