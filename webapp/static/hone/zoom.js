// The part of the x axis that charts over steps show: one for all of them, or each its own.
//
// A long run is thinned: while somebody looks at a window of it, its exact points are fetched once and shown by
// every chart of the history.

import { state, stepsBetween } from "./history.js";
import { windowBetween } from "./served.js";
import { view } from "./view.js";

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
    Object.assign(this, { range, values, tables: null });
    await this.fetch(came);
  }

  /** Fetch the exact points, again when they are averaged in another way. */
  async fetch(came) {
    const mine = ++this.asked;
    if (!this.range || !state.thinned) return;
    const [first, last] = stepsBetween(...this.values);
    const found = await windowBetween(first - 1, last);
    if (mine !== this.asked || !found) return; // zoomed again, or the run began anew
    this.tables = found;
    came();
  }
}

const all = new Window();

/** Forget all that was zoomed into: the axis is another one. */
export function showAll() {
  Object.assign(all, { range: null, tables: null, asked: all.asked + 1 });
}

/** The window of a chart that has `own` for the time when each zooms by itself. */
export const windowOf = (own) => (view.zoom === "shared" ? all : own);
