// The page of a sweep: its fragments come anew when trials change or when others are chosen, one answer at a time and
// at most once a second, without disturbing whoever is at work in them.

import { focusMarked, hold, letGo, mark } from "../fragments.js";
import "../menus.js";
import { look } from "./news.js";
import { clear, set, setRange } from "./selection.js";

const FRAGMENTS = ["trials", "sweep-chosen", "leaderboard", "next-round", "controls"];
const TYPING = 300; // ms
const page = document.getElementById("sweep");
const dialog = document.getElementById("dialog");

// --- fragments

let fetching = false;
let stale = false;

async function refresh() {
  stale = fetching;
  if (stale) return;
  fetching = true;
  const search = location.search;
  try {
    const answer = await fetch(`${page.dataset.parts}${search}`, { headers: { "HX-Request": "true" } });
    if (answer.ok && search === location.search) replace(await answer.text());
    else stale ||= search !== location.search;
  } catch { // no connection: the next news bring them
  } finally {
    fetching = false;
  }
  if (stale) refresh();
}

function replace(html) {
  const back = hold(FRAGMENTS);
  window.htmx.swap("#trials", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  back();
}

document.addEventListener("sweep-news", refresh);
document.addEventListener("sweep-selection", refresh);
const forgive = () => { document.getElementById("sweep-problem").hidden = true; };
document.addEventListener("input", (event) => { if (event.target.closest("#controls")) forgive(); });
document.body.addEventListener("sweep-changed", () => {
  forgive();
  dialog.close();
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
