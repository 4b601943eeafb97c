// What a screen reader is told beside what is seen.
const said = document.getElementById("said");

function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}
