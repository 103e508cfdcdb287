// What came of a session: its result, why it failed, or that it was cancelled.

import { h, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { parsed, ValueView } from "/values.js";
import { setTime } from "/words.js";

export class Outcome {
  /** `show` is called with the record that failed. */
  constructor(show) {
    this.title = h("h2", {});
    this.text = h("p", { class: "message" });
    this.value = new ValueView("the result");
    this.when = h("time", {});
    this.failed = null;
    this.button = quietButton("Show the step", () => show(this.failed), { class: "quiet small" });
    this.element = h("section", { class: "card outcome", "aria-label": "Outcome", hidden: true },
      h("div", { class: "row" }, this.title, h("span", { class: "soft small" }, this.when)),
      this.text, this.value.element, this.button);
  }

  /** `facts` are the timeline's rows by the records' ids. */
  update(session, status, facts) {
    const hasEnded = ["FINISHED", "FAILED", "CANCELLED"].includes(status);
    setShown(this.element, hasEnded);
    if (!hasEnded) return;
    setAttribute(this.element, "class", `card outcome ${status}`);
    setTime(this.when, session.updated_at);
    const result = status === "FINISHED" ? resultOf(session, facts) : null;
    setText(this.title, { FINISHED: "Result", FAILED: "It failed", CANCELLED: "It was cancelled" }[status]);
    const text = {
      FAILED: session.error || "",
      CANCELLED: "Nothing of it runs any more. What had finished is kept.",
      FINISHED: result ? "" : "It ended without a result.",
    }[status];
    setText(this.text, text);
    setShown(this.text, text);
    setAttribute(this.text, "class", status === "FAILED" ? "message problem" : "message soft");
    setShown(this.value.element, result);
    if (result) this.value.update(result);
    this.failed = status === "FAILED"
      ? session.steps.findLast((record) => record.status === "FAILED" && record.error !== "cancelled") : null;
    setShown(this.button, this.failed);
  }
}

/** What the step that led to the end gave; of a step with `each`, the list of what its elements gave. */
function resultOf({ steps, current_step: last }, facts) {
  if (!last) return null;
  if (last.step.prompt_template.each === undefined) return last.result;
  const visit = facts.get(last.id)?.visit;
  // An element that failed stands in the list as null where the step says so, and is left out otherwise.
  const keepsFailed = last.step.prompt_template.on_failed === "null";
  const elements = steps.filter((record) => record.step.id === last.step.id
    && (record.status === "FINISHED" || (keepsFailed && record.status === "FAILED")) && facts.get(record.id)?.visit === visit);
  elements.sort((a, b) => (facts.get(a.id)?.element?.index ?? 0) - (facts.get(b.id)?.element?.index ?? 0));
  return elements.map((record) => record.status === "FINISHED" ? parsed(record.result ?? "") : null);
}
