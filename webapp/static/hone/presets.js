// A preset starts the form anew; the name that was typed goes along.

function takeNameAlong(event) {
  const preset = event.target.closest(".presets a");
  if (!preset) return;
  const address = new URL(preset.href);
  const name = document.getElementById("name").value;
  if (name) address.searchParams.set("name", name);
  else address.searchParams.delete("name");
  preset.href = address;
}

for (const press of ["click", "auxclick"]) document.addEventListener(press, takeNameAlong);
