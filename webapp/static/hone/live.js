// The run page, live: news from the websocket go into the charts and the strip.
//
// A message is {attempt, after, cursor, series, strip, live}: all of the run between the chunks `after` and
// `cursor`. The page keeps its cursor; whenever a message does not begin where the page stands, or nothing
// comes for a while, it connects anew and gets what it lacks. Replay and live are the same messages.

import { cost, error, expire } from "./board.js";
import { add, clear, rowsOf, state } from "./history.js";
import { Link } from "./link.js";
import "./chooser.js";

const GLANCE = 400; // ms between two changes of the strip: figures that flicker cannot be read
const MOST_POINTS = 4_000; // a chart that grew beyond this is read anew, thinned

const page = document.getElementById("run");
const place = { attempt: 0, cursor: 0, snapshots: null };
let live = true; // whether the run can still change
let shown = Number(page.dataset.revision); // of what stands beside the curves: it may be old before the first message
let strip = null; // the newest figures
let glance = null;

function receive(message) {
  if (message.attempt !== place.attempt || !message.after) {
    clear(); // what begins an attempt holds all that counts of those before it
  } else if (message.after !== place.cursor) {
    return link.connect(); // a gap: ask for what lies beyond our cursor
  }
  const isNew = message.snapshots !== place.snapshots || message.revision !== place.revision;
  Object.assign(place, { attempt: message.attempt, cursor: message.cursor, snapshots: message.snapshots });
  Object.assign(state, { attempt: message.attempt, thinned: message.thinned });
  const ended = live && !message.live;
  add(message.series);
  if (isNew || ended) expire({ now: ended });
  ({ live, strip } = message);
  tellRevision(message.revision);
  if (ended) { // the last points and the last figures together
    for (const curve of [cost, error]) curve.paint({ ended });
    showStrip();
  } else {
    glance ??= setTimeout(showStrip, GLANCE);
  }
  if (live && rowsOf("steps") > MOST_POINTS && !cost.window.range) startOver();
}

// What the page shows beside the curves (commands, checkpoints, buttons) is fetched anew when it has changed.
function tellRevision(revision) {
  if (revision !== shown) document.body.dispatchEvent(new CustomEvent("revision"));
  place.revision = shown = revision;
}

// Read everything anew, thinned: with no attempt to go on with, the page clears its charts first.
function startOver() {
  Object.assign(place, { attempt: 0, cursor: 0 });
  link.connect({ quiet: true });
}

function showStrip() {
  clearTimeout(glance);
  glance = null;
  for (const node of document.querySelectorAll("[data-strip]")) {
    const text = strip[node.dataset.strip];
    if (node.textContent !== text) node.textContent = text;
  }
  const badge = document.querySelector("[data-strip=state]");
  badge.className = `badge badge--${strip.state}`;
  const reason = document.querySelector("[data-strip=reason]");
  reason.hidden = !strip.reason;
  reason.className = `notice notice--${strip.tone}`;
  document.getElementById("run-progress").value = Number(strip.progress);
  document.querySelectorAll("[data-while-live]").forEach((node) => { node.hidden = !live; });
  document.querySelectorAll("[data-when-ended]").forEach((node) => { node.hidden = live; });
}

const link = new Link(() => {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const asked = new URLSearchParams({ attempt: place.attempt, after: place.cursor });
  return `${scheme}://${location.host}${page.dataset.socket}?${asked}`;
}, receive);

link.connect();
