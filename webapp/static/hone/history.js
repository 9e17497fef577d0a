// All that the page knows of a run's history: tables of columns, and how steps become epochs and time.
//
// `steps` has a row for every mini-batch step, or the most telling ones of a long run; `epochs` one for every
// epoch; `pulse` how fast it went. Each has a column `step`, in ascending order.

import { view } from "./view.js";

export const tables = {};
export const state = { thinned: false, attempt: 0, clock: [], superseded: [] };
const listeners = new Set();

/** Call `heard` whenever rows are added, with false, or all are taken away, with true. */
export function listen(heard) {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

const tell = (anew) => listeners.forEach((heard) => heard(anew));

export function clear() {
  if (!Object.keys(tables).length) return;
  for (const name of Object.keys(tables)) delete tables[name];
  tell(true);
}

export function add(series) {
  for (const [name, columns] of Object.entries(series)) {
    const table = (tables[name] ??= {});
    for (const [column, values] of Object.entries(columns)) (table[column] ??= []).push(...values);
  }
  tell(false);
}

export const rowsOf = (name) => tables[name]?.step?.length ?? 0;

// --- from steps to what the x axis shows

// The cockpit is brought anew when the run was changed, for example its batch size.
const stepsPerEpoch = () => Number(document.getElementById("cockpit").dataset.stepsPerEpoch) || 1;

// Where step lies among ascending numbers: the value between its neighbours, going on evenly beyond the last.
function between(xs, ys, x) {
  const n = xs.length;
  if (!n) return null;
  if (x <= xs[0]) return ys[0];
  let [low, high] = [0, n - 1];
  if (x >= xs[high]) return ys[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
}

function toEpoch(step) {
  const { step: steps = [], epoch: epochs = [] } = tables.epochs ?? {};
  const last = steps.at(-1) ?? 0;
  if (step >= last) return (epochs.at(-1) ?? 0) + (step - last) / stepsPerEpoch();
  if (step < steps[0]) return (epochs[0] * step) / steps[0];
  return between(steps, epochs, step);
}

// What is planned goes on at the speed so far.
function toSeconds(step) {
  const { step: steps = [], seconds = [] } = tables.steps ?? {};
  const last = steps.at(-1) ?? 0;
  return step <= last ? between(steps, seconds, step) : (seconds.at(-1) * step) / last || null;
}

// Date and time on the clock: of each attempt it is known when it began, and the steps and seconds done by then.
// A step is of the newest attempt that began before it.
function toWall(step) {
  const attempt = state.clock.findLast((one) => one.step < Math.max(1, step));
  const seconds = toSeconds(step);
  if (!attempt || seconds === null) return null;
  const at = attempt.began + 1000 * (seconds - attempt.seconds);
  return at - new Date(at).getTimezoneOffset() * 60_000; // Plotly shows UTC
}

const AXES = {
  step: { title: "step", hover: "step %{x:,d}", map: (step) => step },
  epoch: { title: "epoch", hover: "epoch %{x:,.2f}", map: toEpoch },
  time: { title: "seconds trained", hover: "%{x:,.1f} s", map: toSeconds },
  wall: { title: "time of day", hover: "%{x|%d %b, %H:%M:%S}", map: toWall, type: "date" },
};

export const hasClock = () => Boolean(tables.steps?.seconds?.length);

/** The axis that the view asks for, or steps while the history does not know times. */
export function axis() {
  if (view.x === "time" && !hasClock()) return AXES.step;
  if (view.x === "wall" && !(hasClock() && state.clock.length)) return AXES.step;
  return AXES[view.x];
}

/** The first and last step whose place on the axis lies between two values. */
export function stepsBetween(low, high) {
  const { map } = axis();
  const top = Math.max(tables.steps?.step?.at(-1) ?? 0, tables.epochs?.step?.at(-1) ?? 0);
  return [firstReaching(map, low, top), firstReaching(map, high, top)];
}

function firstReaching(map, value, top) {
  let [low, high] = [0, top + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (map(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
