// How soon the page asks again for what is new. Its answers and drawings take the processors that train, so that
// what costs much comes more seldom: once a second while there are few trials, and at least every few seconds.

const TIMES = 40; // as long as it took, at least, until the next one
const LEAST = 1000; // ms
const MOST = 5000; // ms: nobody takes the page for stuck

/** Milliseconds until something that took so many may be done again, as one of `n` that take turns. */
export const restAfter = (took, n = 1) => Math.max(LEAST, Math.min(TIMES * took, MOST / n));

/** The server's part of it: ms of its processor, as the answer says. */
export const costOf = (answer) => Number(/\bdur=([\d.]+)/.exec(answer.headers.get("Server-Timing"))?.[1] ?? 0);
