// Begins a batch: a table of inputs is pasted or chosen, looked at by the server, and started.

import { newKey, read, withQuery } from "/client.js";
import { h, Keyed, setAttribute, setShown, setText } from "/dom.js";
import { announce } from "/frame.js";
import { largestAtOnce, usualAtOnce } from "/limits.js";
import { brief } from "/values.js";
import { counted } from "/words.js";

/** How long nothing has to be typed before the table is looked at, in milliseconds. */
const rest = 400;

/** A file is shown in the field up to so many characters; a larger one is kept beside it. */
const shownCharacters = 20_000;

/** So many different problems are listed, and so many lines of one. */
const shownProblems = 20, shownLines = 5;

/** What a table is sent as, by the end of its file's name. */
const types = { csv: "text/csv", tsv: "text/tab-separated-values", tab: "text/tab-separated-values",
  jsonl: "application/jsonl", ndjson: "application/x-ndjson", json: "application/json" };

/** What a table is sent as: what its file's name says, else what it looks like. */
function typeOf(text, name) {
  const known = types[name.split(".").at(-1).toLowerCase()];
  const start = text.trimStart();
  if (start.startsWith("[")) return types.json;
  if (start.startsWith("{")) return types.jsonl;
  if (known) return known;
  return start.split("\n", 1)[0].includes("\t") ? types.tsv : types.csv;
}

/** A list in JSON goes into the request as it is written, so that no number of it is rounded. */
function requestOf(text, name) {
  const type = typeOf(text, name);
  return { type, body: type === types.json ? `{"inputs": ${text.trim()}}` : text };
}

/** Where a row stands that the server speaks of, in words; nothing where it speaks of the whole table. */
function placeOf([, list, number]) {
  if (list === "inputs" && typeof number === "number") return `Row ${number + 1}`;
  return typeof list === "number" ? `Line ${list}` : "";
}

/** Problems of one kind as one, each `{ text, places }`. */
function grouped(problems) {
  const groups = new Map();
  for (const { loc, msg } of problems) {
    const group = groups.get(msg) || { text: msg, places: [] };
    const place = placeOf(loc);
    if (place && !group.places.includes(place)) group.places.push(place);
    groups.set(msg, group);
  }
  return [...groups.values()];
}

function placesInWords(places) {
  const more = places.length - shownLines;
  const shown = places.slice(0, shownLines).join(", ");
  return more > 0 ? `${shown} and ${counted(more, "more place")}` : shown;
}

export class BatchForm {
  /** `base` is the automation's path in the API, `id` its id. */
  constructor(base, id, signal) {
    Object.assign(this, { base, id, signal, file: null, looks: 0 });
    this.makeFields();
    this.preview = new Preview();
    this.state = h("p", { class: "soft small", id: "batch-state" });
    this.problem = h("p", { class: "problem", role: "alert" });
    this.start = h("button", { type: "submit", disabled: true }, "Start");
    const form = h("form", { novalidate: true, onsubmit: (event) => this.submit(event) },
      h("div", { class: "field" }, h("label", { for: "batch-rows" }, "Rows"), this.rows, this.hint),
      h("div", { class: "field file" }, h("label", { for: "batch-file" }, "or a file"), this.chooser,
        this.chosen),
      h("div", { class: "field" }, h("label", { for: "batch-at-once" }, "At once"), this.atOnce,
        h("p", { class: "soft small hint", id: "batch-at-once-hint" },
          `How many run at the same time, 1 to ${largestAtOnce.toLocaleString("en")}.`)),
      this.state, this.preview.element, this.problem, h("div", { class: "actions" }, this.start));
    this.element = h("details", { class: "plain", id: "batch-form" },
      h("summary", {}, "Start one for each row of a table"), form);
  }

  makeFields() {
    this.hint = h("p", { class: "soft small hint", id: "batch-hint" });
    this.rows = h("textarea", { id: "batch-rows", class: "code", rows: "4", spellcheck: "false",
      "aria-describedby": "batch-hint batch-state", oninput: () => this.typed() });
    this.chooser = h("input", { id: "batch-file", type: "file",
      accept: Object.keys(types).map((one) => `.${one}`).join(","), onchange: () => this.choose() });
    this.chosen = h("p", { class: "soft small", hidden: true });
    this.atOnce = h("input", { id: "batch-at-once", inputmode: "numeric", autocomplete: "off",
      value: usualAtOnce, "aria-describedby": "batch-at-once-hint",
      oninput: () => { setText(this.problem, ""); setAttribute(this.atOnce, "aria-invalid", "false"); } });
  }

  /** Takes the schema of the inputs, whose names head a table. */
  take(schema) {
    this.names = Object.keys(schema.properties || {});
    setShown(this.element, this.names.length > 0);
    setText(this.hint, "CSV or cells of a spreadsheet, with the names of the inputs in the first line: "
      + `${this.names.join(",")}. Or JSON Lines, a record in each.`);
    if (this.text !== "") this.look();
  }

  get text() { return this.file ? this.file.text : this.rows.value; }

  typed() {
    this.file = null;
    this.chooser.value = "";
    setShown(this.chosen, false);
    this.changed();
  }

