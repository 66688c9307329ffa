// One command being filled in: its name as a chip, a field for each option.
import { add, el, fill } from "./dom.js";
import { FILE, NUMBER, TEXT, WHOLE, fitting, offered, strict, valueOf } from "./options.js";

const PAUSE = 120; // milliseconds of quiet before the bot is asked for completions

export class Call {
  /** `leave` gives the command up, `send(name, options)` runs it, `complain(text)` says what is wrong. */
  constructor(command, room, suggestions, { leave, send, complain }) {
    Object.assign(this, { command, room, suggestions, leave, send, complain });
    this.fields = new Map();
    this.asked = 0;
    this.busy = false;
    this.chips = el("span", { class: "call-more" });
    this.line = el("div", { class: "call-fields" });
    this.name = el("button", {
      type: "button", class: "call-name", "data-testid": "call-name",
      "aria-label": `/${command.name}, press to give it up`, onclick: leave,
    }, `/${command.name}`);
    this.node = el("div", {
      class: "call", role: "group", "aria-label": `Command /${command.name}`,
      "data-testid": "call", "data-command": command.name,
      onkeydown: (event) => this.#keys(event),
    }, this.name, this.line, this.chips);
    for (const option of command.options) if (option.required) this.#field(option);
    if (!this.fields.size && command.options.length === 1) this.#field(command.options[0]);
    this.#showChips();
  }

  /** Put the cursor where typing goes on. */
  focus() {
    const empty = [...this.fields.values()].find((each) => !each.input.value) ?? [...this.fields.values()].at(-1);
    if (empty) empty.input.focus();
    else this.node.closest("form").querySelector(".send").focus();
  }

  /** Fill options from text, as `name:value name:value`, or the first option from all of it. */
  read(text) {
    const names = this.command.options.map((each) => each.name);
    if (!names.length || !text.trim()) return;
    const pattern = new RegExp(`(?:^|\\s)(${names.map((each) => each.replace(/\W/g, "\\$&")).join("|")}):`, "g");
    const found = [...text.matchAll(pattern)];
    if (!found.length) this.#put(names[0], text.trim());
    found.forEach((each, at) => {
      const from = each.index + each[0].length;
      this.#put(each[1], text.slice(from, found[at + 1]?.index).trim());
    });
  }

  /** Send the command if everything needed is there; else say what is missing. */
  async submit() {
    if (this.busy) return;
    this.busy = true;
    const options = await this.#read();
    this.busy = false;
    if (options) await this.send(this.command.name, options);
  }

  /** Put a dropped file into the option that takes one; false where none does. */
  take(files) {
    const option = this.command.options.find((each) => each.type === FILE);
    if (!option) return false;
    const { input } = this.fields.get(option.name) ?? this.#field(option);
    const carried = new DataTransfer();
    carried.items.add(files[0]);
    input.files = carried.files;
    this.#showChips();
    return true;
  }

