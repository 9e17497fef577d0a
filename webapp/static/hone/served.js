// What of the history the page asks the server for on occasion: averages of a long run, the exact points of a
// window, when attempts began, and what does not count any more. The rest comes by itself, live.

import { state, tables } from "./history.js";
import { view } from "./view.js";

const page = document.getElementById("run");
const NAMES = "cost,learning_rate,train_cost,train_error,dev_cost,dev_error,memory_mb,steps_per_second";
const PATIENCE = 150; // ms that a drawing waits for the average that belongs to it
const MOST_POINTS = 6_000; // of an average that grew piece by piece
const REST = 12; // times as long as an average took to come, until it is asked for again ...
const SETBACK = 5000; // ... and ms after a question without an answer

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

/** The average of the cost over all steps, of which the page has but some: asked for up to where it knows them. */
export class ServedAverage {
  constructor() {
    this.forget();
  }

  /** Of another attempt, or with another beta. */
  forget() {
    Object.assign(this, { rows: { step: [], average: [] }, upTo: 0, due: 0, asked: null, attempt: state.attempt });
  }

  /**
   * Ask for what is lacking up to `step`, unless it was asked for just before; `now` when no more will come.
   * `came` is called when it is there, and when it takes so long that one should not wait for it. Whether to wait.
   */
  renew(step, came, now = false) {
    if (this.attempt !== state.attempt) this.forget();
    if (step <= this.upTo) return false;
    const time = performance.now();
    if (this.asked) return time < this.asked.at + PATIENCE;
    if (time < this.due && !now) return false;
    const asked = (this.asked = { at: time });
    setTimeout(() => { if (this.asked === asked) came(); }, PATIENCE);
    this.fetch(asked, came);
    return true;
  }

  async fetch(asked, came) {
    const first = this.rows.step.length > MOST_POINTS ? 1 : this.upTo + 1; // all anew, thinned
    const answer = await ask({ names: "cost", beta: view.beta, first });
    if (this.asked !== asked) return; // forgotten meanwhile
    this.asked = null;
    this.due = performance.now() + (answer ? REST * (performance.now() - asked.at) : SETBACK);
    if (answer) this.take(answer.series.steps, first);
    came();
  }

  take({ step, "smooth.cost": average }, first) {
    if (first === 1) this.rows = { step: [], average: [] };
    this.rows.step.push(...step);
    this.rows.average.push(...average);
    this.upTo = step.at(-1) ?? this.upTo;
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
