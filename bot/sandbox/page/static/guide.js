// What to try first, and the address and line with which to call the API.
import { copyButton, el, fill } from "./dom.js";
import { codeBlock } from "./markdown.js";

const STEPS = [
  ["gen_key", "Get a key", "The bot shows it to you alone."],
  ["chat", "Ask something", "The answer streams in, and costs tokens."],
  ["all_limits", "See what it cost", "Today's allowance, to the token."],
];

const KEYS = [
  ["/", "open the commands"],
  ["↑ ↓", "walk the list"],
  ["Tab", "take it, go on"],
  ["Enter", "take it, or send"],
  ["Esc", "close, or give up"],
];

/** Fill the guide; `start(name)` runs a command, or begins it where it needs options. */
export function showGuide(root, state, start) {
  const you = state.people.get(state.you);
  const base = `${state.api}/v1`;
  fill(root, el("h2", {}, "Getting started"),
    el("p", {}, "A whole community on this machine. The bot and its API are real; only Discord and the models are ",
      "stand-ins. Nothing leaves your computer."),
    el("h3", {}, "Try this"), steps(state, start),
    el("h3", {}, "Who you are"),
    you && el("p", {}, "You are ", el("strong", {}, you.name), `, ${you.part}. Press another face at the top to `,
      "become somebody else: a moderator sees and may do more."),
    el("h3", {}, "Call the API"),
    el("p", { class: "address" }, el("code", { "data-testid": "api-url" }, base), copyButton(() => base)),
    codeBlock(state.call, "sh"),
    el("h3", {}, "Keys"),
    el("dl", { class: "shortcuts" }, KEYS.map(([keys, words]) => el("div", {},
      el("dt", {}, el("kbd", {}, keys)), el("dd", {}, words)))));
}

function steps(state, start) {
  const known = new Set(state.calls().map((each) => each.name));
  const found = STEPS.filter(([name]) => known.has(name));
  if (!found.length) return el("p", { class: "quiet" }, "The bot has no commands here yet. It may still be starting.");
  return el("ol", { class: "steps" }, found.map(([name, title, why]) => el("li", {}, el("button", {
    type: "button", class: "step", "data-testid": "step", "data-command": name, onclick: () => start(name),
  }, el("strong", {}, title), el("code", {}, `/${name}`), el("small", {}, why)))));
}
