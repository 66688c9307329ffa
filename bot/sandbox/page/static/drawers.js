// The side columns: columns where the window is wide, drawers over the room where it is not.

const WIDE = { places: "(min-width: 761px)", guide: "(min-width: 1180px)", members: "(min-width: 1480px)" };
const NAMES = Object.keys(WIDE);
const part = (id) => document.getElementById(id);
const wide = (name) => matchMedia(WIDE[name]).matches;

/** Show a column or drawer, and lead the focus into a drawer. */
export function open(name) {
  if (wide(name)) document.body.removeAttribute(`data-${name}-hidden`);
  else {
    for (const other of NAMES) if (other !== name) document.body.removeAttribute(`data-${other}-open`);
    document.body.setAttribute(`data-${name}-open`, "");
    part(name).querySelector("button:not([tabindex='-1']), input")?.focus();
  }
  say();
}

/** Close a drawer; a column stays. */
export function close(name) {
  if (!document.body.hasAttribute(`data-${name}-open`)) return;
  const inside = part(name).contains(document.activeElement);
  document.body.removeAttribute(`data-${name}-open`);
  if (inside) part(`open-${name}`).focus();
  say();
}

export function closeAll() {
  NAMES.forEach(close);
}

/** Show what is hidden, hide what is shown. */
export function toggle(name) {
  if (!wide(name)) {
    if (document.body.hasAttribute(`data-${name}-open`)) close(name);
    else open(name);
    return;
  }
  document.body.toggleAttribute(`data-${name}-hidden`);
  say();
}

/** Tell screen readers what is open, and shade the room under a drawer. */
export function say() {
  for (const name of NAMES) {
    const shown = wide(name) ? !document.body.hasAttribute(`data-${name}-hidden`) : document.body.hasAttribute(`data-${name}-open`);
    part(`open-${name}`).setAttribute("aria-expanded", String(shown));
  }
  part("shade").hidden = !NAMES.some((each) => !wide(each) && document.body.hasAttribute(`data-${each}-open`));
}
