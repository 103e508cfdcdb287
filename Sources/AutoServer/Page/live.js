// What comes by itself: streams of events, and whether the connection stands.

import { Refused, send } from "/client.js";
import { h, setShown, setText } from "/dom.js";
import { readJSON } from "/json.js";

/** The longest that a try to connect again lets wait, in milliseconds, and what one request lets wait. */
const longestPause = 10_000, shortPause = 3000;

/**
 * A server says something every few seconds. One that is still for so many milliseconds is gone, told or not.
 */
const longestSilence = 60_000;

/** Streams that are cut at the moment. The note above the page shows while there is one. */
const cut = new Set();
const note = h("p", { id: "connection", role: "status", hidden: true });
const words = h("span", {});
note.append(words,
  h("button", { class: "quiet small", onclick: () => window.dispatchEvent(new Event("try-again")) },
    "Try now"));
document.body.insertBefore(note, document.getElementById("main"));

function setCut(stream, isCut) {
  if (isCut) cut.add(stream); else cut.delete(stream);
  setText(words,
    cut.size > 0 ? "The connection to the server is lost. What you see may be old; trying again …" : "");
  setShown(note, cut.size > 0);
}

/** Resolves when the page is looked at: a browser lets only a few streams be open at once, over all tabs. */
function seen(signal) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

/** Resolves after so many milliseconds, or when somebody wants to try now, or is online again. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      for (const name of ["try-again", "online"]) window.removeEventListener(name, over);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    for (const name of ["try-again", "online"]) window.addEventListener(name, over);
    signal.addEventListener("abort", over);
    if (signal.aborted) over();
  });
}

/**
 * Gives the function that takes why a request failed, and calls `again` a little later where that may pass:
 * once, however often it is told meanwhile.
 */
export function tryingAgain(again, signal) {
  let isWaiting = false;
  return async (error) => {
    if (isWaiting || !error.isPassing) return;
    isWaiting = true;
    await pause(shortPause, signal);
    isWaiting = false;
    if (!signal.aborted) again();
  };
}

/**
 * The events of a stream, each `{ kind, content }`, until `isOver` says that no more will come. A connection
 * that is cut is taken up again behind the last event that came.
 */
export async function* events(path, { signal, isOver = () => false }) {
  const stream = Symbol(path);
  let last = null, failures = 0;
  signal.addEventListener("abort", () => setCut(stream, false));
  while (!signal.aborted && !isOver()) {
    await seen(signal);
    const connection = new AbortController();
    const end = () => { if (document.hidden || signal.aborted || !navigator.onLine) connection.abort(); };
    document.addEventListener("visibilitychange", end);
    window.addEventListener("offline", end);
    signal.addEventListener("abort", end);
    let silence = null;
    const isAlive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), longestSilence);
    };
    try {
      isAlive();
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const response = await send(path, { headers, signal: connection.signal });
      setCut(stream, false);
      failures = 0;
      // There is nothing behind the last event, and nothing to come back for.
      if (response.status === 204) return;
      for await (const event of blocks(response, isAlive)) {
        if (event.id) last = event.id;
        if (event.kind) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && !error.isPassing) {
        setCut(stream, false);
        throw error;
      }
      if (!document.hidden) setCut(stream, true);
      failures += 1;
    } finally {
      clearTimeout(silence);
      document.removeEventListener("visibilitychange", end);
      window.removeEventListener("offline", end);
      signal.removeEventListener("abort", end);
      connection.abort();
    }
    if (!isOver() && !document.hidden)
      await pause(Math.min(longestPause, 1000 * 2 ** Math.min(failures, 4)), signal);
  }
}

async function* blocks(response, isAlive) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  // A large event comes in many pieces, which are joined once.
  let pieces = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    isAlive();
    const tail = pieces.length > 0 ? pieces.at(-1).slice(-1) : "";
    pieces.push(value);
    if (!(tail + value).includes("\n\n")) continue;
    const texts = pieces.join("").split("\n\n");
    pieces = [texts.pop()];
    for (const text of texts) yield eventOf(text);
  }
}

function eventOf(text) {
  const fields = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  const { id, event, data } = fields;
  return { id, kind: data && event, content: data && readJSON(data) };
}

/**
 * Calls `load` so many milliseconds after the first of many signs that there is news, never twice at once, and
 * once more where it failed. Gives the function that tells of news.
 */
export function gathered(load, signal, milliseconds = 400) {
  let timer = null, isLoading = false, isStale = false;
  const run = async () => {
    timer = null;
    if (signal.aborted) return;
    if (isLoading) { isStale = true; return; }
    isLoading = true;
    isStale = false;
    // The stream tells of a lost connection.
    try { await load(); } catch (error) { tryAgain(error); }
    isLoading = false;
    if (isStale) news();
  };
  const news = () => {
    timer ??= setTimeout(run, typeof milliseconds === "function" ? milliseconds() : milliseconds);
  };
  const tryAgain = tryingAgain(news, signal);
  return news;
}

/**
 * Calls `load` every so many milliseconds while somebody looks at the page, and when they come back to it.
 */
export function regularly(load, signal, milliseconds) {
  const look = () => { if (!document.hidden) Promise.resolve(load()).catch(() => {}); };
  const timer = setInterval(look, milliseconds);
  document.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  });
}
