/** Devices in groups as a table; on a narrow page CSS makes each row a small card. */

import { arrange, element, fillBar, kept, setAttribute, setText } from "./dom.js";
import { temperatureState, usageState } from "./display.js";
import { UNKNOWN } from "./format.js";
import { diskName, toneOf, wordOf } from "./words.js";

const COLUMNS = {
  device: "Device",
  state: "State",
  temperature: "Temp.",
  usage: "Usage",
  free: "Free",
  errors: "Errors",
  health: "Health",
};

export class DeviceTable {
  #bodies = new Map();
  #rows = new Map();

  #format;

  /** *label* names the table to assistive technology. */
  constructor(label, format) {
    this.#format = format;
    // Roles are spelled out because a browser drops them where CSS lays a table out as something else.
    const heads = Object.entries(COLUMNS).map(([name, text]) => element("th", { role: "columnheader", class: `uma-${name}`, text }));
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
    this.element = element("table", { role: "table", "aria-label": label, hidden: "" }, head);
  }

  /** Show *groups*, `[title, devices]` each, without the empty ones. Returns whether any is left. */
  render(groups) {
    const shown = groups.filter(([, devices]) => devices.length > 0);
    const bodies = shown.map(([title, devices]) => {
      const body = kept(this.#bodies, title, () => groupBody(title));
      const rows = devices.map((device) => kept(this.#rows, `${title} ${device.name}`, () => new Row(this.#format)).render(device));
      arrange(body, [body.firstElementChild, ...rows]);
      return body;
    });
    arrange(this.element, [this.element.tHead, ...bodies]);
    this.element.hidden = shown.length === 0;
    return shown.length > 0;
  }
}

function groupBody(title) {
  const heading = element("th", { role: "rowheader", scope: "rowgroup", colspan: Object.keys(COLUMNS).length, text: title });
  return element("tbody", { role: "rowgroup" }, element("tr", { role: "row", class: "uma-group" }, heading));
}

class Row {
  #format;
  #name = element("b");
  #id = element("small");
  #bar = element("i", { class: "uma-bar", "aria-hidden": "true" });
  #percent = element("span");
  #texts = {};
  element = element("tr", { role: "row" });

  constructor(format) {
    this.#format = format;
    this.element.append(element("th", { role: "rowheader", scope: "row", class: "uma-device" }, this.#name, this.#id));
    for (const name of Object.keys(COLUMNS).slice(1)) {
      this.#texts[name] = element("span");
      this.element.append(element("td", { role: "cell", class: `uma-${name}` }, this.#texts[name]));
    }
    this.#texts.usage.parentNode.append(this.#percent, this.#bar);
  }

  /** Show *device*; the row. */
  render(device) {
    const { limits } = this.#format.display;
    const { temperature = null, usage_percent: percent = null, errors, health = "unknown" } = device;
    // The daemon knows each disk's own limits; an older one leaves it to the page.
    const { temperature_state: heat = temperatureState(temperature, device.rotational === false, limits) } = device;
    const { usage_state: fullness = usageState(percent, limits) } = device;
    const { state, temperature: degrees, usage, free, errors: count, health: smart } = this.#texts;
    const id = [(device.device_base ?? "").replace("/dev/", ""), device.id].filter(Boolean).join(" · ");
    setText(this.#name, diskName(device.name));
    setText(this.#id, id);
    setAttribute(this.#id, "title", id);

    const word = wordOf(device.status);
    setText(state, word.text, word.tone);
    setAttribute(this.element, "data-tone", word.tone);

    const isNotable = heat === "hot" || heat === "critical";
    setText(degrees, `${this.#format.temperature(temperature)}${isNotable ? ` ${heat}` : ""}`, toneOf(heat));

    const [size, used] = [device.size_bytes, device.used_bytes].map(this.#format.bytes);
    setText(usage, percent === null ? size : `${used} of ${size}`);
    setText(this.#percent, percent === null ? "" : this.#format.percent(percent, 0), toneOf(fullness));
    fillBar(this.#bar, percent, toneOf(fullness));
    setText(free, this.#format.bytes(device.free_bytes), "quiet");

    setText(count, errors ?? UNKNOWN, errors > 0 ? "bad" : "quiet");
    setText(smart, health === "unknown" ? UNKNOWN : wordOf(health).text, health === "failed" ? "bad" : "quiet");
    return this.element;
  }
}
