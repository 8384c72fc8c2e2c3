"""Who may read: rows of (Origin, Host, token set) and the status each must give."""

import hashlib
from dataclasses import replace

import pytest

from uma.web.access import Policy, address_of, is_local, is_private, name_of

TOKEN = "a-long-secret"
OPEN = Policy(own_names=lambda: {"tower", "192-168-1-5.abc123.myunraid.net", "tower.tail1234.ts.net"})
LISTED = Policy(
    allowed=("nas.example.com", "https://ha.example.org:8123", "moz-extension://f00d", "bücher.example"),
    own_names=OPEN.own_names,
)
LOCKED = Policy(token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(), own_names=OPEN.own_names)

HOSTS = [
    # (policy, Host, status or None for let in)
    (OPEN, "192.168.1.5:34600", None),
    (OPEN, "192.168.1.5", None),
    (OPEN, "8.8.8.8:34600", None),
    (OPEN, "[fe80::1]:34600", None),
    (OPEN, "[fe80::1%eth0]:34600", None),
    (OPEN, "[::ffff:192.168.1.5]", None),
    (OPEN, "[2001:db8::1]", None),
    (OPEN, "tower", None),
    (OPEN, "TOWER:34600", None),
    (OPEN, "tower.", None),
    (OPEN, "tower.local", None),
    (OPEN, "Tower.Local.:34600", None),
    (OPEN, "tower.lan", None),
    (OPEN, "tower.home", None),
    (OPEN, "tower.home.arpa", None),
    (OPEN, "tower.internal", None),
    (OPEN, "localhost:34600", None),
    (OPEN, "a.localhost", None),
    (OPEN, "192-168-1-5.abc123.myunraid.net:34600", None),
    (OPEN, "tower.tail1234.ts.net", None),
    (OPEN, "192-168-1-6.abc123.myunraid.net", 421),
    (OPEN, "tower.other.ts.net", 421),
    (OPEN, "evil.example:34600", 421),
    (OPEN, "evil.example.", 421),
    (OPEN, "tower.evil.example", 421),
    (OPEN, "local.evil.example", 421),
    (OPEN, "evillan", None),
    (OPEN, "evil.notlan", 421),
    (OPEN, "192.168.1.5.evil.example", 421),
    (OPEN, "bücher.example", 421),
    (OPEN, "nas.example.com", 421),
    (OPEN, "", 421),
    (OPEN, None, 421),
    (OPEN, ":34600", 421),
    (OPEN, "tower:port", 421),
    (OPEN, "tower:999999", 421),
    (OPEN, "user@tower", 421),
    (OPEN, "tower/x", 421),
    (OPEN, "two names", 421),
    (OPEN, "[fe80::1", 421),
    (OPEN, "[nonsense]", 421),
    (OPEN, "[::1]x", 421),
    (LISTED, "nas.example.com:443", None),
    (LISTED, "NAS.example.com.", None),
    (LISTED, "ha.example.org", None),
    (LISTED, "xn--bcher-kva.example", None),
    (LISTED, "bücher.example", None),
    (LISTED, "other.example.com", 421),
]

