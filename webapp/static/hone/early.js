// What somebody changed in a form before the page could listen is told as if it was changed just now.

const usual = (select) => [...select.options].findLast((option) => option.defaultSelected) ?? select.options[0];

function isChanged(node) {
  if (node.matches("select")) return node.selectedOptions[0] !== usual(node);
  if (["checkbox", "radio"].includes(node.type)) return node.checked !== node.defaultChecked;
  return !["hidden", "file"].includes(node.type) && node.value !== node.defaultValue;
}

// htmx begins to listen at the same event, and comes before this in the page
document.addEventListener("DOMContentLoaded", () => {
  const changed = [...document.querySelectorAll("form[data-early] :is(input, select)")].find(isChanged);
  changed?.dispatchEvent(new Event(changed.matches("select") ? "change" : "input", { bubbles: true }));
});
