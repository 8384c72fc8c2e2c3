/** The top of the page: its head, the verdict, the token form; and, on its own page, title and icon. */

import { setAttribute } from "./dom.js";
import { Header } from "./header.js";
import { headOf, titleOf } from "./page-head.js";
import { TokenForm } from "./token-form.js";
import { faviconOf, serviceOf, VerdictView } from "./verdict.js";

/** Conditions in which the verdict must not be shown. */
const CLOSED = ["locked", "signed-out"];

export class PageTop {
  #page;
  #tone = "";
  header;
  verdict;
  tokenForm;
  named = { name: "", version: undefined, unraid: undefined };

  /**
   * *page*: `isEmbedded`, `store`, `prefs`, `format`, `canStart`, `unraid(path)`, `itemOf(subject)`, and what a person asks
   * for: `onStart`, `onRetry`, `onRange`, `onResetZoom`, `onSearch`, `onToken`, `onDismiss(keys)`.
   */
  constructor(page) {
    this.#page = page;
    this.header = new Header({ ...page, isOwnPage: !page.isEmbedded });
    this.verdict = new VerdictView({
      hrefOf: (finding) => hrefOf(finding, page),
      nameOf: (subject) => page.itemOf(subject)?.text ?? subject,
      onDismiss: (key) => page.onDismiss([...page.prefs.get("dismissed"), key]),
      onRestore: () => page.onDismiss([]),
    });
    this.tokenForm = new TokenForm(page.onToken);
  }

  /** Everything above the panels. */
  get elements() {
    return [this.header.banner, this.tokenForm.element, this.verdict.element];
  }

  /** Show *condition* and *health*; *hasToken*: a token was entered before. */
  render(condition, health, hasToken) {
    const { isEmbedded, store, prefs, format, unraid, canStart } = this.#page;
    const { kind } = condition;
    const head = headOf((name) => store.newest(name), { health, findings: store.findings, dismissed: prefs.get("dismissed"), host: location.hostname, format });
    this.named = head.named;
    this.verdict.render(CLOSED.includes(kind) ? null : head.verdict, head.note);
    this.header.render(condition, { ...head, name: head.named.name, webgui: unraid("/Dashboard"), canStart });
    this.tokenForm.show(kind === "locked", hasToken);
    if (!isEmbedded) {
      const title = titleOf(condition, head);
      if (document.title !== title) {
        document.title = title;
      }
      this.#renderIcon(head.verdict?.tone ?? "good");
    }
  }

  #renderIcon(tone) {
    if (this.#tone !== tone) {
      this.#tone = tone;
      const icon = document.querySelector('link[rel="icon"]');
      icon && setAttribute(icon, "href", faviconOf(tone));
    }
  }
}

/** The address that shows more about *finding*, or null. */
function hrefOf(finding, { itemOf, unraid }) {
  const place = serviceOf(finding);
  if (place === null) {
    return itemOf(finding.subject)?.href ?? null;
  }
  return place.startsWith("#") ? place : unraid(place);
}
