// The part of the x axis that charts over steps show: one for all of them, or each its own.
//
// A long run is thinned: while somebody looks at a window of it, its exact points are fetched once and shown by
// every chart of the history.

import { state, stepsBetween, tables } from "./history.js";
import { view } from "./view.js";

const page = document.getElementById("run");

/** What one chart, or all of them, show: `range` on the axis, and the exact `tables` once they are there. */
export class Window {
  constructor() {
    this.range = null;
    this.tables = null;
    this.asked = 0;
  }

  /** Show a range of the axis that lies between two values, or with null everything; `came` is called when its
   * exact points are there. */
  async show(range, values, came) {
    const mine = ++this.asked;
    this.range = range;
    this.tables = null;
    if (!range || !state.thinned) return;
    const [first, last] = stepsBetween(...values);
    const { attempt } = state;
    const series = await fetchWindow(Math.max(0, first - 1), last);
    if (mine !== this.asked || attempt !== state.attempt || !series) return; // zoomed again, or the run began anew
    this.tables = { ...tables, ...series };
    came();
  }
}

async function fetchWindow(first, last) {
  const answer = await fetch(`${page.dataset.history}?${new URLSearchParams({ first, last })}`);
  return answer.ok ? (await answer.json()).series : null;
}

const all = new Window();

/** Forget all that was zoomed into: the axis is another one. */
export function showAll() {
  Object.assign(all, { range: null, tables: null, asked: all.asked + 1 });
}

/** The window of a chart that has `own` for the time when each zooms by itself. */
export const windowOf = (own) => (view.zoom === "shared" ? all : own);
