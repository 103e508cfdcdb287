// The files that are not served as they are, with what the checker found.

import { h, Keyed, setAttribute, setShown, setText } from "/dom.js";
import { counted } from "/words.js";

export class FileList {
  constructor() {
    this.faulty = [];
    this.words = "";
    const list = h("div", { id: "files" });
    this.files = new Keyed(list, (file) => new File(file));
    this.element = h("section", { "aria-labelledby": "files-title", hidden: true },
      h("h2", { id: "files-title" }, "Files with faults"), list);
  }

  /** `[{ name, automation_id, state, problem, findings }]`, those that are served as they are left out. */
  update(files) {
    this.faulty = files.filter((file) => file.state !== "served");
    this.draw();
  }

  search(text) {
    this.words = text.toLowerCase();
    this.draw();
  }

  draw() {
    const shown = this.faulty.filter((file) => file.name.toLowerCase().includes(this.words));
    this.files.update(shown, (file) => file.name);
    setShown(this.element, shown.length > 0);
  }
}

class File {
  constructor({ name }) {
    this.state = h("span", {});
    this.count = h("span", { class: "soft small" });
    const list = h("ul", { class: "findings" });
    this.findings = new Keyed(list, () => new Finding());
    this.problem = h("p", { class: "problem" });
    this.element = h("details", { class: "plain file-faults", open: true },
      h("summary", {},
        h("span", { class: "row" }, h("span", { class: "name" }, name), this.state, this.count)),
      this.problem, list);
  }

  update({ state, problem, findings }) {
    const isOut = state === "not loaded";
    setAttribute(this.state, "class", isOut ? "chip error" : "chip warning");
    setText(this.state, isOut ? "not loaded" : "an earlier version is served");
    // A file that cannot be read has no findings.
    const words = findings.length === 0 && problem ? problem : "";
    setText(this.problem, words);
    setShown(this.problem, words);
    setText(this.count, findings.length > 0 ? counted(findings.length, "finding") : "");
    this.findings.update(findings, (one) => `${one.code} ${one.line} ${one.column} ${one.message}`);
  }
}

class Finding {
  constructor() {
    this.severity = h("span", {});
    this.message = h("span", {});
    this.place = h("span", { class: "soft small" });
    this.help = h("p", { class: "soft small" });
    this.element = h("li", {}, h("p", {}, this.severity, " ", this.message, " ", this.place), this.help);
  }

  update({ code, severity, message, line, column, help }) {
    setAttribute(this.severity, "class", `chip ${severity}`);
    setText(this.severity, `${severity} ${code}`);
    setText(this.message, message);
    setText(this.place, `line ${line}, column ${column}`);
    setText(this.help, help ? `Help: ${help}` : "");
    setShown(this.help, help);
  }
}
