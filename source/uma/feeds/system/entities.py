"""Home Assistant entities for the machine."""

from uma.feeds.feed import (
    IN_CELSIUS,
    IN_GIBIBYTES,
    IN_MEGABYTES_PER_SECOND,
    IN_PERCENT,
    MEASUREMENT,
    path,
    scaled,
    sensor,
    show,
)

ENTITIES = (
    sensor("cpu", "CPU usage", show(path("cpu_percent")), IN_PERCENT, "mdi:cpu-64-bit"),
    sensor("cpu_temperature", "CPU temperature", show(path("cpu_temperature")), IN_CELSIUS),
    sensor("memory", "Memory usage", show(path("memory_percent")), IN_PERCENT, "mdi:memory"),
    sensor("memory_used", "Memory used", scaled(path("memory_used"), 2**30, 2), IN_GIBIBYTES, "mdi:memory"),
    sensor(
        "uptime",
        "Uptime",
        # Rounded to a tenth of an hour: a state that changed with every message would
        # fill Home Assistant's database.
        scaled(path("uptime"), 3600, 1),
        {**MEASUREMENT, "device_class": "duration", "unit_of_measurement": "h"},
    ),
    *(
        sensor(
            f"load_{minutes}",
            f"Load ({minutes} min)",
            show(path(f"load_average[{index}]")),
            {**MEASUREMENT, "suggested_display_precision": 2},
            "mdi:gauge",
        )
        for index, minutes in enumerate((1, 5, 15))
    ),
    *(
        sensor(key, name, scaled(path(field), 10**6, 3), IN_MEGABYTES_PER_SECOND, icon)
        for key, name, field, icon in (
            ("network_received", "Network received", "network_io.bytes_recv_per_sec", "mdi:download-network"),
            ("network_sent", "Network sent", "network_io.bytes_sent_per_sec", "mdi:upload-network"),
            ("disks_read", "Disks read", "disk_io.read_bytes_per_sec", "mdi:harddisk"),
            ("disks_written", "Disks written", "disk_io.write_bytes_per_sec", "mdi:harddisk"),
        )
    ),
)
