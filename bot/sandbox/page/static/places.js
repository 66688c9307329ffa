// The list of channels: guilds with their channels and threads, then direct messages.
import { el, fill } from "./dom.js";
import { compareIds } from "./state.js";

const THREADS = new Set([10, 11, 12]);
const SIGNS = { 1: "@", 5: "!", 10: "└", 11: "└", 12: "└" };

/** Fill the list; `look(id)` opens a channel. */
export function showPlaces(root, state, look) {
  const all = [...state.channels.values()];
  const direct = all.filter((each) => each.type === 1);
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.channelId : null;
  fill(root,
    state.guilds.map((guild) => {
      const own = all.filter((each) => each.guild_id === guild.id);
      return group(guild.name, ordered(own), state, look);
    }),
    direct.length ? group("Direct messages", direct, state, look) : null);
  if (focused) root.querySelector(`[data-channel-id="${focused}"]`)?.focus();
}

function ordered(channels) {
  const threads = channels.filter((each) => THREADS.has(each.type)).sort((a, b) => compareIds(a.id, b.id));
  return channels.filter((each) => !THREADS.has(each.type))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || compareIds(a.id, b.id))
    .flatMap((each) => [each, ...threads.filter((thread) => thread.parent_id === each.id)]);
}

function group(name, channels, state, look) {
  return el("section", { class: "place-group" }, el("h2", {}, name),
    el("ul", {}, channels.map((each) => el("li", {}, place(each, state, look)))));
}

function place(channel, state, look) {
  const here = channel.id === state.channel;
  const fresh = state.unread.has(channel.id);
  return el("button", {
    type: "button", class: "place", "data-testid": "channel", "data-channel-id": channel.id, "data-name": channel.name,
    "data-thread": THREADS.has(channel.type), "data-unread": fresh, "aria-current": here ? "page" : null,
    onclick: () => look(channel.id),
  }, el("span", { class: "place-sign", "aria-hidden": "true" }, sign(channel)),
  el("span", { class: "place-name" }, channel.name),
  fresh && el("span", { class: "off-screen" }, "(new messages)"));
}

/** The sign before a channel's name. */
export function sign(channel) {
  return SIGNS[channel?.type] ?? "#";
}
