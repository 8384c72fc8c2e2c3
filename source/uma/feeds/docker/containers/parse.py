"""Docker's list of containers and its inspects, parsed without I/O.

Facts: Docker Engine API, ``GET /containers/json`` and ``GET /containers/{id}/json``.
The list has ``Health`` from API 1.52 on (Docker 29); older ones have it in ``Status``.
Only the labels of Unraid and compose are read: others hold secrets and kilobytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from uma.feeds.docker.containers.model import ContainerPort
from uma.feeds.docker.containers.ports import bound_ports, listed_ports
from uma.feeds.docker.containers.values import MAX_WHOLE, text_of, whole_number
from uma.feeds.moments import moment

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
    name, word = text_of(raw.name).removeprefix("/"), text_of(state.status)
    if not raw.id or not name or not word:
        return None
    labels = config.labels or _Labels()
    is_running = word in {"running", "paused"}
    return Record(
        id=text_of(raw.id),
        name=name,
        image=text_of(config.image),
        state=word,
        image_id=_image_id(raw.image),
        health=_health(state.health.status if state.health is not None else None, word),
        started_at=_start_time(state.started_at),
        exit_code=whole_number(state.exit_code, least=-MAX_WHOLE) if word in ENDED_STATES else None,
        restart_count=whole_number(raw.restart_count),
        oom_kills=1 if state.oom_killed is True else 0,
        memory_limit_bytes=whole_number(host.memory) or None,
        network_mode=text_of(host.network_mode) or None,
        ports=bound_ports(networks.ports if is_running else host.port_bindings),
        address=_address(networks),
        webui_label=text_of(labels.webui) or None,
        manager_label=text_of(labels.manager) or None,
        compose_project=text_of(labels.project) or None,
        pid=whole_number(state.pid) or 0 if is_running else 0,
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
    return frozenset(digest for name in names if (digest := text_of(name).rpartition("@")[2]))


def _listed_record(entry: msgspec.Raw) -> Record | None:
    try:
        raw = msgspec.json.decode(entry, type=_Listed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    names = raw.names if isinstance(raw.names, list) else []
    # A link from another container gives a second name, /OTHER/ALIAS.
    plain = [name for each in names if "/" not in (name := text_of(each).removeprefix("/")) and name]
    word = text_of(raw.state).lower()
    if not raw.id or not word:
        return None
    labels = raw.labels or _Labels()
    return Record(
        id=text_of(raw.id),
        name=plain[0] if plain else text_of(raw.id)[:12],
        image=text_of(raw.image),
        state=word,
        image_id=_image_id(raw.image_id),
        health=_listed_health(raw.health, text_of(raw.status), word),
        network_mode=text_of((raw.host_config or _HostConfig()).network_mode) or None,
        ports=listed_ports(raw.ports),
        address=_address(raw.network_settings or _Networks()),
        webui_label=text_of(labels.webui) or None,
        manager_label=text_of(labels.manager) or None,
        compose_project=text_of(labels.project) or None,
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
    text = text_of(value)
    if not text or text.startswith(NEVER):
        return None
    try:
        started = datetime.fromisoformat(text)
    except ValueError:
        # Python 3.11 rejects more than six digits.
        return _start_time(f"{text[:19]}Z") if text[19:20] == "." and text.endswith("Z") else None
    return moment(started.timestamp()) if started.tzinfo else None


def _address(settings: _Networks) -> str | None:
    networks = (settings.networks or {}).values()
    return next((text for each in networks if each is not None and (text := text_of(each.address))), None)


def _image_id(value: object) -> str:
    """Return an image's id, ``sha256:`` and hex digits; "" for anything else."""
    text = text_of(value)
    digits = text.removeprefix("sha256:")
    return text if digits.isascii() and digits.isalnum() else ""
