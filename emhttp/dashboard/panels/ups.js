/** UPS: mains or battery, remaining time, and health. */

import { element } from "../dom.js";
import { renderFacts } from "../drawer.js";
import { formatDuration } from "../format.js";
import { say } from "../say.js";
import { wordOf } from "../words.js";

export default class UpsPanel {
  static title = "UPS";
  static rank = 50;
  #context;
  #data = null;
  #facts = element("dl");
  element = element("div", {}, this.#facts);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return (this.#data?.ups ?? []).length === 0;
  }

  render(data) {
    this.#data = data;
    renderFacts(this.#facts, data.ups.flatMap((ups) => this.#factsOf(ups, data.ups.length > 1)));
  }

  tiles() {
    const [ups] = this.#data?.ups ?? [];
    if (!ups) {
      return [];
    }
    const { format } = this.#context;
    const word = wordOf(ups.status);
    const runtime = isKnown(ups.runtime_seconds) ? formatDuration(ups.runtime_seconds) : "";
    return [
      {
        key: "ups",
        rank: 20,
        title: say("UPS"),
        href: `#ups/${encodeURIComponent(ups.id)}`,
        corner: ups.status === "online" ? "" : word.text,
        value: format.percent(ups.battery_percent, 0),
        note: runtime,
        tone: word.tone === "bad" || word.tone === "warn" ? word.tone : "quiet",
        share: ups.battery_percent ?? 0,
      },
    ];
  }

  items() {
    return (this.#data?.ups ?? []).map(({ id, name }) => ({ text: name || id, kind: say("UPS"), href: `#ups/${encodeURIComponent(id)}`, subject: id }));
  }

  detail(kind, id) {
    const ups = kind === "ups" && this.#data?.ups.find((each) => each.id === id);
    if (!ups) {
      return null;
    }
    const { format, unraid } = this.#context;
    const page = unraid("/Settings/UPSsettings");
    const more = [
      ["Model", ups.model],
      ["Input", volts(ups.input_volts, format)],
      ["Output", volts(ups.output_volts, format)],
      ["Battery voltage", volts(ups.battery_volts, format)],
      ["Frequency", isKnown(ups.frequency_hz) ? `${format.number(ups.frequency_hz, 1)}\u00a0Hz` : null],
      ["Temperature", isKnown(ups.temperature) ? format.temperature(ups.temperature) : null],
      ["Transfers to battery", isKnown(ups.transfers) ? format.number(ups.transfers) : null],
      ["Last transfer", ups.last_transfer_reason],
      ["Self-test", ups.self_test],
      ["Battery installed", ups.battery_date],
      ["Shuts down at", shutdown(ups, format)],
      ["Read", ups.read_at ? format.moment(ups.read_at, Date.now()) : null],
    ];
    const facts = more.filter(([, text]) => isKnown(text) && text !== "").map(([label, text]) => ({ label: say(label), text: String(text) }));
    return { title: ups.name || ups.id, word: wordOf(ups.status), links: page ? [{ text: say("Open in Unraid"), href: page }] : [], facts: [...this.#factsOf(ups, false), ...facts] };
  }

  #factsOf(ups, isOneOfMany) {
    const { format } = this.#context;
    const word = wordOf(ups.status);
    const since = ups.on_battery_since ? say("since {time}", { time: format.moment(ups.on_battery_since, Date.now()) }) : "";
    const watts = isKnown(ups.power_watts) ? `${ups.power_estimated ? "≈ " : ""}${format.number(ups.power_watts)}\u00a0W` : null;
    return [
      { label: isOneOfMany ? ups.name || ups.id : say("State"), text: word.text, tone: word.tone === "good" ? "quiet" : word.tone, note: since },
      { label: say("Battery"), text: format.percent(ups.battery_percent, 0), note: isKnown(ups.runtime_seconds) ? formatDuration(ups.runtime_seconds) : "" },
      { label: say("Load"), text: format.percent(ups.load_percent, 0), note: watts ?? "" },
    ];
  }
}

const isKnown = (value) => value !== null && value !== undefined;

const volts = (value, format) => (isKnown(value) ? `${format.number(value, 1)}\u00a0V` : null);

function shutdown({ shutdown_battery_percent: percent, shutdown_runtime_seconds: seconds }, format) {
  return [isKnown(percent) ? format.percent(percent, 0) : null, isKnown(seconds) ? formatDuration(seconds) : null].filter(Boolean).join(" · ");
}
