"""Services that are enabled and don't run."""

from types import SimpleNamespace

import pytest

from uma.feeds.server.services import GRACE_SECONDS, StoppedLog, stopped_services


def newest(array="started", **services):
    feeds = {"docker": "docker/containers", "vms": "vms/status", "ups": "ups/status"}
    messages = {feeds[name]: SimpleNamespace(service=word) for name, word in services.items()}
    if array is not None:
        messages["storage/status"] = SimpleNamespace(array_status=array)
    return messages.get


@pytest.mark.parametrize(
    ("messages", "stopped"),
    [
        (newest(docker="stopped", vms="stopped", ups="stopped"), {"docker", "vms", "ups"}),
        (newest(docker="running", vms="running", ups="running"), set()),
        (newest(docker="disabled", vms="absent", ups="disabled"), set()),
        (newest("stopped", docker="stopped", vms="stopped", ups="stopped"), {"ups"}),
        (newest("maintenance", docker="stopped", vms="stopped"), set()),
        (newest("starting", docker="stopped"), set()),
        (newest("unknown", docker="stopped"), set()),
        (newest(None, docker="stopped"), set()),
        (newest(), set()),
    ],
    ids=["all", "none", "off", "no array", "maintenance", "starting", "unknown", "not known yet", "no feed"],
)
def test_only_enabled_services_count(messages, stopped):
    """Docker and libvirt need a started array; what the user has switched off is well."""
    assert stopped_services(messages) == stopped


def test_a_service_has_time_to_start():
    """It counts after five minutes without a run; a run between starts them over."""
    log = StoppedLog()

    assert log.note({"docker"}, 0.0) == ()
    assert log.note({"docker", "ups"}, GRACE_SECONDS - 1) == ()
    assert log.note({"docker", "ups"}, GRACE_SECONDS) == ("docker",)
    assert log.note({"ups"}, GRACE_SECONDS + 1) == ()
    assert log.note({"docker", "ups"}, 2 * GRACE_SECONDS) == ("ups",)
