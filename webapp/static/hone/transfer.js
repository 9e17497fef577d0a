// The upload protocol: POST announces a file, PATCH appends at an offset, GET tells where to go on, finish makes a
// dataset of it, DELETE takes it back. A lost connection costs at most one piece: sending goes on by itself.

import { speedometer } from "./sizes.js";

const PIECE = 4 * 1024 * 1024;
const LONGEST_PAUSE = 30; // seconds between two tries

/** The server's refusal: `errors` are messages by field; `kept` says that the upload can be gone on with. */
export class Refused extends Error {
  constructor(errors, kept = false) {
    super("refused");
    this.errors = errors;
    this.kept = kept || !("file" in errors);
  }
}

/** The server, or the way to it, is away. */
export class Lost extends Error {}

/** The server does not know this upload any more. */
export class Gone extends Error {}

const stopped = () => new DOMException("cancelled", "AbortError");

export class Transfer {
  /** `told` hears { sent, speed } while it goes, and { waiting, tries } while the connection is lost. */
  constructor(file, token, told) {
    this.file = file;
    this.headers = { "X-CSRFToken": token };
    this.told = told;
    this.url = null;
    this.offset = 0;
    this.stop = () => {};
  }

  /** Announce the file at `address`. */
  async begin(address) {
    const body = new URLSearchParams({ file_name: this.file.name, size: this.file.size });
    const { url, offset } = answer(await this.#send("POST", address, { body }));
    Object.assign(this, { url, offset });
  }

  /** Go on with an upload that the server keeps; throws Gone when it does not. */
  async resume(url) {
    this.url = url;
    this.offset = answer(await this.#send("GET", url)).offset;
  }

  /** Send what is missing. Ends when all is there, or by an exception that trying again does not mend. */
  async run() {
    const speed = speedometer();
    let tries = 0;
    while (this.offset < this.file.size) {
      try {
        if (tries) await this.resume(this.url);
        await this.#sendPiece(speed);
        tries = 0;
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        tries += 1;
        await this.#wait(Math.min(LONGEST_PAUSE, 2 ** tries / 2), tries);
      }
    }
  }

  /** Make the dataset; its address. Throws Refused with the reasons. */
  async finish(fields) {
    const body = new URLSearchParams(fields);
    const { url } = answer(await this.#send("POST", `${this.url}finish/`, { body }));
    if (!url) throw new Lost(); // bytes are missing: going on sends them
    return url;
  }

  /** Tell the server that this upload is not wanted any more. */
  async discard() {
    if (this.url) await discard(this.url, this.headers);
    this.url = null;
  }

  async #sendPiece(speed) {
    const begin = this.offset;
    const body = this.file.slice(begin, begin + PIECE);
    const extra = { "Upload-Offset": begin, "Content-Type": "application/octet-stream" };
    const onProgress = (loaded) => {
      const sent = begin + Math.min(loaded, body.size);
      this.told({ sent, speed: speed(sent) });
    };
    // After 409 too the body says where to go on.
    this.offset = answer(await this.#send("PATCH", this.url, { body, extra, onProgress })).offset;
  }

  /** A pause that ends early when the network is back, or when the person has had enough. */
  #wait(seconds, tries) {
    this.told({ waiting: seconds, tries });
    return new Promise((resolve, reject) => {
      const end = (then) => () => {
        clearTimeout(timer);
        window.removeEventListener("online", online);
        then(stopped());
      };
      const online = end(resolve);
      const timer = setTimeout(online, 1000 * seconds);
      window.addEventListener("online", online);
      this.stop = end(reject);
    });
  }

  /** A request whose sent bytes are told to `onProgress`; resolves to { status, body }. */
  #send(method, url, { body = null, extra = {}, onProgress = null } = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      Object.entries({ ...this.headers, ...extra }).forEach(([name, value]) => request.setRequestHeader(name, value));
      if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded);
      request.onload = () => resolve({ status: request.status, body: parsed(request) });
      request.onerror = () => reject(new Lost());
      request.onabort = () => reject(stopped());
      this.stop = () => request.abort();
      request.send(body);
    });
  }
}

export const discard = (url, headers) => fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => {});

function parsed(request) {
  const isJson = (request.getResponseHeader("Content-Type") ?? "").startsWith("application/json");
  return isJson ? JSON.parse(request.responseText) : null;
}

/** The body of an answer, or the exception that says what went wrong. */
function answer({ status, body }) {
  if (status >= 500) throw new Lost();
  if (body?.errors) throw new Refused(body.errors);
  if (status === 404) throw new Gone();
  if (body === null) {
    const message = "The server does not know you any more. Reload the page and sign in; what was sent is kept.";
    throw new Refused({ file: message }, true);
  }
  return body;
}
