// The messages of the open channel, in order, grouped by author, kept at the newest.
import { el, fill, iconButton } from "./dom.js";
import { messageRow, patch } from "./message.js";
import { compareIds, isPrivate } from "./state.js";
import { written } from "./time.js";

const TOGETHER = 7 * 60 * 1000; // milliseconds within which messages share a head
const NEAR = 120; // pixels from the end that still count as the end
const MOST = 400;
const RECENT = 1000; // milliseconds after a reader's own act within which a scroll is its outcome
const FLASH = 1600; // milliseconds that a message one jumped to stays marked
const UPWARD = new Set(["ArrowUp", "Home", "PageUp", " "]);

export class Log {
  constructor(node, newest, room) {
    this.node = node;
    this.newest = newest;
    this.room = room;
    this.rows = new Map();
    this.follow = true;
    this.top = 0;
    this.moved = -Infinity; // when the reader last turned a wheel, swiped or pressed a key here
    this.held = false; // whether a pointer is down here, maybe on the scrollbar
    this.list = el("div", { class: "log-list" });
    this.welcome = el("div", { class: "welcome" });
    node.append(this.welcome, this.list);
    node.addEventListener("keydown", (event) => this.#walk(event));
    node.addEventListener("scroll", () => this.#scrolled());
    this.#watchReader();
    newest.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.follow && this.toEnd()).observe(this.list);
    new ResizeObserver(() => this.follow && this.toEnd()).observe(node);
  }

  /** Show a channel anew. */
  history(messages, welcome) {
    this.rows.clear();
    fill(this.welcome, welcome);
    fill(this.list);
    for (const each of messages) this.put(each);
    this.follow = true;
    this.toEnd();
  }

  /** Show a message, or what has become of it. */
  put(message) {
    const known = this.rows.get(message.id);
    if (known) {
      patch(known, message, this.room);
      return;
    }
    const row = messageRow(message, this.room);
    this.rows.set(message.id, row);
    const next = [...this.list.children].find((each) => each.message && compareIds(each.message.id, message.id) > 0);
    this.list.insertBefore(row, next ?? null);
    this.#regroup(row);
    this.#regroup(row.nextElementSibling);
    if (this.list.children.length > MOST) this.#forget(this.list.firstElementChild);
    if (!this.follow) this.newest.hidden = false;
  }

  /** Bring a message into view and mark it for a moment. */
  jump(id) {
    const row = this.rows.get(id);
    if (!row) {
      this.notice("That message is no longer here.");
      return;
    }
    this.follow = false;
    row.scrollIntoView({ block: "center" });
    this.top = this.node.scrollTop;
    row.focus({ preventScroll: true });
    row.dataset.flash = "true";
    setTimeout(() => delete row.dataset.flash, FLASH);
  }

  /** Draw these parts of every message again, because what they show has changed around them. */
  redraw(parts) {
    for (const row of this.rows.values()) {
      for (const name of parts) delete row.shown[name];
      patch(row, row.message, this.room);
    }
  }

  /** Take a message away. */
  drop(id) {
    const row = this.rows.get(id);
    if (row) this.#forget(row);
  }

  /** Say under a message that its button or select got no answer; for some milliseconds only, where given. */
  failed(messageId, reason, milliseconds = null) {
    this.unfail(messageId);
    const line = el("p", { class: "failed", role: "alert", "data-testid": "failed" }, reason);
    this.rows.get(messageId)?.slots.components.after(line);
    if (milliseconds) setTimeout(() => line.remove(), milliseconds);
  }

  /** Take away what was said under a message about an earlier press. */
  unfail(messageId) {
    this.rows.get(messageId)?.querySelector(".failed")?.remove();
  }

  /** Add a line that only this page knows. */
  notice(text) {
    const row = el("div", { class: "notice", role: "alert", "data-testid": "notice" }, el("span", {}, text),
      iconButton("close", "Dismiss", () => row.remove()));
    this.list.append(row);
    if (this.follow) this.toEnd();
  }

  /** Stay at the end after something beside the messages has grown. */
  settle() {
    if (this.follow) this.toEnd();
  }

  /** Find the last message that somebody wrote here. */
  lastOf(author) {
    const own = [...this.list.querySelectorAll(".message")].map((row) => row.message)
      .filter((each) => each.author.id === author && each.content);
    return own.at(-1);
  }

  /** Scroll to the newest message. */
  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    this.top = this.node.scrollTop;
    this.newest.hidden = true;
    this.follow = true;
  }

  #forget(row) {
    const next = row.nextElementSibling;
    if (row.message) this.rows.delete(row.message.id);
    row.remove();
    this.#regroup(next);
  }

  /** Only the reader ends the following: what arrives in between moves the end, not the reader. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    const up = scrollTop < this.top;
    this.top = scrollTop;
    if (up && (this.held || performance.now() - this.moved < RECENT)) this.follow = false;
    else if (!up && scrollHeight - scrollTop - clientHeight < NEAR) this.follow = true;
    if (this.follow) this.newest.hidden = true;
  }

  /** Walk the messages with the arrows, from the newest up. */
  #walk(event) {
    const on = event.target.closest(".message");
    if (event.target !== this.node && event.target !== on) return;
    const rows = [...this.rows.values()].filter((each) => each.isConnected);
    const all = [...this.list.querySelectorAll(".message")].filter((each) => rows.includes(each));
    const at = on ? all.indexOf(on) : all.length;
    const aims = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 };
    if (event.key === "Escape" && on) this.room.composer.focus();
    else if (event.key === "Enter" && on) on.querySelector(".message-tools")?.click();
    else if (event.key in aims && all[aims[event.key]]) {
      all[aims[event.key]].focus({ preventScroll: true });
      all[aims[event.key]].scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
  }

  #watchReader() {
    const moves = () => { this.moved = performance.now(); };
    const rests = () => { this.held = false; };
    for (const kind of ["wheel", "touchmove"]) this.node.addEventListener(kind, moves, { passive: true });
    this.node.addEventListener("keydown", (event) => UPWARD.has(event.key) && moves());
    this.node.addEventListener("pointerdown", () => { this.held = true; });
    addEventListener("keydown", (event) => event.key === "Tab" && moves()); // what is focused comes into view
    addEventListener("pointerup", rests);
    addEventListener("pointercancel", rests);
    addEventListener("pointermove", (event) => event.buttons || rests()); // a scrollbar may swallow the release
  }

  #regroup(row) {
    if (!row?.message) return;
    const before = row.previousElementSibling?.message;
    row.dataset.joined = String(Boolean(before) && joined(before, row.message));
    const day = new Date(row.message.timestamp).toDateString();
    if (!before || new Date(before.timestamp).toDateString() !== day) row.dataset.day = dayName(row.message.timestamp);
    else delete row.dataset.day;
  }
}

function joined(before, message) {
  const heading = message.referenced_message ?? message.interaction_metadata?.name ?? message.interaction;
  return !heading && before.author.id === message.author.id && isPrivate(before) === isPrivate(message)
    && new Date(message.timestamp) - new Date(before.timestamp) < TOGETHER;
}

function dayName(iso) {
  return written(iso, "D");
}
