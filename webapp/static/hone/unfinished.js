// Uploads that were broken off: the server keeps what it got, this browser remembers of which file it was.

const KEY = "hone-uploads";
const KEPT = 24 * 3600 * 1000; // ms without a piece, after which the server forgets an upload

function all() {
  try {
    const records = Object.entries(JSON.parse(localStorage.getItem(KEY)) ?? {});
    return Object.fromEntries(records.filter(([, { begun }]) => Date.now() - begun < 2 * KEPT));
  } catch {
    return {};
  }
}

function write(records) {
  try {
    localStorage.setItem(KEY, JSON.stringify(records));
  } catch {
    // A browser that keeps nothing: then a broken upload begins anew
  }
}

/** Remember that the upload at `url` is of `file`. */
export function remember(url, { name, size, lastModified }) {
  write({ ...all(), [url]: { name, size, lastModified, begun: Date.now() } });
}

export function forget(url) {
  const { [url]: _gone, ...rest } = all();
  write(rest);
}

export const isKnown = (url) => url in all();

/** The address of the unfinished upload of this very file, if there is one. */
export function find({ name, size, lastModified }) {
  const same = (record) => record.name === name && record.size === size && record.lastModified === lastModified;
  return Object.entries(all()).find(([, record]) => same(record))?.[0] ?? null;
}
