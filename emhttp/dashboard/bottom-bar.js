/** On a phone: links to the first panels, within reach of the thumb. */

import { element } from "./dom.js";
import { say } from "./say.js";

const SHOWN = 4;
/** Short titles by panel, to save room. */
const SHORT = { vms: "VMs" };

export class BottomBar {
  element = element("nav", { class: "uma-bar-bottom", "aria-label": say("Sections") });

  /** Link to the top and to the first of *boxes* that are shown. */
  render(boxes) {
    const shown = boxes.filter(({ element: box }) => !box.hidden).slice(0, SHOWN);
    const wanted = [{ id: null, title: say("Top") }, ...shown.map(({ id, title }) => ({ id, title: SHORT[id] ? say(SHORT[id]) : title }))];
    const { children } = this.element;
    if (children.length !== wanted.length || wanted.some(({ title }, index) => children[index].textContent !== title)) {
      this.element.replaceChildren(...wanted.map((panel) => buttonOf(panel)));
    }
  }
}

function buttonOf({ id, title }) {
  const button = element("button", { type: "button", text: title });
  button.addEventListener("click", () => (id === null ? window.scrollTo({ top: 0 }) : document.getElementById(`panel-${id}`)?.scrollIntoView()));
  return button;
}
