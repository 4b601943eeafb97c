// Runs before anything is seen: that scripts are on, and which colours somebody chose before.
const root = document.documentElement;
root.classList.add("scripted");

function chosen() {
  try { return localStorage.getItem("orch-theme") || "auto"; } catch { return "auto"; }
}

function choose(theme) {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  try { localStorage.setItem("orch-theme", theme); } catch { /* a file may have no storage */ }
}

choose(chosen());

document.addEventListener("DOMContentLoaded", () => {
  const buttons = [...document.querySelectorAll("[data-theme-to]")];
  const press = () => buttons.forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.themeTo === chosen())));
  buttons.forEach((button) => button.addEventListener("click", () => {
    choose(button.dataset.themeTo);
    buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  }));
  press();
});
