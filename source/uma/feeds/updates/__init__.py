"""Updates of Unraid, plugins and containers, as Unraid's checks found them."""

from uma.feeds.feed import MEASUREMENT, Context, Feed, Gauge, Source, Switch, path, sensor, show, word_sensor
from uma.feeds.updates.model import STATUS, UpdatesStatus


def _source(context: Context) -> Source:
    from uma.feeds.updates.source import UpdatesSource  # noqa: PLC0415 - only while it is on

    return UpdatesSource(context)


def _plugins_available(status: UpdatesStatus) -> float:
    return sum(plugin.status == "available" for plugin in status.plugins)


def _is_os_update_available(status: UpdatesStatus) -> float | None:
    return None if status.os.status == "unknown" else float(status.os.status == "available")


FEEDS = (
    Feed(
        name="updates/status",
        title="Updates",
        summary="Results of Unraid's update checks: at once, every 30 s, and within 1 s of a change.",
        message=UpdatesStatus,
        source=_source,
        switch=Switch(
            "UPDATES_STATUS", "Updates", "Results of Unraid's own update checks. UMA does not use the network for it."
        ),
        metrics=(
            Gauge(
                "uma_os_update_available", "1 if Unraid has found a newer release, 0 if not.", _is_os_update_available
            ),
            Gauge("uma_plugin_updates_available", "Plugins with a newer version.", _plugins_available),
            Gauge(
                "uma_container_updates_available",
                "Containers with a newer image.",
                lambda status: status.containers_available,
            ),
        ),
        entities=(
            word_sensor("os_update", "Unraid update", path("os.status"), STATUS, "mdi:update"),
            sensor("os_release", "Unraid release", show(path("os.installed")), {}, "mdi:tag"),
            sensor(
                "plugin_updates",
                "Plugin updates",
                show(f"{path('plugins')} | selectattr('status', 'eq', 'available') | list | count"),
                MEASUREMENT,
                "mdi:puzzle",
            ),
            sensor(
                "container_updates",
                "Container updates",
                show(path("containers_available")),
                MEASUREMENT,
                "mdi:docker",
            ),
        ),
        facts=lambda status: (status.os, status.containers_available, _plugins_available(status)),
        panel="panels/updates.js",
    ),
)
