// The dialog in which charts are chosen, and the controls that hold for all charts with lines.

import { windowFor } from "./average.js";
import { changed, has, isFull, put, take } from "./grid.js";
import { hasClock, listen } from "./history.js";
import { change, view } from "./view.js";

const dialog = document.getElementById("chooser");
const search = dialog.querySelector("input[type=search]");
const boxes = [...dialog.querySelectorAll("input[type=checkbox]")];

function tick() {
  for (const box of boxes) {
    box.checked = has(box.value);
    box.disabled = !box.checked && isFull();
  }
}

document.getElementById("add-charts").addEventListener("click", () => {
  tick();
  dialog.showModal();
  search.focus();
});

dialog.addEventListener("change", (event) => {
  if (event.target.type !== "checkbox") return;
  if (event.target.checked) {
    put(event.target.value);
    changed();
  } else take(event.target.value);
});

document.addEventListener("arranged", tick);
dialog.querySelector("[data-close-chooser]").addEventListener("click", () => dialog.close());

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of dialog.querySelectorAll("[data-words]")) {
    row.hidden = !words.every((word) => row.dataset.words.includes(word));
  }
  for (const group of dialog.querySelectorAll("fieldset")) {
    group.hidden = !group.querySelector("[data-words]:not([hidden])");
  }
  dialog.querySelector("[data-none]").hidden = Boolean(dialog.querySelector("[data-words]:not([hidden])"));
});

// --- controls: each is named as what it sets in the view

const controls = document.getElementById("chart-controls");

function showView() {
  for (const control of controls.elements) {
    if (!(control.name in view)) continue;
    if (control.type === "checkbox") control.checked = control.name === "zoom" ? view.zoom === "shared" : view[control.name];
    else if (control.name === "beta") control.value = toPlace(view.beta);
    else control.value = view[control.name];
  }
  const window = windowFor(view.beta);
  const steps = window < 10 ? window.toFixed(1) : Math.round(window).toLocaleString("en");
  controls.querySelector("output").textContent = `${Number(view.beta.toFixed(4))}: about ${steps} step${steps === "1.0" ? "" : "s"}`;
}

// The slider runs evenly over the length of the window, from 1 step to 10,000.
const toPlace = (beta) => Math.round(100 * Math.log10(windowFor(beta)));
const toBeta = (place) => Number((1 - 10 ** (-place / 100)).toFixed(4));

function valueOf(control) {
  if (control.name === "zoom") return control.checked ? "shared" : "single";
  if (control.type === "checkbox") return control.checked;
  return control.name === "beta" ? toBeta(Number(control.value)) : control.value;
}

controls.addEventListener("input", ({ target }) => {
  if (!(target.name in view)) return;
  change({ [target.name]: valueOf(target) });
  showView();
  changed();
});
controls.addEventListener("submit", (event) => event.preventDefault());

// Times can be chosen when the history knows them.
function offerTimes() {
  controls.querySelector("option[value=time]").disabled = !hasClock();
  controls.querySelector("option[value=wall]").disabled = !hasClock();
}

listen(offerTimes);
offerTimes();
showView();
