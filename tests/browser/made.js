/**
 * Invented servers: a daemon's messages for each, as on the wire. For pictures of the page, for axe, and for panels
 * of hardware that no test machine has. Nothing here is imported by the page; a browser runs it without its exports.
 */

export const NOW = Date.parse("2026-11-29T17:05:00Z");

const TB = 1e12;
const GIB = 2 ** 30;
const stamp = (secondsAgo = 0) => new Date(NOW - secondsAgo * 1000).toISOString().replace(/\.\d+Z/, "Z");

/** Numbers that look random, and are the same each time. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

const feed = (name, kind, retained, interval, panel, setting) => ({ name, title: name, kind, retained, interval_seconds: interval, setting, enabled: true, panel, schema: kind });

export const FEEDS = [
  feed("system/stats", "stats", true, 5, "panels/system.js", "SYSTEM_STATS"),
  feed("docker/events", "docker_event", false, null, "panels/events.js", "DOCKER_EVENTS"),
  feed("storage/status", "storage_status", true, 30, "panels/storage.js", "STORAGE_STATUS"),
  feed("server/summary", "server_summary", true, 60, null, "SUMMARY"),
  feed("server/info", "server_info", true, null, null, "SUMMARY"),
  feed("storage/details", "storage_details", true, 30, "panels/pools.js", "STORAGE_STATUS"),
  feed("storage/events", "storage_event", false, null, "panels/events.js", "STORAGE_STATUS"),
  feed("docker/containers", "docker_containers", true, 30, "panels/containers.js", "DOCKER_CONTAINERS"),
  feed("vms/status", "vms_status", true, 30, "panels/vms.js", "VMS"),
  feed("vms/events", "vm_event", false, null, "panels/events.js", "VMS"),
  feed("shares/status", "shares_status", true, 30, "panels/shares.js", "SHARES"),
  feed("notifications/status", "notifications_status", true, 30, "panels/notifications.js", "NOTIFICATIONS"),
  feed("updates/status", "updates_status", true, 30, "panels/updates.js", "UPDATES"),
  feed("ups/status", "ups_status", true, 30, "panels/ups.js", "UPS"),
  feed("gpu/status", "gpu_status", true, 30, "panels/gpu.js", "GPU"),
  feed("sensors/status", "sensors_status", true, 30, "panels/sensors.js", "SENSORS"),
  feed("network/status", "network_status", true, 30, "panels/network.js", "NETWORK"),
  feed("system/details", "system_details", true, 30, null, "SYSTEM_STATS"),
];

export function disk(name, changes = {}) {
  const size = changes.size_bytes ?? 8 * TB;
  const percent = changes.usage_percent === undefined ? 60 : changes.usage_percent;
  const used = percent === null ? null : (size * percent) / 100;
  return {
    name,
    device: "/dev/sdb1",
    device_base: "/dev/sdb",
    id: "WDC_WD80EFAX-68K_1A2B",
    status: "active",
    temperature: 35,
    temperature_state: "ok",
    size: "8TB",
    size_bytes: size,
    used_bytes: used,
    free_bytes: used === null ? null : size - used,
    usage_percent: percent,
    usage_state: percent === null ? null : percent >= 95 ? "critical" : "ok",
    spun_down: false,
    errors: 0,
    health: "passed",
    filesystem: percent === null ? null : "xfs",
    encrypted: false,
    rotational: true,
    ...changes,
  };
}

const asleep = { status: "standby", spun_down: true, temperature: null, temperature_state: null };
const IDLE = { action: "check", status: "idle", percent: null, speed_bytes_per_sec: null, eta_seconds: null, errors: 0, last: { at: "2026-11-01T20:00:00Z", duration_seconds: 71_520, result: "ok", errors: 0 } };

/** `storage_status`' data with *count* data disks, two pools, and *changes*. */
export function storage(count = 28, changes = {}) {
  const percents = [90, 65, 98, 41];
  const disks = Array.from({ length: count }, (_, index) => {
    const name = `disk${index + 1}`;
    const sleeps = count > 8 && (index + 1) % 5 === 0 ? asleep : {};
    return disk(name, { size_bytes: 13 * TB, usage_percent: percents[index % 4], temperature: 29 + ((index * 7) % 15), ...sleeps });
  });
  const member = (pool, name, more) => disk(name, { pool, device: "/dev/nvme0n1", device_base: "/dev/nvme0n1", rotational: false, filesystem: null, usage_percent: null, temperature: 42, ...more });
  const cache = [member("cache", "cache", { size_bytes: 2 * TB, filesystem: "btrfs", used_bytes: 0.812 * TB, free_bytes: 1.188 * TB, usage_percent: 40.6, usage_state: "ok" }), member("cache", "cache2", { size_bytes: 2 * TB, temperature: 41 })];
  const media = [1, 2, 3, 4].map((index) => member("media", index === 1 ? "media" : `media${index}`, { size_bytes: 4 * TB, temperature: 40 + index, rotational: true, ...(index === 1 ? { filesystem: "zfs", used_bytes: 7 * TB, free_bytes: 4.2 * TB, usage_percent: 62.5, usage_state: "ok" } : {}) }));
  return {
    array_status: "started",
    array_protection: "protected",
    disks,
    parity_disks: [disk("parity", { usage_percent: null, size_bytes: 18 * TB, temperature: 37 }), disk("parity2", { usage_percent: null, size_bytes: 18 * TB, temperature: 38 })],
    cache_disks: [...cache, ...media],
    boot: disk("flash", { size_bytes: 32e9, usage_percent: 4, temperature: null, temperature_state: null, health: "unknown", id: null }),
    unassigned: [],
    parity_check: IDLE,
    ...changes,
  };
}

