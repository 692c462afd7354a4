// @ts-check
// The page comes alive: everything above is joined to the document.

/** @type {FindingList | null} */
let list = null;

/**
 * Takes hold of the report that the page shows now.
 * @param {{quietly?: boolean}} [how] quietly: without going to the finding of the address
 */
function begin({ quietly = false } = {}) {
  for (const element of document.querySelectorAll("[data-script]")) {
    /** @type {HTMLElement} */ (element).hidden = false;
  }
  for (const element of document.querySelectorAll("[data-plain]")) element.remove();
  list = document.getElementById("list") ? new FindingList(harvest()) : null;
  show({ quietly });
}

/** @returns {HTMLFormElement | null} */
function form() {
  return /** @type {HTMLFormElement | null} */ (document.getElementById("filter"));
}

/** @param {Wanted} wanted */
function fill(wanted) {
  for (const field of form()?.elements ?? []) {
    if (field instanceof HTMLInputElement && field.type === "checkbox") {
      field.checked = (wanted[field.name] ?? "").split(",").includes(field.value);
    } else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      const value = wanted[field.name] ?? "";
      if (field instanceof HTMLSelectElement && value) offer(field, value);
      if (field.value !== value) field.value = value;
    }
  }
}

/**
 * A value of the address that no finding has is shown as what it is.
 * @param {HTMLSelectElement} field
 * @param {string} value
 */
function offer(field, value) {
  if (!Array.from(field.options).some((option) => option.value === value)) {
    field.add(new Option(value, value));
  }
}

/** @returns {Wanted} what the form asks for */
function asked() {
  /** @type {Wanted} */
  const wanted = {};
  const own = form();
  if (!own) return wanted;
  const data = new FormData(own);
  for (const name of new Set(data.keys())) {
    const value = data.getAll(name).map(String).filter(Boolean).join(",");
    if (value) wanted[name] = value;
  }
  return wanted;
}

/** Shows what the address asks for. @param {{quietly?: boolean}} [how] */
function show({ quietly = false } = {}) {
  const wanted = readWanted();
  fill(wanted);
  list?.show(wanted);
  tell(wanted);
  if (namesFinding() && !quietly) pointAt(location.hash.slice(1));
}

/** @param {Wanted} wanted */
function tell(wanted) {
  const count = document.getElementById("count");
  if (count && list) {
    count.textContent = `${list.matching.length} of ${list.findings.length} findings`;
  }
  for (const row of document.querySelectorAll("tr.chosen")) row.classList.remove("chosen");
  if (!wanted.zone) return;
  const filter = CSS.escape(addressOf({ zone: wanted.zone }).slice(1));
  const link = document.querySelector(`th [data-filter="${filter}"]`);
  link?.closest("tr")?.classList.add("chosen");
}

/** @param {string} id of a finding */
function pointAt(id) {
  const waived = document.getElementById(id)?.closest("details");
  if (waived) waived.open = true;
  const article = list?.reveal(id) ?? document.getElementById(id);
  if (!article) return;
  article.scrollIntoView({ block: "start" });
  article.focus({ preventScroll: true });
  article.classList.add("told");
}

/** @param {Wanted} wanted @param {{replace?: boolean}} [how] */
function go(wanted, { replace = false } = {}) {
  const address = addressOf(wanted);
  if (replace || address === location.hash) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  show();
}

/** @param {MouseEvent} event */
function clicked(event) {
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
  if (event.defaultPrevented || elsewhere) return;
  if (!(event.target instanceof Element)) return;
  const link = event.target.closest("[data-filter]");
  if (!link) return;
  event.preventDefault();
  go(Object.fromEntries(new URLSearchParams(/** @type {any} */ (link).dataset.filter)));
  const findings = part("findings");
  findings.scrollIntoView({ block: "start" });
  findings.focus({ preventScroll: true });
}

document.addEventListener("click", clicked);
document.addEventListener("keydown", walk);
document.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("reset", (event) => {
  event.preventDefault();
  go({});
});
document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.id === "show-calm") {
    document.querySelector(".tables")?.classList.toggle("all", field.checked);
  } else if (field.form?.id === "filter") {
    go(asked(), { replace: field.name === "q" });
  }
});
addEventListener("hashchange", () => show());
addEventListener("beforeprint", () => list?.showMore(Infinity));

begin();
const events = document.body.dataset.events;
if (events) follow(events);
