/** Form for the token that the daemon requires; the token is kept for this tab only. */

import { element, setAttribute, setText } from "./dom.js";
import { say } from "./say.js";

const KEY = "uma.token";
/** Characters allowed in a header and a subprotocol (a `token` of RFC 9110). */
const CARRIABLE = /^[\w!#$%&'*+.^`|~-]+$/;
const HELP = "Create one in Settings → UMA. Kept until you close this tab.";

/** The token entered in this tab before, or null. */
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
  #help = element("p", { id: "uma-help", class: "uma-quiet", role: "alert" });
  element = element(
    "form",
    { class: "uma-card", hidden: "" },
    element("h2", { text: say("Enter token") }),
    element("label", { for: "uma-token", text: say("Token") }),
    this.#input,
    this.#help,
    element("button", { text: say("Show the dashboard") }),
  );

  /** *onToken* is called with each token that the user enters. */
  constructor(onToken) {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (!CARRIABLE.test(token)) {
        this.#complain("Tokens can't contain spaces or accented letters.");
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

  /** Show or hide the form; *isWrong*: the daemon rejected a token. */
  show(isShown, isWrong) {
    if (this.element.hidden === isShown) {
      this.element.hidden = !isShown;
      isWrong ? this.#complain("Wrong token.") : this.#complain("");
      this.#input.value = "";
      this.#input.focus();
    }
  }

  /** Show the problem with the token, or where to get one. */
  #complain(text) {
    setText(this.#help, text === "" ? say(HELP) : `${say(text)} ${say(HELP)}`, text === "" ? "quiet" : "bad");
    setAttribute(this.#input, "aria-invalid", text === "" ? null : "true");
  }
}
