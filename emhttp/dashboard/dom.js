/** Building and changing elements. Data becomes text and attributes only, never markup. */

/**
 * An element *tag* with *attributes* (`text` is its text; null is left out) and *children*.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/**
 * The same of SVG.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function drawing(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Set the text of *node*, and its tone if given. Equal values are not written again, here and below. */
export function setText(node, text, tone) {
  if (node.textContent !== String(text)) {
    node.textContent = text;
  }
  if (tone !== undefined) {
    setAttribute(node, "data-tone", tone);
  }
}

/** Set attribute *name*; null takes it away. */
export function setAttribute(node, name, value) {
  if (value === null) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Hide or show *node*. */
export function setHidden(node, isHidden) {
  if (node.hidden !== isHidden) {
    node.hidden = isHidden;
  }
}

/** Fill *bar* to *percent*, in the colour of *tone*; null hides it. */
export function fillBar(bar, percent, tone) {
  const fill = `${Math.min(percent ?? 0, 100)}%`;
  setHidden(bar, percent === null);
  if (bar.style.getPropertyValue("--fill") !== fill) {
    bar.style.setProperty("--fill", fill);
  }
  setAttribute(bar, "data-tone", tone);
}

/** Get the value of *map* at *key*; create it if it is missing. */
export function kept(map, key, make) {
  if (!map.has(key)) {
    map.set(key, make());
  }
  return map.get(key);
}

/** Make *nodes* the children of *parent*, in order; move only those that are elsewhere. */
export function arrange(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) {
      parent.insertBefore(node, parent.children[index] ?? null);
    }
  });
  while (parent.children.length > nodes.length) {
    parent.lastElementChild.remove();
  }
}

/** @param {any} node @param {Record<string, any>} attributes @param {any[]} children */
function furnish(node, { text, ...attributes }, children) {
  for (const name in attributes) {
    // A new element has none to compare with.
    if (attributes[name] !== null) {
      node.setAttribute(name, attributes[name]);
    }
  }
  node.append(...(text ? [text] : []), ...children);
  return node;
}
