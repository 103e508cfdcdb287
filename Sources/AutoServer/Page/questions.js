// What a session waits to be told: a card for each question.

import { send } from "/client.js";
import { h, Keyed, quietButton, setShown, setText } from "/dom.js";
import { answerForm } from "/forms.js";
import { brief, elementText } from "/values.js";
import { setTime, time } from "/words.js";

/** So many questions of one session are shown before a button that shows all. */
const shownQuestions = 3;

/** The questions of one session, in place: a card that is being filled in stays as it is. */
export class Questions {
  /**
   * `base` is the session's path; `isOpen` tells whether this token may answer; `about` gives for a question
   * what stands above it; with `isShort`, a form opens when it is asked for.
   */
  constructor({ base, isOpen, about = () => null, answered = () => {}, isShort = false }) {
    const list = h("div", { class: "questions" });
    this.all = quietButton("", () => { this.isWhole = true; this.draw(); }, { hidden: true });
    this.element = h("div", {}, list, h("div", { class: "actions" }, this.all));
    // Of several questions only the first one's form stands open.
    this.cards = new Keyed(list,
      (question) => new Card(base, question,
        { isOpen, about, answered, isShort: isShort || question !== this.questions[0] }));
    this.questions = [];
  }

  update(questions) {
    this.questions = questions;
    setShown(this.element, questions.length > 0);
    this.draw();
  }

  draw() {
    const { questions } = this;
    const shown = this.isWhole || questions.length <= shownQuestions + 1 ? questions
      : questions.slice(0, shownQuestions);
    this.cards.update(shown);
    setText(this.all, `Show all ${questions.length} questions`);
    setShown(this.all, shown.length < questions.length);
  }
}

class Card {
  constructor(base, question, { isOpen, about, answered, isShort }) {
    this.item = h("span", { class: "item" });
    this.name = h("span", { class: "name" }, question.step);
    this.asked = h("span", { class: "soft small" });
    this.deadline = h("p", { class: "soft small" });
    this.element = h("section", { class: "card ask", "aria-label": `${question.step} asks` },
      h("div", { class: "row" }, about(question), this.name, this.item, this.asked),
      h("p", { class: "message" }, question.message),
      isOpen ? answerForm(question, isShort, async (answer, key) => {
        // The stream tells what comes of it, and may have told the end by the time this is answered.
        const { asked_in: inner } = question;
        const place = inner ? `/automations/${inner.automation_id}/sessions/${inner.id}` : base;
        await send(`${place}/user_input`,
          { method: "PATCH", json: { user_input: answer, step: question.id },
            headers: { "Idempotency-Key": key } });
        answered(question);
      }) : h("p", { class: "soft" },
        question.choices.length > 0 ? `Choices: ${question.choices.join(", ")}. ` : "",
        "This token may only read: somebody else answers."),
      this.deadline);
    if (question.asked_at) this.asked.append("asked ", time(question.asked_at));
  }

  update({ step, visit, element, deadline, default: answer }) {
    // The first of several visits is named as one of a step that is visited once; an element names its own.
    setText(this.name, visit > 1 && !element ? `${step}#${visit}` : step);
    setShown(this.item, element);
    if (element) setText(this.item, elementText(element));
    setShown(this.deadline, deadline);
    if (!deadline) return;
    const then = answer === null || answer === undefined ? "the step fails"
      : `“${brief(answer)}” is the answer`;
    if (!this.until) {
      this.until = time(deadline);
      this.then = h("span", {});
      this.deadline.append("Without an answer ", this.then, " ", this.until, ".");
    }
    setText(this.then, then);
    setTime(this.until, deadline);
  }
}
