"""Every metric there is: a table over the newest messages and the daemon itself. `docs/metrics.md` has the same rows.

Names follow Prometheus' rules: base units, ratios from 0 to 1, ``_total`` on counters and on nothing else. A state is
one series for each of its words, 1 for the one that holds. What is not known now has no sample.
"""

from datetime import datetime

from uma.wire.family_values import (
    disk_info,
    each_disk,
    each_disk_one_hot,
    each_endpoint,
    each_reading,
    each_slot,
    is_healthy,
    of_last_parity,
    of_parity,
    of_storage,
    of_system,
    one,
    one_hot,
    one_ratio,
    ratio,
    usage_state,
    words_of,
)
from uma.wire.prometheus import Family

WINDOWS = ("1m", "5m", "15m")

SYSTEM = (
    Family(
        "uma_cpu_usage_ratio", "Share of all CPU time in use.", "gauge", of_system(lambda s: one_ratio(s.cpu_percent))
    ),
    Family(
        "uma_cpu_core_usage_ratio",
        "Share of each logical CPU's time in use.",
        "gauge",
        of_system(lambda s: (({"core": str(core)}, ratio(percent)) for core, percent in enumerate(s.cpu_cores))),
    ),
    Family("uma_cpu_temperature_celsius", "CPU temperature.", "gauge", of_system(lambda s: one(s.cpu_temperature))),
    Family("uma_memory_used_bytes", "Memory that is not available.", "gauge", of_system(lambda s: one(s.memory_used))),
    Family("uma_memory_size_bytes", "Memory there is.", "gauge", of_system(lambda s: one(s.memory_total))),
    Family(
        "uma_load_average",
        "Load average over the window.",
        "gauge",
        of_system(lambda s: (({"window": w}, n) for w, n in zip(WINDOWS, s.load_average, strict=True))),
    ),
    Family("uma_uptime_seconds", "Time since the server booted.", "gauge", of_system(lambda s: one(s.uptime))),
    Family(
        "uma_disks_read_bytes_total",
        "Bytes read from all physical disks since boot.",
        "counter",
        of_system(lambda s: one(s.disk_io.read_bytes)),
    ),
    Family(
        "uma_disks_written_bytes_total",
        "Bytes written to all physical disks since boot.",
        "counter",
        of_system(lambda s: one(s.disk_io.write_bytes)),
    ),
    Family(
        "uma_network_received_bytes_total",
        "Bytes received by all physical network interfaces since boot.",
        "counter",
        of_system(lambda s: one(s.network_io.bytes_recv)),
    ),
    Family(
        "uma_network_sent_bytes_total",
        "Bytes sent by all physical network interfaces since boot.",
        "counter",
        of_system(lambda s: one(s.network_io.bytes_sent)),
    ),
)

ARRAY = (
    Family(
        "uma_array_state",
        "1 for the state the array is in.",
        "gauge",
        of_storage(lambda s: one_hot("state", words_of("StorageStatus", "array_status"), s.array_status)),
    ),
    Family(
        "uma_array_protection",
        "1 for the protection the array has.",
        "gauge",
        of_storage(lambda s: one_hot("protection", words_of("StorageStatus", "array_protection"), s.array_protection)),
    ),
    Family(
        "uma_parity_operation_state",
        "1 for the state of the parity operation.",
        "gauge",
        of_parity(lambda p: one_hot("state", words_of("ParityCheck", "status"), p.status)),
    ),
    Family(
        "uma_parity_operation_action",
        "1 for what the parity operation does, or did when it ran last.",
        "gauge",
        of_parity(lambda p: one_hot("action", words_of("ParityCheck", "action"), p.action)),
    ),
    Family(
        "uma_parity_operation_progress_ratio",
        "Share of the running or paused parity operation that is done.",
        "gauge",
        of_parity(lambda p: one_ratio(p.percent)),
    ),
    Family(
        "uma_parity_operation_speed_bytes_per_second",
        "Speed of the running parity operation.",
        "gauge",
        of_parity(lambda p: one(p.speed_bytes_per_sec)),
    ),
    Family(
        "uma_parity_operation_remaining_seconds",
        "Estimated time until the running parity operation ends.",
        "gauge",
        of_parity(lambda p: one(p.eta_seconds)),
    ),
    Family(
        "uma_parity_operation_errors",
        "Errors the parity operation found, this one or the last.",
        "gauge",
        of_parity(lambda p: one(p.errors)),
    ),
    Family(
        "uma_parity_last_result",
        "1 for how the last parity operation ended.",
        "gauge",
        of_last_parity(lambda last: one_hot("result", words_of("ParityResult", "result"), last.result)),
    ),
    Family(
        "uma_parity_last_errors",
        "Errors the last parity operation found.",
        "gauge",
        of_last_parity(lambda last: one(last.errors)),
    ),
    Family(
        "uma_parity_last_duration_seconds",
        "How long the last parity operation took.",
        "gauge",
        of_last_parity(lambda last: one(last.duration_seconds)),
    ),
    Family(
        "uma_parity_last_end_timestamp_seconds",
        "When the last parity operation ended, in Unix time.",
        "gauge",
        of_last_parity(lambda last: one(datetime.fromisoformat(last.at).timestamp())),
    ),
)

