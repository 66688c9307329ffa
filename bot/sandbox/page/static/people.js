// Who one is: faces, and the switch that makes one somebody else in one press.
import { el, fill, icon } from "./dom.js";

const HUES = [262, 18, 152, 204, 326, 88];

/** Draw somebody's face: a key for the bot, else initials on a colour of their own. */
export function avatar(person) {
  if (person.bot) return el("span", { class: "avatar bot", "aria-hidden": "true" }, icon("key"));
  const name = person.name ?? person.global_name ?? person.username ?? "?";
  const face = el("span", { class: "avatar", "aria-hidden": "true" }, name.slice(0, 1).toUpperCase());
  const hue = HUES[[...name].reduce((sum, each) => sum + each.codePointAt(0), 0) % HUES.length];
  face.style.setProperty("--hue", hue);
  return face;
}

let aimed = null; // whom one is about to become: arrows may be pressed quicker than that happens

/** Fill the switch; `be(id)` is called with whom one becomes. */
export function showPeople(root, state, be) {
  const players = state.players();
  if (aimed === state.you) aimed = null;
  const focused = root.contains(document.activeElement);
  fill(root, players.map((each) => {
    const chosen = each.id === state.you;
    return el("button", {
      type: "button", role: "radio", class: "person", "aria-checked": chosen, tabindex: chosen ? "0" : "-1",
      "data-testid": "person", "data-user-id": each.id, "aria-label": `${each.name}, ${each.part}`,
      title: `Be ${each.name} (${each.part})`,
      onclick: () => be(each.id), onkeydown: (event) => turn(event, players, aimed ?? each.id, be),
    }, avatar(each), el("span", { class: "person-words" },
      el("span", { class: "person-name" }, each.name), el("small", {}, each.part)));
  }));
  if (focused) root.querySelector('[aria-checked="true"]')?.focus();
}

function turn(event, players, from, be) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  aimed = players.at((players.findIndex((each) => each.id === from) + step) % players.length).id;
  be(aimed);
}
