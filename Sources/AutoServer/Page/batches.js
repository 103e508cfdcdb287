// Sessions that were started together, one for each row of a table: how they stand, and how to end them.

import { read, withQuery } from "/client.js";
import { copyButton, h, Keyed, quietButton, setShown, setText } from "/dom.js";
import { announce, mayRun, show } from "/frame.js";
import { gathered } from "/live.js";
import { More } from "/more.js";
import { BatchResults } from "/results.js";
import { filterSelect, SessionPages, standing, statusOptions } from "/sessions.js";
import { counted, countedStatus, setTime, shortID } from "/words.js";

/** So many at a time, and how often an open batch is looked at, in milliseconds. */
const shownBatches = 5, page = 30, often = 2000;

/** As a bar shows them, from what is done to what is to come. */
const statuses = ["FINISHED", "FAILED", "CANCELLED", "RUNNING", "WAITING", "NEW"];

/** How many sessions of a batch stand how, without those of which there are none, as `[status, number]`. */
function tallyOf({ counts }) {
  return statuses.map((one) => [one, counts[one.toLowerCase()]]).filter(([, number]) => number > 0);
}

/** A bar with a part for each status, and the same in words. */
class Progress {
  constructor() {
    this.bar = h("div", { class: "progress", "aria-hidden": "true" });
    this.parts = new Keyed(this.bar, ([status]) => {
      const element = h("span", { class: status });
      return { element, update: ([, number]) => element.style.setProperty("flex-grow", number) };
    });
    this.tally = h("div", { class: "tally" });
    this.words = new Keyed(this.tally, ([status]) => {
      const element = h("span", { class: `status ${status}` });
      return { element, update: ([, number]) => setText(element, countedStatus(number, status)) };
    });
    this.element = h("div", {}, this.bar, this.tally);
  }

  update(batch) {
    const tally = tallyOf(batch);
    for (const keyed of [this.parts, this.words]) keyed.update(tally, ([status]) => status);
  }
}

/** Cancels what is left of a batch. It is asked for once more, since many sessions end by it. */
class CancelButton {
  /** `done` is called with the batch as it is then. */
  constructor(path, done) {
    Object.assign(this, { path, done });
    this.first = quietButton("Cancel", () => this.ask(true), { class: "quiet small" });
    this.second = h("button", { type: "button", class: "danger small", onclick: () => this.cancel() }, "");
    this.keep = quietButton("Keep", () => this.ask(false), { class: "quiet small" });
    this.problem = h("p", { class: "problem small", role: "alert" });
    this.element = h("div", { class: "actions above" }, this.first, this.second, this.keep, this.problem);
    this.isAsking = false;
    this.left = 0;
  }

  update({ has_ended: hasEnded, counts }) {
    this.left = counts.new + counts.running + counts.waiting;
    setText(this.second, `Cancel ${counted(this.left, "session")}`);
    setShown(this.element, !hasEnded);
    this.draw();
  }

  draw() {
    setShown(this.first, !this.isAsking);
    setShown(this.second, this.isAsking);
    setShown(this.keep, this.isAsking);
  }

  ask(isAsking) {
    this.isAsking = isAsking;
    this.draw();
    (isAsking ? this.second : this.first).focus();
  }

  async cancel() {
    this.second.disabled = true;
    setText(this.problem, "");
    try {
      const batch = await read(`${this.path}/cancel`, { method: "PATCH" });
      announce("The batch was cancelled.");
      await this.done(batch);
    } catch (error) {
      setText(this.problem, error.message);
    }
    this.second.disabled = false;
    this.isAsking = false;
    this.draw();
    if (!this.element.hidden) this.first.focus();
  }
}

/** What is said of a batch: how many of its sessions have ended, and how many run at once. */
function aboutBatch({ sessions_count: count, counts, at_once: atOnce, has_ended: hasEnded }) {
  const ended = counts.finished + counts.failed + counts.cancelled;
  const deleted = count - ended - counts.new - counts.running - counts.waiting;
  return [
    hasEnded ? `${counted(count, "session")}, all ended`
      : `${ended.toLocaleString("en")} of ${counted(count, "session")} ended`,
    deleted > 0 && `${deleted.toLocaleString("en")} deleted since`,
    !hasEnded && atOnce > 0 && `at most ${atOnce} at once`,
  ].filter(Boolean).join(", ");
}

/** The batches of an automation, newest first, on its page; nothing where there are none. */
export class BatchList {
  constructor(base, me, signal) {
    Object.assign(this, { base, signal });
    this.batches = [];
    const list = h("ul", { class: "list batches", id: "batches" });
    this.lines = new Keyed(list, (batch) => new Line(batch, base, mayRun(me) ? () => this.look() : null));
    this.more = new More("Show older", () => this.loadOlder());
    this.element = h("section", { class: "card", "aria-labelledby": "batches-title", hidden: true },
      h("h2", { id: "batches-title" }, "Batches"), list, this.more.element);
    this.lookSoon = gathered(() => this.look(), signal);
  }

  path(more = {}) { return withQuery(`${this.base}/batches`, { limit: shownBatches, ...more }); }

  read(path) { return read(path, { signal: this.signal }); }

  async load() {
    this.batches = await this.read(this.path());
    this.more.show(this.batches.length === shownBatches);
    this.draw();
  }

  async loadOlder() {
    const older = await this.read(this.path({ cursor: this.batches.at(-1).id }));
    this.batches.push(...older);
    this.more.show(older.length === shownBatches);
    this.draw();
  }

