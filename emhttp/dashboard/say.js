/** The page's words in the user's language: the webGUI's own translations, if its page passes some. No DOM. */

let words = { __proto__: null };

/** Use the table in *text*, JSON from English texts to translations, or null. */
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
