// Turns the chat's markdown into elements: blocks here, spans in inline.js.
import { copyButton, el } from "./dom.js";
import { highlight } from "./highlight.js";
import { inline } from "./inline.js";

const FENCE = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]+?)\n?```/g;
const HEADING = /^(#{1,3})\s+(\S.*)$/;
const SUBTEXT = /^-#\s+(\S.*)$/;
const QUOTE = /^> ?(.*)$/;
const ITEM = /^(\s*)(?:([-*])|(\d{1,9})\.)\s+(\S.*)$/;

/** Render a text into a fragment; `names` looks up people, roles and channels. */
export function markdown(text, names) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(FENCE)) {
    blocks(text.slice(from, found.index).replace(/\n$/, ""), names, out);
    out.append(codeBlock(found[2], found[1] ?? ""));
    from = found.index + found[0].length;
    if (text[from] === "\n") from += 1;
  }
  blocks(text.slice(from), names, out);
  return out;
}

/** Show code with its language and a button that copies it. */
export function codeBlock(code, language) {
  return el("figure", { class: "code", "data-testid": "code" },
    el("figcaption", {}, el("span", { class: "code-language" }, language), copyButton(() => code)),
    el("pre", { tabindex: "0" }, el("code", {}, highlight(code, language))));
}

function blocks(text, names, out) {
  if (!text) return;
  const lines = text.split("\n");
  let plain = [];
  const flush = () => {
    const words = plain.join("\n").replace(/^\n+|\s+$/g, ""); // blocks keep their own distance
    if (words.trim()) out.append(el("p", {}, ...inline(words, names)));
    plain = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const used = special(lines, at, names, out, flush);
    if (used) at += used - 1;
    else plain.push(lines[at]);
  }
  flush();
}

/** Take a heading, quote, list or small print at line `at`; answer how many lines it used. */
function special(lines, at, names, out, flush) {
  const line = lines[at];
  if (line.startsWith(">>> ")) {
    const rest = [line.slice(4), ...lines.slice(at + 1)];
    flush();
    out.append(quote(rest, names));
    return rest.length;
  }
  if (line.startsWith("> ")) {
    const rows = run(lines, at, QUOTE);
    flush();
    out.append(quote(rows.map((row) => row[1]), names));
    return rows.length;
  }
  const heading = HEADING.exec(line) ?? SUBTEXT.exec(line);
  if (heading) {
    flush();
    out.append(titled(heading, names));
    return 1;
  }
  if (ITEM.test(line)) {
    const rows = run(lines, at, ITEM);
    flush();
    out.append(list(rows, names));
    return rows.length;
  }
  return 0;
}

function run(lines, at, pattern) {
  const rows = [];
  for (let here = at; here < lines.length; here += 1) {
    const row = pattern.exec(lines[here]);
    if (!row) break;
    rows.push(row);
  }
  return rows;
}

function titled(found, names) {
  if (found.length === 2) return el("p", { class: "subtext" }, ...inline(found[1], names));
  const level = found[1].length;
  return el(`h${level + 2}`, { class: `md-h${level}` }, ...inline(found[2], names));
}

function quote(lines, names) {
  const body = el("blockquote", {});
  blocks(lines.join("\n"), names, body);
  return body;
}

function list(rows, names) {
  const make = (row) => el(row[3] ? "ol" : "ul", { start: row[3] && row[3] !== "1" ? row[3] : null });
  const root = make(rows[0]);
  const open = [{ indent: rows[0][1].length, node: root }];
  for (const row of rows) {
    const indent = row[1].length;
    while (open.length > 1 && indent < open.at(-1).indent) open.pop();
    if (indent > open.at(-1).indent + 1 && open.length < 6 && open.at(-1).node.lastElementChild) {
      const nested = make(row);
      open.at(-1).node.lastElementChild.append(nested);
      open.push({ indent, node: nested });
    }
    open.at(-1).node.append(el("li", {}, ...inline(row[4], names)));
  }
  return root;
}
