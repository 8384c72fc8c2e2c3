"""Torn reads: emhttpd's files are rewritten while they are read.

emhttpd (closed source) may rewrite a file in place, and writes var.ini and disks.ini
one after the other. A reading can be cut, or be of two moments. ``read_stable`` looks
until it believes a reading, or knows why none can be believed. ``StableReader`` does
the same for as long as the daemon runs, and as seldom and cheaply as will do: it gives
a ``Snapshot`` or a ``ReadFault`` with the last good snapshot, as long as that one
holds.

docs/torn-reads.md says why. ``reader`` looks, ``validator`` weighs the evidence,
``snapshot`` is one reading, ``fault`` what keeps one from being made.
"""

from uma.feeds.storage.torn_reads.fault import ReadFault
from uma.feeds.storage.torn_reads.reader import TIMING, Clock, StableReader, Timing, read_stable
from uma.feeds.storage.torn_reads.snapshot import Snapshot

__all__ = ["TIMING", "Clock", "ReadFault", "Snapshot", "StableReader", "Timing", "read_stable"]
