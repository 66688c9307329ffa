// One message as a row, patched part by part so that what did not change keeps its focus.
import { el, fill, icon } from "./dom.js";
import { messageChoices } from "./choices.js";
import { avatar } from "./people.js";
import { attachment, colour, embed } from "./embeds.js";
import { components } from "./components.js";
import { inline } from "./inline.js";
import { markdown } from "./markdown.js";
import { isPrivate, textsOf } from "./state.js";
import { sentAt } from "./time.js";
import { openMenu } from "./menu.js";

const THINKING = 1 << 7;
const SECOND_VERSION = 1 << 15;

const REPLY = 19;
const MOST_READ = 300; // characters of a message that a screen reader says when it is walked to
const MOST_PLAIN = 1200; // characters of a message that are read for its short form

const PARTS = ["before", "head", "content", "embeds", "files", "components", "reactions", "thread", "after"];

/** Make the row of a message. */
export function messageRow(message, room) {
  const slots = Object.fromEntries(PARTS.map((name) => [name, el("div", { class: `part-${name}`, hidden: true })]));
  const row = el("article", {
    class: "message", "data-testid": "message", "data-message-id": message.id, tabindex: "-1",
  }, el("div", { class: "message-face" }), el("div", { class: "message-body" }, PARTS.map((name) => slots[name])));
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
  row.dataset.pings = String(!isPrivate(message) && pinged(message, room.state));
  row.dataset.thinking = String(Boolean(message.flags & THINKING));
  row.setAttribute("aria-label", `Message from ${nameOf(message, room)}: ${plain(message, room).slice(0, MOST_READ)}`);
  part(row, "face", [message.author.id], () => face(message, room));
  const origin = [message.referenced_message, message.message_reference, message.interaction_metadata, message.interaction];
  part(row, "before", origin, () => before(message, room));
  part(row, "head", [message.author.id, message.timestamp, isPrivate(message)], () => head(message, room));
  const quiet = Boolean(message.flags & SECOND_VERSION);
  const words = [message.content, message.flags & THINKING, message.edited_timestamp && 1, room.state.locale];
  part(row, "content", words, () => content(message, room));
  part(row, "embeds", [message.embeds], () => (message.embeds ?? []).map((each) => embed(each, room.state.names)));
  part(row, "files", [quiet, message.attachments], () => (quiet ? [] : attached(message.attachments ?? [])));
  part(row, "components", [message.components], () => {
    row.querySelector(".failed")?.remove(); // it spoke of a button that was here before
    return components(message.components ?? [], message, room);
  });
  part(row, "reactions", [message.reactions], () => reactions(message));
  part(row, "thread", [message.thread], () => threadCard(message, room));
  part(row, "after", [isPrivate(message)], () => after(message, room));
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

function pinged(message, state) {
  return message.author.id !== state.you && (message.mention_everyone
    || (message.mentions ?? []).some((each) => each.id === state.you)
    || (message.mention_roles ?? []).some((each) => state.people.get(state.you)?.roles?.includes(each)));
}

/** A message's words as they read, in one line and without their markdown; what a spoiler hides stays hidden. */
function plain(message, room) {
  const words = [message.content ?? "", ...textsOf(message.components ?? [])].join("\n").slice(0, MOST_PLAIN);
  const line = words.replace(/\|\|[\s\S]+?\|\|/g, "(spoiler)").replace(/^(>{1,3} |-# |#+ )/gm, "").replace(/\s+/g, " ");
  return el("span", {}, inline(line, room.state.names)).textContent.replace(/[*`|]/g, "").trim();
}

function face(message, room) {
  const person = room.state.people.get(message.author.id) ?? message.author;
  return el("button", {
    type: "button", class: "face-button", tabindex: "-1", "data-person": message.author.id,
    "aria-label": nameOf(message, room), onclick: (event) => room.about(message.author.id, event.currentTarget),
  }, avatar(person));
}

function before(message, room) {
  const used = message.interaction_metadata ?? message.interaction;
  const name = message.interaction?.name ?? message.interaction_metadata?.name;
  if (used?.user && name && message.type !== REPLY) {
    const who = room.state.person(used.user.id) ?? used.user.username;
    const menu = (message.interaction_metadata?.command_type ?? 1) !== 1;
    return el("p", { class: "used" }, avatar(room.state.people.get(used.user.id) ?? used.user), el("strong", {}, who),
      " used ", el("span", { class: "mention" }, menu ? name : `/${name}`));
  }
  const pointer = message.message_reference?.message_id;
  if (!pointer) return null;
  return quoted(message, pointer, room);
}

/** The message that this one answers, short, with a press to go there. */
function quoted(message, pointer, room) {
  const original = message.referenced_message ?? room.log.rows.get(pointer)?.message;
  if (!original) {
    if (message.referenced_message === undefined && message.interaction_metadata) return null;
    return el("p", { class: "used" }, icon("reply"), "The message it answers is gone.");
  }
  const text = plain(original, room).slice(0, 120) || "Press to see it";
  return el("button", {
    type: "button", class: "used jump", "data-testid": "jump", onclick: () => room.log.jump(pointer),
  }, icon("reply"), el("strong", {}, nameOf(original, room)), " ", el("span", { class: "used-text" }, text));
}

function head(message, room) {
  const person = room.state.people.get(message.author.id);
  const name = el("span", {
    class: "author", "data-testid": "author", "data-person": message.author.id,
  }, nameOf(message, room));
  const shade = person && room.state.colour(person);
  if (shade) name.style.setProperty("--role", colour(shade));
  const badge = message.author.bot && el("span", { class: "badge" }, "Bot");
  return [name, badge, sentAt(message.timestamp), tools(message, room)];
}

function tools(message, room) {
  return el("button", {
    type: "button", class: "icon-button message-tools", "data-testid": "message-menu",
    "aria-label": "What to do with this message", "aria-haspopup": "menu", "aria-expanded": "false",
    onclick: (event) => openMenu(event.currentTarget, messageChoices(message, room)),
  }, icon("more"));
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
    const when = new Date(message.edited_timestamp).toLocaleString(room.state.locale);
    end.append(el("small", { class: "edited", title: when }, " (edited)"));
  }
  return body;
}

/** Show files; several pictures stand together. */
function attached(files) {
  const pictures = files.filter((each) => each.content_type?.startsWith("image/"));
  if (pictures.length < 2) return files.map(attachment);
  return [el("div", { class: "gallery", "data-count": pictures.length }, pictures.map(attachment)),
    files.filter((each) => !pictures.includes(each)).map(attachment)];
}

function reactions(message) {
  return (message.reactions ?? []).map((each) => el("span", { class: "reaction" },
    `${each.emoji.name} `, el("b", {}, each.count)));
}

function threadCard(message, room) {
  if (!message.thread) return null;
  const { id, name } = message.thread;
  return el("button", {
    type: "button", class: "thread-card", "data-testid": "thread-card", onclick: () => room.look(id),
  }, icon("thread"), el("span", { class: "thread-name" }, room.state.channels.get(id)?.name ?? name),
  el("span", { class: "thread-go" }, "See the thread"));
}

function after(message, room) {
  if (!isPrivate(message)) return null;
  return el("p", { class: "only-you", "data-testid": "only-you" }, icon("eye"), "Only you can see this · ",
    el("button", { type: "button", class: "text-button", onclick: () => room.dismiss(message.id) }, "Dismiss"));
}
