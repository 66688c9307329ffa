// The panel beside the room: its tabs, of which one is shown.

/** Wire tabs to their panes; the answer shows one by name. */
export function tabbed(root) {
  const tabs = [...root.querySelectorAll("[role=tab]")];
  const show = (name, focus = false) => {
    for (const tab of tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
  };
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => show(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(tabs.at((at + step) % tabs.length).dataset.tab, true);
    });
  }
  return show;
}
