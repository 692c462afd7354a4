// @ts-check
// Keys: arrows walk over the links of the matrix, j and k over the findings.

/** @param {Element} cell @param {number} step @returns {HTMLElement | null} next link in the row */
function besides(cell, step) {
  const cells = Array.from(/** @type {HTMLTableRowElement} */ (cell.parentElement).cells);
  for (let at = cells.indexOf(/** @type {any} */ (cell)) + step; cells[at]; at += step) {
    const link = cells[at].querySelector("a");
    if (link) return link;
  }
  return null;
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {number} step
 * @returns {HTMLElement | null} the link above or below, or the zone's if that cell has none
 */
function beyond(cell, step) {
  const rows = Array.from(document.querySelectorAll(".matrix tr"));
  const here = rows.indexOf(/** @type {Element} */ (cell.parentElement));
  for (let at = here + step; rows[at]; at += step) {
    const row = /** @type {HTMLTableRowElement} */ (rows[at]);
    if (getComputedStyle(row).display === "none") continue;
    const link = row.cells[cell.cellIndex]?.querySelector("a") ?? row.querySelector("th a, td a");
    if (link) return /** @type {HTMLElement} */ (link);
  }
  return null;
}

/** @param {KeyboardEvent} event @param {HTMLTableCellElement} cell */
function walkMatrix(event, cell) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const links = /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll("a"));
  /** @type {Record<string, () => HTMLElement | null>} */
  const ways = {
    ArrowRight: () => besides(cell, 1),
    ArrowLeft: () => besides(cell, -1),
    ArrowDown: () => beyond(cell, 1),
    ArrowUp: () => beyond(cell, -1),
    Home: () => links[0],
    End: () => links[links.length - 1],
  };
  const goal = ways[event.key]?.();
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}

/** @param {KeyboardEvent} event @param {Element} article */
function walkFindings(event, article) {
  const goal =
    event.key === "j" ? article.nextElementSibling
    : event.key === "k" ? article.previousElementSibling
    : null;
  if (!(goal instanceof HTMLElement)) return;
  event.preventDefault();
  goal.focus();
}

/** @param {KeyboardEvent} event */
function walk(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return;
  const cell = event.target.closest(".matrix th, .matrix td");
  if (cell) walkMatrix(event, /** @type {HTMLTableCellElement} */ (cell));
  const article = event.target.closest("#list > article");
  if (article) walkFindings(event, article);
}
