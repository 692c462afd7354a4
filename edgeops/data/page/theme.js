// @ts-check
// Light, dark, or what the system says. Kept where the browser lets a page keep something.

/** @typedef {"system" | "light" | "dark"} Theme */

const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const THEME_KEY = "edgeops-theme";

/** @returns {Theme} what was chosen last; "system" if nothing was, or nothing may be kept */
function keptTheme() {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

/** @param {Theme} theme */
function keepTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // A file may not be allowed to keep anything; the choice then lasts as long as the page.
  }
}

/** @param {Theme} theme */
function applyTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

applyTheme(keptTheme());

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  if (!button) return;
  /** @type {Theme} */
  let theme = keptTheme();
  const tell = () => {
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    keepTheme(theme);
    applyTheme(theme);
    tell();
  });
  tell();
});
