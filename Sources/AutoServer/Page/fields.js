// A field of a form for each kind of value that a JSON Schema describes: texts, numbers, choices, days,
// files, lists by rows, records by parts. A field is `{ element, read, write, focus }`: `read` gives
// undefined where nothing was entered, and throws a Misfit with words for a person.

import { h, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { Digits, keepsDigits, Written } from "/json.js";
import { counted } from "/words.js";

let count = 0;

const tooLarge = "This number is too large for this form: start it by the API or the command.";

export class Misfit extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/**
 * The field for a value of a schema, with its label. `path` names it for tests and for the server's refusals.
 */
export function field(name, schema, isRequired, path = name) {
  count += 1;
  const id = `field-${count}`;
  const kind = kindOf(schema);
  const control = controlOf(kind, { id, name, path, schema, isRequired });
  const hint = hintOf(kind, schema, isRequired);
  const error = h("p", { class: "problem small", id: `${id}-problem` });
  setShown(error, false);
  const about = [schema.description, hint].filter(Boolean).join(" · ");
  const description = h("p", { class: "soft small hint", id: `${id}-hint` }, about);
  setShown(description, about);
  const isGroup = Boolean(control.isGroup);
  const optional = isRequired || schema.default !== undefined ? null
    : h("span", { class: "optional" }, " optional");
  const element = isGroup
    ? h("fieldset", { class: "field", "aria-describedby": `${id}-hint` }, h("legend", {}, name, optional),
      description, control.element, error)
    : h("div", { class: `field ${kind}` },
      kind === "boolean" ? h("label", { class: "check", for: id }, control.element, name, optional)
      : [h("label", { for: id }, name, optional), control.element], description, error);
  if (!isGroup)
    (control.input || control.element).setAttribute("aria-describedby", `${id}-hint ${id}-problem`);
  const one = {
    element, path, focus: control.focus,
    // What somebody wrote as JSON, before the file gave the input another type.
    write: (value) => control.write(kind !== "json" && value instanceof Written ? value.value : value),
    read() {
      one.say("");
      try { return control.read(); } catch (misfit) {
        if (!(misfit instanceof Misfit)) throw misfit;
        if (!misfit.field) { one.say(misfit.message); misfit.field = one; }
        throw misfit;
      }
    },
    say(text) {
      setText(error, text);
      setShown(error, text);
      if (!isGroup) setAttribute(control.input || control.element, "aria-invalid", String(Boolean(text)));
    },
  };
  if (schema.default !== undefined) control.write(schema.default);
  return one;
}

function kindOf(schema) {
  if (schema.enum) return "choice";
  const kinds = [schema.type].flat().filter((one) => one !== "null");
  const [kind] = kinds;
  if (kinds.length !== 1) return "json";
  if (kind === "boolean") return isNullable(schema) ? "maybe" : "boolean";
  if (kind === "integer" || kind === "number") return kind;
  if (kind === "array") return schema.items ? "list" : "json";
  if (kind === "object") return schema.properties ? "record" : "json";
  if (kind !== "string") return "json";
  if (schema.contentEncoding === "base64") return "bytes";
  if (schema.format === "date" || (!schema.format && /^\d{4}-\d\d-\d\d$/.test(schema.default))) return "day";
  if (schema.format === "uri") return "url";
  return "text";
}

function isNullable(schema) { return [schema.type].flat().includes("null"); }

function hintOf(kind, schema, isRequired) {
  const hints = [];
  if (kind === "integer") hints.push("a whole number");
  if (kind === "json") hints.push("JSON");
  if (schema.default !== undefined && ["text", "url", "day", "integer", "number", "json", "list",
      "record"].includes(kind))
    hints.push(`default: ${short(kind === "number" ? plain(schema.default) : schema.default)}`);
  if (schema.default === undefined && !isRequired && ["text", "url"].includes(kind))
    hints.push("may stay empty");
  return hints.join(", ");
}

/** A number that may have a fraction is the same one for the server, however it is written. */
function plain(value) { return value instanceof Digits ? Number(value.text) : value; }

function short(value) {
  const text = typeof value === "string" ? value.replace(/\s+/g, " ") : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text || "the empty text";
}

function controlOf(kind, context) {
  switch (kind) {
    case "choice": return choice(context);
    case "boolean": return checkbox(context);
    case "maybe": return maybe(context);
    case "integer": case "number": return number(context, kind);
    case "list": return list(context);
    case "record": return record(context);
    case "bytes": return file(context);
    case "json": return json(context);
    default: return text(context, kind);
  }
}

function simple(element, read, write) { return { element, read, write, focus: () => element.focus() }; }

function choice({ id, path, schema, isRequired }) {
  const values = schema.enum.filter((one) => one !== null);
  const mustChoose = isRequired && schema.default === undefined;
  const none = schema.default === undefined
    ? h("option", { value: "" }, mustChoose ? "choose …" : "not given") : null;
  const select = h("select", { id, name: path, required: mustChoose }, none,
    values.map((one) => h("option", { value: one }, String(one))));
  const read = () => {
    const chosen = select.selectedIndex - (none ? 1 : 0);
    if (chosen < 0 && mustChoose) throw new Misfit("A choice is needed here.");
    return values[chosen];
  };
  const write = (value) => {
    const isGiven = value !== undefined && value !== null;
    select.selectedIndex = isGiven ? values.indexOf(value) + (none ? 1 : 0) : 0;
  };
  return simple(select, read, write);
}

function checkbox({ id, path }) {
  const box = h("input", { id, name: path, type: "checkbox" });
  return simple(box, () => box.checked, (value) => { box.checked = value === true; });
}

function maybe({ id, path }) {
  const select = h("select", { id, name: path }, h("option", { value: "" }, "not given"),
    h("option", { value: "yes" }, "yes"), h("option", { value: "no" }, "no"));
  return simple(select, () => (select.value === "" ? undefined : select.value === "yes"),
    (value) => { select.value = value === true ? "yes" : value === false ? "no" : ""; });
}

function number({ id, path, schema, isRequired }, kind) {
  const input = h("input",
    { id, name: path, inputmode: kind === "integer" ? "numeric" : "decimal", autocomplete: "off",
      required: isRequired && schema.default === undefined });
  const read = () => {
    const entered = input.value.trim();
    if (entered === "") {
      if (isRequired && schema.default === undefined) throw new Misfit("A number is needed here.");
      return undefined;
    }
    const value = Number(entered);
    if (!Number.isFinite(value)) throw new Misfit(`“${entered}” is no number.`);
    if (kind === "integer" && !Number.isInteger(value)) {
      throw new Misfit(`“${entered}” is no whole number.`);
    }
    if (kind === "number" || Number.isSafeInteger(value)) return value;
    if (!keepsDigits || !/^-?[1-9]\d*$/.test(entered)) throw new Misfit(tooLarge);
    return new Digits(entered);
  };
  const write = (value) => { input.value = (kind === "number" ? plain(value) : value) ?? ""; };
  return simple(input, read, write);
}

function text({ id, path, schema, isRequired }, kind) {
  const mayBeEmpty = !isRequired || schema.default !== undefined;
  const input = kind === "text"
    ? h("textarea", { id, name: path, rows: "1", required: !mayBeEmpty })
    : h("input",
      { id, name: path, type: kind === "day" ? "date" : "text",
        inputmode: kind === "url" ? "url" : undefined, autocomplete: "off", spellcheck: "false",
        required: !mayBeEmpty });
  const read = () => {
    if (input.value !== "") return input.value;
    if (!mayBeEmpty) throw new Misfit("A text is needed here.");
    return undefined;
  };
  return simple(input, read, (value) => { input.value = value ?? ""; });
}

function json({ id, path, schema, isRequired }) {
  const area = h("textarea",
    { id, name: path, class: "code", spellcheck: "false", rows: "3",
      required: isRequired && schema.default === undefined });
  const read = () => {
    if (area.value.trim() === "") {
      if (isRequired && schema.default === undefined)
        throw new Misfit("JSON is needed here; a text stands in quotes.");
      return undefined;
    }
    let written;
    try { written = new Written(area.value); } catch (error) {
      throw new Misfit(`This is no JSON: ${error.message}`);
    }
    if (!keepsDigits && isRounded(written.value)) throw new Misfit(tooLarge);
    return written;
  };
  const write = (value) => {
    area.value = value === undefined ? "" : value instanceof Written ? value.text
      : JSON.stringify(value, null, 2);
  };
  return simple(area, read, write);
}

/** Whether a number in a value may have been rounded where a default or an earlier input was read. */
function isRounded(value) {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  return value !== null && typeof value === "object" && Object.values(value).some(isRounded);
}

/** Bytes come from a file, and travel as base64. */
function file({ id, path, schema, isRequired }) {
  let given;
  const input = h("input", { id, type: "file", name: path });
  const about = h("span", { class: "soft small" });
  const tell = (name) => {
    const size = given && Math.floor((given.replace(/=+$/, "").length * 3) / 4);
    about.textContent = given === undefined ? "" : `${name}, ${counted(size || 0, "byte")}`;
  };
  input.addEventListener("change", async () => {
    const [chosen] = input.files;
    if (!chosen) return;
    given = base64(new Uint8Array(await chosen.arrayBuffer()));
    tell(chosen.name);
  });
  const read = () => {
    if (given === undefined && isRequired && schema.default === undefined)
      throw new Misfit("A file is needed here.");
    return given;
  };
  const write = (value) => {
    given = value ?? undefined;
    tell(value === schema.default ? "without a file: the default" : "without a file: as before");
  };
  return { element: h("div", { class: "file" }, input, about), input, read, write,
    focus: () => input.focus() };
}

/** What gives a row's field its name, for those who do not see where it stands. */
function caller(element) {
  const box = element.querySelector(":scope > label > input");
  // The label of a box holds the box.
  if (box) return (text) => setAttribute(box, "aria-label", text);
  const label = element.querySelector("label, legend");
  label.classList.add("unseen");
  return (text) => { label.textContent = text; };
}

function base64(bytes) {
  let binary = "";
  for (let place = 0; place < bytes.length; place += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(place, place + 0x8000));
  }
  return btoa(binary);
}

