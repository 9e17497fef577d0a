// Draws every chart of a page that does not move: each div.chart with a data-figure, also in what htmx brings.
// Charts with a menu are the run page's, see board.js.

import { drawFrom } from "./charts.js";

const drawAll = (root) => root.querySelectorAll(".chart[data-figure]:not([data-menu])").forEach(drawFrom);

drawAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) drawAll(event.detail.elt);
});
