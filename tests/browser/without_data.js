/** Hides the data in the page, as if it had come without them. Run before the page's own scripts. */
document.getElementById = (id) => (id === "uma-head-start" ? null : Document.prototype.getElementById.call(document, id));
