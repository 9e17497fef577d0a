// Brushes over the axes of the parallel coordinates: drag along an axis, or move its ends with the arrow keys, and
// the trials outside are not chosen any more. What is between the ends is said as the address says a range.

const FULL = 0.004; // so near to an end of the axis is at it
const CLICK = 0.012; // a drag as short as this was a click: it chooses all of the axis again
const KEY = 0.05; // of the axis, with one press of an arrow key; a tenth of it with Shift
const NEAR = 2e-4; // places are rounded
const QUIET = 350; // ms after the last key

const within = (place) => Math.min(1, Math.max(0, place));

export class Brushes {
  /** Over `div`, Plotly's, in `layer`; `choose(path, text or null)` hears what was brushed. */
  constructor(div, layer, choose) {
    Object.assign(this, { div, layer, choose });
    this.all = new Map(); // path -> Brush
  }

  get isActive() {
    return [...this.all.values()].some((brush) => brush.isActive);
  }

  attach() {
    this.div.on("plotly_afterplot", () => this.place());
    this.place();
  }

  /** Show a brush for each of [{ path, title, options, places, texts, brush }, ...]. */
  show(axes) {
    const paths = axes.map(({ path }) => path);
    for (const [path, brush] of this.all) {
      if (paths.includes(path)) continue;
      brush.strip.remove();
      this.all.delete(path);
    }
    axes.forEach((axis, i) => {
      if (!this.all.has(axis.path)) this.all.set(axis.path, new Brush(this, axis.path));
      this.all.get(axis.path).take(axis, i);
    });
    this.place();
  }

  place() {
    const { xaxis, yaxis, _size } = this.div._fullLayout ?? {};
    if (!xaxis) return;
    const [top, bottom] = [_size.t + yaxis.d2p(1), _size.t + yaxis.d2p(0)];
    for (const brush of this.all.values()) brush.put(_size.l + xaxis.d2p(brush.index), top, bottom - top);
  }
}

class Brush {
  constructor(owner, path) {
    Object.assign(this, { owner, path, range: [0, 1], drag: null, timer: null });
    this.strip = element("brush");
    this.strip.dataset.path = path;
    this.chosen = element("brush__chosen");
    this.ends = ["from", "to"].map((word, i) => this.end(word, i));
    this.strip.append(this.chosen, ...this.ends);
    owner.layer.append(this.strip);
    this.strip.addEventListener("pointerdown", (event) => this.begin(event));
    this.strip.addEventListener("pointermove", (event) => this.move(event));
    this.strip.addEventListener("pointerup", () => this.finish());
    this.strip.addEventListener("pointercancel", () => this.cancel());
  }

  get isActive() {
    return this.drag !== null || this.timer !== null;
  }

  end(word, i) {
    const node = element("brush__end");
    node.tabIndex = 0;
    node.setAttribute("role", "slider");
    node.setAttribute("aria-orientation", "vertical");
    node.setAttribute("aria-valuemin", 0);
    node.setAttribute("aria-valuemax", 100);
    node.dataset.word = word;
    node.addEventListener("keydown", (event) => this.key(event, i));
    return node;
  }

  take(axis, index) {
    Object.assign(this, { axis, index });
    this.ends.forEach((end) => end.setAttribute("aria-label", `${axis.title}, ${end.dataset.word}`));
    if (!this.isActive) this.set(axis.brush ?? [0, 1]);
  }

  put(x, top, height) {
    const { style } = this.strip;
    style.left = `${x}px`;
    style.top = `${top}px`;
    style.height = `${height}px`;
  }

  set(range) {
    this.range = range;
    const [low, high] = range;
    const stops = this.stops();
    this.strip.classList.toggle("brush--on", !this.isAll);
    this.chosen.style.bottom = `${100 * low}%`;
    this.chosen.style.height = `${100 * (high - low)}%`;
    this.ends.forEach((end, i) => {
      end.style.bottom = `${100 * range[i]}%`;
      end.setAttribute("aria-valuenow", Math.round(100 * range[i]));
      end.setAttribute("aria-valuetext", stops.at(-i) ?? ""); // the first, and the last
    });
  }

  get isAll() {
    return this.range[0] <= FULL && this.range[1] >= 1 - FULL;
  }

  /** What the address says for the places between both ends; the nearest when there is none. */
  stops() {
    const { places, texts } = this.axis;
    const [low, high] = this.range;
    const inside = texts.filter((_, i) => places[i] >= low - NEAR && places[i] <= high + NEAR);
    if (inside.length || !places.length) return inside;
    const middle = (low + high) / 2;
    const nearest = places.reduce((best, place, i) => (Math.abs(place - middle) < Math.abs(places[best] - middle) ? i : best), 0);
    return [texts[nearest]];
  }

  /** The range as the address says it, null for all of the axis. */
  said() {
    if (this.isAll) return null;
    const stops = this.stops();
    if (this.axis.options) return stops.length === this.axis.texts.length ? null : stops.join("|");
    const low = this.range[0] <= FULL ? "" : stops[0];
    const high = this.range[1] >= 1 - FULL ? "" : stops.at(-1);
    return `${low}..${high}`;
  }

  commit() {
    clearTimeout(this.timer);
    this.timer = null;
    this.owner.choose(this.path, this.said());
  }

  // --- pointer

  placeOf(event) {
    const { bottom, height } = this.strip.getBoundingClientRect();
    return within((bottom - event.clientY) / height);
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.strip.setPointerCapture(event.pointerId);
    const start = this.placeOf(event);
    const end = this.ends.indexOf(event.target);
    const before = this.range;
    if (end >= 0 && !this.isAll) this.drag = { before, moved: (place) => this.stretched(end, place) };
    else if (event.target === this.chosen && !this.isAll) this.drag = { before, start, moved: (place) => shifted(before, place - start) };
    else this.drag = { before, start, isNew: true, moved: (place) => [Math.min(start, place), Math.max(start, place)] };
  }

  stretched(end, place) {
    const other = this.range[1 - end];
    return end === 0 ? [Math.min(place, other), other] : [other, Math.max(place, other)];
  }

  move(event) {
    if (!this.drag) return;
    this.drag.place = this.placeOf(event);
    this.set(this.drag.moved(this.drag.place));
  }

  finish() {
    const { drag } = this;
    if (!drag) return;
    this.drag = null;
    const isClick = drag.place === undefined || (drag.start !== undefined && Math.abs(drag.place - drag.start) < CLICK);
    if (isClick) this.set(drag.start === undefined ? drag.before : [0, 1]);
    this.commit();
  }

  cancel() {
    if (!this.drag) return;
    this.set(this.drag.before);
    this.drag = null;
  }

  // --- keyboard

  key(event, end) {
    const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    const edge = { Home: 0, End: 1 }[event.key];
    if (["Escape", "Delete", "Backspace"].includes(event.key)) this.set([0, 1]);
    else if (step !== undefined) this.set(this.stretched(end, within(this.range[end] + step * this.stepOf(event))));
    else if (edge !== undefined) this.set(this.stretched(end, edge));
    else return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), QUIET);
  }

  // From one value to the next where there are few of them.
  stepOf(event) {
    const { length } = this.axis.places;
    if (length > 1 && length <= 1 / KEY) return 1 / (this.axis.options ? length : length - 1);
    return event.shiftKey ? KEY / 10 : KEY;
  }
}

function element(name) {
  const node = document.createElement("div");
  node.className = name;
  return node;
}

function shifted([low, high], by) {
  const room = Math.min(1 - high, Math.max(-low, by));
  return [low + room, high + room];
}
