// A chart that the server draws from snapshots: of all of them over the steps, or of one moment that can be chosen.

import { draw, erase } from "./charts.js";
import { axis } from "./history.js";
import { Overlay } from "./overlay.js";
import { arranged, listenTo } from "./over_steps.js";
import { enter, leave, want } from "./painter.js";
import { Window, windowOf } from "./zoom.js";

const PACE = 3000; // ms between two looks at what is new
const FRAME = 250; // ms that a moment stays while it plays

export class Picture {
  /** In a `card` as grid.js makes it; `address` gives the figure, `overSteps` says what runs to the right. */
  constructor(card, address, overSteps) {
    Object.assign(this, { card, address, overSteps });
    this.div = card.querySelector(".chart");
    this.own = new Window();
    this.figure = null;
    this.asked = 0;
    this.loaded = 0; // when
    this.moments = new Map(); // step -> answer, once it was seen
    this.steps = [];
    this.at = null; // the chosen step; null: the newest
    this.playing = null;
    if (overSteps) {
      this.div.dataset.over = "steps";
      this.overlay = new Overlay(this.div, card.querySelector(".chart-over"));
    }
    this.bindSteps();
    this.wanted = true;
    enter(this);
  }

  leave() {
    this.stop();
    leave(this);
    erase(this.div);
  }

  get window() {
    return windowOf(this.own);
  }

  /** There may be something new: it is fetched when somebody looks at the chart. */
  expire({ now = false } = {}) {
    if (this.at !== null && !now) return;
    this.wanted = true;
    want(this, { wait: now ? 0 : this.loaded + PACE - performance.now(), urgent: now });
  }

  refresh() {
    want(this, { urgent: true });
  }

  paint() {
    if (this.wanted) this.load();
    else if (this.figure) this.show();
  }

  async load() {
    this.wanted = false;
    this.loaded = performance.now();
    const mine = ++this.asked;
    const answer = await this.fetched(this.at);
    if (mine !== this.asked || !this.card.isConnected) return;
    this.take(answer);
    want(this, { urgent: true });
  }

  async fetched(step) {
    if (step !== null && this.moments.has(step)) return this.moments.get(step);
    const answer = await fetch(this.address + (step === null ? "" : `?step=${step}`)).catch(() => null);
    const content = answer && (await answer.json().catch(() => null));
    if (!answer?.ok) return { empty: content?.error ?? "The laboratory does not answer; trying again.", steps: this.steps };
    if (step !== null) this.moments.set(step, content);
    return content;
  }

  take({ figure = null, steps = [], step = null, note = "", empty = "" }) {
    this.figure = figure ?? (empty && !this.figure ? null : this.figure);
    this.steps = steps;
    const say = this.card.querySelector(".chart-empty");
    say.textContent = this.figure ? "" : empty;
    say.hidden = Boolean(this.figure);
    const sample = this.card.querySelector(".chart-note");
    sample.textContent = note;
    sample.hidden = !note;
    this.showSteps(step);
  }

  show() {
    draw(this.div, this.overSteps ? this.mapped() : this.figure);
    if (this.overSteps) listenTo(this);
  }

  mapped() {
    const { map } = axis();
    const data = this.figure.data.map((trace) => ({ ...trace, x: trace.x.map(map) }));
    return { ...this.figure, data, layout: arranged(this.figure.layout, this) };
  }

  // --- choosing a moment

  bindSteps() {
    const { card } = this;
    this.range = card.querySelector(".chart-steps input");
    this.button = card.querySelector(".chart-steps button");
    this.range.addEventListener("input", () => {
      this.stop();
      this.choose(Number(this.range.value));
    });
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
  }

  showSteps(step) {
    const bar = this.card.querySelector(".chart-steps");
    bar.hidden = this.steps.length < 2;
    this.range.max = Math.max(0, this.steps.length - 1);
    if (step !== null) this.range.value = this.steps.indexOf(step);
    const words = step === null ? "" : `step ${step.toLocaleString("en")}`;
    bar.querySelector("output").textContent = words;
    this.range.setAttribute("aria-valuetext", words);
  }

  async choose(place) {
    const last = this.steps.length - 1;
    this.at = place >= last ? null : this.steps[place];
    await this.load();
  }

  play() {
    this.setPlaying(true);
    const from = Number(this.range.value) >= this.steps.length - 1 ? 0 : Number(this.range.value) + 1;
    this.turn(from);
  }

  async turn(place) {
    await this.choose(place);
    if (!this.playing) return;
    if (place >= this.steps.length - 1) return this.stop();
    this.playing = setTimeout(() => this.turn(place + 1), FRAME);
  }

  stop() {
    clearTimeout(this.playing);
    this.setPlaying(false);
  }

  setPlaying(on) {
    this.playing = on || null;
    this.button.textContent = on ? "Pause" : "Play";
    this.button.setAttribute("aria-pressed", String(on));
  }
}
