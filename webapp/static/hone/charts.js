// Draws the figures that webapp/charts makes: { data, layout, themes: { light, dark } }.
// A theme is { template, series }: Plotly's template, and the colour of each named series.
// Plotly itself is a plain script that the page loads before this module.

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map(); // div -> figure

// The same for a chart's whole life: with another one Plotly would begin anew and forget who listens.
const configOf = (div) => ({
  displaylogo: false,
  responsive: true,
  doubleClick: "reset",
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
  toImageButtonOptions: { filename: div.id || "chart", scale: 2 },
});

const themeOf = (figure) => figure.themes[dark.matches ? "dark" : "light"];

// A trace says which series it is in its `meta`; the theme says the colour.
function coloured(trace, { series }) {
  const colour = series[trace.meta?.series];
  if (!colour) return trace;
  const part = trace.type === "bar" || trace.type === "histogram" ? "marker" : "line";
  return { ...trace, [part]: { ...trace[part], color: colour } };
}

/** Draw `figure` in `div`; drawing again replaces it. */
export function draw(div, figure) {
  const theme = themeOf(figure);
  const data = figure.data.map((trace) => coloured(structuredClone(trace), theme));
  const layout = { ...structuredClone(figure.layout), template: theme.template };
  drawn.set(div, figure);
  return window.Plotly.react(div, data, layout, configOf(div));
}

/** Draw the figure whose JSON lies in the script element that `div.dataset.figure` names. */
export function drawFrom(div) {
  return draw(div, JSON.parse(document.getElementById(div.dataset.figure).textContent));
}

/** Add points to the end of the first traces: `traces` is [{ x, y }, ...], one entry a trace. */
export function extend(div, traces) {
  const lists = { x: traces.map((trace) => trace.x), y: traces.map((trace) => trace.y) };
  return window.Plotly.extendTraces(div, lists, traces.map((_, i) => i));
}

/** Put other points in the place of all those of the first traces. */
export function replace(div, traces) {
  const lists = { x: traces.map((trace) => trace.x), y: traces.map((trace) => trace.y) };
  return window.Plotly.restyle(div, lists, traces.map((_, i) => i));
}

// The points stay where they are; only colours change.
function retheme(div, figure) {
  const theme = themeOf(figure);
  const data = div.data.map((trace) => coloured(trace, theme));
  return window.Plotly.react(div, data, { ...div.layout, template: theme.template }, configOf(div));
}

dark.addEventListener("change", () => {
  for (const [div, figure] of drawn) {
    if (div.isConnected) retheme(div, figure);
    else drawn.delete(div);
  }
});
