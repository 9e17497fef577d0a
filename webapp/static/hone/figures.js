// Draws every chart of a page that does not move: each div.chart with a data-figure, also in what htmx brings.
// Charts with a menu are the run page's, see board.js. A chart is drawn when it comes near to what one sees: a page of many charts is there at once.

import { drawFrom } from "./charts.js";

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    if (target.isConnected) drawFrom(target);
  }
}, { rootMargin: "300px" });

const drawAll = (root) => root.querySelectorAll(".chart[data-figure]:not([data-menu])").forEach((div) => near.observe(div));

drawAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) drawAll(event.detail.elt);
});
