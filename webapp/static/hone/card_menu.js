// The menu of a chart's card: <details class="card-menu"> with a button for each thing to do.

const STAYS = ["earlier", "later"]; // after these the menu stays open, for one does them several times

/** Let the menu of a card do what `actions` say: data-act -> (card) => ... */
export function bindMenu(card, actions) {
  const menu = card.querySelector("details.card-menu");
  menu.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!act) return;
    menu.open = STAYS.includes(act);
    actions[act](card);
    if (menu.isConnected) event.target.closest("[data-act]").focus();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.card-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
