import { invalidField } from "./errors.js";

export const MAX_TEXT = 4_000; // characters, as the database counts them: code points, not UTF-16 units
export const MAX_SECONDS = 86_400; // What the server takes as a duration.
const HALF_OF_A_PAIR = /[\ud800-\udfff]/gu; // With the flag u, a whole pair is one character and does not match.
const YEAR_2000_MS = Date.UTC(2000);
const YEAR_2100_MS = Date.UTC(2100);

/** @param {unknown} text @returns {string} what JSON and the database can hold: no NUL, no half of a surrogate pair */
export const wellFormed = (text) => String(text ?? "").replace(/\0/g, "").replace(HALF_OF_A_PAIR, "\ufffd");

/** @param {unknown} text @returns {string} the words of a line */
export function cleanText(text) {
  const clean = wellFormed(text).trim();
  if (!clean) throw invalidField("A line needs words.", "text");
  if ([...clean].length > MAX_TEXT) throw invalidField(`A line holds ${MAX_TEXT} characters at most.`, "text");
  return clean;
}

/**
 * Reads the time of a line. A small number, also as text, is seconds since the session's start, as voice SDKs give it. A
 * text without a year, such as "00:05", says nothing about the date: the line's time is then now.
 * @param {unknown} given
 * @returns {string|number} ISO 8601, or seconds since the session's start
 */
export function lineTime(given) {
  if (given === undefined || given === null) return new Date().toISOString();
  const text = typeof given === "string" ? given.trim() : "";
  if (typeof given === "number" || /^[-+]?\d*\.?\d+$/.test(text)) {
    const number = Number(given);
    if (number >= 0 && number <= MAX_SECONDS) return number;
    if (number >= YEAR_2000_MS && number < YEAR_2100_MS) return new Date(number).toISOString();
    throw invalidField("A timestamp is ISO 8601, or seconds since the session's start.", "timestamp");
  }
  const time = new Date(given instanceof Date || /\d{4}/.test(text) ? /** @type {any} */ (given) : NaN);
  return (Number.isNaN(time.getTime()) ? new Date() : time).toISOString();
}

/** @param {string|number} time of `lineTime` @param {string} startedAt ISO 8601 @returns {string} ISO 8601 */
export function isoTime(time, startedAt) {
  if (typeof time === "string") return time;
  const start = Date.parse(startedAt);
  return new Date(Number.isNaN(start) ? Date.now() : start + time * 1_000).toISOString();
}

/** @returns {string} unique, not secret: crypto.randomUUID exists on https and localhost only */
export function newKey() {
  try {
    return crypto.randomUUID();
  } catch {
    return Array.from({ length: 8 }, () => Math.random().toString(16).slice(2, 8).padEnd(6, "0")).join("");
  }
}

/** A promise and its two handles. */
export function deferred() {
  /** @type {any} */
  const waiter = {};
  waiter.promise = new Promise((resolve, reject) => Object.assign(waiter, { resolve, reject }));
  return waiter;
}

/** @param {string|null} token a JWT @returns {string} its subject, the user's id; empty where it has none */
export function subjectOf(token) {
  try {
    const payload = String(token).split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return String(JSON.parse(atob(payload)).sub ?? "");
  } catch {
    return "";
  }
}

/**
 * Called before every request, so that one user's lines are never sent with the token of another user of the same browser.
 * @param {string|null} token @param {string} [owner] the user's id, where the request is one user's
 */
export const speaksFor = (token, owner) => Boolean(token) && (owner === undefined || subjectOf(token) === owner);
