import { invalidField } from "./errors.js";

export const MAX_TEXT = 4_000; // characters, as the database counts them: code points, not UTF-16 units
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** @param {unknown} text @returns {string} what the database can store: no NUL, no half of a surrogate pair */
export function cleanText(text) {
  const clean = String(text ?? "").replaceAll("\0", "").replace(LONE_SURROGATE, "\ufffd").trim();
  if (!clean) throw invalidField("A line needs words.", "text");
  if ([...clean].length > MAX_TEXT) throw invalidField(`A line holds ${MAX_TEXT} characters at most.`, "text");
  return clean;
}

/** @param {string|undefined} given a voice SDK's "00:05" is no time: then it is now */
export function isoTime(given) {
  const time = new Date(given ?? Date.now());
  return (Number.isNaN(time.getTime()) ? new Date() : time).toISOString();
}

/** crypto.randomUUID exists on https and localhost only. */
export function newKey() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
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
 * Asked before every request: what is one user's never goes out with the token of another, who may have signed in on this
 * browser meanwhile.
 * @param {string|null} token @param {string} [owner] whose it is, where it is somebody's
 */
export const speaksFor = (token, owner) => Boolean(token) && (owner === undefined || subjectOf(token) === owner);
