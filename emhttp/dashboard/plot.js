/**
 * uPlot, which is copied beside this page's own modules when the package is built, or by `make setup` (source/package.json).
 *
 * It takes a while to begin, so the page has it do so before anything else, while the other modules are on their way.
 */

/** The constructor of uPlot once its stylesheet is there too, or null where it was not brought along. */
export const plotting = Promise.all([import("./uplot/uplot.js"), loadStyle("./uplot/uplot.css")]).then(
  ([module]) => module.default,
  () => null,
);

function loadStyle(path) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(path, import.meta.url).href;
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
}
