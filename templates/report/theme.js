// Runs before anything is seen: that scripts are on, and which colours somebody chose before.
const root = document.documentElement;
// Rows are laid out once it is known which of them are shown.
root.classList.add("scripted", "loading");

function chosen() {
  try { return localStorage.getItem("orch-theme") || "auto"; } catch { return "auto"; }
}

function choose(theme) {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  try { localStorage.setItem("orch-theme", theme); } catch { /* a file may have no storage */ }
}

choose(chosen());

document.addEventListener("DOMContentLoaded", () => {
  root.classList.remove("loading");
  const buttons = [...document.querySelectorAll("[data-theme-to]")];
  const press = () => buttons.forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.themeTo === chosen())));
  buttons.forEach((button) => button.addEventListener("click", () => {
    choose(button.dataset.themeTo);
    buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  }));
  press();
});
