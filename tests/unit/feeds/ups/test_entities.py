"""Home Assistant's entities of UPSes."""

import re
from dataclasses import replace

from uma.feeds.ups.entities import entities_of
from uma.feeds.ups.model import UpsStatus
from uma.feeds.ups.parse_nut import NO_OVERRIDES, lost_ups


def test_each_ups_is_a_device():
    """Its keys are unique, with Home Assistant's characters only; the name is the user's."""
    upses = (lost_ups("ups", "unavailable", {}, NO_OVERRIDES), lost_ups("Rack #2", "unavailable", {}, NO_OVERRIDES))
    entities = entities_of(UpsStatus("running", upses))

    assert entities is not None
    keys = [entity.key for entity in entities]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[a-z0-9_-]+", key) for key in keys)
    assert {(entity.device.key, entity.device.name) for entity in entities if entity.device} == {
        ("ups_nut_ups", "UPS ups"),
        ("ups_nut_0-52ack-20-232", "UPS Rack #2"),
    }


def test_no_two_upses_share_a_key():
    """Names that differ only in case or punctuation have different entities."""
    names = ("my.ups", "my-ups", "my_ups", "My-ups", "my ups", "apcupsd")
    upses = [lost_ups(name, "unavailable", {}, NO_OVERRIDES) for name in names]
    upses.append(replace(upses[0], id="apcupsd"))
    entities = entities_of(UpsStatus("running", tuple(upses)))

    assert entities is not None
    assert len({entity.device.key for entity in entities if entity.device}) == len(upses)
    assert len({entity.key for entity in entities}) == len(entities)


def test_absence_removes_nothing():
    """While the UPS service is stopped its entities stay."""
    assert entities_of(UpsStatus("stopped", ())) is None
