/** The tile on the webGUI's Dashboard: fills the frame that the page came with. */

import { displayFrom } from "../dashboard/display.js";
import { setAttribute, setText } from "../dashboard/dom.js";
import { Format } from "../dashboard/format.js";
import { Feed } from "./feed.js";
import { factsOf } from "./tile-facts.js";

const CHANNELS = "uma_stats,uma_storage";
const TICK = 1000;
/** The webGUI's own dots. Texts keep its text colour, which alone can be read in every theme. */
const ORBS = { good: "green-orb", busy: "blue-orb", warn: "yellow-orb", bad: "red-orb" };

class Tile {
  #root;
  #format;
  #intervals;
  #skew;
  #newest = {};

  constructor(root) {
    this.#root = root;
    this.#format = new Format(displayFrom(root.dataset.display));
    this.#intervals = JSON.parse(root.dataset.intervals);
    // The page is as old as its loading took, which is little beside an interval.
    this.#skew = Number(root.dataset.clock) - Date.now();
  }

  take(message) {
    const key = { stats: "stats", storage_status: "storage" }[message.type];
    if (key !== undefined) {
      this.#newest[key] = message;
      this.render();
    }
  }

  render() {
    const facts = factsOf(this.#newest, {
      now: Date.now() + this.#skew,
      intervals: this.#intervals,
      format: this.#format,
      daemon: this.#root.dataset.daemon,
    });
    this.#say("state", facts.state, true);
    this.#say("array", facts.array, facts.live.storage);
    this.#say("disks", facts.disks, facts.live.storage);
    this.#say("hottest", facts.hottest, facts.live.storage);
    this.#fill("cpu", facts.cpu, facts.live.stats);
    this.#fill("memory", facts.memory, facts.live.stats);
    const { operation } = facts;
    this.#part("operation-row").hidden = this.#part("progress-row").hidden = operation === null;
    if (operation !== null) {
      setText(this.#part("operation"), operation.name);
      setText(this.#part("rest"), operation.rest);
      this.#fill("percent", operation.bar, facts.live.storage);
    }
  }

  #part(name) {
    return this.#root.querySelector(`[data-uma="${name}"]`);
  }

  #say(name, { text, tone }, isLive) {
    const part = this.#part(name);
    const [orb, words] = part.children;
    const isShown = tone in ORBS;
    orb.hidden = !isShown;
    setAttribute(orb, "class", `fa fa-circle orb ${isShown ? ORBS[tone] : ""}`);
    setText(words, text);
    part.classList.toggle("uma-old", !isLive);
  }

  #fill(name, { text, percent }, isLive) {
    const [part, bar] = [this.#part(name), this.#part(`${name}-bar`)];
    setText(part, text);
    bar.style.width = `${Math.min(percent, 100)}%`;
    part.parentElement.classList.toggle("uma-old", !isLive);
  }
}

const root = document.getElementById("uma-tile");
if (root !== null) {
  const tile = new Tile(root);
  const world = {
    WebSocket,
    setTimeout: setTimeout.bind(window),
    clearTimeout: clearTimeout.bind(window),
    random: Math.random,
  };
  const feed = new Feed(`${location.origin.replace(/^http/, "ws")}/sub/${CHANNELS}`, world, (message) => tile.take(message));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && feed.wake());
  window.addEventListener("online", () => feed.wake());
  setInterval(() => document.visibilityState === "visible" && tile.render(), TICK);
  tile.render();
  feed.wake();
}
