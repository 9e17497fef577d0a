// The form that uploads: files or a folder are chosen or dropped, sent in pieces, and become a dataset.

import { duration, fileSize, megabytes } from "./sizes.js";
import { asOne, chosenIn, droppedIn, withoutHidden } from "./tar.js";
import { Gone, Lost, Refused, Transfer, discard } from "./transfer.js";
import { find, forget, isKnown, remember } from "./unfinished.js";

const form = document.getElementById("upload");
const inputs = ["file", "folder"].map((id) => document.getElementById(id));
const nameInput = document.getElementById("name");
const targetInput = document.getElementById("target");
const reading = [...form.querySelectorAll("[data-reading]")];
const submit = form.querySelector("button[type=submit]");
const cancel = document.getElementById("upload-cancel");
const zone = form.querySelector(".drop-zone");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

const rows = [...document.querySelectorAll("[data-unfinished]")]; // uploads that were broken off before

let file = null;
let transfer = null;
let cancelled = false;

// --- what people see

function showError(field, message) {
  const line = document.getElementById(`${field}-error`) ?? document.getElementById("file-error");
  line.textContent = message;
  line.hidden = !message;
  const input = document.getElementById(field);
  input?.setAttribute("aria-invalid", message ? "true" : "false");
  if (message && input?.closest("details")) input.closest("details").open = true;
}

function clearErrors() {
  ["file", "name", "target", ...reading.map((input) => input.id)].forEach((field) => showError(field, ""));
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

function tell({ sent, speed, waiting, tries }) {
  if (waiting === undefined) return showProgress(sent, speed);
  const again = `Trying again in ${duration(waiting)} (try ${tries})`;
  showFigures(`The connection was lost. What was sent is safe. ${again} …`);
}

function setBusy(busy) {
  submit.disabled = busy;
  inputs.forEach((input) => {
    input.disabled = busy;
  });
  cancel.hidden = !busy;
}

// --- sending

async function run() {
  clearErrors();
  if (!file) return showError("file", "Choose a file first.");
  setBusy(true);
  cancelled = false;
  try {
    await begin();
    showProgress(transfer.offset, 0);
    await transfer.run();
    showFigures("Checking the table …");
    const url = await transfer.finish(fields());
    forget(transfer.url);
    window.location.assign(url);
  } catch (error) {
    fail(error);
    setBusy(false);
  }
}

/** The transfer of the file chosen: the one under way, one that was broken off, or a new one. */
async function begin() {
  if (transfer?.file === file && transfer.url) return;
  await drop();
  transfer = new Transfer(file, token, tell);
  const before = find(file);
  if (before && (await goesOn(before))) return;
  await transfer.begin(form.action);
  remember(transfer.url, file);
}

async function goesOn(url) {
  try {
    await transfer.resume(url);
    return true;
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    forget(url);
    return false;
  }
}

function fields() {
  const chosen = reading.filter((input) => input.value).map((input) => [input.id, input.value]);
  return { name: nameInput.value, target: targetInput.value, ...Object.fromEntries(chosen) };
}

function fail(error) {
  document.getElementById("upload-progress").hidden = true;
  if (cancelled) return;
  if (error instanceof Refused) {
    Object.entries(error.errors).forEach(([field, message]) => showError(field, message));
    if (!error.kept) lose(); // the server has removed it
    document.querySelector("[aria-invalid=true]")?.focus();
  } else if (error instanceof Lost) {
    submit.textContent = "Go on";
    showError("file", "The server cannot be reached. What was sent is kept: press Go on to continue.");
  } else if (error instanceof Gone) {
    lose();
    showError("file", "The server has not kept this upload: it was discarded or finished in another window. Upload again.");
  } else {
    showError("file", "This file cannot be read any more. Choose it again.");
  }
}

/** Forget a transfer that the server has forgotten. */
function lose() {
  if (transfer?.url) forget(transfer.url);
  transfer = null;
}

/** Give up the transfer of a file that is not wanted any more. */
async function drop() {
  if (!transfer) return;
  const dropped = transfer;
  lose();
  await dropped.discard();
}

// --- choosing

function choose(entries) {
  const visible = withoutHidden(entries);
  if (!visible.length) return showError("file", "There is no file in this folder.");
  const suggested = file ? stem(file.name) : "";
  file = asOne(visible);
  const several = visible.length > 1 ? `${visible.length.toLocaleString("en")} files, ` : "";
  document.getElementById("file-title").textContent = `${file.name} (${several}${fileSize(file.size)})`;
  if (!nameInput.value || nameInput.value === suggested) nameInput.value = stem(file.name);
  submit.textContent = canGoOn() ? "Go on" : "Upload";
  clearErrors();
  suggestTargets().catch(() => {});
}

/** Whether the server keeps a part of this very file. */
function canGoOn() {
  const url = find(file);
  return rows.some((row) => row.isConnected && row.dataset.unfinished === url);
}

const stem = (name) => name.replace(/(\.(csv|tsv|txt|tar|jsonl?))?\.[^.]+$/i, "").slice(0, 200);

/** Offer what looks like the header's names; the server decides what the columns are. */
async function suggestTargets() {
  const bytes = await file.slice(0, 16384).arrayBuffer();
  const text = new TextDecoder().decode(bytes);
  const line = text.split(/\r?\n/, 1)[0];
  const separator = ["\t", ";", "|", ","].find((mark) => line.includes(mark));
  const isTable = separator && !text.includes("\0");
  const names = isTable ? line.split(separator).map((name) => name.trim().replace(/^"|"$/g, "")) : [];
  const options = names.slice(0, 200).map((name) => new Option(name, name));
  document.getElementById("target-columns").replaceChildren(...options);
}

inputs.forEach((input) =>
  input.addEventListener("change", () => {
    if (input.files.length) choose(chosenIn(input));
  }),
);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
cancel.addEventListener("click", () => {
  cancelled = true;
  transfer?.stop();
  drop();
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
zone.addEventListener("drop", async (event) => {
  if (submit.disabled) return;
  try {
    choose(await droppedIn(event.dataTransfer));
  } catch {
    showError("file", "This folder cannot be read. Choose it again.");
  }
});

// --- what was broken off before

function removeRow(row) {
  row.remove();
  const list = document.getElementById("unfinished");
  if (!list.querySelector("[data-unfinished]")) list.remove();
}

for (const row of rows) {
  const url = row.dataset.unfinished;
  const how = row.querySelector("[data-how]"); // not there when all of it was sent
  if (how && !isKnown(url)) how.textContent = "begun in another browser: go on there, or discard it.";
  row.querySelector("[data-discard]").addEventListener("click", async () => {
    forget(url);
    await discard(url, { "X-CSRFToken": token });
    removeRow(row);
  });
}
