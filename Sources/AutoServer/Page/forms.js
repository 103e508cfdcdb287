// Forms: an automation's inputs, and the answer to a question.

import { Keys } from "/client.js";
import { h, quietButton, setShown, setText } from "/dom.js";
import { field, Misfit } from "/fields.js";
import { jsonOf } from "/json.js";

/** A form of these fields; `submit` is called with nothing, and what it throws is said where it belongs. */
function form(word, fields, submit) {
  const error = h("p", { class: "problem", role: "alert" });
  setShown(error, false);
  const button = h("button", { type: "submit" }, word);
  const say = (text) => { setText(error, text); setShown(error, text); };
  const refuse = (problem) => {
    if (problem instanceof Misfit) { problem.field.focus(); return; }
    const rest = [];
    for (const item of problem.items?.length ? problem.items : [{ msg: problem.message }]) {
      const path = (item.loc || []).slice(2).join(".");
      const one = path && fields.find((each) => each.path === path || path.startsWith(`${each.path}.`));
      if (one) one.say(item.msg); else rest.push(item.msg || item.message);
    }
    say(rest.join("\n"));
    if (rest.length === 0) fields.find((one) => one.element.querySelector(".problem:not([hidden])"))?.focus();
  };
  return h("form", { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    say("");
    button.disabled = true;
    try { await submit(); } catch (problem) { refuse(problem); }
    button.disabled = false;
  } }, fields.map((one) => one.element), error, h("div", { class: "actions" }, button));
}

/**
 * Asks for the inputs of a schema and starts a session; the same try twice starts one. `given` are inputs to
 * begin with, those of an earlier session. Gives the form's `element`, and `written()`: the inputs that
 * somebody has filled in so far, those that do not fit yet left out.
 */
export function startForm(schema, given, start) {
  const required = new Set(schema.required || []);
  const fields =
    Object.entries(schema.properties || {}).map(([name, one]) => field(name, one, required.has(name)));
  const standards = new Map(fields.map((one) => [one, untouched(one, schema.properties[one.path])]));
  for (const one of fields) if (given && given[one.path] !== undefined) one.write(given[one.path]);
  const written = () => {
    const inputs = {};
    for (const one of fields) {
      try {
        const value = one.read();
        const isWritten = value !== undefined && jsonOf(value) !== standards.get(one);
        if (isWritten) inputs[one.path] = value;
      } catch { /* It is not whole. */ }
    }
    return inputs;
  };
  const keys = new Keys();
  const element = form("Start", fields, async () => {
    const inputs = {};
    for (const one of fields) {
      const value = one.read();
      if (value !== undefined) inputs[one.path] = value;
    }
    await start(inputs, keys.of(jsonOf(inputs)));
    keys.forget();
  });
  return { element, written };
}

/** What a field sends that is left as it is; undefined where it has no default. */
function untouched(one, { default: standard }) {
  if (standard === undefined) return undefined;
  try { return jsonOf(one.read()); } catch { return undefined; }
}

/**
 * Takes the answer to a question: choices as buttons, anything else as a field of its type, with `isShort`
 * behind a button. The same try twice answers once.
 */
export function answerForm(question, isShort, send) {
  const keys = new Keys();
  const give = (answer) => send(answer, keys.of(jsonOf(answer)));
  const choices = question.choices.length > 0 || question.schema.type !== "boolean"
    ? question.choices : ["yes", "no"];
  if (choices.length > 0) return choiceButtons(choices, question.default, give);
  const schema = { ...question.schema };
  if (question.default !== null) schema.default = question.default;
  const one = field("Answer", schema, true);
  const whole = form("Answer", [one], () => give(one.read() ?? question.default ?? ""));
  if (!isShort) return whole;
  const opener = h("div", { class: "actions" },
    quietButton("Answer …", () => { opener.replaceWith(whole); one.focus(); }));
  return opener;
}

function choiceButtons(choices, standard, send) {
  const written = typeof standard === "boolean" ? { true: "yes", false: "no" }[standard] : standard;
  const isDefault = (choice) => choice === written;
  const error = h("p", { class: "problem", role: "alert" });
  const buttons = choices.map((choice) => h("button", { type: "button", onclick: async (event) => {
    setText(error, "");
    for (const button of buttons) button.disabled = true;
    event.target.classList.add("chosen");
    try { await send(choice); } catch (problem) {
      setText(error, problem.message);
      event.target.classList.remove("chosen");
      for (const button of buttons) button.disabled = false;
      event.target.focus();
    }
  } }, isDefault(choice) ? `${choice} (default)` : choice));
  return h("div", {}, h("div", { class: "actions choices" }, buttons), error);
}
