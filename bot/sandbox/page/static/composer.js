// The message box: plain messages with files, replies and edits, and `/` for commands.
import { Call } from "./call.js";
import { add, el, fill, icon, iconButton } from "./dom.js";
import { mentioned, naming, unmentioned } from "./mentions.js";
import { fitting } from "./options.js";
import { Suggestions } from "./suggestions.js";
import { Tray } from "./tray.js";

const HIGHEST = 220; // pixels that the box may grow to

export class Composer {
  #told = { original: null, edited: null };
  #ring = true; // whether a reply mentions whom it answers

  constructor(root, room) {
    this.room = room;
    this.call = null;
    this.busy = false;
    this.suggestions = new Suggestions((item) => this.#picked(item));
    this.text = el("textarea", {
      id: "say", class: "say", rows: 1, "data-testid": "composer", autocomplete: "off",
      oninput: () => this.#typed(), onkeydown: (event) => this.#keys(event), onblur: () => this.suggestions.hide(),
      onfocus: () => this.#complete(), onclick: () => this.#complete(), onpaste: (event) => this.#pasted(event),
    });
    this.tray = new Tray(() => this.room.log?.settle(), (words) => this.complain(words));
    this.picker = el("input", { type: "file", multiple: true, hidden: true, onchange: () => {
      this.tray.add(this.picker.files);
      this.picker.value = "";
    } });
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
    } }, this.suggestions.node, this.above, this.tray.node, this.line, this.picker);
    fill(root, this.form, this.error);
    this.#plain();
  }

  /** Begin a command: `/name`, with what is already known of its options as text. */
  begin(name, text = "") {
    const command = this.#found(name);
    if (!command) {
      this.complain(this.#absence(name));
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
    const command = this.#found(name);
    if (!command || command.options.some((each) => each.required)) {
      this.begin(name);
      return;
    }
    this.complain("");
    this.room.command(name, {}).catch((problem) => this.complain(problem.message));
  }

  /** Answer a message. */
  reply(message) {
    this.#ring = true;
    this.#aim({ original: message, edited: null });
  }

  /** Change one's own message: its text goes into the box. */
  edit(message) {
    this.#aim({ original: null, edited: message });
    this.text.value = unmentioned(message.content, this.room.state);
    this.#grow();
  }

  /** Take files that were dropped on the room: into the command's option, or along with the text. */
  take(files) {
    if (!this.call) this.tray.add(files);
    else if (!this.call.take(files)) this.complain(`/${this.call.command.name} takes no file.`);
    this.focus();
  }

  /** Write something where the cursor is. */
  insert(words) {
    if (this.call) this.#plain();
    this.text.focus();
    this.text.setRangeText(words, this.text.selectionStart, this.text.selectionEnd, "end");
    this.#typed();
  }

  /** Put the cursor where one writes. */
  focus() {
    if (this.call) this.call.focus();
    else this.text.focus();
  }

  /** Say whom the text is for, and forget the reply of another channel. */
  refresh() {
    const { state } = this.room;
    const channel = state.here();
    const { original, edited } = this.#told;
    const elsewhere = (each) => each && each.channel_id !== state.channel;
    if (elsewhere(original) || elsewhere(edited)) this.#told = { original: null, edited: null };
    const place = channel ? `${channel.type === 1 ? "@" : "#"}${channel.name}` : "";
    const whole = `Message ${place} as ${state.person(state.you)}`;
    const narrow = matchMedia("(max-width: 760px)").matches;
    const quiet = channel && !channel.writable;
    const usual = narrow ? `Message ${place}, or /` : `${whole}, or type / for commands`;
    this.text.placeholder = quiet ? `Only commands here: type /` : usual;
    this.text.setAttribute("aria-label", `${whole}; slash opens the commands`);
    this.attach.disabled = Boolean(quiet);
    if (this.call && !this.#found(this.call.command.name)) this.#plain();
    this.#showBars();
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

  #found(name) {
    return this.room.state.callable().find((each) => each.name === name);
  }

  #aim(told) {
    const was = this.#told.edited;
    this.#told = told;
    if (this.call || was) this.#plain();
    this.#showBars();
    this.text.focus();
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
    this.text.style.height = `${Math.min(this.text.scrollHeight, HIGHEST)}px`;
  }

  #typed() {
    this.#grow();
    this.complain("");
    const named = this.#named();
    if (named) this.begin(named.name, this.text.value.slice(named.name.length + 2));
    else this.#complete();
  }

  /** The command whose whole name, and a space, has been typed. */
  #named() {
    const typed = this.text.value;
    if (!typed.startsWith("/")) return null;
    return this.room.state.callable().filter((each) => typed.startsWith(`/${each.name} `))
      .sort((a, b) => b.name.length - a.name.length)[0];
  }

  /** Offer commands, or whoever is being named. */
  #complete() {
    const typed = this.text.value;
    const found = naming(this.text, this.room.state);
    if (typed.startsWith("/") && !typed.includes("\n")) this.#palette(typed);
    else if (found) this.suggestions.show(this.text, found.title, found.items);
    else this.suggestions.hide();
  }

  #palette(typed) {
    const items = this.#commands(typed);
    this.suggestions.show(this.text, items.length ? "Commands" : `No command begins with ${typed.trim()}`, items);
  }

  /** The commands that fit what is typed, as items to pick from. */
  #commands(typed) {
    const all = this.room.state.callable().map((each) => ({
      label: `/${each.name}`, value: each.name, detail: each.description,
      hint: each.options.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" "),
    })).sort((a, b) => a.label.localeCompare(b.label));
    return fitting(all, typed.trimEnd());
  }

  #picked(item) {
    if (this.call) this.call.pick(item);
    else if (item.label.startsWith("/")) this.begin(item.value);
    else this.#name(item);
  }

  /** Put a name in place of what was typed of it. */
  #name(item) {
    const found = naming(this.text, this.room.state);
    if (!found) return;
    this.text.setRangeText(`${item.label} `, found.from, this.text.selectionStart, "end");
    this.suggestions.hide();
    this.#grow();
  }

  #keys(event) {
    if (event.isComposing) return;
    if (this.suggestions.walk(event)) return;
    const item = this.suggestions.current;
    const sends = event.key === "Enter" && !event.shiftKey;
    if (event.key === "Escape") this.#giveUp(event);
    else if (item && (event.key === "Tab" || sends)) {
      event.preventDefault();
      this.#taken(item, sends);
    } else if (sends) {
      event.preventDefault();
      void this.#submit();
    } else if (event.key === "ArrowUp" && !this.text.value && !this.#told.edited) {
      const last = this.room.log.lastOf(this.room.state.you);
      if (last) event.preventDefault();
      if (last) this.edit(last);
    }
  }

  /** Take what is highlighted: a name into the text, a command into the line or at once. */
  #taken(item, sends) {
    if (!item.label.startsWith("/")) {
      this.#name(item);
      return;
    }
    const exact = this.suggestions.moved ? undefined : this.#found(this.text.value.trim().slice(1));
    if (sends && exact && !exact.options.length) void this.#run(exact.name, {});
    else this.begin(exact?.name ?? item.value);
  }

  /** Take a typed command as Enter in the palette does, also where the palette is closed by now. */
  #invoke(text, name) {
    const [item] = this.#commands(text);
    if (item) this.#taken(item, true);
    else this.complain(this.#absence(name));
  }

  /** Say why a command cannot be used where one is. */
  #absence(name) {
    const { state } = this.room;
    const [first] = name.split(" ");
    const elsewhere = Object.values(state.commands).flat().some((each) => (each.type ?? 1) === 1 && each.name === first);
    const direct = state.here()?.type === 1;
    return direct && elsewhere ? `/${first} works in servers only.` : `There is no command /${name} here.`;
  }

  #giveUp(event) {
    const { original, edited } = this.#told;
    if (this.suggestions.open) this.suggestions.hide();
    else if (original || edited) this.reply(null);
    else return;
    event.preventDefault();
  }

  #pasted(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    this.take(event.clipboardData.files);
  }

  async #submit() {
    if (this.call) await this.call.submit();
    else if (this.#told.edited) await this.#change();
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

  async #change() {
    const { edited } = this.#told;
    const text = mentioned(this.text.value.trim(), this.room.state);
    this.reply(null);
    try {
      if (text && text !== edited.content) await this.room.change(edited, text);
    } catch (problem) {
      this.complain(problem.message);
    }
  }

  async #say() {
    const text = this.text.value.trim();
    if (this.busy || (!text && this.tray.empty)) return;
    const command = /^\/([a-z][\w-]*)\b[^/]*$/.exec(text);
    if (command) {
      this.#invoke(text, command[1]);
      return;
    }
    const { original } = this.#told;
    const ring = this.#ring;
    let undo = null;
    try {
      this.busy = true;
      const files = await this.tray.read();
      undo = this.tray.clear();
      this.#told = { original: null, edited: null };
      this.#plain(true);
      this.#showBars();
      this.busy = false;
      await this.room.say(mentioned(text, this.room.state), files, original?.id ?? null, ring);
    } catch (problem) {
      this.#giveBack(text, null);
      undo?.();
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

  #showBars() {
    fill(this.above);
    const bar = (...words) => el("div", { class: "composer-bar", "data-testid": "composer-bar" },
      words, iconButton("close", "Give it up", () => this.reply(null)));
    const { original, edited } = this.#told;
    const who = original && (this.room.state.person(original.author.id) ?? original.author.username);
    if (original) add(this.above, [bar(el("span", {}, "Replying to ", el("strong", {}, who)), this.#ringing())]);
    if (edited) add(this.above, [bar(el("span", {}, "Editing your message; ", el("kbd", {}, "Enter"), " saves it"))]);
    this.room.log?.settle();
  }

  #ringing() {
    return el("button", {
      type: "button", class: "ring", "aria-pressed": this.#ring, title: "Whether they are mentioned",
      onclick: () => {
        this.#ring = !this.#ring;
        this.#showBars();
        this.above.querySelector(".ring").focus();
      },
    }, `@ ${this.#ring ? "on" : "off"}`);
  }
}
