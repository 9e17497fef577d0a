// A run that was renamed has its new name in every place of the page that shows it: [data-run-name].

document.addEventListener("run-labelled", (event) => {
  const { name } = event.detail;
  document.querySelectorAll("[data-run-name]").forEach((node) => { node.textContent = name; });
  document.title = `${name} · Hone`;
});
