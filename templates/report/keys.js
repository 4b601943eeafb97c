// Single keys, where nobody writes; they can be switched off.
const keysDialog = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");

function step(by) {
  const buttons = matching.slice(0, shown).map((host) => host.button);
  const now = hostOf(document.activeElement)
    || hosts.find((host) => host.more && host.more.contains(document.activeElement));
  const at = now ? buttons.indexOf(now.button) : -1;
  const next = buttons[Math.max(0, Math.min(buttons.length - 1, at + by))];
  next?.focus();
}

const KEYS = {
  "/": () => document.getElementById("search")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "x": () => { if (filters) reset(); },
  "?": () => keysDialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keysOn.checked || keysDialog.open) return;
  if (event.target.closest("input, select, textarea")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.querySelector("[data-keys]").addEventListener("click", () => keysDialog.showModal());
