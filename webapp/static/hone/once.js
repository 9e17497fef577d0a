// A form with data-once is sent once: a second click while the answer is on its way does nothing.

const PATIENCE = 10_000; // ms, after which an answer is no longer expected

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form || "again" in (event.submitter?.dataset ?? {})) return; // a button that leaves the page as it is
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  setTimeout(() => { delete form.dataset.sent; }, PATIENCE);
});

// Somebody who comes back to the page may send it again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
