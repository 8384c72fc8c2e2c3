/** Texts of the tile, a traffic light, from the newest summary and its age. The server judges. No DOM. */

import { UNKNOWN } from "../dashboard/format.js";
import { say } from "../dashboard/say.js";
import { verdictOf, wordsOf } from "../dashboard/verdict.js";
import { diskName, protectionWord, wordOf } from "../dashboard/words.js";

const SILENT_INTERVALS = 3;
const SLACK = 5;
/** Maximum age in ms of a sample that nginx has kept while the daemon lives. */
const MAX_BUFFERED = 60_000;
const SHOWN = 3;
const TONES = { __proto__: null, critical: "bad", warning: "warn", notice: "quiet" };
const WAITING = { running: "Connecting…", silent: "Live updates are off", stopped: "Stopped" };
const NUMBERED = /^(disk|parity|cache)\d*$/;

/**
 * The tile's texts, each `{text, tone}`, `findings`, at most three of them, a bar in percent, and `isLive`: what is not of
 * now has no colour.
 *
 * *newest* holds `summary` and `stats`, a message each or undefined: either shows that the daemon lives. *now* and *madeAt*,
 * when the page was made, are Unix ms by the server's clock, *intervals* the seconds between messages, *format* is a Format.
 * *daemon* is its state when the page was made: running, silent (live updates are off in the settings) or
 * stopped.
 */
export function factsOf(newest, { now, madeAt, intervals, format, daemon }) {
  const isStopped = daemon === "stopped" && !(newestAt(newest) > madeAt);
  // Samples that came with the page or later prove life; one that a channel kept from an earlier day does not.
  const beat = newest.stats && Date.parse(newest.stats.timestamp) > madeAt - MAX_BUFFERED ? "stats" : "summary";
  const isLive = !isStopped && ageOf(newest[beat], now) <= (SILENT_INTERVALS * intervals[beat] + SLACK) * 1000;
  const summary = newest.summary?.data;
  const verdict = summary ? verdictOf(summary) : null;
  return {
    isLive,
    isStopped,
    state: stateOf(newest, { verdict, isLive, isStopped, daemon, format }),
    findings: (verdict?.findings ?? []).slice(0, SHOWN).map((finding) => findingFact(finding)),
    array: arrayFact(summary),
    operation: operationFact(summary, format),
    hottest: hottestFact(summary, format),
    containers: containersFact(summary),
  };
}

function stateOf(newest, { verdict, isLive, isStopped, daemon, format }) {
  if (isStopped) {
    return { text: say(WAITING.stopped), tone: "quiet" };
  }
  const at = newestAt(newest);
  if (at === null) {
    return { text: say(WAITING[daemon]), tone: "quiet" };
  }
  if (!isLive) {
    return { text: say("Nothing new since {time}", { time: format.clock(at) }), tone: "quiet" };
  }
  return verdict === null ? { text: say("Live"), tone: "quiet" } : { text: verdict.text, tone: verdict.tone };
}

function findingFact(finding) {
  const name = (subject) => (NUMBERED.test(subject) ? diskName(subject) : subject);
  const [subject, text] = wordsOf(finding, name);
  const kind = NUMBERED.test(finding.subject) ? `#disk/${encodeURIComponent(finding.subject)}` : "";
  return { subject, text, tone: TONES[finding.severity], href: `/Uma${kind}` };
}

function arrayFact(summary) {
  if (!summary?.array_status) {
    return { text: UNKNOWN, tone: "quiet" };
  }
  const words = [wordOf(summary.array_status), protectionWord(summary.array_protection)];
  const tone = ["bad", "warn", "busy"].find((each) => words.some((word) => word.tone === each)) ?? "quiet";
  return { text: summary.array_status === "started" ? `${words[0].text}, ${words[1].text.toLowerCase()}` : words[0].text, tone };
}

function operationFact(summary, format) {
  const percent = summary?.parity_percent;
  if (percent === null || percent === undefined) {
    return null;
  }
  return { name: say("Parity"), rest: summary.parity_action ? wordOf(summary.parity_action).text : say("Running"), bar: { text: format.percent(percent, 0), percent } };
}

function hottestFact(summary, format) {
  const { name, temperature } = summary?.hottest ?? {};
  if (temperature === null || temperature === undefined) {
    return { text: UNKNOWN, tone: "quiet" };
  }
  const isHot = (summary.findings ?? []).some(({ subject, text }) => subject === name && /°|hot/i.test(text));
  return { text: `${format.temperature(temperature)}, ${diskName(name)}`, tone: isHot ? "warn" : "quiet" };
}

function containersFact(summary) {
  const { running, unhealthy, stopped_by_error: failed } = summary?.containers ?? {};
  if (running === null || running === undefined) {
    return null;
  }
  const parts = [say("{n} up", { n: running }), unhealthy > 0 ? say("{n} unhealthy", { n: unhealthy }) : "", failed > 0 ? say("{n} ended by an error", { n: failed }) : ""];
  return { text: parts.filter(Boolean).join(", "), tone: unhealthy > 0 ? "bad" : failed > 0 ? "warn" : "quiet" };
}

function newestAt(newest) {
  const times = Object.values(newest).filter(Boolean).map(({ timestamp }) => Date.parse(timestamp));
  return times.length > 0 ? Math.max(...times) : null;
}

function ageOf(message, now) {
  return message ? now - Date.parse(message.timestamp) : Infinity;
}

