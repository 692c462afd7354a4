// @ts-check
// A served page follows its server: a new report takes the place of the old one, while the filter,
// the place on the page and the focus stay. A file connects to nothing.

const PAUSE_MILLISECONDS = 500;

/** @param {string} words @param {boolean} [lost] */
function news(words, lost = false) {
  const line = part("news");
  line.textContent = words;
  line.classList.toggle("lost", lost);
}

/** @param {string} markup @returns {Document} */
function parsed(markup) {
  const types = /** @type {any} */ (window).trustedTypes;
  parsed.policy ??= types
    ? types.createPolicy("edgeops", { createHTML: (/** @type {string} */ text) => text })
    : { createHTML: (/** @type {string} */ text) => text };
  return new DOMParser().parseFromString(parsed.policy.createHTML(markup), "text/html");
}
/** @type {{createHTML(text: string): string} | undefined} */
parsed.policy = undefined;

/** Puts the server's present report in the place of the one that is shown, if it shows another. */
async function renew() {
  const answer = await fetch(location.pathname, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`the server said ${answer.status}`);
  const fresh = parsed(await answer.text());
  const report = fresh.getElementById("report");
  if (!report) throw new Error("the server gave no report");
  const footer = fresh.querySelector("footer");
  if (footer) document.querySelector("footer")?.replaceWith(document.adoptNode(footer));
  document.title = fresh.title;
  if (report.dataset.digest !== part("report").dataset.digest) exchange(report);
  const time = new Date().toLocaleTimeString([], { hour12: false });
  news(`${fresh.title.split(":")[0]}, as of ${time}`);
}

/** @param {Element | null} element @returns {string | null} a selector that finds its successor */
function successor(element) {
  if (element?.id) return `#${CSS.escape(element.id)}`;
  const filter = element?.getAttribute("data-filter");
  return filter ? `[data-filter="${CSS.escape(filter)}"]` : null;
}

/** @param {HTMLElement} report takes the place of the one that is shown */
function exchange(report) {
  const focused = successor(document.activeElement);
  const open = document.querySelector("#waived details")?.hasAttribute("open") ?? false;
  const calm = document.querySelector(".tables")?.classList.contains("all") ?? false;
  const shown = list?.shown ?? 0;
  const { scrollX, scrollY } = window;
  part("report").replaceWith(document.adoptNode(report));
  document.querySelector("#waived details")?.toggleAttribute("open", open);
  document.querySelector(".tables")?.classList.toggle("all", calm);
  document.querySelector("#show-calm")?.toggleAttribute("checked", calm);
  begin({ quietly: true });
  list?.showMore(shown - list.shown);
  scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  const heir = focused ? document.querySelector(focused) : null;
  if (heir instanceof HTMLElement) heir.focus({ preventScroll: true });
}

/** @param {string} address of the server's events */
function follow(address) {
  const events = new EventSource(address);
  let running = false;
  let again = false;
  const take = async () => {
    again = running;
    if (running) return;
    running = true;
    try {
      await renew();
    } catch (error) {
      news(`Not renewed: ${/** @type {Error} */ (error).message}. What you see is old.`, true);
    }
    // News may come many times a second; nobody reads that fast.
    setTimeout(() => {
      running = false;
      if (again) take();
    }, PAUSE_MILLISECONDS);
  };
  events.addEventListener("report", take);
  events.addEventListener("open", () => {
    if (part("news").classList.contains("lost")) take();
    else news("Following");
  });
  events.addEventListener("error", () => {
    news("The server does not answer. What you see may be old.", true);
  });
}
