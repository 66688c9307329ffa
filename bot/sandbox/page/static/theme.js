// Chooses dark or light before the first paint, and remembers the choice.
(() => {
  const KEY = "latchkey-theme";
  const root = document.documentElement;
  const light = window.matchMedia("(prefers-color-scheme: light)");

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be turned off
    }
  }

  function apply() {
    root.dataset.theme = remembered() ?? (light.matches ? "light" : "dark");
  }

  window.latchkeyTheme = {
    current: () => root.dataset.theme,
    toggle() {
      const next = root.dataset.theme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // without storage the choice lasts until the page is left
      }
      root.dataset.theme = next;
      return next;
    },
  };
  light.addEventListener("change", apply);
  apply();
})();
