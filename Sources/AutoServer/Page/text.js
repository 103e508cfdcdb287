// The text of an automation, with its words in colours: what is a step, a name, a text, a note.

import { copyButton, h } from "/dom.js";

// The lists of words are made from the language's own; `make record` writes them anew.
const stepTypes = "START|LLM_CALL|GET_USER_INPUT|LOGIC_DECISION|EMBEDDING_SEARCH|REST_API"
  + "|WEB_SCRAPE|PYTHON|TEXT_TO_JSON|DATA_TRANSFORM";
const declarations = "automation|description|input|secret|type|result|max_cost|test|expect";
const keywords = "on_error|prompt_template|when|else|in|from|end";
const types = "text|int|number|bool|json|bytes|url|list|one_of";
/** The fields whose text is a program, taken letter for letter. */
const programs = ["code", "jq", "regex"];

/** What may stand at a place outside a text, in the order in which it is tried. */
const outside = new RegExp([
  "(?<note>#.*)", "(?<open>\\b(?:[rR][bB]?|[bB][rR]?)(?:\"\"\"|'''|[\"'])|\"\"\"|'''|[\"'])",
  "(?<arrow>->)", "(?<brace>[{}])", `(?<step>\\b(?:${stepTypes})\\b)`,
  "(?<key>[A-Za-z_][A-Za-z0-9_]*(?=[ \\t]*:))",
  `(?<word>(?<=^[ \\t]*)(?:${declarations})\\b|(?<!\\.)\\b(?:${keywords})\\b(?!\\.))`,
  "(?<literal>\\b(?:\\d[\\d.]*(?:ms|s|m|h|d)?|true|false|null)\\b)",
  `(?<kind>(?<=[:<=][ \\t]*|^[ \\t]*result[ \\t]+)(?:${types})\\b(?![.\\[]))`,
].join("|"), "gm");

/**
 * The tokens of a text: `[{ kind, text }]`, where kind is null for what has no colour. All texts together are
 * the text.
 */
export function tokens(text) {
  const found = [];
  const push = (kind, part) => {
    if (part === "") return;
    const last = found.at(-1);
    if (last && last.kind === kind) last.text += part; else found.push({ kind, text: part });
  };
  let place = 0;
  /** Reads code up to the end, or up to the brace that closes an interpolation. */
  const code = (isInside) => {
    // How many braces are open, how many were before the step's prompt_template, and which of its fields is read.
    let depth = 0, template = null, field = null;
    const isLetterForLetter = () =>
      field === "select" || programs.includes(field) && depth === template + 1;
    while (place < text.length) {
      outside.lastIndex = place;
      const match = outside.exec(text), start = match?.index ?? text.length;
      push(null, text.slice(place, start));
      place = start;
      if (!match) return;
      const { groups, 0: word } = match;
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      if (word === "}" && isInside && depth === 0) return;
      place += word.length;
      if (kind === "open") { quoted(word, isLetterForLetter()); continue; }
      // In fields and expressions such a word is the name of a step, a variable or a function.
      const isType = !isInside && template === null;
      push(kind === "brace" || kind === "kind" && !isType ? null : kind, word);
      if (word === "{") depth += 1;
      if (word === "}") depth -= 1;
      if (word === "prompt_template") { template = depth; field = null; }
      if (word === "}" && depth === template) template = field = null;
      if (kind === "key" && template !== null && depth === template + 1) field = word;
    }
  };
  /** Reads a text up to its closing quotes. In double quotes, `${…}` is code again, but not in a program. */
  const quoted = (opening, isProgram) => {
    const quotes = opening.replace(/^[a-z]+/i, ""), prefix = opening.slice(0, -quotes.length);
    const isRaw = isProgram || /r/i.test(prefix), isLine = quotes.length === 1;
    const isFilled = quotes[0] === '"' && !isRaw && prefix === "";
    let begin = place - opening.length;
    while (place < text.length) {
      if (text.startsWith(quotes, place))
        { place += quotes.length; push("text", text.slice(begin, place)); return; }
      if (isLine && text[place] === "\n") break;
      if (text[place] === "\\" && !isRaw) { place += 2; continue; }
      if (isFilled && text.startsWith("$${", place)) { place += 3; continue; }
      if (isFilled && text.startsWith("${", place)) {
        push("text", text.slice(begin, place));
        push("arrow", "${");
        place += 2;
        code(true);
        if (text[place] === "}") { push("arrow", "}"); place += 1; }
        begin = place;
        continue;
      }
      place += 1;
    }
    push("text", text.slice(begin, place));
  };
  code(false);
  return found;
}

/** The text in lines with numbers. */
export class AutoText {
  constructor(text) {
    this.lines = [];
    const list = h("code", {});
    const newLine = () => { const line = h("span", { class: "code-line" }); this.lines.push(line);
      list.append(line); return line; };
    let line = newLine();
    for (const { kind, text: part } of tokens(text.replace(/\n$/, ""))) {
      part.split("\n").forEach((piece, index) => {
        if (index > 0) { line.append("\n"); line = newLine(); }
        if (piece !== "") line.append(kind ? h("span", { class: `t-${kind}` }, piece) : piece);
      });
    }
    this.box = h("pre", { class: "auto", tabindex: "0", "aria-label": "The automation's text" }, list);
    this.element = h("div", { class: "auto-place" },
      h("div", { class: "value-tools" }, copyButton(() => text, "the text")), this.box);
    this.text = text;
  }

  /** Leads the reader to where a step is declared. */
  goTo(name) {
    const place =
      this.text.split("\n").findIndex((line) => new RegExp(`^\\s*(?:${stepTypes})\\s+${name}\\b`).test(line));
    if (place < 0) return;
    for (const line of this.box.querySelectorAll(".found")) line.classList.remove("found");
    const line = this.lines[place];
    line.classList.add("found");
    this.box.scrollTo({ top: line.offsetTop - 40, behavior: "smooth" });
    this.box.focus({ preventScroll: true });
    const { top, bottom } = this.box.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight)
      this.element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
}
