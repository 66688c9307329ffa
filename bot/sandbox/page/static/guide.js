// What to try first, and the address and line with which to call the API.
import { copyButton, el, fill } from "./dom.js";
import { codeBlock } from "./markdown.js";

const STEPS = [
  ["gen_key", "Get a key", "The bot shows it to you alone."],
  ["chat", "Ask something", "The answer streams in, and costs tokens."],
  ["all_limits", "See what it cost", "Today's allowance, to the token."],
];

/** Fill the guide; `begin(name)` puts a command into the message box. */
export function showGuide(root, state, begin) {
  const known = new Set(state.calls().map((each) => each.name));
  const you = state.people.get(state.you);
  const steps = STEPS.filter(([name]) => known.has(name));
  fill(root, el("h2", {}, "Getting started"),
    el("p", {}, "A whole community on this machine: the bot and its API are real, only Discord and the models are stand-ins. Nothing leaves your computer, and nothing is kept."),
    el("h3", {}, "Try this"),
    steps.length
      ? el("ol", { class: "steps" }, steps.map(([name, title, why]) => el("li", {}, el("button", {
        type: "button", class: "step", "data-testid": "step", "data-command": name, onclick: () => begin(name),
      }, el("strong", {}, title), el("code", {}, `/${name}`), el("small", {}, why)))))
      : el("p", { class: "quiet" }, "The bot has no commands here yet. It may still be starting."),
    el("h3", {}, "Who you are"),
    you && el("p", {}, "You are ", el("strong", {}, you.name), `, ${you.part}. `, "Press another face at the top to become somebody else: a moderator sees and may do more."),
    el("h3", {}, "Call the API"),
    el("p", { class: "address" }, el("code", { "data-testid": "api-url" }, `${state.api}/v1`), copyButton(() => `${state.api}/v1`, { label: "Copy", extra: "small" })),
    codeBlock(curlLine(state), "sh"),
    el("h3", {}, "Keys"),
    el("dl", { class: "shortcuts" }, shortcut("/", "open the commands"), shortcut("↑ ↓", "walk the list"), shortcut("Tab", "take it, go on"),
      shortcut("Enter", "take it, or send"), shortcut("Esc", "close, or give up")));
}

/** A line that works in a shell once KEY holds the key. */
export function curlLine(state) {
  const body = JSON.stringify({ model: state.model, messages: [{ role: "user", content: "Hello!" }] });
  return `KEY=paste-your-key-here\ncurl ${state.api}/v1/chat/completions \\\n  -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`;
}

function shortcut(keys, words) {
  return el("div", {}, el("dt", {}, el("kbd", {}, keys)), el("dd", {}, words));
}
