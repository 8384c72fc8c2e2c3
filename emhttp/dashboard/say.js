/** The page's words in the reader's language: the webGUI's own translations, where its page handed some over. No DOM. */

let words = { __proto__: null };

/** Take the table in *text*, JSON of English text to another, or null. */
export function learn(text) {
  try {
    words = { __proto__: null, ...JSON.parse(text ?? "{}") };
  } catch {
    words = { __proto__: null };
  }
}

/** *text* in the reader's language, with each `{name}` replaced by that of *values*. */
export function say(text, values = {}) {
  const said = words[text] ?? text;
  return said.includes("{") ? said.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole) : said;
}
