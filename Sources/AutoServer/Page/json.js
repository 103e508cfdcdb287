// JSON as it is written: what a browser would round, or write in another way, keeps its text.

/** Whether this browser tells how a number was written. */
export const keepsDigits = "rawJSON" in JSON;

/** A number that the page could not send as it came, by its digits. */
export class Digits {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
  toJSON() { return keepsDigits ? JSON.rawJSON(this.text) : Number(this.text); }
}

/** A value that somebody wrote as JSON: it is sent letter for letter. */
export class Written {
  constructor(text) {
    this.text = text;
    this.value = readJSON(text);
  }

  toJSON() { return this.value; }
}

/** The value of a text; a number that would be written in another way is a `Digits`. */
export function readJSON(text) {
  return JSON.parse(text, (_, value, context) => {
    const isOther = typeof value === "number" && context?.source && String(value) !== context.source;
    return isOther ? new Digits(context.source) : value;
  });
}

/** The text of a value, with what is `Written` in it. */
export function jsonOf(value) {
  if (value instanceof Written) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join()}]`;
  if (value === null || typeof value !== "object" || value instanceof Digits)
    return JSON.stringify(value) ?? "null";
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${jsonOf(part)}`).join()}}`;
}
