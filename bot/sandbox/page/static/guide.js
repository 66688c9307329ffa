// The guided tour: five steps, each checked off once it has really happened; and help below.
import { add, el, fill, icon } from "./dom.js";

const SKIPPED = "latchkey-tour-skipped";
const STEPS = [
  { name: "key", command: "gen_key", title: "Get a key", why: "The bot shows it to you alone." },
  { name: "call", panel: "calls", title: "Spend it", why: "One call to the API, from this page." },
  { name: "limits", command: "all_limits", title: "See what it cost", why: "Spent, held, left, and the reset." },
  { name: "ask", command: "chat", title: "Ask in the chat", why: "The answer streams in; same allowance." },
  { name: "grant", command: "grant give", part: "moderator", title: "Give a grant",
    why: "As staff: a reason, a preview, a log post, an undo." },
];
const KEYS = [
  ["/", "open the commands"],
  ["@ #", "name people and channels"],
  ["↑", "change your last message; walk lists and messages"],
  ["Enter", "take it, send it, or open a message's menu"],
  ["Alt ↑ ↓", "the channel before, the next"],
  ["Esc", "close, or give up"],
];

let skipped = remembered();

function remembered() {
  try {
    return localStorage.getItem(SKIPPED) === "yes";
  } catch {
    return false; // storage may be turned off
  }
}

function skip(yes) {
  skipped = yes;
  try {
    localStorage.setItem(SKIPPED, yes ? "yes" : "no");
  } catch {
    // without storage the choice lasts until the page is left
  }
}

/** Fill the guide; `start(step)` does what a step is about. */
export function showGuide(root, state, start) {
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.step : null;
  const you = state.people.get(state.you);
  fill(root,
    el("p", {}, "A whole community on this machine. The bot and its API are real; only Discord and the models are ",
      "stand-ins. Nothing leaves your computer."),
    tour(root, state, start),
    el("h3", {}, "Who you are"),
    you && el("p", {}, "You are ", el("strong", {}, you.name), `, ${you.part}. Press another face at the top to `,
      "become somebody else: a moderator sees and may do more, and Вера reads Russian."),
    el("h3", {}, "Time"),
    el("p", {}, "Press the clock at the top to jump an hour, a day, or past the month's end, and watch limits reset, ",
      "grants end and levels be awarded."),
    el("h3", {}, "Keys"),
    el("dl", { class: "shortcuts" }, KEYS.map(([keys, words]) => el("div", {},
      el("dt", {}, keys.split(" ").map((each) => el("kbd", {}, each))), el("dd", {}, words)))));
  if (focused) root.querySelector(`[data-step="${focused}"]`)?.focus();
}

function tour(root, state, start) {
  const again = () => showGuide(root, state, start);
  if (skipped) {
    return el("p", { class: "tour-skipped" }, "You have skipped the tour. ", el("button", {
      type: "button", class: "text-button", "data-testid": "tour-again", onclick: () => {
        skip(false);
        again();
      },
    }, "Show it"));
  }
  if (!state.callable().length) return el("p", { class: "quiet" }, "The bot has no commands here yet. It may still be starting.");
  const done = new Set(state.tour ?? []);
  const found = STEPS.filter((each) => state.tour || !each.panel); // without a product behind there is no API
  const next = found.find((each) => !done.has(each.name));
  return el("section", { class: "tour", "aria-label": "The tour", "data-testid": "tour" },
    el("div", { class: "tour-head" }, el("h3", {}, next ? "Two minutes, five steps" : "You have seen it all"),
      el("span", { class: "tour-count", "data-testid": "tour-count" }, `${done.size} of ${found.length}`)),
    bar(done.size / found.length),
    el("ol", { class: "steps" }, found.map((each) => step(each, done.has(each.name), each === next, start))),
    add(el("p", { class: "tour-foot" }), [next ? el("button", {
      type: "button", class: "text-button", "data-testid": "tour-skip", onclick: () => {
        skip(true);
        again();
      },
    }, "Skip the tour") : "README.md says how to run it for your own community."]));
}

function bar(part) {
  const node = el("div", { class: "tour-bar", "aria-hidden": "true" }, el("i"));
  node.firstChild.style.width = `${Math.round(part * 100)}%`;
  return node;
}

function step(each, done, next, start) {
  return el("li", {}, el("button", {
    type: "button", class: "step", "data-testid": "step", "data-step": each.name, "data-command": each.command ?? null,
    "data-done": done, "aria-current": next ? "step" : null, onclick: () => start(each),
  }, el("span", { class: "step-mark", "aria-hidden": "true" }, done && icon("done")),
  el("strong", {}, each.title, done && el("span", { class: "off-screen" }, "(done)")),
  el("code", {}, each.command ? `/${each.command}` : "the API"), el("small", {}, each.why)));
}
