// @ts-check
// A served page follows its server: a new report takes the place of the old one, while the filter,
// the place on the page and the focus stay. A file connects to nothing.

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

/** Puts the server's present report in the place of the one that is shown. */
async function renew() {
  const answer = await fetch(location.pathname, { cache: "no-store" });
  if (!answer.ok) throw new Error(`the server said ${answer.status}`);
  const fresh = parsed(await answer.text());
  const report = fresh.getElementById("report");
  if (!report) throw new Error("the server gave no report");
  const focused = document.activeElement?.id;
  const open = document.querySelector("#waived details")?.hasAttribute("open") ?? false;
  const { scrollX, scrollY } = window;
  part("report").replaceWith(document.adoptNode(report));
  document.querySelector("footer")?.replaceChildren(...(fresh.querySelector("footer")?.childNodes ?? []));
  document.title = fresh.title;
  document.querySelector("#waived details")?.toggleAttribute("open", open);
  begin();
  scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const time = new Date().toLocaleTimeString([], { hour12: false });
  news(`${document.title.split(":")[0]}, renewed ${time}`);
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
    running = false;
    if (again) take();
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
