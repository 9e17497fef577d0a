// The panel that says what the sweep tells takes the server longer than all else: it is asked for when somebody looks
// at it, and while the sweep runs again after as many seconds as its last answer says.

import { hold } from "../fragments.js";
import { renew } from "../renew.js";

const panel = document.getElementById("findings");
let inView = document.getElementById("sweep").dataset.live !== "1"; // what stays as it is need not wait for a look
let wanted = true; // whether there may be something else to say
let asking = false;
let timer = null;

function want() {
  wanted = true;
  next();
}

function next() {
  if (asking || !wanted || !inView || document.hidden) return;
  clearTimeout(timer);
  wanted = false;
  ask();
}

async function ask() {
  asking = true;
  try {
    const answer = await fetch(panel.dataset.address);
    if (answer.ok) replace(await answer.text());
  } catch { // no connection: it is asked for again
  }
  asking = false;
  const seconds = Number(panel.dataset.again);
  if (seconds) timer = setTimeout(want, 1000 * seconds);
  next();
}

function replace(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.getElementById("findings");
  if (!fresh) return; // another page: whoever looked is signed out
  panel.dataset.again = fresh.dataset.again;
  const back = hold(["findings"]);
  renew(panel, fresh);
  back();
}

new IntersectionObserver((entries) => {
  inView = entries.at(-1).isIntersecting;
  next();
}).observe(panel);
document.addEventListener("visibilitychange", next);
document.addEventListener("sweep-news", ({ detail }) => {
  if (detail?.live === false || !panel.dataset.again) want(); // it ended, or goes on after it had
});
next();
