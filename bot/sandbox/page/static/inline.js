// Turns one run of text into spans: emphasis, code, spoilers, links, mentions, moments.
import { el, outward } from "./dom.js";
import { moment } from "./time.js";

const DEEPEST = 10;
const PLAIN = /[^\\`|*_~[<h@\n]+/y;

const RULES = [
  [/\\([^0-9A-Za-z\s])/y, (m) => m[1]],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (m) => el("code", { class: "span" }, m[2].replace(/^ (?=`)|(?<=`) $/g, ""))],
  [/\|\|([\s\S]+?)\|\|/y, (m, go) => spoiler(go(m[1]))],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, (m, go) => el("strong", {}, ...go(m[1]))],
  [/__([\s\S]+?)__(?!_)/y, (m, go) => el("u", {}, ...go(m[1]))],
  [/~~([\s\S]+?)~~(?!~)/y, (m, go) => el("s", {}, ...go(m[1]))],
  [/\*(?=\S)((?:\*\*|[^*])+?)(?<=\S)\*(?!\*)/y, (m, go) => el("em", {}, ...go(m[1]))],
  [/(?<!\w)_((?:__|[^_])+?)_(?!\w)/y, (m, go) => el("em", {}, ...go(m[1]))],
  [/\[((?:\\.|[^[\]\\])+)\]\(<?(https?:\/\/[^\s)>]+)>?(?:\s+"([^"]*)")?\)/y, (m, go) => link(m[2], go(m[1]), m[3])],
  [/<(https?:\/\/[^>\s]+)>/y, (m) => link(m[1], [m[1]])],
  [/https?:\/\/[^\s<>|]*[^\s<>|.,:;"'\])*_~]/y, (m) => link(m[0], [m[0]])],
  [/<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y, (m) => moment(Number(m[1]), m[2])],
  [/<@!?(\d{1,20})>/y, (m, go, names) => mention("@", names.person(m[1]) ?? "unknown", "person", m[1])],
  [/<@&(\d{1,20})>/y, (m, go, names) => roleMention(names.role(m[1]), m[1])],
  [/<#(\d{1,20})>/y, (m, go, names) => mention("#", names.channel(m[1]) ?? "unknown", "channel", m[1])],
  [/<\/([-\w\p{L} ]{1,100}):(\d{1,20})>/uy, (m) => mention("/", m[1], "command", m[1])],
  [/<a?:(\w{2,32}):\d{1,20}>/y, (m) => el("span", { class: "emoji" }, `:${m[1]}:`)],
  [/@(?:everyone|here)\b/y, (m) => el("span", { class: "mention" }, m[0])],
  [/\n/y, () => el("br")],
];

/** Render a run of text as a list of nodes and strings. */
export function inline(text, names, depth = 0) {
  if (depth > DEEPEST) return [text];
  const out = [];
  const go = (inner) => inline(inner, names, depth + 1);
  for (let at = 0; at < text.length;) {
    const found = match(text, at, go, names);
    if (typeof found.node === "string" && typeof out.at(-1) === "string") out.push(out.pop() + found.node);
    else out.push(found.node);
    at += found.length;
  }
  return out;
}

function match(text, at, go, names) {
  PLAIN.lastIndex = at;
  const plain = PLAIN.exec(text);
  if (plain) return { node: plain[0], length: plain[0].length };
  for (const [pattern, build] of RULES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const node = found && build(found, go, names);
    if (node) return { node, length: found[0].length };
  }
  return { node: text[at], length: 1 };
}

function link(address, children, title) {
  let safe;
  try {
    safe = new URL(address);
  } catch {
    return null;
  }
  if (safe.protocol !== "https:" && safe.protocol !== "http:") return null;
  return outward(safe.href, { title }, ...children);
}

/** A person, role, channel or command by name; all but a role can be pressed. */
function mention(sign, name, kind, id) {
  const pressed = kind !== "role";
  return el(pressed ? "button" : "span", {
    class: "mention", type: pressed ? "button" : null, "data-mention": kind, "data-id": id,
  }, `${sign}${name}`);
}

function roleMention(role, id) {
  const node = mention("@", role?.name ?? "unknown role", "role", id);
  if (role?.color) node.style.setProperty("--role", `#${role.color.toString(16).padStart(6, "0")}`);
  return node;
}

/** Hide its children until pressed. */
function spoiler(children) {
  const inside = el("span", { class: "spoiler-text", inert: true }, ...children);
  const reveal = () => {
    box.dataset.open = "true";
    box.removeAttribute("role");
    box.removeAttribute("tabindex");
    box.removeAttribute("aria-label");
    inside.removeAttribute("inert");
  };
  const box = el("span", {
    class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show", "data-testid": "spoiler",
    onclick: reveal,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (box.dataset.open) return;
      event.preventDefault();
      reveal();
    },
  }, inside);
  return box;
}
