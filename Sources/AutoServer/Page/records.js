// The records of a session: one box a record, and the visits of a step that ran several times folded into one
// line.

import { h, Keyed, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { timeAtWork } from "/timeline.js";
import { RecordTrace } from "/trace.js";
import { brief, elementText, ValueView } from "/values.js";
import { counted, countedStatus, duration, hasEnded, placeOf, setStatus, setTime, shortID, statusOf,
  took } from "/words.js";

/**
 * So many of a step's newest visits are shown when its line is opened, so many more by a button, and so many
 * at most while they come by themselves.
 */
const shownVisits = 30, moreVisits = 60, mostVisits = 200;

export class Records {
  /** `rerun` is called with a record and its button; without it, no record can be run again. */
  constructor(rerun) {
    this.rerun = rerun;
    this.element = h("div", { id: "steps" });
    this.groups = new Keyed(this.element, (group) => group.view);
    this.steps = new Map();
    this.places = new Map();
    this.facts = new Map();
    /** The events of the trace by the records' ids. */
    this.traces = new Map();
    this.words = new Map();
  }

  /** Shows these records, which are new or have changed. */
  update(records) {
    const touched = new Set();
    for (const record of records) {
      const name = record.step.name;
      if (!this.steps.has(name)) this.steps.set(name, new Visits(this, name));
      const group = this.steps.get(name);
      if (!this.places.has(record.id)) this.places.set(record.id, group.records.length);
      group.set(this.places.get(record.id), record);
      touched.add(group);
      if (hasEnded(record)) this.words.delete(record.id);
    }
    for (const group of touched) this.groups.put(group.name, group);
  }

  /** What the timeline knows of each record: its visit, its element, its time to the millisecond. */
  setFacts(rows) {
    for (const row of rows) this.facts.set(row.id, row);
    for (const group of this.steps.values()) group.view.update(group);
  }

  /**
   * Words of a model that have just come. They are kept until the record has its result. `whole` ones stand in
   * place of those that came before.
   */
  addWords({ id, text, whole, left_out: leftOut }) {
    const piece = leftOut > 0 ? `…${text}` : text;
    this.words.set(id, (whole ? "" : this.words.get(id) || "") + piece);
    for (const { view } of this.steps.values())
      if (!view.body.hidden) view.boxes.get(id)?.add(piece, whole);
  }

  /** Leads the reader to a step's records, or to one of them. */
  goTo(name, id) {
    const group = this.steps.get(name);
    if (!group) return;
    const record = id ? this.places.get(id) : group.records.length - 1;
    group.view.goTo(record, Boolean(id) || group.records.length === 1);
  }
}

/**
 * The records of a step, and how many of them stand how: counted as they change, since a loop may leave
 * thousands.
 */
class Visits {
  constructor(owner, name) {
    this.name = name;
    this.records = [];
    this.tally = new Map();
    this.view = new StepGroup(owner, name);
  }

  set(place, record) {
    const before = this.records[place] && statusOf(this.records[place]), status = statusOf(record);
    this.records[place] = record;
    if (before === status) return;
    if (before) this.tally.set(before, this.tally.get(before) - 1);
    this.tally.set(status, (this.tally.get(status) || 0) + 1);
  }
}

/** All visits of a step. One alone is its box; several stand behind a line that counts them. */
class StepGroup {
  constructor(owner, name) {
    Object.assign(this, { owner, name });
    // The visits that are shown: from this one up to that one.
    this.from = null;
    this.to = 0;
    this.records = [];
    this.count = h("span", { class: "count" });
    this.tallyPlace = h("span", { class: "tally" });
    this.type = h("span", { class: "type" });
    this.took = h("span", { class: "soft small took" });
    this.head = h("button",
      { type: "button", class: "group-head", hidden: true, "aria-expanded": "false",
        onclick: () => this.open(this.body.hidden) },
      h("span", { class: "name" }, name), this.count, this.tallyPlace, this.type, this.took);
    this.earlier = quietButton("", () => this.show(Math.max(0, this.from - moreVisits), this.to),
      { class: "quiet small", hidden: true });
    const nextTo = () => Math.min(this.records.length, this.to + moreVisits);
    this.later = quietButton("", () => this.show(this.from, nextTo()), {
      class: "quiet small", hidden: true,
    });
    const list = h("div", { class: "visits" });
    this.body = h("div", { class: "group-body" }, this.earlier, list, this.later);
    this.boxes = new Keyed(list, (record) => new VisitBox(record, owner));
    this.element = h("section", { class: "group", "aria-label": name }, this.head, this.body);
  }

  /** Takes the reader's place into account: what they read is not folded away under them. */
  update({ records, tally }) {
    this.records = records;
    const isMany = records.length > 1;
    if (isMany && this.head.hidden) {
      const isRead = this.body.querySelector("details[open]") || this.body.contains(document.activeElement)
        || (!getSelection().isCollapsed && getSelection().containsNode(this.body, true));
      setShown(this.head, true);
      this.element.classList.add("many");
      this.open(Boolean(isRead));
    }
    if (isMany) this.tell([...tally].filter(([, number]) => number > 0));
    if (!this.body.hidden) this.draw();
  }

  tell(tally) {
    const { records } = this;
    const last = records.at(-1);
    setText(this.count,
      this.fact(records[0])?.element ? counted(records.length, "element") : counted(records.length, "visit"));
    setText(this.type, last.step.step_type);
    this.tallies ||= new Keyed(this.tallyPlace, ([status]) => {
      const element = h("span", {});
      return { element, update: ([, number]) => {
        setAttribute(element, "class", `status ${status}`);
        setText(element, countedStatus(number, status));
      } };
    });
    this.tallies.update(tally, ([status]) => status);
    const isOver = tally.every(([status]) => ["FINISHED", "FAILED", "CANCELLED"].includes(status));
    const whole = isOver ? timeAtWork(records.map((record) => this.fact(record))) : null;
    setText(this.took, whole === null ? "" : duration(whole));
  }

  fact(record) { return this.owner.facts.get(record.id); }

  open(isOpen) {
    setShown(this.body, isOpen);
    setAttribute(this.head, "aria-expanded", String(isOpen));
    if (isOpen) this.draw();
  }

  show(from, to) {
    [this.from, this.to] = [from, to];
    this.draw();
  }

  /** The boxes of the newest visits, of those that came since, and of those that were asked for. */
  draw() {
    const { records } = this;
    this.from ??= Math.max(0, records.length - shownVisits);
    this.to = Math.max(this.to, Math.min(records.length, this.from + mostVisits));
    const isMany = records.length > 1;
    this.boxes.update(records.slice(this.from, this.to), (record) => record.id);
    for (let place = this.from; place < this.to; place += 1) {
      this.boxes.get(records[place].id).tell(this.fact(records[place]), isMany ? place + 1 : null);
    }
    const after = records.length - this.to;
    setText(this.earlier, `Show earlier ones (${this.from.toLocaleString("en")})`);
    setShown(this.earlier, this.from > 0);
    setText(this.later, `Show later ones (${after.toLocaleString("en")})`);
    setShown(this.later, after > 0);
  }

  /** The box of a visit; one that is not shown comes into view with those around it. */
  box(id, place) {
    if (this.body.hidden) this.open(true);
    if (place < this.from || place >= this.to) {
      const from = Math.max(0, place - shownVisits / 2);
      this.show(from, Math.min(this.records.length, from + shownVisits));
    }
    return this.boxes.get(id);
  }

  goTo(place, opensBox) {
    const record = this.records[place];
    if (this.body.hidden) this.open(true);
    const box = this.box(record.id, place);
    if (opensBox) box.element.open = true;
    const target = opensBox ? box.element.firstElementChild : this.head;
    target.scrollIntoView({ block: opensBox ? "start" : "nearest", behavior: "smooth" });
    target.focus({ preventScroll: true });
    const seen = opensBox ? box.element : this.element;
    seen.classList.remove("found");
    requestAnimationFrame(() => seen.classList.add("found"));
  }
}

/** One record. What is inside is made when it is first opened. */
class VisitBox {
  constructor(record, owner) {
    Object.assign(this, { record, owner });
    this.name = h("span", { class: "name" }, record.step.name);
    this.number = h("span", { class: "number" });
    this.item = h("span", { class: "item" });
    this.status = h("span", {});
    this.type = h("span", { class: "type" }, record.step.step_type);
    this.took = h("span", { class: "soft small took" });
    this.preview = h("span", { class: "soft small preview" });
    this.called = h("a", { class: "small", hidden: true }, "");
    this.element = h("details", { class: "visit", ontoggle: () => this.fill() },
      h("summary", {},
        h("span", { class: "row" }, this.name, this.number, this.item, this.status, this.called, this.preview,
          this.type, this.took)));
  }

  update(record) {
    const isNewlyFailed = record.status === "FAILED" && this.shown !== "FAILED"
      && record.error !== "cancelled";
    this.record = record;
    this.shown = record.status;
    setStatus(this.status, statusOf(record));
    if (isNewlyFailed) this.element.open = true;
    this.fill();
  }

  /**
   * `number` counts the visits, null for a step that ran once; `fact` is the timeline's row, where it is
   * known.
   */
  tell(fact, number) {
    const element = fact?.element;
    setText(this.number, number ? `#${number}` : "");
    setShown(this.number, number && !element);
    setText(this.item, element ? elementText(element) : "");
    setShown(this.item, element);
    const { record } = this;
    setText(this.preview,
      number ? brief(record.error && record.error !== "cancelled" ? record.error : record.result || "", 90)
      : "");
    setShown(this.preview, this.preview.firstChild?.data);
    setText(this.took,
      !hasEnded(record) ? "" : fact?.ended_at_ms ? duration(fact.ended_at_ms - fact.began_at_ms)
      : took(record));
    setShown(this.called, fact?.called);
    if (fact?.called) {
      setAttribute(this.called, "href", placeOf(fact.called));
      setText(this.called, `session ${shortID(fact.called.id)}`);
    }
    this.inside?.tell(this.owner.traces.get(record.id));
  }

  fill() {
    if (!this.element.open && !this.inside) return;
    if (!this.inside) {
      const { rerun, words } = this.owner;
      this.inside = new VisitInside(this.record, rerun, words.get(this.record.id));
      this.element.append(this.inside.element);
      this.inside.tell(this.owner.traces.get(this.record.id));
    }
    this.inside.update(this.record);
  }

  /**
   * Words of a model, behind those that came before; the first ones open the box, and who closes it then has
   * it closed. `whole` ones stand in place of those.
   */
  add(text, whole) {
    if (!this.hasWords) this.element.open = true;
    this.hasWords = true;
    if (this.inside) this.inside.add(text, whole); else this.fill();
  }
}

class VisitInside {
  /** `words` are those of a model that have come already. */
  constructor(record, rerun, words) {
    this.error = h("p", { class: "problem" });
    this.words = h("pre", { class: "prose" });
    this.live = h("div", { hidden: true }, h("p", { class: "soft small" }, "The model writes:"), this.words);
    this.result = new ValueView("the result");
    this.resultPart = h("div", { class: "part" }, h("h3", {}, "Result"), this.result.element);
    this.prompt = new Fields("Prompt");
    this.trace = new RecordTrace();
    this.began = h("time", {});
    this.changed = h("time", {});
    setTime(this.began, record.created_at);
    const again = rerun
      && quietButton("Rerun from here", () => rerun(record, again),
      { class: "quiet small", title: "Starts a new session that takes over everything before this visit" });
    this.element = h("div", { class: "inside" }, this.error, this.live, this.resultPart, this.prompt.element,
      this.trace.element, h("div", { class: "foot" },
        h("p", { class: "soft small" }, "began ", this.began, ", changed ", this.changed), again));
    if (words) this.add(words);
  }

  /** Takes what the trace has of the record; undefined where that is nothing. */
  tell(events) { this.trace.update(events || []); }

  add(text, whole) {
    setShown(this.live, true);
    if (whole) this.words.replaceChildren(text); else this.words.append(text);
  }

  update(record) {
    const isCancelled = statusOf(record) === "CANCELLED";
    setText(this.error, isCancelled ? "Cancelled before it ended." : record.error || "");
    setAttribute(this.error, "class", isCancelled ? "soft" : "problem");
    setShown(this.error, record.error);
    if (record.status !== "RUNNING") setShown(this.live, false);
    if (record.result) this.result.update(record.result);
    setShown(this.resultPart, record.result);
    const { type, ...prompt } = record.prompt || {};
    this.prompt.update(prompt);
    setTime(this.changed, record.updated_at);
  }
}

/**
 * The fields of a record, each as the value that it is, behind a line that opens; they are drawn when it
 * first does.
 */
export class Fields {
  constructor(title, isOpen = false) {
    this.list = h("dl", { class: "prompt" });
    this.values = {};
    this.element = h("details", { class: "plain", hidden: true, open: isOpen, ontoggle: () => this.draw() },
      h("summary", {}, title), this.list);
    this.fields = new Keyed(this.list, ([name]) => {
      const view = new ValueView(name, { isSmall: true });
      return { element: h("div", {}, h("dt", {}, name), h("dd", {}, view.element)),
        update: ([, value]) => view.update(value) };
    });
  }

  update(values) {
    this.values = values || {};
    setShown(this.element, Object.keys(this.values).length > 0);
    this.draw();
  }

  draw() { if (this.element.open) this.fields.update(Object.entries(this.values), ([name]) => name); }
}
