"""NUT's upsd: requests and answers, line by line, over one connection.

Reading needs no login (networkupstools/nut: docs/net-protocol.txt). Tried with NUT
2.8.0.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from uma.aio.deadline import within
from uma.feeds.ups.parse_nut import USED_VARIABLES, parse_words
from uma.feeds.ups.peer import MAX_ANSWER_BYTES, MAX_ANSWER_SECONDS, NoAnswer, Streams, connected

DEFAULT_PORT = 3493
MAX_ERROR_CHARACTERS = 40


class Refused(NoAnswer):
    """Raised when upsd answers ``ERR``; ``code`` is its word,
    such as ``DATA-STALE``.
    """

    def __init__(self, question: str, code: str) -> None:
        super().__init__(f"{question}: {code}")
        self.code = code


class Upsd:
    """A connection to upsd. Every request raises NoAnswer within *seconds*."""

    def __init__(self, streams: Streams, *, seconds: float = MAX_ANSWER_SECONDS) -> None:
        self._reader, self._writer = streams
        self._seconds = seconds

    async def names(self) -> Sequence[str]:
        """Return the names of the UPSes that upsd knows."""
        rows = await self._list("UPS")
        return [row[0] for row in rows if row]

    async def variables(self, name: str) -> Mapping[str, str]:
        """Return every variable of the UPS *name*.
        Raises Refused if upsd has lost it.
        """
        rows = await self._list("VAR", name)
        return {row[1]: row[2] for row in rows if len(row) == 3}

    async def variable(self, name: str, variable: str) -> str:
        """Return one variable. Raises Refused if the UPS is lost or lacks the
        variable.
        """
        answer = await self._ask("GET", "VAR", name, variable)
        return answer[3] if len(answer) > 3 else ""

    async def used_variables(self, name: str) -> Mapping[str, str]:
        """Return the used variables, fetched one by one: slow, but it always works."""
        found: dict[str, str] = {}
        for variable in USED_VARIABLES:
            try:
                found[variable] = await self.variable(name, variable)
            except Refused as refusal:
                if refusal.code != "VAR-NOT-SUPPORTED":
                    raise
        return found

    async def _ask(self, *words: str) -> Sequence[str]:
        """Return the words of an answer of one line."""
        question = " ".join(words)
        async with self._deadline(question):
            self._send(words)
            return await self._line(question)

    async def _list(self, *words: str) -> Sequence[Sequence[str]]:
        """Return the rows of a list, each without its first word."""
        question = f"LIST {' '.join(words)}"
        rows: list[Sequence[str]] = []
        left = MAX_ANSWER_BYTES
        async with self._deadline(question):
            self._send(("LIST", *words))
            if list(await self._line(question))[:1] != ["BEGIN"]:
                raise NoAnswer(f"{question}: the answer is not a list")
            while list(row := await self._line(question))[:1] != ["END"]:
                left -= 1 + len(row) + sum(map(len, row))
                if left < 0:
                    raise NoAnswer(f"{question}: the answer has more than {MAX_ANSWER_BYTES} bytes")
                rows.append(row[1:])
        return rows

    @asynccontextmanager
    async def _deadline(self, question: str) -> AsyncIterator[None]:
        try:
            async with within(self._seconds):
                yield
        except TimeoutError as error:
            raise NoAnswer(f"{question}: no complete answer within {self._seconds:g} s") from error

    def _send(self, words: Sequence[str]) -> None:
        self._writer.write((" ".join(map(_quoted, words)) + "\n").encode())

    async def _line(self, question: str) -> Sequence[str]:
        """Return the words of the next line. Raises Refused for ``ERR``."""
        try:
            line = await self._reader.readline()
        except ValueError as error:
            raise NoAnswer(f"{question}: a line of the answer is too long") from error
        if not line.endswith(b"\n"):
            raise NoAnswer(f"{question}: upsd ended the connection")
        words = parse_words(line.decode(errors="replace"))
        if words[:1] == ["ERR"]:
            raise Refused(question, " ".join(words[1:])[:MAX_ERROR_CHARACTERS])
        return words


@asynccontextmanager
async def connected_upsd(host: str, port: int) -> AsyncIterator[Upsd]:
    """Connect to upsd at *host*. Raises NoAnswer."""
    async with connected(host, port) as streams:
        yield Upsd(streams)


def _quoted(word: str) -> str:
    if word and all(character.isalnum() or character in "._-" for character in word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
