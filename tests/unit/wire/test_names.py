"""Names of schemas."""

from types import SimpleNamespace

import pytest

from uma.wire.names import message_name


@pytest.mark.parametrize(
    ("kind", "name"), [("stats", "StatsMessage"), ("docker_event", "DockerEventMessage"), ("a-b.c", "ABCMessage")]
)
def test_a_message_is_named_by_its_kind(kind: str, name: str) -> None:
    """Words of the kind are capitalized and joined."""
    assert message_name(SimpleNamespace(kind=kind)) == name  # type: ignore[arg-type]
