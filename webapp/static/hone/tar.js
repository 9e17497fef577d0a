// Packs files into one tar (ustar, with pax headers for long and foreign names) without reading them: the archive
// is a Blob of headers and of the files themselves, which the browser reads a piece at a time while it sends.

const BLOCK = 512;
const LONGEST_NAME = 100; // bytes, of a name in a plain header
const HIDDEN = /^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$/i; // what systems leave in folders

const encoder = new TextEncoder();

/** One header of 512 bytes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar). */
function header(name, size, type) {
  const block = new Uint8Array(BLOCK);
  const put = (offset, text) => block.set(encoder.encode(text), offset);
  const octal = (number, digits) => number.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(0, 11)}\0`); // no time: the same files make the same archive
  put(148, "        "); // the checksum counts itself as blanks
  put(156, type);
  put(257, "ustar\u000000");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return block;
}

const padding = (size) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

/** A pax record, "<its own length> path=<path>\n". */
function pathRecord(path) {
  const rest = encoder.encode(` path=${path}\n`).length;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return encoder.encode(`${length} path=${path}\n`);
}

function headers(path, size) {
  const plain = encoder.encode(path);
  if (plain.length <= LONGEST_NAME && plain.length === path.length) return [header(path, size, "0")];
  const record = pathRecord(path);
  const short = path.replace(/[^\x20-\x7e]/g, "_").slice(-LONGEST_NAME);
  return [header("pax", record.length, "x"), record, padding(record.length), header(short, size, "0")];
}

/** A tar of `entries`, [{ path, file }], as a File called `name`. Sorted by path: the order is always the same. */
export function pack(entries, name) {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.flatMap(({ path, file }) => [...headers(path, file.size), file, padding(file.size)]);
  const lastModified = Math.max(...sorted.map(({ file }) => file.lastModified));
  return new File([...parts, new Uint8Array(2 * BLOCK)], name, { lastModified, type: "application/x-tar" });
}

/** The entries that a person knows of. */
export const withoutHidden = (entries) =>
  entries.filter(({ path }) => !path.split("/").some((part) => HIDDEN.test(part)));

/** What was chosen as one file: itself, or a tar of several. */
export function asOne(entries) {
  return entries.length === 1 ? entries[0].file : pack(entries, `${nameOf(entries)}.tar`);
}

/** The folder that holds everything, else the names of the files. */
function nameOf(entries) {
  const tops = new Set(entries.map(({ path }) => (path.includes("/") ? path.split("/", 1)[0] : "")));
  const [top] = tops;
  if (tops.size === 1 && top) return top;
  const stems = entries.map(({ path }) => path.split("/").pop().replace(/\.[^.]+$/, ""));
  return stems.length > 3 ? `${stems[0]} and ${stems.length - 1} more` : stems.sort().join(", ");
}

/** The files of an input: with the folder's path where a folder was chosen. */
export const chosenIn = (input) =>
  [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** The files of a drop, folders and all. The entries have to be asked for before the event is over. */
export async function droppedIn(transfer) {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const root of roots) await walk(root, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  let some;
  do {
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
    for (const child of some) await walk(child, found);
  } while (some.length);
}
