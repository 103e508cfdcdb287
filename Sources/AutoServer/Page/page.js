// The page for people: automations, one automation with its sessions, one session live.

import { askForToken, events, h, Keyed, read, setShown, setText, show, showProblem, signedIn, takeTokenFromAddress, token } from "/client.js";
import { drawGraph } from "/graph.js";
import { startForm } from "/forms.js";
import { SessionView } from "/session.js";
import { setStatus, setTime } from "/words.js";

/** Stops what the view before left running: its requests, its stream. */
let view = new AbortController();

async function route() {
  view.abort();
  view = new AbortController();
  takeTokenFromAddress();
  if (!token()) { askForToken(route); return; }
  signedIn();
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  const { signal } = view;
  try {
    if (parts[0] === "a" && parts[2] === "s" && parts[3]) await sessionView(parts[1], parts[3], signal);
    else if (parts[0] === "a" && parts[1]) await automationView(parts[1], signal);
    else await listView(signal);
    if (!signal.aborted) document.getElementById("main").focus();
  } catch (error) {
    if (!signal.aborted) showProblem(error, route);
  }
}

window.addEventListener("hashchange", route);
route();

/** How a session of a list stands: RUNNING, unless it waits for a person. */
function statusOf(summary) { return summary.status === "RUNNING" && summary.is_waiting ? "WAITING" : summary.status; }

/** That an automation's file is not served as it is now. */
function problemOf({ problem }) {
  return problem ? h("p", { class: "problem" }, `The file has a fault, so its last good version is served: ${problem}`) : null;
}

function status(name) {
  const element = h("span", {});
  setStatus(element, name);
  return element;
}

// Automations.

async function listView(signal) {
  const automations = await read("/automations?view=summary&limit=200", { signal });
  document.title = "autorun";
  show(h("h1", {}, "Automations"),
    automations.length === 0
      ? h("p", { class: "soft" }, "None yet. Start the server with files, or create one by POST /automations.")
      : h("ul", { class: "list" }, automations.map((automation) => h("li", {},
        h("div", { class: "row" },
          h("a", { href: `#/a/${automation.id}` }, automation.name),
          automation.newest_session ? status(statusOf(automation.newest_session)) : h("span", { class: "soft" }, "not run yet")),
        h("p", { class: "soft" }, automation.description), problemOf(automation)))));
}

function graphOf(automation) {
  const version = automation.current_version;
  const edges = version.step_transitions.map((one) => ({ from: one.source_step_id, to: one.target_step_id, label: one.label }));
  return drawGraph(automation.name, version.steps, edges);
}

function graphBox(graph) {
  return h("div", { class: "graph", tabindex: "0", role: "region", "aria-label": "Graph of the steps" }, graph.svg);
}

async function automationView(id, signal) {
  const base = `/automations/${id}`, page = 20;
  const older = (before) => read(`${base}/sessions?view=summary&limit=${page}${before ? `&cursor=${before}` : ""}`, { signal });
  const [automation, summary, schema, newest] = await Promise.all([
    read(`${base}?sessions=0`, { signal }), read(`${base}?view=summary`, { signal }), read(`${base}/inputs`, { signal }), older(),
  ]);
  document.title = `${automation.name} – autorun`;
  const list = new SessionList(id);
  list.add(newest);
  const more = h("button", { class: "quiet", hidden: newest.length < page, onclick: async () => {
    const next = await older(list.oldest);
    list.add(next);
    setShown(more, next.length === page);
  } }, "Show older");
  show(h("p", {}, h("a", { href: "#/" }, "Automations")), h("h1", {}, automation.name),
    h("p", { class: "soft" }, automation.description), problemOf(summary), graphBox(graphOf(automation)),
    h("h2", {}, "Start"),
    startForm(schema, async (inputs, key) => {
      const session = await read(`${base}/sessions`, {
        method: "POST", json: { inputs }, headers: { "Idempotency-Key": key },
      });
      location.hash = `#/a/${id}/s/${session.id}`;
    }),
    h("h2", {}, "Sessions"), list.empty, list.element, h("div", { class: "actions" }, more));
  keepUp(list, `${base}/sessions?limit=${page}`, signal);
}

/** The list shows by itself what begins and changes. */
async function keepUp(list, path, signal) {
  try {
    for await (const event of events(path, { signal, isOver: () => false, say() {} })) list.add([event.content]);
  } catch { /* The automation is gone, or the token is: the next click says so. */ }
}

/** Sessions, newest first. */
class SessionList {
  constructor(automation) {
    this.element = h("ul", { class: "list", id: "sessions" });
    this.empty = h("p", { class: "soft" }, "None yet.");
    this.sessions = new Map();
    this.lines = new Keyed(this.element, (session) => sessionLine(automation, session));
  }

  /** Ids sort by time. */
  get sorted() { return [...this.sessions.values()].sort((a, b) => (a.id < b.id ? 1 : -1)); }

  get oldest() { return this.sorted.at(-1)?.id; }

  add(sessions) {
    for (const session of sessions) this.sessions.set(session.id, session);
    this.lines.update(this.sorted);
    setShown(this.empty, this.sessions.size === 0);
  }
}

function sessionLine(automation, { id, created_at: began }) {
  const when = h("time", {}), stands = h("span", {}), steps = h("span", { class: "soft" }), error = h("p", { class: "soft small" });
  setTime(when, began);
  const element = h("li", {}, h("div", { class: "row" }, h("a", { href: `#/a/${automation}/s/${id}` }, when), stands, steps), error);
  const update = (session) => {
    setStatus(stands, statusOf(session));
    setText(steps, `${session.steps_count} steps`);
    setText(error, session.error || "");
    setShown(error, Boolean(session.error));
  };
  return { element, update };
}

// A session.

async function sessionView(automationID, id, signal) {
  const base = `/automations/${automationID}/sessions/${id}`;
  let session = null;
  const stream = events(base, { signal, isOver: () => session?.hasEnded, say: (text) => (session ? session.say(text) : show(h("p", { class: "problem", role: "alert" }, text))) });
  const [automation, first] = await Promise.all([
    read(`/automations/${automationID}?sessions=0`, { signal }).catch((error) => { if (error.status === 404) return null; throw error; }),
    stream.next(),
  ]);
  if (first.done) return;
  const name = automation ? automation.name : "A deleted automation";
  document.title = `Session – ${name} – autorun`;
  const graph = automation ? graphOf(automation) : null;
  session = new SessionView(base, automationID, graph, first.value.content);
  show(h("p", {}, h("a", { href: `#/a/${automationID}` }, name)), h("h1", {}, "Session"), session.head,
    graph ? graphBox(graph) : null, session.questions, h("h2", {}, "Steps"), session.steps);
  follow(session, stream);
}

async function follow(session, stream) {
  try {
    for await (const event of stream) session.take(event);
  } catch (error) {
    session.say(error.message);
  }
}
