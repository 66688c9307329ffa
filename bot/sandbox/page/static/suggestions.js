// The list above the message box: commands while one types a name, values while one fills an option.
import { el, fill } from "./dom.js";

let serial = 0;

function dot(shade) {
  const node = el("i", { class: "role-dot" });
  node.style.setProperty("--role", shade);
  return node;
}

export class Suggestions {
  #items = [];
  #active = -1;
  #moved = false;
  #input = null;

  /** `pick(item)` is called when one is pressed. */
  constructor(pick) {
    serial += 1;
    this.id = `suggestions-${serial}`;
    this.title = el("p", { class: "suggestions-title" });
    this.list = el("ul", { role: "listbox", id: this.id, "aria-label": "Suggestions" });
    this.node = el("div", { class: "suggestions", "data-testid": "suggestions", hidden: true }, this.title, this.list);
    this.node.addEventListener("mousedown", (event) => event.preventDefault());
    this.pick = pick;
  }

  get open() {
    return !this.node.hidden;
  }

  /** The highlighted item. */
  get current() {
    return this.open ? this.#items[this.#active] : undefined;
  }

  /** Whether the reader moved the highlight on purpose. */
  get moved() {
    return this.open && this.#moved;
  }

  /** Show {label, detail, hint} items for an input; an empty list shows only the title. */
  show(input, title, items) {
    this.#bind(input);
    const before = this.current?.label;
    this.#items = items;
    this.#moved = this.#moved && items.some((each) => each.label === before);
    this.#active = Math.max(items.length ? 0 : -1, this.#moved ? items.findIndex((each) => each.label === before) : 0);
    if (!items.length) this.#active = -1;
    fill(this.title, title);
    this.node.hidden = !items.length && !title;
    this.node.dataset.empty = String(!items.length);
    fill(this.list, items.map((each, at) => el("li", {
      role: "option", id: `${this.id}-${at}`, "data-value": each.value ?? each.label, onclick: () => this.pick(each),
      onmousemove: () => this.#activate(at, false),
    }, each.face, each.shade && dot(each.shade), el("span", { class: "suggestion-words" }, el("span", { class: "suggestion-label" }, each.label),
      each.detail && el("small", {}, each.detail)), each.hint && el("span", { class: "suggestion-hint" }, each.hint))));
    this.#mark();
  }

  /** Put the list away. */
  hide() {
    this.node.hidden = true;
    this.#items = [];
    this.#active = -1;
    this.#moved = false;
    this.#mark();
  }

  /** Take an arrow key; true where it was used. */
  walk(event) {
    if (!this.open || !this.#items.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return false;
    event.preventDefault();
    this.#activate((this.#active + step + this.#items.length) % this.#items.length, true);
    this.#moved = true;
    return true;
  }

  #activate(at, scroll) {
    this.#active = at;
    this.#mark();
    if (scroll) this.list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  #bind(input) {
    if (this.#input === input) return;
    this.#release();
    this.#input = input;
    this.#moved = false;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-haspopup", "listbox");
    input.setAttribute("aria-controls", this.id);
  }

  #release() {
    this.#input?.setAttribute("aria-expanded", "false");
    this.#input?.removeAttribute("aria-activedescendant");
  }

  #mark() {
    [...this.list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === this.#active)));
    this.#input?.setAttribute("aria-expanded", String(this.open && this.#items.length > 0));
    if (this.current) this.#input?.setAttribute("aria-activedescendant", `${this.id}-${this.#active}`);
    else this.#input?.removeAttribute("aria-activedescendant");
  }
}
