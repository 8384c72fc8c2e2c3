/**
 * Formats of numbers, times and colours: the webGUI's display settings, as its page hands them over. No DOM.
 *
 * A missing or invalid setting falls back to the browser's, so a page without settings looks right, too.
 */

const SCHEMES = { __proto__: null, white: "light", azure: "light", black: "dark", gray: "dark" };
const LIMITS = ["warning", "critical", "hot", "max", "hotssd", "maxssd"];
/** Decimals and units with three digits, for each power of 1,000. */
const AUTOMATIC = -1;

/**
 * The settings in *text*, JSON or null: `unit` C or F, `decimal`, `thousands`, `scale` (-1 automatic, 0 none, 1 to 5 at
 * most KB to PB), `date` and `time` (strftime's patterns, null for the locale's own), `locale` (BCP 47, undefined for the
 * browser's), `theme` or null, `scheme` light, dark or null, `limits` by the webGUI's names, null for those that are off.
 */
export function displayFrom(text) {
  const given = parsed(text);
  const number = typeof given.number === "string" && given.number !== "" ? given.number : ".,";
  return {
    unit: given.unit === "F" ? "F" : "C",
    decimal: number[0],
    thousands: number[1] ?? "",
    scale: Number.isInteger(Number(given.scale ?? AUTOMATIC)) ? Number(given.scale ?? AUTOMATIC) : AUTOMATIC,
    date: pattern(given.date),
    time: pattern(given.time),
    locale: localeOf(given.locale),
    theme: given.theme in SCHEMES ? given.theme : null,
    scheme: SCHEMES[given.theme] ?? null,
    limits: Object.fromEntries(LIMITS.map((name) => [name, Number(given[name]) > 0 ? Number(given[name]) : null])),
  };
}

/** ok, hot or critical: *celsius* by the limits of its kind, strictly above; null without a temperature. */
export function temperatureState(celsius, isFlash, limits) {
  const [hot, critical] = isFlash ? [limits.hotssd, limits.maxssd] : [limits.hot, limits.max];
  return stateOf(celsius, hot, critical, (limit) => celsius > limit, "hot");
}

/** ok, warning or critical: the whole *percent* at or above the limits; null if unknown. */
export function usageState(percent, limits) {
  return stateOf(percent, limits.warning, limits.critical, (limit) => Math.round(percent) >= limit, "warning");
}

function stateOf(value, first, second, isBeyond, firstWord) {
  if (value === null || value === undefined) {
    return null;
  }
  if (second !== null && isBeyond(second)) {
    return "critical";
  }
  return first !== null && isBeyond(first) ? firstWord : "ok";
}

function parsed(text) {
  try {
    const given = JSON.parse(text ?? "{}");
    return typeof given === "object" && given !== null ? given : {};
  } catch {
    return {};
  }
}

/** `%c` is the webGUI's code for the system's own format. */
function pattern(given) {
  return typeof given === "string" && given.includes("%") && given !== "%c" ? given : null;
}

function localeOf(given) {
  if (!given) {
    return undefined;
  }
  try {
    return Intl.getCanonicalLocales(String(given).replace("_", "-"))[0];
  } catch {
    return undefined;
  }
}
