/** The fleet as rows: both readers' knowledge of each server, joined, judged, ordered and grouped. */

/** A summary comes at least each minute; after three missed ones a server counts as silent. */
export const SILENT_MS = 180_000;
const MAX_PAST = 60;

/** Words for a server's state, the worst first. */
export const STATES = ["critical", "offline", "silent", "warning", "notice", "ok"];

export const SORTS = {
  state: { title: "Worst first", by: (row) => [STATES.indexOf(row.state)] },
  name: { title: "Name", by: () => [] },
  temperature: { title: "Hottest", by: (row) => [-(row.summary.hottest?.temperature ?? -99)] },
  usage: { title: "Fullest", by: (row) => [-(row.summary.fullest?.usage_percent ?? -1)] },
  cpu: { title: "Busiest", by: (row) => [-(row.summary.cpu_percent ?? -1)] },
  age: { title: "Oldest news", by: (row) => [row.at ?? 0] },
};

/** Identity of a row; its name and site come from its summary. */
const FACTS = ["at", "state", "summary", "alerts", "past"];
const NONE = [];
const EMPTY = { id: null, name: "", site: "", severity: "ok", findings: [], findings_more: 0 };

export class Servers {
  #byNode = new Map();
  #byInstance = new Map();
  #alerts = new Map();
  #lines = new Map();
  #made = new Map();

  /** Alerts without a server. */
  loose = [];

  /** Process a summary from the broker, read at the time *now*; null withdraws it. */
  takeSummary(node, message, { now, isRetained }) {
    if (message === null) {
      this.#byNode.delete(node);
      return;
    }
    const entry = this.#entry(node);
    const summary = completed(message.data);
    entry.summary = summary;
    // The server's clock may be wrong: only a retained message's age has to be taken from it.
    const sentAt = Date.parse(message.timestamp) || null;
    if (!isRetained) {
      entry.at = now;
      entry.lag = sentAt === null ? 0 : now - sentAt;
    } else {
      entry.at = sentAt === null ? null : Math.min(sentAt + entry.lag, now);
    }
    if (summary.cpu_percent !== null) {
      entry.past.push(summary.cpu_percent);
      entry.past.splice(0, entry.past.length - MAX_PAST);
    }
  }

  takePresence(node, word) {
    if (word === "") {
      this.#byNode.delete(node);
    } else {
      this.#entry(node).isOnline = word === "online";
    }
  }

  takeServers(list) {
    this.#byInstance = new Map(list.map((server) => [server.instance, server]));
  }

  takeAlerts(list) {
    this.#alerts = new Map();
    this.loose = [];
    list.forEach((alert) => {
      if (this.#byInstance.has(alert.instance)) {
        this.#alerts.set(alert.instance, [...(this.#alerts.get(alert.instance) ?? []), alert]);
      } else {
        this.loose.push(alert);
      }
    });
  }

  takePast(lines) {
    this.#lines = lines;
  }

  forgetBroker() {
    this.#byNode.clear();
  }

  forgetPrometheus() {
    this.takeServers([]);
    this.takeAlerts([]);
    this.#lines = new Map();
  }

