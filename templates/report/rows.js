// The table's rows are the data: they are read once, and those that match are put back.
const AT_ONCE = 50;
const RANK = { FAIL: 0, UNKNOWN: 1, PASS: 2 };
const body = document.getElementById("rows");

function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

function readRows() {
  return [...body.querySelectorAll(":scope > tr.host")].map((row, number) => {
    const next = row.nextElementSibling;
    const more = next && next.classList.contains("more") ? next : null;
    return { row, more, number, data: { ...row.dataset }, left: "left" in row.dataset,
             text: plain(row.textContent), open: false };
  });
}

const hosts = readRows();
const packs = [...body.querySelectorAll("script.pack")].map((pack) => pack.textContent);
let matching = hosts;
let shown = AT_ONCE;

// Each host's id becomes the button that opens its details.
function addButton(host) {
  const id = host.row.querySelector(".instance");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "opener";
  button.setAttribute("aria-expanded", "false");
  button.append(...id.childNodes);
  id.append(button);
  host.button = button;
  if (host.more) {
    host.more.querySelector("details").open = true;
    setOpen(host, hosts.length === 1);
  }
}

function setOpen(host, open) {
  host.open = open;
  host.button.setAttribute("aria-expanded", String(open));
  host.row.classList.toggle("open", open);
  if (host.more) host.more.hidden = !open;
}

async function toggle(host) {
  if (!host.more) await unpack(host);
  setOpen(host, !host.open);
  if (host.more && !host.more.isConnected) host.row.after(host.more);
}

function draw() {
  const rows = [];
  for (const host of matching.slice(0, shown)) {
    if (!host.button) addButton(host);
    rows.push(host.row);
    if (host.more) rows.push(host.more);
  }
  body.replaceChildren(...rows);
  const further = document.querySelector(".further");
  if (!further) return;
  const rest = matching.length - shown;
  further.hidden = rest <= 0;
  further.firstElementChild.textContent = `Show ${Math.min(rest, AT_ONCE)} more of ${rest.toLocaleString("en")}`;
  document.querySelector(".nothing").hidden = matching.length > 0;
}

function hostOf(element) {
  const row = element.closest("tr.host");
  return row && hosts.find((host) => host.row === row);
}

body.addEventListener("click", (event) => {
  const host = hostOf(event.target);
  if (!host) return;
  // Whoever selects text in a row does not mean to open it.
  const selection = getSelection();
  const selects = selection.toString() && host.row.contains(selection.anchorNode);
  if (!selects || event.target.closest(".opener")) toggle(host);
});

document.getElementById("further")?.addEventListener("click", () => {
  const first = matching[shown];
  shown += AT_ONCE;
  draw();
  first?.button.focus();
});
