// What can be done with a message or a person: the rows of their menus.
import { copyText } from "./dom.js";
import { profile } from "./members.js";
import { isPrivate } from "./state.js";

/** List what one can do with a message. */
export function messageChoices(message, room) {
  const { state } = room;
  const own = message.author.id === state.you;
  const list = [];
  if (!isPrivate(message)) list.push({ label: "Reply", icon: "reply", act: () => room.reply(message) });
  if (own) list.push({ label: "Edit message", icon: "pencil", act: () => room.edit(message) });
  if (message.content) list.push({ label: "Copy text", icon: "copy", act: () => copyText(message.content) });
  if (!isPrivate(message)) list.push(...commands(3, message.id, room));
  if (!message.author.bot) list.push(...commands(2, message.author.id, room));
  if (isPrivate(message)) list.push({ label: "Dismiss message", icon: "close", act: () => room.dismiss(message.id) });
  else if (own || state.here()?.moderated) {
    list.push({ label: "Delete message", icon: "bin", danger: true, act: () => room.remove(message) });
  }
  return list;
}

/** List what one can do with a person, under who they are. */
export function personChoices(id, room) {
  const { state } = room;
  const person = state.people.get(id);
  if (!person) return null;
  const list = [{ label: "Mention", icon: "at", act: () => room.composer.insert(`@${person.name} `) }];
  if (!person.bot) {
    list.push(...commands(2, id, room));
    if (id !== state.you) list.push({ label: `Be ${person.name}`, icon: "people", act: () => room.be(id) });
  } else list.push({ label: "Direct message", icon: "thread", act: () => room.direct() });
  return { choices: list, title: profile(person, state), label: person.name };
}

function commands(type, target, room) {
  return room.state.menu(type).map((each) => ({
    label: room.state.say(each, "name"), icon: "key", act: () => room.menu(each.name, target),
  }));
}
