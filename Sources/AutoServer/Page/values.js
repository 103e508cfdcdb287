// Values for people: texts with their line breaks, tables as tables, nested values folded, and what is long
// cut.

import { copyButton, h, quietButton, setShown } from "/dom.js";
import { Digits, readJSON } from "/json.js";
import { counted } from "/words.js";

const shownCharacters = 4_000, shownLines = 60, shownRows = 20, moreRows = 500, shownColumns = 12;

/** What a record's text says: a value where it is JSON with a structure, else the text. */
function parsed(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  try { return readJSON(text); } catch { return text; }
}

/** A place for a value that may change; it is drawn anew only when it does. */
export class ValueView {
  /** `name` says what is copied; with `isSmall`, what fits a line stands there without a box. */
  constructor(name, { isSmall = false } = {}) {
    this.isSmall = isSmall;
    this.body = h("div", { class: "value-body" });
    this.tools = h("div", { class: "value-tools" }, copyButton(() => this.text, name));
    this.element = h("div", { class: "value" }, this.tools, this.body);
    this.text = null;
  }

  /** `value` is the text of a record, or a value of its own. */
  update(value) {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    if (text === this.text) return;
    this.text = text;
    const isLine = this.isSmall && text.length < 120 && !text.includes("\n");
    setShown(this.tools, !this.isSmall || text.length > 300);
    this.body.replaceChildren(isLine && isScalar(value) ? h("p", {}, scalar(value))
      : drawn(typeof value === "string" ? parsed(value) : value));
  }
}

/** The element that shows a value. */
export function drawn(value, depth = 0) {
  if (typeof value === "string") return textBox(value);
  if (isScalar(value)) return h("p", {}, scalar(value));
  if (Array.isArray(value)) return drawnList(value, depth);
  return drawnRecord(value, depth);
}

/** A value in one line, as far as there is room. */
export function brief(value, length = 60) {
  const whole = typeof value === "string" ? value : isScalar(value) ? String(value) : JSON.stringify(value);
  // A value may be a megabyte long; its first letters are enough.
  const letters = [...whole.slice(0, length * 4).trim().replace(/\s+/g, " ")];
  const isCut = letters.length > length || whole.length > length * 4;
  return isCut ? `${letters.slice(0, length).join("")}…` : letters.join("");
}

/** Which element of `each` a visit is of, `{ index, count, item }` with its index from 0, in a line. */
export function elementText({ index, count, item }) {
  return `${brief(item ?? "element", 40)} (${index + 1} of ${count})`;
}

function isScalar(value) { return value === null || typeof value !== "object" || value instanceof Digits; }

function isFlat(value) { return isScalar(value) && !(typeof value === "string" && value.length > 400); }

function isRecord(value) { return !isScalar(value) && !Array.isArray(value); }

function scalar(value) {
  if (typeof value === "string") return h("span", { class: "plain" }, value);
  return h("span", { class: `scalar ${value === null ? "null" : typeof value}` },
    value === null ? "null" : String(value));
}

// Texts.

