// Makes a piece of the page what a newer version of it says, and touches only what differs: a table of which a line
// is new costs the browser that line, and not the table. Nodes that have an id are known by it, others by their place.

/** Make `old` the same as `fresh`, from which it may take nodes. Returns the node that stands in the page then. */
export function renew(old, fresh) {
  if (old.isEqualNode(fresh)) return old;
  if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) {
    old.data = fresh.data;
    return old;
  }
  if (!isAlike(old, fresh)) return put(fresh, old);
  renewChildren(old, fresh);
  return old;
}

// The same but for what is within. Whatever listens to an element was told its attributes when it began.
const isAlike = (old, fresh) => old.nodeName === fresh.nodeName && old.cloneNode(false).isEqualNode(fresh.cloneNode(false));

function put(fresh, old) {
  old.replaceWith(fresh);
  return begin(fresh);
}

function begin(node) {
  if (node.nodeType === Node.ELEMENT_NODE) window.htmx.process(node);
  return node;
}

function renewChildren(old, fresh) {
  const known = new Map([...old.children].filter(({ id }) => id).map((node) => [node.id, node]));
  const coming = new Set([...fresh.children].map(({ id }) => id));
  let place = old.firstChild; // the first node that is not settled
  for (const node of [...fresh.childNodes]) {
    while (place?.id && !coming.has(place.id)) place = drop(place);
    const match = node.id ? known.get(node.id) : !place?.id && place?.nodeName === node.nodeName && place;
    if (match) {
      if (match !== place) old.insertBefore(match, place);
      place = renew(match, node).nextSibling;
    } else {
      old.insertBefore(node, place);
      begin(node);
    }
  }
  while (place) place = drop(place);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
