"""Access rules on Host, Origin and token (docs/security.md). Pure decisions, no request
objects.

Anyone on the LAN may read. A foreign web page in a user's browser may not: it is
refused by its Origin or, if it points its own name at this server (DNS rebinding), by
its Host. A proxy's forwarded address gives no extra trust.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from uma.config.model import NOBODY

TOKEN_SUBPROTOCOL = "uma.token."  # noqa: S105 - a prefix, not a secret

LOCAL_SUFFIXES = (
    *(".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost"),
    # Not in the public root zone either: routers and Windows domains invent them.
    *(".localdomain", ".intranet", ".private", ".corp"),
)
WEB_SCHEMES = {"http": 80, "https": 443, "ws": 80, "wss": 443}
"""Schemes of web pages, and of programs that send the address they connect to; with
default ports.
"""

PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

MAX_NAME_CHARACTERS = 254
"""Characters: limit of a DNS name with its last dot. Longer ones would block the loop
for milliseconds.
"""

_NAME = re.compile(r"[^\[\]@:/?#\s\\%]+")
_AUTHORITY = re.compile(rf"(?P<name>\[[0-9a-fA-F:.]+(?:%[\w.%-]+)?\]|{_NAME.pattern})(?::(?P<port>\d{{0,5}}))?")
# Browsers send no path; libraries may send the slash of the address they were given.
_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]+)/?", re.IGNORECASE)

_IPV4 = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}", re.IGNORECASE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

Origin = tuple[str, str, int | None]
"""Scheme, host name and port; ``ws`` counts as ``http``, ``wss`` as ``https``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refusal of a request: an HTTP status and one sentence of explanation."""

    status: HTTPStatus
    detail: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that decide. *own_names* is called at each use, since the server's
    names change with its network.

    The key whose hash is *key_sha256* gives access like the token: it is for root on
    the same machine.
    """

    allowed: tuple[str, ...] = ()
    token_sha256: str = ""
    key_sha256: str = ""
    own_names: Callable[[], Iterable[str]] = tuple

    def refuse_host(self, host: str | None) -> Refusal | None:
        """Check the Host header; None if it is accepted. This stops DNS rebinding."""
        name = name_of(host or "")
        if name is None:
            return Refusal(HTTPStatus.MISDIRECTED_REQUEST, "the Host header is missing or malformed")
        if address_of(name) or is_local(name) or self._lists_host(name) or name in self._own_names():
            return None
        return Refusal(
            HTTPStatus.MISDIRECTED_REQUEST,
            f"this server is not known as {name}; add the name to ALLOWED_ORIGINS to use it",
        )

    def refuse_origin(self, origin: str | None, host: str | None) -> Refusal | None:
        """Check the Origin of a page; None if it may read. *host* is the request's own
        Host header.

        A page without an origin (``null``, ``file://``) may read unless a token is set.
        Then the token decides, which no page can know. An empty Origin, a bare host and
        ``ws://`` come from programs only; their host decides.
        """
        if not origin or origin.lower() in ("null", "file://"):
            return None
        asked = origin_of(origin)
        if asked is None:
            return Refusal(HTTPStatus.FORBIDDEN, "the Origin header is malformed")
        scheme, name, _ = asked
        if self._lists_origin(asked):
            return None
        if scheme in WEB_SCHEMES and (
            name == name_of(host or "") or is_private(name) or is_local(name) or name in self._own_names()
        ):
            return None
        return Refusal(
            HTTPStatus.FORBIDDEN,
            f"pages of {shown_origin(asked)} may not read; add it to ALLOWED_ORIGINS if they should",
        )

    def refuse_token(self, offered: Iterable[str]) -> Refusal | None:
        """Check the *offered* tokens; None if one gives access, or if no token
        is set.
        """
        if not self.token_sha256 or any(self._opens(token) for token in offered):
            return None
        if self.token_sha256.lower() in (NOBODY, _hash_of("")):
            detail = (
                "the stored hash of the token is damaged, so no token is valid; make a new one on the settings page"
            )
            return Refusal(HTTPStatus.UNAUTHORIZED, detail)
        detail = (
            "a valid token is required: send Authorization: Bearer TOKEN or X-UMA-Token, ?token= or the subprotocol"
        )
        return Refusal(HTTPStatus.UNAUTHORIZED, detail)

    def refuse_writer(self, offered: Iterable[str]) -> Refusal | None:
        """Check the *offered* tokens for writing; None if one allows it. The daemon's
        own key does not.
        """
        if self.token_sha256 and any(self._is_token(token) for token in offered):
            return None
        return Refusal(
            HTTPStatus.UNAUTHORIZED, "a valid token is required, in the header Authorization: Bearer or X-UMA-Token"
        )

    def _opens(self, token: str) -> bool:
        return self._is_token(token) or _has_hash(token, self.key_sha256)

    def _is_token(self, token: str) -> bool:
        return _has_hash(token, self.token_sha256.lower())

    def _own_names(self) -> set[str]:
        return {name for own in self.own_names() if (name := name_of(own)) is not None}

    def _lists_host(self, name: str) -> bool:
        return any(name_of(entry.rpartition("://")[2].rstrip("/")) == name for entry in self.allowed)

    def _lists_origin(self, asked: "Origin") -> bool:
        """Return True if an entry matches *asked*: whole if it has a scheme, else by
        host at any port.
        """
        scheme, name, _ = asked
        for entry in self.allowed:
            if "://" in entry:
                if origin_of(entry) == asked:
                    return True
            elif scheme in WEB_SCHEMES and name_of(entry.rstrip("/")) == name:
                return True
        return False


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _has_hash(token: str, sha256: str) -> bool:
    # No token is empty, whatever hash a script has stored.
    return token != "" and hmac.compare_digest(_hash_of(token), sha256)


