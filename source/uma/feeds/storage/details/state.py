"""emhttpd's state for the details: the last valid one, since a file may be half written
now.
"""

from uma.feeds import ini
from uma.feeds.files import read_optional
from uma.feeds.ini_values import Section
from uma.feeds.storage.emhttp import EmhttpState, Sections
from uma.host import Host


def read_state(host: Host, valid: EmhttpState | None) -> tuple[Section, Sections]:
    """Return the keys of var.ini and the sections of disks.ini: those of *valid*, or of
    the files if there is none. Blocks.
    """
    if valid is not None:
        return valid.var, valid.disks
    var, disks = (ini.parse(read_optional(host.state / name)) for name in ("var.ini", "disks.ini"))
    return var.get("", {}), disks
