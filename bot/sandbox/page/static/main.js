// Wires the page: the connection, what is heard, and the parts that show it.
import { Composer } from "./composer.js";
import { add, el, fill, icon } from "./dom.js";
import { showGuide } from "./guide.js";
import { Log } from "./log.js";
import { openModal } from "./modal.js";
import { showPeople } from "./people.js";
import { showPlaces, sign } from "./places.js";
import { Room } from "./room.js";
import { State } from "./state.js";
import { keepFresh } from "./time.js";
import { Wire } from "./wire.js";

const TYPING = 8000; // milliseconds that "is typing" stands
const part = (id) => document.getElementById(id);
const state = new State();
const wire = new Wire(address, heard, connected);
const room = new Room(state, wire);
room.log = new Log(part("log"), part("newest"), room);
room.composer = new Composer(part("composer"), room);
const typing = el("p", { class: "typing", "data-testid": "typing" });
add(part("log").nextElementSibling, [typing]);
let quiet = null;
room.saying = (words) => {
  clearTimeout(quiet);
  typing.textContent = words;
};

function address() {
  const base = new URL("/live", location.href);
  base.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  for (const name of ["you", "channel"]) {
    const kept = state[name] ?? sessionStorage.getItem(name);
    if (kept) base.searchParams.set(name, kept);
  }
  return base;
}

function connected(yes) {
  document.body.dataset.connected = String(yes);
  let bar = part("toasts").querySelector(".offline");
  if (yes) bar?.remove();
  else if (!bar) {
    bar = el("p", { class: "offline" }, "The sandbox is not answering. This page connects again by itself.");
    part("toasts").append(bar);
  }
}

/** Take what the server tells, by its kind. */
function heard(told) {
  switch (told.is) {
    case "hello": case "world":
      state.learn(told);
      draw();
      break;
    case "history":
      opened(told);
      break;
    case "message": case "thinking": case "message_edit":
      received(told, told.is === "message_edit");
      break;
    case "message_delete":
      room.log.drop(told.id);
      break;
    case "reaction": {
      const row = room.log.rows.get(told.message_id);
      if (row) room.log.put({ ...row.message, reactions: told.reactions });
      break;
    }
    case "modal":
      openModal(part("modal"), told, room, (fields) => room.submit(told.id, fields));
      break;
    case "acknowledged":
      room.acknowledged(told.interaction_id);
      break;
    case "refused":
      room.refused(told);
      break;
    case "typing":
      types(told);
      break;
    default:
  }
}

function received(message, edited) {
  if (message.channel_id === state.channel) {
    if (edited && !room.log.rows.has(message.id)) return;
    room.log.put(message);
    if (message.author.bot) types(null);
  } else if (!edited && !state.unread.has(message.channel_id)) {
    state.unread.add(message.channel_id);
    showPlaces(part("places"), state, look);
  }
}

function opened(told) {
  state.channel = told.channel;
  state.unread.delete(told.channel);
  sessionStorage.setItem("channel", told.channel);
  draw();
  room.log.history(told.messages, welcome());
}

function draw() {
  document.body.dataset.you = state.you;
  sessionStorage.setItem("you", state.you);
  const here = state.here();
  fill(part("room-name"), el("span", { class: "place-sign", "aria-hidden": "true" }, sign(here)), here?.name ?? "");
  part("room-topic").textContent = here?.topic ?? "";
  showPeople(part("people"), state, be);
  showPlaces(part("places"), state, look);
  showGuide(part("guide"), state, (name) => {
    drawer("guide", false);
    room.composer.start(name);
  });
  room.composer.refresh();
}

function welcome() {
  const here = state.here();
  if (!here) return null;
  const known = new Set(state.calls().map((each) => each.name));
  const start = known.has("gen_key") && el("button", {
    type: "button", class: "button primary", onclick: () => room.composer.start("gen_key"),
  }, icon("key"), "Get a key");
  return el("div", {}, el("p", { class: "welcome-sign", "aria-hidden": "true" }, sign(here)),
    el("h3", {}, here.type === 1 ? here.name : `Welcome to #${here.name}`),
    el("p", {}, "This is where it begins. Type ", el("kbd", {}, "/"), " to see what the bot can do",
      start ? ", or start here:" : "."), start);
}

function types(told) {
  const other = told && told.channel_id === state.channel && told.user_id !== state.you;
  const name = other ? state.person(told.user_id) : null;
  room.saying(name ? `${name} is typing…` : "");
  if (name) quiet = setTimeout(() => types(null), TYPING);
}

function be(id) {
  part("modal").close();
  ask({ do: "be", user: id });
}

function look(id) {
  drawer("places", false);
  opened({ channel: id, messages: [] }); // what is typed from now on belongs there
  ask({ do: "look", channel: id });
}

function ask(request) {
  wire.ask(request).catch((problem) => room.log.notice(problem.message));
}

/** Open or close a side drawer where the window is narrow; the guide also where it is wide. */
function drawer(name, open) {
  const wide = name === "guide" && matchMedia("(min-width: 1180px)").matches;
  if (!open && wide) return;
  document.body.toggleAttribute(`data-${name}-open`, open);
  part(`open-${name}`).setAttribute("aria-expanded", String(open));
  part("shade").hidden = !["places", "guide"].some((each) => document.body.hasAttribute(`data-${each}-open`));
}

function toggleGuide() {
  if (matchMedia("(min-width: 1180px)").matches) {
    const hidden = document.body.toggleAttribute("data-guide-hidden");
    part("open-guide").setAttribute("aria-expanded", String(!hidden));
  } else drawer("guide", !document.body.hasAttribute("data-guide-open"));
}

function themeButton() {
  const dark = window.latchkeyTheme.current() === "dark";
  part("theme").setAttribute("aria-label", dark ? "Use the light theme" : "Use the dark theme");
  fill(part("theme"), icon(dark ? "sun" : "moon"));
}

function pressed(event) {
  const mention = event.target.closest?.(".mention[data-mention]");
  if (mention?.dataset.mention === "channel" && state.channels.has(mention.dataset.id)) look(mention.dataset.id);
  if (mention?.dataset.mention === "command") room.composer.begin(mention.textContent.slice(1));
}

function keys(event) {
  const writing = event.target.closest?.("input, textarea, select, dialog, [role=combobox]");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    room.composer.slash();
  } else if (event.key === "Escape") {
    drawer("places", false);
    drawer("guide", false);
  }
}

fill(part("open-places"), icon("menu"));
fill(part("open-guide"), icon("guide"));
fill(document.querySelector(".brand-mark"), icon("key"));
themeButton();
part("theme").addEventListener("click", () => {
  window.latchkeyTheme.toggle();
  themeButton();
});
part("open-guide").addEventListener("click", toggleGuide);
part("open-places").addEventListener("click", () => drawer("places", !document.body.hasAttribute("data-places-open")));
part("shade").addEventListener("click", () => ["places", "guide"].forEach((each) => drawer(each, false)));
part("log").addEventListener("click", pressed);
document.addEventListener("keydown", keys);
keepFresh();
wire.open();
