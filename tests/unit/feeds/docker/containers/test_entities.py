"""Containers as Home Assistant sees them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.docker.containers.demo import read_demo
from uma.feeds.docker.containers.entities import entities_of, facts, key_of, layout
from uma.feeds.docker.containers.model import ContainersStatus
from uma.host import Host

TOWER = Host(Path(__file__).parents[5] / "demo/tower")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("plex", "plex"),
        ("binhex-plexpass", "binhex-plexpass"),
        ("Plex", "_plex"),
        ("immich_server", "immich__server"),
        ("a.b", "a_1b"),
        ("ü", "_2c3_2bc"),
    ],
)
def test_a_key_is_a_name_in_fewer_characters(name: str, key: str) -> None:
    """Usual names stay readable."""
    assert key_of(name) == key


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_two_names_have_one_key(one: str, other: str) -> None:
    """Names that differ only in case or odd characters have different keys."""
    assert (key_of(one) == key_of(other)) == (one == other)
    assert re.fullmatch(r"[a-z0-9_-]+", key_of(one))


def test_each_container_is_a_device() -> None:
    """Each container has five entities, by its name; the server has the number of running ones."""
    status = read_demo(TOWER, 1000.0)
    assert status is not None
    entities = list(entities_of(status) or ())

    assert len(entities) == 1 + 5 * len(status.containers)
    assert len({entity.key for entity in entities}) == len(entities)
    assert {entity.device.name for entity in entities if entity.device} >= {"Container frigate"}
    later = read_demo(TOWER, 1005.0)
    assert later is not None
    assert layout(later) == layout(status)
    assert facts(later) == facts(status)


@pytest.mark.parametrize(("service", "count"), [("stopped", None), ("disabled", 1), ("absent", 1)])
def test_without_docker(service: str, count: int | None) -> None:
    """A Docker that stops with the array removes no device; a disabled Docker does."""
    found = entities_of(ContainersStatus(service, None, (), demo=False))  # type: ignore[arg-type]

    assert (None if found is None else len(list(found))) == count
