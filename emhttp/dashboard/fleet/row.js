/** One server as a row. */

import { element, fillBar, setAttribute, setText } from "../dom.js";
import { Sparkline } from "../sparkline.js";
import { wordOf } from "../words.js";
import { ageOf } from "./servers.js";

const WORDS = { critical: "Critical", offline: "Offline", silent: "No news", warning: "Warning", notice: "Notice", ok: "All good" };
/** States of an array that name the operation. */
const IMPLIED = ["rebuilding", "syncing", "clearing"];

export class Row {
  #name = element("a", { class: "fleet-name", target: "_blank", rel: "noopener noreferrer" });
  #cells = null;
  #outlined = null;
  #drawn = null;
  element = element("li", { class: "fleet-row" }, this.#name);

  /** Show only the name, so that the browser's search finds it; `show` or `reveal` adds the rest. */
  outline(row) {
    if (row === this.#outlined) {
      return;
    }
    this.#outlined = row;
    setText(this.#name, row.name);
    // Long names are cut, and servers of one owner begin alike.
    setAttribute(this.#name, "title", row.name);
    setAttribute(this.element, "data-state", row.state);
  }

  /** Show all of *row*. Unchanged parts are not written again, except for the age. */
  show(row, now) {
    if (row !== this.#drawn) {
      this.#draw(row);
    }
    setText(this.#cells.age, ageOf(row.at, now));
  }

  /** Show all of an outlined row. */
  reveal(now) {
    if (this.#outlined !== null) {
      this.show(this.#outlined, now);
    }
  }

  #draw(row) {
    this.#drawn = row;
    this.#cells ??= this.#build();
    this.outline(row);
    const { summary } = row;
    setAttribute(this.#name, "href", safeAddress(summary.webgui_url));
    const cells = this.#cells;
    const news = newsOf(row);
    setText(cells.news, news);
    setAttribute(cells.news, "title", [...summary.findings.map(({ subject, text }) => `${subject}: ${text}`), ...row.alerts.map(({ alertname }) => alertname)].join("\n") || null);
    setText(cells.array, arrayWords(summary));
    setAttribute(cells.array, "title", cells.array.textContent);
    setText(cells.disks, disksWords(summary.disks));
    setText(cells.hottest, summary.hottest ? `${Math.round(summary.hottest.temperature)} °C` : "–");
    setAttribute(cells.hottest, "title", summary.hottest?.name || null);
    setText(cells.usage, percent(summary.fullest?.usage_percent));
    setAttribute(cells.usage, "title", summary.fullest?.name || null);
    fillBar(cells.bar, summary.fullest?.usage_percent ?? null, "quiet");
    setText(cells.cpu, percent(summary.cpu_percent));
    setText(cells.memory, percent(summary.memory_percent));
    cells.line.draw(row.past, { bottom: 0, top: 100 });
    setText(cells.containers, summary.containers ? `${summary.containers.running} up` : "–");
  }

  #build() {
    const cell = (name, label) => element("span", { class: `fleet-${name}`, "data-label": label });
    const bar = element("span", { class: "fleet-bar", "aria-hidden": "true" });
    const line = new Sparkline();
    const cells = { news: cell("news", "State"), array: cell("array", "Array"), disks: cell("disks", "Disks"), hottest: cell("hottest", "Hottest"), usage: cell("usage", "Fullest"), cpu: cell("cpu", "CPU"), memory: cell("memory", "Memory"), containers: cell("containers", "Containers"), age: cell("age", "Age") };
    const full = element("span", { class: "fleet-full" }, bar, cells.usage);
    const busy = element("span", { class: "fleet-busy" }, line.element, cells.cpu);
    this.element.append(cells.news, cells.array, cells.disks, cells.hottest, full, busy, cells.memory, cells.containers, cells.age);
    return { ...cells, bar, line };
  }
}

/** *address* if it is safe as a link: a broker's text must not run as a script. */
export function safeAddress(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}

/** The worst problem of *row* in words, and the number of others. */
export function newsOf({ state, summary, alerts }) {
  const texts = [
    ...(state === "offline" || state === "silent" ? [WORDS[state]] : []),
    ...summary.findings.map(({ subject, text }) => (text.toLowerCase().includes(subject.toLowerCase()) ? text : `${subject}: ${text}`)),
    ...alerts.map(({ alertname, disk, source }) => [alertname, disk ?? source].filter(Boolean).join(" ")),
  ];
  const more = Math.max(0, texts.length - 1) + (summary.findings_more ?? 0);
  if (texts.length === 0) {
    return more > 0 ? `${WORDS[state]}, ${more} ${more === 1 ? "finding" : "findings"}` : WORDS[state];
  }
  return more > 0 ? `${texts[0]} · ${more} more` : texts[0];
}

/** The array's state, and the parity operation under way. */
export function arrayWords({ array_status: status, array_protection: protection, parity_percent: progress, parity_action: action }) {
  const word = status && status !== "started" ? status : (protection ?? "–");
  // A rebuilding array runs a rebuild; an older daemon does not name the operation.
  const operation = action && !IMPLIED.includes(word) ? `${wordOf(action).text.toLowerCase()} ` : "";
  return typeof progress === "number" ? `${word}, ${operation}${Math.round(progress)} %` : word;
}

function disksWords(disks) {
  if (!disks) {
    return "–";
  }
  const parts = [[disks.failed, "failed"], [disks.missing, "missing"], [disks.hot, "hot"]];
  return [disks.total, ...parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)].join(", ");
}

const percent = (value) => (typeof value === "number" ? `${Math.round(value)} %` : "–");