export const withDisk = (data, name, changes) => ({ ...data, disks: data.disks.map((each) => (each.name === name ? { ...each, ...changes } : each)) });

export function stats(changes = {}) {
  return {
    cpu_percent: 8.5,
    memory_percent: 46.7,
    memory_used: 29.9 * GIB,
    memory_total: 64 * GIB,
    uptime: 27 * 86_400 + 22 * 3600,
    load_average: [1.04, 0.92, 0.78],
    disk_io: { read_bytes: 4e12, write_bytes: 2e12, read_bytes_per_sec: 35e6, write_bytes_per_sec: 6e6 },
    network_io: { bytes_sent: 4e11, bytes_recv: 9e11, bytes_sent_per_sec: 5e5, bytes_recv_per_sec: 2e6 },
    cpu_cores: Array.from({ length: 16 }, (_, index) => (index * 37) % 60),
    cpu_temperature: 52,
    ...changes,
  };
}

const NAMES = ["plex", "frigate", "immich-ml", "duplicati", "nextcloud", "mariadb", "homeassistant", "adguardhome", "unifi-controller", "influxdb", "grafana", "sonarr", "radarr", "jackett", "vaultwarden", "gitea"];

export function containers(count = 16, changes = {}) {
  const list = Array.from({ length: count }, (_, index) => ({
    name: NAMES[index] ?? `app-${index + 1}`,
    id: String(index).padStart(12, "a"),
    image: `example/${NAMES[index] ?? "app"}:latest`,
    state: "running",
    health: index % 3 === 0 ? "healthy" : null,
    started_at: stamp(86_400 * (index + 1)),
    exit_code: 0,
    restart_count: 0,
    oom_kills: 0,
    cpu_percent: Math.max(0, 31 - index * 4),
    cpu_cores_used: 2.1,
    memory_used_bytes: (2.4 * GIB) / (index + 1),
    memory_cache_bytes: GIB,
    memory_limit_bytes: null,
    pids: 31,
    network_mode: "bridge",
    network: { bytes_sent: 1e9, bytes_recv: 2e9, bytes_sent_per_sec: 2e4, bytes_recv_per_sec: 4e5 },
    network_shared_with: null,
    ports: [{ host_ip: "0.0.0.0", host_port: 32400 + index, container_port: 32400, protocol: "tcp" }],
    webui: "http://192.168.1.10:32400/web",
    managed_by: "dockerman",
    compose_project: null,
    autostart: true,
    autostart_wait_seconds: 0,
    update: "up_to_date",
    update_checked_at: stamp(7200),
    ...(changes[NAMES[index]] ?? {}),
  }));
  return { service: "running", image_storage: { kind: "vdisk", size_bytes: 21e9, used_bytes: 9e9, usage_percent: 43 }, containers: list };
}

