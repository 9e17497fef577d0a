// A chart as a file: a picture by Plotly, or every number of it by the server.

const SCALE = 2;

/** Save what `div` shows as "png" or "svg", on a ground of the page's own colour. */
export async function savePicture(div, name, format) {
  const { width, height } = div.getBoundingClientRect();
  const ground = getComputedStyle(div.closest(".card")).backgroundColor;
  const layout = { ...div.layout, paper_bgcolor: ground, plot_bgcolor: ground };
  const figure = { data: div.data, layout, config: { displaylogo: false } };
  await window.Plotly.downloadImage(figure, { format, width, height, scale: format === "png" ? SCALE : 1, filename: name });
}

/** Save the numbers that stand at an address. */
export function saveNumbers(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
