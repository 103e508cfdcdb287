// What stands around each view: the place for it, signing in, problems, words for who cannot see.

import { read, Refused, setToken, token } from "/client.js";
import { h, parts, setShown, setText } from "/dom.js";

const main = document.getElementById("main");
const announcer = document.getElementById("announce");
const signOut = document.getElementById("sign-out");
const who = document.getElementById("who");

export function show(...children) {
  main.removeAttribute("aria-busy");
  main.replaceChildren(...parts(children));
}

/** Stands until the view has come; it appears late, so that what comes at once does not flash. */
export function showLoading() {
  main.setAttribute("aria-busy", "true");
  main.replaceChildren(h("div", { class: "loading" }, h("p", { role: "status" }, "Loading …"),
    h("div", { class: "bone wide" }), h("div", { class: "bone" }), h("div", { class: "bone" })));
}

export function announce(text) { if (announcer.textContent !== text) announcer.textContent = text; }

document.getElementById("skip").addEventListener("click", () => main.focus());

signOut.addEventListener("click", () => {
  setToken(null);
  location.assign("/");
  location.reload();
});

/** Says that somebody is signed in, and as whom: `{ name, scope }`, where it is known. */
export function signedIn(me = null) {
  setShown(signOut, true);
  if (!who || !me) return;
  setText(who, me.scope === "read" ? `${me.name}, read only` : me.name);
  who.title = `Signed in by the token ${me.name}, scope ${me.scope}`;
}

/** Whether the token may start, answer and cancel. */
export function mayRun(me) { return me.scope !== "read"; }

/** Asks for a token, and calls `done` once there is one that the server knows. */
export function askForToken(done, problem = "") {
  setShown(signOut, false);
  if (who) setText(who, "");
  const field = h("input",
    { id: "token", type: "password", autocomplete: "off", required: true,
      "aria-describedby": "token-problem" });
  const error = h("p", { class: "problem", role: "alert", id: "token-problem" }, problem);
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    setToken(field.value.trim());
    try {
      await read("/me");
      done();
    } catch (refused) {
      setToken(null);
      error.textContent = refused.message;
      field.focus();
    }
  } },
    h("label", { for: "token" }, "Token"), field, error,
    h("div", { class: "actions" }, h("button", { type: "submit" }, "Sign in")));
  document.title = "Sign in – autorun";
  show(h("div", { class: "card sign-in" }, h("h1", {}, "Sign in"),
    h("p", { class: "soft" }, "A token is made on the server by ", h("code", {}, "autorun token new NAME"),
      ". It stays in this tab."), form));
  field.focus();
}

/** What went wrong, in place of the page. */
export function showProblem(error, again) {
  if (error.name === "AbortError") return;
  if (error.status === 401) { if (token()) setToken(null); askForToken(again, error.message); return; }
  const title = error.status === 404 ? "Not found" : error.status === 0 ? "No connection"
    : "That did not work";
  show(h("h1", {}, title), h("p", { class: "problem", role: "alert" }, error.message),
    h("div", { class: "actions" }, h("button", { onclick: again }, "Try again"),
      h("a", { class: "button quiet", href: "/#/" }, "Home")));
  if (!(error instanceof Refused)) console.error(error);
}
