// The cockpit beside the curves: a dialog for changes and branches, and folds that stay as somebody left them while
// the panel is replaced by a newer one.

const dialog = document.getElementById("dialog");
const folds = new Map(); // data-keep -> open

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === dialog && !dialog.open) dialog.showModal();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
});

document.body.addEventListener("close-dialog", () => dialog.close());

dialog.addEventListener("close", () => dialog.replaceChildren());

document.addEventListener("toggle", (event) => {
  if (event.target.dataset?.keep) folds.set(event.target.dataset.keep, event.target.open);
}, true);

function putBack(root) {
  for (const fold of root.querySelectorAll("details[data-keep]")) {
    if (folds.has(fold.dataset.keep)) fold.open = folds.get(fold.dataset.keep);
  }
}

// The panel is fetched anew when there is news, one after the other; while somebody types in it, once they are done.
let fetching = false;
let stale = false;

async function refresh() {
  const panel = document.getElementById("cockpit");
  const typing = panel.contains(document.activeElement) && document.activeElement.matches("input");
  stale = fetching || typing;
  if (typing) document.activeElement.addEventListener("blur", refresh, { once: true });
  if (stale) return;
  fetching = true;
  try {
    const answer = await fetch(panel.dataset.address, { headers: { "HX-Request": "true" } });
    if (answer.ok) window.htmx.swap("#cockpit", await answer.text(), { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  } catch { // no connection: the next message brings another revision
  } finally {
    fetching = false;
  }
  if (stale) refresh();
}

document.body.addEventListener("revision", refresh);

document.addEventListener("htmx:load", (event) => {
  putBack(event.detail.elt);
  if (event.detail.elt.querySelector?.("#log") || event.detail.elt.id === "cockpit") {
    document.dispatchEvent(new CustomEvent("log-changed"));
  }
});
