// Copies what is shown, so that nothing unseen comes along.
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure context the clipboard is only to be had through a selection.
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const pre = button.parentElement.querySelector("pre");
  const done = await copyText(pre.textContent, pre);
  button.textContent = done ? "Copied" : "Selected";
  say(done ? "Copied" : "It is selected: copy it by hand");
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});
