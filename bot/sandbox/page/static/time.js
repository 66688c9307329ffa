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
  ["year", 31_557_600], ["month", 2_629_800], ["week", 604_800],
  ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1],
];
const LONGEST = 8_640_000_000_000; // seconds a Date can hold
const nearness = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** Say how far a moment (Unix seconds) is from now. */
export function relative(seconds) {
  const distance = Math.round(seconds - Date.now() / 1000);
  const size = Math.abs(distance);
  const [unit, length] = STEPS.find(([, step]) => size >= step) ?? STEPS.at(-1);
  return nearness.format(Math.trunc(distance / length), unit);
}

/** Render `<t:seconds:style>` as a time element in the reader's zone; null where it is no moment. */
export function moment(seconds, style = "f") {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > LONGEST) return null;
  const date = new Date(seconds * 1000);
  const full = new Intl.DateTimeFormat(undefined, STYLES.F).format(date);
  const fixed = new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.f);
  const text = style === "R" ? relative(seconds) : fixed.format(date);
  return el("time", {
    class: "moment", datetime: date.toISOString(), title: full,
    "data-relative": style === "R" ? seconds : null,
  }, text);
}

/** Render when a message was sent: the hour today, the date before that. */
export function sentAt(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return null;
  const today = date.toDateString() === new Date().toDateString();
  const text = new Intl.DateTimeFormat(undefined, today ? STYLES.t : STYLES.s).format(date);
  const full = new Intl.DateTimeFormat(undefined, STYLES.F).format(date);
  return el("time", { class: "sent-at", datetime: date.toISOString(), title: full }, text);
}

/** Rewrite every relative moment on the page, once a second. */
export function keepFresh() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const text = relative(Number(node.dataset.relative));
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}
