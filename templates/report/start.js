// What did not pass comes first. On paper all that match are there, and why those failed.
hosts.sort((a, b) => RANK[a.data.outcome] - RANK[b.data.outcome] || a.number - b.number);
if (filters) filter(); else draw();

// The newest runs are at the right; where there is little room they are what is seen.
const columns = document.querySelector(".fleet .scroll");
if (columns) columns.scrollLeft = columns.scrollWidth;

// "#i-0123" or "#mi-0123" in the address opens that host.
async function follow() {
  const id = location.hash.slice(1);
  const host = /^m?i-/.test(id) && hosts.find((one) => one.row.querySelector(".instance").textContent === id);
  if (!host) return;
  matching = [host, ...matching.filter((one) => one !== host)];
  draw();
  if (!host.open) await toggle(host);
  host.button.focus();
}
addEventListener("hashchange", follow);
follow();

let before = null;
addEventListener("beforeprint", () => {
  before = { shown, closed: matching.filter((host) => !host.open && host.more && host.data.outcome !== "PASS"),
             inner: [...document.querySelectorAll("details:not([open])")] };
  shown = matching.length;
  before.closed.forEach((host) => { host.button || addButton(host); setOpen(host, true); });
  draw();
  before.inner.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => {
  if (!before) return;
  before.inner.forEach((one) => { one.open = false; });
  before.closed.forEach((host) => setOpen(host, false));
  shown = before.shown;
  before = null;
  draw();
});
