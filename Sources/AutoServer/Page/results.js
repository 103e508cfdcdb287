// What the sessions of a batch gave, as a table, and the same as a file.

import { read, send, withQuery } from "/client.js";
import { h, Keyed, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { largestPage } from "/limits.js";
import { More } from "/more.js";
import { brief } from "/values.js";
import { setStatus, shortID } from "/words.js";

/** So many rows at a time. */
const page = 20;

/** A cell shows so much of a value: the session shows the whole. */
const shownLetters = 200;

/** What the table can be downloaded as: the word on its button, the media type, the end of its name. */
const forms = [
  ["CSV", "text/csv", "csv"], ["JSON Lines", "application/jsonl", "jsonl"],
];

export class BatchResults {
  /** `path` is the batch's path in the API, `count` how many rows it has. */
  constructor(path, automationID, id, count, signal) {
    Object.assign(this, { path, id, count, signal, rows: [], names: [] });
    this.head = h("tr", {});
    const body = h("tbody", {});
    this.lines = new Keyed(body, (row) => new Line(row, automationID));
    this.more = new More("Show more rows", () => this.loadMore());
    this.problem = h("p", { class: "problem", role: "alert" });
    const downloads = forms.map(([word, type, ending]) => quietButton(`Download ${word}`,
      (event) => this.download(event.currentTarget, type, ending), { class: "quiet small" }));
    this.element = h("section", { id: "results", "aria-labelledby": "results-title" },
      h("div", { class: "title" }, h("h2", { id: "results-title" }, "Results"),
        h("div", { class: "actions" }, downloads)),
      this.problem,
      h("div", { class: "table", tabindex: "0", role: "region", "aria-labelledby": "results-title" },
        h("table", {}, h("thead", {}, this.head), body)), this.more.element);
  }

  read(parameters) {
    return read(withQuery(`${this.path}/results`, parameters), { signal: this.signal });
  }

  /** As many rows as stand there, anew. */
  async load() {
    const rows = [];
    let hasMore = true;
    // More may have been asked for meanwhile.
    while (hasMore && rows.length < Math.max(page, this.rows.length)) {
      const limit = Math.min(Math.max(page, this.rows.length) - rows.length, largestPage);
      const next = await this.read({ cursor: rows.at(-1)?.session, limit });
      rows.push(...next);
      hasMore = next.length === limit;
    }
    this.take(rows, hasMore && rows.length < this.count);
  }

  async loadMore() {
    const next = await this.read({ cursor: this.rows.at(-1).session, limit: page });
    const known = new Set(this.rows.map((row) => row.session));
    const rows = [...this.rows, ...next.filter((row) => !known.has(row.session))];
    this.take(rows, next.length === page && rows.length < this.count);
  }

  take(rows, hasMore) {
    this.rows = rows;
    const names = [...new Set(rows.flatMap((row) => Object.keys(row.inputs)))];
    if (names.join() !== this.names.join() || !this.head.firstChild) {
      this.names = names;
      const th = (name, kind) => h("th", { scope: "col", class: kind }, name);
      this.head.replaceChildren(th("Row", "count"), th("Session"), th("Result"),
        ...names.map((name) => th(name, kind(rows[0]?.inputs[name]))));
    }
    this.lines.update(rows.map((row) => ({ ...row, names: this.names })), (row) => row.session);
    this.more.show(hasMore);
    setShown(this.element, rows.length > 0);
  }

  async download(button, type, ending) {
    setText(this.problem, "");
    button.disabled = true;
    try {
      const answer = await send(`${this.path}/results`, { headers: { Accept: type }, signal: this.signal });
      const address = URL.createObjectURL(await answer.blob());
      h("a", { href: address, download: `batch-${shortID(this.id)}.${ending}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      if (error.name !== "AbortError") setText(this.problem, error.message);
    }
    button.disabled = false;
    button.focus();
  }
}

class Line {
  constructor({ row, session, inputs, names }, automationID) {
    this.status = h("span", {});
    this.result = h("td", {});
    this.element = h("tr", {}, h("td", { class: "count" }, row === null ? "–" : String(row)),
      h("td", {}, h("div", { class: "row" },
        h("a", { href: `#/a/${automationID}/s/${session}` }, shortID(session)), this.status)),
      this.result, names.map((name) => h("td", { class: kind(inputs[name]) }, shown(inputs[name]))));
  }

  update({ status, result, error }) {
    setStatus(this.status, status.toUpperCase());
    setText(this.result, brief(error ?? result ?? "", shownLetters));
    setAttribute(this.result, "class", error && status === "failed" ? "long failed" : "long");
  }
}

function kind(value) { return typeof value === "number" ? "number" : undefined; }

function shown(value) {
  return value === undefined || value === null ? h("span", { class: "soft" }, "–") : brief(value);
}
