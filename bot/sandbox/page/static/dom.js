// Builds elements from plain values; text is always text, never markup.

/** Make an element; `on*` attributes are listeners, null ones and false switches are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("aria-") || name.startsWith("data-")) node.setAttribute(name, String(value));
    else if (value === false) continue;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

/** Append nodes and texts, skipping what is absent. */
export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
  return node;
}

/** Put these children in place of whatever the node holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

/** Make a button that is one icon; `label` is what screen readers say. */
export function iconButton(name, label, act) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, onclick: act }, icon(name));
}

/** Make a link that opens elsewhere and tells the other side nothing of this page. */
export function outward(address, attributes, ...children) {
  return el("a", { ...attributes, href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

const SHAPES = {
  menu: "M4 7h16M4 12h16M4 17h16",
  sun: "M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"
    + "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
  moon: "M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5",
  guide: "M12 17v-5m0-4h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  done: "M5 12.5 10 17 19 7",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  plus: "M12 5v14M5 12h14",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  down: "M6 9l6 6 6-6",
  open: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  reply: "M9 6 4 11l5 5m-5-5h9a7 7 0 0 1 7 7",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7.5V12l3 2",
  gear: "M4 7h9m5 0h2M4 17h3m5 0h8M15.5 4.5v5M9.5 14.5v5",
  people: "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M3 20a6 6 0 0 1 12 0M16 5.5a3 3 0 0 1 0 6M17.5 14.5A5.5 5.5 0 0 1 21 20",
  thread: "M5 4v9a4 4 0 0 0 4 4h10m-4-4 4 4-4 4M5 6h11",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  bin: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5m3-5v5",
  crown: "M4 18h16M4.5 15 3 7l5 3.5L12 5l4 5.5L21 7l-1.5 8z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  play: "M7 5v14l12-7z",
  meter: "M4 18a8 8 0 1 1 16 0M12 18l4-6",
  at: "M16 12a4 4 0 1 0-1.5 3.1c.8 1.4 5.5.9 5.5-3.1a8 8 0 1 0-3 6.2",
  key: "M14 10 21 3m-4 4 3 3M9.5 10a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9",
};

/** Draw one of our own line icons, hidden from screen readers. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Put a text on the clipboard, also where the clipboard API is refused. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = el("textarea", { class: "off-screen", readonly: true });
    box.value = text;
    const host = document.querySelector("dialog[open]") ?? document.body;
    const before = document.activeElement;
    host.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    before?.focus?.();
    return done;
  }
}

/** Make a button that copies what `text()` gives, and says so for a moment. */
export function copyButton(text, label = "Copy") {
  const words = el("span", {}, label);
  const mark = el("span", { class: "copy-mark" }, icon("copy"));
  const button = el("button", {
    type: "button", class: "copy", "data-testid": "copy", "aria-label": label,
    onclick: async () => {
      const done = await copyText(text());
      words.textContent = done ? "Copied" : "Select it and copy";
      button.setAttribute("aria-label", words.textContent);
      button.dataset.state = done ? "copied" : "failed";
      fill(mark, icon(done ? "done" : "close"));
      setTimeout(() => {
        words.textContent = label;
        button.setAttribute("aria-label", label);
        delete button.dataset.state;
        fill(mark, icon("copy"));
      }, 1800);
    },
  }, mark, words);
  return button;
}
