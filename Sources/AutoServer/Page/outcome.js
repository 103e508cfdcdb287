// What came of a session: its result, why it failed, or that it was cancelled.

import { h, Keyed, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { tryingAgain } from "/live.js";
import { ValueView } from "/values.js";
import { setTime } from "/words.js";

export class Outcome {
  /** `show` is called with the record that failed; `readResults` asks the server for `[{ step, result }]`. */
  constructor(show, readResults, signal) {
    this.readResults = readResults;
    this.tryAgain = tryingAgain(() => this.showResults(), signal);
    this.title = h("h2", {});
    this.text = h("p", { class: "message" });
    const list = h("div", { class: "results" });
    this.results = new Keyed(list, (result) => new Result(result));
    this.when = h("time", {});
    this.failed = null;
    this.button = quietButton("Show the step", () => show(this.failed), { class: "quiet small" });
    this.element = h("section", { class: "card outcome", "aria-label": "Outcome", hidden: true },
      h("div", { class: "row" }, this.title, h("span", { class: "soft small" }, this.when)),
      this.text, list, this.button);
  }

  update(session, status) {
    const hasEnded = ["FINISHED", "FAILED", "CANCELLED"].includes(status);
    setShown(this.element, hasEnded);
    if (!hasEnded) return;
    setAttribute(this.element, "class", `card outcome ${status}`);
    setTime(this.when, session.updated_at);
    setText(this.title, { FINISHED: "Result", FAILED: "It failed", CANCELLED: "It was cancelled" }[status]);
    this.say(status, {
      FAILED: session.error || "", CANCELLED: "Nothing of it runs any more. What had finished is kept.",
      FINISHED: "",
    }[status]);
    if (status === "FINISHED") this.showResults();
    this.failed = status === "FAILED"
      ? session.steps.findLast((record) => record.status === "FAILED" && record.error !== "cancelled") : null;
    setShown(this.button, this.failed);
  }

  say(status, text) {
    setText(this.text, text);
    setShown(this.text, text);
    setAttribute(this.text, "class", status === "FAILED" ? "message problem" : "message soft");
  }

  /** They are asked for until they have come, and then no more: they may be large. */
  async showResults() {
    try {
      this.reading ||= this.readResults();
      const results = await this.reading;
      this.say("FINISHED", results.length === 0 ? "It ended without a result." : "");
      // Where branches have ended each by itself, it is said whose result it is.
      const isMany = results.length > 1;
      setText(this.title, isMany ? "Results" : "Result");
      this.results.update(results.map((one) => ({ ...one, isMany })), ({ step }) => step);
    } catch (error) {
      this.reading = null;
      if (error.name !== "AbortError") this.say("FINISHED", error.message);
      this.tryAgain(error);
    }
  }
}

class Result {
  constructor({ step }) {
    this.name = h("h3", {}, step);
    this.value = new ValueView(`the result of ${step}`);
    this.element = h("div", { class: "part" }, this.name, this.value.element);
  }

  update({ result, isMany }) {
    setShown(this.name, isMany);
    this.value.update(result);
  }
}
