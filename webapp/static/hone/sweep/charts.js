// The charts of a sweep. Each one in view is fetched and drawn when trials change, one redraw a second at most and more
// seldom when it costs much, and at once when somebody chooses other trials or another view. What is chosen stands in the
// address, see selection.js.

import { bindMenu } from "../card_menu.js";
import { draw } from "../charts.js";
import { saveNumbers, savePicture } from "../downloads.js";
import { enter, every, inView, want } from "../painter.js";
import { Brushes } from "./brushes.js";
import { costOf, restAfter } from "./pace.js";
import { query, setRange } from "./selection.js";

const RETRY = 3000; // ms after a question without an answer
const BUSY = 300; // ms until it is looked again whether somebody still drags in a chart
const OPTIONS = ["x", "log", "a", "b", "trial"]; // see Asked in pages/charts/scene.py
const board = document.getElementById("sweep-board");
const logarithmic = board.querySelector("[name=log]"); // by itself as the scores suggest
const asked = new URLSearchParams(location.search);
const view = Object.fromEntries(OPTIONS.filter((name) => asked.get(name)).map((name) => [name, asked.get(name)]));
const charts = [];

every(restAfter(0));

// One question at a time: the next is asked when the one before was answered.
let answered = Promise.resolve();
function inTurn(ask) {
  answered = answered.then(ask, ask);
  return answered;
}

const addressOf = (name, part = "") =>
  `${board.dataset.charts}${encodeURIComponent(name)}/${part}?${new URLSearchParams([...new URLSearchParams(query()), ...Object.entries(view)])}`;

class Chart {
  constructor(card) {
    this.card = card;
    this.name = card.dataset.name;
    this.div = card.querySelector(".chart");
    this.figure = null;
    this.text = null; // of the last answer
    this.cost = 0; // ms that the server took for it
    this.shown = null; // of the one that is drawn
    this.loading = null; // the address of the question that is on its way
    this.stale = true; // whether there may be something else to show
    this.fresh = false; // whether something came that is not drawn yet
    bindMenu(card, {
      png: () => this.save("png"),
      svg: () => this.save("svg"),
      csv: () => saveNumbers(addressOf(this.name, "csv/")),
    });
    if (card.querySelector("[data-brushes]")) this.brushes = new Brushes(this.div, card.querySelector(".chart-over"), setRange);
    enter(this);
  }

  /** There may be something else to show. */
  expire({ urgent = false } = {}) {
    this.stale = true;
    if (urgent) this.fresh = false; // what came just before is of another choice
    want(this, { urgent });
  }

  get isBusy() {
    return Boolean(this.brushes?.isActive || this.div._dragging);
  }

  paint() {
    if (this.isBusy) return want(this, { wait: BUSY });
    const { fresh, stale } = this;
    this.fresh = false;
    if (fresh) this.showTimed();
    if (stale && fresh) want(this);
    else if (stale) this.load();
  }

  async load() {
    const address = addressOf(this.name);
    if (this.loading === address) return; // its answer is on its way, and stale by then: it is asked again
    Object.assign(this, { stale: false, loading: address });
    const answer = await inTurn(() => (this.loading === address ? ask(address) : null));
    if (this.loading !== address) return; // it was asked for something else meanwhile
    this.loading = null;
    if (!answer) return this.tryAgain();
    if (answer.text === this.shown) return this.stale && want(this);
    Object.assign(this, { ...answer, fresh: true });
    this.figure = answer.content.figure ?? null;
    want(this, { urgent: true });
  }

  // No connection, or the laboratory starts again.
  tryAgain() {
    this.stale = true;
    want(this, { wait: RETRY });
  }

  // The next redraw comes the later, the more this one has cost.
  showTimed() {
    const began = performance.now();
    this.show();
    every(restAfter(this.cost + performance.now() - began, inView().length));
  }

  show() {
    const { content, card } = this;
    this.shown = this.text;
    say(card.querySelector(".chart-empty"), this.figure ? "" : (content.error ?? content.empty));
    say(card.querySelector(".chart-note"), content.note);
    this.div.classList.toggle("chart--nothing", !this.figure);
    if (content.pair) offer(card, content);
    if ("log" in content) logarithmic.checked = content.log;
    if (this.brushes) this.widen(this.figure ? content.axes.length : 0);
    if (this.figure) draw(this.div, this.figure).then(() => this.drawn());
    this.brushes?.show(this.figure ? content.axes : []);
  }

  drawn() {
    if (this.isHeard) return;
    this.isHeard = true;
    this.div.on("plotly_click", ({ points }) => open(points.find(({ data }) => data.type === "scatter")));
    this.brushes?.attach();
  }

  // On a narrow screen the axes keep their distance, and the chart scrolls.
  widen(axes) {
    this.div.parentElement.style.minWidth = `${axes * 84}px`;
  }

  save(format) {
    if (this.figure) savePicture(this.div, `${board.dataset.name} ${this.card.querySelector("h2, h3").textContent.trim()}`, format);
  }
}

async function ask(address) {
  const answer = await fetch(address).catch(() => null);
  const text = (await answer?.text().catch(() => null)) ?? null;
  if (text === null) return null;
  try {
    return { text, cost: costOf(answer), content: JSON.parse(text) };
  } catch {
    return { text, cost: 0, content: { error: "This chart could not be drawn. Reload the page to try again." } };
  }
}

function say(node, words = "") {
  node.textContent = words;
  node.hidden = !words;
}

// --- a trial that was clicked is marked in every chart, and its dialog opens

function open(point) {
  const number = point?.customdata;
  if (!Number.isInteger(number)) return;
  choose({ trial: String(number) });
  window.htmx.ajax("GET", `${board.dataset.trials}${number}/`, { target: "#dialog", swap: "innerHTML" });
}

// --- how the charts are shown

/** Change options; "" is what they are by themselves. */
function choose(values) {
  const address = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) view[name] = value;
    else delete view[name];
    if (value) address.set(name, value);
    else address.delete(name);
  }
  const search = address.toString();
  history.replaceState(history.state, "", `${location.pathname}${search && `?${search}`}${location.hash}`);
  charts.forEach((chart) => chart.expire({ urgent: true }));
}

function offer(card, { dimensions, pair }) {
  card.querySelectorAll("[data-pair] select").forEach((select, i) => {
    if (select.options.length !== dimensions.length) {
      select.replaceChildren(...dimensions.map(({ path, title }) => new Option(title, path)));
    }
    if (document.activeElement !== select) select.value = pair[i] ?? "";
  });
  card.querySelector("[data-pair]").hidden = pair.length < 2;
}

board.addEventListener("change", ({ target }) => {
  if (target === logarithmic) choose({ log: target.checked ? "1" : "0" });
  else if (target.name === "x") choose({ x: target.value });
  else if (target.closest("[data-pair]")) {
    const [a, b] = [...board.querySelectorAll("[data-pair] select")];
    if (a.value === b.value) { // the other axis takes what this one had
      const { pair } = charts.find(({ card }) => card.contains(a)).content;
      (target === a ? b : a).value = pair[target === a ? 0 : 1];
    }
    choose({ a: a.value, b: b.value });
  }
});

board.querySelector("[name=x]").value = view.x ?? "trials";
for (const card of board.querySelectorAll(".chart-card")) charts.push(new Chart(card));

document.addEventListener("sweep-news", ({ detail }) => {
  const ended = detail?.live === false; // then nobody is to wait for what was the last
  charts.forEach((chart) => chart.expire({ urgent: ended }));
});
document.addEventListener("sweep-selection", () => charts.forEach((chart) => chart.expire({ urgent: true })));
