// A preset starts the form anew; the name that was typed goes along, that of a copy does not.

function takeNameAlong(event) {
  const preset = event.target.closest(".presets a");
  if (!preset) return;
  const address = new URL(preset.href);
  const { value, defaultValue } = document.getElementById("name");
  const isTyped = value !== defaultValue || new URLSearchParams(location.search).has("name");
  if (isTyped) address.searchParams.set("name", value);
  else address.searchParams.delete("name");
  preset.href = address;
}

for (const press of ["click", "auxclick"]) document.addEventListener(press, takeNameAlong);
