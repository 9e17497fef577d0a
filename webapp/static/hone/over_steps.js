// What all charts over steps have in common: their x axis, log scales, zoom.

import { axis } from "./history.js";
import { view } from "./view.js";

/** A layout as the view wants it, with the part of the axes that `chart` shows; `include` is a value to reach. */
export function arranged(layout, chart, include) {
  const { title, hover, type } = axis();
  const log = view.log_x && !type;
  const { range } = chart.window;
  const xaxis = {
    ...layout.xaxis,
    type: type ?? (log ? "log" : "linear"),
    title: { text: title },
    unifiedhovertitle: { text: hover },
    ...(range ? { range, autorange: false } : { autorange: true }),
    ...(include && !log ? { autorangeoptions: { include } } : {}),
  };
  return { ...layout, xaxis, yaxis: arrangedY(layout.yaxis, chart), uirevision: undefined };
}

// Colours of a map stand on a linear axis whatever the view says.
function arrangedY(yaxis, { figure, yRange }) {
  const isMap = figure.data.some((trace) => trace.type === "heatmap");
  const log = view.log_y && !isMap ? { type: "log", maxallowed: undefined, nticks: 6 } : {};
  return { ...yaxis, ...log, ...(yRange ? { range: yRange, autorange: false } : {}) };
}

/** Hear what somebody does to a chart, from when it was drawn for the first time. */
export function listenTo(chart) {
  if (chart.isHeard) return;
  chart.isHeard = true;
  chart.overlay.attach();
  chart.div.on("plotly_relayout", (change) => {
    const [range, yRange] = [rangeIn(change, "xaxis"), rangeIn(change, "yaxis")];
    if (yRange !== undefined) chart.yRange = yRange;
    if (range === undefined) return;
    const tell = () => document.dispatchEvent(new CustomEvent("zoomed", { detail: chart }));
    chart.window.show(range, range && valuesOf(range, chart.div._fullLayout.xaxis.type), tell);
    tell();
  });
}

// The new range of an axis, null for all of it, undefined when it stays as it was.
function rangeIn(change, axis) {
  if (change[`${axis}.autorange`]) return null;
  const [low, high] = change[`${axis}.range`] ?? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]];
  return low === undefined ? undefined : [low, high];
}

// Plotly gives the range of a logarithmic axis in powers of ten, and that of dates as text.
function valuesOf(range, type) {
  if (type === "log") return range.map((end) => 10 ** end);
  return type === "date" ? range.map((end) => Date.parse(`${String(end).replace(" ", "T")}Z`)) : range;
}

/** Whether a chart has to be drawn anew because `source` was zoomed: it has drawn its own new range itself. */
export const follows = (chart, source) =>
  chart === source ? chart.exact || Boolean(chart.window.tables) : view.zoom === "shared";
