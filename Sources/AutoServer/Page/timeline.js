// A session in time: a line for each step, a bar for each visit. What runs at once stands one below the
// other.

import { h, Keyed, setAttribute, setShown, setText } from "/dom.js";
import { elementText } from "/values.js";
import { counted, duration, hasEnded, statusOf, words } from "/words.js";

/** Bars nearer to each other than this part of the width are drawn as one. */
const grain = 0.002, shownLanes = 5;

/** A wait that is drawn short is drawn as half the work, and as half of so many milliseconds at least. */
const shortestWait = 2000;

/** What a row needs to know of its record to be drawn as what it is. */
export function kindOf(record) {
  return { isWait: record.step.step_type === "GET_USER_INPUT",
    isCancelled: statusOf(record) === "CANCELLED" };
}

/** `pick` is called with the name of a step and, where a bar was clicked, the id of its record. */
export class Timeline {
  constructor(pick) {
    this.pick = pick;
    this.rows = new Map();
    this.ticks = h("div", { class: "ticks", "aria-hidden": "true" });
    const lines = h("ol", { class: "lines" });
    this.lines = new Keyed(lines, (line) => new Line(line, pick));
    this.note = h("p", { class: "soft small" });
    this.empty = h("p", { class: "soft" }, "");
    this.element = h("div",
      { class: "timeline", role: "region", tabindex: "0", "aria-label": "Timeline of the steps" },
      this.ticks, lines, this.empty, this.note);
  }

  get list() { return [...this.rows.values()]; }

  /**
   * Takes what the server knows: `[{ id, step, element, visit, status, began_at_ms, ended_at_ms }]`, with
   * what `kindOf` gives.
   */
  set(rows) {
    this.isKnown = true;
    for (const row of rows) this.rows.set(row.id, row);
    this.draw();
  }

  /** Takes a record that has just changed, before the server is asked for the exact times. */
  take(record, now) {
    const known = this.rows.get(record.id);
    this.rows.set(record.id, {
      element: null, visit: 1, began_at_ms: now, ...known, ...kindOf(record), id: record.id,
      step: record.step.name, status: record.status,
      ended_at_ms: hasEnded(record) ? known?.ended_at_ms ?? now : null,
    });
  }

  draw(now = Date.now()) {
    const rows = this.list.filter((row) => row.status !== "NEW")
      .map((row) => ({ ...row, until: row.ended_at_ms ?? Math.max(now, row.began_at_ms) }))
      .sort((a, b) => a.began_at_ms - b.began_at_ms);
    setText(this.empty, this.isKnown ? "No step has begun." : "Loading …");
    setShown(this.empty, rows.length === 0);
    setShown(this.ticks, rows.length > 0);
    if (rows.length === 0) return;
    const scale = new Scale(rows);
    const lines = new Map();
    for (const row of rows) {
      if (!lines.has(row.step)) lines.set(row.step, { step: row.step, rows: [], scale });
      lines.get(row.step).rows.push(row);
    }
    this.lines.update([...lines.values()], (line) => line.step);
    this.drawTicks(scale);
    setText(this.note, scale.hasGaps ? "Long waits are drawn short (hatched)." : "");
  }

  drawTicks(scale) {
    this.ticks.replaceChildren(...scale.ticks().map(({ at, text }) => {
      const tick = h("span", { class: at > 0.9 ? "tick last" : "tick" }, text);
      tick.style.setProperty("--at", at);
      return tick;
    }));
  }
}

/**
 * From a time to a place between 0 and 1. Where nothing but a person was waited for, long times are drawn
 * short.
 */
class Scale {
  constructor(rows) {
    this.begin = rows.reduce((least, row) => Math.min(least, row.began_at_ms), Infinity);
    this.end = Math.max(this.begin + 1, rows.reduce((most, row) => Math.max(most, row.until), 0));
    const busy = merged(rows.filter((row) => !row.isWait).map((row) => [row.began_at_ms, row.until]), 0);
    // Beside work that was done in no time a wait is seen to be the longer one all the same.
    const work = Math.max(sum(busy), shortestWait);
    this.parts = [];
    let place = this.begin;
    const quiet = (until) => {
      if (until <= place) return;
      const length = until - place, isLong = length > 2 * work && length > 2000;
      this.parts.push({ from: place, until, size: isLong ? work * 0.5 : length, isLong });
    };
    for (const [from, until] of busy) {
      quiet(from);
      this.parts.push({ from, until, size: until - from });
      place = until;
    }
    quiet(this.end);
    this.total = this.parts.reduce((sum, part) => sum + part.size, 0) || 1;
    this.hasGaps = this.parts.some((part) => part.isLong);
  }

