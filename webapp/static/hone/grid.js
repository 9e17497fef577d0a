// The grid of charts below cost and error: which there are, where, and how wide.

import { keep } from "./arrangement.js";
import { bindMenu as bindTo } from "./card_menu.js";
import { Curve } from "./curve.js";
import { saveNumbers, savePicture } from "./downloads.js";
import { erase } from "./charts.js";
import { Picture } from "./picture.js";

const page = document.getElementById("run");
const grid = document.getElementById("charts");
const kinds = new Map(JSON.parse(document.getElementById("chart-kinds").textContent).map((kind) => [kind.name, kind]));
const MOST = 64;

export const cards = new Map(); // name -> { card, chart }

const addressOf = (name) => `${page.dataset.charts}${encodeURIComponent(name)}/`;
const placed = () => [...grid.children].map((card) => ({ name: card.dataset.name, wide: card.classList.contains("chart-card--wide") }));

/** The arrangement has changed: keep it, and tell the chooser. */
export function changed() {
  keep(placed());
  document.dispatchEvent(new CustomEvent("arranged"));
}

export const has = (name) => cards.has(name);
export const isFull = () => cards.size >= MOST;

/** Put a chart at the end of the grid. */
export function put(name, wide = false) {
  const kind = kinds.get(name);
  if (!kind || cards.has(name)) return null;
  const card = document.getElementById("chart-card").content.firstElementChild.cloneNode(true);
  card.dataset.name = name;
  card.classList.toggle("chart-card--wide", wide);
  card.querySelector("h2").textContent = kind.title;
  card.querySelector("h2").id = `title-${cards.size}-${name}`;
  card.setAttribute("aria-labelledby", card.querySelector("h2").id);
  card.querySelector(".chart-help").textContent = kind.help;
  card.querySelector(".chart").classList.toggle("chart--tall", kind.tall);
  card.querySelector("summary").setAttribute("aria-label", `What to do with ${kind.title}`);
  grid.append(card);
  bindMenu(card);
  bindDragging(card);
  cards.set(name, { card, kind, chart: null });
  begin(name);
  return card;
}

// A chart of the history is filled by the page, from a figure with empty lines; others are drawn by the server.
async function begin(name) {
  const entry = cards.get(name);
  const { card, kind } = entry;
  if (kind.source !== "history") {
    entry.chart = new Picture(card, addressOf(name), kind.source === "snapshots");
    return;
  }
  const figure = await figureOf(name);
  if (!figure || !card.isConnected) return;
  entry.chart = new Curve(card.querySelector(".chart"), card.querySelector(".chart-over"), figure, kind);
}

async function figureOf(name) {
  const answer = await fetch(addressOf(name)).catch(() => null);
  return answer?.ok ? (await answer.json()).figure : null;
}

// Who changes a run changes what is planned for it.
document.body.addEventListener("revision", async () => {
  for (const [name, { kind, chart }] of cards) {
    if (!kind.ahead || !chart) continue;
    chart.figure = (await figureOf(name)) ?? chart.figure;
    chart.refresh();
  }
});

function remove(card) {
  const { chart } = cards.get(card.dataset.name);
  chart?.leave();
  erase(card.querySelector(".chart"));
  cards.delete(card.dataset.name);
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  (next?.querySelector("summary") ?? document.getElementById("add-charts")).focus();
  changed();
}

/** Take a chart away by name. */
export function take(name) {
  const entry = cards.get(name);
  if (!entry) return;
  entry.chart?.leave();
  erase(entry.card.querySelector(".chart"));
  cards.delete(name);
  entry.card.remove();
  changed();
}

function move(card, by) {
  const other = by < 0 ? card.previousElementSibling : card.nextElementSibling;
  if (!other) return;
  if (by < 0) other.before(card);
  else other.after(card);
  changed();
}

function widen(card) {
  card.classList.toggle("chart-card--wide");
  changed();
}

// --- the menu of a card, which those above the grid have as well

const ACTIONS = {
  earlier: (card) => move(card, -1),
  later: (card) => move(card, 1),
  wide: widen,
  remove,
  png: (card) => savePicture(card.querySelector(".chart"), fileOf(card), "png"),
  svg: (card) => savePicture(card.querySelector(".chart"), fileOf(card), "svg"),
  csv: (card) => saveNumbers(`${addressOf(card.dataset.name)}csv/${momentOf(card)}`),
};

const fileOf = (card) => `${page.dataset.name} ${card.querySelector("h2").firstChild.textContent.trim()}`;

function momentOf(card) {
  const at = cards.get(card.dataset.name)?.chart?.at;
  return at === null || at === undefined ? "" : `?step=${at}`;
}

export const bindMenu = (card) => bindTo(card, ACTIONS);

// --- dragging

let dragged = null;

function bindDragging(card) {
  const handle = card.querySelector("header");
  handle.draggable = true;
  handle.addEventListener("dragstart", (event) => {
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(handle, 0, 0);
    card.classList.add("chart-card--dragged");
  });
  handle.addEventListener("dragend", () => {
    card.classList.remove("chart-card--dragged");
    dragged = null;
    changed();
  });
  card.addEventListener("dragover", (event) => {
    if (!dragged || dragged === card) return;
    event.preventDefault();
    const { left, width } = card.getBoundingClientRect();
    if (event.clientX < left + width / 2) card.before(dragged);
    else card.after(dragged);
  });
}
