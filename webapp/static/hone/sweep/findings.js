// The panel that says what the sweep tells takes the server longer than all else. It comes once with the page, and
// while the sweep runs it asks for itself again: not before somebody looks at it.

const panels = document.getElementById("sweep-panels");
let inView = false;
let waiting = null; // the question that is asked when somebody looks

const isSeen = () => inView && !document.hidden;

function ask(question) {
  waiting = question;
  if (!isSeen()) return;
  waiting = null;
  question();
}

function look() {
  if (waiting) ask(waiting);
}

new IntersectionObserver((entries) => {
  inView = entries.at(-1).isIntersecting;
  look();
}).observe(panels);
document.addEventListener("visibilitychange", look);

panels.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (elt.id !== "findings" || !elt.getAttribute("hx-trigger")?.includes("delay") || isSeen()) return;
  event.preventDefault();
  ask(() => issueRequest(true));
});

// All has been said then.
document.addEventListener("sweep-news", ({ detail }) => {
  const address = document.getElementById("findings").getAttribute("hx-get");
  if (detail?.live === false && address) ask(() => window.htmx.ajax("GET", address, { target: "#findings", swap: "outerHTML" }));
});
