// Which hosts are shown: each filter is a question, and all of them must be answered with yes.
const filters = document.querySelector(".filters");

function questions() {
  const words = plain(filters.querySelector("#search").value).split(/\s+/).filter(Boolean);
  const outcomes = new Set([...filters.querySelectorAll("[name=outcome]:checked")].map((box) => box.value));
  const kind = filters.querySelector("#kind").value;
  const place = filters.querySelector("#place")?.value || "";
  const state = filters.querySelector("#state")?.value || "";
  return (host) => outcomes.has(host.data.outcome)
    && (!kind || host.data.kind === kind)
    && (!place || host.data.place === place)
    && (!state || (state === "left" ? host.left : host.data.past?.split(" ").includes(state)))
    && words.every((word) => host.text.includes(word));
}

function filter() {
  matching = hosts.filter(questions());
  shown = AT_ONCE;
  draw();
  const all = matching.length === hosts.length;
  const count = hosts.length.toLocaleString("en");
  document.getElementById("matches").textContent =
    all ? `All ${count} hosts` : `${matching.length.toLocaleString("en")} of ${count} hosts`;
  filters.querySelector("[data-reset]").hidden = all;
}

function reset() {
  filters.reset();
  filter();
}

function showKind(kind) {
  filters.reset();
  filters.querySelector("#kind").value = kind;
  filter();
  const heading = document.getElementById("hosts");
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}

if (filters) {
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const shower = event.target.closest("[data-show-kind]");
    if (shower) showKind(shower.dataset.showKind);
    if (event.target.closest("[data-reset]")) reset();
  });
}
