// A small menu that opens beside its button, walked with the arrow keys.
import { el, icon } from "./dom.js";

let close = null;

/** Open a menu of {label, icon, act} beside `anchor`; a second press closes it. */
export function openMenu(anchor, choices) {
  const same = close?.anchor === anchor;
  close?.();
  if (same || !choices.length) return;
  const items = choices.map((each) => el("button", {
    type: "button", role: "menuitem", tabindex: "-1", onclick: () => {
      close?.();
      each.act();
    },
  }, icon(each.icon), each.label));
  const menu = el("div", {
    class: "menu", role: "menu", "data-testid": "menu", onkeydown: (event) => walk(event, items),
  }, items);
  document.body.append(menu);
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  const outside = (event) => !menu.contains(event.target) && !anchor.contains(event.target) && close?.();
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("scroll", outside, true);
  close = () => {
    close = null;
    const focused = menu.contains(document.activeElement);
    menu.remove();
    anchor.removeAttribute("aria-expanded");
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("scroll", outside, true);
    if (focused) anchor.focus();
  };
  close.anchor = anchor;
  items[0].focus();
}

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const below = at.bottom + box.height + 8 < window.innerHeight;
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - box.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - box.width, window.innerWidth - box.width - 8))}px`;
}

function walk(event, items) {
  const at = items.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key === "Escape" || event.key === "Tab") close?.();
  else if (event.key in moves) items.at(moves[event.key] % items.length).focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