ORIGINS = [
    # (policy, Origin, Host, status or None for let in)
    (OPEN, None, "tower", None),
    (OPEN, "null", "tower", None),
    (OPEN, "file://", "tower", None),
    (OPEN, "http://tower", "tower:34600", None),
    (OPEN, "https://tower:8443", "tower:34600", None),
    (OPEN, "http://TOWER.", "tower", None),
    (OPEN, "http://8.8.8.8", "8.8.8.8:34600", None),
    (OPEN, "http://8.8.8.8", "192.168.1.5:34600", 403),
    (OPEN, "http://192.168.1.77:3000", "192.168.1.5:34600", None),
    (OPEN, "http://10.1.2.3", "tower", None),
    (OPEN, "http://172.16.0.1", "tower", None),
    (OPEN, "http://172.32.0.1", "tower", 403),
    (OPEN, "http://100.64.0.1", "tower", None),
    (OPEN, "http://100.128.0.1", "tower", 403),
    (OPEN, "http://169.254.1.1", "tower", None),
    (OPEN, "http://127.0.0.1:5173", "tower", None),
    (OPEN, "http://[::1]:5173", "tower", None),
    (OPEN, "http://[fd00::1]", "tower", None),
    (OPEN, "http://[fe80::1]", "tower", None),
    (OPEN, "http://[::ffff:10.0.0.1]", "tower", None),
    (OPEN, "http://[::ffff:8.8.8.8]", "tower", 403),
    (OPEN, "http://[2001:db8::1]", "tower", 403),
    (OPEN, "http://homeassistant.local:8123", "tower", None),
    (OPEN, "http://ha.home.arpa", "tower", None),
    (OPEN, "http://grafana:3000", "tower", None),
    (OPEN, "https://192-168-1-5.abc123.myunraid.net", "192.168.1.5:34600", None),
    (OPEN, "https://192-168-9-9.abc123.myunraid.net", "192.168.1.5:34600", 403),
    (OPEN, "https://tower.tail1234.ts.net", "tower", None),
    (OPEN, "https://evil.example", "tower", 403),
    (OPEN, "https://tower.evil.example", "tower", 403),
    (OPEN, "https://evil.example", "evil.example", None),  # the Host rule refuses this request, not the Origin's
    (OPEN, "http://tower, http://evil.example", "tower", 403),
    (OPEN, "http://evil.example@tower", "tower", 403),
    (OPEN, "http://tower/path", "tower", 403),
    (OPEN, "http://", "tower", 403),
    (OPEN, "tower", "tower", 403),
    (OPEN, "", "tower", 403),
    (OPEN, "ftp://tower", "tower", 403),
    (OPEN, "chrome-extension://abcdef", "tower", 403),
    (OPEN, "moz-extension://f00d", "tower", 403),
    (OPEN, "ws://tower", "tower", 403),
    (LISTED, "moz-extension://f00d", "tower", None),
    (LISTED, "moz-extension://beef", "tower", 403),
    (LISTED, "chrome-extension://f00d", "tower", 403),
    (LISTED, "http://nas.example.com", "tower", None),
    (LISTED, "https://nas.example.com:8443", "tower", None),
    (LISTED, "chrome-extension://nas.example.com", "tower", 403),
    (LISTED, "https://ha.example.org", "tower", None),
    (LISTED, "http://ha.example.org", "tower", 403),
    (LISTED, "https://xn--bcher-kva.example", "tower", None),
    (LISTED, "https://example.com", "tower", 403),
    (LOCKED, None, "tower", None),
    (LOCKED, "null", "tower", 403),
    (LOCKED, "file://", "tower", 403),
    (LOCKED, "http://tower", "tower", None),
    (LOCKED, "https://evil.example", "tower", 403),
]


@pytest.mark.parametrize(("policy", "host", "status"), HOSTS)
def test_host(policy, host, status):
    """A Host that is no address, local, own or listed name is refused with 421."""
    refusal = policy.refuse_host(host)

    assert status == (refusal and refusal.status)


@pytest.mark.parametrize(("policy", "origin", "host", "status"), ORIGINS)
def test_origin(policy, origin, host, status):
    """A page reads only from the same host name, a private address, a local, own or listed name."""
    refusal = policy.refuse_origin(origin, host)

    assert status == (refusal and refusal.status)


@pytest.mark.parametrize(
    ("policy", "offered", "status"),
    [
        (OPEN, (), None),
        (OPEN, ("whatever",), None),
        (LOCKED, (), 401),
        (LOCKED, ("",), 401),
        (LOCKED, ("wrong",), 401),
        (LOCKED, (TOKEN + "x",), 401),
        (LOCKED, (LOCKED.token_sha256,), 401),
        (LOCKED, ("\udcff",), 401),
        (LOCKED, (TOKEN,), None),
        (LOCKED, ("wrong", TOKEN), None),
    ],
)
def test_token(policy, offered, status):
    """With a token set only its bearer reads; its hash opens nothing."""
    refusal = policy.refuse_token(offered)

    assert status == (refusal and refusal.status)


def test_key_opens_beside_the_token():
    """The key for root on this machine reads too; its hash opens nothing, nor does an empty one where none is set."""
    policy = replace(LOCKED, key_sha256=hashlib.sha256(b"for root").hexdigest())

    assert None is policy.refuse_token(["for root"])
    assert None is policy.refuse_token([TOKEN])
    assert None is not policy.refuse_token([policy.key_sha256])
    assert None is not LOCKED.refuse_token([""])


def test_refusal_text_names_the_remedy():
    """Who is refused learns which setting would let them in."""
    refusal = OPEN.refuse_host("nas.example.com")

    assert refusal is not None
    assert "ALLOWED_ORIGINS" in refusal.detail


def test_name_of_is_what_is_compared():
    """Names are compared without case, one trailing dot and port; a second dot is another name."""
    assert name_of("TOWER.Local.:80") == "tower.local"
    assert name_of("tower..") == "tower."
    assert name_of("[FE80::1]:80") == "fe80::1"


def test_mapped_addresses_count_as_their_ipv4():
    """An IPv4 address inside IPv6 is as private as itself."""
    assert str(address_of("::ffff:192.168.1.5")) == "192.168.1.5"
    assert is_private("::ffff:192.168.1.5")
    assert not is_private("::ffff:1.1.1.1")


def test_local_names():
    """A single label is local, an address or a public name is not."""
    assert is_local("tower")
    assert not is_local("fe80::1")
    assert not is_local("tower.example")