export const VMS = {
  service: "running",
  vms: [
    { name: "Windows 11", uuid: "1", state: "running", state_shown: "started", autostart: true, vcpus: 8, cpu_percent: 12.4, host_cpu_percent: 6.2, memory_used_bytes: 7.2 * GIB, memory_current_bytes: 16 * GIB, memory_max_bytes: 16 * GIB, disk_io: { read_bytes: 1e10, write_bytes: 2e10 }, network_io: { bytes_sent: 1e9, bytes_recv: 4e9 }, template: "Windows 11" },
    { name: "ubuntu", uuid: "2", state: "running", state_shown: "started", autostart: false, vcpus: 4, cpu_percent: 1.1, host_cpu_percent: 0.3, memory_used_bytes: 1.1 * GIB, memory_current_bytes: 4 * GIB, memory_max_bytes: 4 * GIB, disk_io: null, network_io: null, template: "Linux" },
    { name: "macos", uuid: "3", state: "shutoff", state_shown: "stopped", autostart: false, vcpus: 4, cpu_percent: null, host_cpu_percent: null, memory_used_bytes: null, memory_current_bytes: null, memory_max_bytes: 8 * GIB, disk_io: null, network_io: null, template: null },
  ],
};

export const UPS = { service: "running", ups: [{ id: "apcupsd", source: "apcupsd", name: "ups", model: "Back-UPS RS 900G", status: "online", flags: [], battery_percent: 97, runtime_seconds: 2460, load_percent: 18, power_watts: 97, power_estimated: false, nominal_power_watts: 540, input_volts: 231, output_volts: null, battery_volts: 27.2, frequency_hz: null, temperature: null, on_battery_since: null, transfers: 3, last_transfer_reason: "Low line voltage", self_test: "passed", battery_date: "2024-03-11", shutdown_battery_percent: 10, shutdown_runtime_seconds: 300, read_at: stamp(3) }] };
export const GPU = { gpus: [{ id: "0000:01:00.0", vendor: "nvidia", name: "Quadro P2000", driver: "nvidia", integrated: false, state: "active", busy_percent: 31, engines: { encoder: 12, decoder: 44 }, memory_used_bytes: 1.2 * GIB, memory_total_bytes: 5 * GIB, temperature: 62, power_watts: 41, power_scope: "gpu", power_limit_watts: 75, fan_percent: 55, fan_rpm: null, frequency_mhz: 1480 }] };
export const SENSORS = {
  sensors: [
    { id: "nct6798-isa/temp1", kind: "temperature", label: "MB Temp", role: "board", value: 38, unit: "celsius", critical: 90, trusted: true, fault: false },
    { id: "nct6798-isa/temp9", kind: "temperature", label: "AUXTIN3", role: null, value: -62, unit: "celsius", critical: null, trusted: false, fault: false },
    { id: "nct6798-isa/fan1", kind: "fan", label: "CPU fan", role: "cpu", value: 980, unit: "rpm", critical: null, trusted: true, fault: false },
    { id: "nct6798-isa/fan2", kind: "fan", label: "Array fan", role: "array", value: 1240, unit: "rpm", critical: null, trusted: true, fault: false },
  ],
};
const port = (name, changes = {}) => ({ name, kind: "port", description: null, state: "up", speed_mbps: 10_000, duplex: "full", mtu: 1500, carrier_changes: 2, master: null, lower: [], vlan_id: null, bytes_sent: 4e11, bytes_recv: 9e11, bytes_sent_per_sec: 5e5, bytes_recv_per_sec: 2e6, errors_sent: 0, errors_recv: 0, drops_sent: 0, drops_recv: 12, bond: null, ...changes });
export const NETWORK = { interfaces: [port("bond0", { kind: "bond", bond: { mode: "active-backup", members: ["eth0", "eth1"], members_up: 1 } }), port("eth0", { master: "bond0" }), port("eth1", { master: "bond0", state: "down", speed_mbps: null, duplex: null, bytes_sent_per_sec: 0, bytes_recv_per_sec: 0 }), port("wg0", { kind: "wireguard", speed_mbps: null, state: "unknown", bytes_recv_per_sec: 1200, bytes_sent_per_sec: 800 })] };
const share = (name, changes = {}) => ({ name, protection: "protected", encrypted: false, placement: { primary: "cache", secondary: "array", mover: "to_secondary" }, exclusive: false, valid: true, free_bytes: 81 * TB, floor_bytes: 5e10, smb: { exported: true, hidden: false, security: "secure" }, nfs: { exported: false, security: null }, computed_size: null, ...changes });
export const SHARES = { shares: [share("appdata", { protection: "unprotected", exclusive: true, placement: { primary: "cache", secondary: null, mover: "none" }, free_bytes: 1.2 * TB }), share("isos"), share("media", { computed_size: { bytes: 201 * TB, per_disk: { disk1: 10 * TB, disk2: 8 * TB }, at: stamp(86_400) } }), share("photos", { encrypted: true }), share("system", { placement: { primary: "cache", secondary: null, mover: "none" } })] };
export const NOTIFICATIONS = {
  unread: { alert: 1, warning: 1, normal: 1, total: 3 },
  archived_total: 41,
  items: [
    { id: "a1", at: stamp(1800), importance: "alert", event: "Unraid Disk 3 SMART health", subject: "Alert [TOWER] - Disk 3 failed SMART health check", description: "WDC_WD80EFAX-68K_1A2B (sdd)", link: "/Main", unread: true },
    { id: "a2", at: stamp(7200), importance: "warning", event: "Unraid Disk 11 temperature", subject: "Warning [TOWER] - Disk 11 is hot (58 C)", description: "", link: "/Main", unread: true },
    { id: "a3", at: stamp(86_400), importance: "normal", event: "Unraid parity check", subject: "Notice [TOWER] - Parity check finished (0 errors)", description: "Duration: 19 hours", link: null, unread: true },
  ],
};
export const UPDATES = { os: { installed: "7.3.3", available: null, status: "up_to_date", checked_at: stamp(7200) }, plugins: [{ name: "community.applications", installed: "2026.10.01", available: "2026.11.20", status: "available", checked_at: stamp(7200) }, { name: "uma", installed: "2026.11.23", available: null, status: "up_to_date", checked_at: stamp(7200) }], containers_available: 2 };
export const DETAILS = {
  disks: Array.from({ length: 28 }, (_, index) => ({ name: `disk${index + 1}`, model: "WDC WD80EFAX", serial_tail: "1A2B", spun_up_since: stamp(36_000), spin_ups_today: 2, awake_seconds_today: 21_600, read_bytes_per_sec: index === 0 ? 35e6 : 0, write_bytes_per_sec: 0, full_in_days: index === 6 ? 41 : null, pool_errors: null })),
  pools: [
    { name: "cache", filesystem: "btrfs", state: "online", errors_total: 0, scrub: { status: "finished", percent: null, errors: 0, finished_at: stamp(864_000) }, operation: null, size_bytes: 2 * TB, used_bytes: 0.812 * TB, free_bytes: 1.188 * TB, usage_percent: 40.6, full_in_days: null, members: 2, members_missing: 0, as_of: stamp() },
    { name: "media", filesystem: "zfs", state: "online", errors_total: 0, scrub: { status: "running", percent: 43, errors: 0, finished_at: null }, operation: null, size_bytes: 11.2 * TB, used_bytes: 7 * TB, free_bytes: 4.2 * TB, usage_percent: 62.5, full_in_days: 120, members: 4, members_missing: 0, as_of: stamp() },
  ],
  boot_disks: [],
  mover: { running: false, started_at: null, last_finished_at: stamp(46_000), schedule: "40 3 * * *" },
};

