// One chart of the run page: the points it was given, and which of them Plotly has drawn.

import { drawFrom, extend, replace } from "./charts.js";
import { Tip } from "./tip.js";

const PACE = 1000; // ms between two whole drawings, at least: training has the other core
const REST = 2; // times as long as a whole drawing took, at least, until the next one
const ROOM = 1 / 4; // of the steps so far: the most that the axis keeps free for those to come

export class Curve {
  /** `table` and its columns `x` and `ys` are what the chart shows; `tip` whether new points appear at once. */
  constructor(id, table, x, ys, { tip = false } = {}) {
    this.div = document.getElementById(id);
    this.table = table;
    this.names = [x, ...ys];
    this.points = this.none();
    this.fresh = this.none(); // not drawn by Plotly yet
    this.window = null; // the rows that a zoom shows exactly, while it does
    this.stale = false; // whether Plotly has to draw all points anew
    this.painted = { at: 0, took: 0, x: 0 }; // the last whole drawing: when, how long (ms), up to where
    this.timer = null;
    this.frame = null;
    drawFrom(this.div);
    this.tip = tip ? new Tip(this.div) : null;
  }

  none() {
    return this.names.map(() => []);
  }

  get size() {
    return this.points[0].length + this.fresh[0].length;
  }

  clear() {
    this.points = this.none();
    this.fresh = this.none();
    this.window = null;
    this.stale = true;
    this.cancel(); // what comes now is drawn sooner
  }

  add(series) {
    this.names.forEach((name, i) => this.fresh[i].push(...series[this.table][name]));
    if (!this.fresh[0].length && !this.stale) return;
    const { at, took } = this.painted;
    const pause = Math.max(REST * took, this.stale ? 0 : PACE);
    const wait = at + pause - performance.now();
    this.timer ??= setTimeout(() => requestAnimationFrame(() => this.paint()), wait);
    if (this.tip) this.frame ??= requestAnimationFrame(() => this.showTip()); // none comes to a hidden page
  }

  showTip() {
    this.frame = null;
    if (!this.fresh[0].length || this.stale || this.window) return;
    const [xs, ys] = this.fresh.map((column, i) => [...this.points[i].slice(-1), ...column]);
    const { at, took } = this.painted;
    if (this.tip.show(xs, ys)) this.tell(xs.at(-1));
    else if (performance.now() - at > REST * took) this.paint();
  }

  /** Have Plotly draw all there is; `ended` when no more will come. */
  paint({ ended = false } = {}) {
    this.cancel();
    const fresh = this.fresh;
    this.fresh = this.none();
    this.points.forEach((column, i) => column.push(...fresh[i]));
    const start = performance.now();
    if (this.tip) this.makeRoom(ended ? 0 : start - this.painted.at);
    if (this.window) return;
    if (this.stale || ended) this.redraw(this.points);
    else if (fresh[0].length) extend(this.div, this.traces(fresh));
    this.tip?.hide();
    this.stale = false;
    const x = this.points[0].at(-1) ?? 0;
    this.painted = { at: performance.now(), took: performance.now() - start, x };
    this.tell(x);
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  // Let the axis reach beyond the last point, so far that the tip has room until the next whole drawing.
  makeRoom(sinceLast) {
    const last = this.points[0].at(-1) ?? 0;
    const coming = sinceLast && !this.stale ? (1.2 * PACE * (last - this.painted.x)) / sinceLast : 0;
    this.div.layout.xaxis.autorangeoptions = { include: [last + Math.min(coming, ROOM * last)] };
  }

  traces([x, ...ys]) {
    return ys.map((y) => ({ x: x.slice(), y }));
  }

  // Plotly keeps the arrays it is given as its own: it gets copies.
  redraw(columns) {
    replace(this.div, this.traces(columns.map((column) => column.slice())));
  }

  /** Show the exact rows of a window, or, without one, all points again. */
  zoom(series) {
    this.window = series ? this.names.map((name) => series[this.table][name]) : null;
    this.redraw(this.window ?? this.points);
    this.tip?.hide();
  }

  // For who wants to know, such as a benchmark: points up to `x` are in the chart now.
  tell(x) {
    this.div.dispatchEvent(new CustomEvent("shown", { detail: x }));
  }
}
