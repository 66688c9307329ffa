// Wires the page: the connection, what is heard, and the parts that show it.
import { callsPanel } from "./calls.js";
import { messageChoices, personChoices } from "./choices.js";
import { settingsMenu, showClock, travelMenu } from "./clock.js";
import { Composer } from "./composer.js";
import { add, el, fill, icon } from "./dom.js";
import * as drawers from "./drawers.js";
import { showGuide } from "./guide.js";
import { openLightbox } from "./lightbox.js";
import { Log } from "./log.js";
import { showMembers } from "./members.js";
import { contextMenus, openMenu } from "./menu.js";
import { openModal } from "./modal.js";
import { tabbed } from "./panel.js";
import { showPeople } from "./people.js";
import { inOrder, isThread, showPlaces, sign, threadsOf } from "./places.js";
import { Room } from "./room.js";
import { State } from "./state.js";
import { refresh, setClock, speak, written } from "./time.js";
import { dropping } from "./tray.js";
import { Trial } from "./trial.js";
import { Wire } from "./wire.js";

const TYPING = 8000; // milliseconds that "is typing" stands
const TOAST = 6000;
const part = (id) => document.getElementById(id);
const state = new State();
const wire = new Wire(address, heard, connected);
const room = new Room(state, wire);
room.log = new Log(part("log"), part("newest"), room);
room.composer = new Composer(part("composer"), room);
const typing = el("p", { class: "typing", "data-testid": "typing" });
add(part("log").nextElementSibling, [typing]);
const showTab = tabbed(part("guide"));
const trial = new Trial(state, () => starts({ command: "gen_key" }));
const showCalls = callsPanel(part("pane-calls"), state, trial);
let quiet = null;
room.saying = (words) => {
  clearTimeout(quiet);
  typing.textContent = words;
};
room.look = look;
room.be = be;
room.about = about;

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
      learned(told);
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
      behind(told);
  }
}

/** Take what is told of the product behind the chat. */
function behind(told) {
  switch (told.is) {
    case "calls":
      state.called(told.calls);
      drawCalls();
      break;
    case "tour":
      state.tour = told.done;
      drawGuide();
      break;
    case "time":
      state.ahead = told.ahead;
      setClock(told.now);
      tick();
      toast(`It is now ${written(told.now * 1000, "f")}.`);
      break;
    default:
  }
}

function learned(told) {
  const before = state.locale;
  if (told.is === "hello") state.calls.clear(); // it may be another sandbox by now
  state.learn(told);
  if (told.now !== undefined) setClock(told.now);
  speak(state.locale);
  draw();
  room.log.redraw(before === state.locale ? ["head", "thread", "before"] : ["head", "content", "components", "embeds"]);
}

function received(message, edited) {
  if (state.notice(message)) trial.refresh();
  if (message.channel_id === state.channel) {
    if (edited && !room.log.rows.has(message.id)) return;
    room.log.put(message);
    if (message.author.bot) types(null);
  } else if (!edited && message.author.id !== state.you) {
    state.unread.set(message.channel_id, (state.unread.get(message.channel_id) ?? 0) + Number(message.pings ?? false));
    drawPlaces();
  }
}

function opened(told) {
  state.channel = told.channel;
  state.unread.delete(told.channel);
  sessionStorage.setItem("channel", told.channel);
  draw();
  told.messages.forEach((each) => state.notice(each));
  room.log.history(told.messages, welcome());
}

function draw() {
  document.body.dataset.you = state.you;
  sessionStorage.setItem("you", state.you);
  const here = state.here();
  fill(part("room-name"), el("span", { class: "place-sign", "aria-hidden": "true" }, sign(here)), here?.name ?? "");
  const archived = here?.thread_metadata?.archived && "Archived: a message opens it again";
  part("room-topic").textContent = archived || here?.topic || (isThread(here) ? `A thread of #${state.channels.get(here.parent_id)?.name}` : "");
  document.title = here ? `${here.type === 1 ? "@" : "#"}${here.name} · Latchkey sandbox` : "Latchkey sandbox";
  showPeople(part("people"), state, be);
  showMembers(part("members"), state, about);
  part("open-threads").hidden = !threadsOf(state, parentHere()).length;
  drawPlaces();
  drawGuide();
  drawCalls();
  tick();
  room.composer.refresh();
}

function drawPlaces() {
  showPlaces(part("places"), state, look);
}

function drawGuide() {
  showGuide(part("pane-tour"), state, starts);
}

function drawCalls() {
  showCalls();
  const running = [...state.calls.values()].filter((each) => each.running).length;
  part("running").textContent = running;
  part("running").hidden = !running;
}

/** Do what a step of the tour is about. */
function starts(step) {
  if (step.panel) {
    showTab(step.panel);
    trial.refresh();
    (trial.key.value ? trial.send : trial.get).focus();
    return;
  }
  drawers.close("guide");
  const able = () => state.callable().some((each) => each.name === step.command);
  const guild = [...state.channels.values()].find((each) => each.guild_id && each.type === 0);
  if (!able() && state.here()?.type === 1 && guild) look(guild.id);
  const staff = state.players().find((each) => each.part === step.part);
  if (able() || !staff) room.composer.start(step.command);
  else be(staff.id).then(() => room.composer.start(step.command));
}

