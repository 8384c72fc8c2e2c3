"""Access rules: rows of (Origin, Host, token set) and the required status."""

import hashlib
from dataclasses import replace

import pytest

from tests.access_table import HOSTS, ORIGINS, OWN_NAMES, SETTINGS, TOKEN
from uma.web.access import Policy, address_of, is_local, is_private, name_of

OWN = frozenset({"tower", *OWN_NAMES})
POLICIES = {
    name: Policy(
        allowed=tuple(settings.get("ALLOWED_ORIGINS", "").split()),
        token_sha256=settings.get("TOKEN_SHA256", ""),
        own_names=lambda: OWN,
    )
    for name, settings in SETTINGS.items()
}
OPEN, LOCKED = POLICIES["open"], POLICIES["locked"]


@pytest.mark.parametrize(("settings", "host", "status"), [*HOSTS, ("open", None, 421)])
def test_host(settings, host, status):
    """A Host that is not an address or a local, own or listed name is refused with 421."""
    refusal = POLICIES[settings].refuse_host(host)

    assert status == (refusal and refusal.status)


@pytest.mark.parametrize(
    ("settings", "origin", "host", "status"),
    [
        *(row for row in ORIGINS if row[2] != "evil.example"),
        # The Host rule refuses such a request, not the Origin rule.
        ("open", "https://evil.example", "evil.example", None),
    ],
)
def test_origin(settings, origin, host, status):
    """A page may read only from the same host name, a private address, or a local, own or listed name."""
    refusal = POLICIES[settings].refuse_origin(origin, host)

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
    """With a token set only its bearer may read; its hash gives no access."""
    refusal = policy.refuse_token(offered)

    assert status == (refusal and refusal.status)


@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_the_hash_of_nothing_opens_nothing(spell):
    """A script that hashed an empty variable locks clients out, rather than in: an empty token is none."""
    nothing = hashlib.sha256(b"").hexdigest()
    policy = replace(LOCKED, token_sha256=spell(nothing), key_sha256=nothing)
    refusal = policy.refuse_token([""])

    assert refusal
    assert "damaged" in refusal.detail
    assert policy.refuse_writer([""])


def test_key_opens_beside_the_token():
    """The key for root on this machine gives access too; its hash does not, nor does an empty key if none is set."""
    policy = replace(LOCKED, key_sha256=hashlib.sha256(b"for root").hexdigest())

    assert None is policy.refuse_token(["for root"])
    assert None is policy.refuse_token([TOKEN])
    assert None is not policy.refuse_token([policy.key_sha256])
    assert None is not LOCKED.refuse_token([""])


def test_writers_need_the_token_itself():
    """Writing needs the token itself: root's key is not enough, and without a token set it is impossible."""
    policy = replace(LOCKED, key_sha256=hashlib.sha256(b"for root").hexdigest())

    assert None is policy.refuse_writer([TOKEN])
    for offered in ([], [""], ["for root"], [policy.token_sha256]):
        refusal = policy.refuse_writer(offered)
        assert refusal is not None
        assert refusal.status == 401
    assert None is not replace(policy, token_sha256="").refuse_writer([""])


def test_refusal_text_names_the_remedy():
    """A refusal names the setting that would allow the request."""
    refusal = OPEN.refuse_host("nas.example.com")

    assert refusal is not None
    assert "ALLOWED_ORIGINS" in refusal.detail


@pytest.mark.parametrize(
    ("origin", "entry"),
    [
        ("https://evil.example", "https://evil.example"),
        ("https://evil.example:443", "https://evil.example"),
        ("http://evil.example:8080", "http://evil.example:8080"),
        ("wss://evil.example", "https://evil.example"),
        ("http://[2001:4860::1]:8080", "http://[2001:4860::1]:8080"),
        ("chrome-extension://abc", "chrome-extension://abc"),
    ],
)
def test_a_refusal_names_the_entry_that_helps(origin, entry):
    """The named origin, once it is listed, lets the page read."""
    refusal = OPEN.refuse_origin(origin, "tower")

    assert refusal is not None
    assert refusal.detail == f"pages of {entry} may not read; add it to ALLOWED_ORIGINS if they should"
    assert replace(OPEN, allowed=(entry,)).refuse_origin(origin, "tower") is None


def test_name_of_is_the_compared_name():
    """Names are compared without case, one trailing dot and port; a second dot is another name."""
    assert name_of("TOWER.Local.:80") == "tower.local"
    assert name_of("tower..") == "tower."
    assert name_of("[FE80::1]:80") == "fe80::1"


def test_names_longer_than_any_are_malformed():
    """A text that can't be a DNS name is not converted to ASCII, which would take as long as a thousand requests."""
    assert name_of("ü." * 126 + "ü") is not None
    assert name_of("ü." * 127 + "ü") is None


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