/** `server_summary`' data with *findings*. */
export function summary(findings = [], changes = {}) {
  const worst = ["critical", "warning", "notice"].find((severity) => findings.some((finding) => finding.severity === severity)) ?? "ok";
  return { id: "0".repeat(32), name: "Tower", site: "", webgui_url: "http://192.168.1.10", version: "2026.11.23", unraid_version: "7.3.3", booted_at: stamp(27 * 86_400), severity: worst, findings, findings_more: 0, array_status: "started", array_protection: "protected", parity_percent: null, disks: { total: 30, hot: 0, failed: 0, missing: 0, asleep: 5 }, hottest: { name: "disk11", temperature: 43 }, fullest: { name: "disk3", usage_percent: 98 }, cpu_percent: 8.5, memory_percent: 46.7, ups_on_battery: false, containers: { running: 24, unhealthy: 0, stopped_by_error: 0 }, unread_alerts: 0, ...changes };
}

const found = (severity, subject, text, subject_name) => ({ severity, subject, text, subject_name });
export const FINDINGS = [found("critical", "disk3", "SMART failed · 2,104 reallocated", "Disk 3"), found("critical", "disk11", "58 °C, limit 55", "Disk 11"), found("warning", "disk1", "24 pending sectors", "Disk 1"), found("warning", "duplicati", "unhealthy for 12 min")];

