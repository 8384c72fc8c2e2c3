/** Containers: state, load, ports and history of each. */

import { element, setHidden, setText } from "../dom.js";
import { Fold } from "../fold.js";
import { formatDuration, UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { means } from "../sparkline.js";
import { wordOf } from "../words.js";

const NONE = [];
const SPARK_POINTS = 20;
/** Minimum full height of a row's line in percent of CPU, so that idle containers are flat. */
const MIN_SPARK = 5;
const CLEAN_EXITS = [130, 137, 143];
const SORTS = { cpu: "CPU", memory: "Memory", name: "Name" };

export default class ContainersPanel {
  static title = "Containers";
  static rank = 20;
  #context;
  #data = null;
  #running = element("span", { class: "uma-badge", "data-tone": "quiet" });
  #trouble = element("span", { "data-tone": "bad" });
  #sort = element("select", { "aria-label": say("Sort containers by") });
  #rows = new Rows({ label: say("Containers"), heads: ["Name", "CPU history", "CPU", "Memory", "State"].map((head) => say(head)), kind: "containers" });
  #fold = new Fold(() => this.#show());
  #why = element("p", { class: "uma-quiet uma-alone" });
  aside = element("span", { class: "uma-aside" }, this.#running, this.#trouble);
  controls = element("label", { class: "uma-sort" }, this.#sort);
  element = element("div", {}, this.#why, this.#rows.element, this.#fold.element);

  constructor(context) {
    this.#context = context;
    this.#sort.append(...Object.entries(SORTS).map(([value, text]) => element("option", { value, text: say(text) })));
    this.#sort.value = context.prefs.get("sort").containers ?? "cpu";
    this.#sort.addEventListener("change", () => {
      context.prefs.set("sort", { ...context.prefs.get("sort"), containers: this.#sort.value });
      this.#show();
    });
  }

  get isEmpty() {
    return this.#data === null || this.#data.service === "absent" || this.#data.service === "disabled";
  }

  render(data) {
    this.#data = data;
    this.#show();
  }

  items() {
    return (this.#data?.containers ?? []).map(({ name }) => ({ text: name, kind: say("Container"), href: hrefOf(name), subject: name }));
  }

  detail(kind, id) {
    const container = kind === "container" && this.#data?.containers.find(({ name }) => name === id);
    if (!container) {
      return null;
    }
    // Its own events may be older than the kept events of all containers.
    this.#context.store.readAllEvents();
    return this.#detail(container);
  }

  #show() {
    const { service, containers } = this.#data;
    const running = containers.filter(({ state }) => state === "running").length;
    const unhealthy = containers.filter(({ health }) => health === "unhealthy").length;
    setText(this.#running, say("{n} up", { n: running }));
    setHidden(this.#running, containers.length === 0);
    setHidden(this.controls, containers.length < 2);
    setText(this.#trouble, unhealthy > 0 ? say("{n} unhealthy", { n: unhealthy }) : "");
    const isStopped = service === "stopped";
    setText(this.#why, isStopped ? say("Docker is stopped. Settings → Docker.") : say("No containers."));
    setHidden(this.#why, containers.length > 0 && !isStopped);
    const sorted = [...containers].sort((a, b) => this.#order(a, b));
    this.#rows.render([{ key: "all", rows: this.#fold.cut(sorted).map((each) => this.#row(each)) }]);
  }

  /** True if the panel itself says that Docker is stopped. */
  get saysWhy() {
    return this.#data?.service === "stopped";
  }

  /** Containers with problems come first in any order. */
  #order(a, b) {
    const keys = { cpu: (each) => -(each.cpu_percent ?? -1), memory: (each) => -(each.memory_used_bytes ?? -1), name: () => 0 };
    const key = keys[this.#sort.value] ?? keys.name;
    const gravity = (each) => (toneOf(each) === "bad" ? 0 : each.state === "running" ? 1 : 2);
    return gravity(a) - gravity(b) || key(a) - key(b) || a.name.localeCompare(b.name);
  }

  #row(container) {
    const { format, store } = this.#context;
    const { name, state, health, cpu_percent: cpu, memory_used_bytes: memory } = container;
    const tone = toneOf(container);
    const isRunning = state === "running";
    const word = health === "unhealthy" ? wordOf(health) : wordOf(state);
    const past = isRunning ? means(store.recent.of("container", name), SPARK_POINTS) : NONE;
    const isWell = isRunning && health !== "unhealthy";
    return {
      key: name,
      name,
      title: container.image,
      href: hrefOf(name),
      tone: tone === "bad" ? "bad" : "quiet",
      dot: isRunning ? tone : tone === "quiet" ? "hollow" : tone,
      cells: [
        { name: "spark", spark: past, bottom: 0, top: Math.max(MIN_SPARK, ...past) },
        { name: "cpu", text: format.percent(cpu, cpu >= 9.95 ? 0 : 1), isHidden: !isWell },
        { name: "memory", text: format.memory(memory), isHidden: !isWell },
        { name: "state", text: word.text, tone, title: isRunning ? format.percent(cpu) : null, isHidden: isWell },
      ],
    };
  }

  #detail(container) {
    const { format, unraid, entries } = this.#context;
    const { name, state, health, ports = [], network, webui } = container;
    const fact = (label, text, note = "", tone = "quiet") => ({ label: say(label), text: text ?? UNKNOWN, note, tone });
    const since = container.started_at && state === "running" ? [fact("Up", formatDuration((Date.now() - Date.parse(container.started_at)) / 1000))] : [];
    const limit = container.memory_limit_bytes ? say("of {total}", { total: format.memory(container.memory_limit_bytes) }) : "";
    const facts = [
      fact("Image", container.image),
      ...since,
      ...(state === "running" ? [] : [fact("Exit code", container.exit_code === null ? UNKNOWN : String(container.exit_code))]),
      fact("CPU", format.percent(container.cpu_percent), container.cpu_cores_used === null || container.cpu_cores_used === undefined ? "" : say("{n} cores", { n: format.number(container.cpu_cores_used, 2) })),
      fact("Memory", format.memory(container.memory_used_bytes), limit),
      fact("Processes", container.pids === null || container.pids === undefined ? UNKNOWN : format.number(container.pids)),
      ...(container.restart_count > 0 ? [fact("Restarts", format.number(container.restart_count))] : []),
      ...(container.oom_kills > 0 ? [fact("Killed for lack of memory", format.number(container.oom_kills), "", "bad")] : []),
      fact("Network", container.network_mode, container.network_shared_with ? say("shared with {name}", { name: container.network_shared_with }) : ""),
      ...(network ? [fact("Received", format.bitRate(network.bytes_recv_per_sec)), fact("Sent", format.bitRate(network.bytes_sent_per_sec))] : []),
      ...ports.map(({ host_ip: ip, host_port: port, container_port: inside, protocol }) => fact("Port", port ? `${ip && ip !== "0.0.0.0" && ip !== "::" ? `${ip}:` : ""}${port} → ${inside}/${protocol}` : `${inside}/${protocol}`)),
      ...(container.compose_project ? [fact("Compose project", container.compose_project)] : []),
      fact("Autostart", container.autostart ? say("Yes") : say("No")),
      fact("Update", wordOf(container.update ?? "unknown").text, container.update_checked_at ? format.shortMoment(container.update_checked_at, Date.now()) : ""),
    ];
    const page = unraid("/Docker");
    const links = [...(isWebAddress(webui) ? [{ text: say("Open its page"), href: webui }] : []), ...(page ? [{ text: say("Open in Unraid"), href: page }] : [])];
    const own = entries().filter((entry) => entry.kind === "container" && entry.subject === name).slice(0, 20);
    const rows = own.map((entry) => ({ key: entry.key, name: entry.text, tone: "quiet", dot: entry.tone, cells: [{ text: entry.note }, { text: format.moment(entry.at, Date.now()) }] }));
    return {
      title: name,
      word: health === "unhealthy" ? wordOf(health) : { ...wordOf(state), tone: toneOf(container) },
      links,
      facts,
      lists: [{ key: "events", title: say("Events"), heads: [say("Event"), say("Details"), say("Time")], groups: [{ key: "all", rows }] }],
    };
  }
}

function toneOf({ state, health, stopped, exit_code: exit }) {
  if (health === "unhealthy" || state === "dead" || state === "restarting") {
    return "bad";
  }
  // A container that was stopped on purpose ends with the signal's number.
  return state === "exited" && !stopped && exit > 0 && !CLEAN_EXITS.includes(exit) ? "warn" : "quiet";
}

const hrefOf = (name) => `#container/${encodeURIComponent(name)}`;

/** A template's text may be anything: only an address that a browser opens as a page becomes a link. */
const isWebAddress = (text) => typeof text === "string" && /^https?:\/\//i.test(text);
