// What the page knows: who you are, who and what is around you, what you may type, what stands behind.

const MOST_CALLS = 100;
const KEY = /[A-Za-z][\w-]{0,23}[_-][0-9A-Za-z]{36}(?![0-9A-Za-z])/;
const EPHEMERAL = 1 << 6;

export class State {
  you = null;
  locale = "en-US";
  channel = null;
  people = new Map();
  channels = new Map();
  roles = new Map();
  guilds = [];
  commands = {};
  api = "";
  call = "";
  models = [];
  unread = new Map(); // channel to how many messages there ping you
  calls = new Map();
  tour = null; // the steps that are done; null: there is nothing behind this page
  ahead = 0; // seconds that the sandbox's clock is ahead
  keys = new Map(); // the key that each person was shown, for as long as this page is open

  /** Take over what the server says of the world. */
  learn(told) {
    for (const name of ["you", "locale", "guilds", "commands", "models", "call", "tour", "ahead"]) {
      if (told[name] !== undefined) this[name] = told[name];
    }
    for (const name of ["people", "channels", "roles"]) {
      if (told[name]) this[name] = new Map(told[name].map((each) => [each.id, each]));
    }
    if (told.api_url) this.api = told.api_url;
    if (told.calls) this.called(told.calls);
  }

  /** Take over calls that are new or have changed. */
  called(calls) {
    for (const each of calls) this.calls.set(each.id, each);
    while (this.calls.size > MOST_CALLS) this.calls.delete(this.calls.keys().next().value);
  }

  /** Remember a key that the bot shows to you alone. */
  notice(message) {
    if (!message.author.bot || !isPrivate(message)) return false;
    const found = KEY.exec([message.content, ...textsOf(message.components ?? [])].join("\n"))?.[0];
    if (!found || this.keys.get(this.you) === found) return false;
    this.keys.set(this.you, found);
    return true;
  }

  /** The people one can be, in the order of the switch. */
  players() {
    return [...this.people.values()].filter((each) => !each.bot);
  }

  /** Look up a person's name by id; also the seam that markdown uses. */
  person(id) {
    return this.people.get(id)?.name;
  }

  /** The look-ups that markdown needs. */
  get names() {
    return {
      person: (id) => this.person(id),
      role: (id) => this.roles.get(id),
      channel: (id) => this.channels.get(id)?.name,
    };
  }

  here() {
    return this.channels.get(this.channel);
  }

  /** The commands of one type that may be used where one is; 1 slash, 2 on a person, 3 on a message. */
  menu(type) {
    const place = this.here()?.guild_id ?? "dm";
    return (this.commands[place] ?? []).filter((each) => (each.type ?? 1) === type);
  }

  /** Every slash command with its subcommands spelled out: {name, description, options}. */
  callable() {
    return this.menu(1).flatMap((command) => this.#spelled(command, command.name));
  }

  /** A name or description as the person one plays reads it. */
  say(thing, field) {
    return thing[`${field}_localizations`]?.[this.locale] ?? thing[field];
  }

  /** The people of the place where one is. */
  peopleHere() {
    const guild = this.here()?.guild_id;
    return [...this.people.values()].filter((each) => !guild || each.guilds.includes(guild));
  }

  /** The roles of the place where one is, the highest first, without everyone's. */
  rolesHere() {
    const guild = this.here()?.guild_id;
    return [...this.roles.values()].filter((each) => each.guild_id === guild && each.id !== guild)
      .sort((a, b) => b.position - a.position);
  }

  channelsHere() {
    const guild = this.here()?.guild_id;
    return [...this.channels.values()].filter((each) => guild && each.guild_id === guild);
  }

  /** The colour of a person's highest coloured role where one is; 0 where there is none. */
  colour(person) {
    return this.rolesHere().find((each) => each.color && person.roles?.includes(each.id))?.color ?? 0;
  }

  #spelled(command, name) {
    const inner = (command.options ?? []).filter((each) => each.type === 1 || each.type === 2);
    if (inner.length) return inner.flatMap((each) => this.#spelled(each, `${name} ${each.name}`));
    return [{ name, description: this.say(command, "description"), options: command.options ?? [] }];
  }
}

/** Tell whether only one person sees a message. */
export const isPrivate = (message) => Boolean(message.flags & EPHEMERAL);

/** The texts of components, whatever holds them. */
export function textsOf(components) {
  return components.flatMap((each) => [each.content ?? "", ...textsOf(each.components ?? [])]);
}

/** Compare two ids as the numbers they are. */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
