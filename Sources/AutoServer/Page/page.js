// The page for people: automations, one automation with its sessions, one session live.

import { announce, askForToken, h, read, Refused, send, show, showProblem, signedIn, takeTokenFromAddress, token } from "/client.js";
import { drawGraph } from "/graph.js";
import { answerForm, startForm } from "/forms.js";

/** Stops what the view before left running: its stream, its timer. */
let leave = () => {};

async function route() {
  leave();
  leave = () => {};
  takeTokenFromAddress();
  if (!token()) { askForToken(route); return; }
  signedIn();
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  try {
    if (parts[0] === "a" && parts[2] === "s" && parts[3]) await sessionView(parts[1], parts[3]);
    else if (parts[0] === "a" && parts[1]) await automationView(parts[1]);
    else await listView();
    document.getElementById("main").focus();
  } catch (error) {
    showProblem(error, route);
  }
}

window.addEventListener("hashchange", route);
route();

// Words.

const words = { NEW: "new", RUNNING: "running", WAITING: "waits for an answer", FINISHED: "finished", FAILED: "failed" };

function statusWord(status) { return h("span", { class: `status ${status}` }, words[status]); }

/** RUNNING, unless what runs is a question to a person. */
function statusOf(session) {
  const current = session.current_step;
  const asks = current && current.status === "RUNNING" && current.step.step_type === "GET_USER_INPUT";
  return session.status === "RUNNING" && asks ? "WAITING" : session.status;
}

function time(text) {
  return h("time", { datetime: text, title: text }, new Date(text).toLocaleString());
}

