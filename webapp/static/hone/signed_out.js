// Who was signed out in another tab keeps the form, is told so, and goes on once signed in again there.

const line = document.getElementById("signed-out");

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const address = event.detail.xhr.getResponseHeader("HX-Redirect");
  line.hidden = !address?.startsWith(line.dataset.signIn);
  if (!line.hidden) event.preventDefault();
});

// To sign in changes the token without which a form is refused
function renewToken() {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (!token) return;
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
}

for (const sending of ["submit", "htmx:confirm"]) document.addEventListener(sending, renewToken);
