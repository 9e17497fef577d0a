// The charts of the run page: cost and error on top, below them the grid, and what all of them hear of.

import { figureOf } from "./charts.js";
import { Curve } from "./curve.js";
import { bindMenu, cards, put } from "./grid.js";
import { follows } from "./over_steps.js";
import { loadClock, loadSuperseded } from "./served.js";
import { listen, state } from "./history.js";
import { view } from "./view.js";
import { showAll } from "./zoom.js";

function top(id, options) {
  const div = document.getElementById(id);
  bindMenu(div.closest(".card"));
  return new Curve(div, div.parentElement.querySelector(".chart-over"), figureOf(div), options);
}

export const cost = top("cost-chart", { table: "steps", columns: ["cost"], tip: true, average: true });
export const error = top("error-chart", { table: "epochs", columns: ["train_error", "dev_error"] });

for (const { name, wide } of JSON.parse(document.getElementById("chart-places").textContent)) put(name, wide);

const grown = () => [...cards.values()].map(({ chart }) => chart).filter(Boolean);
const all = () => [cost, error, ...grown()];
const overSteps = () => all().filter((chart) => chart.overlay);

document.addEventListener("zoomed", ({ detail: source }) => {
  for (const chart of overSteps()) if (follows(chart, source)) chart.refresh();
});

document.addEventListener("view-changed", async ({ detail }) => {
  await lookUp(detail);
  if ("x" in detail || "log_x" in detail || "zoom" in detail) {
    showAll();
    for (const chart of overSteps()) chart.own.range = chart.own.tables = null;
  }
  const concerned = "beta" in detail ? [cost] : overSteps();
  for (const chart of concerned) {
    if ("log_y" in detail) chart.yRange = null;
    if ("beta" in detail) averageAnew(chart);
    chart.refresh();
  }
});

function averageAnew(chart) {
  chart.served.forget();
  chart.window.fetch(() => chart.refresh());
}

// What the view needs and the page does not have.
async function lookUp(wanted) {
  if (wanted.x === "wall") await loadClock();
  if (wanted.superseded) await loadSuperseded();
}

// With another attempt there is more that was superseded, and another clock.
let attempt = null;
listen(async () => {
  if (attempt === state.attempt) return;
  ({ attempt } = state);
  if (view.x !== "wall" && !view.superseded) return;
  await lookUp(view);
  for (const chart of overSteps()) chart.refresh();
});

/** There is a newer snapshot, or the run has changed or ended: charts by the server may have something new. */
export function expire(options) {
  for (const chart of grown()) chart.expire?.(options);
}
