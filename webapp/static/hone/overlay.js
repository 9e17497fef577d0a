// What lies over a chart and costs no drawing: the shared hover, its line and values, and marks of what was done.

import { axis } from "./history.js";
import { marks } from "./markers.js";
import { inView } from "./painter.js";
import { Values } from "./values.js";

/** The layer over one chart: `div` is Plotly's, `layer` an element of the same size. */
export class Overlay {
  constructor(div, layer) {
    Object.assign(this, { div, layer });
    this.line = document.createElement("i");
    this.line.className = "chart-line";
    this.line.hidden = true;
    this.values = new Values(div);
    layer.append(this.line, this.values.box);
    this.marks = [];
  }

  /** Once Plotly has drawn: hear the pointer, and keep the marks where the axis has them. */
  attach() {
    this.div.on("plotly_hover", ({ xvals, points }) => showAt(this, xvals?.[0] ?? points[0].x));
    this.div.on("plotly_unhover", () => showAt(this, null));
    this.div.on("plotly_afterplot", () => this.place());
    this.div.on("plotly_relayouting", () => this.place());
    this.place();
  }

  /** Show the line at `x` of the axis, and the values there, or nothing. */
  show(x) {
    this.line.hidden = x === null || !this.put(this.line, x);
    this.values.show(this.line.hidden ? null : x);
  }

  /** Put every mark where it belongs. */
  place() {
    const { map } = axis();
    const wanted = marks();
    while (this.marks.length > wanted.length) this.marks.pop().remove();
    while (this.marks.length < wanted.length) this.marks.push(this.newMark());
    wanted.forEach(({ step, kind, label }, i) => {
      const mark = this.marks[i];
      mark.dataset.kind = kind;
      mark.dataset.label = label;
      mark.hidden = !this.put(mark, map(step));
    });
  }

  newMark() {
    const mark = document.createElement("span");
    mark.className = "chart-mark";
    this.layer.append(mark);
    return mark;
  }

  // Whether `x` is in view; the node then stands there, as high as the plot.
  put(node, x) {
    const { xaxis, _size } = this.div._fullLayout ?? {};
    if (!xaxis || x === null) return false;
    const pixel = xaxis.d2p(x);
    if (!Number.isFinite(pixel) || pixel < 0 || pixel > xaxis._length) return false;
    const style = { left: `${xaxis._offset + pixel}px`, top: `${_size.t}px`, height: `${_size.h}px` };
    Object.assign(node.style, style);
    if (node.dataset.label) node.classList.toggle("chart-mark--left", pixel > xaxis._length / 2);
    return true;
  }
}

let frame = null;

// The same x in every chart over steps that is in view; in the one below the pointer Plotly shows it.
function showAt(source, x) {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    for (const { overlay } of inView()) overlay?.show(overlay === source ? null : x);
  });
}

document.addEventListener("marks-changed", () => {
  for (const { overlay } of inView()) overlay?.place();
});
