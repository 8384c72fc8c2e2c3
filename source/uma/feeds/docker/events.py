"""What Docker says about its containers, read out of its JSON: pure.

Facts: Docker Engine API, ``GET /events``. From API 1.52 on an event has no ``status``, ``id`` and ``from`` at its top
any more, so they serve only where ``Action`` and ``Actor`` are missing. Labels stand among a container's attributes,
and stay behind here: they hold secrets.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

MAX_LINE = 1 << 20
"""Bytes; an event is a kilobyte, and a few more with labels."""

MAX_TIME_NANO = (1 << 63) - 1

NOISE = frozenset({"attach", "top"})
NOISE_PREFIX = "exec_"


@dataclass(frozen=True, slots=True)
class ContainerEvent:
    """One event of a container, as Docker tells it.

    ``action`` is Docker's word up to a colon and ``word`` what follows it (``health_status`` and ``healthy``).
    ``time_nano`` is 0 where Docker gave none; ``exit_code`` and ``signal`` are None where the event has none.
    """

    time_nano: int
    container_id: str
    action: str
    word: str
    name: str
    image: str
    exit_code: str | None
    signal: str | None

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What two copies of one event have in common."""
        return self.time_nano, self.container_id, self.action, self.word

    @property
    def is_noise(self) -> bool:
        """Whether it tells of somebody looking in, not of a change: a health check makes three of these a run."""
        return self.action in NOISE or self.action.startswith(NOISE_PREFIX)


def parse_event(line: bytes) -> ContainerEvent | None:
    """One line of the event stream; None for an event of anything but a container.

    Raises ValueError for a line that is no JSON object.
    """
    try:
        raw = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(raw, dict):
        raise ValueError(f"{type(raw).__name__} instead of an object")
    return container_event_from(raw)


def container_event_from(raw: Mapping[str, object]) -> ContainerEvent | None:
    """An event object of Docker; None when it is not about a container, or has no id or action."""
    actor = _mapping(raw.get("Actor"))
    attributes = _mapping(actor.get("Attributes"))
    container_id = _text(actor.get("ID")) or _text(raw.get("id"))
    full_action = _text(raw.get("Action")) or _text(raw.get("status"))
    action, _, word = (part.strip() for part in full_action.partition(":"))
    if raw.get("Type") != "container" or not container_id or not action:
        return None
    return ContainerEvent(
        time_nano=_time_nano(raw.get("timeNano")),
        container_id=container_id,
        action=action,
        word=word,
        name=_text(attributes.get("name")).removeprefix("/"),
        image=_text(attributes.get("image")) or _text(raw.get("from")),
        # Elsewhere they would be an exec's, or a label of that name.
        exit_code=_text(attributes.get("exitCode")) if action == "die" else None,
        signal=_text(attributes.get("signal")) if action == "kill" else None,
    )


def parse_refusal(body: str) -> str:
    """Why Docker refused a request: the ``message`` of its JSON, else the text; one line of at most 200 characters."""
    with suppress(ValueError, RecursionError):
        body = _text(_mapping(json.loads(body)).get("message")) or body
    return " ".join(body.split())[:200]


def version_from(raw: object) -> str:
    """What Docker and which API this is, for a person, from the answer to ``GET /version``."""
    version = _mapping(raw)
    engine, api = (_text(version.get(key))[:40] or "of unknown version" for key in ("Version", "ApiVersion"))
    return f"Docker {engine}, API {api}"


class Lines:
    """Chunks as they come, cut into lines. A line over MAX_LINE bytes is left out: asked again, it would come again."""

    def __init__(self) -> None:
        self._pending = b""
        self._is_skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that *chunk* completes, without their ends; blank ones left out."""
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        if lines and self._is_skipping:
            del lines[0]
            self._is_skipping = False
        if self._is_skipping or len(self._pending) > MAX_LINE:
            self._is_skipping = True
            self._pending = b""
        return [line for line in lines if len(line) <= MAX_LINE and line.strip()]


def _time_nano(value: object) -> int:
    # Seconds would not do instead: by them two events of one second are taken for one that came twice.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_TIME_NANO else 0


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and -MAX_TIME_NANO <= value <= MAX_TIME_NANO:
        return str(value)
    if not isinstance(value, str):
        return ""
    # JSON may spell half a surrogate pair, which no UTF-8 frame can carry.
    return value.encode(errors="replace").decode()
