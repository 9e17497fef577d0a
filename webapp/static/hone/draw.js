// Points drawn by hand in a plane from -1 to 1: by pointer, by touch, or with a cursor that the keyboard moves.
// What is drawn lies in the form's hidden field as [[x1, x2, class], ...], so that a refused form brings it back.

const form = document.getElementById("draw");
const plane = form.querySelector(".draw__plane");
const layer = plane.querySelector("[data-points]");
const cross = plane.querySelector("[data-cursor]");
const field = form.elements.points;
const radios = [...form.querySelectorAll("input[name=class]")];
const counts = [...form.querySelectorAll("[data-count]")];
const brush = document.getElementById("brush");
const spread = document.getElementById("spread");
const limit = Number(form.dataset.maxPoints);

const STEP = 0.05; // of the cursor; with Shift five times as far
const PATH = 0.06; // a drag drops points each time it has gone this far
const RADIUS = "0.018";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

let strokes = []; // what Undo takes back: lists of points, each [x1, x2, class]
let cursor = [0, 0];
let drag = null; // where a drag last dropped points

const points = () => strokes.flat();
const chosen = () => Number(radios.find((radio) => radio.checked).value);
const inside = (value) => Math.min(1, Math.max(-1, value));
const rounded = (value) => Math.round(inside(value) * 1e4) / 1e4;

/** A number from the normal distribution, by Box and Muller. */
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

function sprinkle([x, y]) {
  const n = Number(brush.value);
  const scatter = n > 1 ? Number(spread.value) : 0;
  return Array.from({ length: n }, () => [rounded(x + scatter * normal()), rounded(y + scatter * normal()), chosen()]);
}

function circle([x, y, code]) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  element.setAttribute("class", `point point--${code}`);
  element.setAttribute("cx", x);
  element.setAttribute("cy", -y);
  element.setAttribute("r", RADIUS);
  return element;
}

/** Add points at a place, to the stroke under way or as a stroke of their own. */
function drop(place, isNew) {
  const left = limit - points().length;
  const fresh = sprinkle(place).slice(0, left);
  if (isNew) strokes.push(fresh);
  else strokes.at(-1).push(...fresh);
  layer.append(...fresh.map(circle));
  tell();
}

function tell() {
  const all = points();
  field.value = JSON.stringify(all);
  counts.forEach((count, code) => {
    count.textContent = all.filter((point) => point[2] === code).length;
  });
  const full = all.length >= limit ? " That is as many as can be drawn." : "";
  const status = `${all.length.toLocaleString("en")} point${all.length === 1 ? "" : "s"}.${full}`;
  document.getElementById("draw-status").textContent = all.length ? status : "No points yet.";
}

function redraw() {
  layer.replaceChildren(...points().map(circle));
  tell();
}

function undo() {
  strokes.pop();
  redraw();
}

// --- pointer and touch

function placeOf(event) {
  const box = plane.getBoundingClientRect();
  const x = (2 * (event.clientX - box.left)) / box.width - 1;
  const y = 1 - (2 * (event.clientY - box.top)) / box.height;
  return [inside(x), inside(y)];
}

plane.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  plane.setPointerCapture(event.pointerId);
  cross.setAttribute("hidden", "");
  drag = placeOf(event);
  drop(drag, true);
});
plane.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const place = placeOf(event);
  if (Math.hypot(place[0] - drag[0], place[1] - drag[1]) < PATH) return;
  drag = place;
  drop(place, false);
});
["pointerup", "pointercancel"].forEach((kind) =>
  plane.addEventListener(kind, () => {
    drag = null;
  }),
);

// --- keyboard

function moveCursor([dx, dy], step) {
  cursor = [rounded(cursor[0] + dx * step), rounded(cursor[1] + dy * step)];
  showCursor();
}

function showCursor() {
  cross.removeAttribute("hidden");
  cross.setAttribute("transform", `translate(${cursor[0]} ${-cursor[1]})`);
}

function onKey(event) {
  const isUndo = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
  if (ARROWS[event.key]) moveCursor(ARROWS[event.key], event.shiftKey ? 5 * STEP : STEP);
  else if (event.key === " ") {
    showCursor();
    drop(cursor, true);
  } else if (isUndo) undo();
  else if (radios[event.key - 1]) radios[event.key - 1].checked = true;
  else return;
  event.preventDefault();
}

plane.addEventListener("keydown", onKey);
plane.addEventListener("focus", () => {
  if (plane.matches(":focus-visible")) showCursor();
});
plane.addEventListener("blur", () => cross.setAttribute("hidden", ""));

// --- buttons and knobs

form.querySelector("[data-undo]").addEventListener("click", undo);
form.querySelector("[data-clear]").addEventListener("click", () => {
  strokes = [];
  redraw();
});
[brush, spread].forEach((knob) =>
  knob.addEventListener("input", () => {
    form.querySelector(`output[for=${knob.id}]`).textContent = knob.value;
  }),
);

function restore() {
  try {
    const before = JSON.parse(field.value || "[]");
    strokes = before.length ? [before] : [];
  } catch {
    strokes = [];
  }
  redraw();
}

restore();
addEventListener("pageshow", restore); // what the browser kept of the form
