// A menu opens below its button, wherever that stands just now: a strip of figures may take one line or three.

const GAP = 4; // px between a button and its menu
const EDGE = 8; // and between the menu and the edge of the screen
const WIDTH = 308; // as .menu--controls has it, where there is so much room

document.addEventListener("beforetoggle", ({ target: menu, newState }) => {
  if (newState !== "open" || !menu.matches(".menu--controls")) return;
  const { bottom, right } = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  const { clientWidth } = document.documentElement;
  const width = Math.min(WIDTH, clientWidth - 2 * EDGE);
  Object.assign(menu.style, {
    inset: `${bottom + GAP}px auto auto ${Math.max(EDGE, right - width)}px`,
    width: `${width}px`,
    maxHeight: `${Math.max(160, window.innerHeight - bottom - GAP - EDGE)}px`,
  });
}, true);
