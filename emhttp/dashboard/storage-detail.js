/** Contents of the drawer for a disk, a pool and the array. No DOM. */

import { progress, QUIET, QUIET_TONES, sumOf } from "./disk-state.js";
import { formatDuration, isSameDay, UNKNOWN } from "./format.js";
import { growthDetail, untilFull } from "./growth.js";
import { say } from "./say.js";
import { ATTRIBUTES, capitalised, diskName, lastParity, protectionWord, toneOf, wordOf } from "./words.js";

/** Details of a `storage_status`' *data*; *rowOf* makes the row of a member of a pool. */
export class StorageDetail {
  #context;
  #state;
  #rowOf;

  constructor(context, state, rowOf) {
    [this.#context, this.#state, this.#rowOf] = [context, state, rowOf];
  }

  disk(disk) {
    const { format, store, unraid, range } = this.#context;
    const { name, status } = disk;
    const smart = store.smart(name);
    const more = this.#state.details(name) ?? {};
    const mark = this.#state.mark(disk);
    const heat = this.#state.heat(disk);
    const isNotable = heat === "hot" || heat === "critical";
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text: text ?? UNKNOWN, tone, note });
    const rate = (value) => (value === null || value === undefined ? null : format.byteRate(value));
    const rates = [rate(more.read_bytes_per_sec), rate(more.write_bytes_per_sec)];
    const countedSince = startOfToday(this.#context);
    const attributes = Object.entries(smart?.attributes ?? {}).map(([id, value]) => fact(ATTRIBUTES[id] ?? id, format.number(value), this.#state.isRaised(name, id, value) ? "warn" : "quiet", say("attribute {id}", { id })));
    const facts = [
      fact("Model", disk.id ?? more.model),
      fact("Device", (disk.device_base ?? disk.device ?? UNKNOWN).replace("/dev/", "")),
      fact("Size", format.bytes(disk.size_bytes)),
      ...(disk.filesystem ? [fact("File system", disk.filesystem, "quiet", disk.encrypted ? say("encrypted") : "")] : []),
      ...(disk.used_bytes === null || disk.used_bytes === undefined ? [] : [fact("Used", format.bytes(disk.used_bytes), "quiet", format.percent(disk.usage_percent)), fact("Free", format.bytes(disk.free_bytes))]),
      ...(more.full_in_days > 0 ? [fact("Full in", untilFull(more.full_in_days, format), "quiet", say("at last week's pace"))] : []),
      fact("Temperature", format.temperature(disk.temperature), isNotable ? toneOf(heat) : "quiet", disk.spun_down ? say("asleep") : isNotable ? wordOf(heat).text.toLowerCase() : ""),
      ...(rates.some((each) => each !== null) ? [fact("Read", rates[0]), fact("Written", rates[1])] : []),
      ...(more.spin_ups_today !== null && more.spin_ups_today !== undefined ? [fact("Spin-ups today", format.number(more.spin_ups_today), "quiet", countedSince)] : []),
      ...(more.awake_seconds_today !== null && more.awake_seconds_today !== undefined ? [fact("Awake today", formatDuration(more.awake_seconds_today), "quiet", countedSince)] : []),
      fact("Errors", format.number(disk.errors ?? 0), disk.errors > 0 ? "bad" : "quiet"),
      fact("SMART", wordOf(disk.health ?? "unknown").text, disk.health === "failed" ? "bad" : "quiet"),
      ...(smart?.power_on_hours ? [fact("Power-on time", formatDuration(smart.power_on_hours * 3600), "quiet", say("{n} hours", { n: format.number(smart.power_on_hours) }))] : []),
      ...(smart && smart.wear_percent !== null && smart.wear_percent !== undefined ? [fact("Endurance used", format.percent(smart.wear_percent, 0), smart.wear_percent >= 90 ? "warn" : "quiet")] : []),
      ...(smart && smart.spare_percent !== null && smart.spare_percent !== undefined ? [fact("Spare left", format.percent(smart.spare_percent, 0))] : []),
      ...attributes,
      ...(smart?.at ? [fact("SMART read", format.shortMoment(smart.at, Date.now()))] : []),
    ];
    const ring = range() === "7d" ? "7d" : "24h";
    store.readStorage(ring);
    const past = store.temperatures(name, ring);
    const link = unraid(`/Dashboard/Main/Settings/Device?name=${encodeURIComponent(name)}`);
    return {
      title: diskName(name),
      note: mark.tone === "quiet" ? "" : mark.text,
      word: QUIET.includes(status) ? { text: disk.spun_down ? say("Standby") : wordOf(status).text, tone: "quiet" } : wordOf(status),
      links: link ? [{ text: say("Open in Unraid"), href: link }] : [],
      facts,
      charts: past ? [this.#heatChart(past, disk, ring)] : [],
    };
  }

  #heatChart({ times, values }, disk, ring) {
    const { format, marks, hovered } = this.#context;
    const known = values.filter((value) => value !== null);
    const [hot, critical] = this.#state.limits(disk);
    const [least, most] = [Math.min(...known), Math.max(...known)];
    const start = times[values.findIndex((value) => value !== null)];
    const span = [start, Math.max(times.at(-1), start + 60)];
    const title = ring === "7d" ? say("Temperature, 7 days") : say("Temperature, 24 hours");
    const view = {
      times,
      columns: [values],
      span,
      bottom: Math.floor((least - 5) / 10) * 10,
      top: Math.ceil((Math.max(most, Math.min(hot ?? most, most + 12)) + 3) / 10) * 10,
      thresholds: [{ value: hot, tone: "warn" }, { value: critical, tone: "bad" }].filter(({ value }) => value),
      marks: marks(span, ["array", "parity", "disk"], disk.name),
      label: say("{title}: from {least} to {most}", { title, least: format.temperature(least), most: format.temperature(most) }),
    };
    const time = hovered();
    const row = time === null ? -1 : times.findLastIndex((each) => each <= time);
    return { key: `heat ${ring}`, title, write: format.temperature, view, value: format.temperature(row < 0 ? known.at(-1) : values[row]), at: row < 0 ? "" : format.moment(times[row] * 1000, Date.now()) };
  }

  pool(data, pool) {
    const { format, unraid } = this.#context;
    const members = data.cache_disks.filter((disk) => disk.pool === pool);
    const { used, free, size, percent, profile, state, own } = this.#state.poolUsage(pool, members);
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text, tone, note });
    const scrub = own?.scrub;
    const growth = growthDetail(this.#context, { names: [pool], free, size, fullInDays: own?.full_in_days ?? null });
    const link = unraid(`/Dashboard/Main/Settings/Device?name=${encodeURIComponent(members[0].name)}`);
    return {
      title: capitalised(pool),
      word: state ? { text: wordOf(state).text, tone: state === "online" ? "quiet" : toneOf(state) } : undefined,
      links: link ? [{ text: say("Open in Unraid"), href: link }] : [],
      facts: [
        ...(profile ? [fact("File system", profile)] : []),
        fact("Used", format.bytes(used), "quiet", percent === null ? "" : format.percent(percent)),
        fact("Free", format.bytes(free)),
        fact("Size", format.bytes(size)),
        ...growth.facts,
        ...(own?.errors_total > 0 ? [fact("Errors", format.number(own.errors_total), "bad")] : []),
        ...(own?.members_missing > 0 ? [fact("Members missing", format.number(own.members_missing), "bad")] : []),
        ...(scrub ? [fact("Scrub", wordOf(scrub.status).text, scrub.errors > 0 ? "bad" : "quiet", [scrub.percent === null || scrub.percent === undefined ? "" : format.percent(scrub.percent, 0), scrub.finished_at ? format.shortMoment(scrub.finished_at, Date.now()) : ""].filter(Boolean).join(" · "))] : []),
      ],
      charts: growth.charts,
      lists: [{ key: "members", title: say("Members"), kind: "disks", heads: [say("Name")], groups: [{ key: "all", rows: members.map((disk) => this.#rowOf(disk)) }] }],
    };
  }

  array(data) {
    const { format, unraid, newest } = this.#context;
    const { array_status: status, array_protection: protection, disks, parity_disks: parity, parity_check: check } = data;
    const { used, free, size } = sumOf(disks);
    const guard = protectionWord(protection);
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text, tone, note });
    const { mover } = newest("storage/details") ?? {};
    const filled = disks.filter(({ used_bytes: bytes }) => bytes !== null && bytes !== undefined);
    const growth = growthDetail(this.#context, { names: filled.map(({ name }) => name), free, size: used + free });
    const link = unraid("/Main");
    return {
      title: say("Array"),
      word: { text: guard.text, tone: QUIET_TONES.includes(guard.tone) ? "quiet" : guard.tone },
      links: link ? [{ text: say("Open in Unraid"), href: link }] : [],
      facts: [
        fact("State", wordOf(status).text),
        fact("Data disks", format.number(disks.length)),
        fact("Parity disks", format.number(parity.length)),
        ...(used + free > 0 ? [fact("Used", format.bytes(used), "quiet", format.percent((100 * used) / (used + free))), fact("Free", format.bytes(free))] : []),
        fact("Size", format.bytes(size)),
        ...growth.facts,
        check.status === "idle" ? fact("Last parity operation", lastParity(check, format).text, lastParity(check, format).tone) : fact(wordOf(check.action).text, progress(check, format), "busy"),
        ...(mover ? [fact("Mover", mover.running ? say("Running") : say("Idle"), "quiet", mover.last_finished_at ? say("last {time}", { time: format.shortMoment(mover.last_finished_at, Date.now()) }) : "")] : []),
      ],
      charts: growth.charts,
      lists: filled.length > 0 ? [{ key: "fullest", title: say("By disk"), kind: "disks", heads: [say("Name")], groups: [{ key: "all", rows: [...filled].sort((a, b) => b.usage_percent - a.usage_percent).map((disk) => this.#rowOf(disk)) }] }] : [],
    };
  }
}

/** `since 14:32` if the daemon started today: what it counts by the day began then. */
function startOfToday({ format, newest }) {
  const at = newest("server/health")?.started_at;
  return at !== undefined && isSameDay(at, Date.now()) ? say("since {time}", { time: format.minute(at) }) : "";
}
