// The run page, live: news from the websocket go into the charts and the strip.
//
// A message is {attempt, after, cursor, series, strip, live}: all of the run between the chunks `after` and
// `cursor`. The page keeps its cursor; whenever a message does not begin where the page stands, or nothing
// comes for a while, it connects anew and gets what it lacks. Replay and live are the same messages.

import { cost, error, expire } from "./board.js";
import { add, clear, rowsOf, state } from "./history.js";
import "./chooser.js";

const SILENCE = 15_000; // ms without a message until the connection counts as lost
const GLANCE = 400; // ms between two changes of the strip: figures that flicker cannot be read
const MOST_POINTS = 4_000; // a chart that grew beyond this is read anew, thinned

const page = document.getElementById("run");
const place = { attempt: 0, cursor: 0, snapshots: null };
let live = true; // whether the run can still change
let strip = null; // the newest figures
let glance = null;
let socket = null;
let retry = 0;
let silence = null;

function receive(message) {
  if (message.attempt !== place.attempt || !message.after) {
    clear(); // what begins an attempt holds all that counts of those before it
  } else if (message.after !== place.cursor) {
    return connect(); // a gap: ask for what lies beyond our cursor
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
  showLink("live");
  if (live && rowsOf("steps") > MOST_POINTS && !cost.window.range) startOver();
}

// What the page shows beside the curves (commands, checkpoints, buttons) is fetched anew when it has changed.
function tellRevision(revision) {
  if (place.revision !== undefined && revision !== place.revision) {
    document.body.dispatchEvent(new CustomEvent("revision"));
  }
  place.revision = revision;
}

// Read everything anew, thinned: with no attempt to go on with, the page clears its charts first.
function startOver() {
  Object.assign(place, { attempt: 0, cursor: 0 });
  connect({ quiet: true });
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

const LINKS = { live: "Connected", "catching-up": "Catching up …", lost: "Connection lost, trying again" };

function showLink(state) {
  const node = document.getElementById("link-state");
  node.className = `link-state link-state--${state}`;
  if (node.textContent !== LINKS[state]) node.textContent = LINKS[state];
}

function connect({ quiet = false } = {}) {
  if (socket) {
    socket.onclose = socket.onmessage = null;
    socket.close();
  }
  if (!quiet) showLink(retry ? "lost" : "catching-up");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const asked = new URLSearchParams({ attempt: place.attempt, after: place.cursor });
  socket = new WebSocket(`${scheme}://${location.host}${page.dataset.socket}?${asked}`);
  socket.onmessage = (event) => {
    retry = 0;
    listenForSilence();
    receive(JSON.parse(event.data));
  };
  socket.onclose = lose;
  listenForSilence();
}

function lose() {
  showLink("lost");
  clearTimeout(silence);
  setTimeout(() => connect(), Math.min(8_000, 500 * 2 ** retry++));
}

function listenForSilence() {
  clearTimeout(silence);
  silence = setTimeout(() => connect(), SILENCE);
}

// A page that wakes from sleep, or comes back into view, looks at once.
addEventListener("online", () => connect());
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

connect();
