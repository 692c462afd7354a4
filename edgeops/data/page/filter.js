// @ts-check
// What is asked for: read from the address, written into it, and asked of a finding.

const FACETS = /** @type {const} */ ([
  "cluster", "zone", "service", "kind", "drift", "cause", "severity",
]);

/**
 * What is asked for, by the name of a facet, and `q` for the text. A value may be several, with
 * commas between; an absent one asks nothing.
 * @typedef {Record<string, string>} Wanted
 */

/**
 * One finding: its article, and what it is filtered by.
 * @typedef {{element: HTMLElement, id: string, text: string | null}} Finding
 */

/** @returns {boolean} whether the address names one finding rather than a filter */
function namesFinding() {
  return /^#finding-[0-9a-f]+(-\d+)?$/.test(location.hash);
}

/** @returns {Wanted} the filter of the address */
function readWanted() {
  /** @type {Wanted} */
  const wanted = {};
  if (namesFinding()) return wanted;
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const known = name === "q" || FACETS.some((facet) => facet === name);
    if (known && value) wanted[name] = value;
  }
  return wanted;
}

/** @param {Wanted} wanted @returns {string} the address of a filter, from the # on */
function addressOf(wanted) {
  const parts = Object.entries(wanted)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `#${parts.join("&") || "findings"}`;
}

/** @param {Finding} finding @returns {string} all its words, in lower case */
function textOf(finding) {
  finding.text ??= (finding.element.textContent ?? "").toLowerCase();
  return finding.text;
}

/**
 * @param {Wanted} wanted
 * @returns {(finding: Finding) => boolean}
 */
function matcher(wanted) {
  const words = (wanted.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const facets = FACETS.filter((name) => wanted[name]).map((name) => {
    // A severity may be one of several; every other value is a name, commas and all.
    const values = name === "severity" ? wanted[name].split(",") : [wanted[name]];
    return { name, values: new Set(values) };
  });
  return (finding) =>
    facets.every(({ name, values }) => values.has(finding.element.dataset[name] ?? "")) &&
    words.every((word) => textOf(finding).includes(word));
}
