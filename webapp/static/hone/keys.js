// Keys for frequent things: an element with data-key="c" is pressed by that key, wherever it stands on the page.
// `?` lists all that the page has now, so that the list is always true.

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

const nameOf = (key) => (key === " " ? "Space" : key);

const reachable = (node) => !node.disabled && !node.closest("[hidden]");

function labelOf(node) {
  return node.dataset.keyLabel ?? node.getAttribute("aria-label") ?? node.textContent.trim();
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") return showKeys();
  // A focused button or link keeps its own Space
  if (event.key === " " && event.target.closest?.("button, a, summary, [tabindex]:not(main)")) return;
  const found = [...document.querySelectorAll(`[data-key="${CSS.escape(nameOf(event.key))}"]`)].find(reachable);
  if (!found) return;
  event.preventDefault();
  if (found.popoverTargetElement) found.focus(); // the next Tab goes into its menu
  found.click();
});

function showKeys() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog dialog--keys";
  dialog.setAttribute("aria-label", "Keys");
  const title = document.createElement("h2");
  title.textContent = "Keys";
  const list = document.createElement("dl");
  list.className = "keys";
  const known = [...document.querySelectorAll("[data-key]")].filter(reachable);
  for (const [key, label] of [...known.map((node) => [node.dataset.key, labelOf(node)]), ["?", "This list"], ["Esc", "Close"]]) {
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    const words = document.createElement("dd");
    words.textContent = label;
    list.append(term, words);
  }
  const close = document.createElement("button");
  close.className = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(title, list, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
