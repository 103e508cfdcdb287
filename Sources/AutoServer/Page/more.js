// The button below a list that loads what comes next, and says when that has not worked.

import { h, quietButton, setShown, setText } from "/dom.js";

export class More {
  /** `load` adds what comes next to the list, and throws where that does not work. */
  constructor(word, load) {
    this.load = load;
    this.isLoading = false;
    this.button = quietButton(word, () => this.press());
    this.problem = h("p", { class: "problem small", role: "alert" });
    this.element = h("div", { class: "actions" }, this.button, this.problem);
    this.show(false);
  }

  /** Whether there is more. */
  show(hasMore) {
    setShown(this.button, hasMore);
    setText(this.problem, "");
    setShown(this.problem, false);
  }

  get hasMore() { return !this.button.hidden; }

  /** The button stays while it loads, and with it the focus. */
  async press() {
    if (this.isLoading) return;
    this.isLoading = true;
    try { await this.load(); } catch (error) {
      if (error.name !== "AbortError") {
        setText(this.problem, `${error.message} Press the button again to try once more.`);
        setShown(this.problem, true);
      }
    }
    this.isLoading = false;
  }
}
