// Requests to the server, with the token of this tab.

import { jsonOf, readJSON } from "/json.js";

/** A key for all tries of one request. */
export function newKey() {
  return crypto.randomUUID ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint32Array(4)), (one) => one.toString(16)).join("-");
}

/**
 * Gives for what is sent its key: the same one as long as the same is tried, so that a try whose answer was
 * lost is not done twice. `forget` tells that it has worked: the same sent again is another one.
 */
export class Keys {
  of(text) {
    if (text !== this.text) [this.text, this.key] = [text, newKey()];
    return this.key;
  }

  forget() { this.text = undefined; }
}

/** Kept in this tab only. */
export function token() { return sessionStorage.getItem("token"); }

export function setToken(text) {
  if (text) sessionStorage.setItem("token", text); else sessionStorage.removeItem("token");
}

/** What a part of an address says; as it stands where its percent signs mean nothing. */
export function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** A link may bring the token behind `#token=`, where no server sees it; it leaves the address at once. */
export function takeTokenFromAddress() {
  const given = /^#token=(.+)$/.exec(location.hash);
  if (!given) return;
  setToken(decoded(given[1]));
  history.replaceState(null, "", location.pathname + "#/");
}

/**
 * What the server refuses; `status` is 0 where it does not answer, `items` say which part of a body does not
 * fit.
 */
export class Refused extends Error {
  constructor(status, detail) {
    super(typeof detail === "string" ? detail
      : (detail || []).map((item) => item.msg || item.message).join("\n"));
    this.status = status;
    this.items = Array.isArray(detail) ? detail : [];
  }

  /** Whether the same may work a little later. */
  get isPassing() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}

/** Sends a request with the token; `options.json` is sent as JSON, `options.body` as it is. */
export async function send(path, options = {}) {
  const headers = { Authorization: `Bearer ${token()}`, ...options.headers };
  let { body } = options;
  if (options.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = jsonOf(options.json);
  }
  const method = options.method || "GET";
  let response;
  for (let tries = method === "GET" ? 2 : 1; !response; tries -= 1) {
    try { response = await fetch(path, { method, headers, body, signal: options.signal }); } catch (error) {
      if (error.name === "AbortError") throw error;
      if (tries === 1) throw new Refused(0, "The server does not answer.");
      // A network that changes breaks off what is on its way. What only reads is asked again.
      await new Promise((resolve) => { setTimeout(resolve, 300); });
    }
  }
  if (response.ok) return response;
  let detail = `The server answered ${response.status}.`;
  try { detail = (await response.json()).detail; } catch { /* no JSON: the status says it */ }
  throw new Refused(response.status, detail);
}

export async function read(path, options) { return (await send(path, options)).json(); }

/** The same with the numbers as they are written, for values that may be sent again. */
export async function readExactly(path, options) {
  return readJSON(await (await send(path, options)).text());
}

/**
 * A list whose pages lead from one to the next by their Link headers: `entries`, so many at most, and whether
 * there are more. What has moved to a later page meanwhile stands there once.
 */
export async function readPages(path, most, options) {
  const entries = new Map();
  let next = path;
  while (next && entries.size < most) {
    const answer = await send(next, options);
    for (const one of readJSON(await answer.text())) if (!entries.has(one.id)) entries.set(one.id, one);
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link"))?.[1];
  }
  return { entries: [...entries.values()], hasMore: Boolean(next) };
}

/** A path with those parameters that have a value. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => ![undefined, null, ""].includes(value));
  const query = new URLSearchParams(given);
  return query.size > 0 ? `${path}?${query}` : path;
}
