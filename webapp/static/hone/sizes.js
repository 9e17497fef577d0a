// Sizes, durations and speeds in words.

const SPEED_SECONDS = 5; // the speed shown is that of the last few seconds

export const megabytes = (bytes) => (bytes / 1024 ** 2).toLocaleString("en", { maximumFractionDigits: 1 });

export function fileSize(bytes) {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KB` : `${megabytes(bytes)} MB`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** Remembers the last seconds of (time, bytes), for the speed in bytes a second. */
export function speedometer() {
  const marks = [];
  return (bytes) => {
    const now = performance.now() / 1000;
    marks.push([now, bytes]);
    while (marks.length > 2 && now - marks[0][0] > SPEED_SECONDS) marks.shift();
    const [then, before] = marks[0];
    return now > then ? (bytes - before) / (now - then) : 0;
  };
}
