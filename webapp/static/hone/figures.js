// Draws every chart of a page that does not move: each div.chart with a data-figure, also in what htmx brings.

import { drawFrom } from "./charts.js";

const drawAll = (root) => root.querySelectorAll(".chart[data-figure]").forEach(drawFrom);

drawAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) drawAll(event.detail.elt);
});
