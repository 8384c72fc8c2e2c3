/** Reads the fleet from the Prometheus HTTP API, which VictoriaMetrics, Thanos and Mimir speak too. */

const PERIOD_MS = 15_000;
const MAX_PAUSE_MS = 120_000;
const ANSWER_MS = 10_000;
/** Rounds between two queries for names and lines. */
const SELDOM = 8;
const PAST_SECONDS = 3600;
const STEP_SECONDS = 120;

const GAUGES = {
  uma_disks: "disks",
  uma_disks_problem: "problems",
  uma_disks_hot: "hot",
  uma_disk_temperature_max_celsius: "temperature",
  uma_disk_usage_max_ratio: "usage",
  uma_cpu_usage_ratio: "cpu",
  uma_memory_used_bytes: "memoryUsed",
  uma_memory_size_bytes: "memorySize",
  uma_unread_alerts: "unread",
  uma_ups_on_battery: "battery",
};

export class PrometheusReader {
  #settings;
  #handlers;
  #world;
  #timer = null;
  #isStopped = false;
  #round = 0;
  #failures = 0;
  #infos = new Map();

  /** *settings*: `{address, user, password, job}`; *handlers*: `onServers(list)`, `onAlerts(list)`, `onPast(map)`, `onState(word, detail)`. */
  constructor(settings, handlers, world) {
    [this.#settings, this.#handlers, this.#world] = [settings, handlers, world];
  }

  start() {
    this.#handlers.onState("connecting", this.#settings.address);
    this.#run();
  }

  stop() {
    this.#isStopped = true;
    this.#world.clearTimeout(this.#timer);
  }

  async #run() {
    try {
      await this.#read();
      this.#failures = 0;
      this.#say("open", this.#settings.address);
    } catch (error) {
      this.#failures += 1;
      this.#say("failed", `${this.#settings.address}: ${error.name === "TypeError" ? "can't be reached, or it doesn't allow this page (CORS)" : error.message}`);
    }
    if (!this.#isStopped) {
      this.#timer = this.#world.setTimeout(() => this.#run(), Math.min(MAX_PAUSE_MS, PERIOD_MS * 2 ** Math.min(this.#failures, 4)));
    }
  }

  async #read() {
    const job = `job=${JSON.stringify(this.#settings.job)}`;
    const isSeldom = this.#round % SELDOM === 0 || this.#failures > 0;
    if (isSeldom) {
      const infos = await this.#query(`last_over_time(uma_server_info{${job}}[1h])`);
      this.#infos = new Map(infos.map(({ metric }) => [metric.instance, metric]));
    }
    const [values, words, up, at, alerts] = await Promise.all([
      this.#query(`{__name__=~"${Object.keys(GAUGES).join("|")}|uma_findings",${job}}`),
      this.#query(`uma_array_protection{${job}} == 1`),
      this.#query(`up{${job}}`),
      this.#query(`timestamp(up{${job}})`),
      this.#query(`ALERTS{alertstate="firing"}`),
    ]);
    if (this.#isStopped) {
      return;
    }
    this.#handlers.onServers(serversFrom({ infos: this.#infos, values, words, up, at }));
    this.#handlers.onAlerts(alerts.map(({ metric }) => metric));
    if (isSeldom) {
      const end = Math.floor(this.#world.now() / 1000);
      const range = { start: end - PAST_SECONDS, end, step: STEP_SECONDS };
      const lines = await this.#get("query_range", { query: `uma_cpu_usage_ratio{${job}}`, ...range });
      this.#handlers.onPast(pastFrom(lines, range));
    }
    this.#round += 1;
  }

  #query(query) {
    return this.#get("query", { query });
  }

  async #get(path, parameters) {
    const { address, user, password } = this.#settings;
    const url = `${address.replace(/\/$/, "")}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const headers = user ? { Authorization: `Basic ${base64(`${user}:${password}`)}` } : {};
    const answer = await this.#world.fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS), credentials: "omit" });
    if (answer.status === 401 || answer.status === 403) {
      throw new Error("wrong user or password");
    }
    const body = await answer.json().catch(() => null);
    if (!Array.isArray(body?.data?.result)) {
      throw new Error(body?.error ?? `HTTP ${answer.status}, not the Prometheus API`);
    }
    return body.data.result;
  }

  #say(word, detail) {
    if (!this.#isStopped) {
      this.#handlers.onState(word, detail);
    }
  }
}

/** Servers from the results of queries, in a summary's form as far as Prometheus knows it. */
export function serversFrom({ infos, values, words, up, at }) {
  const figures = new Map();
  const of = (instance) => figures.get(instance) ?? figures.set(instance, { findings: {} }).get(instance);
  values.forEach(({ metric, value }) => {
    if (metric.__name__ === "uma_findings") {
      of(metric.instance).findings[metric.severity] = Number(value[1]);
    } else if (GAUGES[metric.__name__]) {
      of(metric.instance)[GAUGES[metric.__name__]] = Number(value[1]);
    }
  });
  words.forEach(({ metric }) => {
    of(metric.instance).protection = metric.protection;
  });
  const times = new Map(at.map(({ metric, value }) => [metric.instance, Number(value[1]) * 1000]));
  return up.map(({ metric, value }) => {
    const info = infos.get(metric.instance) ?? {};
    const figure = figures.get(metric.instance) ?? { findings: {} };
    return {
      instance: metric.instance,
      isOnline: value[1] === "1",
      at: times.get(metric.instance) ?? null,
      summary: summaryFrom(metric, info, figure),
    };
  });
}

function summaryFrom(target, info, figure) {
  const severity = ["critical", "warning", "notice"].find((word) => figure.findings[word] > 0) ?? "ok";
  const percent = (ratio) => (ratio === undefined ? null : ratio * 100);
  const count = Object.values(figure.findings).reduce((sum, each) => sum + each, 0);
  return {
    id: info.id || null,
    name: info.name || target.instance,
    // A label of the scrape renames UMA's to exported_site.
    site: target.site || info.exported_site || info.site || "",
    unraid_version: info.unraid_version || null,
    webgui_url: null,
    severity,
    findings: [],
    findings_more: count,
    array_protection: figure.protection ?? null,
    array_status: null,
    parity_percent: null,
    disks: figure.disks === undefined ? null : { total: figure.disks, hot: figure.hot ?? 0, failed: figure.problems ?? 0, missing: 0 },
    hottest: figure.temperature === undefined ? null : { name: "", temperature: figure.temperature },
    fullest: figure.usage === undefined ? null : { name: "", usage_percent: percent(figure.usage) },
    cpu_percent: percent(figure.cpu),
    memory_percent: figure.memorySize ? (100 * figure.memoryUsed) / figure.memorySize : null,
    ups_on_battery: figure.battery === undefined ? null : figure.battery === 1,
    containers: null,
    unread_alerts: figure.unread ?? null,
  };
}

/** Lines by instance: percent at each step of *range*, null in gaps. */
export function pastFrom(lines, { start, end, step }) {
  const length = Math.floor((end - start) / step) + 1;
  return new Map(
    lines.map(({ metric, values }) => {
      const line = new Array(length).fill(null);
      values.forEach(([moment, value]) => {
        line[Math.round((moment - start) / step)] = Number(value) * 100;
      });
      return [metric.instance, line];
    }),
  );
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