  async choose() {
    const [file] = this.chooser.files;
    if (!file) return;
    this.looks += 1;
    const look = this.looks;
    let text;
    try { text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()); } catch {
      if (look !== this.looks) return;
      this.key = null;
      this.refuse(new Error(`${file.name} is no text in UTF-8: save it as UTF-8.`));
      return;
    }
    if (look !== this.looks) return;
    this.file = { name: file.name, text };
    this.rows.value = text.length <= shownCharacters ? text : "";
    setText(this.chosen, `${file.name}, ${counted(file.size, "byte")}`);
    setShown(this.chosen, true);
    this.changed();
  }

  /** What was known of the table is not true any more. */
  changed() {
    this.key = newKey();
    this.looks += 1;
    this.start.disabled = true;
    setText(this.start, "Start");
    setText(this.problem, "");
    clearTimeout(this.timer);
    const isEmpty = this.text.trim() === "";
    if (isEmpty) this.preview.clear();
    setText(this.state, isEmpty ? "" : "Looking at the rows …");
    if (!isEmpty) this.timer = setTimeout(() => this.look(), rest);
  }

  ask(path, more = {}) {
    const { type, body } = requestOf(this.text, this.file?.name || "");
    return read(path, { method: "POST", body, signal: this.signal, ...more,
      headers: { "Content-Type": type, ...more.headers } });
  }

  /** Has the server look at the table; only what it says of the newest one counts. */
  async look() {
    this.looks += 1;
    const look = this.looks;
    try {
      const found = await this.ask(`${this.base}/batch_check`);
      if (look === this.looks) this.show(found);
    } catch (error) {
      if (look === this.looks) this.refuse(error);
    }
  }

  show({ rows_count: count, rows, problems }) {
    const groups = grouped(problems);
    this.preview.update(this.names, rows, count, problems, groups);
    const words = problems.length === 0 ? `${counted(count, "row")}, all fit`
      : `${counted(count, "row")}, of which some do not fit: nothing can be started yet`;
    setText(this.state, `${words}.`);
    announce(words);
    setText(this.start, `Start ${counted(count, "session")}`);
    this.start.disabled = problems.length > 0;
  }

  /** What is no table, or what the server does not take; without items it can be tried again as it is. */
  refuse(error) {
    if (error.name === "AbortError") return;
    setText(this.state, "");
    this.preview.clear();
    const groups = grouped(error.items?.length ? error.items : [{ loc: [], msg: error.message }]);
    setText(this.problem, groups.slice(0, shownProblems).map(({ text, places }) =>
      (places.length > 0 ? `${placesInWords(places)}: ${text}` : text)).join("\n"));
    this.start.disabled = Boolean(error.items?.length) || !this.key;
  }

  readAtOnce() {
    const number = Number(this.atOnce.value.trim() || usualAtOnce);
    const fits = Number.isInteger(number) && number >= 1 && number <= largestAtOnce;
    setAttribute(this.atOnce, "aria-invalid", String(!fits));
    if (fits) return number;
    setText(this.problem,
      `At once: expected a whole number from 1 to ${largestAtOnce.toLocaleString("en")}.`);
    this.atOnce.focus();
    return null;
  }

  /** The same table twice starts one batch, also where the answer was lost. */
  async submit(event) {
    event.preventDefault();
    if (this.start.disabled) return;
    const atOnce = this.readAtOnce();
    if (atOnce === null) return;
    setText(this.problem, "");
    this.start.disabled = true;
    try {
      const batch = await this.ask(withQuery(`${this.base}/batches`, { at_once: atOnce }),
        { headers: { "Idempotency-Key": `${this.key}-${atOnce}` } });
      announce("The batch has begun.");
      location.hash = `#/a/${this.id}/b/${batch.id}`;
    } catch (error) { this.refuse(error); }
  }
}

/** The first rows as the server reads them, and what does not fit. */
class Preview {
  constructor() {
    this.head = h("tr", {});
    this.body = h("tbody", {});
    this.caption = h("h3", {});
    this.table = h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "The first rows" },
      h("table", {}, h("thead", {}, this.head), this.body));
    const list = h("ul", { class: "problems", "aria-label": "What does not fit" });
    this.problems = new Keyed(list, ({ text, places }) => {
      const where = h("strong", {});
      return { element: h("li", {}, where, text),
        update: () => setText(where, places.length > 0 ? `${placesInWords(places)}: ` : "") };
    });
    this.more = h("p", { class: "soft small" });
    this.element = h("div", { hidden: true }, this.caption, this.table, list, this.more);
  }

  clear() { setShown(this.element, false); }

  update(names, rows, count, problems, groups) {
    setText(this.caption, rows.length < count ? `The first ${rows.length} rows` : "As they are read");
    this.head.replaceChildren(h("th", { scope: "col", class: "count" }, placeOf(rows[0].loc).split(" ")[0]),
      ...names.map((name) => h("th", { scope: "col", class: kind(rows[0].inputs[name]) }, name)));
    const wrong = new Set(problems.map(({ loc }) => JSON.stringify(loc)));
    this.body.replaceChildren(...rows.map(({ loc, inputs }) => h("tr", {},
      h("th", { scope: "row", class: "count" }, placeOf(loc).split(" ")[1]),
      names.map((name) => cell(inputs[name], wrong.has(JSON.stringify([...loc, name])))))));
    this.problems.update(groups.slice(0, shownProblems), (one) => one.text + one.places.join());
    const left = groups.length - shownProblems;
    setText(this.more, left > 0 ? `… and ${counted(left, "more problem")}` : "");
    setShown(this.element, true);
  }
}

/** Numbers stand at the right. */
function kind(value) { return typeof value === "number" ? "number" : undefined; }

function cell(value, isWrong) {
  if (isWrong) return h("td", { class: "wrong" }, "✕ does not fit");
  if (value === undefined || value === null) return h("td", {}, h("span", { class: "soft" }, "–"));
  return h("td", { class: kind(value) }, brief(value, 80) || "“”");
}
