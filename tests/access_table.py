"""Table of access rules (docs/security.md), for the rules themselves and for the running daemon."""

import hashlib
from dataclasses import dataclass, field

TOKEN = "a-long-secret"

OWN_NAMES = ("192-168-1-5.abc123.myunraid.net", "tower.tail1234.ts.net")
LISTED = (
    *("nas.example.com", "https://ha.example.org:8123", "moz-extension://f00d", "bücher.example"),
    *("https://dash.example.net/", "capacitor://localhost"),
)

SETTINGS: dict[str, dict[str, str]] = {
    "open": {},
    "listed": {"ALLOWED_ORIGINS": " ".join(LISTED)},
    "locked": {"TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest()},
}
"""The settings of the rows, by name."""

HOSTS: list[tuple[str, str, int | None]] = [
    # (settings, Host, status or None for accepted)
    ("open", "192.168.1.5:34600", None),
    ("open", "192.168.1.5", None),
    ("open", "192.168.1.5.", None),
    ("open", "8.8.8.8:34600", None),
    ("open", "0.0.0.0:34600", None),
    ("open", "[fe80::1]:34600", None),
    ("open", "[FE80::1]:34600", None),
    ("open", "[fe80::1%eth0]:34600", None),
    ("open", "[fe80::1%25eth0]:34600", None),
    ("open", "[::1]", None),
    ("open", "[::ffff:192.168.1.5]", None),
    ("open", "[2001:db8::1]", None),
    ("open", "tower", None),
    ("open", "TOWER:34600", None),
    ("open", "tower:", None),
    ("open", "tower.", None),
    ("open", "tower.local", None),
    ("open", "Tower.Local.:34600", None),
    ("open", "tower.lan", None),
    ("open", "tower.home", None),
    ("open", "tower.home.arpa", None),
    ("open", "tower.internal", None),
    ("open", "localhost:34600", None),
    ("open", "a.localhost", None),
    ("open", "192-168-1-5.abc123.myunraid.net:34600", None),
    ("open", "192-168-1-5.ABC123.MyUnraid.net.", None),
    ("open", "tower.tail1234.ts.net", None),
    ("open", "TOWER.TAIL1234.TS.NET:34600", None),
    # An address counts in any spelling; a browser would not send these.
    ("open", "3232235781", None),
    ("open", "0xc0a80105", None),
    ("open", "0300.0250.1.5", None),
    ("open", "0xc0.0xa8.0x1.0x5:34600", None),
    ("open", "192.168.261", None),
    ("open", "127.1", None),
    ("open", "256.1.1.1", 421),
    ("open", "4294967296", 421),
    ("open", "192.168.1.5.6", 421),
    ("open", "4294967296.example", 421),
    ("open", "192-168-1-6.abc123.myunraid.net", 421),
    ("open", "x192-168-1-5.abc123.myunraid.net", 421),
    ("open", "a.192-168-1-5.abc123.myunraid.net", 421),
    ("open", "myunraid.net", 421),
    ("open", "tower.other.ts.net", 421),
    ("open", "tail1234.ts.net", 421),
    ("open", "evil.example:34600", 421),
    ("open", "evil.example.", 421),
    ("open", "tower.evil.example", 421),
    ("open", "local.evil.example", 421),
    ("open", "tower.local.evil.example", 421),
    ("open", "localhost.evil.example", 421),
    ("open", "localhost.localdomain", None),
    ("open", "tower.localdomain:34600", None),
    ("open", "tower.intranet", None),
    ("open", "tower.private.", None),
    ("open", "nas.office.CORP", None),
    ("open", "localdomain.example", 421),
    ("open", "notlocaldomain.example", 421),
    ("open", "corp.example", 421),
    ("open", "evillan", None),
    ("open", "evil.notlan", 421),
    ("open", "192.168.1.5.evil.example", 421),
    ("open", "192-168-1-5.evil.example", 421),
    ("open", "127.0.0.1.nip.io", 421),
    ("open", "tower..", 421),
    ("open", "tower.local..", 421),
    ("open", "bücher.example", 421),
    ("open", "tower。evil。example", 421),
    ("open", "tower：80", 421),
    ("open", "tower／x", 421),
    ("open", "tower˙", 421),
    ("open", "nas.example.com", 421),
    ("open", "", 421),
    ("open", ":34600", 421),
    ("open", "tower:port", 421),
    ("open", "tower:999999", 421),
    ("open", "tower:-1", 421),
    ("open", "user@tower", 421),
    ("open", "evil.example:80@tower", 421),
    ("open", "tower@evil.example", 421),
    ("open", "tower/x", 421),
    ("open", "tower?x", 421),
    ("open", "tower#x", 421),
    ("open", "tower\\x", 421),
    ("open", "tower%2e", 421),
    ("open", "two names", 421),
    ("open", "tower,evil.example", 421),
    ("open", "http://tower", 421),
    ("open", "::1", 421),
    ("open", "[fe80::1", 421),
    ("open", "[fe80::1%]", 421),
    ("open", "[nonsense]", 421),
    ("open", "[192.168.1.5]", 421),
    ("open", "[::1]x", 421),
    ("open", "[::1].evil.example", 421),
    ("listed", "nas.example.com:443", None),
    ("listed", "NAS.example.com.", None),
    ("listed", "ha.example.org", None),
    ("listed", "xn--bcher-kva.example", None),
    ("listed", "bücher.example", None),
    ("listed", "BÜCHER.example", None),
    ("listed", "f00d.example", 421),
    ("listed", "other.example.com", 421),
    ("listed", "x.nas.example.com", 421),
    ("listed", "nas.example.com.evil.example", 421),
]

ORIGINS: list[tuple[str, str | None, str, int | None]] = [
    # (settings, Origin, Host, status or None for accepted)
    ("open", None, "tower", None),
    # A page opened from disk, or a sandboxed frame of any page.
    ("open", "null", "tower", None),
    ("open", "file://", "tower", None),
    ("open", "http://tower", "tower:34600", None),
    ("open", "https://tower:8443", "tower:34600", None),
    ("open", "http://TOWER.", "tower", None),
    ("open", "HTTP://TOWER", "tower", None),
    ("open", "http://8.8.8.8", "8.8.8.8:34600", None),
    ("open", "http://8.8.8.8", "192.168.1.5:34600", 403),
    ("open", "http://192.168.1.77:3000", "192.168.1.5:34600", None),
    ("open", "http://10.1.2.3", "tower", None),
    ("open", "http://172.16.0.1", "tower", None),
    ("open", "http://172.32.0.1", "tower", 403),
    ("open", "http://192.169.0.1", "tower", 403),
    ("open", "http://100.64.0.1", "tower", None),
    ("open", "http://100.128.0.1", "tower", 403),
    ("open", "http://169.254.1.1", "tower", None),
    ("open", "http://127.0.0.1:5173", "tower", None),
    ("open", "http://0.0.0.0", "tower", 403),
    ("open", "http://[::1]:5173", "tower", None),
    ("open", "http://[::]:5173", "tower", 403),
    ("open", "http://[fd00::1]", "tower", None),
    ("open", "http://[fe80::1]", "tower", None),
    ("open", "http://[fe80::1%25eth0]", "tower", None),
    ("open", "http://[FE80::1]:3000", "tower", None),
    ("open", "http://[::ffff:10.0.0.1]", "tower", None),
    ("open", "http://[::ffff:c0a8:101]", "tower", None),
    ("open", "http://[::ffff:8.8.8.8]", "tower", 403),
    ("open", "http://[2001:db8::1]", "tower", 403),
    ("open", "http://[2001:db8::1]", "[2001:db8::1]:34600", None),
    ("open", "http://[2002:c0a8:101::]", "tower", 403),
    ("open", "http://[64:ff9b::c0a8:101]", "tower", 403),
    ("open", "http://[::192.168.1.1]", "tower", 403),
    ("open", "http://3232235777", "tower", None),
    ("open", "http://0xc0.0xa8.1.1", "tower", None),
    ("open", "http://012.0.0.1", "tower", None),
    ("open", "http://134744072", "tower", 403),
    ("open", "http://0x08080808", "tower", 403),
    ("open", "http://010.8.8.8", "tower", 403),
    ("open", "http://8.8", "tower", 403),
    ("open", "http://homeassistant.local:8123", "tower", None),
    ("open", "http://ha.home.arpa", "tower", None),
    ("open", "http://ha.home.arpa.", "tower", None),
    ("open", "http://ha.home.arpa..", "tower", 403),
    ("open", "http://grafana:3000", "tower", None),
    ("open", "http://localhost:3000", "tower", None),
    ("open", "https://192-168-1-5.abc123.myunraid.net", "192.168.1.5:34600", None),
    ("open", "https://192-168-1-5.ABC123.myunraid.net:8443", "tower", None),
    ("open", "https://192-168-9-9.abc123.myunraid.net", "192.168.1.5:34600", 403),
    ("open", "https://tower.tail1234.ts.net", "tower", None),
    ("open", "https://evil.tail1234.ts.net", "tower", 403),
    ("open", "https://evil.example", "tower", 403),
    ("open", "https://evil.example:34600", "tower:34600", 403),
    ("open", "https://tower.evil.example", "tower", 403),
    ("open", "http://localhost.evil.example", "tower", 403),
    ("open", "http://192.168.1.1.evil.example", "tower", 403),
    ("open", "http://tower.local.evil.example", "tower", 403),
    ("open", "https://xn--bcher-kva.example", "tower", 403),
    ("open", "https://bücher.example", "tower", 403),
    ("open", "http://tower, http://evil.example", "tower", 403),
    ("open", "null, null", "tower", 403),
    ("open", "http://evil.example@tower", "tower", 403),
    ("open", "http://tower@evil.example", "tower", 403),
    ("open", "http://evil.example#tower", "tower", 403),
    ("open", "http://evil.example?tower", "tower", 403),
    ("open", "http://evil.example\\@tower", "tower", 403),
    ("open", "http://tower/path", "tower", 403),
    # The origin that Go's golang.org/x/net/websocket sends in its own example; a browser would not.
    ("open", "http://tower/", "tower", None),
    ("open", "http://tower//", "tower", 403),
    ("open", "http://evil.example/", "tower", 403),
    ("open", "http://evil.example/tower/", "tower", 403),
    ("open", "http://tower:80:80", "tower", 403),
    ("open", "http:///tower", "tower", 403),
    ("open", "http:tower", "tower", 403),
    ("open", "//tower", "tower", 403),
    ("open", "http://", "tower", 403),
    ("open", "ftp://tower", "tower", 403),
    # Programs: a bare host (libwebsockets), none, the address that is connected to (Starscream, SocketRocket).
    ("open", "tower", "tower", None),
    ("open", "tower:34600", "tower", None),
    ("open", "", "tower", None),
    ("open", "192.168.1.10", "192.168.1.5", None),
    ("open", "192.168.1.10:34600", "tower", None),
    ("open", "[fd00::1]:34600", "tower", None),
    ("open", "8.8.8.8:34600", "8.8.8.8:34600", None),
    ("open", "8.8.8.8", "tower", 403),
    ("open", "evil.example", "tower", 403),
    ("open", "evil.example:34600", "tower:34600", 403),
    ("open", "tower/", "tower", 403),
    ("open", "tower evil.example", "tower", 403),
    ("open", "::1", "tower", 403),
    ("open", "ws://tower", "tower", None),
    ("open", "WSS://Tower:34600/", "tower", None),
    ("open", "ws://192.168.1.10:34600", "tower", None),
    ("open", "wss://tower.tail1234.ts.net", "tower", None),
    ("open", "ws://evil.example:34600", "tower", 403),
    ("open", "wss://8.8.8.8", "tower", 403),
    ("open", "wsx://tower", "tower", 403),
    ("open", "http://tower.localdomain", "tower", None),
    ("open", "http://ha.intranet:8123", "tower", None),
    ("open", "file:///home/me/page.html", "tower", 403),
    ("open", "file://tower", "tower", 403),
    ("open", "blob:http://tower", "tower", 403),
    ("open", "data:text/html,x", "tower", 403),
    ("open", "about:blank", "tower", 403),
    ("open", "capacitor://localhost", "tower", 403),
    ("open", "chrome-extension://abcdef", "tower", 403),
    ("open", "moz-extension://f00d", "tower", 403),
    ("listed", "moz-extension://f00d", "tower", None),
    ("listed", "moz-extension://beef", "tower", 403),
    ("listed", "chrome-extension://f00d", "tower", 403),
    ("listed", "http://f00d.example", "tower", 403),
    ("listed", "http://nas.example.com", "tower", None),
    ("listed", "https://nas.example.com:8443", "tower", None),
    ("listed", "https://x.nas.example.com", "tower", 403),
    ("listed", "chrome-extension://nas.example.com", "tower", 403),
    # An entry with a scheme is one origin, to the port.
    ("listed", "https://ha.example.org:8123", "tower", None),
    ("listed", "wss://ha.example.org:8123/", "tower", None),
    ("listed", "https://HA.example.org.:8123", "tower", None),
    ("listed", "https://ha.example.org", "tower", 403),
    ("listed", "https://ha.example.org:443", "tower", 403),
    ("listed", "http://ha.example.org:8123", "tower", 403),
    ("listed", "http://ha.example.org", "tower", 403),
    ("listed", "ha.example.org:8123", "tower", 403),
    ("listed", "https://dash.example.net", "tower", None),
    ("listed", "https://dash.example.net:443/", "tower", None),
    ("listed", "https://dash.example.net:8443", "tower", 403),
    ("listed", "http://dash.example.net:443", "tower", 403),
    ("listed", "capacitor://localhost", "tower", None),
    ("listed", "ionic://localhost", "tower", 403),
    ("listed", "ws://nas.example.com", "tower", None),
    ("listed", "nas.example.com:1", "tower", None),
    ("listed", "https://xn--bcher-kva.example", "tower", None),
    ("listed", "https://example.com", "tower", 403),
    ("locked", "https://evil.example", "tower", 403),
    ("locked", "null", "evil.example", 421),
]


@dataclass(frozen=True)
class Request:
    """A request of a peer at the loopback address *peer*, and the required status; None for accepted."""

    settings: str
    status: int | None
    host: str = "tower"
    origin: str | None = None
    peer: str = "127.0.0.1"
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    websocket_only: bool = field(default=False, kw_only=True)


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"),)


def _proxied(**fields: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in fields.items())


REQUESTS = [
    *(Request(settings, status, host) for settings, host, status in HOSTS),
    *(Request(settings, status, host, origin) for settings, origin, host, status in ORIGINS),
    # Coming from this machine, or from a proxy on it, gives no access.
    *(
        Request("open", status, "tower", origin, peer)
        for peer in ("127.0.0.1", "127.0.0.2", "127.8.8.8")
        for origin, status in ((None, None), ("http://evil.example", 403))
    ),
    *(
        Request("open", status, host, origin, headers=headers)
        for headers in (
            _proxied(X_Forwarded_For="127.0.0.1", X_Real_IP="127.0.0.1"),
            _proxied(X_Forwarded_Host="tower", X_Forwarded_Proto="https"),
            _proxied(X_Forwarded_For="192.168.1.2", X_Forwarded_Host="tower.local", Forwarded="for=::1;host=tower"),
            _proxied(X_Original_Host="tower", X_Forwarded_Server="tower", Via="1.1 tower"),
        )
        for host, origin, status in (
            ("tower", None, None),
            ("tower", "http://evil.example", 403),
            ("evil.example", None, 421),
        )
    ),
    Request("open", None, "tower", None, headers=_proxied(X_Forwarded_For="8.8.8.8", X_Forwarded_Host="evil.example")),
    # Several of one header
    Request("open", 403, "tower", "http://tower", headers=(("Origin", "http://evil.example"),)),
    Request("open", 403, "tower", "http://tower", headers=(("Origin", "http://tower"),)),
    Request("open", 400, "tower", headers=(("Host", "evil.example"),)),
    Request("open", 400, "tower", headers=(("Host", "tower"),)),
    # The token, in its three forms
    *(Request("locked", 401, peer=peer) for peer in ("127.0.0.1", "127.0.0.2")),
    Request("locked", 401, headers=_proxied(X_Forwarded_For="127.0.0.1", Forwarded="for=127.0.0.1")),
    Request("locked", None, headers=_bearer(TOKEN)),
    Request("locked", None, headers=(("authorization", f"bearer  {TOKEN} "),)),
    Request("locked", None, query=f"?token={TOKEN}"),
    Request("locked", None, query=f"?token=wrong&token={TOKEN}"),
    Request("locked", None, headers=(("Sec-WebSocket-Protocol", f"uma.token.{TOKEN}"),), websocket_only=True),
    Request("locked", None, headers=(("Sec-WebSocket-Protocol", f"chat, uma.token.{TOKEN}"),), websocket_only=True),
    Request("locked", None, "tower", "http://grafana:3000", headers=_bearer(TOKEN)),
    Request("locked", 401, "tower", "http://grafana:3000"),
    Request("locked", 401, headers=_bearer("")),
    Request("locked", 401, headers=_bearer("wrong")),
    Request("locked", 401, headers=_bearer(TOKEN.upper())),
    Request("locked", 401, headers=_bearer(TOKEN[:-1])),
    Request("locked", 401, headers=_bearer(f"{TOKEN}x")),
    Request("locked", 401, headers=_bearer(SETTINGS["locked"]["TOKEN_SHA256"])),
    Request("locked", 401, headers=(("Authorization", TOKEN),)),
    Request("locked", 401, headers=(("Authorization", f"Basic {TOKEN}"),)),
    Request("locked", 401, headers=(("X-Token", TOKEN), ("Cookie", f"token={TOKEN}"))),
    Request("locked", 401, query="?token="),
    Request("locked", 401, query=f"?TOKEN={TOKEN}"),
    Request("locked", 401, query=f"?token={TOKEN}%00"),
    Request("locked", 401, headers=(("Sec-WebSocket-Protocol", TOKEN),)),
    Request("locked", 401, headers=(("Sec-WebSocket-Protocol", f"UMA.TOKEN.{TOKEN}"),)),
    # A token gives no access to requests that are refused for another reason.
    Request("locked", 403, "tower", "http://evil.example", headers=_bearer(TOKEN)),
    # Without an origin the token decides: microcontrollers' libraries send file:// by themselves.
    *(
        Request("locked", status, "tower", origin, headers=headers, query=query)
        for origin in ("null", "file://", "NULL", "File://")
        for headers, query, status in (
            ((), "", 401),
            (_bearer("wrong"), "", 401),
            (_bearer(TOKEN), "", None),
            ((), f"?token={TOKEN}", None),
            (_proxied(X_UMA_Token=TOKEN), "", None),
        )
    ),
    # UMA's own header, if a proxy's login needs Authorization
    Request("locked", None, headers=_proxied(X_UMA_Token=TOKEN)),
    Request("locked", None, headers=(("x-uma-token", TOKEN), ("Authorization", "Basic dTpw"))),
    Request("locked", None, "tower", "http://grafana:3000", headers=_proxied(X_UMA_Token=TOKEN)),
    Request("locked", 401, headers=(("X-UMA-Token", "wrong"), ("Authorization", "Basic dTpw"))),
    Request("locked", 401, headers=_proxied(X_UMA_Token="")),
    Request("locked", 401, headers=_proxied(X_UMA_Token=f"Bearer {TOKEN}")),
    Request("locked", 403, "tower", "http://evil.example", headers=_proxied(X_UMA_Token=TOKEN)),
    Request("locked", 421, "evil.example", query=f"?token={TOKEN}"),
]
"""Requests to the running daemon, by REST and WebSocket alike."""
