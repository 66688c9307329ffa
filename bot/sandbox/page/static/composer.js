// The message box: plain messages with files and replies, and `/` for commands.
import { Call } from "./call.js";
import { add, el, fill, icon, iconButton } from "./dom.js";
import { readFiles } from "./files.js";
import { fitting } from "./options.js";
import { Suggestions } from "./suggestions.js";

export class Composer {
  constructor(root, room) {
    this.room = room;
    this.call = null;
    this.original = null;
    this.busy = false;
    this.suggestions = new Suggestions((item) => this.#picked(item));
    this.text = el("textarea", {
      id: "say", class: "say", rows: 1, "data-testid": "composer", autocomplete: "off",
      oninput: () => this.#typed(), onkeydown: (event) => this.#keys(event), onblur: () => this.suggestions.hide(),
      onfocus: () => this.#palette(),
    });
    this.picker = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.#showFiles() });
    this.attach = iconButton("plus", "Attach files", () => this.picker.click());
    this.send = el("button", {
      type: "submit", class: "send", "aria-label": "Send", "data-testid": "send",
    }, icon("send"));
    this.line = el("div", { class: "composer-line" });
    this.above = el("div", { class: "composer-above" });
    this.error = el("p", { class: "composer-error", role: "alert", "data-testid": "composer-error" });
    this.form = el("form", { class: "composer-form", onsubmit: (event) => {
      event.preventDefault();
      void this.#submit();
    } }, this.suggestions.node, this.above, this.line, this.picker);
    fill(root, this.form, this.error);
    this.#plain();
  }

  /** Begin a command: `/name`, with what is already known of its options as text. */
  begin(name, text = "") {
    const command = this.room.state.calls().find((each) => each.name === name);
    if (!command) {
      this.complain(`There is no command /${name} here yet.`);
      return;
    }
    this.complain("");
    this.suggestions.hide();
    this.call = new Call(command, this.room, this.suggestions, {
      leave: () => this.#plain(true),
      send: (called, options) => this.#run(called, options),
      complain: (words) => this.complain(words),
    });
    fill(this.line, this.call.node, this.send);
    this.call.read(text);
    this.call.focus();
  }

  /** Run a command that needs nothing more; any other is begun, so that the rest can be filled in. */
  start(name) {
    const command = this.room.state.calls().find((each) => each.name === name);
    if (!command || command.options.some((each) => each.required)) {
      this.begin(name);
      return;
    }
    this.complain("");
    this.room.command(name, {}).catch((problem) => this.complain(problem.message));
  }

  /** Answer a message. */
  reply(message) {
    this.original = message;
    if (this.call) this.#plain();
    this.#showFiles();
    this.text.focus();
  }

  /** Say whom the text is for, and forget the reply of another channel. */
  refresh() {
    const { state } = this.room;
    const channel = state.here();
    if (this.original && this.original.channel_id !== state.channel) this.original = null;
    const place = channel ? `${channel.type === 1 ? "@" : "#"}${channel.name}` : "";
    const whole = `Message ${place} as ${state.person(state.you)}`;
    const narrow = matchMedia("(max-width: 760px)").matches;
    this.text.placeholder = narrow ? `Message ${place}, or /` : `${whole}, or type / for commands`;
    this.text.setAttribute("aria-label", `${whole}; slash opens the commands`);
    if (this.call && !state.calls().some((each) => each.name === this.call.command.name)) this.#plain();
    this.#showFiles();
  }

  /** Open the palette from anywhere on the page. */
  slash() {
    if (this.call) this.#plain();
    this.text.value = "/";
    this.text.focus();
    this.#typed();
  }

  complain(words) {
    this.error.textContent = words;
  }

  #plain(focus = false) {
    this.call = null;
    this.suggestions.hide();
    this.complain("");
    fill(this.line, this.attach, this.text, this.send);
    this.text.value = "";
    this.#grow();
    if (focus) this.text.focus();
  }

  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 220)}px`;
  }

  #typed() {
    this.#grow();
    this.complain("");
    const named = this.#named();
    if (named) this.begin(named.name, this.text.value.slice(named.name.length + 2));
    else this.#palette();
  }

  /** The command whose whole name, and a space, has been typed. */
  #named() {
    const typed = this.text.value;
    if (!typed.startsWith("/")) return null;
    return this.room.state.calls().filter((each) => typed.startsWith(`/${each.name} `))
      .sort((a, b) => b.name.length - a.name.length)[0];
  }

  #palette() {
    const typed = this.text.value;
    if (!typed.startsWith("/") || typed.includes("\n")) {
      this.suggestions.hide();
      return;
    }
    const all = this.room.state.calls().map((each) => ({
      label: `/${each.name}`, value: each.name, detail: each.description,
      hint: each.options.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" "),
    })).sort((a, b) => a.label.localeCompare(b.label));
    const items = fitting(all, typed.trimEnd());
    this.suggestions.show(this.text, items.length ? "Commands" : `No command begins with ${typed.trim()}`, items);
  }

  #picked(item) {
    if (this.call) this.call.pick(item);
    else this.begin(item.value);
  }

  #keys(event) {
    if (event.isComposing) return;
    if (this.suggestions.walk(event)) return;
    const item = this.suggestions.current;
    if (event.key === "Escape") {
      if (this.suggestions.open) this.suggestions.hide();
      else if (this.original) this.reply(null);
      else return;
      event.preventDefault();
    } else if (item && (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey))) {
      event.preventDefault();
      const typed = this.room.state.calls().find((each) => `/${each.name}` === this.text.value.trim());
      const exact = this.suggestions.moved ? undefined : typed;
      if (event.key === "Enter" && exact && !exact.options.length) void this.#run(exact.name, {});
      else this.begin(exact?.name ?? item.value);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.#submit();
    }
  }

  async #submit() {
    if (this.call) await this.call.submit();
    else await this.#say();
  }

  /** Run a command; the box is free at once, and gets the command back where it was refused. */
  async #run(name, options) {
    const { call } = this;
    const text = this.text.value;
    this.#plain(true);
    try {
      await this.room.command(name, options);
    } catch (problem) {
      this.#giveBack(text, call);
      this.complain(problem.message);
    }
  }

  async #say() {
    const text = this.text.value.trim();
    const { original } = this;
    if (this.busy || (!text && !this.picker.files.length)) return;
    try {
      this.busy = true;
      const files = await readFiles(this.picker.files);
      this.picker.value = "";
      this.original = null;
      this.#plain(true);
      this.#showFiles();
      this.busy = false;
      await this.room.say(text, files, original?.id ?? null);
    } catch (problem) {
      this.#giveBack(text, null);
      this.complain(problem.message);
    } finally {
      this.busy = false;
    }
  }

  #giveBack(text, call) {
    if (this.call || this.text.value) return; // something else is being typed by now
    this.text.value = text;
    this.#grow();
    if (!call) return;
    this.call = call;
    fill(this.line, call.node, this.send);
    call.focus();
  }

  #showFiles() {
    fill(this.above);
    const bar = (words, undo) => el("p", { class: "composer-bar" },
      el("span", {}, words), iconButton("close", "Take it away", undo));
    if (this.original) {
      const who = this.room.state.person(this.original.author.id) ?? this.original.author.username;
      add(this.above, [bar(["Replying to ", el("strong", {}, who)], () => this.reply(null))]);
    }
    const names = [...this.picker.files].map((each) => each.name).join(", ");
    if (names) {
      add(this.above, [bar(["Attached: ", names], () => {
        this.picker.value = "";
        this.#showFiles();
      })]);
    }
  }
}
