"""Words of the daemon's requests to its steward, and the files that they concern.

Without imports: the steward stays in memory.
"""

SETUP = "setup"
"""The first request: the host's root folder, accepted once."""

WITHDRAW_ANNOUNCEMENT = "withdraw announcement"
"""The one task that needs no child."""

GUARD_DOCKER = "guard docker"
"""Docker's socket, and WITH_CONTROL or nothing; accepted once."""

WITH_CONTROL = "control"

ASK_DOCKER = "docker"
"""A method and a target: the answer includes a connection on which they were sent.
Without them it only tests a new connection.
"""

ASK_LIBVIRT = "libvirt"
"""The answer includes a connection to libvirt's read-only socket."""

LIBVIRT = "var/run/libvirt/libvirt-sock-ro"
SERVICE_FILE = "etc/avahi/services/uma.service"
NOTICE = "var/run/uma.json"
"""Files below the host's root where the daemon may not write."""

MAX_NOTICE_BYTES = 4096
