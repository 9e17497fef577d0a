// The panel that says what the sweep tells takes the server longer than all else. While the sweep runs it asks for
// itself again and again: not before somebody looks at it.

const isLive = document.getElementById("sweep").dataset.live === "1";
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
  if (!isLive || isSeen() || event.detail.elt.id !== "findings") return;
  event.preventDefault();
  ask(() => event.detail.issueRequest(true));
});

// All has been said then.
document.addEventListener("sweep-news", ({ detail }) => {
  const address = document.getElementById("findings").getAttribute("hx-get");
  if (detail?.live === false && address) ask(() => window.htmx.ajax("GET", address, { target: "#findings", swap: "outerHTML" }));
});
