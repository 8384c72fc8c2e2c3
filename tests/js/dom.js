/** As much of a DOM as panels need: elements with attributes, children and text. Tests in Chromium cover the rest. */

class FakeNode {
  parentNode = null;
}

class FakeText extends FakeNode {
  constructor(data) {
    super();
    this.data = data;
  }

  get textContent() {
    return this.data;
  }
}

class FakeElement extends FakeNode {
  #attributes = new Map();
  nodes = [];
  style = { setProperty: () => {} };
  listeners = {};
  value = "";
  open = false;

  constructor(tag) {
    super();
    this.tag = tag;
    const names = () => (this.getAttribute("class") ?? "").split(" ");
    this.classList = { toggle: (name, isOn) => this.setAttribute("class", [...names().filter((each) => each !== name), ...(isOn ? [name] : [])].join(" ")) };
  }

  get children() {
    return this.nodes.filter((node) => node instanceof FakeElement);
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }

  get firstChild() {
    return this.nodes[0] ?? null;
  }

  get lastChild() {
    return this.nodes.at(-1) ?? null;
  }

  get isConnected() {
    return this.parentNode !== null;
  }

  get textContent() {
    return this.nodes.map((node) => node.textContent).join("");
  }

  set textContent(text) {
    this.nodes = [new FakeText(String(text))];
  }

  get hidden() {
    return this.#attributes.has("hidden");
  }

  set hidden(isHidden) {
    isHidden ? this.#attributes.set("hidden", "") : this.#attributes.delete("hidden");
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name) {
    return this.#attributes.has(name);
  }

  setAttribute(name, value) {
    this.#attributes.set(name, String(value));
  }

  removeAttribute(name) {
    this.#attributes.delete(name);
  }

  append(...nodes) {
    nodes.forEach((node) => this.insertBefore(typeof node === "string" ? new FakeText(node) : node, null));
  }

  appendChild(node) {
    this.append(node);
    return node;
  }

  insertBefore(node, before) {
    node.parentNode?.removeNode(node);
    node.parentNode = this;
    const at = before === null ? this.nodes.length : this.nodes.indexOf(before);
    this.nodes.splice(at, 0, node);
  }

  replaceChildren(...nodes) {
    [...this.nodes].forEach((node) => this.removeNode(node));
    this.append(...nodes);
  }

  removeNode(node) {
    this.nodes = this.nodes.filter((each) => each !== node);
    node.parentNode = null;
  }

  remove() {
    this.parentNode?.removeNode(this);
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  /** Every element below, itself first, that *isWanted*. */
  all(isWanted) {
    return [...(isWanted(this) ? [this] : []), ...this.children.flatMap((child) => child.all(isWanted))];
  }
}

globalThis.document = {
  createElement: (tag) => new FakeElement(tag),
  createElementNS: (_, tag) => new FakeElement(tag),
  createTextNode: (data) => new FakeText(data),
};

/** The texts of the shown rows below *element*, cells with blanks between them. */
export function rowsOf(element) {
  const isRow = (node) => node.getAttribute("class") === "uma-row";
  return element.all(isRow).map((row) => row.children.slice(1).filter((cell) => !cell.hidden).map((cell) => plain(cell.textContent)).filter((text) => text !== "").join(" | "));
}

export const plain = (text) => text.replaceAll("\u00a0", " ").trim();
