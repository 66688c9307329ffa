// The calls that the product meters, live: what they are, who makes them, what they hold and cost.
import { copyButton, el, fill, icon } from "./dom.js";
import { codeBlock } from "./markdown.js";
import { avatar } from "./people.js";
import { counted, written } from "./time.js";

const LISTED = 40;

/** Build the panel's parts once; the answer shows what the state knows now. */
export function callsPanel(root, state, trial) {
  const address = el("code", { "data-testid": "api-url" });
  const example = el("details", { class: "example" }, el("summary", {}, "As a line for the shell"));
  const held = el("p", { class: "held", role: "status", "data-testid": "held" });
  const list = el("ol", { class: "calls", "data-testid": "calls" });
  const none = el("p", { class: "quiet" }, "Nobody has called yet. Try it above, or ask the bot something.");
  const live = el("section", { class: "calls-live" }, el("div", { class: "calls-head" }, el("h3", {}, "Calls"), held), none, list);
  fill(root, el("p", { class: "address" }, address, copyButton(() => address.textContent)), trial.node, example, live);
  return () => {
    address.textContent = `${state.api}/v1`;
    if (state.call && example.children.length < 2) example.append(codeBlock(state.call, "sh"));
    live.hidden = state.tour === null;
    trial.refresh();
    show(list, held, state);
    none.hidden = state.calls.size > 0;
  };
}

function show(list, held, state) {
  const newest = [...state.calls.values()].sort((a, b) => b.id - a.id).slice(0, LISTED);
  const running = newest.filter((each) => each.running);
  const sum = running.reduce((so, each) => so + each.held, 0);
  held.textContent = running.length ? `${counted(sum)} tokens held by ${running.length}` : "Nothing is held";
  held.dataset.busy = String(running.length > 0);
  const known = new Map([...list.children].map((each) => [each.dataset.call, each]));
  newest.forEach((each, at) => {
    const now = JSON.stringify(each);
    let row = known.get(String(each.id));
    known.delete(String(each.id));
    if (row?.shown !== now) {
      const fresh = call(each, state);
      fresh.shown = now;
      row?.replaceWith(fresh);
      row = fresh;
    }
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
  for (const gone of known.values()) gone.remove();
}

function call(each, state) {
  const who = state.people.get(each.who);
  return el("li", {
    class: "call-row", "data-testid": "call-row", "data-call": each.id, "data-state": stateOf(each), "data-door": each.door,
  },
  el("p", { class: "call-line" }, el("span", { class: "call-status" }, statusOf(each)),
    el("span", { class: "call-route" }, each.method && el("b", {}, each.method), " ", each.route),
    el("span", { class: "call-cost", "data-testid": "call-cost" }, costOf(each))),
  el("p", { class: "call-more-of" }, facts(each).join(" · ")),
  el("p", { class: "call-who" }, who && avatar(who), who?.name ?? "nobody known",
    each.door === "discord" && el("span", { class: "call-door" }, "in Discord"),
    el("time", { datetime: each.at }, written(each.at, "T"))));
}

function stateOf(each) {
  if (each.running) return "running";
  const fine = each.http === null ? each.status !== "failed" : each.http < 400;
  return fine && each.status !== "partial" ? "fine" : "wrong";
}

function statusOf(each) {
  if (each.running) return el("span", { class: "turning", title: "running" }, el("span", { class: "off-screen" }, "running"));
  return each.http ?? (each.status === "failed" ? "✕" : icon("done"));
}

function costOf(each) {
  if (each.running) return `holds ${counted(each.held)}`;
  return each.cost ? `−${counted(each.cost)}` : "free";
}

function facts(each) {
  const tokens = each.prompt || each.completion;
  return [
    each.model, each.streamed && "streamed",
    tokens && `${counted(each.prompt)} + ${counted(each.completion)} tokens`,
    each.mode === "requests" && "request mode", each.upstream && `by ${each.upstream}`,
    each.ms !== null && `${counted(each.ms)} ms`,
    each.status && each.status !== "answered" && each.status, ...each.flags.filter((flag) => flag !== each.status),
  ].filter(Boolean);
}
