/** Small helpers of the pages: elements, words for numbers and times. All text goes through textContent. */

/**
 * An element. Properties that start with `on` are listeners, `class`, `aria-…`, `data-…` and the like are attributes;
 * children are nodes or text, and null or false is left out.
 * @param {string} tag @param {Record<string, any>} [properties] @param {...any} children
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const DATE_TIME = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** @param {string|null} iso */
export const date = (iso) => (iso ? DATE.format(new Date(iso)) : "");
/** @param {string|null} iso */
export const dateTime = (iso) => (iso ? DATE_TIME.format(new Date(iso)) : "");

/**
 * @param {number|null} seconds @param {number} [lines] said in that time
 * @returns {string} "6 min 12 s"; nothing where a line would have taken less than a second, as in a session that a script wrote
 */
export function duration(seconds, lines = 1) {
  if (seconds === null || seconds === undefined || seconds < Math.max(lines, 1)) return "";
  const minutes = Math.floor(seconds / 60);
  return (minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`).replaceAll(" ", "\u00a0");
}

/** @param {number} seconds @returns {string} "06:12" */
export const clock = (seconds) =>
  [Math.floor(seconds / 60), seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {number|string} amount virtual dollars */
export const money = (amount) => `$${Number(amount).toLocaleString(undefined, { maximumFractionDigits: 2 })}`;

export const CATEGORIES = /** @type {const} */ ([
  { key: "rapport", column: "rapport_score", title: "Rapport" },
  { key: "discovery", column: "discovery_score", title: "Discovery" },
  { key: "objection_handling", column: "objection_handling_score", title: "Objection handling" },
  { key: "closing", column: "closing_score", title: "Closing" },
]);

/** The score from which a skill counts as good; below it the page has advice. */
export const GOOD = 75;

/** @param {number} score @returns {{key: string, word: string}} the band a score is in, in words */
export const band = (score) =>
  score >= 90
    ? { key: "top", word: "Excellent" }
    : score >= GOOD
    ? { key: "good", word: "Good" }
    : score >= 50
    ? { key: "fair", word: "Getting there" }
    : { key: "low", word: "Needs work" };

/** @param {number} score @param {number} before @returns {string} "+12", "-3" or "same" */
export const change = (score, before) =>
  score === before ? "same" : `${score > before ? "+" : "\u2212"}${Math.abs(score - before)}`;

/** What each error code means to a person, and what they can do. @param {any} error */
export function explain(error) {
  const words = {
    offline: ["No connection", "The server cannot be reached. This page tries again when the network is back."],
    timeout: ["The server is slow", "It did not answer in time. Try again in a moment."],
    not_authenticated: ["Your sign-in has expired", "Sign in again to go on. Nothing on this device is lost."],
    session_not_found: ["No such session", "It may have been deleted, or it belongs to another account."],
    too_many_homeowner_turns: ["That is enough for today", "Your practice with the model starts again tomorrow."],
    profile_missing: [
      "Your profile is not set up",
      "Your account has no profile yet, so no session can be stored. Ask the people who run this app.",
    ],
    database_unavailable: ["The server is having a moment", "The database does not answer. Try again shortly."],
  };
  return words[/** @type {keyof typeof words} */ (error?.code)] ??
    ["That did not work", error?.message ?? "An unexpected error."];
}

/**
 * A panel for a state that is not the happy one.
 * @param {{title: string, text?: string, tone?: "calm"|"warn"|"bad", actions?: any[], level?: number}} options
 */
export const panel = ({ title, text, tone = "calm", actions = [], level = 2 }) =>
  h(
    "section",
    { class: `panel panel-${tone}`, role: tone === "bad" ? "alert" : "status" },
    h(`h${level}`, { class: "panel-title" }, title),
    text && h("p", {}, text),
    actions.length ? h("div", { class: "actions" }, ...actions) : null,
  );

/** @param {string} label @param {() => void} action @param {string} [kind] */
export const button = (label, action, kind = "button") =>
  h("button", { type: "button", class: kind, onclick: action }, label);
