// One session. Its elements are made once and updated in place: what a reader has selected, opened or focused
// stays so.

import { read, readExactly } from "/client.js";
import { announce, mayRun } from "/frame.js";
import { copyButton, h, setAttribute, setShown, setText } from "/dom.js";
import { Graph } from "/graph.js";
import { gathered, tryingAgain } from "/live.js";
import { Outcome } from "/outcome.js";
import { Questions } from "/questions.js";
import { Fields, Records } from "/records.js";
import { kindOf, timeAtWork, Timeline } from "/timeline.js";
import { Trace } from "/trace.js";
import { counted, duration, hasEnded, isAsking, placeOf, sentences, setStatus, setTime, shortID, statusOf,
  took } from "/words.js";

/**
 * Above so many records the overview is drawn at most once a second, and exact times are asked for less
 * often.
 */
const many = 300;

export class SessionView {
  /** `automation` is null where it is gone. */
  constructor({ base, automationID, automation, me, session, signal }) {
    Object.assign(this, { base, automationID, automation, session, signal });
    const isOpen = mayRun(me);
    this.makeHead(isOpen);
    this.outcome = new Outcome((record) => this.records.goTo(record.step.name, record.id),
      () => read(`${base}/result`, { signal }), signal);
    this.questions = new Questions({ base, isOpen, answered: () => this.ask(true),
      about: ({ asked_in: inner }) =>
        inner && h("a", { href: placeOf(inner) }, `${inner.automation_name}, called here`) });
    this.inputs = new Fields("Inputs", matchMedia("(min-width: 60rem)").matches);
    this.inputs.update(session.inputs);
    this.records = new Records(isOpen && automation ? (record, button) => this.rerun(record, button) : null);
    this.graph = automation && new Graph(automation, (name) => this.records.goTo(name));
    this.timeline = new Timeline((name, id) => this.records.goTo(name, id));
    this.trace = new Trace(base);
    this.records.traces = this.trace.events;
    this.facts = new Map();
    this.asked = "";
    this.open = [];
    this.askLater = tryingAgain(() => this.ask(), signal);
    this.drawSoon = gathered(() => this.drawOverview(), signal, 1000);
    this.askTimesSoon = gathered(() => this.askTimes(), signal, 700);
    this.askTimesLater = gathered(() => this.askTimes(), signal,
      () => Math.max(10_000, this.session.steps.length * 6));
    const ticking = setInterval(() => { if (!this.hasEnded && !document.hidden) this.drawOverview(); }, 1000);
    // No event of this session tells that one which it has called asks somebody.
    const looking = setInterval(() => { if (this.isCalling && !document.hidden) this.ask(true); }, 2000);
    signal.addEventListener("abort", () => { clearInterval(ticking); clearInterval(looking); });
    this.element = this.layout();
    this.takeSession(session);
    this.askTimes().catch(() => { /* The stream tells of a lost connection. */ });
  }

  makeHead(isOpen) {
    const { session } = this;
    this.note = h("p", { class: "soft small", role: "status" });
    this.status = h("span", {});
    this.began = h("time", {});
    this.took = h("span", {});
    this.count = h("span", {});
    this.cost = h("span", { class: "soft" });
    setTime(this.began, session.created_at);
    this.cancelButton = isOpen
      && h("button", { type: "button", class: "danger", onclick: () => this.cancel() }, "Cancel");
    this.retryButton = isOpen && this.automation
      && h("button", { type: "button", onclick: () => this.startAnother("retry", {}, this.retryButton) }, "");
    const again = isOpen && this.automation
      && h("a", { class: "button quiet", href: `#/a/${this.automationID}?inputs=${session.id}` },
      "Run again");
    this.head = h("div", { id: "session", class: "head" },
      h("div", { class: "row" }, this.status, h("span", { class: "soft" }, "began ", this.began),
        h("span", { class: "soft" }, this.took), h("span", { class: "soft" }, this.count), this.cost,
        h("span", { class: "row tight" }, h("code", { class: "soft small" }, session.id),
          copyButton(() => session.id, "the session's id", "Copy id"))),
      h("div", { class: "actions" }, this.retryButton, again, this.cancelButton), this.note);
  }