/** Columns, trees and code keep letters of one width; prose is easier to read without. */
function isProse(text) { return !/\t| {3}|^\s*[|{<[]|^ {2}\S/m.test(text.slice(0, 20_000)); }

function textBox(text) {
  const box = h("pre", { class: isProse(text) ? "prose" : "", tabindex: "0" });
  const short = cut(text);
  box.append(short);
  if (short.length === text.length) { box.removeAttribute("tabindex"); return box; }
  const lines = text.split("\n").length;
  const all = quietButton(`Show all (${counted(lines, "line")}, ${size(text.length)})`, () => {
    box.append(text.slice(short.length));
    setShown(all, false);
    box.focus();
  }, { class: "quiet small" });
  return h("div", { class: "cut" }, box, all);
}

function cut(text) {
  let end = Math.min(text.length, shownCharacters);
  if (text.length < shownCharacters * 1.25) end = text.length;
  for (let lines = 0, place = text.indexOf("\n"); place >= 0 && place < end;
    place = text.indexOf("\n", place + 1)) {
    lines += 1;
    if (lines === shownLines) { end = place; break; }
  }
  // A pair of surrogates stays together.
  if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

function size(characters) {
  if (characters < 10_000) return `${characters.toLocaleString("en")} characters`;
  return characters < 1_000_000 ? `${Math.round(characters / 1000)} kB`
    : `${(characters / 1_000_000).toFixed(1)} MB`;
}

// Lists and records.

function drawnList(list, depth) {
  if (list.length === 0) return h("p", { class: "soft" }, "an empty list");
  if (list.every((one) => isRecord(one) && Object.values(one).every(isFlat))) {
    const columns = [...new Set(list.slice(0, 1000).flatMap(Object.keys))];
    if (columns.length > 0 && columns.length <= shownColumns)
      return table(columns, list, (row) => columns.map((name) => row[name]));
  }
  if (list.every((one) => Array.isArray(one) && one.length === list[0].length && one.length > 0
      && one.length <= shownColumns && one.every(isFlat))) {
    return table(null, list, (row) => row);
  }
  return inParts(h("ol", { class: "items" }), list, (one) =>
    h("li", {}, isFlat(one) ? scalar(one) : folded(brief(one), one, depth)));
}

function drawnRecord(record, depth) {
  const entries = Object.entries(record);
  if (entries.length === 0) return h("p", { class: "soft" }, "an empty record");
  return inParts(h("dl", { class: "fields" }), entries, ([name, value]) => h("div", {}, h("dt", {}, name),
    h("dd", {}, typeof value === "string" && /\n/.test(value) ? textBox(value)
      : isFlat(value) ? scalar(value)
      : typeof value === "string" ? textBox(value) : folded(about(value), value, depth))));
}

/** What is nested deeper or large opens on demand, and is drawn then. */
function folded(title, value, depth) {
  const isOpen = depth < 1 && JSON.stringify(value).length < 600;
  const inside = h("div", { class: "nested" });
  const box = h("details", { class: "fold", open: isOpen, ontoggle: draw }, h("summary", {}, title), inside);
  function draw() { if (box.open && !inside.firstChild) inside.append(drawn(value, depth + 1)); }
  draw();
  return box;
}

function about(value) {
  if (Array.isArray(value)) return counted(value.length, "item");
  return brief(Object.keys(value).join(", "), 50) || "empty";
}

/** The first items, and a button for the next ones. */
function inParts(parent, items, make, container = parent) {
  let shown = 0;
  const add = (count) => {
    const upTo = Math.min(items.length, shown + count);
    parent.append(...items.slice(shown, upTo).map((item, index) => make(item, shown + index)));
    shown = upTo;
  };
  add(items.length <= shownRows * 1.5 ? items.length : shownRows);
  if (shown === items.length) return container;
  const rest = () => (items.length - shown <= moreRows ? `Show all ${items.length.toLocaleString("en")}`
    : `Show ${moreRows} more of ${items.length.toLocaleString("en")}`);
  const more = quietButton(rest(), () => {
    add(moreRows);
    more.textContent = rest();
    setShown(more, shown < items.length);
  }, { class: "quiet small" });
  return h("div", { class: "cut" }, container, more);
}

function table(columns, rows, cells) {
  const places = cells(rows[0]).map((_, place) => place);
  const isNumber = (cell) => typeof cell === "number" || cell instanceof Digits || cell === undefined
    || cell === null;
  const isNumeric = places.map((place) => rows.slice(0, 50).every((row) => isNumber(cells(row)[place])));
  const kind = (place) => (isNumeric[place] ? "number" : undefined);
  const body = h("tbody", {});
  const head = columns && h("thead", {}, h("tr", {},
    h("th", { class: "count", scope: "col" }, h("span", { class: "unseen" }, "Row")),
    columns.map((name, place) => h("th", { scope: "col", class: kind(place) }, name))));
  const label = `Table of ${counted(rows.length, "row")}`;
  const box = h("div", { class: "table", tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, head, body));
  const line = (row, index) => h("tr", {}, h("td", { class: "count" }, String(index + 1)),
    cells(row).map((cell, place) => h("td", { class: isLong(cell) ? "long" : kind(place) }, cellOf(cell))));
  return inParts(body, rows, line, box);
}

/** Where a table is wider than the screen, such a cell is not squeezed to a word a line. */
function isLong(cell) { return typeof cell === "string" && cell.length > 24; }

function cellOf(cell) {
  if (cell === null) return h("span", { class: "soft" }, "–");
  return cell === undefined ? "" : String(cell);
}