  /** All servers at the time *now*, unordered; an unchanged server is the same object as before. */
  rows(now) {
    const before = this.#made;
    const rows = this.#joined(now).map((row) => {
      const last = before.get(row.key);
      return last && FACTS.every((name) => last[name] === row[name]) ? last : row;
    });
    this.#made = new Map(rows.map((row) => [row.key, row]));
    return rows;
  }

  #joined(now) {
    const scraped = [...this.#byInstance.values()];
    const byId = new Map(scraped.filter(({ summary }) => summary.id).map((server) => [server.summary.id, server]));
    const joined = new Set();
    const rows = [...this.#byNode].map(([node, entry]) => {
      const other = byId.get(entry.summary?.id);
      joined.add(other?.instance);
      return this.#row(`mqtt:${node}`, node, entry, other, now);
    });
    const rest = scraped.filter(({ instance }) => !joined.has(instance));
    return [...rows, ...rest.map((server) => this.#row(`scrape:${server.instance}`, server.instance, null, server, now))];
  }

  #entry(node) {
    if (!this.#byNode.has(node)) {
      this.#byNode.set(node, { summary: null, at: null, lag: 0, isOnline: null, past: [] });
    }
    return this.#byNode.get(node);
  }

  #row(key, place, entry, scraped, now) {
    const site = entry?.summary?.site || scraped?.summary.site || "";
    const latest = entry?.summary ?? scraped?.summary ?? EMPTY;
    const summary = latest.site === site && "findings" in latest ? latest : { ...EMPTY, ...latest, site };
    const at = entry === null ? scraped.at : entry.at;
    const alerts = (scraped && this.#alerts.get(scraped.instance)) ?? NONE;
    // If there is a broker, its presence counts: a scrape may fail for its own reasons.
    const isOffline = entry === null ? !scraped.isOnline : entry.isOnline === false;
    const isSilent = at === null || now - at > SILENT_MS;
    const state = isOffline ? "offline" : isSilent ? "silent" : worst([summary.severity, ...alerts.map(({ severity }) => severity)]);
    const past = (scraped && this.#lines.get(scraped.instance)) || entry?.past || NONE;
    return { key, name: summary.name || place, summary, at, state, alerts, past };
  }
}

/**
 * Replace what *data* lacks, or has of another type: anybody who may write to the broker can send it, and one server's
 * message must not end the page of all. V8 copies a parsed object ten times slower than it parses it.
 */
function completed(data) {
  Object.keys(EMPTY).forEach((name) => {
    if (EMPTY[name] !== null && typeof data[name] !== typeof EMPTY[name]) {
      data[name] = EMPTY[name];
    }
  });
  data.id = typeof data.id === "string" ? data.id : null;
  data.findings = Array.isArray(data.findings) ? data.findings.filter(isFinding) : NONE;
  data.hottest = isNumber(data.hottest?.temperature) ? data.hottest : null;
  data.fullest = isNumber(data.fullest?.usage_percent) ? data.fullest : null;
  data.cpu_percent = isNumber(data.cpu_percent) ? data.cpu_percent : null;
  return data;
}

const isNumber = (value) => typeof value === "number";

const isFinding = (each) => typeof each?.subject === "string" && typeof each.text === "string";

function worst(severities) {
  return STATES.find((word) => severities.includes(word)) ?? "ok";
}

/** *rows* with each word of *wanted* in name, site, findings or alerts, or as their state. */
export function filtered(rows, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter((row) => words.every((word) => haystack(row).includes(word)));
}

function haystack({ name, state, summary, alerts }) {
  const findings = summary.findings.map(({ subject, text }) => `${subject} ${text}`);
  return [name, state, summary.site, summary.array_protection, summary.unraid_version, ...findings, ...alerts.map(({ alertname }) => alertname)].join(" ").toLowerCase();
}

/** *rows* by *sort*, a key of SORTS; equal ones by severity and name. */
export function ordered(rows, sort) {
  const keyed = rows.map((row) => ({ row, key: [...(SORTS[sort] ?? SORTS.state).by(row), row.name.toLowerCase()] }));
  return keyed.sort((one, other) => compared(one.key, other.key)).map(({ row }) => row);
}

function compared(one, other) {
  for (const [index, value] of one.entries()) {
    if (value !== other[index]) {
      return value < other[index] ? -1 : 1;
    }
  }
  return 0;
}

/** *rows* by site, `[site, rows]…`: the site that has the first row is first. */
export function grouped(rows) {
  const sites = new Map();
  rows.forEach((row) => {
    const members = sites.get(row.summary.site);
    if (members) {
      members.push(row);
    } else {
      sites.set(row.summary.site, [row]);
    }
  });
  return [...sites];
}

/** Count the rows in each state, the worst first; empty states are left out. */
export function counted(rows) {
  return STATES.map((state) => [state, rows.filter((row) => row.state === state).length]).filter(([, count]) => count > 0);
}

/** The age of a message from *at*, in words: "12 s", "3 min", "5 h", "2 d"; "–" without a message. */
export function ageOf(at, now) {
  if (at === null) {
    return "–";
  }
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  const [size, unit] = seconds < 60 ? [1, "s"] : seconds < 3600 ? [60, "min"] : seconds < 172_800 ? [3600, "h"] : [86_400, "d"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
