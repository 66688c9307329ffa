// Colours code a little: words of the language, texts, numbers and remarks.
import { el } from "./dom.js";

const WORDS = {
  python: "and as assert async await break class continue def del elif else except False finally for from if import in "
    + "is lambda None nonlocal not or pass raise return True try while with yield",
  javascript: "async await break case catch class const continue default delete else export extends false finally for "
    + "from function if import in instanceof let new null of return super switch this throw true try typeof undefined "
    + "var void while yield",
  json: "true false null",
  sh: "case do done echo elif else esac export fi for function if in then while curl",
};
const ALIKE = { py: "python", js: "javascript", ts: "javascript", typescript: "javascript", bash: "sh", shell: "sh" };
const REMARKS = { python: "#[^\\n]*", sh: "(?<=^|\\s)#[^\\n]*", javascript: "//[^\\n]*|/\\*[\\s\\S]*?\\*/", json: "(?!)" };
const TEXTS = {
  python: '[rbf]?"""[\\s\\S]*?"""|[rbf]?"(?:\\\\.|[^"\\\\\\n])*"|[rbf]?\'(?:\\\\.|[^\'\\\\\\n])*\'',
  javascript: '"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\'|`(?:\\\\.|[^`\\\\])*`',
  json: '"(?:\\\\.|[^"\\\\\\n])*"',
  sh: '"(?:\\\\.|[^"\\\\])*"|\'[^\']*\'',
};
const LONGEST = 20_000; // characters that are worth the work

/** Turn code into nodes, coloured where the language is known. */
export function highlight(code, language) {
  const name = ALIKE[language.toLowerCase()] ?? language.toLowerCase();
  if (!(name in WORDS) || code.length > LONGEST) return [code];
  const words = WORDS[name].split(" ").join("|");
  const pattern = new RegExp(
    `(?<remark>${REMARKS[name]})|(?<text>${TEXTS[name]})|(?<number>\\b\\d[\\d_.]*\\b)|(?<word>\\b(?:${words})\\b)`
    + "|(?<call>\\b[A-Za-z_]\\w*(?=\\())", "gm");
  const out = [];
  let from = 0;
  for (const found of code.matchAll(pattern)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    out.push(code.slice(from, found.index), el("span", { class: `hl-${kind}` }, found[0]));
    from = found.index + found[0].length;
  }
  out.push(code.slice(from));
  return out;
}
