// A chart of the run's history: columns of one of its tables as lines, live.

import { Average } from "./average.js";
import { draw, extend } from "./charts.js";
import { axis, listen, rowsOf, state, tables } from "./history.js";
import { Overlay } from "./overlay.js";
import { arranged, listenTo } from "./over_steps.js";
import { enter, forget, leave, want } from "./painter.js";
import { ServedAverage } from "./served.js";
import { Tip } from "./tip.js";
import { view } from "./view.js";
import { Window, windowOf } from "./zoom.js";

// ms between two whole drawings, at least: training has the other core. A tip shows what comes in between.
const PACE = { tip: 1000, plain: 2000 };
const REST = 2; // times as long as a whole drawing took, at least, until the next one
const ROOM = 1 / 4; // of the steps so far: the most that the axis keeps free for those to come

export class Curve {
  /**
   * The `columns` of a `table` are the first lines of the `figure`. With a `tip` new points appear at once; with
   * an `average` the last line of the figure is the average of the first.
   */
  constructor(div, layer, figure, { table, columns, tip = false, average = false }) {
    Object.assign(this, { div, figure, table, columns });
    div.dataset.over = "steps";
    this.own = new Window();
    this.average = average;
    this.averages = null; // where the average stands, while the page has every point
    this.served = average ? new ServedAverage() : null; // and else
    this.drawn = 0; // rows of the table that Plotly has drawn
    this.stale = true; // whether Plotly has to draw all anew, for what it shows is not so
    this.renewed = false; // whether it has to, for there is more to show, such as another average
    this.pace = tip ? PACE.tip : PACE.plain;
    this.painted = { at: 0, took: 0, step: 0 }; // the last whole drawing: when, how long (ms), up to where
    this.overlay = new Overlay(div, layer);
    this.tip = tip ? new Tip(div) : null;
    this.frame = null;
    this.deaf = listen((anew) => this.hear(anew));
    enter(this);
  }

  leave() {
    this.deaf();
    leave(this);
  }

  get window() {
    return windowOf(this.own);
  }

  /** Rows came, or all were taken away. */
  hear(anew) {
    const empty = !this.stale && !this.drawn && !rowsOf(this.table); // as it is shown already
    if (anew && !empty) this.refresh();
    else if (rowsOf(this.table) > this.drawn) {
      const { at, took } = this.painted;
      want(this, { wait: at + Math.max(this.pace, REST * took) - performance.now() });
      if (this.tip) this.frame ??= requestAnimationFrame(() => this.showTip()); // none comes to a hidden page
    }
  }

  /** Draw everything anew, for it is shown in another way. */
  refresh() {
    this.stale = true;
    this.drawn = 0;
    want(this, { urgent: true });
  }

  // Cost and average are drawn together, so that they end at the same step. Whether the average is on its way.
  awaitsAverage(last, ended) {
    if (!this.average || !state.thinned || this.window.tables) return false;
    const came = () => {
      this.renewed = true;
      want(this, { urgent: ended || this.stale });
    };
    return this.served.renew(last, came, ended) && !ended && !this.stale;
  }

  showTip() {
    this.frame = null;
    if (this.stale || !this.visible || this.window.range || rowsOf(this.table) <= this.drawn) return;
    const from = Math.max(0, this.drawn - 1);
    const [xs, ys] = [this.xs(tables[this.table], from), tables[this.table][this.columns[0]].slice(from)];
    const { at, took } = this.painted;
    if (this.tip.show(xs, ys)) this.tell(tables.steps.step.at(-1));
    else if (performance.now() - at > REST * took) this.paint();
  }

  /** Have Plotly draw all there is; `ended` when no more will come. */
  paint({ ended = false } = {}) {
    forget(this);
    const start = performance.now();
    const table = this.window.tables?.[this.table] ?? tables[this.table] ?? {};
    const rows = table.step?.length ?? 0;
    const last = table.step?.at(-1) ?? 0;
    if (this.awaitsAverage(last, ended)) return;
    const { include } = this.room(last, ended || this.stale ? 0 : start - this.painted.at);
    if (this.averages && state.thinned) this.stale = true; // the page has not every point any more
    if (this.stale || this.renewed || ended || this.window.tables) this.redraw(table, include);
    else if (rows > this.drawn) {
      this.div.layout.xaxis.autorangeoptions = { include };
      extend(this.div, this.traces(table, this.drawn));
    }
    if (!this.window.tables) this.drawn = rows;
    this.tip?.hide();
    this.renewed = false;
    this.exact = this.stale = Boolean(this.window.tables); // the window's end is not where the history goes on
    this.painted = { at: performance.now(), took: performance.now() - start, step: last };
    this.tell(last);
  }

  redraw(table, include) {
    const { data, layout } = this.figure;
    this.averages = this.average && !state.thinned ? new Average(view.beta) : null;
    const points = [...this.traces(table, 0), ...this.averageOf(table)];
    const traces = data.map((trace, i) => (points[i] ? { ...trace, ...points[i] } : this.mapped(trace)));
    traces.push(...this.superseded());
    draw(this.div, { ...this.figure, data: traces, layout: arranged(layout, this, include) });
    listenTo(this);
  }

  // The points of the lines from a row on, as Plotly's own: it keeps the arrays that it is given.
  traces(table, from) {
    const xs = this.xs(table, from);
    const lines = this.columns.map((name) => ({ x: xs.slice(), y: (table[name] ?? []).slice(from) }));
    if (this.averages) lines.push({ x: xs.slice(), y: this.averages.extend(lines[0].y) });
    return lines;
  }

  // The average of a long run, from the server; until it is there, none.
  averageOf(table) {
    if (!this.average || this.averages) return [];
    const { step, average } = table["smooth.cost"] ? { step: table.step, average: table["smooth.cost"] } : this.served.rows;
    return [{ x: step.map(axis().map), y: average }];
  }

  // What does not count any more, pale and behind the rest, where somebody asks for it.
  superseded() {
    if (!view.superseded) return [];
    return state.superseded.flatMap(({ attempt, series }) => {
      const table = series[this.table];
      if (!table?.step?.length) return [];
      const x = table.step.map(axis().map);
      const look = { mode: "lines", line: { width: 1 }, opacity: 0.55, meta: { ink: "text", aside: true }, showlegend: false, zorder: -1 };
      return this.columns.map((name) => ({ ...look, x, y: table[name] ?? [], hovertemplate: `attempt ${attempt}: %{y:.5g}<extra></extra>` }));
    });
  }

  xs(table, from) {
    const { map } = axis();
    return (table.step ?? []).slice(from).map(map);
  }

  mapped(trace) {
    return { ...trace, x: trace.x.map(axis().map) };
  }

  // The axis reaches beyond the last point, so far that the tip has room until the next whole drawing.
  room(last, sinceLast) {
    const coming = this.tip && sinceLast ? (1.2 * this.pace * (last - this.painted.step)) / sinceLast : 0;
    return { include: last ? [axis().map(last + Math.min(coming, ROOM * last))] : undefined };
  }

  // For who wants to know, such as a benchmark: points up to a step are in the chart now.
  tell(step) {
    this.div.dispatchEvent(new CustomEvent("shown", { detail: step }));
  }
}
