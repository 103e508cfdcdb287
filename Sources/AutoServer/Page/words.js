// How the page says what stands in records: a status, a time, how long something took.

import { h, setAttribute, setText } from "/dom.js";

export const words = {
  NEW: "new", RUNNING: "running", WAITING: "waits for an answer", FINISHED: "finished", FAILED: "failed",
  CANCELLED: "cancelled",
};

/** The same as sentences about a session, for screen readers. */
export const sentences = {
  NEW: "The session has not begun yet.", RUNNING: "The session is running.",
  WAITING: "The session waits for an answer.", FINISHED: "The session has finished.",
  FAILED: "The session has failed.", CANCELLED: "The session was cancelled.",
};

/** The signs beside the words; page.css puts the same before a status, so that colour says nothing alone. */
export const signs = {
  NEW: "…", RUNNING: "▸", WAITING: "?", FINISHED: "✓", FAILED: "✕", CANCELLED: "⊘",
};

/** How many stand so. */
export function countedStatus(number, status) {
  const word = status === "WAITING" && number !== 1 ? "wait for an answer" : words[status];
  return `${number.toLocaleString("en")} ${word}`;
}

export function setStatus(element, status) {
  setAttribute(element, "class", `status ${status}`);
  setText(element, words[status]);
}

export function hasEnded({ status }) { return status === "FINISHED" || status === "FAILED"; }

/** Whether a step record is a question that a person has not answered. */
export function isAsking(record) { return record.status === "RUNNING"
  && record.step.step_type === "GET_USER_INPUT"; }

/**
 * How a session or a record stands for a reader, who is told waiting and cancelled apart from running and
 * failed.
 */
export function statusOf(one) {
  if (one.status === "RUNNING" && (one.step ? isAsking(one) : one.is_waiting)) return "WAITING";
  return one.status === "FAILED" && one.error === "cancelled" ? "CANCELLED" : one.status;
}

/** Where the page shows a session that the API names. */
export function placeOf(session) { return `#/a/${session.automation_id}/s/${session.id}`; }

/** The end of an id, which is random: the short id that the commands take. */
export function shortID(id) { return id.slice(-6); }

export function counted(number, one) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : `${one}s`}`;
}

/** Milliseconds in words: as they are below a tenth of a second, to the tenth below ten seconds. */
export function duration(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** How long from one time of a record to another; they are whole seconds. */
export function took({ created_at: began, updated_at: ended }) {
  const milliseconds = Date.parse(ended) - Date.parse(began);
  return milliseconds < 1000 ? "under 1 s" : duration(milliseconds);
}

function ago(milliseconds, now) {
  const passed = now - milliseconds;
  if (Math.abs(passed) < 5000) return "just now";
  // To the second, which is all that records know.
  const length = duration(Math.round(Math.abs(passed) / 1000) * 1000);
  if (passed < 0) return `in ${length}`;
  if (passed < 7 * 86_400_000) return `${length} ago`;
  return new Date(milliseconds).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

/** A time as what has passed since; the exact one is told on hover. `tellTimes` keeps it true. */
export function setTime(element, text) {
  if (element.getAttribute("datetime") === text) return;
  const date = new Date(text);
  setAttribute(element, "datetime", text);
  setAttribute(element, "title", date.toLocaleString("en", { dateStyle: "full", timeStyle: "long" }));
  setText(element, ago(date.getTime(), Date.now()));
}

export function time(text) {
  const element = h("time", {});
  if (text) setTime(element, text);
  return element;
}

/** Brings the times on the page up to date. */
export function tellTimes() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[datetime]"))
    setText(element, ago(Date.parse(element.dateTime), now));
}
