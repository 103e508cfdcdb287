// Sessions as a list, newest first, that follows what begins and changes.

import { h, Keyed, setAttribute, setShown, setText } from "/dom.js";
import { counted, hasEnded, setStatus, setTime, shortID, statusOf, took } from "/words.js";

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
