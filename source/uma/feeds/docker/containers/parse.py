"""Docker's list of containers and its inspects, parsed without I/O.

Facts: Docker Engine API, ``GET /containers/json`` and ``GET /containers/{id}/json``.
The list has ``Health`` from API 1.52 on (Docker 29); older ones have it in ``Status``.
Only the labels of Unraid and compose are read: others hold secrets and kilobytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from uma.feeds.docker.containers.model import MAX_PORTS, ContainerPort

MAX_TEXT_CHARACTERS: Final = 256
"""Maximum characters of each text of a container, so that none fills a message."""

MAX_WHOLE: Final = 1 << 62
NEVER: Final = "0001-01-01"
"""Docker's start time of a container that never started."""

HEALTH_IN_STATUS: Final = {
    "(healthy)": "healthy",
    "(unhealthy)": "unhealthy",
    "(health: starting)": "starting",
}
HEALTH_WORDS: Final = frozenset(HEALTH_IN_STATUS.values())
ENDED_STATES: Final = frozenset({"exited", "dead", "restarting"})


@dataclass(frozen=True, slots=True)
class Record:
    """Facts about one container, without its figures. Unknown ones are None."""

    id: str
    name: str
    image: str
    state: str
    image_id: str = ""
    health: str | None = None
    started_at: str | None = None
    exit_code: int | None = None
    restart_count: int | None = None
    oom_kills: int | None = None
    memory_limit_bytes: int | None = None
    network_mode: str | None = None
    ports: tuple[ContainerPort, ...] = ()
    address: str | None = None
    webui_label: str | None = None
    manager_label: str | None = None
    compose_project: str | None = None
    pid: int = 0


class _Labels(msgspec.Struct):
    manager: Any = msgspec.field(name="net.unraid.docker.managed", default=None)
    webui: Any = msgspec.field(name="net.unraid.docker.webui", default=None)
    project: Any = msgspec.field(name="com.docker.compose.project", default=None)


class _Network(msgspec.Struct, rename="pascal"):
    address: Any = msgspec.field(name="IPAddress", default=None)


class _Networks(msgspec.Struct, rename="pascal"):
    networks: dict[str, _Network | None] | None = None
    ports: Any = None


class _HostConfig(msgspec.Struct, rename="pascal"):
    network_mode: Any = None
    memory: Any = None
    port_bindings: Any = None


class _Listed(msgspec.Struct, rename="pascal"):
    id: str
    names: Any = None
    image: Any = None
    image_id: Any = msgspec.field(name="ImageID", default=None)
    state: Any = None
    status: Any = None
    health: Any = None
    ports: Any = None
    labels: _Labels | None = None
    host_config: _HostConfig | None = None
    network_settings: _Networks | None = None


class _Health(msgspec.Struct, rename="pascal"):
    status: Any = None


class _State(msgspec.Struct, rename="pascal"):
    status: Any = None
    pid: Any = None
    exit_code: Any = None
    started_at: Any = None
    oom_killed: Any = msgspec.field(name="OOMKilled", default=None)
    health: _Health | None = None


class _Image(msgspec.Struct, rename="pascal"):
    repo_digests: Any = None


class _Config(msgspec.Struct, rename="pascal"):
    image: Any = None
    labels: _Labels | None = None


class _Inspected(msgspec.Struct, rename="pascal"):
    id: str
    name: Any = None
    image: Any = None
    restart_count: Any = None
    state: _State | None = None
    config: _Config | None = None
    host_config: _HostConfig | None = None
    network_settings: _Networks | None = None


def parse_list(body: bytes) -> dict[str, Record]:
    """Return the containers of a list by id. A damaged entry is left out.

    Raises ValueError if the answer is not a list, or holds no container among its
    entries.
    """
    try:
        entries = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    records = {record.id: record for entry in entries if (record := _listed_record(entry)) is not None}
    if entries and not records:
        raise ValueError("no entry of the list is a container")
    return records


def parse_inspected(body: bytes) -> Record | None:
    """Return the container from an inspect; None if the answer is damaged."""
    try:
        raw = msgspec.json.decode(body, type=_Inspected)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    state, config, host = raw.state or _State(), raw.config or _Config(), raw.host_config or _HostConfig()
    networks = raw.network_settings or _Networks()
    name, word = _text(raw.name).removeprefix("/"), _text(state.status)
    if not raw.id or not name or not word:
        return None
    labels = config.labels or _Labels()
    is_running = word in {"running", "paused"}
    return Record(
        id=_text(raw.id),
        name=name,
        image=_text(config.image),
        state=word,
        image_id=_image_id(raw.image),
        health=_health(state.health.status if state.health is not None else None, word),
        started_at=_start_time(state.started_at),
        exit_code=_whole(state.exit_code, least=-MAX_WHOLE) if word in ENDED_STATES else None,
        restart_count=_whole(raw.restart_count),
        oom_kills=1 if state.oom_killed is True else 0,
        memory_limit_bytes=_whole(host.memory) or None,
        network_mode=_text(host.network_mode) or None,
        ports=_published(networks.ports if is_running else host.port_bindings),
        address=_address(networks),
        webui_label=_text(labels.webui) or None,
        manager_label=_text(labels.manager) or None,
        compose_project=_text(labels.project) or None,
        pid=_whole(state.pid) or 0 if is_running else 0,
    )


