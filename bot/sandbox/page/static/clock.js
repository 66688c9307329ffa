// The sandbox's clock, and the menus of the top bar: time travel, language, theme.
import { el, fill, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { now, written } from "./time.js";

const DAY = 86_400;
const LEAPS = [
  ["hour", "An hour on", "grants run, cooldowns end"],
  ["day", "A day on", "yesterday's spending is over"],
  ["month", "Past the month's end", "levels and the contest are awarded"],
];
const LOCALES = [["en-US", "English"], ["ru", "Русский"]];

/** Show what time it is in the sandbox, and how far it is ahead. */
export function showClock(button, state) {
  const time = written(now(), "t");
  const day = written(now(), { weekday: "short", day: "numeric", month: "short" });
  const days = Math.floor(state.ahead / DAY);
  const hours = Math.round((state.ahead % DAY) / 3600);
  const ahead = [days && `${days} d`, hours && `${hours} h`].filter(Boolean).join(" ");
  const shown = [day, time, ahead].join();
  if (button.dataset.shown === shown) return;
  button.dataset.shown = shown;
  button.hidden = state.tour === null;
  button.setAttribute("aria-label", `It is ${day}, ${time}${ahead && `, ${ahead} ahead`}. Travel in time`);
  fill(button, icon("clock"), el("span", { class: "clock-words" }, el("span", { class: "clock-time" }, time),
    el("small", {}, day)), ahead && el("span", { class: "clock-ahead" }, `+${ahead}`));
}

/** Offer to go on in time. */
export function travelMenu(button, travel) {
  openMenu(button, [{ heading: "Go on in time" }, ...LEAPS.map(([leap, label, note]) => ({
    label, note, icon: "clock", act: () => travel(leap),
  }))], { label: "Time travel" });
}

/** Offer languages and themes. */
export function settingsMenu(button, state, locale, theme) {
  const name = state.person(state.you);
  const other = window.latchkeyTheme.current() === "dark" ? "light" : "dark";
  openMenu(button, [{ heading: `${name} reads` }, ...LOCALES.map(([tag, label]) => ({
    label, checked: state.locale === tag, icon: "at", act: () => locale(tag),
  })), { heading: "This page" }, { label: `The ${other} theme`, icon: other === "dark" ? "moon" : "sun", act: theme }],
  { label: "Settings" });
}
