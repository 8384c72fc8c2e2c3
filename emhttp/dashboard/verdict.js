/** The verdict line: whether all is well, else each problem with a link to its place. The server judges. */

import { arrange, element, kept, setAttribute, setHidden, setText } from "./dom.js";
import { say } from "./say.js";
import { capitalised } from "./words.js";

const TONES = { __proto__: null, critical: "bad", warning: "warn", notice: "quiet" };
const MOST_SAID = 5;
/** Findings about a service, by subject: words of the text, as things may have the same name, and where more is shown. */
const SERVICES = {
  __proto__: null,
  docker: ["Docker", "/Docker"],
  vms: ["VM service", "/VMs"],
  ups: ["UPS service", "/Settings/UPSsettings"],
  log: ["/var/log", "#chart/memory"],
  notifications: ["unread alert", "#panel-notifications"],
};

/** Identity of *finding*: a changed finding is a different one. */
export const keyOf = ({ severity, subject, text }) => `${severity} ${subject} ${text}`;

/**
 * `{tone, text, findings, hidden, count}`: what to show of *summary*, whose *findings* are known as far as that; those in
 * *dismissed* are left out.
 */
export function verdictOf(summary, dismissed = [], known = summary.findings ?? []) {
  const all = known.filter(({ severity }) => severity in TONES);
  const findings = all.filter((finding) => !dismissed.includes(keyOf(finding)));
  const more = Math.max(0, (summary.findings ?? []).length + (summary.findings_more ?? 0) - known.length);
  const of = (severity) => findings.filter((finding) => finding.severity === severity).length;
  const [problems, warnings, notices] = [of("critical"), of("warning"), of("notice")];
  const parts = [
    [problems, "{n} problem", "{n} problems"],
    [warnings, "{n} warning", "{n} warnings"],
    [notices, "{n} notice", "{n} notices"],
    [more, "{n} more", "{n} more"],
  ].filter(([count]) => count > 0);
  // Without the array nothing proves that all is good.
  const isBlind = summary.array_status === "unknown";
  const text = [...parts.map(([count, one, many]) => say(count === 1 ? one : many, { n: count })), ...(isBlind ? [say("Array unknown")] : [])].join(", ");
  const tone = problems > 0 ? "bad" : warnings + more > 0 ? "warn" : notices > 0 || isBlind ? "quiet" : "good";
  return { tone, text: text === "" ? say("All good") : text, findings, hidden: all.length - findings.length, count: problems + warnings };
}

export class VerdictView {
  #text = element("strong");
  #note = element("span", { class: "uma-quiet" });
  #chips = element("ul");
  #more = element("button", { type: "button", class: "uma-link", "aria-expanded": "false" });
  #isWhole = false;
  #hidden = element("button", { type: "button", class: "uma-link" });
  #views = new Map();
  #findings = [];
  #options;
  element = element("section", { class: "uma-verdict", "aria-label": say("Verdict"), hidden: "" }, this.#text, this.#note, this.#chips, this.#more, this.#hidden);

  /**
   * *hrefOf* returns the place of a finding, *nameOf* the name of a subject; *onDismiss* gets a finding's key; *onRestore*
   * shows all again.
   */
  constructor({ hrefOf, nameOf, onDismiss, onRestore }) {
    this.#options = { hrefOf, nameOf, onDismiss };
    this.#hidden.addEventListener("click", onRestore);
    this.#more.addEventListener("click", () => {
      this.#isWhole = !this.#isWhole;
      this.#renderChips();
    });
  }

  /** Show *verdict*, with *note* while all is good. */
  render(verdict, note) {
    setHidden(this.element, verdict === null);
    if (verdict === null) {
      return;
    }
    setAttribute(this.element, "data-tone", verdict.tone);
    setText(this.#text, verdict.text);
    setText(this.#note, verdict.tone === "good" ? note : "");
    setText(this.#hidden, say("{n} hidden", { n: verdict.hidden }));
    setHidden(this.#hidden, verdict.hidden === 0);
    this.#findings = verdict.findings;
    this.#renderChips();
  }

  #renderChips() {
    const rest = this.#findings.length - MOST_SAID;
    const shown = this.#isWhole ? this.#findings : this.#findings.slice(0, MOST_SAID);
    setHidden(this.#more, rest <= 0);
    setText(this.#more, this.#isWhole ? say("Fewer") : say("{n} more", { n: rest }));
    setAttribute(this.#more, "aria-expanded", String(this.#isWhole));
    arrange(this.#chips, shown.map((finding) => this.#chip(finding)));
    const keys = shown.map(keyOf);
    [...this.#views.keys()].filter((key) => !keys.includes(key)).forEach((key) => this.#views.delete(key));
  }

  #chip(finding) {
    const key = keyOf(finding);
    const [name, text] = wordsOf(finding, this.#options.nameOf);
    const chip = kept(this.#views, key, () => {
      const link = element("a", {}, element("b"), ` ${text}`);
      const label = say("Hide until it changes: {subject}", { subject: finding.subject });
      const close = element("button", { type: "button", "aria-label": label, title: say("Hide until it changes"), text: "✕" });
      close.addEventListener("click", () => this.#options.onDismiss(key));
      return element("li", { "data-tone": TONES[finding.severity] }, link, close);
    });
    // A subject's name is unknown until its panel exists.
    setText(chip.firstElementChild.firstElementChild, name);
    setAttribute(chip.firstElementChild, "href", this.#options.hrefOf(finding));
    return chip;
  }
}

/** The subject and the text of *finding* for the user; a sentence, and a text that names the subject later, need no subject. */
export function wordsOf({ subject, text }, nameOf) {
  if (/^the /i.test(text) || serviceOf({ subject, text }) !== null) {
    return ["", capitalised(text)];
  }
  if (text.startsWith(`${subject} `) || text.startsWith(`${subject}:`)) {
    return [nameOf(subject), text.slice(subject.length + 1).trim()];
  }
  return text.includes(` ${subject} `) ? ["", capitalised(text)] : [nameOf(subject), text];
}

/** The address for a *finding* about a service: a path of the webGUI, or a hash of this page; null if it is about a thing. */
export function serviceOf({ subject, text }) {
  const [words = null, place = null] = SERVICES[subject] ?? [];
  return words !== null && text.includes(words) ? place : null;
}

/** The page's icon as a `data:` URL, with a dot of *tone* if there is a problem. */
export function faviconOf(tone) {
  const colour = { bad: "#d12d2d", warn: "#e5ad45" }[tone];
  const dot = colour ? `<circle cx="50" cy="14" r="13" fill="${colour}" stroke="#fff" stroke-width="3"/>` : "";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="15" fill="#f06529"/><path d="M10 35h10l6-17 11 30 7-20 3 7h7" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
