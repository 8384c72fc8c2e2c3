"""Ports of a container that the host publishes, in Docker's two forms.

Both end sorted, at most MAX_PORTS, and without the entry for IPv6 that doubles one for
IPv4.
"""

from collections.abc import Iterable, Iterator, Mapping

from uma.feeds.docker.containers.model import MAX_PORTS, ContainerPort
from uma.feeds.docker.containers.values import text_of, whole_number


def listed_ports(value: object) -> tuple[ContainerPort, ...]:
    """Return the ports of the list's
    ``[{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}]``.
    """
    entries = value if isinstance(value, list) else []
    return _ports(
        (text_of(e.get("IP")), e.get("PublicPort"), e.get("PrivatePort"), text_of(e.get("Type")))
        for e in entries
        if isinstance(e, Mapping)
    )


def bound_ports(value: object) -> tuple[ContainerPort, ...]:
    """Return the ports of an inspect's
    ``{"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "81/tcp": null}``.
    """
    return _ports(_bindings(value if isinstance(value, Mapping) else {}))


def _bindings(ports: Mapping[str, object]) -> Iterator[tuple[str, object, object, str]]:
    for key, bindings in ports.items():
        inside, _, protocol = key.partition("/")
        for binding in bindings if isinstance(bindings, list) else ():
            if isinstance(binding, Mapping):
                yield text_of(binding.get("HostIp")), binding.get("HostPort"), inside, protocol or "tcp"


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
    number = whole_number(value)
    return number if number is not None and 1 <= number <= 65535 else None
