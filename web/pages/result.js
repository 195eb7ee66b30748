/** Shows a grade, or in its place the waiting state or the reason why there will be none. */
import { feedbackElement, momentsElement, stepElement, withLines } from "./advice.js";
import { adviceFor } from "./coach.js";
import { deliveryElement } from "./delivery.js";
import { band, button, CATEGORIES, change, counted, dateTime, GOOD, h, money, panel } from "./dom.js";
import { firstName } from "./script.js";

/** @typedef {{personas: any[], before?: any, best?: any, percentile?: number|null, people?: number}} Past what the page knows beside the session */

/** @param {any} session @param {Past} past @returns {(HTMLElement|null)[]} */
export function resultElements(session, past) {
  const state = session.grading.state;
  if (session.status === "active") return [stillOpen(session)];
  if (session.status === "failed" || state === "unscored") return [unscored(session, past)];
  // During a re-grade a session keeps its scores.
  if (session.overall_score !== null) return graded(session, past);
  return waiting(state);
}

/** Where to practise on the same homeowner again. @param {any} session @param {any[]} personas @param {string|null} [category] */
function doorOf(session, personas, category = null) {
  const persona = personas.find(({ name }) => name === session.agent_name);
  const query = new URLSearchParams(persona ? { with: persona.id } : {});
  if (category) query.set("focus", category);
  return `/?${query}`;
}

/** @param {any} session */
const stillOpen = (session) =>
  panel({
    title: "This session is still open",
    text: "It is graded once it has ended. What was said so far is saved below.",
    actions: [h("a", { class: "button", href: `/?session=${session.id}` }, `Back to ${session.agent_name}'s door`)],
  });

/** @param {any} session @returns {[string, string]} why the session has no score: a title, and a sentence */
function whyUnscored(session) {
  if (session.end_reason === "no_conversation") {
    return ["Nothing to grade", "You said nothing in this session, so it has no score."];
  }
  if (session.status === "failed") {
    return ["Could not be graded", "Every try to grade this session failed, so it has no score."];
  }
  return ["Not scored", "No score could be given to this session."];
}

/** @param {any} session @param {Past} past */
function unscored(session, { personas }) {
  const [title, why] = whyUnscored(session);
  return panel({
    title,
    text: `${why} That is not a zero: it does not count in your progress.`,
    tone: "warn",
    actions: [
      h("a", { class: "button", href: doorOf(session, personas) }, "Practise again"),
      ...(session.grading.notes?.length ? [notes(session.grading.notes)] : []),
    ],
  });
}

const bones = (/** @type {number} */ count) =>
  Array.from({ length: count }, () => h("span", { class: "bone bone-line" }));

/** The same shape as the grade, so that nothing jumps when it comes. @param {string} state */
function waiting(state) {
  const now = state === "in_progress";
  return [
    h("section", { class: "next-step next-step-waiting", "aria-hidden": "true" }, ...bones(2)),
    h(
      "section",
      { class: "verdict", role: "status" },
      h(
        "div",
        { class: "overall" },
        h("p", { class: "overall-number bone", "aria-hidden": "true" }, "00"),
        h("p", { class: "overall-label" }, "Overall"),
      ),
      h(
        "div",
        { class: "verdict-words" },
        h("h2", {}, now ? "Being graded now" : "Waiting for the grader"),
        h(
          "p",
          {},
          now ? "The grader reads line by line, which may take a minute. " : "Your session is saved and next in line. ",
          h("a", { href: "#transcript" }, "Read it"),
          " meanwhile, or close this page: it is graded either way, and the result appears here by itself.",
        ),
      ),
    ),
    h(
      "section",
      { class: "categories", "aria-hidden": "true" },
      ...CATEGORIES.map(({ title }) =>
        h(
          "div",
          { class: "category" },
          h("div", { class: "category-head" }, h("h3", {}, title), h("span", { class: "score bone" }, "00")),
          h("div", { class: "gauge" }),
          ...bones(4),
        )
      ),
    ),
  ];
}

/** @param {any} session @param {Past} past */
const graded = (session, past) => [
  stepElement(session, past.personas),
  verdict(session, past),
  scores(session, past),
  momentsElement(session),
  feedbackElement(session),
  deliveryElement(session.delivery),
  provenance(session),
];

/** @param {any} session @param {Past} past */
function verdict(session, past) {
  const overall = session.overall_score;
  const { key, word } = band(overall);
  return h(
    "section",
    { class: "verdict", "aria-labelledby": "verdict-title" },
    h(
      "div",
      { class: "overall" },
      h("p", { class: `overall-number band-${key}` }, overall, h("span", { class: "hidden" }, " of 100")),
      h("p", { class: "overall-label" }, "Overall"),
    ),
    h(
      "div",
      { class: "verdict-words" },
      h("h2", { id: "verdict-title" }, bandMark(key), word),
      h("p", {}, comparison(session)),
      session.graded_at
        ? null
        : h("p", { role: "status" }, "This session is being graded again. The new result appears here by itself."),
      h("p", { class: "since" }, ...sinceThen(session, past)),
      h("p", { class: "earnings" }, h("strong", {}, money(session.virtual_earnings)), " virtual earnings"),
    ),
  );
}

/** Four bars of which some are filled: the band without colour. @param {string} key */
const bandMark = (key) => {
  const filled = ["low", "fair", "good", "top"].indexOf(key) + 1;
  return h(
    "span",
    { class: `band-mark band-${key}`, "aria-hidden": "true" },
    ...[1, 2, 3, 4].map((bar) => h("i", { class: bar <= filled ? "on" : "" })),
  );
};

