"""Torn reads: emhttpd's files are rewritten while they are read.

emhttpd (closed source) may rewrite a file in place, and writes var.ini and disks.ini
one after the other. A reading can be truncated, or mix two moments. ``read_stable``
reads until a reading is certainly whole, or until it knows the fault. ``StableReader``
does the same for the life of the daemon, as rarely and cheaply as possible. It returns
a ``Snapshot``, or a ``ReadFault`` with the last good snapshot while that is valid.

docs/torn-reads.md explains the reasons. ``reader`` reads, ``validator`` weighs the
evidence, ``snapshot`` is one reading, and ``fault`` describes unusable files.
"""

from uma.feeds.storage.torn_reads.fault import ReadFault
from uma.feeds.storage.torn_reads.reader import TIMING, Clock, StableReader, Timing, read_stable
from uma.feeds.storage.torn_reads.snapshot import Snapshot

__all__ = ["TIMING", "Clock", "ReadFault", "Snapshot", "StableReader", "Timing", "read_stable"]
