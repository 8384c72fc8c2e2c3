/** The tile on the webGUI's Dashboard: fills the frame that came with the page. */

import { displayFrom } from "../dashboard/display.js";
import { setAttribute, setText } from "../dashboard/dom.js";
import { Format } from "../dashboard/format.js";
import { learn } from "../dashboard/say.js";
import { Sparkline } from "../dashboard/sparkline.js";
import { Feed } from "./feed.js";
import { factsOf } from "./tile-facts.js";

/** The summary, and the samples as a sign of life. */
const CHANNELS = "uma_server_summary,uma_stats";
const KEYS = { server_summary: "summary", stats: "stats" };
const TICK = 1000;
const HISTORY = "/plugins/uma/include/relay.php?path=storage/history";
const POINTS = 48;
/** The webGUI's own dots. Texts keep its text colour, which alone is legible in every theme. */
const ORBS = { good: "green-orb", busy: "blue-orb", warn: "yellow-orb", bad: "red-orb" };

class Tile {
  #root;
  #format;
  #intervals;
  #skew;
  #madeAt;
  #newest = {};
  #spark = new Sparkline();
  #sparked = "";

  constructor(root) {
    learn(root.dataset.words ?? null);
    this.#root = root;
    this.#format = new Format(displayFrom(root.dataset.display));
    this.#intervals = JSON.parse(root.dataset.intervals);
    // The page is as old as its loading time, which is short compared with an interval.
    this.#madeAt = Number(root.dataset.clock);
    this.#skew = this.#madeAt - Date.now();
    this.#part("spark").append(this.#spark.element);
  }

  take(message) {
    const key = KEYS[message.type];
    if (key !== undefined) {
      this.#newest[key] = message;
      this.render();
    }
  }

  render() {
    const facts = factsOf(this.#newest, {
      now: Date.now() + this.#skew,
      madeAt: this.#madeAt,
      intervals: this.#intervals,
      format: this.#format,
      daemon: this.#root.dataset.daemon,
    });
    this.#root.classList.toggle("uma-old", !facts.isLive);
    this.#say("state", facts.state, facts.isLive);
    for (const name of ["array", "hottest", "containers"]) {
      this.#say(name, facts[name] ?? { text: "", tone: "quiet" }, facts.isLive);
    }
    this.#part("containers-row").hidden = facts.containers === null;
    this.#part("stopped-row").hidden = !facts.isStopped;
    facts.findings.forEach((finding, index) => this.#sayFinding(index, finding, facts.isLive));
    this.#root.querySelectorAll("[data-finding]").forEach((row, index) => row.toggleAttribute("hidden", index >= facts.findings.length));
    const { operation } = facts;
    this.#part("operation-row").hidden = this.#part("progress-row").hidden = operation === null;
    if (operation !== null) {
      setText(this.#part("operation"), operation.name);
      setText(this.#part("rest"), operation.rest);
      setText(this.#part("percent"), operation.bar.text);
      this.#part("percent-bar").style.width = `${Math.min(operation.bar.percent, 100)}%`;
    }
    this.#drawHottest();
  }

  #part(name) {
    return this.#root.querySelector(`[data-uma="${name}"]`);
  }

  #say(name, { text, tone }, isLive) {
    const [orb, words] = this.#part(name).children;
    setOrb(orb, tone, isLive);
    setText(words, text);
  }

  #sayFinding(index, { subject, text, tone, href }, isLive) {
    const row = this.#root.querySelectorAll("[data-finding]")[index];
    const [orb, link] = row.querySelectorAll("i, a");
    setOrb(orb, tone, isLive);
    setText(link.firstElementChild, subject);
    setText(link.lastElementChild, text);
    setAttribute(link, "href", href);
  }

  /** The last day of the hottest disk, requested once per disk: the line is a hint, the number is live. */
  async #drawHottest() {
    const name = this.#newest.summary?.data.hottest?.name;
    if (name && this.#sparked !== name) {
      this.#sparked = name;
      const body = await fetch(HISTORY).then((answer) => (answer.ok ? answer.json() : null), () => null);
      const values = body?.temperature?.[name] ?? [];
      this.#spark.draw(values.slice(-6 * POINTS), { least: 16 });
    }
  }
}

/** Stale data, and a good state, has no dot. */
function setOrb(orb, tone, isLive) {
  orb.hidden = !isLive || !(tone in ORBS);
  setAttribute(orb, "class", `fa fa-circle orb ${ORBS[tone] ?? ""}`);
}

const root = document.getElementById("uma-tile");
if (root !== null) {
  const tile = new Tile(root);
  const world = {
    WebSocket,
    setTimeout: (callback, delay) => window.setTimeout(callback, delay),
    clearTimeout: (timer) => window.clearTimeout(timer),
    random: Math.random,
  };
  const feed = new Feed(`${location.origin.replace(/^http/, "ws")}/sub/${CHANNELS}`, world, (message) => tile.take(message));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && feed.wake());
  window.addEventListener("online", () => feed.wake());
  setInterval(() => document.visibilityState === "visible" && tile.render(), TICK);
  tile.render();
  feed.wake();
}
