/** The array with its parity operation, the pools, and the devices beside them, each from a `storage_status`' data. */

import { DeviceTable } from "./device-table.js";
import { element, fillBar, kept, setAttribute, setText } from "./dom.js";
import { formatCount, formatDuration } from "./format.js";
import { diskName, lastParity, protectionWord, wordOf } from "./words.js";

export class ArrayView {
  #state = element("span", { class: "uma-badge" });
  #protection = element("span", { class: "uma-badge" });
  #capacity = element("p");
  #bar = element("i", { class: "uma-bar", "aria-hidden": "true", hidden: "" });
  #format;
  #parity;
  #table;
  aside = element("span", { hidden: "" }, this.#state, this.#protection);

  constructor(format) {
    this.#format = format;
    this.#parity = new ParityView(format);
    this.#table = new DeviceTable("Array devices", format);
    const capacity = element("div", {}, this.#capacity, this.#bar);
    const summary = element("div", { class: "uma-summary" }, capacity, this.#parity.element);
    this.element = element("div", { class: "uma-card" }, summary, this.#table.element);
  }

  render({ array_status: status, array_protection: protection, disks, parity_disks: parityDisks, parity_check: check }) {
    this.aside.hidden = false;
    const [state, guard] = [wordOf(status), protectionWord(protection)];
    setText(this.#state, state.text, state.tone);
    setText(this.#protection, guard.text, guard.tone);
    this.#renderCapacity(disks);
    this.#parity.render(check);
    this.#table.render([["Parity", parityDisks], ["Data", disks]]);
  }

  #renderCapacity(disks) {
    const [used, free, size] = ["used_bytes", "free_bytes", "size_bytes"].map((key) =>
      disks.reduce((sum, disk) => sum + (disk[key] ?? 0), 0),
    );
    const { bytes } = this.#format;
    const isKnown = used + free > 0;
    const filled = `${bytes(used)} of ${bytes(used + free)} used, ${bytes(free)} free`;
    const raw = `${bytes(size)} on ${formatCount(disks.length, "data disk")}`;
    setText(this.#capacity, isKnown ? filled : disks.length > 0 ? raw : "No data disks");
    fillBar(this.#bar, isKnown ? (100 * used) / (used + free) : null, "good");
  }
}

/** A parity operation and its progress, or how the last one ended. */
class ParityView {
  #title = element("b");
  #detail = element("span");
  #errors = element("span");
  #bar = element("div", { class: "uma-bar", role: "progressbar", hidden: "" });
  #format;
  element = element("div", {}, element("p", {}, this.#title, this.#detail, this.#errors), this.#bar);

  constructor(format) {
    this.#format = format;
  }

  render(check) {
    const isIdle = check.status === "idle";
    const action = wordOf(check.action).text;
    const last = lastParity(check, this.#format);
    setText(this.#title, isIdle ? "" : `${action}${check.status === "paused" ? ", paused" : ""} `);
    setText(this.#detail, isIdle ? last.text : `${progress(check, this.#format)} · `, isIdle ? last.tone : "quiet");
    setText(this.#errors, isIdle ? "" : formatCount(check.errors, "error"), check.errors > 0 ? "bad" : "quiet");
    fillBar(this.#bar, isIdle ? null : check.percent, check.status === "paused" ? "warn" : "busy");
    setAttribute(this.#bar, "aria-label", action);
    setAttribute(this.#bar, "aria-valuenow", Math.floor(check.percent ?? 0));
  }
}

export class PoolsView {
  #table;
  isEmpty = true;

  constructor(format) {
    this.#table = new DeviceTable("Pool devices", format);
    this.element = element("div", { class: "uma-card" }, this.#table.element);
  }

  render({ cache_disks: disks }) {
    const pools = new Map();
    disks.forEach((disk) => kept(pools, disk.pool, () => []).push(disk));
    const groups = [...pools].map(([pool, members]) => [`${diskName(pool)}, ${formatCount(members.length, "device")}`, members]);
    this.isEmpty = !this.#table.render(groups);
  }
}

export class OthersView {
  #table;
  isEmpty = true;

  constructor(format) {
    this.#table = new DeviceTable("Boot and unassigned devices", format);
    this.element = element("div", { class: "uma-card" }, this.#table.element);
  }

  render({ boot, unassigned }) {
    this.isEmpty = !this.#table.render([["Boot", boot ? [boot] : []], ["Unassigned", unassigned]]);
  }
}

function progress({ percent, speed_bytes_per_sec: speed, eta_seconds: left }, format) {
  const parts = [format.percent(percent), speed && format.byteRate(speed), left && `${formatDuration(left)} left`];
  return parts.filter(Boolean).join(" · ");
}
