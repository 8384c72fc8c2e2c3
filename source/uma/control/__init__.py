"""The only part of UMA that changes anything: token holders can start, stop and pause
containers.

The daemon imports it only if ``CONTROL`` is ``yes`` and a token is set. Without it,
every route is GET only. It can change containers and nothing else.
"""

from uma.control.bulk import Bulk as Bulk
from uma.control.containers import Containers as Containers