  async #read() {
    const options = {};
    for (const field of this.fields.values()) {
      try {
        const value = await valueOf(field.option, field.input, field.chosen, this.room.state);
        if (value !== undefined) options[field.option.name] = value;
        else if (field.option.required) throw new Error(`Fill in ${field.option.name}.`);
        field.input.removeAttribute("aria-invalid");
      } catch (problem) {
        field.input.setAttribute("aria-invalid", "true");
        field.input.focus();
        this.complain(problem.message);
        return null;
      }
    }
    return options;
  }

  /** Take the highlighted suggestion into the field that has the focus. */
  pick(item) {
    const field = [...this.fields.values()].find((each) => each.input === document.activeElement);
    if (!field || !item) return;
    field.input.value = item.label;
    field.chosen = item;
    field.input.removeAttribute("aria-invalid");
    fit(field.input);
    this.suggestions.hide();
  }

  #put(name, text) {
    const option = this.command.options.find((each) => each.name === name);
    if (option.type === FILE) return;
    const field = this.fields.get(name) ?? this.#field(option);
    field.input.value = text;
    fit(field.input);
    this.#showChips();
  }

  #field(option) {
    const roomy = option.type === TEXT && !strict(option) && !option.autocomplete;
    const shape = roomy ? { rows: 1 } : { type: option.type === FILE ? "file" : "text" };
    const { state } = this.room;
    const [named, described] = [state.say(option, "name"), state.say(option, "description")];
    const input = el(roomy ? "textarea" : "input", {
      "data-testid": "option", "data-option": option.name, "aria-label": `${named}: ${described}`,
      "aria-required": Boolean(option.required), autocomplete: "off", spellcheck: roomy ? "true" : "false",
      inputmode: option.type === WHOLE || option.type === NUMBER ? "decimal" : null,
      maxlength: option.max_length, ...shape,
    });
    const field = { option, input, chosen: null };
    field.node = el("label", { class: `call-option ${roomy ? "roomy" : ""}` },
      el("span", { class: "call-option-name" }, named), input);
    this.fields.set(option.name, field);
    input.addEventListener("focus", () => this.#suggest(field));
    input.addEventListener("blur", () => this.suggestions.hide());
    input.addEventListener("input", () => {
      field.chosen = null;
      fit(input);
      this.complain("");
      this.#suggest(field);
    });
    add(this.line, [field.node]);
    fit(input);
    return field;
  }

  #showChips() {
    const left = this.command.options.filter((each) => !this.fields.has(each.name));
    fill(this.chips, left.map((option) => el("button", {
      type: "button", class: "call-chip", "data-testid": "add-option", "data-option": option.name,
      title: this.room.state.say(option, "description"),
      onclick: () => {
        const field = this.#field(option);
        this.#showChips();
        field.input.focus();
      },
    }, `+ ${this.room.state.say(option, "name")}`)));
  }

  async #suggest(field) {
    const { option, input } = field;
    const title = `${this.room.state.say(option, "name")}: ${this.room.state.say(option, "description")}`;
    this.asked += 1;
    const turn = this.asked;
    const still = () => turn === this.asked && document.activeElement === input;
    if (!option.autocomplete) {
      const items = field.chosen ? [] : fitting(offered(option, this.room.state), input.value);
      this.suggestions.show(input, title, items);
      return;
    }
    if (!this.suggestions.open) this.suggestions.show(input, title, []);
    await new Promise((resolve) => setTimeout(resolve, input.value ? PAUSE : 0));
    if (!still()) return;
    const items = await this.#completions(field);
    if (still()) this.suggestions.show(input, title, field.chosen ? [] : items);
  }

  async #completions(field) {
    const options = { [field.option.name]: field.input.value };
    for (const other of this.fields.values()) {
      if (other === field || other.option.type === FILE) continue;
      const value = await valueOf(other.option, other.input, other.chosen, this.room.state).catch(() => undefined);
      if (value !== undefined) options[other.option.name] = value;
    }
    try {
      const found = await this.room.complete(this.command.name, options, field.option.name);
      return found.map((each) => ({ label: each.name, value: each.value }));
    } catch {
      return []; // no answer in time: what is typed counts as it stands
    }
  }

  #keys(event) {
    const field = [...this.fields.values()].find((each) => each.input === event.target);
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.suggestions.open && this.suggestions.current) this.suggestions.hide();
      else this.leave();
      return;
    }
    if (!field || event.isComposing) return;
    if (this.suggestions.walk(event)) return;
    const item = this.suggestions.current;
    const meant = field.input.value || this.suggestions.moved || field.option.required;
    if (event.key === "Tab" && !event.shiftKey && item && meant) this.pick(item);
    else if (event.key === "Enter" && !event.shiftKey && field.option.type !== FILE) this.#enter(event, field, meant && item);
    else if (event.key === "Backspace" && !field.input.value && field === this.fields.values().next().value) {
      event.preventDefault();
      this.leave();
    }
  }

  #enter(event, field, item) {
    event.preventDefault();
    if (item && item.label !== field.input.value.trim()) {
      this.pick(item);
      const open = [...this.fields.values()].filter((each) => !each.input.value && each.option.type !== FILE);
      open.find((each) => each.option.required)?.input.focus();
      return;
    }
    if (item) this.pick(item);
    void this.submit();
  }
}

/** Let a field be as wide, or as high, as its text. */
function fit(input) {
  if (!input.isConnected) return;
  if (input.tagName === "TEXTAREA") {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
  } else if (input.type === "text") {
    input.style.width = `${Math.min(Math.max(input.value.length + 2, 8), 32)}ch`;
  }
}
