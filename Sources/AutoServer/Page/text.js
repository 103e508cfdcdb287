// The text of an automation, with its words in colours: what is a step, a name, a text, a note.

import { copyButton, h } from "/dom.js";

const stepTypes = "START|LLM_CALL|GET_USER_INPUT|LOGIC_DECISION|EMBEDDING_SEARCH|REST_API|WEB_SCRAPE|PYTHON"
  + "|TEXT_TO_JSON|DATA_TRANSFORM";
const declarations = "automation|description|input|secret|type|result|max_cost|test|expect|from|when|else|each"
  + "|in|on_error|prompt_template";

/** What may stand at a place outside a text, in the order in which it is tried. */
const outside = new RegExp([
  "(?<note>#.*)", "(?<block>r?(?:\"\"\"|'''))", "(?<open>r?[\"'])", "(?<arrow>->)",
  `(?<step>\\b(?:${stepTypes})\\b)`, "(?<key>\"?[A-Za-z_][A-Za-z0-9_]*\"?(?=\\s*:))",
  `(?<word>\\b(?:${declarations})\\b(?!\\.))`,
  "(?<literal>\\b(?:\\d[\\d.]*(?:ms|s|m|h|d)?|true|false|null)\\b)",
  "(?<kind>\\b(?:text|int|number|bool|json|bytes|url|list|one_of)\\b(?=[\\s<(,?}]|$))",
].join("|"), "g");

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
    let depth = 0;
    while (place < text.length) {
      if (isInside && text[place] === "}" && depth === 0) return;
      if (text[place] === "{") depth += 1;
      if (text[place] === "}") depth -= 1;
      outside.lastIndex = place;
      const match = outside.exec(text);
      const brace = isInside ? text.slice(place).search(/[{}]/) : -1;
      if (!match || (brace >= 0 && place + brace < match.index)) {
        const until = brace >= 0 ? Math.max(place + brace, place + 1) : text.length;
        push(null, text.slice(place, until));
        place = until;
        continue;
      }
      if (match.index > place) { push(null, text.slice(place, match.index)); place = match.index; continue; }
      const { groups, 0: word } = match;
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      place += word.length;
      if (kind === "open" || kind === "block") quoted(word); else push(kind, word);
    }
  };
  /** Reads a text up to its closing quotes. In double quotes, `${…}` is code again. */
  const quoted = (opening) => {
    const isRaw = opening.startsWith("r"), quotes = isRaw ? opening.slice(1) : opening;
    const isLine = quotes.length === 1;
    let begin = place - opening.length;
    while (place < text.length) {
      if (text.startsWith(quotes, place))
        { place += quotes.length; push("text", text.slice(begin, place)); return; }
      if (isLine && text[place] === "\n") break;
      if (text[place] === "\\" && !isRaw) { place += 2; continue; }
      if (text.startsWith("$${", place)) { place += 3; continue; }
      if (quotes[0] === '"' && !isRaw && text.startsWith("${", place)) {
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
