// Who draws when: of all charts that want to be drawn anew, only those in view are, one at a time, spaced.
//
// Plotly takes 20 to 40 ms to draw a chart, and several times that at first. Training has the other core, and a page
// must answer in between: a drawing is followed by a rest, which is longer before what comes live. What somebody
// waits for is drawn from the top of the page down; of the rest, what waits longest. What nobody looks at waits
// until somebody does.

const REST = { urgent: 1, calm: 2 }; // times as long as a drawing took, at least, until the next one
let gap = 250; // ms between two drawings that nobody asked for, at least
const NEAR = "100px"; // so far beyond the edge of the screen a chart counts as in view

const charts = new Map(); // div -> chart
const waiting = new Map(); // chart -> when it may be drawn
let rest = { until: 0, calm: 0 };
let timer = null;

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const chart = charts.get(target);
    if (!chart) continue;
    chart.visible = isIntersecting;
    if (isIntersecting) schedule();
  }
}, { rootMargin: NEAR });

/** Look after a chart: an object with a `div`, a method `paint`, which may be async, and `urgent` or not. */
export function enter(chart) {
  charts.set(chart.div, chart);
  watch.observe(chart.div);
  want(chart, { urgent: true });
}

export function leave(chart) {
  charts.delete(chart.div);
  waiting.delete(chart);
  watch.unobserve(chart.div);
}

/** Have a chart drawn when its turn comes, and not before `wait` ms; `urgent` when somebody waits for it. */
export function want(chart, { wait = 0, urgent = false } = {}) {
  const due = performance.now() + wait;
  if (!waiting.has(chart) || due < waiting.get(chart)) waiting.set(chart, due);
  chart.urgent ||= urgent;
  schedule();
}

/** Not any more, because it was drawn on another occasion. */
export function forget(chart) {
  waiting.delete(chart);
}

/** Draw what nobody asked for more seldom: one drawing every so many ms. */
export function every(ms) {
  gap = ms;
}

export const inView = () => [...charts.values()].filter((chart) => chart.visible);

function schedule() {
  clearTimeout(timer);
  const next = chosen();
  if (next) timer = setTimeout(() => requestAnimationFrame(draw), Math.max(0, next.when - performance.now()));
}

// The chart that may be drawn first.
function chosen() {
  const now = performance.now();
  let best = null;
  for (const chart of charts.values()) { // from the top of the page down
    if (!chart.visible || !waiting.has(chart)) continue;
    const due = chart.urgent ? 0 : waiting.get(chart);
    const when = Math.max(now, waiting.get(chart), chart.urgent ? rest.until : rest.calm);
    if (!best || when < best.when || (when === best.when && due < best.due)) best = { chart, when, due };
  }
  return best;
}

function draw() { // none comes to a hidden page
  const next = chosen();
  if (!next || next.when > performance.now() + 1) return schedule();
  const { chart } = next;
  waiting.delete(chart);
  chart.urgent = false;
  const start = performance.now();
  chart.paint();
  const end = performance.now();
  const took = end - start;
  rest = { until: end + REST.urgent * took, calm: end + Math.max(gap, REST.calm * took) };
  schedule();
}
