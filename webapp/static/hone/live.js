// The run page, live: news from the websocket go into the charts and the strip.
//
// A message is {attempt, after, cursor, series, strip, live}: all of the run between the chunks `after` and
// `cursor`. The page keeps its cursor; whenever a message does not begin where the page stands, or nothing
// comes for a while, it connects anew and gets what it lacks. Replay and live are the same messages.

import { drawFrom, extend, replace } from "./charts.js";

const SILENCE = 15_000; // ms without a message until the connection counts as lost
const REST = 3; // times as long as a drawing took, at least, until the chart's next one
const MOST_POINTS = 4_000; // a chart that grew beyond this is read anew, thinned

const page = document.getElementById("run");
const place = { attempt: 0, cursor: 0 };
let live = true; // whether the run can still change
let socket = null;
let retry = 0;
let silence = null;

// A chart of this page: where its series come from, the points it was given, and those not drawn yet.
class Curve {
  // `pace` is the ms between two drawings, at least: the eye needs no more, and training has the other core.
  constructor(id, table, x, ys, pace) {
    this.div = document.getElementById(id);
    this.table = table;
    this.x = x;
    this.ys = ys;
    this.window = null; // the rows that a zoom shows exactly, while it does
    this.points = this.fresh = this.none();
    this.stale = false; // whether all points have to be drawn anew
    this.pace = pace;
    this.pause = 0; // ms until the next drawing
    this.waiting = false;
    drawFrom(this.div);
  }

  none() {
    return [this.x, ...this.ys].map(() => []);
  }

  clear() {
    this.points = this.none();
    this.fresh = this.none();
    this.stale = true;
  }

  add(series) {
    [this.x, ...this.ys].forEach((name, i) => this.fresh[i].push(...series[this.table][name]));
    if (this.fresh[0].length || this.stale) this.paintSoon();
  }

  paintSoon() {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => requestAnimationFrame(() => this.paint()), this.pause);
  }

  get size() {
    return this.points[0].length;
  }

  paint() {
    const start = performance.now();
    this.waiting = false;
    this.draw();
    this.pause = Math.max(this.pace, REST * (performance.now() - start));
    if (this.size > MOST_POINTS && !this.window && live) startOver();
  }

  draw() {
    const fresh = this.fresh;
    this.fresh = this.none();
    this.points.forEach((column, i) => column.push(...fresh[i]));
    if (this.window) return;
    if (this.stale) this.redraw(this.points);
    else if (fresh[0].length) extend(this.div, this.traces(fresh));
    this.stale = false;
  }

  traces([x, ...ys]) {
    return ys.map((y) => ({ x: x.slice(), y }));
  }

  // Plotly keeps the arrays it is given as its own: it gets copies.
  redraw(columns) {
    replace(this.div, this.traces(columns.map((column) => column.slice())));
  }

  // Show the exact rows of a window, or, without one, all points again.
  zoom(series) {
    this.window = series ? [this.x, ...this.ys].map((name) => series[this.table][name]) : null;
    this.redraw(this.window ?? this.points);
  }
}

const cost = new Curve("cost-chart", "steps", "step", ["cost"], 130);
const error = new Curve("error-chart", "epochs", "epoch", ["train_error", "dev_error"], 1000);
const curves = [cost, error];

// The cost is thinned when a run is long: a zoom asks for the exact points of its steps.
cost.div.on("plotly_relayout", async (change) => {
  if (change["xaxis.autorange"] && cost.window) return cost.zoom(null);
  const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
  if (from === undefined || !place.thinned) return;
  const asked = new URLSearchParams({ first: Math.max(0, Math.floor(from)), last: Math.max(0, Math.ceil(to)) });
  const answer = await fetch(`${page.dataset.history}?${asked}`);
  if (answer.ok) cost.zoom((await answer.json()).series);
});

function receive(message) {
  if (message.attempt !== place.attempt) {
    curves.forEach((curve) => curve.clear());
  } else if (message.after !== place.cursor) {
    return connect(); // a gap: ask for what lies beyond our cursor
  }
  Object.assign(place, { attempt: message.attempt, cursor: message.cursor, thinned: message.thinned });
  curves.forEach((curve) => curve.add(message.series));
  live = message.live;
  if (!live) curves.forEach((curve) => curve.paint()); // the last points and the last figures together
  showStrip(message.strip);
  showLink("live");
}

// Read everything anew, thinned: with no attempt to go on with, the page clears its charts first.
function startOver() {
  Object.assign(place, { attempt: 0, cursor: 0 });
  connect();
}

function showStrip(strip) {
  for (const node of document.querySelectorAll("[data-strip]")) {
    const text = strip[node.dataset.strip];
    if (node.textContent !== text) node.textContent = text;
  }
  const badge = document.querySelector("[data-strip=state]");
  badge.className = `badge badge--${strip.state}`;
  const reason = document.querySelector("[data-strip=reason]");
  reason.hidden = !strip.reason;
  reason.className = `notice notice--${["stopped", "finished"].includes(strip.state) ? "info" : "error"}`;
  document.getElementById("run-progress").value = Number(strip.progress);
  document.querySelectorAll("[data-while-live]").forEach((node) => { node.hidden = !live; });
  document.querySelectorAll("[data-when-ended]").forEach((node) => { node.hidden = live; });
}

const LINKS = { live: "Connected", "catching-up": "Catching up …", lost: "Connection lost, trying again" };

function showLink(state) {
  const node = document.getElementById("link-state");
  node.className = `link-state link-state--${state}`;
  if (node.textContent !== LINKS[state]) node.textContent = LINKS[state];
}

function connect() {
  if (socket) {
    socket.onclose = socket.onmessage = null;
    socket.close();
  }
  showLink(retry ? "lost" : "catching-up");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const asked = new URLSearchParams({ attempt: place.attempt, after: place.cursor });
  socket = new WebSocket(`${scheme}://${location.host}${page.dataset.socket}?${asked}`);
  socket.onmessage = (event) => {
    retry = 0;
    listenForSilence();
    receive(JSON.parse(event.data));
  };
  socket.onclose = lose;
  listenForSilence();
}

function lose() {
  showLink("lost");
  clearTimeout(silence);
  setTimeout(connect, Math.min(8_000, 500 * 2 ** retry++));
}

function listenForSilence() {
  clearTimeout(silence);
  silence = setTimeout(connect, SILENCE);
}

// A page that wakes from sleep, or comes back into view, looks at once.
addEventListener("online", connect);
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

connect();
