// Sessions as a list, newest first, that follows what begins and changes.

import { read } from "/client.js";
import { h, Keyed, setAttribute, setShown, setText } from "/dom.js";
import { largestPage } from "/limits.js";
import { More } from "/more.js";
import { counted, hasEnded, setStatus, setTime, shortID, statusOf, took, words } from "/words.js";

export class SessionList {
  /** `showsAutomation`: whether a line names its automation. */
  constructor({ showsAutomation }) {
    this.list = h("ul", { class: "list sessions", id: "sessions" });
    this.empty = h("p", { class: "soft" }, "None yet.");
    this.element = h("div", {}, this.empty, this.list);
    this.sessions = new Map();
    this.lines = new Keyed(this.list, (session) => new Line(session, showsAutomation));
  }

  /** Ids sort by time. */
  get sorted() { return [...this.sessions.values()].sort((a, b) => (a.id < b.id ? 1 : -1)); }

  get oldest() { return this.sorted.at(-1)?.id; }

  add(sessions) {
    for (const session of sessions) this.sessions.set(session.id, session);
    this.draw();
  }

  /** Takes a list in place of what stands, and what to say where it is empty. */
  replace(sessions, emptyText) {
    setText(this.empty, emptyText);
    this.sessions = new Map(sessions.map((session) => [session.id, session]));
    this.draw();
  }

  draw() {
    this.lines.update(this.sorted);
    setShown(this.empty, this.sessions.size === 0);
  }
}

/** The list with a button below it that shows older ones, a page at a time. */
export class SessionPages {
  /**
   * `path(more)` is what is asked for now, with more parameters; a page has `limit` sessions. `emptyText`
   * gives what to say where there is none.
   */
  constructor({ path, limit, signal, showsAutomation, emptyText = () => "None yet." }) {
    Object.assign(this, { path, limit, signal, emptyText });
    this.list = new SessionList({ showsAutomation });
    this.more = new More("Show older", () => this.loadOlder());
    this.actions = this.more.element;
  }

  read(path) { return read(path, { signal: this.signal }); }

  /** Shows the first page, which was read already. */
  begin(newest) {
    this.list.replace(newest, this.emptyText());
    this.more.show(newest.length === this.limit);
  }

  /** The newest; with `keepsPlace`, down to the oldest that stands there, so that nobody loses the place. */
  async load({ keepsPlace = false } = {}) {
    const chosen = this.path(), oldest = keepsPlace ? this.list.oldest : undefined;
    const limit = keepsPlace && this.list.sessions.size > this.limit ? largestPage : this.limit;
    const sessions = [];
    let hasMore = true;
    do {
      const next = await this.read(this.path({ cursor: sessions.at(-1)?.id, limit }));
      // Somebody has chosen something else meanwhile.
      if (chosen !== this.path()) return;
      sessions.push(...next);
      hasMore = next.length === limit;
    } while (hasMore && oldest < sessions.at(-1).id);
    // What is older than what stood there, and more than a page, comes by the button.
    const count = Math.max(this.limit, sessions.filter((one) => one.id >= oldest).length);
    hasMore ||= sessions.length > count;
    this.list.replace(sessions.slice(0, count), this.emptyText());
    this.more.show(hasMore);
  }

  /** Takes a session that has begun or changed. */
  take(session) {
    // One that is older than all that stand here comes with those that the button loads.
    const isBehind = this.more.hasMore && session.id < this.list.oldest;
    if (!isBehind) this.list.add([session]);
  }

  /** Reads anew what no stream may tell of: it begins with the newest page. */
  async refresh() {
    const isOpen = (session) => !hasEnded(session);
    if (this.list.sorted.slice(this.limit).some(isOpen)) await this.load({ keepsPlace: true });
  }

  async loadOlder() {
    const path = this.path();
    const older = await this.read(this.path({ cursor: this.list.oldest }));
    // Somebody has chosen something else meanwhile.
    if (path !== this.path()) return;
    this.list.add(older);
    this.more.show(older.length === this.limit);
  }
}

/** WAITING is a word of this page: for the API such a session is RUNNING. */
export function standing(status) { return status === "WAITING" ? { waiting: "true" } : { status }; }

/** What a list of sessions can be narrowed to, as `[value, text]`. */
export const statusOptions = [["", "Every status"],
  ...["WAITING", "RUNNING", "FINISHED", "FAILED", "NEW"].map((one) => [one, words[one]])];

/** A choice of what a list is narrowed to; `options` are `[value, text]`. */
export function filterSelect(name, label, options, chosen, onchange) {
  const element = h("select", { name, "aria-label": label, onchange: () => onchange(element.value) },
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  return element;
}

class Line {
  constructor({ id, automation_id: automation, automation_name: name, created_at: began }, showsAutomation) {
    this.status = h("span", {});
    this.about = h("span", { class: "about" });
    this.took = h("span", { class: "soft took" });
    const when = h("time", {});
    setTime(when, began);
    this.element = h("li", {}, this.status,
      h("a", { class: "cover", href: `#/a/${automation}/s/${id}` },
        showsAutomation ? name : `Session ${shortID(id)}`),
      showsAutomation ? h("code", { class: "soft small short" }, shortID(id)) : null, this.about, this.took,
      h("span", { class: "soft when" }, when));
  }

  update(session) {
    const status = statusOf(session);
    setStatus(this.status, status);
    const isFailed = status === "FAILED";
    setAttribute(this.about, "class", isFailed ? "about failed" : "about soft");
    setText(this.about, isFailed ? session.error || "" : counted(session.steps_count, "step"));
    setText(this.took, hasEnded(session) ? took(session) : "");
  }
}
