// The list of channels: guilds with categories, channels and threads, then direct messages.
import { el, fill, icon } from "./dom.js";
import { compareIds } from "./state.js";

const CATEGORY = 4;
const THREADS = new Set([10, 11, 12]);
const SIGNS = { 1: "@", 5: "!" };
const folded = new Set(); // the categories that one has closed

/** Tell whether a channel is a thread. */
export const isThread = (channel) => THREADS.has(channel?.type);

/** Fill the list; `look(id)` opens a channel. */
export function showPlaces(root, state, look) {
  const all = [...state.channels.values()];
  const direct = all.filter((each) => each.type === 1);
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset : {};
  fill(root,
    state.guilds.map((guild) => el("section", { class: "place-group" }, el("h2", {}, guild.name),
      headings(all.filter((each) => each.guild_id === guild.id), state, look))),
    direct.length ? el("section", { class: "place-group" }, el("h2", {}, "Direct messages"),
      list(direct, state, look)) : null);
  if (focused.channelId) root.querySelector(`[data-channel-id="${focused.channelId}"]`)?.focus();
  if (focused.categoryId) root.querySelector(`[data-category-id="${focused.categoryId}"]`)?.focus();
  root.onkeydown = walk;
}

/** The threads of a channel, the newest first. */
export function threadsOf(state, channelId) {
  return [...state.channels.values()].filter((each) => isThread(each) && each.parent_id === channelId)
    .sort((a, b) => compareIds(b.id, a.id));
}

/** The channels one can open, in the order of the list. */
export function inOrder(root) {
  return [...root.querySelectorAll("[data-channel-id]")].map((each) => each.dataset.channelId);
}

const byPosition = (a, b) => (a.position ?? 0) - (b.position ?? 0) || compareIds(a.id, b.id);

function headings(own, state, look) {
  const plain = own.filter((each) => each.type !== CATEGORY && !isThread(each)).sort(byPosition);
  const categories = own.filter((each) => each.type === CATEGORY).sort(byPosition);
  const known = new Set(categories.map((each) => each.id));
  return [
    list(plain.filter((each) => !known.has(each.parent_id)), state, look),
    categories.map((each) => category(each, plain.filter((one) => one.parent_id === each.id), state, look)),
  ];
}

function category(data, channels, state, look) {
  if (!channels.length) return null;
  const closed = folded.has(data.id);
  const shown = channels.filter((each) => !closed || each.id === state.channel || state.unread.has(each.id));
  return [
    el("button", {
      type: "button", class: "category", "aria-expanded": !closed, "data-category-id": data.id, "data-testid": "category",
      onclick: (event) => {
        if (!folded.delete(data.id)) folded.add(data.id);
        showPlaces(event.target.closest(".places"), state, look);
      },
    }, icon("down"), data.name),
    list(shown, state, look),
  ];
}

function list(channels, state, look) {
  if (!channels.length) return null;
  const rows = channels.flatMap((each) => [each, ...threadsOf(state, each.id).reverse()
    .filter((thread) => !thread.thread_metadata?.archived || thread.id === state.channel)]);
  return el("ul", {}, rows.map((each) => el("li", {}, place(each, state, look))));
}

function place(channel, state, look) {
  const here = channel.id === state.channel;
  const fresh = state.unread.has(channel.id);
  const pings = state.unread.get(channel.id) ?? 0;
  return el("button", {
    type: "button", class: "place", "data-testid": "channel", "data-channel-id": channel.id, "data-name": channel.name,
    "data-thread": isThread(channel), "data-unread": fresh, "aria-current": here ? "page" : null,
    onclick: () => look(channel.id),
  }, el("span", { class: "place-sign", "aria-hidden": "true" }, sign(channel)),
  el("span", { class: "place-name" }, channel.name),
  pings > 0 && el("span", { class: "place-pings", "data-testid": "pings" }, pings),
  fresh && el("span", { class: "off-screen" }, pings ? "mentions" : "(new messages)"));
}

/** The sign before a channel's name. */
export function sign(channel) {
  return isThread(channel) ? icon("thread") : SIGNS[channel?.type] ?? "#";
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return;
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  all.at((at + step) % all.length).focus();
}