function took(record) {
  const seconds = (Date.parse(record.updated_at) - Date.parse(record.created_at)) / 1000;
  if (record.status === "NEW" || record.status === "RUNNING") return "";
  return seconds < 1 ? "under 1 s" : seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

// Automations.

async function listView() {
  const automations = await read("/automations?limit=200");
  document.title = "autorun";
  show(h("h1", {}, "Automations"),
    automations.length === 0
      ? h("p", { class: "soft" }, "None yet. Start the server with files, or create one by POST /automations.")
      : h("ul", { class: "list" }, automations.map((automation) => h("li", {},
        h("div", { class: "row" },
          h("a", { href: `#/a/${automation.id}` }, automation.name),
          automation.sessions[0] ? statusWord(statusOf(automation.sessions[0])) : h("span", { class: "soft" }, "not run yet")),
        h("p", { class: "soft" }, automation.description)))));
}

function graphOf(automation) {
  const version = automation.current_version;
  const edges = version.step_transitions.map((one) => ({ from: one.source_step_id, to: one.target_step_id, label: one.label }));
  return drawGraph(automation.name, version.steps, edges);
}

function graphBox(graph) {
  return h("div", { class: "graph", tabindex: "0", role: "region", "aria-label": "Graph of the steps" }, graph.svg);
}

async function automationView(id) {
  const [automation, schema] = await Promise.all([read(`/automations/${id}`), read(`/automations/${id}/inputs`)]);
  document.title = `${automation.name} – autorun`;
  const sessions = h("ul", { class: "list", id: "sessions" });
  const more = h("button", { class: "quiet", hidden: true }, "Show older");
  const line = (session) => h("li", {},
    h("div", { class: "row" },
      h("a", { href: `#/a/${id}/s/${session.id}` }, time(session.created_at)), statusWord(statusOf(session)),
      h("span", { class: "soft" }, `${session.steps_count} steps`)),
    session.error ? h("p", { class: "soft small" }, session.error) : null);
  let older = [];
  const fill = (newest) => {
    sessions.replaceChildren(...[...newest, ...older].map(line));
    if (sessions.childElementCount === 0) sessions.append(h("li", { class: "soft" }, "None yet."));
  };
  const page = 20;
  const newest = await read(`/automations/${id}/sessions?limit=${page}`);
  let last = newest.at(-1);
  more.hidden = newest.length < page;
  more.addEventListener("click", async () => {
    const next = await read(`/automations/${id}/sessions?limit=${page}&cursor=${last.id}`);
    older = older.concat(next);
    last = next.at(-1) || last;
    more.hidden = next.length < page;
    fill(newest);
  });
  fill(newest);
  // Until one turns to older ones, the list shows what is new by itself.
  const timer = setInterval(async () => {
    if (document.hidden || older.length > 0) return;
    try { fill(await read(`/automations/${id}/sessions?limit=${page}`)); } catch { /* seen at the next click */ }
  }, 3000);
  leave = () => clearInterval(timer);
  show(h("p", {}, h("a", { href: "#/" }, "Automations")), h("h1", {}, automation.name),
    h("p", { class: "soft" }, automation.description), graphBox(graphOf(automation)),
    h("h2", {}, "Start"),
    startForm(schema, async (inputs, key) => {
      const session = await read(`/automations/${id}/sessions`, {
        method: "POST", json: { inputs }, headers: { "Idempotency-Key": key },
      });
      location.hash = `#/a/${id}/s/${session.id}`;
    }),
    h("h2", {}, "Sessions"), sessions, h("div", { class: "actions" }, more));
}

// A session.

async function sessionView(automationID, id) {
  const base = `/automations/${automationID}/sessions/${id}`;
  const [automation, first] = await Promise.all([
    read(`/automations/${automationID}`).catch((error) => { if (error.status === 404) return null; throw error; }),
    read(base),
  ]);
  const name = automation ? automation.name : "A deleted automation";
  document.title = `Session – ${name} – autorun`;
  const graph = automation ? graphOf(automation) : null;
  const view = new SessionView(base, automationID, first, graph);
  show(h("p", {}, h("a", { href: `#/a/${automationID}` }, name)), h("h1", {}, "Session"), view.head,
    graph ? graphBox(graph) : null, view.question, h("h2", {}, "Steps"), view.steps);
  const abort = new AbortController();
  leave = () => abort.abort();
  view.update();
  if (first.status === "NEW" || first.status === "RUNNING") follow(view, base, abort.signal);
}

/** Takes the session's events until it has ended; a cut connection is taken up again. */
async function follow(view, base, signal) {
  while (!signal.aborted && !view.hasEnded) {
    try {
      const response = await send(base, { headers: { Accept: "text/event-stream" }, signal });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) take(view, event);
      }
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      if (error instanceof Refused && error.status >= 400 && error.status < 500) { view.say(error.message); return; }
      view.say("The connection is cut; trying again …");
    }
    if (!view.hasEnded) await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

function take(view, event) {
  const kind = /^event: (.+)$/m.exec(event), data = /^data: (.+)$/m.exec(event);
  if (!kind || !data) return;
  const content = JSON.parse(data[1]);
  if (kind[1] === "session") view.session = content;
  else if (kind[1] === "step") view.takeStep(content);
  else if (kind[1] === "text") { view.takeText(content); return; }
  view.update();
}

class SessionView {
  constructor(base, automationID, session, graph) {
    Object.assign(this, { base, automationID, session, graph });
    this.head = h("div", { id: "session" });
    this.question = h("div", {});
    this.steps = h("div", { id: "steps" });
    this.boxes = new Map();
    this.asked = null;
    this.forms = new Map();
  }

  get hasEnded() { return this.session.status === "FINISHED" || this.session.status === "FAILED"; }

  say(text) { this.note.textContent = text; announce(text); }

  takeStep(record) {
    const steps = this.session.steps;
    const place = steps.findIndex((one) => one.id === record.id);
    if (place < 0) steps.push(record); else steps[place] = record;
    this.session.steps_count = steps.length;
    this.session.current_step = steps.findLast((one) => one.status === "RUNNING") || steps.findLast((one) => one.status !== "NEW") || null;
    if (this.session.status === "NEW") this.session.status = "RUNNING";
  }

  takeText({ id, text }) {
    const box = this.boxes.get(id);
    if (!box) return;
    box.live.hidden = false;
    box.element.open = true;
    box.words.append(text);
  }

  update() {
    const { session } = this;
    const status = statusOf(session);
    this.note = h("p", { class: "soft small" });
    const cancel = h("button", { class: "danger", onclick: () => this.cancel(cancel) }, "Cancel");
    const retry = h("button", { class: "quiet", onclick: () => this.retry(retry) }, "Retry from where it failed");
    this.head.replaceChildren(...[
      h("div", { class: "row" }, statusWord(status), h("span", { class: "soft" }, "began ", time(session.created_at)),
        h("code", { class: "soft small" }, session.id)),
      session.error ? h("p", { class: "problem" }, session.error) : null,
      Object.keys(session.inputs || {}).length > 0 ? fields("Inputs", session.inputs) : null,
      this.hasEnded ? null : h("div", { class: "actions" }, cancel),
      session.status === "FAILED" ? h("div", { class: "actions" }, retry) : null, this.note].filter(Boolean));
    announce(`The session is ${words[status]}.`);
    if (this.graph) this.colour();
    for (const record of session.steps) this.showStep(record);
    this.ask(status);
  }

  colour() {
    const statuses = new Map();
    for (const record of this.session.steps) {
      const waits = record.status === "RUNNING" && record.step.step_type === "GET_USER_INPUT";
      statuses.set(record.step.name, waits && !this.hasEnded ? "WAITING" : record.status);
    }
    this.graph.colour(statuses);
  }

  showStep(record) {
    let box = this.boxes.get(record.id);
    const shown = JSON.stringify(record) + this.hasEnded;
    if (box && box.shown === shown) return;
    if (!box) {
      const wordsBox = h("pre", {}), live = h("div", { hidden: true }, h("p", { class: "soft small" }, "The model writes:"), wordsBox);
      box = { element: h("details", {}), words: wordsBox, live };
      this.boxes.set(record.id, box);
      this.steps.append(box.element);
    }
    box.shown = shown;
    if (record.status !== "RUNNING") box.live.hidden = true;
    if (record.status === "FAILED" && record.error !== "cancelled") box.element.open = true;
    const waits = record.status === "RUNNING" && record.step.step_type === "GET_USER_INPUT" && !this.hasEnded;
    const { type, ...prompt } = record.prompt || {};
    box.element.replaceChildren(
      h("summary", {}, h("span", { class: "row" }, h("span", { class: "name" }, record.step.name),
        statusWord(waits ? "WAITING" : record.status), h("span", { class: "soft small" }, record.step.step_type),
        h("span", { class: "soft small" }, took(record)))),
      h("div", { class: "inside" }, [
        record.error ? h("p", { class: "problem" }, record.error) : null, box.live,
        record.result ? fields("Result", { result: record.result }, true) : null,
        Object.keys(prompt).length > 0 ? fields("Prompt", prompt) : null,
        h("p", { class: "soft small" }, "began ", time(record.created_at), ", changed ", time(record.updated_at)),
        h("div", { class: "actions" }, h("button", {
          class: "quiet", onclick: (event) => this.rerun(record.step.name, event.target),
        }, "Rerun from here")),
      ].filter(Boolean)));
  }

  async ask(status) {
    const waiting = status === "WAITING" || this.session.steps.some((one) => one.status === "RUNNING" && one.step.step_type === "GET_USER_INPUT");
    if (!waiting || this.hasEnded) { this.question.replaceChildren(); this.forms.clear(); this.asked = null; return; }
    const key = this.session.steps.filter((one) => one.status === "RUNNING").map((one) => one.id).join();
    if (this.asked === key) return;
    this.asked = key;
    try {
      const questions = await read(`${this.base}/questions`);
      if (this.asked !== key) return;
      // What has been typed into the form of a question that still waits stays there; a form answers its own question only.
      const before = this.forms;
      this.forms = new Map(questions.map((question) => [question.id, before.get(question.id) || this.formFor(question)]));
      const isSame = before.size === this.forms.size && questions.every((question) => before.has(question.id));
      if (isSame) return;
      this.question.replaceChildren(...this.forms.values());
      this.question.querySelector("button, input, textarea, select")?.focus();
    } catch (error) {
      this.say(error.message);
    }
  }

  formFor(question) {
    return answerForm(question, async (answer, key) => {
      // The stream tells what comes of it, and may have told the end by the time this is answered.
      await send(`${this.base}/user_input`, {
        method: "PATCH", json: { user_input: answer, step: question.id }, headers: { "Idempotency-Key": key },
      });
    });
  }

  async cancel(button) {
    button.disabled = true;
    try {
      this.session = await read(`${this.base}/cancel`, { method: "PATCH" });
      this.update();
    } catch (error) {
      button.disabled = false;
      this.say(error.message);
    }
  }

  rerun(step, button) { return this.startAnother("rerun", { json: { from: step } }, button); }

  retry(button) { return this.startAnother("retry", {}, button); }

  /** Starts a session that takes over what this one did. */
  async startAnother(how, options, button) {
    button.disabled = true;
    try {
      const session = await read(`${this.base}/${how}`, { method: "POST", ...options });
      location.hash = `#/a/${this.automationID}/s/${session.id}`;
    } catch (error) {
      button.disabled = false;
      this.say(error.message);
    }
  }
}

/** A record's fields, each as the text that it is. */
function fields(title, values, isAlone = false) {
  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  if (isAlone) return h("dl", {}, Object.values(values).map((value) => [h("dt", {}, title), h("dd", {}, h("pre", {}, pretty(text(value))))]));
  return h("details", {}, h("summary", {}, title),
    h("div", { class: "inside" }, h("dl", {}, Object.entries(values).map(([key, value]) => [h("dt", {}, key), h("dd", {}, h("pre", {}, text(value)))]))));
}

/** Compact JSON over several lines; any other text as it is. */
function pretty(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