  layout() {
    const { session, automation } = this;
    const overview = h("div", { class: automation ? "overview" : "overview alone" },
      this.graph && h("section", { class: "card" }, h("h2", {}, "Graph"), this.graph.element),
      h("section", { class: "card" }, h("h2", {}, "Timeline"), this.timeline.element));
    return h("div", { class: "session" },
      h("nav", { class: "crumbs", "aria-label": "Place" }, h("a", { href: "#/" }, "Home"),
        h("span", { "aria-hidden": "true" }, "/"),
        automation ? h("a", { href: `#/a/${this.automationID}` }, automation.name)
          : h("span", {}, "A deleted automation")),
      h("h1", {}, "Session ", h("span", { class: "id" }, shortID(session.id))), this.head,
      h("div", { class: "first" }, h("div", {}, this.questions.element, this.outcome.element),
        h("aside", {}, this.inputs.element)),
      overview, h("h2", {}, "Steps"), this.records.element);
  }

  get hasEnded() { return hasEnded(this.session); }

  get isLarge() { return this.session.steps.length > many; }

  /** Whether it may wait for a session that it has called. */
  get isCalling() { return !this.hasEnded && this.calling.size > 0; }

  get asking() { return this.hasEnded ? [] : [...this.waiting.values()]; }

  say(text) { setText(this.note, text); announce(text); }

  /** Takes an event of the session's stream. */
  take({ kind, content }) {
    if (kind === "text") { this.records.addWords(content); return; }
    setText(this.note, "");
    if (kind === "step") this.takeStep(content);
    else if (kind === "session") this.takeSession(content);
  }

  takeSession(session) {
    this.session = session;
    this.waiting = new Map();
    this.calling = new Set();
    this.places = new Map(session.steps.map((record, place) => [record.id, place]));
    this.update(session.steps);
    this.askTimesSoon();
  }

  takeStep(record) {
    const { session } = this;
    const place = this.places.get(record.id);
    if (place === undefined) {
      this.places.set(record.id, session.steps.length);
      session.steps.push(record);
    } else {
      session.steps[place] = record;
    }
    if (session.status === "NEW") session.status = "RUNNING";
    session.current_step = record;
    this.timeline.take(record, Date.now());
    this.update([record]);
    if (this.isLarge) this.askTimesLater(); else this.askTimesSoon();
  }

  /** Shows the session, and of its records those that changed. */
  update(changed) {
    const { session } = this;
    for (const record of changed) {
      if (isAsking(record)) this.waiting.set(record.id, record); else this.waiting.delete(record.id);
      if (mayCall(record)) this.calling.add(record.id); else this.calling.delete(record.id);
    }
    const status = this.tellStatus();
    setText(this.count, counted(session.steps.length, "step"));
    this.tellLength();
    if (this.cancelButton) setShown(this.cancelButton, !this.hasEnded);
    if (this.retryButton) {
      setShown(this.retryButton, session.status === "FAILED");
      setText(this.retryButton,
        status === "CANCELLED" ? "Go on from where it was cancelled" : "Retry from where it failed");
    }
    this.records.update(changed);
    this.outcome.update(session, status);
    announce(sentences[status]);
    if (this.isLarge && changed.length < session.steps.length) this.drawSoon(); else this.drawOverview();
    this.ask();
  }

  tellStatus() {
    const isWaiting = this.asking.length > 0 || (this.isCalling && this.open.length > 0);
    const status = statusOf({ ...this.session, is_waiting: isWaiting });
    setStatus(this.status, status);
    setAttribute(this.head, "data-status", status);
    return status;
  }

  tellLength() {
    const { session, facts } = this;
    if (!this.hasEnded) return;
    let [first, last] = [Infinity, -Infinity];
    for (const { began_at_ms: began, ended_at_ms: ended } of facts.values()) {
      [first, last] = [Math.min(first, began), Math.max(last, ended ?? began)];
    }
    setText(this.took, `took ${facts.size > 0 ? duration(last - first) : took(session)}`);
  }

