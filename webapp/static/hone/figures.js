// Draws every chart of a page that does not move: each div.chart with a data-figure, also in what htmx brings.
// Charts with a menu are the run page's, see board.js. A chart is drawn when it comes near to what one sees: a page of
// many charts is there at once. They are drawn one after the other, so that the page answers in between.

import { drawFrom } from "./charts.js";

const waiting = [];

function drawNext() {
  const div = waiting.shift();
  if (div?.isConnected) drawFrom(div);
  if (waiting.length) setTimeout(drawNext);
}

const near = new IntersectionObserver((entries) => {
  const seen = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target);
  seen.forEach((div) => near.unobserve(div));
  if (!waiting.length && seen.length) setTimeout(drawNext);
  waiting.push(...seen);
}, { rootMargin: "300px" });

const drawAll = (root) => root.querySelectorAll(".chart[data-figure]:not([data-menu])").forEach((div) => near.observe(div));

drawAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) drawAll(event.detail.elt);
});
