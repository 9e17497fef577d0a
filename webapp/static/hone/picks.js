// Runs that are ticked in a list stay ticked when htmx brings their rows anew.

const picked = new Set(); // keys of runs, also of pages of the table that htmx has taken away
const bar = document.getElementById("bulk");
const count = document.getElementById("bulk-count");
const found = document.getElementById("pick-found");
const boxes = () => [...document.querySelectorAll('#runs input[name="run"]')];
const table = () => document.getElementById("runs");

function show() {
  const here = boxes();
  const ticked = here.filter((box) => box.checked).length;
  const page = document.getElementById("pick-page");
  if (page) {
    page.checked = here.length > 0 && ticked === here.length;
    page.indeterminate = ticked > 0 && ticked < here.length;
  }
  const all = Number(table()?.dataset.found ?? 0);
  const more = here.length > 0 && ticked === here.length && all > here.length;
  if (!more) found.checked = false;
  found.parentElement.hidden = !more;
  found.nextElementSibling.textContent = `All ${all.toLocaleString("en")} that were found`;
  bar.hidden = ticked === 0;
  count.textContent = found.checked ? `${all.toLocaleString("en")} chosen` : `${ticked} chosen`;
}

function read() {
  for (const box of boxes()) picked[box.checked ? "add" : "delete"](box.value);
  show();
}

function restore() {
  if (!bar) return;
  for (const box of boxes()) box.checked = picked.has(box.value);
  bar.elements.query.value = table()?.dataset.query ?? "";
  show();
}

document.addEventListener("change", (event) => {
  if (event.target.id === "pick-page") boxes().forEach((box) => { box.checked = event.target.checked; });
  if (event.target.matches('#pick-page, #pick-found, #runs input[name="run"]')) read();
});
document.addEventListener("htmx:afterSettle", restore);
document.addEventListener("htmx:oobAfterSwap", restore);
if (bar) read(); // a browser that goes back keeps its ticks
