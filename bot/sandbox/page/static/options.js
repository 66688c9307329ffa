// What each type of option offers and accepts.
import { colour } from "./embeds.js";
import { readFile } from "./files.js";
import { avatar } from "./people.js";

export const TEXT = 3;
export const WHOLE = 4;
export const YES_NO = 5;
export const USER = 6;
export const CHANNEL = 7;
export const ROLE = 8;
export const MENTIONABLE = 9;
export const NUMBER = 10;
export const FILE = 11;
const CATEGORY = 4;

/** Tell whether only listed values may be given. */
export function strict(option) {
  return Boolean(option.choices?.length) || [YES_NO, USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type);
}

/** Every value that an option offers by itself: {label, value, detail}. */
export function offered(option, state) {
  const people = () => state.peopleHere().map((each) => ({
    label: each.name, value: each.id, detail: each.part, face: avatar(each),
  }));
  const roles = () => state.rolesHere().map((each) => ({
    label: `@${each.name}`, value: each.id, shade: each.color && colour(each.color),
  }));
  const labelled = (each) => ({ label: state.say(each, "name"), value: each.value });
  if (option.choices?.length) return option.choices.map(labelled);
  switch (option.type) {
    case YES_NO:
      return [{ label: "True", value: true }, { label: "False", value: false }];
    case USER:
      return people();
    case ROLE:
      return roles();
    case MENTIONABLE:
      return [...people(), ...roles()];
    case CHANNEL:
      return state.channelsHere()
        .filter((each) => each.type !== CATEGORY || option.channel_types?.includes(CATEGORY))
        .filter((each) => !option.channel_types?.length || option.channel_types.includes(each.type))
        .map((each) => ({ label: `#${each.name}`, value: each.id }));
    default:
      return [];
  }
}

/** Keep the items that fit what was typed, those that begin with it first. */
export function fitting(items, typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[@#/]/, "");
  if (!wanted) return items;
  const rank = (each) => {
    const label = each.label.toLowerCase().replace(/^[@#/]/, "");
    if (label.startsWith(wanted)) return 0;
    if (label.includes(wanted)) return 1;
    return (each.detail ?? "").toLowerCase().includes(wanted) ? 2 : 3;
  };
  return items.map((each) => [rank(each), each]).filter(([score]) => score < 3)
    .sort((a, b) => a[0] - b[0]).map(([, each]) => each);
}

/** Turn what a field holds into the option's value; undefined where it is empty. Throws a sentence. */
export async function valueOf(option, input, chosen, state) {
  if (option.type === FILE) return input.files[0] ? readFile(input.files[0]) : undefined;
  const typed = option.type === TEXT && !strict(option) ? input.value : input.value.trim();
  if (!typed.trim()) return undefined;
  if (chosen && chosen.label === typed.trim()) return chosen.value;
  if (strict(option)) {
    const bare = (text) => text.toLowerCase().replace(/^[@#]/, "");
    const fits = (each) => bare(each.label) === bare(typed) || String(each.value) === typed;
    const found = offered(option, state).find(fits);
    if (!found) throw new Error(`“${typed}” is not a choice for ${option.name}. Pick one from the list.`);
    return found.value;
  }
  if (option.type === WHOLE || option.type === NUMBER) {
    const number = Number(typed);
    if (!Number.isFinite(number) || (option.type === WHOLE && !Number.isInteger(number))) {
      throw new Error(`${option.name} must be a ${option.type === WHOLE ? "whole " : ""}number.`);
    }
    return number;
  }
  return typed;
}
