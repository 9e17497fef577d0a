// What holds for all charts with lines: { x, log_x, log_y, beta, zoom, superseded }, see insight/arrangement.py.

export const DEFAULTS = { x: "step", log_x: false, log_y: false, beta: 0.98, zoom: "shared", superseded: false };

const place = document.getElementById("chart-view");

export const view = { ...DEFAULTS, ...(place && JSON.parse(place.textContent)) };

/** Change some of it; every chart hears of it, and the arrangement is kept. */
export function change(values) {
  Object.assign(view, values);
  document.dispatchEvent(new CustomEvent("view-changed", { detail: values }));
}
