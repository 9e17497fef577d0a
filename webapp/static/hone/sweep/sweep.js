// The page of a sweep: its fragments come anew when trials change or when others are chosen, one answer at a time and
// as often as pace.js lets them, without disturbing whoever is at work in them.

import { focusMarked, hold, letGo, mark } from "../fragments.js";
import { renew } from "../renew.js";
import { look } from "./news.js";
import { costOf, restAfter } from "./pace.js";
import { clear, set, setRange } from "./selection.js";

const FRAGMENTS = ["trials", "sweep-chosen", "leaderboard", "next-round", "controls", "sweep-plan"];
const TYPING = 300; // ms
const AROUND = 2; // with what is around the answer at the server, and with laying out the page, it costs twice as much
const page = document.getElementById("sweep");
const dialog = document.getElementById("dialog");

// --- fragments

let asking = false;
let stale = false; // whether there may be something else to show
let urgent = false; // whether somebody waits for it
let resting = null;

/** There may be something else to show. */
function expire({ soon = true } = {}) {
  stale = true;
  urgent ||= soon;
  next();
}

function next() {
  if (asking || !stale || (resting && !urgent)) return;
  clearTimeout(resting);
  resting = null;
  stale = urgent = false;
  ask();
}

async function ask() {
  asking = true;
  const search = location.search;
  let took = 0;
  try {
    const answer = await fetch(`${page.dataset.parts}${search}`, { headers: { "HX-Request": "true" } });
    const html = answer.ok ? await answer.text() : "";
    if (html && search === location.search) took = costOf(answer) + replace(html);
  } catch { // no connection: the next news bring them
  }
  asking = false;
  resting = setTimeout(rested, restAfter(AROUND * took));
  next();
}

function rested() {
  resting = null;
  next();
}

/** Put the newer fragments in place. Returns how many ms it took. */
function replace(html) {
  const began = performance.now();
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = FRAGMENTS.map((id) => template.content.getElementById(id));
  if (fresh.includes(null)) return 0; // another page: whoever looked is signed out
  const back = hold(FRAGMENTS);
  for (const node of fresh) {
    node.removeAttribute("hx-swap-oob");
    renew(document.getElementById(node.id), node);
  }
  back();
  return performance.now() - began;
}

document.addEventListener("sweep-news", ({ detail }) => expire({ soon: detail?.live === false }));
document.addEventListener("sweep-selection", () => expire());
const forgive = () => { document.getElementById("sweep-problem").hidden = true; };
document.addEventListener("input", (event) => { if (event.target.closest("#controls")) forgive(); });
document.body.addEventListener("sweep-changed", ({ detail }) => {
  forgive();
  document.getElementById("sweep-said").textContent = detail.said;
  dialog.close();
  expire();
  look();
});

// A page of the table, or another order of it
let putBack = () => {};
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "trials") putBack = hold(FRAGMENTS);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "trials") putBack();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt.closest("#controls form");
  if (form && event.detail.xhr.status === 204) letGo(form);
});

// --- what is chosen

document.addEventListener("click", (event) => {
  const part = event.target.closest("[data-without], [data-clear]");
  if (!part) return;
  event.preventDefault();
  if ("clear" in part.dataset) clearAll();
  else setRange(part.dataset.without.replace(/^range\./, ""), null);
});

function clearAll() {
  document.getElementById("sweep-q").value = "";
  clear();
}

const filter = document.getElementById("sweep-filter");
filter.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.name === "state") set("state", event.submitter.value);
  else set("q", filter.elements.q.value.trim());
});
let typing = null;
filter.elements.q.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => set("q", filter.elements.q.value.trim()), TYPING);
});

// --- the dialog of a trial, and of changes

let opener = null;

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog || dialog.open) return;
  opener = mark(document.activeElement, FRAGMENTS);
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
});
dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  focusMarked(opener);
});
