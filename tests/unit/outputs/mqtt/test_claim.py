"""Claims on a topic level."""

import pytest

from uma.outputs.mqtt.claim import Claim, parse_claim

FIRST, SECOND = Claim("b" * 32, 1000.5), Claim("a" * 32, 2000.0)


def test_the_earlier_one_keeps_the_level():
    """Exactly one of two claims has precedence; of the same second it is the lower id."""
    assert FIRST.precedes(SECOND)
    assert not SECOND.precedes(FIRST)
    assert Claim("a", 1.0).precedes(Claim("b", 1.0))
    assert not Claim("a", 1.0).precedes(Claim("a", 1.0))


def test_a_published_claim_is_parsed():
    """A claim comes back as it was."""
    assert parse_claim(FIRST.encode()) == FIRST


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"online",
        b"{}",
        b"[1,2]",
        b'{"id":1,"since":2}',
        b'{"id":"a"}',
        b'{"id":"a","since":"1"}',
        b"\xff",
        b'{"id":"\xff","since":1}',
        b'{"id":"' + b"a" * 600 + b'","since":1}',
        b"[" * 500,
    ],
)
def test_other_payloads_than_claims_are_ignored(payload: bytes):
    """Anything else published there is ignored."""
    assert parse_claim(payload) is None
