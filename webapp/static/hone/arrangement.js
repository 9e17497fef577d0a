// How the charts are arranged, in the address of the page and kept for the person.

import { DEFAULTS, view } from "./view.js";

const page = document.getElementById("run");
const QUIET = 600; // ms without a change, after which it is kept

let timer = null;

/** Write the arrangement into the address, and keep it. `charts` are [{ name, wide }, ...] in order. */
export function keep(charts) {
  const asked = new URLSearchParams(location.search);
  asked.set("charts", textOf(charts));
  for (const [name, value] of Object.entries(view)) {
    if (value === DEFAULTS[name]) asked.delete(name);
    else asked.set(name, value);
  }
  const words = asked.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%40", "@");
  window.history.replaceState(window.history.state, "", `${location.pathname}?${words}${location.hash}`);
  clearTimeout(timer);
  timer = setTimeout(() => send(charts), QUIET);
}

const textOf = (charts) => charts.map(({ name, wide }) => name + (wide ? ":2" : "")).join(",");

async function send(charts) {
  const body = new URLSearchParams({ charts: textOf(charts), ...view });
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const answer = await fetch(page.dataset.arrange, { method: "POST", headers, body }).catch(() => null);
  if (answer?.status === 400) say((await answer.json()).error);
}

/** Say what is wrong above the charts; nothing takes it away. */
export function say(words) {
  const place = document.getElementById("charts-problem");
  place.textContent = words;
  place.hidden = !words;
}
