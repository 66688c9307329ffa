// A select menu: a button and a list box, with one or several values.
import { el, fill, icon } from "./dom.js";

/** Build a select; `chosen(values, node)` is told when the choice has been made. */
export function select(data, state, chosen) {
  const options = optionsOf(data, state);
  const most = data.max_values ?? 1;
  const least = data.min_values ?? 1;
  const several = most > 1;
  let values = options.filter((each) => each.default).map((each) => each.value);
  let before = values;
  let active = -1;

  const words = el("span", { class: "select-words" });
  const opener = el("button", {
    type: "button", class: "select-button", disabled: Boolean(data.disabled), role: "combobox",
    "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": data.placeholder ?? "Choose",
    onclick: () => (root.dataset.open ? close(true) : open()), onkeydown: keys,
  }, words, icon("down"));
  const list = el("ul", { class: "select-list", role: "listbox", "aria-multiselectable": several, hidden: true });
  const root = el("div", { class: "select", "data-testid": "select" }, opener, list);
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) close(true);
  });

  function show() {
    const labels = values.map((value) => options.find((each) => each.value === value)?.label ?? value);
    words.textContent = labels.join(", ") || (data.placeholder ?? "Choose");
    words.dataset.empty = String(!labels.length);
    fill(list, options.map((each, at) => row(each, at)));
    if (!options.length) list.append(el("li", { class: "select-none" }, "Nothing to choose"));
    const current = list.children[active];
    if (current && active >= 0) opener.setAttribute("aria-activedescendant", current.id);
    else opener.removeAttribute("aria-activedescendant");
  }

  function row(each, at) {
    const taken = values.includes(each.value);
    return el("li", {
      id: `${id}-${at}`, role: "option", "aria-selected": taken, "data-value": each.value, "data-active": at === active,
      onmousedown: (event) => event.preventDefault(), onclick: () => pick(at),
    }, several && el("span", { class: "tick", "aria-hidden": "true" }, taken && icon("done")),
    el("span", { class: "option-words" }, el("span", {}, each.emoji?.name && `${each.emoji.name} `, each.label),
      each.description && el("small", {}, each.description)));
  }

  function open() {
    root.dataset.open = "true";
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    before = values;
    active = Math.max(0, options.findIndex((each) => values.includes(each.value)));
    show();
    turn();
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** Open upwards where there is room above and none below. */
  function turn() {
    const frame = (root.closest(".log, .modal-body") ?? document.documentElement).getBoundingClientRect();
    const room = list.getBoundingClientRect();
    const above = opener.getBoundingClientRect().top - room.height > frame.top;
    root.toggleAttribute("data-up", room.bottom > frame.bottom && above);
  }

  function close(tell) {
    if (!root.dataset.open) return;
    delete root.dataset.open;
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    const changed = values.length !== before.length || values.some((each) => !before.includes(each));
    if (tell && several && changed && values.length >= least) chosen(values, opener);
    else if (several && (!tell || values.length < least)) values = before;
    root.removeAttribute("data-up");
    active = -1;
    show();
  }

  function pick(at) {
    const each = options[at];
    if (!each) return;
    active = at;
    if (!several) {
      values = values[0] === each.value && least === 0 ? [] : [each.value];
      close(false);
      chosen(values, opener);
      return;
    }
    if (values.includes(each.value)) values = values.filter((value) => value !== each.value);
    else if (values.length < most) values = [...values, each.value];
    show();
  }

  function keys(event) {
    if (!root.dataset.open) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        open();
      }
      return;
    }
    const moves = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: options.length - 1 };
    if (event.key in moves) active = Math.min(Math.max(moves[event.key], 0), options.length - 1);
    else if (event.key === "Enter" || event.key === " ") pick(active);
    else if (event.key === "Escape") close(false);
    else if (/^\S$/.test(event.key)) jump(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (root.dataset.open) show();
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function jump(letter) {
    const fits = (each) => each.label.toLowerCase().startsWith(letter.toLowerCase());
    const after = options.findIndex((each, at) => at > active && fits(each));
    const found = after >= 0 ? after : options.findIndex(fits);
    if (found >= 0) active = found;
  }

  serial += 1;
  const id = `select-${serial}`;
  list.id = id;
  opener.setAttribute("aria-controls", id);
  show();
  root.values = () => values;
  return root;
}

let serial = 0;

/** The rows of a select: its own, or the people, roles and channels around. */
function optionsOf(data, state) {
  const preset = new Set((data.default_values ?? []).map((each) => each.id));
  const named = (list, sign) => list.map((each) => ({
    value: each.id, label: `${sign}${each.name}`, default: preset.has(each.id),
  }));
  const kinds = new Set(data.channel_types ?? []);
  switch (data.type) {
    case 5:
      return named(state.peopleHere(), "");
    case 6:
      return named(state.rolesHere(), "@");
    case 7:
      return [...named(state.peopleHere(), ""), ...named(state.rolesHere(), "@")];
    case 8:
      return named(state.channelsHere().filter((each) => (kinds.size ? kinds.has(each.type) : each.type !== 4)), "#");
    default:
      return data.options ?? [];
  }
}
