// Writes moments the way people read them, and keeps relative ones fresh.
import { el } from "./dom.js";

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const STEPS = [
  ["second", 1], ["minute", 60], ["hour", 3_600], ["day", 86_400], ["month", 2_629_800], ["year", 31_557_600],
];
const LONGEST = 8_640_000_000_000; // seconds a Date can hold
let ahead = 0; // milliseconds that the sandbox's clock is ahead of this machine's
let locale; // how the person one plays reads dates
let nearness = new Intl.RelativeTimeFormat(locale, { numeric: "always" });

/** Take over what time it is in the sandbox, in Unix seconds. */
export function setClock(seconds) {
  ahead = seconds * 1000 - Date.now();
}

/** Tell what time it is in the sandbox, in milliseconds. */
export const now = () => Date.now() + ahead;

/** Write every date from now on as people of this locale do. */
export function speak(tag) {
  locale = tag;
  nearness = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
}

/** Write a moment (milliseconds, or an ISO text) in one of the styles, or with options of one's own. */
export function written(moment, style) {
  return new Intl.DateTimeFormat(locale, STYLES[style] ?? style).format(new Date(moment));
}

/** Write a number with the separators of the reader's locale. */
export const counted = (number) => new Intl.NumberFormat(locale).format(number);

/** Say how far a moment (Unix seconds) is from now, to the nearest of the largest unit that it fills. */
export function relative(seconds) {
  const distance = Math.round(seconds - now() / 1000);
  const rounded = (length) => Math.round(Math.abs(distance) / length);
  const fills = (at) => at === 0 || rounded(STEPS[at - 1][1]) * STEPS[at - 1][1] >= STEPS[at][1];
  const [unit, length] = STEPS.findLast((_, at) => fills(at));
  return nearness.format(Math.sign(distance) * rounded(length), unit);
}

/** Render `<t:seconds:style>` as a time element in the reader's zone; null where it is no moment. */
export function moment(seconds, style = "f") {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > LONGEST) return null;
  const date = new Date(seconds * 1000);
  const text = style === "R" ? relative(seconds) : written(date, style in STYLES ? style : "f");
  return el("time", {
    class: "moment", datetime: date.toISOString(), title: written(date, "F"),
    "data-relative": style === "R" ? seconds : null,
  }, text);
}

/** Render when a message was sent: the hour today, the date before that. */
export function sentAt(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return null;
  const today = date.toDateString() === new Date(now()).toDateString();
  return el("time", { class: "sent-at", datetime: date.toISOString(), title: written(date, "F") },
    written(date, today ? "t" : "s"));
}

/** Rewrite every relative moment on the page. */
export function refresh() {
  for (const node of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}
