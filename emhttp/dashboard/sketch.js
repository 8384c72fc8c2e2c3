/** A chart without uPlot: its lines and marks, as uPlot draws them. The DOM is one canvas. */

/** Pixels above the highest value, and the width of a line. */
export const TOP = 2;
export const LINE = 1.5;

/** Draw *view* (Chart.draw) on *canvas*, *width* by *height* pixels of CSS, in *colours* (Ink). */
export function sketch(canvas, view, { width, height, colours }) {
  const ratio = devicePixelRatio;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
  }
  const ctx = canvas.getContext("2d");
  ctx.clearRect(0, 0, ...size);
  const {
    times,
    columns,
    span: [from, to],
    bottom = 0,
    top,
    power = 1,
  } = view;
  const bent = power === 1 ? (value) => value : (value) => Math.max(0, value) ** power;
  const box = { left: 0, top: TOP * ratio, width: canvas.width, height: canvas.height - TOP * ratio };
  const [low, high] = [bent(bottom), bent(top)];
  const x = (time) => Math.round(((time - from) / (to - from)) * box.width);
  const y = (value) => Math.round(box.top + box.height * (1 - (bent(value) - low) / (high - low)));
  columns.forEach((column, index) => {
    const runs = runsOf(column);
    const path = new Path2D();
    runs.forEach(([start, end]) => {
      path.moveTo(x(times[start]), y(column[start]));
      for (let row = start + 1; row < end; row += 1) {
        path.lineTo(x(times[row]), y(column[row]));
      }
    });
    if (index === 0) {
      fill(ctx, runs, { x: (row) => x(times[row]), y: (row) => y(column[row]), floor: canvas.height, colour: colours.area });
    }
    ctx.strokeStyle = colours.lines[index % 2];
    ctx.lineWidth = LINE * ratio;
    ctx.lineJoin = "round";
    ctx.setLineDash(index % 2 === 1 && colours.isForced ? [4 * ratio, 3 * ratio] : []);
    ctx.stroke(path);
  });
  annotate(ctx, view, { box, ratio, colours, x, y, min: bottom, max: top });
}

/**
 * Draw `thresholds` and `marks` of *view* on *ctx*. *x* and *y* are the places of a time and of a value between *min* and
 * *max* in *box*, in pixels of the canvas, of which there are *ratio* in one of CSS.
 */
export function annotate(ctx, { marks = [], thresholds = [] }, { box, ratio, colours, x, y, min, max }) {
  ctx.lineWidth = ratio;
  for (const { value, tone } of thresholds) {
    if (value > min && value <= max) {
      stroke(ctx, colours[tone], [4 * ratio, 4 * ratio], [box.left, y(value)], [box.left + box.width, y(value)]);
    }
  }
  for (const { time, tone } of marks) {
    const at = x(time);
    if (at >= box.left && at <= box.left + box.width) {
      const length = tone === "quiet" ? box.height * 0.18 : box.height;
      const end = box.top + box.height;
      stroke(ctx, colours[tone] ?? colours.muted, [ratio, 2 * ratio], [at, end - length], [at, end]);
    }
  }
}

/** The area below each of *runs* down to *floor*. */
function fill(ctx, runs, { x, y, floor, colour }) {
  const path = new Path2D();
  for (const [start, end] of runs) {
    path.moveTo(x(start), floor);
    for (let row = start; row < end; row += 1) {
      path.lineTo(x(row), y(row));
    }
    path.lineTo(x(end - 1), floor);
  }
  ctx.fillStyle = colour;
  ctx.fill(path);
}

/** Start and end of each part of *column* without null. */
function runsOf(column) {
  const runs = [];
  let start = null;
  for (let row = 0; row <= column.length; row += 1) {
    const isKnown = row < column.length && column[row] !== null && column[row] !== undefined;
    if (isKnown && start === null) {
      start = row;
    } else if (!isKnown && start !== null) {
      runs.push([start, row]);
      start = null;
    }
  }
  return runs;
}

function stroke(ctx, colour, dash, [x, y], [toX, toY]) {
  ctx.strokeStyle = colour;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(toX, toY);
  ctx.stroke();
}
