"""A stream's kept messages by number, and the position of one client among them."""

from collections.abc import Callable
from dataclasses import dataclass

from uma.streams.stream import Sink, Stream
from uma.wire.multiplex import Gap, Position, numbered


class SequencedStream:
    """A stream as the multiplex address carries it.

    A message is put in its envelope once, when it is first sent, and then shared by all
    clients. *epoch* names this life of the daemon; of a *retained* kind only the newest
    message counts.
    """

    def __init__(self, stream: Stream, epoch: str, *, retained: bool) -> None:
        self.stream = stream
        self.epoch = epoch
        self.retained = retained
        self._seq = 0
        self._frame = b""

    @property
    def newest(self) -> int:
        """The number of the newest message, 0 before there is one."""
        return self.stream.seq

    @property
    def before_kept(self) -> int:
        """The number before that of the oldest message that is kept."""
        return self.stream.seq - len(self.stream.recent)

    def frame(self, seq: int) -> bytes:
        """Return the message numbered *seq*, which must still be kept."""
        if seq != self._seq:
            kept = self.stream.recent[seq - self.stream.seq - 1]
            self._seq, self._frame = seq, numbered(self.stream.name, self.epoch, seq, kept)
        return self._frame


@dataclass(slots=True, eq=False)
class Cursor:
    """Position of one client in one stream: ``epoch`` and ``seq`` of its last message.

    Its next messages are read from those that the stream keeps for all clients. So
    nothing is lost or sent twice between missed and new messages. The owner calls
    ``leave`` when it stops following.
    """

    numbered: SequencedStream
    epoch: str
    seq: int
    leave: Callable[[], None]
    has_caught_up: bool = False

    @property
    def behind(self) -> int:
        """Number of pending events. A client that resumes gets time to receive them."""
        if self.numbered.retained or not self.has_caught_up:
            return 0
        return self.numbered.newest - self.seq

    def give(self, take: Sink) -> bool | None:
        """Pass the next message, or the gap before it, to *take*; return its result, or
        None if there is no message yet.
        """
        numbered, before = self.numbered, (self.epoch, self.seq)
        if numbered.retained:
            if self.seq >= numbered.newest or not numbered.stream.recent:
                return None
            self.seq = numbered.newest
            frame = numbered.frame(self.seq)
        elif self.epoch != numbered.epoch or self.seq < numbered.before_kept:
            frame = self._gap()
        elif self.seq == numbered.newest:
            self.has_caught_up = True
            return None
        else:
            self.seq += 1
            frame = numbered.frame(self.seq)
        is_taken = take(frame)
        if not is_taken:
            self.epoch, self.seq = before
        return is_taken

    def _gap(self) -> bytes:
        after = Position(self.epoch, self.seq)
        self.epoch, self.seq = self.numbered.epoch, self.numbered.before_kept
        missing = self.seq - after.seq if after.epoch == self.epoch else None
        return Gap(self.numbered.stream.name, self.epoch, self.seq, after, missing).encode()
