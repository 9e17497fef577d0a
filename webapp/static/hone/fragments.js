// What somebody is in the middle of while a newer fragment takes the place of one: open folds and menus, what they
// typed, where the focus is.

const folds = new Map(); // data-keep -> open

document.addEventListener("toggle", (event) => {
  if (event.target.dataset?.keep) folds.set(event.target.dataset.keep, event.target.open);
}, true);

/** Open and close the folds in `root`, itself perhaps one, as somebody left them. */
export function putFoldsBack(root) {
  for (const fold of [root, ...root.querySelectorAll("details")]) {
    if (folds.has(fold.dataset.keep)) fold.open = folds.get(fold.dataset.keep);
  }
}

// What a control is called in every version of its fragment.
function signOf(node) {
  const { kind, values } = node.form?.elements ?? {};
  const isFold = node.matches("summary");
  return node.id || node.dataset.key || (isFold && node.parentElement.dataset.keep)
    || (kind && `${kind.value} ${values?.value}`) || node.getAttribute("hx-get") || node.getAttribute("href");
}

const controlsOf = (root) => [...root.querySelectorAll("button, input, summary, a")];

/** Where a control is, to find it again when its fragment was replaced; null for what is in none of `ids`. */
export function mark(node, ids) {
  const id = ids.find((one) => document.getElementById(one)?.contains(node));
  return id ? { id, sign: signOf(node) } : null;
}

/** Focus what was marked, or where it is gone the first control beside it, unless something else has the focus. */
export function focusMarked(marked) {
  if (!marked || (document.activeElement && document.activeElement !== document.body)) return;
  const controls = controlsOf(document.getElementById(marked.id)).filter((node) => node.checkVisibility());
  (controls.find((node) => signOf(node) === marked.sign) ?? controls[0])?.focus({ preventScroll: true });
}

const isTyped = (node) => node.type !== "hidden" && node.value !== node.defaultValue;

/** What is being done in the fragments with these ids; the answer puts it into those that took their place. */
export function hold(ids) {
  const all = ids.flatMap((id) => [...document.getElementById(id).querySelectorAll("[id]")]);
  const typed = all.filter((node) => node.matches("input") && isTyped(node)).map(({ id, value }) => [id, value]);
  const menus = all.filter((node) => node.matches("[popover]:popover-open")).map(({ id }) => id);
  const active = document.activeElement;
  const marked = mark(active, ids);
  const cursor = active.matches("input") ? [active.selectionStart, active.selectionEnd] : null;
  return () => {
    ids.forEach((id) => putFoldsBack(document.getElementById(id)));
    menus.forEach((id) => document.getElementById(id)?.showPopover());
    for (const [id, value] of typed) if (document.getElementById(id)) document.getElementById(id).value = value;
    focusMarked(marked);
    if (cursor && document.activeElement.id === active.id) document.activeElement.setSelectionRange(...cursor);
  };
}

// The node itself, or the one that took its place meanwhile.
const present = (node) => (node && !node.isConnected && document.getElementById(node.id)) || node;

/** A form was sent: what was typed in it is done, and so is the menu it stands in. */
export function letGo(form) {
  for (const input of [...form.querySelectorAll("input")].map(present)) input.defaultValue = input.value;
  const menu = present(form.closest("[popover]"));
  if (!menu?.matches(":popover-open")) return;
  menu.hidePopover();
  document.querySelector(`[popovertarget="${menu.id}"]`)?.focus();
}
