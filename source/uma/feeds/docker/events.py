"""Docker's container events, parsed from its JSON without I/O.

Facts: Docker Engine API, ``GET /events``. From API 1.52 on an event has no top-level
``status``, ``id`` and ``from``; they are used only if ``Action`` and ``Actor`` are
missing. A container's attributes include its labels, which are dropped here: they hold
secrets. Docker copies labels over its own attributes except ``name`` and ``image``
(moby daemon/events.go, LogContainerEventWithAttributes), so a label may forge the
others.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

MAX_LINE = 1 << 20
"""Bytes; an event has a kilobyte, and a few more with labels."""

HEAD_BYTES = 4096
TAIL_BYTES = 128
"""Bytes kept of a longer line: its attributes are between Actor.ID and the time."""

MAX_NAME_CHARACTERS = 512
MAX_WORD_CHARACTERS = 256
"""Limits on a name or image, and on an id or action, so that a frame stays
below 8 KB.
"""

UNKNOWN_SIGNAL = "UNKNOWN"
"""Placeholder for the signal of a container whose label hides it."""

MAX_TIME_NANO = (1 << 63) - 1

NOISE = frozenset({"attach", "top"})
NOISE_PREFIX = "exec_"

_EXIT_CODE = re.compile(r"[0-9]{1,10}")
_SIGNAL = re.compile(r"[A-Z0-9+]{1,16}")
_TIME_AT_END = re.compile(rb'"timeNano": ?([0-9]{1,19})\}\s*$')
_ATTRIBUTES = b'"Attributes":'


@dataclass(frozen=True, slots=True)
class ContainerEvent:
    """One event of a container, as Docker reports it.

    ``action`` is Docker's word up to a colon and ``word`` what follows it
    (``health_status`` and ``healthy``). ``time_nano`` is 0 if Docker gave none.
    ``exit_code`` is None unless the event is a die, ``signal`` unless it is a kill;
    both are empty if they are not known. ``is_labelled`` is True if a label of the
    container has the name of one of the two. A name is empty only in an event that was
    too long.
    """

    time_nano: int
    container_id: str
    action: str
    word: str
    name: str
    image: str
    exit_code: str | None
    signal: str | None
    is_labelled: bool = False

    @property
    def is_bare(self) -> bool:
        """True if its attributes were left out."""
        return not self.name

    @property
    def key(self) -> tuple[int, str, str, str]:
        """Key that two copies of one event share."""
        return self.time_nano, self.container_id, self.action, self.word

    @property
    def is_noise(self) -> bool:
        """True for exec, top and attach, which change nothing: each health check causes
        three of them.
        """
        return self.action in NOISE or self.action.startswith(NOISE_PREFIX)


@dataclass(frozen=True, slots=True)
class Inspected:
    """State of a container from an inspect. ``exit_code`` is None while it runs."""

    name: str
    image: str
    exit_code: int | None


def parse_event(line: bytes) -> ContainerEvent | None:
    """Parse one line of the event stream; None for an event of anything but a
    container.

    Raises ValueError for a line that is not a JSON object.
    """
    try:
        raw = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(raw, dict):
        raise ValueError(f"{type(raw).__name__} instead of an object")
    return container_event_from(raw)


def container_event_from(raw: Mapping[str, object]) -> ContainerEvent | None:
    """Build an event from Docker's object; None if it is not about a container,
    or has no id or action.
    """
    actor = _mapping(raw.get("Actor"))
    attributes = _mapping(actor.get("Attributes"))
    container_id = _text(actor.get("ID")) or _text(raw.get("id"))
    full_action = _text(raw.get("Action")) or _text(raw.get("status"))
    action, _, word = (part.strip()[:MAX_WORD_CHARACTERS] for part in full_action.partition(":"))
    if raw.get("Type") != "container" or not 0 < len(container_id) <= MAX_WORD_CHARACTERS or not action:
        return None
    exit_code, signal = _text(attributes.get("exitCode")), _text(attributes.get("signal"))
    return ContainerEvent(
        time_nano=_time_nano(raw.get("timeNano")),
        container_id=container_id,
        action=action,
        word=word,
        name=_text(attributes.get("name")).removeprefix("/")[:MAX_NAME_CHARACTERS],
        image=(_text(attributes.get("image")) or _text(raw.get("from")))[:MAX_NAME_CHARACTERS],
        # On other events they would belong to an exec, or be a label of that name.
        exit_code=_matching(_EXIT_CODE, exit_code) if action == "die" else None,
        signal=_matching(_SIGNAL, signal) if action == "kill" else None,
        is_labelled=not action.startswith(NOISE_PREFIX)
        and (_is_label(exit_code, action, "die", _EXIT_CODE) or _is_label(signal, action, "kill", _SIGNAL)),
    )


def parse_refusal(body: str) -> str:
    """Extract the reason from an error of Docker: the ``message`` of its JSON, else the
    text; one line of at most 200 characters.
    """
    with suppress(ValueError, RecursionError):
        body = _text(_mapping(json.loads(body)).get("message")) or body
    return " ".join(body.split())[:200]


def version_from(raw: object) -> str:
    """Describe Docker's version and API for a person,
    from the answer to ``GET /version``.
    """
    version = _mapping(raw)
    engine, api = (_text(version.get(key))[:40] or "of unknown version" for key in ("Version", "ApiVersion"))
    return f"Docker {engine}, API {api}"


def inspected_from(raw: object) -> Inspected | None:
    """Return a container's state from the answer to an inspect; None if the answer has
    none.
    """
    container = _mapping(raw)
    state = _mapping(container.get("State"))
    name = _text(container.get("Name")).removeprefix("/")[:MAX_NAME_CHARACTERS]
    exit_code = state.get("ExitCode")
    has_ended = state.get("Status") in {"exited", "dead", "restarting"} and isinstance(exit_code, int)
    image = _text(_mapping(container.get("Config")).get("Image"))[:MAX_NAME_CHARACTERS]
    return Inspected(name, image, exit_code if has_ended and isinstance(exit_code, int) else None) if name else None


def labels_speak(labels: object) -> bool:
    """Return whether a container's *labels* include the name of one of Docker's own
    attributes.
    """
    return not _mapping(labels).keys().isdisjoint({"exitCode", "signal"})


class Lines:
    """Splitter of chunks into lines. A line over MAX_LINE bytes loses its
    attributes.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._head: bytes | None = None
        self.shortened = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that *chunk* completes, without line ends and
        blank lines.
        """
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        if lines and self._head is not None:
            lines[0] = self._shorten(self._head, lines[0])
            self._head = None
        if self._head is not None:
            self._pending = self._pending[-TAIL_BYTES:]
        elif len(self._pending) > MAX_LINE:
            self._head, self._pending = self._pending[:HEAD_BYTES], self._pending[-TAIL_BYTES:]
        lines = [self._shorten(line, line) if len(line) > MAX_LINE else line for line in lines]
        return [line for line in lines if line.strip()]

    def _shorten(self, head: bytes, tail: bytes) -> bytes:
        """Return the event of a long line that starts with *head*, without
        attributes.
        """
        self.shortened += 1
        start, found, _ = head[:HEAD_BYTES].partition(_ATTRIBUTES)
        at_end = _TIME_AT_END.search(tail[-TAIL_BYTES:])
        end = b',"timeNano":' + at_end[1] + b"}" if at_end else b"}"
        return start + _ATTRIBUTES + b"{}}" + end if found else b""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""


def _is_label(text: str, action: str, owner: str, pattern: re.Pattern[str]) -> bool:
    """Return whether *text*, which only an *owner* event has, can't be Docker's own."""
    return bool(text) and (action != owner or not pattern.fullmatch(text))


def _time_nano(value: object) -> int:
    # Seconds would not do: two events of one second would count as copies.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_TIME_NANO else 0


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and -MAX_TIME_NANO <= value <= MAX_TIME_NANO:
        return str(value)
    if not isinstance(value, str):
        return ""
    # JSON may contain half a surrogate pair, which no UTF-8 frame can carry.
    return value.encode(errors="replace").decode()