let count = 0;
export function dockerEvent(action, name, secondsAgo, { exitCode = "0", signal = "", status = "running", id = name } = {}) {
  count += 1;
  const at = NOW - secondsAgo * 1000;
  return { type: "docker_event", timestamp: stamp(secondsAgo), data: { action, container_id: id.padEnd(12, "0").slice(0, 12), container_name: name, image: `example/${name}:latest`, status, attributes: { exitCode, signal }, time_nano: at * 1e6, seq: count } };
}

export function storageEvent(action, subject, secondsAgo, { from = null, to = null, detail = "" } = {}) {
  count += 1;
  return { type: "storage_event", timestamp: stamp(secondsAgo), data: { action, subject, from, to, detail, seq: count } };
}

/** A restart in Docker's events, *secondsAgo*. */
export const restart = (name, secondsAgo, exitCode = "0", signal = "15") => [
  ...(signal ? [dockerEvent("kill", name, secondsAgo + 6, { signal })] : []),
  dockerEvent("die", name, secondsAgo + 1, { exitCode, signal, status: "exited" }),
  dockerEvent("stop", name, secondsAgo + 1, { exitCode, signal, status: "exited" }),
  dockerEvent("start", name, secondsAgo),
  ...(signal ? [dockerEvent("restart", name, secondsAgo)] : []),
];

export const DOCKER_EVENTS = [
  dockerEvent("start", "gitea", 100_000),
  dockerEvent("destroy", "adguardhome", 2600, { status: "removed" }),
  ...restart("unifi-controller", 420, "137", ""),
  ...restart("influxdb", 300),
  dockerEvent("health_status", "duplicati", 60, { status: "unhealthy" }),
];
export const STORAGE_EVENTS = [storageEvent("disk_spun_down", "disk10", 1440), storageEvent("parity_finished", "parity", 90_000, { to: "ok" }), storageEvent("array_started", "array", 3000)];

/** An hour of samples, oldest first. */
export function hour() {
  const roll = dice(5);
  const times = Array.from({ length: 720 }, (_, index) => Math.floor(NOW / 1000) - 5 * (719 - index));
  const burst = (index) => (index > 216 && index < 331 ? 40 + 8 * roll() : 5 + 4 * roll());
  return {
    timestamp: times,
    cpu_percent: times.map((_, index) => burst(index)),
    memory_percent: times.map(() => 46 + roll()),
    memory_used: times.map(() => 29 * GIB + roll() * GIB),
    load_average: times.map((_, index) => burst(index) / 10),
    cpu_temperature: times.map((_, index) => 40 + burst(index) / 3),
    read_bytes_per_sec: times.map((_, index) => burst(index) * 4e6),
    write_bytes_per_sec: times.map(() => roll() * 2e7),
    bytes_recv_per_sec: times.map((_, index) => (index > 396 && index < 468 ? 112e6 : 2e6 + roll() * 1e6)),
    bytes_sent_per_sec: times.map(() => 5e5 + roll() * 1e5),
  };
}

