/** The array, its pools and every other device: a row each in one table, with details. */

import { arrange, element, fillBar, setAttribute, setHidden, setText } from "../dom.js";
import { DiskState, progress, QUIET, QUIET_TONES, sumOf } from "../disk-state.js";
import { shortUntilFull } from "../growth.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { means } from "../sparkline.js";
import { StorageDetail } from "../storage-detail.js";
import { capitalised, counted, diskName, lastParity, protectionWord, shortened, toneOf, wordOf } from "../words.js";

const SORTS = { name: "Name", temperature: "Temperature", free: "Free", health: "Health" };
const GRAVITY = ["bad", "warn", "busy", "quiet"];
const SPARK_POINTS = 24;
/** Characters of a name that fit into a row. */
const MAX_NAME = 11;
/** Minimum height of a row's line in °C, so that one degree does not look like a mountain. */
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
  #none = element("p", { class: "uma-quiet uma-alone", hidden: "", text: say("No disks are assigned.") });
  #foot = element("p", { class: "uma-foot uma-quiet" });
  #data = null;
  #disks;
  #detail;
  aside = element("span", { class: "uma-aside" }, this.#state, this.#protection, this.#capacity, this.#share, this.#last);
  controls = element("label", { class: "uma-sort" }, this.#sort);
  element = element("div", {}, this.#progress, this.#rows.element, this.#none, this.#foot);

  constructor(context) {
    this.#context = context;
    this.#disks = new DiskState(context);
    this.#detail = new StorageDetail(context, this.#disks, (disk) => this.#row(disk, false));
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

  /** Without an array, pools come first. */
  get title() {
    return this.#data !== null && isWithoutArray(this.#data) ? say("Storage") : say("Array");
  }

  /** Take *data* for the tiles; the rows, which take the browser longer, follow by render(). */
  keep(data) {
    this.#data = data;
  }

  render(data) {
    this.#data = data;
    const { array_status: status, array_protection: protection } = data;
    const isNone = isWithoutArray(data);
    const isStopped = status === "stopped";
    const isUnknown = status === "unknown";
    const [state, guard] = [wordOf(status), protectionWord(protection)];
    setHidden(this.#state, isNone || (status === "started" && QUIET_TONES.includes(state.tone)));
    setText(this.#state, state.text, state.tone);
    setHidden(this.#protection, isNone || isUnknown);
    const wasText = say("Was {protection}", { protection: guard.text.toLowerCase() });
    const isCalm = QUIET_TONES.includes(guard.tone);
    setText(this.#protection, isStopped && isCalm ? wasText : guard.text, isCalm ? "quiet" : guard.tone);
    this.#renderCapacity(data.disks, isNone);
    this.#renderParity(data.parity_check, isNone || isUnknown);
    const hasRows = this.#rows.render(this.#groups(data, isStopped));
    setHidden(this.#none, hasRows || isUnknown);
    setHidden(this.controls, !hasRows);
    this.#renderFoot(data);
  }

  /** The hottest disk, and the array's usage. */
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
      const heat = this.#disks.heat(hottest);
      const limit = this.#disks.limits(hottest)[0];
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
      const filling = data.disks.map(({ name }) => ({ name, days: this.#disks.details(name)?.full_in_days })).filter(({ days }) => days > 0);
      const first = filling.sort((a, b) => a.days - b.days)[0];
      tiles.push({
        key: "array",
        rank: 11,
        title: say("Array"),
        href: "#array",
        corner: first ? say("{disk} full in {time}", { disk: diskName(first.name), time: shortUntilFull(first.days, format) }) : "",
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
      return this.#detail.disk(disk);
    }
    if (kind === "pool" && this.#data.cache_disks.some(({ pool }) => pool === id)) {
      return this.#detail.pool(this.#data, id);
    }
    return kind === "array" ? this.#detail.array(this.#data) : null;
  }

  #renderCapacity(disks, isNone) {
    const { bytes } = this.#context.format;
    const { used, free, size } = sumOf(disks);
    const isKnown = used + free > 0;
    const filled = say("{used} of {size}", { used: bytes(used), size: bytes(used + free) });
    const raw = disks.length > 0 ? say("{size} on {disks}", { size: bytes(size), disks: counted(disks.length, "data disk") }) : "";
    setText(this.#capacity, isKnown ? filled : isNone ? "" : raw);
    setAttribute(this.#capacity, "title", isKnown ? say("{free} free", { free: bytes(free) }) : null);
    setHidden(this.#share, !isKnown);
    const parts = isKnown ? disks.filter(({ usage_percent: percent }) => percent !== null && percent !== undefined) : [];
    arrange(this.#share, parts.map((_, index) => this.#share.children[index] ?? element("i")));
    parts.forEach((disk, index) => {
      const part = this.#share.children[index];
      part.style.flexGrow = String(Math.max(1, Math.round(disk.size_bytes / 1e11)));
      part.style.setProperty("--fill", `${disk.usage_percent}%`);
      setAttribute(part, "data-tone", this.#disks.fullness(disk) === "critical" ? "warn" : "quiet");
    });
  }

  #renderParity(check, isSilent) {
    const { format } = this.#context;
    const isIdle = check.status === "idle";
    const last = lastParity(check, format);
    setHidden(this.#last, !isIdle || isSilent);
    setText(this.#last, last.text, last.tone);
    setHidden(this.#progress, isIdle);
    if (!isIdle) {
      const action = wordOf(check.action).text;
      const [title, detail] = this.#operation.children;
      setText(title, `${action}${check.status === "paused" ? `, ${say("paused")}` : ""} `);
      setText(detail, `${progress(check, format)} · `);
      const count = say(check.errors === 1 ? "{n} error" : "{n} errors", { n: format.number(check.errors ?? 0) });
      setText(this.#errors, count, check.errors > 0 ? "bad" : "quiet");
      fillBar(this.#bar, check.percent, check.status === "paused" ? "warn" : "busy");
      setAttribute(this.#bar, "aria-label", action);
      setAttribute(this.#bar, "aria-valuenow", Math.floor(check.percent ?? 0));
    }
  }

  #groups({ parity_disks: parity, disks, cache_disks: cached, unassigned, boot }, isStopped) {
    const sort = this.#sort.value;
    const pools = groupedBy(cached, ({ pool }) => pool);
    const row = (disk) => this.#row(disk, isStopped);
    const array = { key: "array", rows: this.#sorted([...parity, ...disks], sort).map(row) };
    const others = [...unassigned, ...(boot && !this.#disks.isWell(boot) ? [boot] : [])];
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
      health: (disk) => GRAVITY.indexOf(this.#disks.mark(disk).tone),
    };
    return by in keys ? [...disks].sort((a, b) => keys[by](a) - keys[by](b)) : disks;
  }

  #poolHead(pool, members) {
    const { format } = this.#context;
    const { used, size, percent, profile, state } = this.#disks.poolUsage(pool, members);
    const fill = used === null ? "" : say("{used} of {size}", { used: format.bytes(used), size: format.bytes(size) });
    const words = state && state !== "online" ? [wordOf(state).text] : [];
    const text = [shortened(capitalised(pool), 24), profile, members.length > 1 ? say("{n} devices", { n: members.length }) : "", fill, ...words];
    const fullness = members.map((disk) => this.#disks.fullness(disk)).find((each) => each === "critical");
    const tone = words.length > 0 ? toneOf(state) : fullness ? "warn" : "quiet";
    return { key: `pool ${pool}`, title: text.filter(Boolean).join(" · "), note: percent === null ? "" : format.percent(percent, 0), tone, href: `#pool/${encodeURIComponent(pool)}` };
  }

  #row(disk, isStopped) {
    const { format, store } = this.#context;
    const { name, status, temperature = null, usage_percent: percent = null, pool } = disk;
    const heat = this.#disks.heat(disk);
    const isNotable = heat === "hot" || heat === "critical";
    const mark = this.#disks.mark(disk);
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
    const fullness = this.#disks.fullness(disk);
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

  #renderFoot({ boot, unassigned }) {
    const { format } = this.#context;
    const parts = boot && this.#disks.isWell(boot) ? [`${say("Boot: {device}", { device: diskName(boot.name) })}${boot.used_bytes === null || boot.used_bytes === undefined ? "" : ` ${say("{used} of {size}", { used: format.bytes(boot.used_bytes), size: format.bytes(boot.size_bytes) })}`}`] : [];
    const mover = this.#context.newest("storage/details")?.mover;
    setText(this.#foot, [...parts, ...(mover?.running ? [say("Mover is running")] : [])].join(" · "));
    setHidden(this.#foot, this.#foot.textContent === "" && unassigned.length === 0);
  }
}

function devicesOf({ parity_disks: parity, disks, cache_disks: cached, unassigned, boot }) {
  return [...parity, ...disks, ...cached, ...unassigned, ...(boot ? [boot] : [])];
}

function isWithoutArray({ array_protection: protection, disks, parity_disks: parity }) {
  return protection === "none" && disks.length + parity.length === 0;
}

function groupedBy(list, keyOf) {
  const groups = new Map();
  list.forEach((each) => groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]));
  return groups;
}

const NONE = [];
/** Thinned columns, which stay the same until the next request to the daemon. */
const thin = new WeakMap();

/** Reduce *values* to as many means as fit into a row's line. */
function thinned(values) {
  if (!thin.has(values)) {
    thin.set(values, means(values, SPARK_POINTS));
  }
  return thin.get(values);
}
