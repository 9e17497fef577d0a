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

// A panel that comes while somebody types in the old one waits until they are done.
document.addEventListener("htmx:beforeRequest", (event) => {
  const panel = event.detail.elt;
  if (panel.id !== "cockpit" || event.detail.requestConfig.verb !== "get") return;
  if (panel.contains(document.activeElement) && document.activeElement.matches("input")) {
    event.preventDefault();
    document.activeElement.addEventListener("blur", () => document.body.dispatchEvent(new CustomEvent("revision")), { once: true });
  }
});

document.addEventListener("htmx:load", (event) => {
  putBack(event.detail.elt);
  if (event.detail.elt.querySelector?.("#log") || event.detail.elt.id === "cockpit") {
    document.dispatchEvent(new CustomEvent("log-changed"));
  }
});
