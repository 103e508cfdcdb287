// What both pages need: elements, the token, and requests. Everything from outside becomes text, never markup.

function parts(children) { return children.flat(Infinity).filter((child) => child !== null && child !== undefined); }

/** An element; `on…` are listeners, `class` and the like attributes, children elements or text. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...parts(children));
  return element;
}

/** Sets an element's text. What is the same stays, and with it a reader's selection; what only grows is added to. */
export function setText(element, text) {
  const node = element.firstChild;
  if (!node) { if (text !== "") element.append(text); return; }
  if (node.data === text) return;
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setShown(element, isShown) { if (element.hidden === isShown) element.hidden = !isShown; }

/**
 * The children of an element, one for each item of a list. An item's element stays the same element as long as the item's key
 * is in the list. `make` gives for an item `{ element, update }`; `update` is called with the item each time.
 */
export class Keyed {
  constructor(parent, make) {
    Object.assign(this, { parent, make });
    this.children = new Map();
  }

  get(key) { return this.children.get(key); }

  update(items, keyOf = (item) => item.id) {
    const keys = new Set(items.map(keyOf));
    for (const [key, child] of this.children) {
      if (keys.has(key)) continue;
      child.element.remove();
      this.children.delete(key);
    }
    let place = this.parent.firstElementChild;
    for (const item of items) {
      const child = this.put(keyOf(item), item, place);
      place = child.element.nextElementSibling;
    }
  }

  /** Updates one child; a new one comes before `place`, or last. */
  put(key, item, place = null) {
    let child = this.children.get(key);
    if (!child) {
      child = this.make(item);
      this.children.set(key, child);
      this.parent.insertBefore(child.element, place);
    } else if (place && child.element !== place) {
      this.parent.insertBefore(child.element, place);
    }
    child.update(item);
    return child;
  }
}

const main = document.getElementById("main");
const announcer = document.getElementById("announce");
const signOut = document.getElementById("sign-out");

export function show(...children) { main.replaceChildren(...parts(children)); }

export function announce(text) { if (announcer.textContent !== text) announcer.textContent = text; }

document.getElementById("skip").addEventListener("click", () => main.focus());

/** A key for all tries of one request. */
export function newKey() {
  return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint32Array(4)), (one) => one.toString(16)).join("-");
}

/** Kept in this tab only. */
export function token() { return sessionStorage.getItem("token"); }

export function takeTokenFromAddress() {
  const given = /^#token=(.+)$/.exec(location.hash);
  if (!given) return;
  sessionStorage.setItem("token", decodeURIComponent(given[1]));
  history.replaceState(null, "", location.pathname + "#/");
}

export class Refused extends Error {
  constructor(status, detail) {
    super(typeof detail === "string" ? detail : (detail || []).map((item) => item.msg || item.message).join("\n"));
    this.status = status;
    this.items = Array.isArray(detail) ? detail : [];
  }
}

/** Sends a request with the token; `options.json` is sent as JSON. */
export async function send(path, options = {}) {
  const headers = { Authorization: `Bearer ${token()}`, ...options.headers };
  let body;
  if (options.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.json);
  }
  let response;
  try {
    response = await fetch(path, { method: options.method || "GET", headers, body, signal: options.signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The server does not answer.");
  }
  if (response.ok) return response;
  let detail = `The server answered ${response.status}.`;
  try { detail = (await response.json()).detail; } catch { /* no JSON: the status says it */ }
  throw new Refused(response.status, detail);
}

export async function read(path, options) { return (await send(path, options)).json(); }

/** Comes back when somebody looks at the page: a browser lets only a few streams be open at once, over all tabs. */
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

/**
 * The events of a stream, each `{ kind, content }`, until `isOver` says that no more will come. A connection that is cut is taken
 * up again behind the last event that came; `say` is told of it.
 */
export async function* events(path, { signal, isOver, say }) {
  let last = null;
  while (!signal.aborted && !isOver()) {
    await seen(signal);
    const connection = new AbortController();
    const end = () => { if (document.hidden || signal.aborted) connection.abort(); };
    document.addEventListener("visibilitychange", end);
    signal.addEventListener("abort", end);
    try {
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const response = await send(path, { headers, signal: connection.signal });
      for await (const event of blocks(response)) {
        if (event.id) last = event.id;
        if (event.kind) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status >= 400 && error.status < 500) throw error;
      if (error.name !== "AbortError") say("The connection is cut; trying again …");
    } finally {
      document.removeEventListener("visibilitychange", end);
      signal.removeEventListener("abort", end);
      connection.abort();
    }
    if (!isOver() && !document.hidden) await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

async function* blocks(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const texts = (rest + value).split("\n\n");
    rest = texts.pop();
    for (const text of texts) {
      const field = (name) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1];
      const kind = field("event"), data = field("data");
      yield { id: field("id"), kind: data && kind, content: data && JSON.parse(data) };
    }
  }
}

/** Asks for a token, and calls `done` once there is one that the server knows. */
export function askForToken(done, problem = "") {
  signOut.hidden = true;
  const field = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const error = h("p", { class: "problem", role: "alert" }, problem);
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    sessionStorage.setItem("token", field.value.trim());
    try {
      await send("/automations?limit=1");
      done();
    } catch (refused) {
      sessionStorage.removeItem("token");
      error.textContent = refused.message;
      field.focus();
    }
  } },
    h("label", { for: "token" }, "Token"), field, error,
    h("div", { class: "actions" }, h("button", { type: "submit" }, "Sign in")));
  show(h("h1", {}, "Sign in"),
    h("p", { class: "soft" }, "A token is made on the server by ", h("code", {}, "autorun token new NAME"),
      ". It stays in this tab."), form);
  field.focus();
}

signOut.addEventListener("click", () => {
  sessionStorage.removeItem("token");
  location.assign("/");
  location.reload();
});

export function signedIn() { signOut.hidden = false; }

/** What went wrong, in place of the page. */
export function showProblem(error, again) {
  if (error.name === "AbortError") return;
  if (error.status === 401) { askForToken(again, error.message); return; }
  show(h("h1", {}, error.status === 404 ? "Not found" : "That did not work"),
    h("p", { class: "problem", role: "alert" }, error.message),
    h("div", { class: "actions" }, h("button", { onclick: again }, "Try again")));
}
