// Forms made from JSON Schemas: an automation's inputs, and the answer to a question.

import { h, newKey } from "/client.js";

let count = 0;

/** A field for a value of a schema, and how to read it; throws an Error with words for a person. */
function field(name, schema, isRequired) {
  count += 1;
  const id = `field-${count}`;
  const kinds = [schema.type].flat();
  const isOptional = kinds.includes("null");
  const kind = kinds.find((one) => one !== "null");
  const label = (about) => h("label", { for: id }, name,
    h("span", { class: "soft" }, [about, schema.description, isRequired ? null : "optional"].filter(Boolean).map((text) => ` – ${text}`).join("")));
  const given = schema.default;
  if (schema.enum) {
    const choices = schema.enum.filter((one) => one !== null);
    const select = h("select", { id, name }, choices.map((one) => h("option", { value: one, selected: one === given }, one)));
    return { elements: [label(""), select], read: () => select.value };
  }
  if (kind === "boolean") {
    const box = h("input", { id, name, type: "checkbox", checked: given === true });
    return { elements: [label(""), box], read: () => box.checked };
  }
  if (kind === "integer" || kind === "number") {
    const input = h("input", { id, name, type: "number", step: kind === "integer" ? "1" : "any", value: given, required: isRequired });
    return { elements: [label(kind === "integer" ? "a whole number" : "a number"), input],
      read: () => (input.value === "" ? undefined : Number(input.value)) };
  }
  if (kind === "string") {
    const input = schema.format === "uri"
      ? h("input", { id, name, type: "url", value: given, required: isRequired })
      : h("textarea", { id, name, required: isRequired && given === undefined });
    if (typeof given === "string") input.value = given;
    return { elements: [label(schema.contentEncoding ? "bytes as base64" : ""), input],
      read: () => (input.value === "" && (isOptional || !isRequired) && given === undefined ? undefined : input.value) };
  }
  const area = h("textarea", { id, name, class: "code", spellcheck: "false" });
  if (given !== undefined) area.value = JSON.stringify(given, null, 2);
  return { elements: [label("JSON"), area], read: () => {
    if (area.value.trim() === "") return undefined;
    try { return JSON.parse(area.value); } catch { throw new Error(`${name} is no JSON`); }
  } };
}

function form(word, elements, submit) {
  const error = h("p", { class: "problem", role: "alert" });
  const button = h("button", { type: "submit" }, word);
  return h("form", { onsubmit: async (event) => {
    event.preventDefault();
    error.textContent = "";
    button.disabled = true;
    try { await submit(); } catch (problem) { error.textContent = problem.message; }
    button.disabled = false;
  } }, elements, error, h("div", { class: "actions" }, button));
}

/** Asks for the inputs of a schema and starts a session; the same try twice starts one. */
export function startForm(schema, start) {
  const required = new Set(schema.required || []);
  const fields = Object.entries(schema.properties || {}).map(([name, one]) => [name, field(name, one, required.has(name))]);
  let key = newKey();
  return form("Start", fields.flatMap(([, one]) => one.elements), async () => {
    const inputs = {};
    for (const [name, one] of fields) {
      const value = one.read();
      if (value !== undefined) inputs[name] = value;
    }
    await start(inputs, key);
    key = newKey();
  });
}

/** A question to a person: choices as buttons, anything else as a field of its type. The same try twice answers once. */
export function answerForm(question, send) {
  const key = newKey();
  const answer = (value) => send(value, key);
  const error = h("p", { class: "problem", role: "alert" });
  const message = h("p", {}, question.message);
  const title = h("h2", {}, `${question.step} asks`);
  const choices = question.schema.type === "boolean" ? ["yes", "no"] : question.choices;
  if (choices.length > 0) {
    const buttons = choices.map((choice) => h("button", { onclick: async () => {
      for (const button of buttons) button.disabled = true;
      try { await answer(choice); } catch (problem) {
        error.textContent = problem.message;
        for (const button of buttons) button.disabled = false;
      }
    } }, choice));
    return h("section", { class: "card ask" }, title, message, h("div", { class: "actions" }, buttons), error);
  }
  const schema = { ...question.schema };
  if (question.default !== null) schema.default = question.default;
  const one = field("Answer", schema, true);
  return h("section", { class: "card ask" }, title, message, form("Answer", one.elements, () => answer(one.read() ?? "")));
}
