// Draws the figures that webapp/charts makes: { data, layout, themes: { light, dark } }.
// A theme is { template, series }: Plotly's template, and the colour of each named series.
// Plotly itself is a plain script that the page loads before this module.

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map(); // div -> figure
const shared = document.getElementById("chart-themes"); // for figures that carry none of their own
const themes = shared && JSON.parse(shared.textContent);

const BUTTONS = [["zoom2d", "pan2d", "resetScale2d"]];

// The same for a chart's whole life: with another one Plotly would begin anew and forget who listens.
// A chart over steps has no range of its own to go back to: its axes reach as far as its points.
const configOf = (div) => ({
  displaylogo: false,
  responsive: true,
  doubleClick: "over" in div.dataset ? "autosize" : "reset",
  modeBarButtons: div.dataset.menu ? BUTTONS : [[...BUTTONS[0], "toImage"]],
  toImageButtonOptions: { filename: div.id || "chart", scale: 2 },
});

const themeOf = (figure) => (figure.themes ?? themes)[dark.matches ? "dark" : "light"];

// A trace says in its `meta` which series it is, which place among the colours it has, or which ink it is drawn
// in; the theme says the colour.
function colourOf({ series, place, ink }, theme) {
  const { layout } = theme.template;
  if (series) return theme.series[series];
  if (place !== undefined) return layout.colorway[place];
  return { text: layout.font.color, strong: layout.hoverlabel.font.color }[ink];
}

function coloured(trace, theme) {
  const meta = trace.meta ?? {};
  if (meta.shade !== undefined) {
    const colour = theme.template.layout.colorway[meta.shade];
    return { ...trace, colorscale: [[0, colour], [1, colour]] };
  }
  const color = colourOf(meta, theme);
  if (!color) return trace;
  const parts = trace.type === "bar" || trace.type === "histogram" ? ["marker"] : trace.mode?.includes("markers") ? ["line", "marker"] : ["line"];
  return { ...trace, ...Object.fromEntries(parts.map((part) => [part, { ...trace[part], color }])) };
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
  return draw(div, figureOf(div));
}

export const figureOf = (div) => JSON.parse(document.getElementById(div.dataset.figure).textContent);

/** Add points to the end of the first traces: `traces` is [{ x, y }, ...], one entry a trace. */
export function extend(div, traces) {
  const lists = { x: traces.map((trace) => trace.x), y: traces.map((trace) => trace.y) };
  return window.Plotly.extendTraces(div, lists, traces.map((_, i) => i));
}

/** Forget a chart that leaves the page. */
export function erase(div) {
  drawn.delete(div);
  if (div.data) window.Plotly.purge(div);
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