/** A day of temperatures and usage of *data*'s devices. */
export function storagePast(data, steps = 144, step = 600) {
  const roll = dice(7);
  const times = Array.from({ length: steps }, (_, index) => Math.floor(NOW / 1000) - step * (steps - 1 - index));
  const devices = [...data.parity_disks, ...data.disks, ...data.cache_disks];
  const line = ({ temperature, spun_down: sleeps }) => times.map((_, index) => (sleeps && index > steps / 2 ? null : Math.round((temperature ?? 34) - 3 * (1 - index / steps) + 2 * roll())));
  const filled = devices.filter(({ used_bytes: used }) => used !== null && used !== undefined);
  const grown = ({ used_bytes: used }) => times.map((_, index) => Math.round(used * (0.98 + (0.02 * index) / (steps - 1))));
  return { range: "24h", step_seconds: step, timestamp: times, temperature: Object.fromEntries(devices.map((each) => [each.name, line(each)])), used_bytes: Object.fromEntries(filled.map((each) => [each.pool ?? each.name, grown(each)])) };
}

const smart = (name, attributes = {}) => ({ name, health: "passed", temperature: 35, power_on_hours: 31_204, attributes: { 5: 0, 187: 0, 197: 0, 198: 0, 199: 0, ...attributes }, wear_percent: null, spare_percent: null, at: stamp(900) });
export const SMART = [smart("disk1", { 197: 24 }), smart("disk3", { 5: 2104 }), ...Array.from({ length: 26 }, (_, index) => smart(`disk${index + 4}`)), { ...smart("cache"), attributes: {}, wear_percent: 12, spare_percent: 100 }];

const HEALTH = { status: "healthy", service: "uma", version: "2026.11.23", started_at: stamp(86_400), streams: {}, multiplex: { connections: 1, limit: 100, dropped_clients: 0, subscriptions: {} }, sources: Object.fromEntries(["system", "docker", "storage", "smart", "udev", "webgui"].map((name) => [name, { status: "ok", detail: "", since: stamp(86_400) }])) };

const TYPES = Object.fromEntries(FEEDS.map(({ name, kind }) => [name, kind]));

/** A whole server: `feeds`, `health`, `messages` and `past`, with *data* by feed; a feed without data is not there. */
export function server(data, { health = {}, past = {}, events = {}, only } = {}) {
  const names = only ?? FEEDS.map(({ name }) => name);
  const feeds = FEEDS.filter(({ name, retained }) => names.includes(name) && (!retained || data[name] !== undefined));
  const messages = Object.fromEntries(Object.entries(data).map(([name, each]) => [name, { type: TYPES[name], timestamp: stamp(), data: each }]));
  return {
    feeds,
    health: { ...HEALTH, ...health },
    messages,
    past: { "system/stats/history": hour(), "docker/events": [], "storage/events": [], "vms/events": [], ...(data["storage/status"] ? { "storage/history?range=24h": storagePast(data["storage/status"]), "storage/history?range=7d": storagePast(data["storage/status"], 1008) } : {}), "storage/smart": [], ...past, ...events },
  };
}

const GUIDE = ["system/stats", "docker/events", "storage/status"];
const events = { "docker/events": DOCKER_EVENTS, "storage/events": STORAGE_EVENTS };
const trouble = () => withDisk(withDisk(withDisk(storage(), "disk3", { health: "failed" }), "disk11", { temperature: 58, temperature_state: "critical" }), "disk1", {});
const everything = () => ({
  "system/stats": stats(),
  "storage/status": storage(),
  "storage/details": DETAILS,
  "server/summary": summary(),
  "docker/containers": containers(24),
  "vms/status": VMS,
  "ups/status": UPS,
  "gpu/status": GPU,
  "sensors/status": SENSORS,
  "network/status": NETWORK,
  "shares/status": SHARES,
  "notifications/status": { ...NOTIFICATIONS, unread: { alert: 0, warning: 0, normal: 0, total: 0 }, items: [] },
  "updates/status": UPDATES,
});

