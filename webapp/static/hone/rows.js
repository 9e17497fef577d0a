// A table row with data-href opens as a whole: by click, by middle click or Ctrl, and by Enter while it has the focus.
// The link inside the row stays the way for screen readers; the listeners sit on the document so that
// rows that htmx brings later work too.

const rowOf = (event) => {
  if (event.target.closest("a, button, input, select, label, summary")) return null;
  return event.target.closest("tr[data-href]");
};

function open(row, inNewTab) {
  if (inNewTab) window.open(row.dataset.href, "_blank", "noopener");
  else window.location.assign(row.dataset.href);
}

document.addEventListener("click", (event) => {
  const row = rowOf(event);
  if (row && !String(window.getSelection())) open(row, event.ctrlKey || event.metaKey);
});

document.addEventListener("auxclick", (event) => {
  const row = rowOf(event);
  if (row && event.button === 1) open(row, true);
});

// Enter opens a row that has the focus itself; up and down walk through the rows' links.
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr[data-href]");
  if (event.key === "Enter" && row && row === event.target) return open(row, event.ctrlKey || event.metaKey);
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const next = row && step && row[step];
  if (!next) return;
  event.preventDefault();
  (next.querySelector("a") ?? next).focus();
});
