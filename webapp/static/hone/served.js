// What of the history the page asks the server for on occasion: averages of a long run, the exact points of a
// window, when attempts began, and what does not count any more. The rest comes by itself, live.

import { state, tables } from "./history.js";
import { view } from "./view.js";

const page = document.getElementById("run");
const NAMES = "cost,learning_rate,train_cost,train_error,dev_cost,dev_error,memory_mb,steps_per_second";
const REST = 20; // times as long as an average took to come, until it is asked for again ...
const PAUSE = 2000; // ... but at least so many ms

/** The answer, or null when there is none or the run began anew meanwhile. */
async function ask(wanted) {
  const { attempt } = state;
  const answer = await fetch(`${page.dataset.history}?${new URLSearchParams(wanted)}`).catch(() => null);
  return answer?.ok && attempt === state.attempt ? answer.json() : null;
}

/** The tables between two steps, both included, each point of them if they are not too many. */
export async function windowBetween(first, last) {
  const answer = await ask({ names: NAMES, beta: view.beta, first: Math.max(0, first), last: Math.max(0, last) });
  return answer && { ...tables, ...answer.series };
}

/** The average of the cost over all steps, of which the page has but some: asked for as often as it pays. */
export class ServedAverage {
  constructor() {
    this.forget();
  }

  /** Of another run, or with another beta. */
  forget() {
    Object.assign(this, { rows: null, upTo: -1, due: 0, asking: false });
  }

  /** Ask for it, when there is more than it knows of; `came` is called with it. */
  async renew(step, came) {
    if (this.asking || step <= this.upTo || performance.now() < this.due) return;
    this.asking = true;
    const [start, { beta }] = [performance.now(), view];
    const answer = await ask({ names: "cost", beta });
    if (beta !== view.beta) return; // forgotten meanwhile
    this.asking = false;
    this.due = performance.now() + Math.max(PAUSE, REST * (performance.now() - start));
    if (!answer) return;
    const { step: steps, "smooth.cost": averages } = answer.series.steps;
    this.rows = { step: steps, average: averages };
    this.upTo = step;
    came();
  }
}

/** Learn when attempts began, for the axis with the time of day. */
export async function loadClock() {
  const answer = await ask({ names: "dev_error", first: 0, last: 0 });
  if (answer) state.clock = answer.clock;
}

/** [{ attempt, series }, ...] of what was superseded, for all charts of the history. */
export async function loadSuperseded() {
  const answer = await ask({ names: NAMES, first: 0, last: 0, superseded: 1 });
  state.superseded = answer?.superseded ?? [];
}
