// A modal: the bot's form in a dialog.
import { el, fill, iconButton } from "./dom.js";
import { readFiles } from "./files.js";
import { markdown } from "./markdown.js";
import { select } from "./select.js";

const LONG = 2;
const TICK = 23;

/** Show the form; `submit(fields)` sends what was filled in, by custom id. */
export function openModal(dialog, data, room, submit) {
  const readers = [];
  const problem = el("p", { class: "composer-error", role: "alert", "data-testid": "modal-error" });
  const body = (data.components ?? []).map((each) => top(each, room, readers));
  const done = el("button", { type: "submit", class: "button primary" }, "Submit");
  const close = () => dialog.close();
  const form = el("form", { onsubmit: async (event) => {
    event.preventDefault();
    done.disabled = true;
    try {
      const fields = {};
      for (const { id, read } of readers) fields[id] = await read();
      await submit(fields);
      close();
    } catch (wrong) {
      problem.textContent = wrong.message;
    } finally {
      done.disabled = false;
    }
  } },
  el("header", {}, el("h2", { id: "modal-title" }, data.title),
    iconButton("close", "Close", close)),
  el("div", { class: "modal-body" }, body), problem,
  el("footer", {}, el("button", { type: "button", class: "button secondary", onclick: close }, "Cancel"), done));
  fill(dialog, form);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".modal-body :is(input, textarea, button)")?.focus();
}

function top(data, room, readers) {
  if (data.type === 1) return data.components.map((each) => labelled(each.label, null, each, room, readers));
  if (data.type === 10) return el("div", { class: "md" }, markdown(data.content, room.state.names));
  if (data.type === 18) return labelled(data.label, data.description, data.component, room, readers);
  return null;
}

function labelled(label, description, field, room, readers) {
  const needed = field.required ?? field.type !== TICK;
  const [node, read] = input(field, room, label, needed);
  readers.push({ id: field.custom_id, read: async () => {
    const value = await read();
    const empty = value === null || (Array.isArray(value) && !value.length);
    if (needed && empty) throw new Error(`Fill in “${label}”.`);
    return value;
  } });
  if (field.type === TICK) return ticked(label, description, field, node);
  const group = field.type === 21 || field.type === 22;
  const star = needed && el("span", { class: "needed", title: "required" }, " *");
  return el(group ? "fieldset" : "div", {
    class: "modal-field", "data-testid": "field", "data-custom-id": field.custom_id,
  }, el(group ? "legend" : "label", { for: group ? null : fieldId(field) }, label, star),
  description && el("small", {}, description), node);
}

/** A lone box stands in a line with what it means. */
function ticked(label, description, field, node) {
  return el("div", { class: "modal-field", "data-testid": "field", "data-custom-id": field.custom_id },
    el("label", { class: "pick" }, node, el("span", { class: "option-words" }, label, description && el("small", {}, description))));
}

const fieldId = (field) => `field-${field.custom_id}`;

function input(field, room, label, needed) {
  switch (field.type) {
    case 4:
      return text(field, needed);
    case 19:
      return files(field);
    case 21:
      return picks(field, "radio");
    case 22:
      return picks(field, "checkbox");
    case TICK: {
      const box = el("input", { type: "checkbox", id: fieldId(field), checked: Boolean(field.default) });
      return [box, async () => box.checked];
    }
    default: {
      let values = null;
      const menu = select({ placeholder: label, ...field }, room.state, (chosen) => {
        values = chosen;
      });
      menu.querySelector("button").id = fieldId(field);
      return [menu, async () => values ?? menu.values()];
    }
  }
}

function text(field, needed) {
  const long = field.style === LONG;
  const node = el(long ? "textarea" : "input", {
    id: fieldId(field), placeholder: field.placeholder, required: needed, autocomplete: "off",
    minlength: field.min_length, maxlength: field.max_length ?? 4000, ...(long ? { rows: 4 } : { type: "text" }),
  });
  node.value = field.value ?? "";
  const count = el("small", { class: "counted", "aria-hidden": "true" });
  const say = () => {
    const most = field.max_length ?? 4000;
    count.textContent = field.max_length || node.value.length > most * 0.8 ? `${node.value.length} of ${most}` : "";
  };
  node.addEventListener("input", say);
  say();
  return [[node, count], async () => node.value];
}

function files(field) {
  const node = el("input", { id: fieldId(field), type: "file", multiple: (field.max_values ?? 1) > 1 });
  return [node, async () => {
    const most = field.max_values ?? 1;
    if (node.files.length > most) throw new Error(`At most ${most} files fit here.`);
    return readFiles(node.files);
  }];
}

function picks(field, type) {
  const boxes = (field.options ?? []).map((each) => el("input", {
    type, name: fieldId(field), value: each.value, checked: Boolean(each.default),
  }));
  const node = el("div", { class: "picks" }, boxes.map((box, at) => {
    const each = field.options[at];
    const words = el("span", { class: "option-words" }, each.label, each.description && el("small", {}, each.description));
    return el("label", { class: "pick" }, box, words);
  }));
  const values = () => boxes.filter((each) => each.checked).map((each) => each.value);
  if (type === "radio") return [node, async () => values()[0] ?? null];
  return [node, async () => {
    const chosen = values();
    const least = field.min_values ?? 1;
    const most = field.max_values ?? boxes.length;
    const wanted = least === most ? least : `${least} to ${most}`;
    if (chosen.length && (chosen.length < least || chosen.length > most)) throw new Error(`Tick ${wanted} of these.`);
    return chosen;
  }];
}
