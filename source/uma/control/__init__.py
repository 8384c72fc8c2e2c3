"""The only part of UMA that changes anything: it starts,
stops and pauses containers for token holders.

The daemon imports it when ``CONTROL`` is ``yes`` and a token is set, and not before;
until then the router knows no address that takes more than GET. It reaches containers
and nothing else of the server.
"""

from uma.control.bulk import Bulk as Bulk
from uma.control.containers import Containers as Containers