/** @param {any} session @param {Past} past @returns {any[]} the change against the last session, the best, the place among others */
function sinceThen(session, { before, best, percentile, people }) {
  const name = firstName(session.agent_name);
  const parts = [];
  if (before) {
    parts.push(
      h("strong", {}, change(session.overall_score, before.overall_score)),
      ` on your last session with ${name}`,
    );
  } else parts.push(`Your first graded session with ${name}`);
  if (best !== undefined && best !== null) {
    parts.push(
      session.overall_score >= best && before
        ? " · your best so far"
        : ` · your best: ${Math.max(best, session.overall_score)}`,
    );
  }
  if (percentile !== undefined && percentile !== null) parts.push(` · ahead of ${percentile} % of ${people} people`);
  return parts;
}

/** @param {any} session @returns {string} the strongest and the weakest category in words */
function comparison(session) {
  const ranked = [...CATEGORIES].sort((a, b) => session[b.column] - session[a.column]);
  const [best, worst] = [ranked[0], ranked[3]];
  if (session[best.column] === session[worst.column]) return "Your four skills stand level.";
  return `${best.title} carried you (${session[best.column]}); ${worst.title.toLowerCase()} has the most to gain (${
    session[worst.column]
  }).`;
}

/** @param {any} session @param {Past} past */
function scores(session, past) {
  return h(
    "section",
    { class: "scores", "aria-labelledby": "scores-title" },
    h(
      "div",
      { class: "scores-head" },
      h("h2", { id: "scores-title" }, "Your four skills"),
      h("p", { class: "quiet" }, `Good from ${GOOD}, excellent from 90.`),
    ),
    h("div", { class: "categories" }, ...CATEGORIES.map((category) => categoryElement(category, session, past))),
  );
}

/** @param {any} category @param {any} session @param {Past} past */
function categoryElement({ key, column, title }, session, { before }) {
  const score = session[column];
  const evidence = session.evidence?.[key] ?? {};
  const known = score === null ? { key: "low", word: "" } : band(score);
  const fill = h("div", { class: `gauge-fill band-${known.key}` });
  fill.style.inlineSize = `${score ?? 0}%`;
  const advice = adviceFor(session, key);
  return h(
    "div",
    { class: "category" },
    h(
      "div",
      { class: "category-head" },
      h("h3", {}, title),
      h(
        "span",
        { class: "category-score" },
        before && before[column] !== null && score !== null
          ? h("span", { class: "delta" }, change(score, before[column]))
          : null,
        h("span", { class: "score" }, score ?? "–", h("span", { class: "hidden" }, " of 100")),
      ),
    ),
    h("div", { class: "gauge", "aria-hidden": "true" }, fill),
    h("p", { class: "band-word" }, known.word),
    evidence.reason && h("p", { class: "reason" }, ...withLines(evidence.reason)),
    evidence.quotes?.length ? h("ul", { class: "quotes" }, ...evidence.quotes.map(quoteElement)) : null,
    advice && h("p", { class: "tip", dir: "auto" }, h("strong", {}, "Next time: "), ...withLines(advice)),
  );
}

/** @param {any} quote */
const quoteElement = (quote) =>
  h(
    "li",
    {},
    h(
      "a",
      { class: "quote", href: `#line-${quote.sequence}`, "data-line": quote.sequence },
      h("q", { dir: "auto" }, quote.quote),
      h("span", { class: "quote-line" }, `line ${quote.sequence}`),
    ),
  );

/** Who graded, by which rule, and how sure: a grade has to be open to question. @param {any} session */
function provenance(session) {
  const { graded_by: by, model, rubric_version: rubric, confidence, confidence_reason: why, notes: said = [] } =
    session.grading;
  const who = by === "model"
    ? `Graded by a language model${model ? ` (${model})` : ""}, whose every quote was checked against the transcript`
    : by === "legacy"
    ? "Grade taken over from the earlier system"
    : "Graded by fixed rules over the words, because no model was available";
  const sure = confidence && h(
    "p",
    {},
    h("strong", {}, confidence === "low" ? "Low confidence. " : "High confidence. "),
    why ?? "",
    confidence === "low" ? " It is shown in your progress and left out of the averages." : "",
  );
  return h(
    "section",
    { class: "provenance", "aria-labelledby": "provenance-title" },
    h("h2", { id: "provenance-title" }, "How this was graded"),
    h(
      "p",
      {},
      [`${who}. Rubric ${rubric ?? "unknown"}`, session.graded_at && dateTime(session.graded_at)].filter(Boolean).join(
        ", ",
      ) + ".",
    ),
    sure,
    said.length ? notes(said) : null,
    h(
      "div",
      { class: "actions" },
      button("Print or save as PDF", () => print(), "button quiet-button"),
    ),
  );
}

/** @param {string[]} said */
const notes = (said) =>
  h(
    "details",
    { class: "notes" },
    h("summary", {}, counted(said.length, "note")),
    h("ul", {}, ...said.map((note) => h("li", {}, note))),
  );

/** @param {any} error @param {() => void} retry */
export const pollTrouble = (error, retry) =>
  panel({
    title: error.code === "offline" ? "No connection" : "The server does not answer",
    text: "This page keeps asking and shows the result when it can.",
    tone: "warn",
    actions: [button("Ask now", retry)],
  });