/** The states whose pictures are kept. */
export const STATES = {
  well: () => server(everything(), { events }),
  trouble: () => server({ ...everything(), "storage/status": trouble(), "server/summary": summary(FINDINGS), "docker/containers": containers(24, { duplicati: { health: "unhealthy" } }), "notifications/status": NOTIFICATIONS }, { events, past: { "storage/smart": SMART } }),
  guide: () => server({ "system/stats": stats(), "storage/status": storage(8) }, { only: GUIDE, events: { "docker/events": DOCKER_EVENTS } }),
  tiny: () => server({ "system/stats": stats({ cpu_cores: [3, 5, 2, 8] }), "storage/status": storage(1, { parity_disks: [], cache_disks: [], array_protection: "unprotected" }), "server/summary": summary([]), "docker/containers": containers(3) }, { events: {} }),
  degraded: () => server({ "system/stats": stats(), "storage/status": { ...withDisk(storage(8), "disk2", { status: "disabled", errors: 112 }), array_protection: "degraded" }, "server/summary": summary([found("critical", "array", "degraded"), found("critical", "disk2", "disabled")], { array_protection: "degraded" }) }, { events }),
  missing: () => server({ "system/stats": stats(), "storage/status": { ...withDisk(storage(4), "disk3", { status: "missing", device: null, device_base: null, id: null, temperature: null, temperature_state: null, usage_percent: null, used_bytes: null, free_bytes: null, rotational: null, health: "unknown" }), array_protection: "degraded" } }),
  rebuild: () => server({ "system/stats": stats(), "storage/status": storage(4, { array_protection: "rebuilding", parity_check: { ...IDLE, action: "rebuild", status: "running", percent: 42.3, speed_bytes_per_sec: 151e6, eta_seconds: 30_600 } }) }),
  check: () => server({ "system/stats": stats(), "storage/status": storage(8, { parity_check: { ...IDLE, status: "paused", percent: 12.5, errors: 123_456 } }) }),
  hot: () => server({ "system/stats": stats(), "storage/status": withDisk(withDisk(storage(8), "disk1", { temperature: 48, temperature_state: "hot" }), "disk2", { temperature: 58, temperature_state: "critical", errors: 123_456 }) }),
  stopped: () => server({ "system/stats": stats(), "storage/status": storage(8, { array_status: "stopped", disks: storage(8).disks.map((each) => ({ ...each, used_bytes: null, free_bytes: null, usage_percent: null, usage_state: null, filesystem: null })) }), "docker/containers": { service: "stopped", image_storage: null, containers: [] } }, { health: { sources: { ...HEALTH.sources, docker: { status: "unavailable", detail: "Docker is not running (/var/run/docker.sock)", since: stamp() } } } }),
  noarray: () => server({ "system/stats": stats({ cpu_temperature: null }), "storage/status": storage(0, { array_protection: "none", parity_disks: [], parity_check: { action: null, status: "idle", percent: null, speed_bytes_per_sec: null, eta_seconds: null, errors: 0, last: null } }) }),
  long: () => server({ "system/stats": stats(), "storage/status": storage(2, { cache_disks: [1, 2, 3].map((index) => disk(`a_pool_with_a_really_long_name${index === 1 ? "" : index}`, { pool: "a_pool_with_a_really_long_name", usage_percent: index === 1 ? 50 : null, errors: index === 3 ? 123_456 : 0 })) }) }),
  battery: () => server({ ...everything(), "ups/status": { service: "running", ups: [{ ...UPS.ups[0], status: "on_battery", battery_percent: 71, runtime_seconds: 900, on_battery_since: stamp(300) }] }, "server/summary": summary([found("critical", "apcupsd", "on battery, 15 min left", "UPS")], { ups_on_battery: true }) }),
  unhealthy: () => server({ "system/stats": stats(), "storage/status": storage(4), "docker/containers": containers(6, { plex: { state: "exited", exit_code: 1, health: null, cpu_percent: null }, frigate: { state: "restarting", health: null } }), "server/summary": summary([found("warning", "plex", "ended with exit code 1")]) }, { events }),
  demo: () => server({ "system/stats": stats(), "storage/status": storage(8) }, { only: GUIDE, health: { demo: true, name: "Tower" } }),
  sixtyfour: () => server({ ...everything(), "system/stats": stats({ cpu_percent: 99.9, load_average: [64.12, 63.9, 60.01], cpu_cores: Array.from({ length: 64 }, (_, index) => (index * 29) % 100) }) }),
};

