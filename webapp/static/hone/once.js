// A form with data-once is sent once: a second click while the answer is on its way, or so soon after it that it was
// meant for the first, does nothing.

const PATIENCE = 10_000; // ms, after which an answer is no longer expected
const DOUBLE = 700; // ms within which a second click belongs to the first

const sent = new WeakMap(); // forms with what will release them; and data-sent, for the eye

function release(form) {
  clearTimeout(sent.get(form));
  sent.delete(form);
  delete form.dataset.sent;
}

function hold(form, ms) {
  clearTimeout(sent.get(form));
  sent.set(form, setTimeout(release, ms, form));
  form.dataset.sent = "true";
}

function formOf({ target, submitter }) {
  const leavesThePage = !("again" in (submitter?.dataset ?? {}));
  return leavesThePage ? target.closest("form[data-once]") : null;
}

// Before htmx hears of it
document.addEventListener("submit", (event) => {
  if (!sent.has(formOf(event))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (form) hold(form, PATIENCE);
});

document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr, requestConfig } }) => {
  const asksOnly = requestConfig.verb === "get"; // a preview beside it
  if (!sent.has(elt) || asksOnly || xhr.getResponseHeader("HX-Redirect")) return;
  hold(elt, DOUBLE);
  elt.addEventListener("input", () => release(elt), { once: true }); // it says something else now
});

// Somebody who comes back to the page may send it again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
