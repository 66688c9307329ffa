// What the person at the page does: every act goes over the wire as whoever one is now.

const LONGEST = 4000; // milliseconds a pressed button waits before it rests by itself
const BRIEF = 6000; // milliseconds that a press which never reached the bot is spoken of

export class Room {
  #pressed = new Map();
  #early = new Set();

  constructor(state, wire) {
    this.state = state;
    this.wire = wire;
  }

  async command(name, options) {
    this.log.toEnd();
    const { interaction } = await this.wire.ask({ do: "command", name, options, channel: this.state.channel });
    this.#await(interaction, () => this.saying(""), () => this.saying(`Sending /${name}…`));
  }

  async complete(name, options, focused) {
    return (await this.wire.ask({ do: "complete", name, options, focused, channel: this.state.channel })).choices;
  }

  say(text, files, replyTo, ring) {
    this.log.toEnd();
    return this.wire.ask({ do: "say", channel: this.state.channel, text, files, reply_to: replyTo, ring });
  }

  submit(modal, fields) {
    return this.wire.ask({ do: "submit", modal, fields });
  }

  menu(name, target) {
    this.log.toEnd();
    return this.#try({ do: "menu", channel: this.state.channel, name, target });
  }

  /** Press a button, or send a select's values; the button shows that it waits. */
  async press(message, customId, values, node) {
    if (node.getAttribute("aria-busy") === "true") return;
    this.log.unfail(message.id);
    node.setAttribute("aria-busy", "true");
    const timer = setTimeout(() => node.removeAttribute("aria-busy"), LONGEST);
    const rest = () => {
      clearTimeout(timer);
      node.removeAttribute("aria-busy");
    };
    try {
      const { interaction } = await this.wire.ask({ do: "press", message: message.id, custom_id: customId, values });
      this.#await(interaction, rest);
    } catch (problem) {
      rest();
      this.log.failed(message.id, problem.message, BRIEF);
    }
  }

  /** The bot has taken notice of an act. */
  acknowledged(interaction) {
    const rest = this.#pressed.get(interaction);
    this.#pressed.delete(interaction);
    if (rest) rest();
    else this.#remember(interaction);
  }

  /** The bot did not answer, or answered wrongly. */
  refused(told) {
    this.acknowledged(told.interaction_id);
    if (told.message_id) this.log.failed(told.message_id, told.reason);
    else this.log.notice(told.command ? `/${told.command}: ${told.reason}` : told.reason);
  }

  reply(message) {
    this.composer.reply(message);
  }

  /** Begin to change one's own message. */
  edit(message) {
    this.composer.edit(message);
  }

  /** Send what has become of one's own message. */
  change(message, text) {
    return this.wire.ask({ do: "edit", message: message.id, text });
  }

  remove(message) {
    this.#try({ do: "delete", message: message.id });
  }

  /** Take a private message off this page; it exists nowhere else for the reader. */
  dismiss(id) {
    this.wire.ask({ do: "dismiss", message: id }).catch(() => {});
    this.log.drop(id);
  }

  /** Go on in time: an hour, a day, or past the month's end. */
  travel(leap) {
    return this.#try({ do: "travel", leap });
  }

  /** Read commands and dates as people of a locale do. */
  locale(locale) {
    return this.#try({ do: "locale", locale });
  }

  /** Open the direct messages with the bot. */
  direct() {
    const found = [...this.state.channels.values()].find((each) => each.type === 1);
    if (found) this.look(found.id);
  }

  async #try(request) {
    try {
      await this.wire.ask(request);
    } catch (problem) {
      this.log.notice(problem.message);
    }
  }

  /** Do `rest` once the bot has taken notice of an act; `meanwhile` where it has not yet. */
  #await(interaction, rest, meanwhile) {
    if (this.#early.delete(interaction)) {
      rest();
      return;
    }
    this.#pressed.set(interaction, rest);
    meanwhile?.();
  }

  #remember(interaction) {
    this.#early.add(interaction); // the news may come before the answer to the press itself
    if (this.#early.size > 50) this.#early.delete(this.#early.values().next().value);
  }
}