const ODD = ["<b>x</b>", "名前のとても長いコンテナ", "a".repeat(64), "Ünïcödé_ñame", "with space & ampersand", "نص عربي", "emoji-🚀-app", "..", "#hash/slash", "%E0%A4%A"];

/** Unusual states, without pictures: a server with very many parts and odd names, and one without any. */
const EXTREMES = {
  crowded: () => {
    const all = everything();
    const findings = [...ODD.slice(0, 4).map((name) => found("warning", name, `${name} is unhealthy`)), ...Array.from({ length: 9 }, (_, index) => found("notice", `disk${index + 4}`, "2 CRC errors"))];
    const data = {
      ...all,
      "system/stats": stats({ cpu_percent: 100, load_average: [128.55, 64.03, 12.9] }),
      "docker/containers": { ...all["docker/containers"], containers: containers(150).containers.map((each, index) => ({ ...each, name: ODD[index] ?? each.name })) },
      "vms/status": { service: "running", vms: Array.from({ length: 20 }, (_, index) => ({ ...VMS.vms[index % 3], uuid: String(index), name: ODD[index] ?? `Windows Server 2025 Datacenter ${index}` })) },
      "shares/status": { shares: Array.from({ length: 60 }, (_, index) => share(ODD[index] ?? `share ${index}`)) },
      "sensors/status": { sensors: Array.from({ length: 40 }, (_, index) => ({ ...SENSORS.sensors[index % 4], id: String(index), label: `Channel ${index} with the long label of its chip`, trusted: true })) },
      "network/status": { interfaces: Array.from({ length: 12 }, (_, index) => port(`enp${index}s0f${index}np${index}`)) },
      "server/summary": summary(findings.slice(0, 3), { findings_more: findings.length - 3, name: "N".repeat(63) }),
    };
    const past = hour();
    const most = { cpu_percent: 100, read_bytes_per_sec: 987e6, write_bytes_per_sec: 654e6, bytes_recv_per_sec: 124e6, bytes_sent_per_sec: 111e6 };
    Object.entries(most).forEach(([name, value]) => past[name].fill(value, -30));
    return server(data, { events: { "docker/events": ODD.flatMap((name, index) => restart(name, 100 + 40 * index)) }, past: { "server/findings": findings, "system/stats/history": past } });
  },
  nothing: () => {
    const storageless = storage(0, { array_status: "stopped", array_protection: "none", parity_disks: [], cache_disks: [], boot: null, parity_check: { action: null, status: "idle", percent: null, speed_bytes_per_sec: null, eta_seconds: null, errors: 0, last: null } });
    return server({ "system/stats": stats({ cpu_temperature: null, cpu_cores: [1, 2] }), "storage/status": storageless, "server/summary": summary([], { containers: null, hottest: null, fullest: null, array_status: "stopped", array_protection: "none" }), "docker/containers": { service: "disabled", image_storage: null, containers: [] }, "vms/status": { service: "disabled", vms: [] }, "gpu/status": { gpus: [] }, "ups/status": { service: "absent", ups: [] }, "sensors/status": { sensors: [] }, "network/status": { interfaces: [] }, "shares/status": { shares: [] } });
  },
};

Object.assign(STATES, EXTREMES);
