"""Virtual machines: states, figures and events, from libvirt."""

from collections.abc import Sequence

from uma.feeds.feed import Context, Entity, Feed, Metric, Source, Switch, event, words_of
from uma.feeds.vms.model import ACTIONS, VmEvent, VmsStatus


def _source(context: Context) -> Source:
    from uma.feeds.vms.source import VmsSource  # noqa: PLC0415 - only while it is on

    return VmsSource(context)


def _metrics() -> Sequence[Metric]:
    from uma.feeds.vms.metrics import METRICS  # noqa: PLC0415 - only after a first scrape

    return METRICS


def _entities(status: VmsStatus) -> list[Entity] | None:
    from uma.feeds.vms.entities import entities_from  # noqa: PLC0415 - only with a broker

    return entities_from(status)


FEEDS = (
    Feed(
        name="vms/status",
        title="Virtual machines",
        summary="Every virtual machine: at once, every 30 s, and within 1 s of a change; figures every 5 s.",
        message=VmsStatus,
        source=_source,
        switch=Switch("VMS_STATUS", "Virtual machines", "State and figures of each virtual machine, from libvirt."),
        metrics=_metrics,
        entities=_entities,
        layout=lambda status: (status.service, tuple((vm.uuid, vm.name) for vm in status.vms)),
        facts=lambda status: (status.service, tuple((vm.uuid, vm.state) for vm in status.vms)),
        panel="panels/vms.js",
    ),
    Feed(
        name="vms/events",
        title="Virtual machine events",
        summary="Each change in a virtual machine's life, as libvirt reports it.",
        message=VmEvent,
        source=_source,
        switch=Switch("VMS_EVENTS", "Virtual machine events", "Each start, stop, pause and crash, as it occurs."),
        interval=None,
        entities=(
            event(
                "vm_event",
                "Virtual machines",
                "{% set event = value_json.data %}{{ {'event_type': event.action, 'vm': event.vm_name, "
                "'state': event.state} | to_json }}",
                words_of(ACTIONS),
                "mdi:monitor",
            ),
        ),
    ),
)
