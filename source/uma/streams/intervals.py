"""Branches of one stream at other intervals, each kept while a client follows it."""

from collections import Counter
from collections.abc import Callable

from uma.model import Message
from uma.streams.sequence import SequencedStream


class Intervals:
    """Branches of *own*. *begin* starts publishing at an interval in seconds until
    *end* is called.
    """

    def __init__(
        self,
        own: SequencedStream,
        *,
        begin: Callable[[float, Callable[[Message], None]], None],
        end: Callable[[float], None],
    ) -> None:
        self._own = own
        self._begin = begin
        self._end = end
        self._branches: dict[int, SequencedStream] = {}
        self._followers: Counter[int] = Counter()

    def join(self, interval: int) -> SequencedStream:
        """Join the branch of *interval* seconds as one more follower."""
        if interval not in self._branches:
            branch = self._own.stream.branch()
            self._branches[interval] = SequencedStream(branch, self._own.epoch, retained=self._own.retained)
            self._begin(interval, branch.publish)
        self._followers[interval] += 1
        return self._branches[interval]

    def leave(self, interval: int) -> None:
        """Remove a follower; the branch ends with its last one."""
        self._followers[interval] -= 1
        if not self._followers[interval]:
            del self._followers[interval], self._branches[interval]
            self._end(interval)
