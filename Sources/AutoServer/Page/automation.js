// An automation: start it, its sessions, its graph beside its text.

import { BatchForm } from "/batchform.js";
import { BatchList } from "/batches.js";
import { read, readExactly, send, withQuery } from "/client.js";
import { h, setShown, setText } from "/dom.js";
import { startForm } from "/forms.js";
import { mayRun, show } from "/frame.js";
import { Graph } from "/graph.js";
import { events, gathered, regularly } from "/live.js";
import { SessionPages } from "/sessions.js";
import { AutoText } from "/text.js";
import { shortID, time } from "/words.js";

const page = 20, often = 15_000;

export async function automationView(id, query, { signal, me }) {
  const base = `/automations/${id}`;
  const earlier = query.get("inputs");
  const get = (path) => read(path, { signal });
  const text = async () => (await send(base, { signal, headers: { Accept: "text/x-auto" } })).text();
  const load = () => Promise.all([
    get(`${base}?sessions=0`), readExactly(`${base}/inputs`, { signal }), text(),
  ]);
  const batches = new BatchList(base, me, signal);
  const [content, summary, sessions, given] = await Promise.all([
    load(), get(`${base}?view=summary`), get(listPath(base)),
    earlier ? readExactly(`${base}/sessions/${earlier}`, { signal }).then(({ inputs }) => inputs) : null,
    batches.load(),
  ]);
  if (signal.aborted) return;
  const title = h("h1", {}), about = h("p", { class: "soft" });
  const starts = h("p", { class: "soft", id: "starts" });
  const problem = h("p", { class: "problem", role: "status" });
  /** What a changed file changes. */
  const tell = (now) => {
    document.title = `${now.name} – autorun`;
    setText(title, now.name);
    setText(about, now.description);
    tellStarts(starts, now);
    tellProblem(problem, now);
  };
  tell(summary);
  const list = new Sessions(base, sessions, signal);
  const start = mayRun(me) ? new StartCard(base, id, given, earlier, signal) : null;
  const definition = new Definition(content, start);
  show(h("nav", { class: "crumbs", "aria-label": "Place" }, h("a", { href: "#/" }, "Home")),
    title, about, starts, problem,
    h("div", { class: "halves" },
      start ? start.element
        : h("section", { class: "card" }, h("h2", {}, "Start"),
          h("p", { class: "soft" }, "This token may only read: it starts nothing.")),
      h("div", { class: "stack" }, batches.element, list.element)),
    h("div", { class: "halves text" },
      h("section", { class: "card" }, h("h2", {}, "Graph"), definition.graph.element),
      h("section", { class: "card" }, h("h2", {}, "Text"), definition.text.element)));
  if (earlier) document.querySelector("form :is(input, textarea, select, button)")?.focus();
  list.follow(() => batches.lookSoon());
  batches.follow();
  regularly(async () => {
    const now = await get(`${base}?view=summary`);
    tell(now);
    if (now.version_id !== definition.version) definition.update(await load());
  }, signal, often);
}

function listPath(base, more = {}) {
  return withQuery(`${base}/sessions`, { view: "summary", limit: page, ...more });
}

/** What starts an automation besides a person or a client. */
function tellStarts(element, { id, schedule, zone, next_start_at: next, webhook }) {
  const parts = [];
  if (schedule) parts.push("Starts by itself: ", h("code", {}, schedule), ` (${zone})`);
  if (next) parts.push(", next ", time(next));
  if (schedule) parts.push(". ");
  if (webhook) parts.push("A webhook starts it: ", h("code", {}, `POST /automations/${id}/webhook`), ".");
  element.replaceChildren(...parts);
  setShown(element, parts.length > 0);
}

/** That an automation's file is not served as it is now. */
function tellProblem(element, { problem }) {
  setText(element, problem ? `The file has a fault, so its last good version is served: ${problem}` : "");
  setShown(element, problem);
}

/** An automation's graph, its text and the form of its inputs. A changed file changes them in place. */
class Definition {
  /** `start` is null where nothing may be started. */
  constructor(content, start) {
    this.start = start;
    this.take(content);
  }

  take([automation, schema, source]) {
    this.version = automation.current_version.id;
    this.text = new AutoText(source);
    this.graph = new Graph(automation, (name) => this.text.goTo(name));
    this.start?.take(schema);
  }

  update(content) {
    const { graph, text } = this, { scrollTop } = text.box;
    this.take(content);
    graph.element.replaceWith(this.graph.element);
    text.element.replaceWith(this.text.element);
    this.text.box.scrollTop = scrollTop;
  }
}

class StartCard {
  constructor(base, id, given, earlier, signal) {
    Object.assign(this, { base, id, given });
    this.batch = new BatchForm(base, id, signal);
    this.nothing = h("p", { class: "soft" }, "It takes no inputs.");
    this.place = h("div", {});
    this.element = h("section", { class: "card start", "aria-label": "Start" }, h("h2", {}, "Start"),
      earlier ? h("p", { class: "soft small" }, "With the inputs of ",
        h("a", { href: `#/a/${id}/s/${earlier}` }, `session ${shortID(earlier)}`), ".") : null,
      this.nothing, this.place, this.batch.element);
  }

  /** Shows the form of these inputs. What somebody has filled in stays. */
  take(schema) {
    const asText = JSON.stringify(schema);
    if (asText === this.schema) return;
    this.schema = asText;
    const hasFocus = this.place.contains(document.activeElement);
    const given = { ...this.given, ...this.form?.written() };
    this.form = startForm(schema, given, (inputs, key) => this.begin(inputs, key));
    this.place.replaceChildren(this.form.element);
    this.batch.take(schema);
    setShown(this.nothing, Object.keys(schema.properties || {}).length === 0);
    if (hasFocus) this.place.querySelector("input, textarea, select, button")?.focus();
  }

  async begin(inputs, key) {
    const session = await read(`${this.base}/sessions`,
      { method: "POST", json: { inputs }, headers: { "Idempotency-Key": key } });
    location.hash = `#/a/${this.id}/s/${session.id}`;
  }
}

class Sessions {
  constructor(base, newest, signal) {
    Object.assign(this, { base, signal });
    this.pages = new SessionPages({ path: (more) => listPath(base, more), limit: page, signal,
      showsAutomation: false });
    this.pages.begin(newest);
    this.element = h("section", { class: "card", "aria-labelledby": "sessions-title" },
      h("h2", { id: "sessions-title" }, "Sessions"), this.pages.list.element, this.pages.actions);
  }

  /** The list shows by itself what begins and changes; `changed` is called with each of it. */
  async follow(changed) {
    const refresh = () => this.pages.refresh();
    const refreshSoon = gathered(refresh, this.signal);
    regularly(refresh, this.signal, often);
    try {
      const stream = events(listPath(this.base), { signal: this.signal });
      for await (const { content } of stream) {
        this.pages.take(content);
        refreshSoon();
        changed();
      }
    } catch { /* The automation is gone, or the token is: the next click says so. */ }
  }
}