def parse_digests(body: bytes) -> frozenset[str]:
    """Return the digests under which an image was pulled, from
    ``["plexinc/pms-docker@sha256:…"]``; empty for a damaged answer.
    """
    try:
        raw = msgspec.json.decode(body, type=_Image)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return frozenset()
    names = raw.repo_digests if isinstance(raw.repo_digests, list) else []
    return frozenset(digest for name in names if (digest := _text(name).rpartition("@")[2]))


def _listed_record(entry: msgspec.Raw) -> Record | None:
    try:
        raw = msgspec.json.decode(entry, type=_Listed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    names = raw.names if isinstance(raw.names, list) else []
    # A link from another container gives a second name, /OTHER/ALIAS.
    plain = [name for each in names if "/" not in (name := _text(each).removeprefix("/")) and name]
    word = _text(raw.state).lower()
    if not raw.id or not word:
        return None
    labels = raw.labels or _Labels()
    return Record(
        id=_text(raw.id),
        name=plain[0] if plain else _text(raw.id)[:12],
        image=_text(raw.image),
        state=word,
        image_id=_image_id(raw.image_id),
        health=_listed_health(raw.health, _text(raw.status), word),
        network_mode=_text((raw.host_config or _HostConfig()).network_mode) or None,
        ports=_listed_ports(raw.ports),
        address=_address(raw.network_settings or _Networks()),
        webui_label=_text(labels.webui) or None,
        manager_label=_text(labels.manager) or None,
        compose_project=_text(labels.project) or None,
    )


def _listed_health(health: object, status: str, state: str) -> str | None:
    if isinstance(health, Mapping):
        return _health(health.get("Status"), state)
    return next((word for text, word in HEALTH_IN_STATUS.items() if status.endswith(text)), None)


def _health(word: object, state: str) -> str | None:
    """Return the health of a running container. When its checks end, as by a stop or a
    pause, Docker writes ``unhealthy`` (moby, container/health.go).
    """
    return word if state == "running" and isinstance(word, str) and word in HEALTH_WORDS else None


def _start_time(value: object) -> str | None:
    """Convert Docker's time, which has nanoseconds and a zone, to UTC in seconds."""
    text = _text(value)
    if not text or text.startswith(NEVER):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        # Python 3.11 rejects more than six digits.
        return _start_time(f"{text[:19]}Z") if text[19:20] == "." and text.endswith("Z") else None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.tzinfo else None


def _listed_ports(value: object) -> tuple[ContainerPort, ...]:
    entries = value if isinstance(value, list) else []
    return _ports(
        (_text(e.get("IP")), e.get("PublicPort"), e.get("PrivatePort"), _text(e.get("Type")))
        for e in entries
        if isinstance(e, Mapping)
    )


def _published(value: object) -> tuple[ContainerPort, ...]:
    """Return the ports of
    ``{"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "81/tcp": null}``.
    """
    return _ports(_bindings(value if isinstance(value, Mapping) else {}))


def _bindings(ports: Mapping[str, object]) -> Iterator[tuple[str, object, object, str]]:
    for key, bindings in ports.items():
        inside, _, protocol = key.partition("/")
        for binding in bindings if isinstance(bindings, list) else ():
            if isinstance(binding, Mapping):
                yield _text(binding.get("HostIp")), binding.get("HostPort"), inside, protocol or "tcp"


def _ports(entries: Iterable[tuple[str, object, object, str]]) -> tuple[ContainerPort, ...]:
    found = {
        ContainerPort(ip or "0.0.0.0", outside, inside, protocol)  # noqa: S104 - Docker's own meaning of none
        for ip, raw_outside, raw_inside, protocol in entries
        if (outside := _port(raw_outside)) is not None and (inside := _port(raw_inside)) is not None
    }
    twins = {("::", p.host_port, p.container_port, p.protocol) for p in found if p.host_ip == "0.0.0.0"}  # noqa: S104
    kept = [p for p in found if (p.host_ip, p.host_port, p.container_port, p.protocol) not in twins]
    kept.sort(key=lambda p: (p.container_port, p.protocol, p.host_port, p.host_ip))
    return tuple(kept[:MAX_PORTS])


def _port(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 5:
        value = int(value)
    number = _whole(value)
    return number if number is not None and 1 <= number <= 65535 else None


def _address(settings: _Networks) -> str | None:
    networks = (settings.networks or {}).values()
    return next((text for each in networks if each is not None and (text := _text(each.address))), None)


def _whole(value: object, *, least: int = 0) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_WHOLE else None


def _image_id(value: object) -> str:
    """Return an image's id, ``sha256:`` and hex digits; "" for anything else."""
    text = _text(value)
    digits = text.removeprefix("sha256:")
    return text if digits.isascii() and digits.isalnum() else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    # JSON may contain half a surrogate pair, which no UTF-8 frame can carry.
    return value[:MAX_TEXT_CHARACTERS].encode(errors="replace").decode()
