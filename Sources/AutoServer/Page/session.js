// One session. Its elements are made once and updated in place: what a reader has selected, opened or focused stays so.

import { announce, h, Keyed, read, send, setShown, setText } from "/client.js";
import { answerForm } from "/forms.js";
import { hasEnded, isAsking, pretty, setStatus, setTime, textOf, took, words } from "/words.js";

export class SessionView {
  /** `graph` is null where the automation is gone. */
  constructor(base, automationID, graph, session) {
    Object.assign(this, { base, automationID, graph, session });
    this.note = h("p", { class: "soft small" });
    this.cancelButton = h("button", { class: "danger", onclick: () => this.cancel() }, "Cancel");
    this.retryButton = h("button", { class: "quiet", onclick: () => this.startAnother("retry", {}, this.retryButton) },
      "Retry from where it failed");
    this.status = h("span", {});
    this.error = h("p", { class: "problem" });
    this.head = this.makeHead();
    this.questions = h("div", {});
    this.forms = new Keyed(this.questions, (question) => ({ element: this.formFor(question), update() {} }));
    this.asked = "";
    this.steps = h("div", { id: "steps" });
    this.boxes = new Keyed(this.steps, (record) => new StepBox(record, (button) => this.rerun(record, button)));
    this.update(session.steps);
  }

  makeHead() {
    const { session } = this;
    const began = h("time", {});
    setTime(began, session.created_at);
    const inputs = new Fields("Inputs");
    inputs.update(session.inputs);
    return h("div", { id: "session" },
      h("div", { class: "row" }, this.status, h("span", { class: "soft" }, "began ", began), h("code", { class: "soft small" }, session.id)),
      this.error, inputs.element, h("div", { class: "actions" }, this.cancelButton, this.retryButton), this.note);
  }

  get hasEnded() { return hasEnded(this.session); }

  get asking() { return this.hasEnded ? [] : this.session.steps.filter(isAsking); }

  say(text) { setText(this.note, text); announce(text); }

  /** Takes an event of the session's stream. */
  take({ kind, content }) {
    if (kind === "text") { this.boxes.get(content.id)?.add(content.text); return; }
    setText(this.note, "");
    if (kind === "step") this.takeStep(content);
    else if (kind === "session") this.takeSession(content);
  }

  takeSession(session) {
    this.session = session;
    this.update(session.steps);
  }

  takeStep(record) {
    const { session } = this;
    const place = session.steps.findLastIndex((one) => one.id === record.id);
    if (place < 0) session.steps.push(record); else session.steps[place] = record;
    if (session.status === "NEW") session.status = "RUNNING";
    this.update([record]);
  }

  /** Shows the session, and of its records those that changed. */
  update(changed) {
    const { session } = this;
    const status = session.status === "RUNNING" && this.asking.length > 0 ? "WAITING" : session.status;
    setStatus(this.status, status);
    setText(this.error, session.error || "");
    setShown(this.error, Boolean(session.error));
    setShown(this.cancelButton, !this.hasEnded);
    setShown(this.retryButton, session.status === "FAILED");
    for (const record of changed) this.boxes.put(record.id, record);
    if (this.graph) this.colour();
    announce(`The session is ${words[status]}.`);
    this.ask();
  }

  colour() {
    const statuses = new Map();
    for (const record of this.session.steps) statuses.set(record.step.name, isAsking(record) ? "WAITING" : record.status);
    this.graph.colour(statuses);
  }

  /** Shows a form for each question that waits. */
  async ask() {
    const asked = this.asking.map((record) => record.id).join();
    if (this.asked === asked) return;
    this.asked = asked;
    try {
      const questions = asked ? await read(`${this.base}/questions`) : [];
      if (this.asked !== asked) return;
      this.forms.update(questions);
      // The focus of somebody who is busy elsewhere stays where it is.
      const isFree = document.activeElement === document.body || document.activeElement.id === "main";
      if (isFree) this.questions.querySelector("button, input, textarea, select")?.focus();
    } catch (error) {
      this.say(error.message);
    }
  }

  formFor(question) {
    return answerForm(question, async (answer, key) => {
      // The stream tells what comes of it, and may have told the end by the time this is answered.
      await send(`${this.base}/user_input`, {
        method: "PATCH", json: { user_input: answer, step: question.id }, headers: { "Idempotency-Key": key },
      });
    });
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

/** One step record. */
class StepBox {
  constructor({ step, created_at: createdAt }, rerun) {
    this.status = h("span", {});
    this.took = h("span", { class: "soft small" });
    this.error = h("p", { class: "problem" });
    this.words = h("pre", {});
    this.live = h("div", { hidden: true }, h("p", { class: "soft small" }, "The model writes:"), this.words);
    this.text = h("pre", {});
    this.result = h("dl", {}, h("dt", {}, "Result"), h("dd", {}, this.text));
    this.prompt = new Fields("Prompt");
    this.began = h("time", {});
    this.changed = h("time", {});
    setTime(this.began, createdAt);
    const again = h("button", { class: "quiet", onclick: () => rerun(again) }, "Rerun from here");
    this.element = h("details", {},
      h("summary", {}, h("span", { class: "row" }, h("span", { class: "name" }, step.name), this.status,
        h("span", { class: "soft small" }, step.step_type), this.took)),
      h("div", { class: "inside" }, this.error, this.live, this.result, this.prompt.element,
        h("p", { class: "soft small" }, "began ", this.began, ", changed ", this.changed),
        h("div", { class: "actions" }, again)));
  }

  /** Words of a model, behind those that came before; the first ones open the box, and who closes it then has it closed. */
  add(text) {
    if (this.live.hidden) { this.live.hidden = false; this.element.open = true; }
    this.words.append(text);
  }

  update(record) {
    const hasFailed = record.status === "FAILED" && this.shownStatus !== "FAILED" && record.error !== "cancelled";
    this.shownStatus = record.status;
    if (hasFailed) this.element.open = true;
    setStatus(this.status, isAsking(record) ? "WAITING" : record.status);
    setText(this.took, took(record));
    setText(this.error, record.error || "");
    setShown(this.error, Boolean(record.error));
    if (record.status !== "RUNNING") setShown(this.live, false);
    setText(this.text, pretty(record.result || ""));
    setShown(this.result, Boolean(record.result));
    const { type, ...prompt } = record.prompt || {};
    this.prompt.update(prompt);
    setTime(this.changed, record.updated_at);
  }
}

/** The fields of a record, each as the text that it is, in a box that opens. */
class Fields {
  constructor(title) {
    const list = h("dl", {});
    this.element = h("details", { hidden: true }, h("summary", {}, title), h("div", { class: "inside" }, list));
    this.fields = new Keyed(list, ([name]) => {
      const text = h("pre", {});
      return { element: h("div", {}, h("dt", {}, name), h("dd", {}, text)), update: ([, value]) => setText(text, textOf(value)) };
    });
  }

  update(values) {
    const entries = Object.entries(values || {});
    this.fields.update(entries, ([name]) => name);
    setShown(this.element, entries.length > 0);
  }
}
