/** The array, its pools and every other device: a row each, one table, and each in detail. */

import { arrange, element, fillBar, setAttribute, setText } from "../dom.js";
import { temperatureState, usageState } from "../display.js";
import { formatDuration, UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { ATTRIBUTES, capitalised, counted, diskName, lastParity, protectionWord, shortened, toneOf, wordOf } from "../words.js";

const QUIET = ["active", "standby"];
/** Attributes that count as a warning above 0; 199 is mostly a cable's past. */
const WATCHED = ["5", "187", "197", "198"];
const SORTS = { name: "Name", temperature: "Temperature", free: "Free", health: "Health" };
const GRAVITY = ["bad", "warn", "busy", "quiet"];
const SPARK_POINTS = 24;
/** Characters of a name that a row has room for. */
const MAX_NAME = 11;
/** °C that a row's line is high at least: a degree up and down is no mountain. */
const MIN_SPAN = 16;

export default class StoragePanel {
  static title = "Array";
  static rank = 10;
  static span = 3;
  #context;
  #state = element("span", { class: "uma-badge" });
  #protection = element("span", { class: "uma-badge" });
  #capacity = element("span", { class: "uma-capacity" });
  #share = element("span", { class: "uma-share", "aria-hidden": "true" });
  #last = element("span", { class: "uma-last" });
  #sort = element("select", { "aria-label": say("Sort disks by") });
  #progress = element("div", { class: "uma-progress", hidden: "" });
  #operation = element("p");
  #errors = element("span");
  #bar = element("div", { class: "uma-bar", role: "progressbar" });
  #rows = new Rows({ label: say("Disks"), heads: ["Name", "Temperature", "History", "Usage", "State", "Free", "Health"].map((head) => say(head)), kind: "disks" });
  #foot = element("p", { class: "uma-foot uma-quiet" });
  #data = null;
  aside = element("span", { class: "uma-aside" }, this.#state, this.#protection, this.#capacity, this.#share, this.#last);
  controls = element("label", { class: "uma-sort" }, this.#sort);
  element = element("div", {}, this.#progress, this.#rows.element, this.#foot);

  constructor(context) {
    this.#context = context;
    this.#operation.append(element("b"), element("span"), this.#errors);
    this.#progress.append(this.#operation, this.#bar);
    this.#sort.append(...Object.entries(SORTS).map(([value, text]) => element("option", { value, text: say(text) })));
    this.#sort.value = context.prefs.get("sort").disks ?? "name";
    this.#sort.addEventListener("change", () => {
      context.prefs.set("sort", { ...context.prefs.get("sort"), disks: this.#sort.value });
      this.#data && this.render(this.#data);
    });
  }

  get isEmpty() {
    return this.#data === null;
  }

  /** Where there is no array, pools come first. */
  get title() {
    return this.#data !== null && isWithoutArray(this.#data) ? say("Storage") : say("Array");
  }

  render(data) {
    this.#data = data;
    const { array_status: status, array_protection: protection } = data;
    const isNone = isWithoutArray(data);
    const isStopped = status === "stopped";
    const [state, guard] = [wordOf(status), protectionWord(protection)];
    this.#state.hidden = isNone || (status === "started" && QUIET_TONES.includes(state.tone));
    setText(this.#state, state.text, state.tone);
    this.#protection.hidden = isNone;
    const wasText = say("Was {protection}", { protection: guard.text.toLowerCase() });
    const isCalm = QUIET_TONES.includes(guard.tone);
    setText(this.#protection, isStopped && isCalm ? wasText : guard.text, isCalm ? "quiet" : guard.tone);
    this.#renderCapacity(data.disks, isNone);
    this.#renderParity(data.parity_check, isNone);
    this.#rows.render(this.#groups(data, isStopped));
    this.#renderFoot(data);
  }

  /** The hottest disk, and how full the array is. */
  tiles() {
    const data = this.#data;
    if (data === null) {
      return [];
    }
    const { format, store } = this.#context;
    const measured = devicesOf(data).filter(({ temperature }) => temperature !== null && temperature !== undefined);
    const tiles = [];
    if (measured.length > 0) {
      const hottest = measured.reduce((hot, disk) => (disk.temperature > hot.temperature ? disk : hot));
      const heat = this.#heat(hottest);
      const limit = this.#limits(hottest)[0];
      tiles.push({
        key: "hottest",
        rank: 10,
        title: say("Hottest disk"),
        href: `#disk/${encodeURIComponent(hottest.name)}`,
        corner: diskName(hottest.name),
        value: format.temperature(hottest.temperature),
        note: heat === "ok" || heat === null ? (limit ? say("limit {limit}", { limit: format.temperature(limit) }) : "") : wordOf(heat).text.toLowerCase(),
        tone: heat === "ok" ? "quiet" : toneOf(heat),
        spark: store.temperatures(hottest.name)?.values,
        bottom: 20,
        top: Math.max(limit ?? 60, hottest.temperature + 2),
      });
    }
    const { used, free } = sumOf(data.disks);
    if (used + free > 0) {
      const full = data.disks.map((disk) => this.#details(disk.name)?.full_in_days).filter((days) => days > 0);
      tiles.push({
        key: "array",
        rank: 11,
        title: say("Array"),
        href: "#array",
        corner: full.length > 0 ? say("full in {n} d", { n: Math.min(...full) }) : "",
        value: format.percent((100 * used) / (used + free), 0),
        note: say("{free} free", { free: format.bytes(free) }),
        spark: null,
        share: (100 * used) / (used + free),
      });
    }
    return tiles;
  }

  items() {
    const devices = this.#data === null ? [] : devicesOf(this.#data);
    const pools = [...new Set((this.#data?.cache_disks ?? []).map(({ pool }) => pool))];
    return [
      ...devices.map(({ name }) => ({ text: diskName(name), kind: say("Disk"), href: `#disk/${encodeURIComponent(name)}`, subject: name })),
      ...pools.map((pool) => ({ text: capitalised(pool), kind: say("Pool"), href: `#pool/${encodeURIComponent(pool)}`, subject: pool })),
      { text: say("Array"), kind: say("Storage"), href: "#array", subject: "array" },
    ];
  }

  detail(kind, id) {
    if (this.#data === null) {
      return null;
    }
    const disk = kind === "disk" && devicesOf(this.#data).find(({ name }) => name === id);
    if (disk) {
      return this.#diskDetail(disk);
    }
    if (kind === "pool" && this.#data.cache_disks.some(({ pool }) => pool === id)) {
      return this.#poolDetail(id);
    }
    return kind === "array" ? this.#arrayDetail() : null;
  }

  #renderCapacity(disks, isNone) {
    const { bytes } = this.#context.format;
    const { used, free, size } = sumOf(disks);
    const isKnown = used + free > 0;
    const filled = say("{used} of {size}", { used: bytes(used), size: bytes(used + free) });
    const raw = disks.length > 0 ? say("{size} on {disks}", { size: bytes(size), disks: counted(disks.length, "data disk") }) : "";
    setText(this.#capacity, isKnown ? filled : isNone ? "" : raw);
    setAttribute(this.#capacity, "title", isKnown ? say("{free} free", { free: bytes(free) }) : null);
    this.#share.hidden = !isKnown;
    const parts = isKnown ? disks.filter(({ usage_percent: percent }) => percent !== null && percent !== undefined) : [];
    arrange(this.#share, parts.map((_, index) => this.#share.children[index] ?? element("i")));
    parts.forEach((disk, index) => {
      const part = this.#share.children[index];
      part.style.flexGrow = String(Math.max(1, Math.round(disk.size_bytes / 1e11)));
      part.style.setProperty("--fill", `${disk.usage_percent}%`);
      setAttribute(part, "data-tone", this.#fullness(disk) === "critical" ? "warn" : "quiet");
    });
  }

  #renderParity(check, isNone) {
    const { format } = this.#context;
    const isIdle = check.status === "idle";
    const last = lastParity(check, format);
    this.#last.hidden = !isIdle || isNone;
    setText(this.#last, last.text, last.tone);
    this.#progress.hidden = isIdle;
    if (!isIdle) {
      const action = wordOf(check.action).text;
      const [title, detail] = this.#operation.children;
      setText(title, `${action}${check.status === "paused" ? `, ${say("paused")}` : ""} `);
      setText(detail, `${progress(check, format)} · `);
      setText(this.#errors, counted(check.errors, "error"), check.errors > 0 ? "bad" : "quiet");
      fillBar(this.#bar, check.percent, check.status === "paused" ? "warn" : "busy");
      setAttribute(this.#bar, "aria-label", action);
      setAttribute(this.#bar, "aria-valuenow", Math.floor(check.percent ?? 0));
    }
  }

  #groups({ parity_disks: parity, disks, cache_disks: cached, unassigned, boot }, isStopped) {
    const sort = this.#sort.value;
    const pools = Map.groupBy ? Map.groupBy(cached, ({ pool }) => pool) : groupedBy(cached, ({ pool }) => pool);
    const row = (disk) => this.#row(disk, isStopped);
    const array = { key: "array", rows: this.#sorted([...parity, ...disks], sort).map(row) };
    const others = [...unassigned, ...(boot && !this.#isWell(boot) ? [boot] : [])];
    return [
      array,
      ...[...pools].map(([pool, members]) => ({ ...this.#poolHead(pool, members), rows: this.#sorted(members, sort).map(row) })),
      { key: "others", title: others.length > 0 ? say("Other devices") : "", rows: this.#sorted(others, sort).map(row) },
    ];
  }

  #sorted(disks, by) {
    const keys = {
      temperature: (disk) => -(disk.temperature ?? -300),
      free: (disk) => disk.free_bytes ?? Infinity,
      health: (disk) => GRAVITY.indexOf(this.#mark(disk).tone),
    };
    return by in keys ? [...disks].sort((a, b) => keys[by](a) - keys[by](b)) : disks;
  }

  #poolHead(pool, members) {
    const { format } = this.#context;
    const { used, size, percent, profile, state } = this.#poolUsage(pool, members);
    const fill = used === null ? "" : say("{used} of {size}", { used: format.bytes(used), size: format.bytes(size) });
    const words = state && state !== "online" ? [wordOf(state).text] : [];
    const text = [shortened(capitalised(pool), 24), profile, members.length > 1 ? say("{n} devices", { n: members.length }) : "", fill, ...words];
    const fullness = members.map((disk) => this.#fullness(disk)).find((each) => each === "critical");
    const tone = words.length > 0 ? toneOf(state) : fullness ? "warn" : "quiet";
    return { key: `pool ${pool}`, title: text.filter(Boolean).join(" · "), note: percent === null ? "" : format.percent(percent, 0), tone, href: `#pool/${encodeURIComponent(pool)}` };
  }

  /** Of the file system, which is larger than any of its devices: what is used and free together is its size. */
  #poolUsage(pool, members) {
    const own = (this.#context.newest("storage/details")?.pools ?? []).find(({ name }) => name === pool);
    const mounted = members.find(({ used_bytes: used }) => used !== null && used !== undefined);
    const used = own?.used_bytes ?? mounted?.used_bytes ?? null;
    const free = own?.free_bytes ?? mounted?.free_bytes ?? null;
    const size = used === null || free === null ? null : used + free;
    const profile = own?.filesystem ?? mounted?.filesystem ?? "";
    return { used, free, size, percent: size ? (100 * used) / size : null, profile, state: own?.state ?? null, own };
  }

  #row(disk, isStopped) {
    const { format, store } = this.#context;
    const { name, status, temperature = null, usage_percent: percent = null, pool } = disk;
    const heat = this.#heat(disk);
    const isNotable = heat === "hot" || heat === "critical";
    const mark = this.#mark(disk);
    const isTroubled = !QUIET.includes(status);
    const isAsleep = disk.spun_down || status === "standby" || (isStopped && !isTroubled);
    const word = isTroubled ? wordOf(status) : { text: "", tone: "quiet" };
    const tone = [mark.tone, isNotable ? toneOf(heat) : "quiet", word.tone].sort((a, b) => GRAVITY.indexOf(a) - GRAVITY.indexOf(b))[0];
    const whole = diskName(name);
    const isPooled = pool !== undefined;
    const bytes = format.bytes;
    const shown = percent === null || isPooled ? null : percent;
    const used = percent === null ? bytes(disk.size_bytes) : say("{used} of {size}", { used: bytes(disk.used_bytes), size: bytes(disk.size_bytes) });
    const past = store.temperatures(name);
    const fullness = this.#fullness(disk);
    return {
      key: name,
      name: shortened(whole, MAX_NAME),
      title: whole.length > MAX_NAME ? whole : null,
      href: `#disk/${encodeURIComponent(name)}`,
      tone: tone === "bad" ? "bad" : "quiet",
      dot: tone === "bad" ? "bad" : tone === "warn" ? "warn" : tone === "busy" ? "busy" : isAsleep ? "hollow" : "quiet",
      cells: [
        { name: "temperature", text: format.temperature(temperature), tone: isNotable ? toneOf(heat) : "quiet", unseen: isNotable ? ` ${heat}` : disk.spun_down ? ` ${say("standby")}` : "" },
        { name: "spark", spark: past ? thinned(past.values) : NONE, sparkTone: isNotable ? toneOf(heat) : "quiet", least: MIN_SPAN },
        { name: "usage", bar: shown, tone: fullness === "critical" ? "warn" : "quiet", unseen: isPooled ? "" : used, title: used, isHidden: isTroubled },
        { name: "state", text: word.text, tone: word.tone, isHidden: !isTroubled },
        { name: "free", text: bytes(shown === null ? disk.size_bytes : disk.free_bytes), unseen: shown === null ? "" : ` ${say("free")}` },
        { name: "health", text: mark.sign, tone: mark.tone, title: mark.text, unseen: ` ${mark.text}` },
      ],
    };
  }

  /** What is wrong with *disk*, the worst first: `{sign, tone, text}`. */
  #mark(disk) {
    const { format, store, newest } = this.#context;
    const { status, health = "unknown", errors = 0, name } = disk;
    const smart = store.smart(name);
    const attributes = Object.entries(smart?.attributes ?? {}).filter(([id, value]) => WATCHED.includes(id) && value > 0);
    const found = attributes.map(([id, value]) => `${format.number(value)} ${say(ATTRIBUTES[id]).toLowerCase()}`);
    const findings = (newest("server/summary")?.findings ?? []).filter(({ severity, subject, text }) => subject === name && severity !== "notice" && !/^the /.test(text)).map(({ text }) => text);
    const bad = [
      ...(QUIET.includes(status) || toneOf(status) !== "bad" ? [] : [wordOf(status).text]),
      ...(health === "failed" ? [say("SMART failed")] : []),
      ...(errors > 0 ? [say(errors === 1 ? "{n} error" : "{n} errors", { n: format.number(errors) })] : []),
    ];
    if (bad.length > 0) {
      return { sign: "✕", tone: "bad", text: [...bad, ...found].join(", ") };
    }
    if (found.length > 0) {
      return { sign: "!", tone: "warn", text: found.join(", ") };
    }
    if (findings.length > 0) {
      return { sign: "!", tone: "warn", text: findings.join(", ") };
    }
    return health === "passed" ? { sign: "✓", tone: "quiet", text: say("SMART passed") } : { sign: UNKNOWN, tone: "quiet", text: say("SMART unknown") };
  }

  #isWell(disk) {
    return QUIET.includes(disk.status) && this.#mark(disk).tone === "quiet";
  }

  #renderFoot({ boot, unassigned }) {
    const { format } = this.#context;
    const parts = boot && this.#isWell(boot) ? [`${say("Boot: {device}", { device: diskName(boot.name) })}${boot.used_bytes === null || boot.used_bytes === undefined ? "" : ` ${say("{used} of {size}", { used: format.bytes(boot.used_bytes), size: format.bytes(boot.size_bytes) })}`}`] : [];
    const mover = this.#context.newest("storage/details")?.mover;
    setText(this.#foot, [...parts, ...(mover?.running ? [say("Mover is running")] : [])].join(" · "));
    this.#foot.hidden = this.#foot.textContent === "" && unassigned.length === 0;
  }

  // The daemon knows each disk's own limits; an older one leaves it to the page.
  #heat({ temperature = null, rotational, temperature_state: state }) {
    return state === undefined ? temperatureState(temperature, rotational === false, this.#context.format.display.limits) : state;
  }

  #fullness({ usage_percent: percent = null, usage_state: state }) {
    return state === undefined ? usageState(percent, this.#context.format.display.limits) : state;
  }

  #limits({ rotational }) {
    const { hot, max, hotssd, maxssd } = this.#context.format.display.limits;
    return rotational === false ? [hotssd, maxssd] : [hot, max];
  }

  #details(name) {
    return (this.#context.newest("storage/details")?.disks ?? []).find((disk) => disk.name === name);
  }

  #diskDetail(disk) {
    const { format, store, unraid, range } = this.#context;
    const { name, status } = disk;
    const smart = store.smart(name);
    const more = this.#details(name) ?? {};
    const mark = this.#mark(disk);
    const heat = this.#heat(disk);
    const isNotable = heat === "hot" || heat === "critical";
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text: text ?? UNKNOWN, tone, note });
    const rate = (value) => (value === null || value === undefined ? null : format.byteRate(value));
    const rates = [rate(more.read_bytes_per_sec), rate(more.write_bytes_per_sec)];
    const attributes = Object.entries(smart?.attributes ?? {}).map(([id, value]) => fact(ATTRIBUTES[id] ?? id, format.number(value), WATCHED.includes(id) && value > 0 ? "warn" : "quiet", say("attribute {id}", { id })));
    const facts = [
      fact("Model", disk.id ?? more.model),
      fact("Device", (disk.device_base ?? disk.device ?? UNKNOWN).replace("/dev/", "")),
      fact("Size", format.bytes(disk.size_bytes)),
      ...(disk.filesystem ? [fact("File system", disk.filesystem, "quiet", disk.encrypted ? say("encrypted") : "")] : []),
      ...(disk.used_bytes === null || disk.used_bytes === undefined ? [] : [fact("Used", format.bytes(disk.used_bytes), "quiet", format.percent(disk.usage_percent)), fact("Free", format.bytes(disk.free_bytes))]),
      ...(more.full_in_days > 0 ? [fact("Full in", say("{n} days", { n: format.number(more.full_in_days) }), "quiet", say("at last week's pace"))] : []),
      fact("Temperature", format.temperature(disk.temperature), isNotable ? toneOf(heat) : "quiet", disk.spun_down ? say("asleep") : isNotable ? wordOf(heat).text.toLowerCase() : ""),
      ...(rates.some((each) => each !== null) ? [fact("Read", rates[0]), fact("Written", rates[1])] : []),
      ...(more.spin_ups_today !== null && more.spin_ups_today !== undefined ? [fact("Spin-ups today", format.number(more.spin_ups_today))] : []),
      ...(more.awake_seconds_today !== null && more.awake_seconds_today !== undefined ? [fact("Awake today", formatDuration(more.awake_seconds_today))] : []),
      fact("Errors", format.number(disk.errors ?? 0), disk.errors > 0 ? "bad" : "quiet"),
      fact("SMART", wordOf(disk.health ?? "unknown").text, disk.health === "failed" ? "bad" : "quiet"),
      ...(smart?.power_on_hours ? [fact("Power-on time", formatDuration(smart.power_on_hours * 3600), "quiet", say("{n} hours", { n: format.number(smart.power_on_hours) }))] : []),
      ...(smart && smart.wear_percent !== null && smart.wear_percent !== undefined ? [fact("Endurance used", format.percent(smart.wear_percent, 0), smart.wear_percent >= 90 ? "warn" : "quiet")] : []),
      ...(smart && smart.spare_percent !== null && smart.spare_percent !== undefined ? [fact("Spare left", format.percent(smart.spare_percent, 0))] : []),
      ...attributes,
      ...(smart?.at ? [fact("SMART read", format.moment(smart.at, Date.now()))] : []),
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
    const [hot, critical] = this.#limits(disk);
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

  #poolDetail(pool) {
    const { format, unraid } = this.#context;
    const members = this.#data.cache_disks.filter((disk) => disk.pool === pool);
    const { used, free, size, percent, profile, state, own } = this.#poolUsage(pool, members);
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text, tone, note });
    const scrub = own?.scrub;
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
        ...(own?.full_in_days > 0 ? [fact("Full in", say("{n} days", { n: format.number(own.full_in_days) }))] : []),
        ...(own?.errors_total > 0 ? [fact("Errors", format.number(own.errors_total), "bad")] : []),
        ...(own?.members_missing > 0 ? [fact("Members missing", format.number(own.members_missing), "bad")] : []),
        ...(scrub ? [fact("Scrub", wordOf(scrub.status).text, scrub.errors > 0 ? "bad" : "quiet", [scrub.percent === null || scrub.percent === undefined ? "" : format.percent(scrub.percent, 0), scrub.finished_at ? format.moment(scrub.finished_at, Date.now()) : ""].filter(Boolean).join(" · "))] : []),
      ],
      lists: [{ key: "members", title: say("Members"), kind: "disks", heads: [say("Name")], groups: [{ key: "all", rows: members.map((disk) => this.#row(disk, false)) }] }],
    };
  }

  #arrayDetail() {
    const { format, unraid, newest } = this.#context;
    const { array_status: status, array_protection: protection, disks, parity_disks: parity, parity_check: check } = this.#data;
    const { used, free, size } = sumOf(disks);
    const guard = protectionWord(protection);
    const fact = (label, text, tone = "quiet", note = "") => ({ label: say(label), text, tone, note });
    const { mover } = newest("storage/details") ?? {};
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
        check.status === "idle" ? fact("Last parity operation", lastParity(check, format).text, lastParity(check, format).tone) : fact(wordOf(check.action).text, progress(check, format), "busy"),
        ...(mover ? [fact("Mover", mover.running ? say("Running") : say("Idle"), "quiet", mover.last_finished_at ? say("last {time}", { time: format.moment(mover.last_finished_at, Date.now()) }) : "")] : []),
      ],
    };
  }
}

/** Tones of what is as it should be. */
const QUIET_TONES = ["good", "quiet"];

function devicesOf({ parity_disks: parity, disks, cache_disks: cached, unassigned, boot }) {
  return [...parity, ...disks, ...cached, ...unassigned, ...(boot ? [boot] : [])];
}

function isWithoutArray({ array_protection: protection, disks, parity_disks: parity }) {
  return protection === "none" && disks.length + parity.length === 0;
}

function sumOf(disks) {
  const sum = (key) => disks.reduce((total, disk) => total + (disk[key] ?? 0), 0);
  return { used: sum("used_bytes"), free: sum("free_bytes"), size: sum("size_bytes") };
}

function groupedBy(list, keyOf) {
  const groups = new Map();
  list.forEach((each) => groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]));
  return groups;
}

function progress({ percent, speed_bytes_per_sec: speed, eta_seconds: left }, format) {
  const parts = [format.percent(percent), speed && format.byteRate(speed), left && say("{time} left", { time: formatDuration(left) })];
  return parts.filter(Boolean).join(" · ");
}

const NONE = [];
/** What was thinned of each column: it is the same until the daemon is asked for another. */
const thin = new WeakMap();

/** At most so many of *values* as a row's line has room for, each the mean of those it stands for. */
function thinned(values) {
  if (!thin.has(values)) {
    thin.set(values, means(values));
  }
  return thin.get(values);
}

function means(values) {
  const step = Math.max(1, Math.ceil(values.length / SPARK_POINTS));
  return Array.from({ length: Math.ceil(values.length / step) }, (_, index) => {
    const part = values.slice(index * step, (index + 1) * step).filter((value) => value !== null);
    return part.length > 0 ? part.reduce((sum, value) => sum + value, 0) / part.length : null;
  });
}
