/** What the tile says, from the newest messages and their age. No DOM. */

import { formatCount, formatDuration, UNKNOWN } from "../dashboard/format.js";
import { diskName, protectionWord, wordOf } from "../dashboard/words.js";

const SILENT_INTERVALS = 3;
/** States of a disk that need no word. */
const QUIET = ["active", "standby"];
const SLACK = 5;
const RUNNING = ["running", "paused"];
const WAITING = { running: "Connecting…", silent: "Switched off for the webGUI", stopped: "Stopped" };

/**
 * The tile's texts, each `{text, tone}`, bars in percent, and `isLive`: what is not of now is to be greyed.
 *
 * *newest* holds `stats` and `storage`, a message each or undefined. *now* is Unix ms by the server's clock, *intervals*
 * are the seconds between messages, *format* is a Format. *daemon* tells how it was when the page was made: running,
 * silent (it hands nothing to the webGUI, by its settings) or stopped.
 */
export function factsOf(newest, { now, intervals, format, daemon }) {
  const age = { stats: ageOf(newest.stats, now), storage: ageOf(newest.storage, now) };
  const isLive = (key) => age[key] <= (SILENT_INTERVALS * intervals[key] + SLACK) * 1000;
  const live = { stats: isLive("stats"), storage: isLive("storage") };
  return {
    live,
    state: stateOf(newest, live, daemon, format),
    ...statsFacts(newest.stats?.data, format),
    ...storageFacts(newest.storage?.data, format),
  };
}

/** A stream without any message is switched off, or will come. */
function stateOf(newest, live, daemon, format) {
  const known = Object.keys(live).filter((key) => newest[key] !== undefined);
  if (known.length === 0) {
    return { text: WAITING[daemon], tone: "quiet" };
  }
  const old = known.filter((key) => !live[key]).map((key) => Date.parse(newest[key].timestamp));
  return old.length === 0
    ? { text: "Live", tone: "good" }
    : { text: `Nothing new since ${format.clock(Math.max(...old))}`, tone: "warn" };
}

function statsFacts(data, format) {
  const percent = (value) => ({ text: data ? format.percent(value, 0) : UNKNOWN, percent: data ? value : 0 });
  return { cpu: percent(data?.cpu_percent), memory: percent(data?.memory_percent) };
}

function storageFacts(data, format) {
  if (!data) {
    const unknown = { text: UNKNOWN, tone: "quiet" };
    return { array: unknown, operation: null, disks: unknown, hottest: unknown };
  }
  const disks = [...data.parity_disks, ...data.disks, ...data.cache_disks];
  return {
    array: arrayFact(data),
    operation: operationFact(data.parity_check, format),
    disks: disksFact(disks),
    hottest: hottestFact([...disks, ...data.unassigned], format),
  };
}

function arrayFact({ array_status: status, array_protection: protection }) {
  const words = [wordOf(status), protectionWord(protection)];
  const tone = ["bad", "warn", "busy"].find((each) => words.some((word) => word.tone === each)) ?? words[0].tone;
  return { text: status === "started" ? `${words[0].text}, ${words[1].text.toLowerCase()}` : words[0].text, tone };
}

function operationFact({ action, status, percent, eta_seconds: eta }, format) {
  if (!RUNNING.includes(status)) {
    return null;
  }
  const rest = eta === null ? "" : `${formatDuration(eta)} left`;
  const bar = { text: format.percent(percent, 0), percent: percent ?? 0 };
  return { name: wordOf(action).text, rest: status === "paused" ? "Paused" : rest, bar };
}

function disksFact(disks) {
  const troubled = disks.filter((disk) => !QUIET.includes(disk.status) || disk.health === "failed");
  if (troubled.length === 0) {
    const sleeping = disks.filter((disk) => disk.spun_down).length;
    const asleep = sleeping === 0 ? "" : `, ${sleeping} asleep`;
    return { text: `${formatCount(disks.length, "disk")}${asleep}`, tone: "quiet" };
  }
  const [first] = troubled;
  const word = QUIET.includes(first.status) ? wordOf("failed") : wordOf(first.status);
  const others = troubled.length === 1 ? "" : ` and ${troubled.length - 1} more`;
  return { text: `${diskName(first.name)}: ${word.text.toLowerCase()}${others}`, tone: word.tone };
}

function hottestFact(disks, format) {
  const measured = disks.filter(({ temperature }) => temperature !== null);
  if (measured.length === 0) {
    return { text: UNKNOWN, tone: "quiet" };
  }
  const hottest = measured.reduce((hot, disk) => (disk.temperature > hot.temperature ? disk : hot));
  const tone = { hot: "warn", critical: "bad" }[hottest.temperature_state] ?? "quiet";
  return { text: `${format.temperature(hottest.temperature)}, ${diskName(hottest.name)}`, tone };
}

function ageOf(message, now) {
  return message ? now - Date.parse(message.timestamp) : Infinity;
}
