// What happened in a session besides its records: tries of steps, questions to models and what they cost,
// requests, processes.

import { read } from "/client.js";
import { h, Keyed, setShown, setText } from "/dom.js";
import { duration } from "/words.js";

/** So many events are asked for at once. */
const pageSize = 200;

/** The trace of a session, as far as it has come. */
export class Trace {
  constructor(base) {
    this.base = base;
    this.count = 0;
    this.cost = new Cost();
    /** The events of each step record, by its id. */
    this.events = new Map();
    this.asking = Promise.resolve();
  }

  /** Asks for what has come since it was asked last; one asking begins when the one before has ended. */
  more(signal) {
    const ask = () => this.ask(signal);
    this.asking = this.asking.then(ask, ask);
    return this.asking;
  }

  async ask(signal) {
    for (;;) {
      const events = await read(`${this.base}/trace?after=${this.count}&limit=${pageSize}`, { signal });
      for (const event of events) this.take(event);
      if (events.length < pageSize) return;
    }
  }

  take(event) {
    this.count += 1;
    if (event.event === "model") this.cost.add(event.data);
    const { step_record_id: id } = event;
    if (id === null) return;
    if (!this.events.has(id)) this.events.set(id, []);
    this.events.get(id).push(event);
  }
}

/** What questions to models came to. */
class Cost {
  constructor() { Object.assign(this, { calls: 0, input: 0, output: 0, dollars: 0, unpriced: 0 }); }

  add(call) {
    if (call.from_cache) return;
    this.calls += 1;
    this.input += call.tokens_in;
    this.output += call.tokens_out;
    if (call.dollars === null) this.unpriced += 1; else this.dollars += call.dollars;
  }

  /** Empty where no model was asked. What is not known is said to be unknown, and is not 0. */
  get text() {
    if (this.calls === 0) return "";
    const price = this.unpriced === 0 ? dollarsText(this.dollars)
      : this.unpriced === this.calls ? "price unknown"
        : `${dollarsText(this.dollars)} and ${this.unpriced} of unknown price`;
    return `${price}, ${tokens(this.input, this.output)}`;
  }
}

function tokens(input, output) {
  return `${input.toLocaleString("en")} tokens in, ${output.toLocaleString("en")} out`;
}

/** Four decimals, six below a cent, two from ten dollars. */
function dollarsText(dollars) {
  const decimals = dollars >= 10 ? 2 : dollars >= 0.01 || dollars === 0 ? 4 : 6;
  return `$${dollars.toFixed(decimals)}`;
}

/** The events of one step record, a line each, behind a line that opens. */
export class RecordTrace {
  constructor() {
    this.summary = h("summary", {});
    const list = h("ul", { class: "trace" });
    this.element = h("details", { class: "plain", hidden: true }, this.summary, list);
    this.lines = new Keyed(list, () => new TraceLine());
  }

  update(events) {
    setShown(this.element, events.some((one) => said[one.event]));
    const tries = events.filter((one) => one.event === "attempt").length;
    const cost = new Cost();
    for (const one of events) if (one.event === "model") cost.add(one.data);
    const about = ["What happened", tries > 1 && `${tries} tries`, cost.text];
    setText(this.summary, about.filter(Boolean).join(" · "));
    // An event never changes: its place is its name.
    // Of a question that was answered the answer tells all.
    const last = events.length - 1;
    const shown = events.map((event, place) => ({ event, place }))
      .filter(({ event, place }) => said[event.event] && (event.event !== "asking" || place === last));
    this.lines.update(shown, ({ place }) => place);
  }
}

class TraceLine {
  constructor() {
    this.words = h("span", {});
    this.more = h("pre", { hidden: true });
    this.element = h("li", {}, this.words, this.more);
  }

  update({ event }) {
    const { words, more = "" } = said[event.event](event.data, event.attempt);
    setText(this.words, words);
    setText(this.more, more);
    setShown(this.more, more);
  }
}

/** By the kind of event, its line, and what stands below it. */
const said = {
  attempt({ ok, kind, message, time_ms: took, delay_ms: delay }, number) {
    if (ok) return { words: `Try ${number}: ok after ${duration(took)}` };
    const next = delay === null ? "" : `; the next try after ${duration(delay)}`;
    return { words: `Try ${number}: failed after ${duration(took)} (${kind}): ${message}${next}` };
  },
  model(call) {
    if (call.from_cache) return { words: `${call.model}: the reply was remembered, nobody was asked` };
    const parts = [tokens(call.tokens_in, call.tokens_out) + (call.tokens_estimated ? " (counted by us)" : ""),
      call.tokens_cached !== null && `${call.tokens_cached.toLocaleString("en")} cached`,
      call.tokens_reasoning !== null && `${call.tokens_reasoning.toLocaleString("en")} reasoning`,
      call.dollars === null ? "price unknown" : dollarsText(call.dollars),
      call.broken_off && "broken off",
      call.finish !== null && `ended by ${call.finish}`,
      call.first_token_ms !== null && `first token after ${duration(call.first_token_ms)}`];
    const more = [call.note, call.raw !== null && `The reply as it came:\n${call.raw}`];
    return { words: `${call.model} (${call.provider}): ${parts.filter(Boolean).join(", ")}`,
      more: more.filter(Boolean).join("\n") };
  },
  asking({ provider, model, tokens_in: input }) {
    return { words: `${model} (${provider}): asked with about ${input.toLocaleString("en")} tokens`,
      more: "What came of it, and what it costs, is not known yet: it is under way, or was lost with its process." };
  },
  origins({ fields }) {
    const lines = Object.entries(fields).map(([path, from]) =>
      `${path} from ${from.map(({ step, source }) => `${step} (${source})`).join(", ")}`);
    return { words: "Text from outside", more: lines.join("\n") };
  },
  http({ method, url, status, bytes, redirects, recorded }) {
    const parts = [status === null ? "no answer" : `${status}, ${bytes.toLocaleString("en")} bytes`,
      redirects > 0 && `redirected ${redirects} times`, recorded && "from a recording"];
    return { words: `${method} ${url}: ${parts.filter(Boolean).join(", ")}` };
  },
  process({ exit_code: code, cpu_ms: cpu, peak_memory: memory, stdout, stderr }) {
    const parts = [code === null ? "stopped" : `exit code ${code}`,
      cpu !== null && `${duration(cpu)} of processor time`,
      memory !== null && `${Math.ceil(memory / 1e6)} MB of memory at the most`];
    return { words: `Process: ${parts.filter(Boolean).join(", ")}`, more: stdout + stderr };
  },
  session({ turn }) { return { words: turn }; },
  tools({ round, message, calls }) {
    const lines = calls.map((call) => [`${call.name} ${JSON.stringify(call.arguments)}`,
      call.session_id !== null && `session ${call.session_id}`,
      call.retried_session_id && `which goes on from session ${call.retried_session_id}`,
      call.approval_session_id !== null && `a person is asked in session ${call.approval_session_id}`,
    ].filter(Boolean).join(", "));
    return { words: `Round ${round}: the model asks for ${calls.map((call) => call.name).join(", ")}`,
      more: [message.content, ...lines].filter(Boolean).join("\n") };
  },
  tool({ name, arguments: given, result, error, time_ms: took, origins }) {
    const from = origins.length > 0 && `Text from ${origins.join(", ")} went into it.`;
    return { words: `Tool ${name}: ${error ? "failed" : "gave"} after ${duration(took)}`,
      more: [JSON.stringify(given), from, result].filter(Boolean).join("\n") };
  },
};
