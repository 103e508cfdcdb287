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
