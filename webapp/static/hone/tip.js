// The growing end of a chart's first line, shown at once: a path of its own inside Plotly's plot.
//
// Plotly measures every text anew whenever it draws, some 40 ms of a core that training could use. So it draws
// about once a second, and what came since is shown by this path, in the pixels of Plotly's axes.

const SVG = "http://www.w3.org/2000/svg";

export class Tip {
  constructor(div) {
    this.div = div;
    this.path = document.createElementNS(SVG, "path");
    this.path.setAttribute("class", "chart__tip");
  }

  /** Show the points as the end of the line. False when the last one lies outside of what the axes show. */
  show(xs, ys) {
    const { xaxis, yaxis } = this.div._fullLayout;
    if (!this.path.isConnected) this.attach();
    this.path.setAttribute("d", pathThrough(xs, ys, xaxis, yaxis));
    return holds(xaxis, xs.at(-1)) && holds(yaxis, ys.at(-1));
  }

  hide() {
    this.path.setAttribute("d", "");
  }

  // Beside the line that it goes on: clipped as it is, and moved with it while someone pans.
  attach() {
    this.div.querySelector(".cartesianlayer .overplot > .xy").append(this.path);
  }
}

// An axis that somebody has set shows what they want to see.
function holds(axis, value) {
  if (!axis.autorange || value === null) return true;
  const pixel = axis.d2p(value);
  return 0 <= pixel && pixel <= axis._length;
}

function pathThrough(xs, ys, xaxis, yaxis) {
  let d = "";
  let pen = "M";
  xs.forEach((x, i) => {
    const [px, py] = ys[i] === null ? [NaN, NaN] : [xaxis.d2p(x), yaxis.d2p(ys[i])];
    const seen = Number.isFinite(px) && Number.isFinite(py); // there is no logarithm of nothing
    if (seen) d += `${pen}${px.toFixed(1)},${py.toFixed(1)}`;
    pen = seen ? "L" : "M"; // a gap lifts the pen
  });
  return d;
}
