// Shows unread notices as notifications of the browser, where its user has turned that on with the button of the
// settings page. #newest-notices is what the bell brings every 15 s: [{ id, title, url }], the newest first.

const ON = "hone-notifications"; // "on", or not there
const LAST = "hone-last-notice"; // number of the newest notice that was seen by then, in any tab
const isPossible = "Notification" in window && window.isSecureContext;
const isOn = () => isPossible && localStorage.getItem(ON) === "on" && Notification.permission === "granted";

function newest() {
  const node = document.getElementById("newest-notices");
  return node ? JSON.parse(node.textContent) : [];
}

function tell() {
  const seen = Number(localStorage.getItem(LAST) ?? 0);
  const fresh = newest().filter((notice) => notice.id > seen);
  if (!fresh.length) return;
  localStorage.setItem(LAST, Math.max(...fresh.map((notice) => notice.id)));
  if (!isOn()) return;
  for (const { id, title, url } of fresh) {
    const shown = new Notification("Hone", { body: title, tag: `hone-${id}` });
    shown.onclick = () => { window.focus(); window.location.assign(url); };
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (document.getElementById("bell-count") && event.detail.elt?.id === "bell-count") tell();
});

// The settings page: permission is asked for by a click, never by a page that opens.
const card = document.getElementById("browser-notices");
const toggle = card?.querySelector("[data-browser-toggle]");

function describe() {
  const denied = Notification.permission === "denied";
  toggle.hidden = denied;
  toggle.textContent = isOn() ? "Turn off" : "Turn on";
  card.querySelector("[data-browser-state]").textContent = denied
    ? "Notifications of this site are blocked: allow them in the browser's settings first."
    : isOn() ? "Notifications are on." : "Notifications are off.";
}

if (card && isPossible) {
  describe();
  toggle.addEventListener("click", async () => {
    if (isOn()) localStorage.removeItem(ON);
    else if (await Notification.requestPermission() === "granted") localStorage.setItem(ON, "on");
    describe();
  });
}
