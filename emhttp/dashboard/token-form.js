/** Asks for the token that the daemon wants, and keeps it for this tab only. */

import { element, setText } from "./dom.js";

const KEY = "uma.token";
/** What a header and a subprotocol can carry (a `token` of RFC 9110). */
const CARRIABLE = /^[\w!#$%&'*+.^`|~-]+$/;
const HELP = "It was shown when it was made. This tab keeps it until it is closed.";

/** The token this tab was given before, or null. */
export function keptToken() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    // Storage is forbidden: a reload asks again.
    return null;
  }
}

export class TokenForm {
  #input = element("input", { id: "uma-token", type: "password", autocomplete: "off", "aria-describedby": "uma-help" });
  #help = element("p", { id: "uma-help", class: "uma-quiet" });
  element = element(
    "form",
    { class: "uma-card", hidden: "" },
    element("h2", { text: "This server asks for a token" }),
    element("label", { for: "uma-token", text: "Token" }),
    this.#input,
    this.#help,
    element("button", { text: "Show the dashboard" }),
  );

  /** *onToken* is called with each token somebody enters. */
  constructor(onToken) {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (!CARRIABLE.test(token)) {
        setText(this.#help, "A token has no blanks and no letters beyond A to Z.");
        return;
      }
      this.show(false);
      onToken(token);
      try {
        sessionStorage.setItem(KEY, token);
      } catch {
        // As above.
      }
    });
  }

  /** Show the form, or not; *isWrong*: the daemon was offered a token already. */
  show(isShown, isWrong) {
    if (this.element.hidden === isShown) {
      this.element.hidden = !isShown;
      setText(this.#help, isWrong ? "That token is not the right one." : HELP);
      this.#input.value = "";
      this.#input.focus();
    }
  }
}