  /** Reads the newest anew, and of the older ones those that go on. */
  async look() {
    const newest = await this.read(this.path());
    const known = new Set(newest.map((one) => one.id));
    const older = this.batches.filter((one) => !known.has(one.id) && !one.has_ended);
    const anew = await Promise.all(older.map((one) => this.read(`${this.base}/batches/${one.id}`)));
    // Older ones may have been loaded meanwhile.
    const all = new Map([...this.batches, ...newest, ...anew].map((one) => [one.id, one]));
    this.batches = [...all.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
    this.draw();
  }

  draw() {
    this.lines.update(this.batches);
    setShown(this.element, this.batches.length > 0);
  }

  follow() { whileOpen(() => this.batches.every((one) => one.has_ended), this.lookSoon, this.signal); }
}

/** Calls `look` every now and then, as long as somebody looks at the page and not all is over. */
function whileOpen(isOver, look, signal) {
  const timer = setInterval(() => { if (!isOver() && !document.hidden) look(); }, often);
  signal.addEventListener("abort", () => clearInterval(timer));
}

class Line {
  constructor({ id, automation_id: automation, created_at: began }, base, cancelled) {
    this.about = h("span", { class: "soft about" });
    this.progress = new Progress();
    this.cancel = cancelled && new CancelButton(`${base}/batches/${id}`, cancelled);
    const when = h("time", {});
    setTime(when, began);
    this.element = h("li", {},
      h("div", { class: "row" }, h("a", { class: "cover", href: `#/a/${automation}/b/${id}` },
        `Batch ${shortID(id)}`), this.about, h("span", { class: "soft small when" }, when)),
      this.progress.element, this.cancel && this.cancel.element);
  }

  update(batch) {
    setText(this.about, aboutBatch(batch));
    this.progress.update(batch);
    this.cancel?.update(batch);
  }
}

/** The page of one batch. */
export async function batchView(automationID, id, query, { signal, me }) {
  const batch = await read(`/automations/${automationID}/batches/${id}`, { signal });
  const view = new BatchView(batch, query.get("status") || "", me, signal);
  view.update(batch);
  await Promise.all([view.sessions.load(), view.results.load()]);
  if (signal.aborted) return;
  document.title = `Batch – ${batch.automation_name} – autorun`;
  show(view.layout(batch));
  whileOpen(() => view.hasEnded, gathered(() => view.look(), signal, 0), signal);
}

class BatchView {
  constructor({ automation_id: automationID, id, sessions_count: count }, status, me, signal) {
    Object.assign(this, { automationID, id, status, signal });
    this.path = `/automations/${automationID}/batches/${id}`;
    this.about = h("span", { class: "soft" });
    this.progress = new Progress();
    this.cancel = mayRun(me) && new CancelButton(this.path, (batch) => this.take(batch));
    this.sessions = new SessionPages({ path: (more) => this.listPath(more), limit: page, signal,
      showsAutomation: false,
      emptyText: () => (this.status ? "No session is like this." : "Its sessions were deleted.") });
    this.results = new BatchResults(this.path, automationID, id, count, signal);
    this.problem = h("p", { class: "problem", role: "alert" });
  }

  listPath(more = {}) {
    return withQuery("/sessions", { batch_id: this.id, ...standing(this.status), limit: page, ...more });
  }

  layout({ automation_name: name, created_at: began }) {
    const when = h("time", {});
    setTime(when, began);
    return h("div", {},
      h("nav", { class: "crumbs", "aria-label": "Place" }, h("a", { href: "#/" }, "Home"),
        h("span", { "aria-hidden": "true" }, "/"), h("a", { href: `#/a/${this.automationID}` }, name)),
      h("h1", {}, "Batch ", h("span", { class: "id" }, shortID(this.id))),
      h("div", { id: "batch", class: "head" },
        h("div", { class: "row" }, this.about, h("span", { class: "soft" }, "began ", when),
          h("span", { class: "row tight" }, h("code", { class: "soft small" }, this.id),
            copyButton(() => this.id, "the batch's id", "Copy id"))),
        this.progress.element, this.cancel && this.cancel.element),
      this.problem, this.results.element,
      h("section", { "aria-labelledby": "sessions-title" },
        h("div", { class: "title" }, h("h2", { id: "sessions-title" }, "Sessions"),
          h("div", { class: "filters" },
            filterSelect("status", "Status", statusOptions, this.status, (value) => this.filter(value)))),
        this.sessions.list.element, this.sessions.actions));
  }

  get hasEnded() { return this.batch.has_ended; }

  update(batch) {
    this.batch = batch;
    setText(this.about, aboutBatch(batch));
    this.progress.update(batch);
    if (this.cancel) this.cancel.update(batch);
  }

  async look() { await this.take(await read(this.path, { signal: this.signal })); }

  /** The sessions and what they gave are read anew where some of them stand otherwise. */
  async take(batch) {
    const isNews = JSON.stringify(batch) !== JSON.stringify(this.batch);
    this.update(batch);
    if (isNews) await Promise.all([this.sessions.load({ keepsPlace: true }), this.results.load()]);
  }

  async filter(status) {
    this.status = status;
    history.replaceState(null, "", withQuery(`#/a/${this.automationID}/b/${this.id}`, { status }));
    setText(this.problem, "");
    try { await this.sessions.load(); } catch (error) {
      if (error.name !== "AbortError") setText(this.problem, error.message);
    }
  }
}
