// One message as a row, patched part by part so that what did not change keeps its focus.
import { copyText, el, fill, icon } from "./dom.js";
import { avatar } from "./people.js";
import { attachment, colour, embed } from "./embeds.js";
import { components } from "./components.js";
import { markdown } from "./markdown.js";
import { sentAt } from "./time.js";
import { openMenu } from "./menu.js";

const EPHEMERAL = 1 << 6;
const THINKING = 1 << 7;
const SECOND_VERSION = 1 << 15;

const PARTS = ["before", "head", "content", "embeds", "files", "components", "reactions", "after"];

/** Tell whether only one person sees this message. */
export const isPrivate = (message) => Boolean(message.flags & EPHEMERAL);

/** Make the row of a message. */
export function messageRow(message, room) {
  const slots = Object.fromEntries(PARTS.map((name) => [name, el("div", { class: `part-${name}`, hidden: true })]));
  const row = el("article", { class: "message", "data-testid": "message", "data-message-id": message.id },
    el("div", { class: "message-face" }),
    el("div", { class: "message-body" }, PARTS.map((name) => slots[name])));
  row.slots = slots;
  row.shown = {};
  patch(row, message, room);
  return row;
}

/** Bring a row up to date with its message. */
export function patch(row, message, room) {
  row.message = message;
  row.dataset.authorId = message.author.id;
  row.dataset.ephemeral = String(isPrivate(message));
  row.dataset.thinking = String(Boolean(message.flags & THINKING));
  row.setAttribute("aria-label", `Message from ${nameOf(message, room)}`);
  part(row, "face", [message.author.id], () => avatar(room.state.people.get(message.author.id) ?? message.author));
  const origin = [message.referenced_message, message.interaction_metadata, message.interaction];
  part(row, "before", origin, () => before(message, room));
  part(row, "head", [message.author.id, message.timestamp, isPrivate(message)], () => head(message, room));
  const quiet = Boolean(message.flags & SECOND_VERSION);
  const words = [message.content, message.flags & THINKING, message.edited_timestamp && 1];
  part(row, "content", words, () => content(message, room));
  part(row, "embeds", [message.embeds], () => (message.embeds ?? []).map((each) => embed(each, room.state.names)));
  part(row, "files", [quiet, message.attachments], () => (quiet ? [] : (message.attachments ?? []).map(attachment)));
  part(row, "components", [message.components], () => components(message.components ?? [], message, room));
  part(row, "reactions", [message.reactions], () => reactions(message));
  part(row, "after", [isPrivate(message)], () => after(message, room, row));
}

/** Rebuild one part where its data changed; focus inside it survives by custom id. */
function part(row, name, data, build) {
  const now = JSON.stringify(data);
  if (row.shown[name] === now) return;
  row.shown[name] = now;
  const slot = name === "face" ? row.firstElementChild : row.slots[name];
  const here = slot.contains(document.activeElement) ? document.activeElement : null;
  const focused = here?.closest("[data-custom-id]")?.dataset.customId;
  fill(slot, [build()].flat());
  slot.hidden = !slot.childNodes.length;
  if (focused) {
    const again = [...slot.querySelectorAll("[data-custom-id]")].find((each) => each.dataset.customId === focused);
    (again?.querySelector(".select-button") ?? again)?.focus();
  }
}

function nameOf(message, room) {
  return room.state.person(message.author.id) ?? message.author.global_name ?? message.author.username;
}

function before(message, room) {
  const used = message.interaction_metadata ?? message.interaction;
  const name = message.interaction?.name ?? message.interaction_metadata?.name;
  if (used?.user && name) {
    const who = room.state.person(used.user.id) ?? used.user.username;
    return el("p", { class: "used" }, el("strong", {}, who), " used ", el("span", { class: "mention" }, `/${name}`));
  }
  const original = message.referenced_message;
  if (!original) return null;
  const text = original.content?.replace(/\s+/g, " ").slice(0, 90) || "(no text)";
  return el("p", { class: "used" }, icon("reply"), el("strong", {}, nameOf(original, room)), " ", text);
}

function head(message, room) {
  const person = room.state.people.get(message.author.id);
  const name = el("span", { class: "author", "data-testid": "author" }, nameOf(message, room));
  if (person?.colour) name.style.setProperty("--role", colour(person.colour));
  const badge = message.author.bot && el("span", { class: "badge" }, "Bot");
  return [name, badge, sentAt(message.timestamp), tools(message, room)];
}

function tools(message, room) {
  return el("button", {
    type: "button", class: "icon-button message-tools", "data-testid": "message-menu",
    "aria-label": "What to do with this message", "aria-haspopup": "menu",
    onclick: (event) => openMenu(event.currentTarget, choices(message, room)),
  }, icon("more"));
}

function choices(message, room) {
  const list = [];
  if (message.content) list.push({ label: "Copy text", icon: "copy", act: () => copyText(message.content) });
  if (!isPrivate(message)) {
    list.push({ label: "Reply", icon: "reply", act: () => room.reply(message) });
    list.push(...commands(3, message.id, room));
  }
  if (!message.author.bot) list.push(...commands(2, message.author.id, room));
  return list;
}

function commands(type, target, room) {
  return room.state.menu(type).map((each) => ({
    label: each.name, icon: "key", act: () => room.menu(each.name, target),
  }));
}

function content(message, room) {
  if (message.flags & THINKING) {
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    return el("p", { class: "thinking", "data-testid": "thinking" }, dots, `${nameOf(message, room)} is thinking…`);
  }
  if (!message.content) return null;
  const body = el("div", { class: "md", "data-testid": "content" }, markdown(message.content, room.state.names));
  if (message.edited_timestamp) {
    const end = body.lastElementChild?.tagName === "P" ? body.lastElementChild : body;
    end.append(el("small", { class: "edited" }, " (edited)"));
  }
  return body;
}

function reactions(message) {
  return (message.reactions ?? []).map((each) => el("span", { class: "reaction" },
    `${each.emoji.name} `, el("b", {}, each.count)));
}

function after(message, room, row) {
  if (!isPrivate(message)) return null;
  return el("p", { class: "only-you", "data-testid": "only-you" }, icon("eye"), "Only you can see this · ",
    el("button", { type: "button", class: "text-button", onclick: () => room.dismiss(row) }, "Dismiss"));
}
