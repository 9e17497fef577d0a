// Which trials are chosen: it stands in the address, as ?range.learning_rate=0.001..0.01&state=finished|pruned&q=12,
// and pages/selection.py reads it. Whoever changes it calls these functions; every part of the page hears
// "sweep-selection" on the document.

const RANGE = "range.";
const isPart = (name) => name.startsWith(RANGE) || name === "state" || name === "q";
const parts = () => [...new URLSearchParams(location.search)].filter(([name]) => isPart(name));

/** { ranges: { path: "0.001..0.01" or "adam|momentum" }, state, q } */
export function read() {
  const all = parts();
  const ranges = all.filter(([name]) => name.startsWith(RANGE)).map(([name, value]) => [name.slice(RANGE.length), value]);
  const { state = "", q = "" } = Object.fromEntries(all);
  return { ranges: Object.fromEntries(ranges), state, q };
}

/** The selection alone as part of an address, without how the table is sorted. */
export const query = () => new URLSearchParams(parts()).toString();

/** Choose by a dimension, or by `score`; null: not by it any more. */
export const setRange = (path, value) => set(`${RANGE}${path}`, value);

/** Change one part by its name in the address, such as "state"; null or "" takes it away. */
export function set(name, value) {
  const params = new URLSearchParams(location.search);
  if (value === null || value === "") params.delete(name);
  else params.set(name, value);
  put(params);
}

/** Choose all trials again. */
export function clear() {
  const params = new URLSearchParams(location.search);
  parts().forEach(([name]) => params.delete(name));
  put(params);
}

function put(params) {
  const before = query();
  params.delete("page");
  const search = params.toString();
  history.replaceState(history.state, "", `${location.pathname}${search && `?${search}`}${location.hash}`);
  if (query() !== before) document.dispatchEvent(new CustomEvent("sweep-selection", { detail: read() }));
}
