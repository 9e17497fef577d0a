// A field is wrong, for a screen reader too, for as long as an error stands in its status, which comes anew while one
// types.

document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  const status = target.id.startsWith("status-") && document.getElementById(target.id);
  if (!status) return;
  const isWrong = status.querySelector(".field__error") !== null;
  for (const field of document.querySelectorAll(`[aria-describedby~="${status.id}"]:not([type=checkbox])`)) {
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
});
