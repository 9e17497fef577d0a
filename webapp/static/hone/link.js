// The page's websocket, kept open as long as the page is.
//
// A socket counts as lost when it closes, does not open in time, or is silent for too long. Then it is tried again
// after 1, 2, 4, ... up to 30 s, each time shortened by chance: those who watch a server that comes back should not
// come all at once. What is happening, and when it is tried next, stands in #link-state. Who may not look any more
// is told so instead.

const OPENING = 10_000; // ms for a socket to open
const SILENCE = 15_000; // ms without a message until the connection counts as lost; the server says something every 5 s
const SHORTEST = 1000; // ms until the first new attempt, at most ...
const LONGEST = 30_000; // ... and until any later one

/** ms to wait after so many attempts in vain: between a half and all of a time that doubles each time. */
export function pause(attempts, chance = Math.random()) {
  return Math.min(LONGEST, SHORTEST * 2 ** attempts) * (0.5 + chance / 2);
}

export class Link {
  /** `address` gives where to connect, from where the page stands; `hear` takes each message. */
  constructor(address, hear) {
    Object.assign(this, { address, hear, socket: null, attempts: 0, due: 0, timer: null, clock: null });
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.connect()); // a laboratory on this machine is there all the same
    addEventListener("pageshow", (event) => { if (event.persisted) this.connect(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && this.due) this.connect(); });
    document.getElementById("link-now").addEventListener("click", () => this.connect());
  }

  /** Connect at once, anew where there is a connection; `quiet` when nobody has to hear of it. */
  connect({ quiet = false } = {}) {
    this.drop();
    if (!quiet) show(this.attempts ? "trying" : "catching-up");
    const socket = (this.socket = new WebSocket(this.address()));
    socket.onmessage = (event) => {
      this.attempts = 0;
      this.loseAfter(SILENCE);
      show("live");
      this.hear(JSON.parse(event.data));
    };
    socket.onclose = () => this.lose();
    this.loseAfter(OPENING);
  }

  loseAfter(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), ms);
  }

  lose() {
    this.drop();
    const wait = pause(this.attempts++);
    this.due = performance.now() + wait;
    this.timer = setTimeout(() => this.connect(), wait);
    this.countDown();
    this.clock = setInterval(() => this.countDown(), 1000);
    this.giveUpIfRefused();
  }

  /** A refused socket does not say why; the page itself does. */
  async giveUpIfRefused() {
    const socket = this.socket;
    const why = await refusal();
    if (!why || this.socket !== socket) return;
    this.drop();
    show(why);
  }

  countDown() {
    show("lost", Math.max(1, Math.round((this.due - performance.now()) / 1000)));
  }

  drop() {
    clearTimeout(this.timer);
    clearInterval(this.clock);
    this.due = 0;
    if (!this.socket) return;
    const { socket } = this;
    this.socket = socket.onclose = socket.onmessage = null;
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(); // earlier, the console complains
    else socket.close();
  }
}

async function refusal() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (answer.type === "opaqueredirect") return "signed-out";
    return [403, 404, 410].includes(answer.status) ? "gone" : "";
  } catch {
    return ""; // the server is away
  }
}

const WORDS = {
  live: "Connected", ended: "Complete", "catching-up": "Catching up …", trying: "Connection lost, trying again …", lost: "Connection lost",
  "signed-out": "You are signed out: load the page again to sign in", gone: "This page is not there for you any more",
};
const LOST = ["trying", "lost", "signed-out", "gone"];

// The seconds are for the eye: read out, they would drown everything else.
export function show(state, seconds) {
  const node = document.getElementById("link-state");
  const [words, rest] = node.children;
  node.className = `link-state link-state--${LOST.includes(state) ? "lost" : state}`;
  write(words, WORDS[state]);
  write(rest, seconds ? `, trying again in ${seconds} s` : "");
  document.getElementById("link-now").hidden = state !== "lost";
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
