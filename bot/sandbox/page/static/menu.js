// A small menu beside its button, or where one pressed, walked with the arrow keys.
import { el, icon } from "./dom.js";

const EDGE = 8; // pixels that stay free around a menu
const HELD = 500; // milliseconds after which a finger that rests means a menu
const LEAVING = ["pointerdown", "wheel", "touchmove"]; // not "scroll": news move the messages by themselves
const STRAY = 10; // pixels that it may move meanwhile

let close = null;

/**
 * Open a menu of {label, icon, act} beside `anchor`, an element or a point {x, y}; a second press
 * closes it. A choice may have a `note`, be `checked` or a `danger`; {heading} is one over others.
 */
export function openMenu(anchor, choices, { title = null, label = "Menu" } = {}) {
  const same = close && close.anchor === anchor;
  close?.();
  if (same || !choices.some((each) => each.act)) return;
  const back = anchor instanceof Element ? anchor : document.activeElement;
  const items = [];
  const rows = choices.map((each) => (each.heading ? el("p", { class: "menu-heading" }, each.heading) : item(each, items)));
  const menu = el("div", {
    class: "menu", role: "menu", "aria-label": label, "data-testid": "menu", onkeydown: (event) => walk(event, items),
    oncontextmenu: (event) => event.preventDefault(),
  }, title, rows);
  document.body.append(menu);
  place(menu, anchor instanceof Element ? anchor.getBoundingClientRect() : point(anchor));
  if (anchor instanceof Element) anchor.setAttribute("aria-expanded", "true");
  const outside = (event) => {
    if (!menu.contains(event.target) && !(anchor instanceof Element && anchor.contains(event.target))) close?.();
  };
  for (const kind of LEAVING) document.addEventListener(kind, outside, true);
  addEventListener("resize", outside);
  close = () => {
    close = null;
    const focused = menu.contains(document.activeElement);
    menu.remove();
    if (anchor instanceof Element) anchor.setAttribute("aria-expanded", "false");
    for (const kind of LEAVING) document.removeEventListener(kind, outside, true);
    removeEventListener("resize", outside);
    if (focused) back?.focus?.({ preventScroll: true });
  };
  close.anchor = anchor;
  items[0].focus({ preventScroll: true });
}

function item(each, items) {
  const radio = each.checked !== undefined;
  const node = el("button", {
    type: "button", role: radio ? "menuitemradio" : "menuitem", tabindex: "-1", class: each.danger ? "danger" : null,
    "aria-checked": radio ? each.checked : null, onclick: () => {
      close?.();
      each.act();
    },
  }, icon(radio && each.checked ? "done" : each.icon ?? "key"),
  el("span", { class: "menu-words" }, each.label, each.note && el("small", {}, each.note)));
  items.push(node);
  return node;
}

const point = ({ x, y }) => ({ left: x, right: x, top: y, bottom: y });

function place(menu, at) {
  const box = menu.getBoundingClientRect();
  const below = at.bottom + box.height + EDGE < innerHeight;
  const left = at.left === at.right ? at.left : at.right - box.width;
  menu.style.top = `${Math.max(EDGE, below ? at.bottom + 4 : Math.min(at.top, innerHeight - EDGE) - box.height - 4)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - box.width - EDGE))}px`;
}

function walk(event, items) {
  const at = items.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key === "Escape" || event.key === "Tab") close?.();
  else if (event.key in moves) items.at(moves[event.key] % items.length).focus();
  else if (/^\S$/.test(event.key)) jump(event.key, at, items);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function jump(letter, at, items) {
  const fits = (each) => each.textContent.trim().toLowerCase().startsWith(letter.toLowerCase());
  (items.find((each, index) => index > at && fits(each)) ?? items.find(fits))?.focus();
}

/**
 * Open a menu where one right-clicks, presses the menu key, or rests a finger, anywhere in `root`;
 * `choose(target)` gives {choices, title} for what lies there, or null.
 */
export function contextMenus(root, choose) {
  const open = (target, at) => {
    const found = choose(target);
    if (!found) return false;
    openMenu(at, found.choices, found);
    return true;
  };
  let timer = null;
  let from = null;
  const rest = () => clearTimeout(timer);
  root.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, input, textarea, .menu")) return; // the browser's own is of use there
    const selection = getSelection();
    if (String(selection) && selection.containsNode(event.target, true)) return; // and where a text is to be copied
    rest();
    const box = event.target.getBoundingClientRect();
    const byKey = event.button !== 2 && event.pointerType !== "touch";
    const at = byKey ? { x: box.left + 40, y: box.top + Math.min(24, box.height) } : { x: event.clientX, y: event.clientY };
    if (open(event.target, at)) event.preventDefault();
  });
  root.addEventListener("pointerdown", (event) => {
    rest();
    if (event.pointerType !== "touch" || event.target.closest("button, a, input, textarea")) return;
    from = { x: event.clientX, y: event.clientY };
    timer = setTimeout(() => open(event.target, from), HELD);
  });
  root.addEventListener("pointermove", (event) => {
    if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STRAY) rest();
  });
  for (const kind of ["pointerup", "pointercancel", "scroll"]) root.addEventListener(kind, rest);
}
