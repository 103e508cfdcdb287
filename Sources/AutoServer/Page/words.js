// How the page says what stands in records: a status, a time, how long a step took.

import { setAttribute, setText } from "/client.js";

export const words = { NEW: "new", RUNNING: "running", WAITING: "waits for an answer", FINISHED: "finished", FAILED: "failed" };

export function setStatus(element, status) {
  setAttribute(element, "class", `status ${status}`);
  setText(element, words[status]);
}

export function setTime(element, text) {
  if (element.getAttribute("datetime") === text) return;
  setAttribute(element, "datetime", text);
  setAttribute(element, "title", text);
  setText(element, new Date(text).toLocaleString());
}

export function hasEnded({ status }) { return status === "FINISHED" || status === "FAILED"; }

/** Whether a step record is a question that a person has not answered. */
export function isAsking(record) { return record.status === "RUNNING" && record.step.step_type === "GET_USER_INPUT"; }

export function took(record) {
  if (!hasEnded(record)) return "";
  const seconds = (Date.parse(record.updated_at) - Date.parse(record.created_at)) / 1000;
  return seconds < 1 ? "under 1 s" : seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** A value as text, structured ones as JSON over several lines. */
export function textOf(value) { return typeof value === "string" ? value : JSON.stringify(value, null, 2); }

/** Compact JSON over several lines; any other text as it is. */
export function pretty(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
