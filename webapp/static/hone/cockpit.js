// The cockpit beside the curves: a dialog for changes and branches, and fragments that are fetched anew when there
// is news, without disturbing whoever is at work in them.

import { focusMarked, hold, letGo, mark, putFoldsBack } from "./fragments.js";
import "./once.js";

const FRAGMENTS = ["cockpit", "controls"].filter((id) => document.getElementById(id)); // a shared run has no buttons
const dialog = document.getElementById("dialog");
let opener = null; // the button that opened the dialog
let putBack = () => {};

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "cockpit") putBack = hold(FRAGMENTS);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "cockpit") {
    putBack();
    refusal()?.scrollIntoView({ block: "nearest" }); // on a narrow page the cockpit stands below the charts
  }
  if (event.detail.target !== dialog || dialog.open) return;
  opener = mark(document.activeElement, FRAGMENTS);
  dialog.showModal();
  dialog.querySelector("[autofocus], .dialog__fields input")?.focus();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt.closest(FRAGMENTS.map((id) => `#${id} form`));
  if (!form || event.detail.xhr.status !== 204) return;
  refusal()?.remove();
  letGo(form);
});

// Why the last command was refused: it stays until another one is taken, whatever news come.
const refusal = () => document.querySelector("#cockpit > [role=alert]");

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
});

document.body.addEventListener("close-dialog", () => dialog.close());

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  focusMarked(opener);
});

// One after the other: news that come while the panel is on its way, or in use, are fetched after it.
let fetching = false;
let stale = false;

async function refresh() {
  stale = fetching || isInUse();
  if (stale) return;
  fetching = true;
  try {
    const answer = await fetch(document.getElementById("cockpit").dataset.address, { headers: { "HX-Request": "true" } });
    const html = answer.ok ? await answer.text() : "";
    if (isInUse()) stale = true;
    else if (html) replace(html);
  } catch { // no connection: the next message brings another revision
  } finally {
    fetching = false;
  }
  if (stale) refresh();
}

// In use: a button that is pressed would lose its click if another took its place, a command or a dialog its answer.
let pressed = false;
let requests = 0; // on their way
const isInUse = () => pressed || requests > 0;

function settle() {
  if (stale && !fetching) refresh();
}

function press({ type, key, target }) {
  if (type === "keydown" && key !== " ") return; // other keys act when they go down
  pressed = FRAGMENTS.some((id) => document.getElementById(id).contains(target));
}

function release() {
  setTimeout(() => { // the click comes right after it
    pressed = false;
    settle();
  });
}

for (const begin of ["pointerdown", "keydown"]) document.addEventListener(begin, press);
for (const end of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(end, release);
addEventListener("blur", release);

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  requests += 1;
  detail.xhr.addEventListener("loadend", () => {
    requests -= 1;
    settle();
  });
});

function replace(html) {
  const back = hold(FRAGMENTS);
  const refused = refusal();
  window.htmx.swap("#cockpit", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  if (refused) document.getElementById("cockpit").prepend(refused);
  back();
}

document.body.addEventListener("revision", refresh);

document.addEventListener("htmx:load", (event) => {
  putFoldsBack(event.detail.elt);
  if (event.detail.elt.querySelector?.("#log") || event.detail.elt.id === "cockpit") {
    document.dispatchEvent(new CustomEvent("log-changed"));
  }
});
