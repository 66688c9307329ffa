// Completes people, roles and channels while one writes, and turns their names into mentions.
import { colour } from "./embeds.js";
import { fitting } from "./options.js";
import { avatar } from "./people.js";

const TOKEN = /(^|[\s(])([@#])([^\s@#][^@#\n]{0,31})?$/u;
const MOST = 8;

/** Find what is being named before the cursor: {sign, from, items}, or null. */
export function naming(input, state) {
  const before = input.value.slice(0, input.selectionStart);
  const found = TOKEN.exec(before);
  if (!found) return null;
  const typed = found[3] ?? "";
  const items = fitting(candidates(found[2], state), typed).slice(0, MOST);
  if (!items.length || (items.length === 1 && items[0].label.slice(1) === typed)) return null; // it is all there
  return { title: found[2] === "@" ? "People and roles" : "Channels", from: before.length - typed.length - 1, items };
}

/** Write every name of somebody or something around as the mention it means. */
export function mentioned(text, state) {
  const known = [...candidates("@", state), ...candidates("#", state)].sort((a, b) => b.label.length - a.label.length);
  return known.reduce((so, each) => so.replaceAll(new RegExp(`(?<![\\w<])${literal(each.label)}(?!\\w)`, "gu"), each.value), text);
}

/** Write mentions as names again, for whoever changes a text. */
export function unmentioned(text, state) {
  const known = [...candidates("@", state), ...candidates("#", state)];
  return known.reduce((so, each) => so.replaceAll(each.value, each.label), text);
}

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function candidates(sign, state) {
  if (sign === "#") {
    return state.channelsHere().filter((each) => each.type !== 4)
      .map((each) => ({ label: `#${each.name}`, value: `<#${each.id}>` }));
  }
  const people = state.peopleHere().map((each) => ({
    label: `@${each.name}`, value: `<@${each.id}>`, detail: each.part, face: avatar(each),
  }));
  const roles = state.rolesHere().filter((each) => !each.managed).map((each) => ({
    label: `@${each.name}`, value: `<@&${each.id}>`, detail: "role", shade: each.color && colour(each.color),
  }));
  return [...people, ...roles];
}
