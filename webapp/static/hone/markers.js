// What was done to the run, and when: the entries of its log, as charts mark them.
//
// The log is a list that is replaced by a newer one: <ol id="log"><li data-step="120" data-kind="change"
// data-label="Learning rate 0.01 to 0.001, by ada">. Whoever replaces it sends "log-changed" to the document.

let known = read();

/** [{ step, kind, label }, ...] in the order of the list. */
export const marks = () => known;

function read() {
  return [...document.querySelectorAll("#log [data-step]")].map(({ dataset }) => ({
    step: Number(dataset.step),
    kind: dataset.kind ?? "",
    label: dataset.label ?? "",
  }));
}

function look() {
  const found = read();
  if (JSON.stringify(found) === JSON.stringify(known)) return;
  known = found;
  document.dispatchEvent(new CustomEvent("marks-changed"));
}

document.addEventListener("log-changed", look);
document.addEventListener("htmx:load", look);
