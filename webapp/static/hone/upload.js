// Sends a file in pieces: POST announces it, PATCH appends at an offset, finish makes it a dataset.
// A lost connection costs at most one piece: the server is asked where to go on.

const form = document.getElementById("upload");
const fileInput = document.getElementById("file");
const nameInput = document.getElementById("name");
const targetInput = document.getElementById("target");
const submit = form.querySelector("button[type=submit]");
const cancel = document.getElementById("upload-cancel");
const zone = form.querySelector(".drop-zone");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const headers = { "X-CSRFToken": token };

const PIECE = 4 * 1024 * 1024;
const TRIES = 6;
const SPEED_SECONDS = 5; // the speed shown is that of the last few seconds

let file = null;
let upload = null; // { url, offset, file } of an upload that the server keeps
let stopper = null; // ends the request under way
let cancelled = false;

class Refused extends Error {
  constructor(errors) {
    super("refused");
    this.errors = errors;
  }
}

class Lost extends Error {}

// --- what people see

function showError(field, message) {
  const line = document.getElementById(`${field}-error`) ?? document.getElementById("file-error");
  line.textContent = message;
  line.hidden = !message;
  document.getElementById(field)?.setAttribute("aria-invalid", message ? "true" : "false");
}

const clearErrors = () => ["file", "name", "target"].forEach((field) => showError(field, ""));

