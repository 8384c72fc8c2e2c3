/** Texts of the page's head, title and verdict. No DOM. */

import { formatDuration } from "./format.js";
import { say } from "./say.js";
import { verdictOf } from "./verdict.js";
import { agoOf, lastParity, protectionWord, wordOf } from "./words.js";

/** Kinds of condition that a title omits. */
const WELL = ["live", "polling"];

/**
 * Texts from *newest*, which gives a feed's data, from *health* and from the known *findings*: `named` (name, version,
 * unraid), `facts`, `verdict` or null, its `note`, what to say `aloud` when it changes, and `isDemo`. *host* names the
 * server until it has said its name itself.
 */
export function headOf(newest, { health, findings, dismissed, host, format }) {
  const [info, summary, storage, stats] = ["server/info", "server/summary", "storage/status", "system/stats"].map(newest);
  const named = {
    name: info?.name ?? summary?.name ?? health?.name ?? host,
    unraid: info?.unraid_version ?? summary?.unraid_version ?? health?.unraid_version,
    version: health?.version ?? info?.version,
  };
  const up = stats ? say("up {time}", { time: formatDuration(stats.uptime) }) : "";
  const verdict = summary ? verdictOf(summary, dismissed, findings) : null;
  return {
    named,
    facts: [named.unraid ? `Unraid ${named.unraid}` : "", up].filter(Boolean).join(" · "),
    verdict,
    note: verdict?.tone === "good" ? wellnessOf(storage, summary, format) : "",
    aloud: [verdict && verdict.count > 0 ? verdict.text : "", arrayOf(storage)].filter(Boolean).join(". "),
    isDemo: health?.demo === true,
  };
}

/** The title of the page: the reason why it is not live, the number of problems, and the server's name. */
export function titleOf({ kind, label, spoken = label }, { named, verdict }) {
  const trouble = WELL.includes(kind) ? "" : `${spoken} · `;
  const count = verdict && verdict.count > 0 ? `(${verdict.count}) ` : "";
  return `${trouble}${count}${named.name} · UMA`;
}

/** A few words for a server without problems. */
function wellnessOf(storage, { containers }, format) {
  const check = storage?.parity_check;
  const isClean = check?.last?.result === "ok" && check.last.errors === 0 && check.action?.endsWith("check");
  // The array's own head shows the rest.
  const parity = isClean ? say("parity checked {when}", { when: agoOf(check.last.at) }) : check?.last ? lastParity(check, format).text : "";
  const guard = storage ? protectionWord(storage.array_protection).text : "";
  const running = containers?.running;
  const up = running > 0 ? say(running === 1 ? "{n} container up" : "{n} containers up", { n: running }) : "";
  return [guard, parity, up].filter(Boolean).join(" · ");
}

function arrayOf(storage) {
  if (!storage?.array_status) {
    return "";
  }
  return say("Array: {state}, {protection}", { state: wordOf(storage.array_status).text, protection: protectionWord(storage.array_protection).text });
}