  at(time) {
    let before = 0;
    for (const part of this.parts) {
      if (time <= part.until)
        return (before + (part.size * Math.max(0, time - part.from)) / Math.max(1, part.until - part.from))
        / this.total;
      before += part.size;
    }
    return 1;
  }

  ticks() {
    const total = this.end - this.begin;
    if (this.hasGaps) return [{ at: 0, text: "0" }, { at: 1, text: duration(total) }];
    const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000,
      120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000];
    const step = steps.find((one) => total / one <= 4) || total / 3;
    const ticks = [];
    for (let time = 0; time <= total * 0.7; time += step)
      ticks.push({ at: time / total, text: time === 0 ? "0" : duration(time) });
    ticks.push({ at: 1, text: duration(total) });
    return ticks;
  }
}

/** The milliseconds in which at least one of the rows that have ended was at work; null where none has. */
export function timeAtWork(rows) {
  const ended = rows.filter((row) => row?.ended_at_ms).map((row) => [row.began_at_ms, row.ended_at_ms]);
  return ended.length === 0 ? null : sum(merged(ended, 0));
}

function sum(spans) { return spans.reduce((whole, [from, until]) => whole + until - from, 0); }

/** Spans of time, joined where they touch or lie nearer than `gap`. */
function merged(spans, gap) {
  const result = [];
  for (const [from, until] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1] + gap) last[1] = Math.max(last[1], until); else result.push([from, until]);
  }
  return result;
}

class Line {
  constructor({ step }, pick) {
    this.label = h("button", { type: "button", class: "step", onclick: () => pick(step) });
    this.track = h("div", { class: "track" });
    this.track.addEventListener("click", (event) => pick(step, event.target.dataset.record));
    this.bars = new Keyed(this.track, (bar) => new Bar(bar));
    this.element = h("li", { class: "line" }, this.label, this.track);
  }

  update({ step, rows, scale }) {
    setText(this.label, step);
    const last = rows.at(-1);
    const whole = sum(merged(rows.map((row) => [row.began_at_ms, row.until]), 0));
    const visits = rows.length > 1 ? counted(rows.length, "visit") : null;
    const about = [step, visits, words[shownStatus(last)], duration(whole)].filter(Boolean).join(", ");
    setAttribute(this.label, "aria-label", about);
    setAttribute(this.label, "title", about);
    const bars = bundled(rows, scale);
    this.track.style.setProperty("--lanes", Math.max(1, ...bars.map((bar) => bar.lane + 1)));
    this.bars.update(bars);
  }
}

function shownStatus(row) {
  if (row.isWait && row.status === "RUNNING") return "WAITING";
  return row.isCancelled ? "CANCELLED" : row.status;
}

/**
 * The bars of a step: visits at one time in lanes of their own, and those too near to be told apart as one.
 */
function bundled(rows, scale) {
  const bars = [], ends = [];
  for (const row of rows) {
    const [from, to] = [scale.at(row.began_at_ms), scale.at(row.until)];
    let lane = ends.findIndex((end) => end <= row.began_at_ms);
    if (lane < 0) lane = Math.min(ends.length, shownLanes - 1);
    ends[lane] = Math.max(ends[lane] || 0, row.until);
    const last = bars.findLast((bar) => bar.lane === lane);
    const status = shownStatus(row);
    if (last && last.status === status && from - last.to < grain
      && (to - from < 0.01 || last.to - last.from < 0.01)) {
      last.to = Math.max(last.to, to);
      last.rows.push(row);
    } else {
      bars.push({ id: row.id, lane, from, to, status, isWait: row.isWait, rows: [row] });
    }
  }
  return bars;
}

class Bar {
  constructor({ id }) { this.element = h("span", { "data-record": id }); }

  update({ lane, from, to, status, isWait, rows }) {
    setAttribute(this.element, "class", `bar ${status}${isWait ? " wait" : ""}`);
    const { style } = this.element;
    for (const [name, value] of [["--from", from], ["--to", to], ["--lane", lane]])
      style.setProperty(name, value);
    setAttribute(this.element, "title", titleOf(rows, status));
  }
}

function titleOf(rows, status) {
  const [row] = rows;
  if (rows.length > 1) return `${row.step}: ${counted(rows.length, "visit")}, ${words[status]}`;
  const element = row.element ? ` – ${elementText(row.element)}` : row.visit > 1 ? ` #${row.visit}` : "";
  return `${row.step}${element}: ${words[status]}, ${duration(row.until - row.began_at_ms)}`;
}
