/** uPlot, which is copied beside this page's own modules when the package is built, or by `make setup` (source/package.json). */

let loading;

/** The constructor of uPlot once its stylesheet is there too, or null where it was not brought along. */
export function loadPlot() {
  loading ??= Promise.all([import("./uplot/uplot.js"), loadStyle("./uplot/uplot.css")]).then(
    ([module]) => module.default,
    () => null,
  );
  return loading;
}

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