function fileSize(bytes) {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KB` : `${megabytes(bytes)} MB`;
}

const megabytes = (bytes) => (bytes / 1024 ** 2).toLocaleString("en", { maximumFractionDigits: 1 });

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Remembers the last seconds of (time, bytes), for the speed. */
function speedometer() {
  const marks = [];
  return (bytes) => {
    const now = performance.now() / 1000;
    marks.push([now, bytes]);
    while (marks.length > 2 && now - marks[0][0] > SPEED_SECONDS) marks.shift();
    const [then, before] = marks[0];
    return now > then ? (bytes - before) / (now - then) : 0;
  };
}

function showProgress(sent, speed) {
  const box = document.getElementById("upload-progress");
  box.hidden = false;
  box.querySelector("progress").value = sent / file.size;
  const left = speed > 0 && sent < file.size ? `, ${duration((file.size - sent) / speed)} left` : "";
  const rate = speed > 0 ? ` · ${megabytes(speed)} MB/s${left}` : "";
  showFigures(`${Math.floor((100 * sent) / file.size)}% · ${megabytes(sent)} of ${megabytes(file.size)} MB${rate}`);
}

function showFigures(text) {
  document.getElementById("upload-figures").textContent = text;
}

function setBusy(busy) {
  submit.disabled = busy;
  fileInput.disabled = busy;
  cancel.hidden = !busy;
}

// --- the protocol

/** A request whose sent bytes are told to `onProgress`; resolves to { status, body }. */
function send(method, url, { body = null, extra = {}, onProgress = null } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    Object.entries({ ...headers, ...extra }).forEach(([name, value]) => request.setRequestHeader(name, value));
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => resolve({ status: request.status, body: parsed(request) });
    request.onerror = () => reject(new Lost());
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    stopper = () => request.abort();
    request.send(body);
  });
}

function parsed(request) {
  const isJson = (request.getResponseHeader("Content-Type") ?? "").startsWith("application/json");
  return isJson ? JSON.parse(request.responseText) : null;
}

/** The body of an answer, or the exception that says what went wrong. */
function answer({ status, body }) {
  if (status >= 500) throw new Lost();
  if (body?.errors) throw new Refused(body.errors);
  if (body === null && status !== 204) {
    throw new Refused({ file: "The server no longer knows you or this upload. Reload the page and sign in again." });
  }
  return body;
}

async function announce() {
  const body = new URLSearchParams({ file_name: file.name, size: file.size });
  const { url } = answer(await send("POST", form.action, { body }));
  upload = { url, offset: 0, file };
}

async function sendPiece(speed) {
  const begin = upload.offset;
  const piece = file.slice(begin, begin + PIECE);
  const extra = { "Upload-Offset": begin, "Content-Type": "application/octet-stream" };
  const onProgress = (loaded) => showProgress(begin + Math.min(loaded, piece.size), speed(begin + loaded));
  // After 409 too the body says where to go on.
  upload.offset = answer(await send("PATCH", upload.url, { body: piece, extra, onProgress })).offset;
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

async function sendAll() {
  const speed = speedometer();
  let failures = 0;
  while (upload.offset < file.size) {
    try {
      await sendPiece(speed);
      failures = 0;
    } catch (error) {
      if (!(error instanceof Lost) || (failures += 1) >= TRIES) throw error;
      showFigures(`The connection was lost. Trying again (${failures} of ${TRIES - 1}) …`);
      await pause(2 ** failures / 2);
      upload.offset = await whereToGoOn();
    }
  }
}

async function whereToGoOn() {
  try {
    return answer(await send("GET", upload.url)).offset;
  } catch (error) {
    if (error instanceof Lost) return upload.offset;
    throw error;
  }
}

async function finish() {
  showFigures("Checking the table …");
  const body = new URLSearchParams({ name: nameInput.value, target: targetInput.value });
  const { url } = answer(await send("POST", `${upload.url}finish/`, { body }));
  if (!url) throw new Lost(); // bytes are missing: going on sends them
  upload = null;
  window.location.assign(url);
}

async function run() {
  clearErrors();
  if (!file) return showError("file", "Choose a file first.");
  const limit = Number(form.dataset.maxBytes);
  if (file.size > limit) {
    return showError("file", `This file has ${megabytes(file.size)} MB; at most ${megabytes(limit)} MB can be uploaded.`);
  }
  setBusy(true);
  showProgress(upload?.file === file ? upload.offset : 0, 0);
  cancelled = false;
  try {
    if (upload?.file !== file) {
      await forget();
      await announce();
    }
    await sendAll();
    await finish();
  } catch (error) {
    fail(error);
    setBusy(false);
  }
}

function fail(error) {
  document.getElementById("upload-progress").hidden = true;
  if (cancelled) return;
  if (error instanceof Refused) {
    Object.entries(error.errors).forEach(([field, message]) => showError(field, message));
    if ("file" in error.errors) upload = null; // the server has removed it
    document.querySelector("[aria-invalid=true]")?.focus();
  } else if (error instanceof Lost) {
    submit.textContent = "Go on";
    showError("file", "The server cannot be reached. What was sent is kept for a while: press Go on to continue.");
  } else if (error.name !== "AbortError") {
    showError("file", "This file cannot be read any more. Choose it again.");
  }
}

/** Tell the server that the upload under way is not wanted any more. */
async function forget() {
  if (!upload) return;
  const { url } = upload;
  upload = null;
  await fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => {});
}

// --- choosing

function choose(chosen) {
  if (!chosen) return;
  const suggested = file ? stem(file.name) : "";
  file = chosen;
  document.getElementById("file-title").textContent = `${file.name} (${fileSize(file.size)})`;
  if (!nameInput.value || nameInput.value === suggested) nameInput.value = stem(file.name);
  submit.textContent = "Upload";
  clearErrors();
  suggestTargets().catch(() => {});
}

const stem = (name) => name.replace(/\.[^.]+$/, "").slice(0, 200);

/** Offer what looks like the header's names; the server decides what the columns are. */
async function suggestTargets() {
  const bytes = await file.slice(0, 16384).arrayBuffer();
  const line = new TextDecoder().decode(bytes).split(/\r?\n/, 1)[0];
  const separator = ["\t", ";", "|", ","].find((mark) => line.includes(mark)) ?? ",";
  const names = line.split(separator).map((name) => name.trim().replace(/^"|"$/g, ""));
  const options = names.slice(0, 200).map((name) => new Option(name, name));
  document.getElementById("target-columns").replaceChildren(...options);
}

fileInput.addEventListener("change", () => choose(fileInput.files[0]));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
cancel.addEventListener("click", () => {
  cancelled = true;
  stopper?.();
  forget();
});
["dragenter", "dragover"].forEach((kind) =>
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("drop-zone--over");
  }),
);
["dragleave", "drop"].forEach((kind) =>
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.remove("drop-zone--over");
  }),
);
zone.addEventListener("drop", (event) => {
  if (!submit.disabled) choose(event.dataTransfer.files[0]);
});
// A page that is left takes its upload along, so that it does not count against the quota.
window.addEventListener("pagehide", () => forget());
