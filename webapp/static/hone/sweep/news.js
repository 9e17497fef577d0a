// Asks once a second whether anything of the sweep has changed, while it can change and somebody looks. The strip is
// written here; "sweep-news" on the document tells everybody else, when the revision has moved.

import { pause, show } from "../link.js";

const EVERY = 1000; // ms
const PATIENCE = 10_000; // ms for an answer

const page = document.getElementById("sweep");
let revision = page.dataset.revision;
let live = page.dataset.live === "1";
let timer = null;
let asking = null; // how to break off the question that is on its way
let failures = 0;

/** Look now, and from then on once a second for as long as it is live. */
export async function look() {
  clearTimeout(timer);
  asking?.abort();
  if (document.hidden) return;
  const mine = (asking = new AbortController());
  const late = setTimeout(() => mine.abort(), PATIENCE);
  const begun = performance.now();
  try {
    const answer = await fetch(`${page.dataset.news}?since=${revision}`, { redirect: "manual", signal: mine.signal });
    if (answer.type === "opaqueredirect" || [403, 404, 410].includes(answer.status)) return stop(answer);
    if (!answer.ok) throw new Error(String(answer.status));
    hear(await answer.json());
    if (live) timer = setTimeout(look, Math.max(0, EVERY - (performance.now() - begun)));
  } catch {
    if (asking === mine) lose();
  } finally {
    clearTimeout(late);
    if (asking === mine) asking = null;
  }
}

function hear(news) {
  failures = 0;
  live = news.live;
  show(live ? "live" : "ended");
  if (news.strip) write(news.strip);
  if (!news.changed) return;
  revision = String(news.revision);
  document.dispatchEvent(new CustomEvent("sweep-news", { detail: news }));
}

function lose() {
  let wait = Math.ceil(pause(failures++) / 1000);
  const countDown = () => {
    if (!wait) return look();
    show("lost", wait--);
    timer = setTimeout(countDown, 1000);
  };
  countDown();
}

function stop({ type }) {
  show(type === "opaqueredirect" ? "signed-out" : "gone");
}

function write(strip) {
  for (const node of document.querySelectorAll("[data-strip]")) {
    const text = strip[node.dataset.strip];
    if (node.textContent !== text) node.textContent = text;
  }
  document.querySelector('[data-strip="state"]').className = `badge badge--${strip.state}`;
  const reason = document.querySelector('[data-strip="reason"]');
  reason.hidden = !strip.reason;
  reason.className = `notice notice--${strip.tone}`;
  document.getElementById("sweep-progress").value = Number(strip.progress);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && live) look(); });
addEventListener("online", () => look());
addEventListener("pageshow", (event) => { if (event.persisted) look(); });
document.getElementById("link-now").addEventListener("click", () => look());
if (live) look();
