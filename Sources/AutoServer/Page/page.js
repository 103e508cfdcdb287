// The page for people: which view the address names, and what every view needs.

import { automationView } from "/automation.js";
import { batchView } from "/batches.js";
import { decoded, read, takeTokenFromAddress, token } from "/client.js";
import { askForToken, show, showLoading, showProblem, signedIn } from "/frame.js";
import { homeView } from "/home.js";
import { events } from "/live.js";
import { SessionView } from "/session.js";
import { tellTimes } from "/words.js";

/** Stops what the view before left running: its requests, its streams. */
let view = new AbortController();

async function route() {
  view.abort();
  view = new AbortController();
  const { signal } = view;
  takeTokenFromAddress();
  if (!token()) { askForToken(route); return; }
  showLoading();
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  try {
    const me = await read("/me", { signal });
    signedIn(me);
    await draw(parts, new URLSearchParams(query), { signal, me });
    if (signal.aborted) return;
    scrollTo(0, 0);
    if (document.activeElement === document.body)
      document.getElementById("main").focus({ preventScroll: true });
  } catch (error) {
    if (!signal.aborted) showProblem(error, route);
  }
}

function draw(parts, query, context) {
  if (parts[0] === "a" && parts[2] === "s" && parts[3]) return sessionView(parts[1], parts[3], context);
  if (parts[0] === "a" && parts[2] === "b" && parts[3]) return batchView(parts[1], parts[3], query, context);
  if (parts[0] === "a" && parts[1]) return automationView(parts[1], query, context);
  return homeView(query, context);
}

async function sessionView(automationID, id, { signal, me }) {
  const base = `/automations/${automationID}/sessions/${id}`;
  let session = null;
  const stream = events(base, { signal, isOver: () => session?.hasEnded });
  const [automation, first] = await Promise.all([
    automationOf(automationID, signal),
    stream.next(),
  ]);
  if (first.done || signal.aborted) return;
  document.title = `Session – ${automation ? automation.name : "A deleted automation"} – autorun`;
  session = new SessionView({ base, automationID, automation, me, session: first.value.content, signal });
  show(session.element);
  follow(session, stream);
}

/** Null where it is gone. */
async function automationOf(id, signal) {
  try { return await read(`/automations/${id}?sessions=0`, { signal }); } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

async function follow(session, stream) {
  try {
    for await (const event of stream) session.take(event);
  } catch (error) {
    session.say(error.message);
  }
}

window.addEventListener("hashchange", route);
setInterval(tellTimes, 5000);
route();
