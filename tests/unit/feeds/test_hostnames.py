"""The server's own names from nginx.ini."""

import socket

from uma.feeds.hostnames import Hostnames, parse_hostnames
from uma.host import Host

NGINX_INI = """NGINX_LANIP="192.168.1.5"
NGINX_LANNAME="tower"
NGINX_LANFQDN="192-168-1-5.0a1b2c.MyUnraid.net"
NGINX_WANFQDN=""
NGINX_TAILSCALEFQDN="tower.tail1234.ts.net"
NGINX_CERTNAME="*.evil.example"
NGINX_DEFAULTURL="https://192-168-1-5.0a1b2c.myunraid.net"
broken line
"""


def test_only_unraids_and_tailscales_names_count():
    """Only myunraid.net and ts.net names are the server's own."""
    names = parse_hostnames(NGINX_INI)

    assert {"192-168-1-5.0a1b2c.myunraid.net", "tower.tail1234.ts.net"} <= names
    assert not {name for name in names if "evil" in name or name in ("tower", "")}


def test_the_host_name_is_always_known(tmp_path):
    """Without nginx.ini the host name remains."""
    assert Hostnames(Host(tmp_path))() == {socket.gethostname().lower()}


def test_new_names_are_seen(tmp_path, monkeypatch):
    """A name that appears later is known later."""
    monkeypatch.setattr("uma.feeds.hostnames.LOOK_AGAIN", -1.0)
    names = Hostnames(Host(tmp_path))
    assert "tower.tail1234.ts.net" not in names()
    folder = tmp_path / "var/local/emhttp"
    folder.mkdir(parents=True)
    (folder / "nginx.ini").write_text(NGINX_INI)

    assert "tower.tail1234.ts.net" in names()
