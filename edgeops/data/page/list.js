// @ts-check
// The list of findings: all are known, those are shown that match, and only as many as are read.

const BATCH = 40;

/** @param {string} id @returns {HTMLElement} what the page surely has */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** @returns {Finding[]} every finding, those kept in the template too, in order */
function harvest() {
  const rest = document.getElementById("rest");
  const kept = rest instanceof HTMLTemplateElement ? rest.content : null;
  const roots = [document.getElementById("list"), kept];
  return roots.flatMap((root) =>
    root
      ? Array.from(root.children, (element) => ({
          element: /** @type {HTMLElement} */ (element), id: element.id, text: null,
        }))
      : [],
  );
}

class FindingList {
  /** @param {Finding[]} findings */
  constructor(findings) {
    this.findings = findings;
    /** @type {Finding[]} */
    this.matching = findings;
    this.shown = 0;
    this.list = part("list");
    this.more = part("more");
    this.more.addEventListener("click", () => this.showMore(BATCH));
    part("all").addEventListener("click", () => this.showMore(Infinity));
    this.watcher = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && this.showMore(BATCH),
      { rootMargin: "600px" },
    );
    this.watcher.observe(this.more);
    this.readAhead();
  }

  /** Reads the words of all findings while there is nothing else to do. @param {number} [at] */
  readAhead(at = 0) {
    // Without it the first key of the filter reads them.
    window.requestIdleCallback?.((deadline) => {
      while (at < this.findings.length && deadline.timeRemaining() > 2) textOf(this.findings[at++]);
      if (at < this.findings.length) this.readAhead(at);
    });
  }

  /** @param {Wanted} wanted */
  show(wanted) {
    this.matching = this.findings.filter(matcher(wanted));
    this.shown = 0;
    this.list.replaceChildren();
    this.showMore(BATCH);
  }

  /** @param {number} number how many more */
  showMore(number) {
    const next = this.matching.slice(this.shown, this.shown + Math.max(number, 0));
    this.list.append(...next.map((finding) => finding.element));
    this.shown += next.length;
    const left = this.matching.length - this.shown;
    const line = /** @type {HTMLElement} */ (this.more.parentElement);
    line.hidden = left === 0;
    part("shown").textContent = `Shown: ${this.shown} of ${this.matching.length}.`;
    // What stays in view tells nothing more; asked anew, it tells whether it is still in view.
    if (next.length && left) {
      this.watcher.unobserve(this.more);
      this.watcher.observe(this.more);
    }
  }

  /** @param {string} id @returns {HTMLElement | null} the finding's article, in the page now */
  reveal(id) {
    const at = this.matching.findIndex((finding) => finding.id === id);
    if (at < 0) return null;
    if (at >= this.shown) this.showMore(at + 1 - this.shown);
    return this.matching[at].element;
  }
}