def name_of(authority: str) -> str | None:
    """Extract the host of ``host[:port]``; None if malformed.

    In lower case, one trailing dot cut, IPv6 without brackets, IDN as ASCII.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None or len(match["name"]) > MAX_NAME_CHARACTERS:
        return None
    name = match["name"].lower()
    if name.startswith("["):
        bare = name[1:-1]
        return bare if ":" in bare and address_of(bare) else None
    name = name.removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
        if not _NAME.fullmatch(name):
            # Some letters are converted to a blank, a colon or a slash.
            return None
    return name or None


def origin_of(text: str) -> Origin | None:
    """Return the origin in *text*, or None if malformed; a bare host gives one with
    http.
    """
    match = _ORIGIN.fullmatch(text)
    scheme, authority = (match["scheme"].lower(), match["authority"]) if match else ("http", text)
    parts, name = _AUTHORITY.fullmatch(authority), name_of(authority)
    if parts is None or name is None:
        return None
    port = int(parts["port"]) if parts["port"] else WEB_SCHEMES.get(scheme)
    return {"ws": "http", "wss": "https"}.get(scheme, scheme), name, port


def shown_origin(origin: Origin) -> str:
    """Return *origin* as the entry of ALLOWED_ORIGINS that lists it."""
    scheme, name, port = origin
    host = f"[{name}]" if ":" in name else name
    return f"{scheme}://{host}" if port in (None, WEB_SCHEMES.get(scheme)) else f"{scheme}://{host}:{port}"


def address_of(name: str) -> Address | None:
    """Return *name* as an IP address, without an IPv6 mapping of IPv4; None if it is
    not an address.

    IPv4 is parsed as in browsers: one to four parts, each decimal, octal or
    hexadecimal.
    """
    try:
        address = ipaddress.ip_address(socket.inet_aton(name) if _IPV4.fullmatch(name) else name)
    except (OSError, ValueError):
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_private(name: str) -> bool:
    """Return True if *name* is an address of a local network only."""
    address = address_of(name)
    return address is not None and any(address in network for network in PRIVATE_NETWORKS)


def is_local(name: str) -> bool:
    """Return True if the public DNS can't assign *name*: a single label or a local
    suffix.

    A number is an address or invalid, never local.
    """
    is_single_label = "." not in name and ":" not in name and not _IPV4.fullmatch(name)
    return is_single_label or name.endswith(LOCAL_SUFFIXES)