/** One part under another; optional parts that stay empty are left out. */
function record({ path, schema, isRequired }) {
  const required = new Set(schema.required || []);
  const parts = Object.entries(schema.properties).map(([name, one]) =>
    [name, field(name, one, required.has(name), `${path}.${name}`)]);
  const isBlank = (one) => (one.type === "checkbox" ? !one.checked : one.value === "");
  const isEmpty = () => parts.every(([, part]) =>
    [...part.element.querySelectorAll("input, select, textarea")].every(isBlank));
  const mayBeAbsent = !isRequired || schema.default !== undefined;
  const write = (value) => { for (const [name, part] of parts) part.write(value?.[name]); };
  return {
    isGroup: true,
    element: h("div", { class: "record" }, parts.map(([, part]) => part.element),
      backToDefault(schema, write)),
    read() {
      if (mayBeAbsent && isEmpty()) return undefined;
      const values = parts.map(([name, part]) => [name, part.read()]);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    },
    write,
    focus: () => parts[0]?.[1].focus(),
  };
}

/** Writes the default again; null where there is none. */
function backToDefault(schema, write) {
  return schema.default === undefined ? null
    : h("div", { class: "actions" },
      quietButton("Back to the default", () => write(schema.default), { class: "quiet small" }));
}

/** Rows to add and take away. Several lines that are pasted become several rows. */
function list({ path, schema, isRequired }) {
  const rows = [];
  const element = h("div", { class: "rows" });
  const empty = h("p", { class: "soft small" });
  const isText = kindOf(schema.items) === "text";
  const number = () => {
    rows.forEach((row, index) => {
      setText(row.number, String(index + 1));
      row.call(`row ${index + 1} of ${name}`);
      setAttribute(row.remove, "aria-label", `Remove row ${index + 1}`);
    });
    empty.textContent = touched ? "No rows: an empty list." : "No rows yet.";
    setShown(empty, rows.length === 0);
    setShown(leaveEmpty, mustBeGiven && rows.length === 0 && !touched);
  };
  const mustBeGiven = isRequired && schema.default === undefined;
  const name = path.split(".").at(-1).replaceAll("[]", "");
  let touched = false;
  const add = (value) => {
    const one = field("", schema.items, true, `${path}[]`);
    const row = { one, number: h("span", { class: "number" }) };
    row.remove = quietButton("✕", () => {
      const place = rows.indexOf(row);
      rows.splice(place, 1);
      row.element.remove();
      touched = true;
      number();
      (rows[place]?.one || { focus: () => more.focus() }).focus();
    }, { class: "quiet small icon" });
    row.element = h("div", { class: "list-row" }, row.number, one.element, row.remove);
    row.call = caller(one.element);
    if (isText) one.element.addEventListener("paste", (event) => paste(event, row));
    if (value !== undefined) one.write(value);
    rows.push(row);
    element.append(row.element);
    number();
    return row;
  };
  const paste = (event, row) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/).filter((line) => line.trim() !== "");
    if (lines.length < 2) return;
    event.preventDefault();
    row.one.write(lines[0]);
    for (const line of lines.slice(1)) add(line);
  };
  const more = quietButton("Add a row", () => { touched = true; add().one.focus(); },
    { class: "quiet small", "data-add": path });
  const write = (value) => {
    for (const row of rows.splice(0)) row.element.remove();
    for (const item of value || []) add(item);
    touched = value !== undefined && value !== null;
    number();
  };
  const leaveEmpty = quietButton("Give an empty list", () => { touched = true; number(); more.focus(); },
    { class: "quiet small" });
  number();
  return {
    isGroup: true,
    element: h("div", { class: "list" }, element, empty, h("div", { class: "actions" }, more, leaveEmpty),
      backToDefault(schema, write)),
    read() {
      if (rows.length > 0 || touched) return rows.map((row) => row.one.read());
      if (mustBeGiven) throw new Misfit("A list is needed here: add a row, or give an empty list.");
      return undefined;
    },
    write,
    focus: () => (rows[0] ? rows[0].one.focus() : more.focus()),
  };
}