  drawOverview() {
    const states = new Map(), facts = new Map();
    for (const record of this.session.steps) {
      const { name } = record.step;
      const before = states.get(name) || { visits: 0, status: null };
      states.set(name, { visits: before.visits + 1, status: more(before.status, statusOf(record)) });
      if (!facts.has(name)) facts.set(name, []);
      facts.get(name).push(this.facts.get(record.id));
    }
    for (const [name, state] of states) state.milliseconds = timeAtWork(facts.get(name));
    this.graph?.show(states);
    this.timeline.draw();
  }

  /**
   * Asks the server for what records do not hold: times to the millisecond, the elements of `each`, and the
   * trace.
   */
  async askTimes() {
    const { signal } = this;
    const [rows] = await Promise.all([read(`${this.base}/timeline`, { signal }), this.trace.more(signal)]);
    setText(this.cost, this.trace.cost.text);
    for (const row of rows) {
      const record = this.session.steps[this.places.get(row.id)];
      if (!record) continue;
      Object.assign(row, kindOf(record));
      this.facts.set(row.id, row);
    }
    this.timeline.set(rows.filter((row) => this.places.has(row.id)));
    this.records.setFacts(rows);
    this.showQuestions();
    this.tellLength();
    this.drawOverview();
  }

  showQuestions() {
    this.questions.update(this.open.map((question) => {
      const { element, visit } = this.facts.get(question.id) ?? {};
      return { ...question, element: question.element ?? element, visit: visit ?? question.visit };
    }));
  }

  /** Shows a form for each question that waits; `again` also where nothing of this session has changed. */
  async ask(again = false) {
    const calling = this.isCalling ? [...this.calling] : [];
    const asked = [...this.asking.map((record) => record.id), ...calling].join();
    if (this.asked === asked && !again) return;
    this.asked = asked;
    try {
      const questions = asked ? await readExactly(`${this.base}/questions`, { signal: this.signal }) : [];
      if (this.asked !== asked) return;
      if (this.problem === this.note.textContent) setText(this.note, "");
      const known = new Set(this.open.map(({ id }) => id));
      const isNew = questions.some(({ id }) => !known.has(id));
      this.open = questions;
      this.showQuestions();
      this.tellStatus();
      if (again && !isNew) return;
      // The focus of somebody who is busy elsewhere stays where it is.
      const isFree = document.activeElement === document.body || document.activeElement.id === "main";
      const first = this.questions.element.querySelector("button, input, textarea, select");
      if (isFree) first?.focus({ preventScroll: true });
    } catch (error) {
      if (this.asked !== asked || error.name === "AbortError") return;
      this.asked = "";
      this.askLater(error);
      // Who only looks once more says nothing of it.
      if (again) return;
      this.problem = error.message;
      this.say(this.problem);
    }
  }

  async cancel() {
    this.cancelButton.disabled = true;
    try {
      this.takeSession(await read(`${this.base}/cancel`, { method: "PATCH" }));
    } catch (error) {
      this.cancelButton.disabled = false;
      this.say(error.message);
    }
  }

  /** From this record on, and not from an earlier visit of the same step. */
  rerun(record, button) { return this.startAnother("rerun", { json: { record: record.id } }, button); }

  /** Starts a session that takes over what this one did. */
  async startAnother(how, options, button) {
    button.disabled = true;
    try {
      const session = await read(`${this.base}/${how}`, { method: "POST", ...options });
      location.hash = `#/a/${this.automationID}/s/${session.id}`;
    } catch (error) {
      button.disabled = false;
      this.say(error.message);
    }
  }
}

/** Whether a record may wait for a session that it has called, also one that its model has. */
function mayCall({ status, prompt }) {
  return status === "RUNNING" && Boolean(prompt?.session_id || prompt?.tools);
}

/** Of several visits, what matters most now is how the step stands; else the last one. */
function more(before, status) {
  return ["WAITING", "RUNNING"].find((one) => one === before || one === status) || status;
}