DISKS = (
    Family("uma_disk_info", "Always 1; the labels tell what is in the slot.", "gauge", of_storage(disk_info)),
    Family(
        "uma_disk_status",
        "1 for the status the disk has.",
        "gauge",
        each_disk_one_hot("status", words_of("Disk", "status"), lambda d: d.status),
    ),
    Family("uma_disk_spun_down", "1 while the disk sleeps.", "gauge", each_disk(lambda d: float(d.spun_down))),
    Family(
        "uma_disk_temperature_celsius",
        "Temperature of a disk that is awake.",
        "gauge",
        each_disk(lambda d: d.temperature),
    ),
    Family(
        "uma_disk_temperature_state",
        "1 for what the temperature is by the thresholds set in Unraid.",
        "gauge",
        each_disk_one_hot("state", words_of("Disk", "temperature_state"), lambda d: d.temperature_state),
    ),
    Family("uma_disk_size_bytes", "Size of the device.", "gauge", each_disk(lambda d: d.size_bytes)),
    Family("uma_disk_used_bytes", "Space used in its file system.", "gauge", each_slot(lambda d: d.used_bytes)),
    Family("uma_disk_free_bytes", "Space free in its file system.", "gauge", each_slot(lambda d: d.free_bytes)),
    Family(
        "uma_disk_usage_state",
        "1 for what the usage is by the limits set in Unraid.",
        "gauge",
        each_disk_one_hot("state", words_of("Disk", "usage_state"), usage_state),
    ),
    Family(
        "uma_disk_errors_total",
        "Read and write errors since the statistics were cleared.",
        "counter",
        each_slot(lambda d: d.errors),
    ),
    Family("uma_disk_smart_healthy", "1 if SMART says the disk is well, 0 if not.", "gauge", each_slot(is_healthy)),
    Family(
        "uma_disk_smart_raw_value",
        "Raw value of a SMART attribute that Unraid watches.",
        "gauge",
        each_reading(lambda r: (({"attribute": str(n)}, raw) for n, raw in sorted(r.attributes.items()))),
    ),
    Family(
        "uma_disk_power_on_seconds",
        "Time the drive has been powered.",
        "gauge",
        each_reading(lambda r: one(None if r.power_on_hours is None else r.power_on_hours * 3600)),
    ),
    Family(
        "uma_disk_wear_ratio",
        "Share of the drive's endurance that is used up; may exceed 1.",
        "gauge",
        each_reading(lambda r: one_ratio(r.wear_percent)),
    ),
)

DOCKER = (
    Family(
        "uma_docker_containers",
        "Containers by state.",
        "gauge",
        lambda snapshot: (({"state": state}, count) for state, count in snapshot.containers.items()),
    ),
    Family(
        "uma_docker_events_total",
        "Container events by action, since the daemon started.",
        "counter",
        lambda snapshot: (({"action": action}, count) for action, count in snapshot.events.items()),
    ),
)

DAEMON = (
    Family(
        "uma_websocket_connections",
        "WebSocket clients connected.",
        "gauge",
        each_endpoint(lambda e: e.connections),
    ),
    Family(
        "uma_websocket_messages_total",
        "Messages published; each goes to every client.",
        "counter",
        each_endpoint(lambda e: e.messages, is_typed=True),
    ),
    Family(
        "uma_websocket_dropped_clients_total",
        "Clients disconnected because they fell behind.",
        "counter",
        each_endpoint(lambda e: e.dropped_clients),
    ),
    Family(
        "uma_websocket_last_message_timestamp_seconds",
        "When the last message was published, in Unix time.",
        "gauge",
        each_endpoint(lambda e: e.last_message_at),
    ),
    Family(
        "uma_source_up",
        "1 if what the source observes is there and works.",
        "gauge",
        lambda snapshot: (({"source": n}, float(s.status == "ok")) for n, s in sorted(snapshot.sources.items())),
    ),
    Family(
        "uma_source_failed",
        "1 if what the source observes is there and does not work.",
        "gauge",
        lambda snapshot: (({"source": n}, float(s.status == "failed")) for n, s in sorted(snapshot.sources.items())),
    ),
    Family(
        "uma_build_info",
        "Always 1; the label tells the version.",
        "gauge",
        lambda snapshot: [({"version": snapshot.version}, 1)],
    ),
    Family(
        "uma_tasks",
        "What the daemon has under way; it rises and falls with clients and requests.",
        "gauge",
        lambda snapshot: one(snapshot.process.tasks),
    ),
    Family(
        "process_cpu_seconds_total",
        "CPU time the daemon has used.",
        "counter",
        lambda snapshot: one(snapshot.process.cpu_seconds),
    ),
    Family(
        "process_resident_memory_bytes",
        "Memory the daemon holds.",
        "gauge",
        lambda snapshot: one(snapshot.process.resident_bytes),
    ),
    Family(
        "process_open_fds",
        "Files and sockets the daemon has open.",
        "gauge",
        lambda snapshot: one(snapshot.process.open_files),
    ),
    Family(
        "process_start_time_seconds",
        "When the daemon started, in Unix time.",
        "gauge",
        lambda snapshot: one(snapshot.process.started_at),
    ),
)

FAMILIES = (*SYSTEM, *ARRAY, *DISKS, *DOCKER, *DAEMON)
