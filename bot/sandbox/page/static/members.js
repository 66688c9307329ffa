// Who is in the place where one is, under the roles that stand out, and what one can do with them.
import { el, fill, icon } from "./dom.js";
import { colour } from "./embeds.js";
import { avatar } from "./people.js";

/** Fill the list; a press on somebody opens `menu(id, node)`. */
export function showMembers(root, state, menu) {
  const people = state.peopleHere().filter((each) => state.here()?.type !== 1 || each.bot || each.id === state.you);
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.userId : null;
  fill(root, grouped(people, state).map(([name, members]) => el("section", { class: "member-group" },
    el("h2", {}, `${name} — ${members.length}`),
    el("ul", {}, members.map((each) => el("li", {}, member(each, state, menu)))))));
  if (focused) root.querySelector(`[data-user-id="${focused}"]`)?.focus();
  root.onkeydown = walk;
}

/** Put people under their highest role that stands out, the rest under "Online". */
function grouped(people, state) {
  const groups = new Map();
  const standing = state.rolesHere().filter((each) => each.hoist);
  for (const role of standing) groups.set(role.id, [role.name, []]);
  const online = ["Online", []];
  const byName = [...people].sort((a, b) => a.name.localeCompare(b.name));
  for (const each of byName) {
    const role = standing.find((one) => each.roles?.includes(one.id));
    (role ? groups.get(role.id) : online)[1].push(each);
  }
  return [...groups.values(), online].filter(([, members]) => members.length);
}

function member(person, state, menu) {
  const guild = state.guilds.find((each) => each.id === state.here()?.guild_id);
  const name = el("span", { class: "member-name" }, person.name);
  const shade = state.colour(person);
  if (shade) name.style.setProperty("--role", colour(shade));
  return el("button", {
    type: "button", class: "member", "data-testid": "member", "data-user-id": person.id, "aria-haspopup": "menu",
    "aria-expanded": "false", onclick: (event) => menu(person.id, event.currentTarget),
  }, el("span", { class: "member-face" }, avatar(person), el("span", { class: "online", "aria-hidden": "true" })), name,
  guild?.owner_id === person.id && el("span", { class: "owner", title: "Owner of the server" }, icon("crown"),
    el("span", { class: "off-screen" }, "owner")),
  person.bot && el("span", { class: "badge" }, "Bot"),
  person.id === state.you && el("span", { class: "you" }, "you"));
}

/** The head of a person's menu: who they are and which roles they have. */
export function profile(person, state) {
  const roles = state.rolesHere().filter((each) => person.roles?.includes(each.id));
  return el("div", { class: "profile", "data-testid": "profile" }, avatar(person),
    el("div", {}, el("strong", {}, person.name), el("small", {}, person.part),
      roles.length > 0 && el("p", { class: "profile-roles" }, roles.map(role))));
}

function role(each) {
  const node = el("span", { class: "role" }, el("i", { class: "role-dot" }), each.name);
  if (each.color) node.style.setProperty("--role", colour(each.color));
  return node;
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  all.at((at + step) % all.length).focus();
}
