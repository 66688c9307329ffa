// What the page knows: who you are, who and what is around you, and what you may type.

export class State {
  you = null;
  channel = null;
  people = new Map();
  channels = new Map();
  roles = new Map();
  guilds = [];
  commands = {};
  api = "";
  call = "";
  unread = new Set();

  /** Take over what the server says of the world. */
  learn(told) {
    if (told.you !== undefined) this.you = told.you;
    if (told.people) this.people = new Map(told.people.map((each) => [each.id, each]));
    if (told.channels) this.channels = new Map(told.channels.map((each) => [each.id, each]));
    if (told.roles) this.roles = new Map(told.roles.map((each) => [each.id, each]));
    if (told.guilds) this.guilds = told.guilds;
    if (told.commands) this.commands = told.commands;
    if (told.api_url) this.api = told.api_url;
    if (told.call) this.call = told.call;
  }

  /** The people one can be, in the order of the switch. */
  players() {
    return [...this.people.values()].filter((each) => !each.bot);
  }

  /** Look up a person's name by id; also the seam that markdown uses. */
  person(id) {
    return this.people.get(id)?.name;
  }

  role(id) {
    return this.roles.get(id)?.name;
  }

  channelName(id) {
    return this.channels.get(id)?.name;
  }

  /** The look-ups that markdown needs. */
  get names() {
    return {
      person: (id) => this.person(id),
      role: (id) => this.role(id),
      channel: (id) => this.channelName(id),
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
  calls() {
    return this.menu(1).flatMap((command) => spelled(command, command.name));
  }

  /** The people, or roles, of the place where one is. */
  peopleHere() {
    const guild = this.here()?.guild_id;
    return [...this.people.values()].filter((each) => !guild || each.guilds.includes(guild));
  }

  rolesHere() {
    const guild = this.here()?.guild_id;
    return [...this.roles.values()].filter((each) => each.guild_id === guild && each.id !== guild);
  }

  channelsHere() {
    const guild = this.here()?.guild_id;
    return [...this.channels.values()].filter((each) => guild && each.guild_id === guild);
  }
}

function spelled(command, name) {
  const inner = (command.options ?? []).filter((each) => each.type === 1 || each.type === 2);
  if (!inner.length) return [{ name, description: command.description, options: command.options ?? [] }];
  return inner.flatMap((each) => spelled(each, `${name} ${each.name}`));
}

/** Compare two ids as the numbers they are. */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