function welcome() {
  const here = state.here();
  if (!here) return null;
  const known = new Set(state.callable().map((each) => each.name));
  const start = known.has("gen_key") && el("button", {
    type: "button", class: "button primary", onclick: () => room.composer.start("gen_key"),
  }, icon("key"), "Get a key");
  return el("div", {}, el("p", { class: "welcome-sign", "aria-hidden": "true" }, sign(here)),
    el("h3", {}, here.type === 1 || isThread(here) ? here.name : `Welcome to #${here.name}`),
    el("p", {}, "This is where it begins. Type ", el("kbd", {}, "/"), " to see what the bot can do",
      start ? ", or start here:" : "."), start);
}

function types(told) {
  const other = told && told.channel_id === state.channel && told.user_id !== state.you;
  const name = other ? state.person(told.user_id) : null;
  room.saying(name ? `${name} is typing…` : "");
  if (name) quiet = setTimeout(() => types(null), TYPING);
}

function toast(words) {
  const shown = el("p", { class: "toast" }, words);
  part("toasts").append(shown);
  setTimeout(() => shown.remove(), TOAST);
}

function be(id) {
  part("modal").close();
  state.unread.clear();
  return ask({ do: "be", user: id });
}

function look(id) {
  drawers.close("places");
  opened({ channel: id, messages: [] }); // what is typed from now on belongs there
  ask({ do: "look", channel: id });
}

function ask(request) {
  return wire.ask(request).catch((problem) => room.log.notice(problem.message));
}

/** Say who somebody is, and what one can do with them. */
function about(id, anchor) {
  const found = personChoices(id, room);
  if (found) openMenu(anchor, found.choices, found);
}

const parentHere = () => (isThread(state.here()) ? state.here().parent_id : state.channel);

function threads() {
  const all = threadsOf(state, parentHere());
  const row = (each) => ({ label: each.name, icon: "thread", act: () => look(each.id) });
  const [closed, open] = [true, false].map((old) => all.filter((each) => Boolean(each.thread_metadata?.archived) === old));
  const group = (heading, list) => (list.length ? [{ heading }, ...list.map(row)] : []);
  openMenu(part("open-threads"), [...group("Threads", open), ...group("Archived", closed)], { label: "Threads" });
}

function switchTheme() {
  window.latchkeyTheme.toggle();
  themeButton();
}

function themeButton() {
  const dark = window.latchkeyTheme.current() === "dark";
  part("theme").setAttribute("aria-label", dark ? "Use the light theme" : "Use the dark theme");
  fill(part("theme"), icon(dark ? "sun" : "moon"));
}

function tick() {
  refresh();
  showClock(part("clock"), state);
}

function pressed(event) {
  const picture = event.target.closest?.("a.picture");
  if (picture && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openLightbox(part("lightbox"), picture);
  }
  const person = event.target.closest?.(".author[data-person]");
  if (person) about(person.dataset.person, { x: event.clientX, y: event.clientY });
  const mention = event.target.closest?.(".mention[data-mention]");
  if (mention?.dataset.mention === "channel" && state.channels.has(mention.dataset.id)) look(mention.dataset.id);
  if (mention?.dataset.mention === "command") room.composer.begin(mention.textContent.slice(1));
  if (mention?.dataset.mention === "person") about(mention.dataset.id, mention);
}

/** Choose what the context menu over something in the log is about. */
function contextOf(target) {
  const person = target.closest("[data-person], .mention[data-mention=person]");
  if (person) return personChoices(person.dataset.person ?? person.dataset.id, room);
  const row = target.closest(".message");
  return row ? { choices: messageChoices(row.message, room), label: "What to do with this message" } : null;
}

function keys(event) {
  const writing = event.target.closest?.("input, textarea, select, dialog, [role=combobox]");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    room.composer.slash();
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const all = inOrder(part("places"));
    const next = all.at((all.indexOf(state.channel) + (event.key === "ArrowDown" ? 1 : -1)) % all.length);
    if (next) look(next);
  } else if (event.key === "Escape") drawers.closeAll();
}

for (const [id, shape] of [["open-places", "menu"], ["open-guide", "guide"], ["open-members", "people"],
  ["open-threads", "thread"], ["settings", "gear"]]) fill(part(id), icon(shape));
fill(document.querySelector(".brand-mark"), icon("key"));
themeButton();
part("theme").addEventListener("click", switchTheme);
part("settings").addEventListener("click", () => settingsMenu(part("settings"), state, (tag) => room.locale(tag), switchTheme));
part("clock").addEventListener("click", () => travelMenu(part("clock"), (leap) => room.travel(leap)));
part("open-threads").addEventListener("click", threads);
for (const name of ["places", "guide", "members"]) part(`open-${name}`).addEventListener("click", () => drawers.toggle(name));
part("shade").addEventListener("click", drawers.closeAll);
part("log").addEventListener("click", pressed);
contextMenus(part("log"), contextOf);
contextMenus(part("members"), (target) => {
  const row = target.closest("[data-user-id]");
  return row && personChoices(row.dataset.userId, room);
});
dropping(part("room"), (files) => room.composer.take(files));
document.addEventListener("keydown", keys);
addEventListener("resize", drawers.say);
setInterval(tick, 1000);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", themeButton);
drawers.say();
wire.open();
