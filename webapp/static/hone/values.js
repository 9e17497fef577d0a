// The values of a chart's lines at one place of its axis: what the shared hover tells beside its line.
//
// Plotly's own labels cost a drawing in each chart. This is a box of text, made from the points that Plotly has.

const MOST = 8; // lines: more would cover the chart

export class Values {
  constructor(div) {
    this.div = div;
    this.box = document.createElement("div");
    this.box.className = "chart-values";
    this.box.hidden = true;
  }

  /** Show the value of every line at its point nearest to `x`, or with null nothing. */
  show(x) {
    const found = x === null ? [] : valuesAt(this.div, x);
    this.box.hidden = !found.length;
    if (!found.length) return;
    const rows = found.slice(0, MOST).map((one) => row(one, found.length > 1));
    if (found.length > MOST) rows.push(`and ${found.length - MOST} more`);
    this.box.replaceChildren(...rows);
    this.place(x);
  }

  // Beside the line, on the side where there is more room.
  place(x) {
    const { xaxis, _size, width } = this.div._fullLayout;
    const pixel = xaxis.d2p(x);
    const right = pixel > xaxis._length / 2;
    const at = xaxis._offset + pixel;
    Object.assign(this.box.style, {
      top: `${_size.t}px`,
      left: right ? "" : `${at + 6}px`,
      right: right ? `${width - at + 6}px` : "",
    });
  }
}

function valuesAt(div, x) {
  const { yaxis } = div._fullLayout;
  const inWords = yaxis.tickformat?.endsWith("%") ? asShare : asNumber;
  return div._fullData.flatMap((trace) => {
    if (trace.visible !== true || trace.type !== "scatter" || trace.meta?.aside) return [];
    const y = trace.y?.[nearest(trace.x ?? [], x)];
    return y === undefined || y === null ? [] : [{ name: trace.name, value: inWords(y), colour: trace.line.color }];
  });
}

/** The place of the number nearest to `x` among ascending ones; -1 when x lies beyond them. */
export function nearest(xs, x) {
  let [low, high] = [0, xs.length - 1];
  if (high < 0 || x < xs[0] || x > xs[high]) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return x - xs[low] <= xs[high] - x ? low : high;
}

function asNumber(value) {
  const [size, short] = [Math.abs(value), Number(value.toPrecision(5))];
  return size && (size < 1e-4 || size >= 1e7) ? short.toExponential() : String(short);
}

const asShare = (value) => `${(100 * value).toFixed(2)}%`;

function row({ name, value, colour }, named) {
  const line = document.createElement("span");
  const mark = document.createElement("i");
  mark.style.background = colour;
  const number = document.createElement("b");
  number.textContent = value;
  line.append(mark, named ? `${name} ` : "", number);
  return line;
}
