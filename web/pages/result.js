/** What a grade looks like, and what stands in its place before there is one or when there will be none. */
import { scoreRadar } from "./charts.js";
import { button, CATEGORIES, counted, dateTime, h, money, panel } from "./dom.js";

/** @param {any} session @returns {HTMLElement[]} */
export function resultElements(session) {
  const state = session.grading.state;
  if (session.status === "active") return [stillOpen(session)];
  if (session.status === "failed" || state === "unscored") return [unscored(session)];
  if (state === "graded") return graded(session);
  return waiting(state);
}

/** @param {any} session */
const stillOpen = (session) =>
  panel({
    title: "This talk is still open",
    text: "It is graded once it has ended. What was said so far is saved below.",
    actions: [h("a", { class: "button", href: "/" }, `Back to ${session.agent_name}'s door`)],
  });

/** @param {any} session @returns {[string, string]} why there is no score: a title, and a sentence */
function whyUnscored(session) {
  if (session.end_reason === "no_conversation") {
    return ["Nothing to grade", "There is no line of yours in this session, so there is no score."];
  }
  if (session.status === "failed") {
    return ["Could not be graded", "Every try to grade this talk failed, so there is no score."];
  }
  return ["Not scored", "No score could be given to this talk."];
}

/** @param {any} session */
function unscored(session) {
  const [title, why] = whyUnscored(session);
  return panel({
    title,
    text: `${why} That is not a zero: it does not count in your progress.`,
    tone: "warn",
    actions: [
      h("a", { class: "button", href: "/" }, "Practise again"),
      ...(session.grading.notes?.length ? [notes(session.grading.notes)] : []),
    ],
  });
}

/** The same shape as the grade, so that nothing jumps when it comes. @param {string} state */
function waiting(state) {
  const now = state === "in_progress";
  const status = h(
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
        now
          ? "Your talk is being read line by line, which may take a minute. "
          : "Your talk is saved and next in line. ",
        h("a", { href: "#transcript" }, "Read it"),
        " meanwhile, or close this page: it is graded either way, and the result appears here by itself.",
      ),
    ),
    h("div", { class: "radar", "aria-hidden": "true" }, h("div", { class: "bone bone-radar" })),
  );
  const bones = (/** @type {number} */ count) =>
    Array.from({ length: count }, () => h("span", { class: "bone bone-line" }));
  return [
    status,
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
    h(
      "section",
      { class: "advice", "aria-hidden": "true" },
      h("div", {}, h("h2", {}, "What worked"), ...bones(3)),
      h("div", {}, h("h2", {}, "Next time"), ...bones(3)),
    ),
  ];
}

/** @param {any} session */
function graded(session) {
  return [verdict(session), scores(session), advice(session), provenance(session)];
}

/** @param {any} session */
function verdict(session) {
  const overall = session.overall_score;
  return h(
    "section",
    { class: "verdict", "aria-labelledby": "verdict-title" },
    h(
      "div",
      { class: "overall" },
      h("p", { class: "overall-number" }, overall, h("span", { class: "hidden" }, " of 100")),
      h("p", { class: "overall-label" }, "Overall"),
    ),
    h(
      "div",
      { class: "verdict-words" },
      h("h2", { id: "verdict-title" }, headline(overall)),
      h("p", {}, comparison(session)),
      h("p", { class: "earnings" }, h("strong", {}, money(session.virtual_earnings)), " virtual earnings"),
    ),
    h("div", { class: "radar" }, scoreRadar(session)),
  );
}

/** @param {number} overall */
const headline = (overall) =>
  overall >= 80
    ? "They would open the door again."
    : overall >= 60
    ? "A good talk, with room."
    : overall >= 40
    ? "The door stayed half open."
    : "The door closed early.";

/** @param {any} session @returns {string} the strongest and the weakest category in words */
function comparison(session) {
  const ranked = [...CATEGORIES].sort((a, b) => session[b.column] - session[a.column]);
  const [best, worst] = [ranked[0], ranked[3]];
  if (session[best.column] === session[worst.column]) return "All four skills stand level.";
  return `${best.title} carried it (${session[best.column]}); ${worst.title.toLowerCase()} has the most to gain (${
    session[worst.column]
  }).`;
}

/** @param {any} session */
function scores(session) {
  return h(
    "section",
    { class: "categories", "aria-label": "Scores" },
    ...CATEGORIES.map((category) => categoryElement(category, session)),
  );
}

/** @param {any} category @param {any} session */
function categoryElement({ key, column, title }, session) {
  const score = session[column];
  const evidence = session.evidence?.[key] ?? {};
  const fill = h("div", { class: "gauge-fill" });
  fill.style.inlineSize = `${score ?? 0}%`;
  return h(
    "div",
    { class: "category" },
    h(
      "div",
      { class: "category-head" },
      h("h3", {}, title),
      h("span", { class: "score" }, score ?? "–", h("span", { class: "hidden" }, " of 100")),
    ),
    h("div", { class: "gauge", "aria-hidden": "true" }, fill),
    evidence.reason && h("p", { class: "reason" }, evidence.reason),
    evidence.quotes?.length
      ? h(
        "ul",
        { class: "quotes" },
        ...evidence.quotes.map((/** @type {any} */ quote) =>
          h(
            "li",
            {},
            h(
              "a",
              { class: "quote", href: `#line-${quote.sequence}`, "data-line": quote.sequence },
              h("q", { dir: "auto" }, quote.quote),
              h("span", { class: "quote-line" }, `line ${quote.sequence}`),
            ),
          )
        ),
      )
      : null,
  );
}

/** Turns "line 12" within a text into a link to that line. @param {string} text @returns {(string|HTMLElement)[]} */
const withLines = (text) =>
  text.split(/(\bline \d+\b)/i).map((part) => {
    const number = /^line (\d+)$/i.exec(part)?.[1];
    return number ? h("a", { href: `#line-${number}`, "data-line": number }, part) : part;
  });

/** @param {any} session */
function advice(session) {
  const list = (/** @type {string} */ title, /** @type {string[]} */ items, /** @type {string} */ none) =>
    h(
      "div",
      {},
      h("h2", {}, title),
      items.length
        ? h("ul", {}, ...items.map((item) => h("li", { dir: "auto" }, ...withLines(item))))
        : h("p", { class: "quiet" }, none),
    );
  return h(
    "section",
    { class: "advice" },
    list("What worked", session.feedback_strengths ?? [], "Nothing stood out this time."),
    list("Next time", session.feedback_improvements ?? [], "Nothing to change. Do it again."),
  );
}

/** Who graded, by which rule: a grade has to be open to question. @param {any} session */
function provenance(session) {
  const { graded_by: by, model, rubric_version: rubric, notes: said = [] } = session.grading;
  const who = by === "model"
    ? `Graded by a language model${model ? ` (${model})` : ""}, whose every quote was checked against the transcript`
    : by === "legacy"
    ? "Grade taken over from the earlier system"
    : "Graded by fixed rules over the words, because no model was available";
  return h(
    "section",
    { class: "provenance", "aria-labelledby": "provenance-title" },
    h("h2", { id: "provenance-title" }, "How this was graded"),
    h("p", {}, `${who}. Rubric ${rubric ?? "unknown"}, ${dateTime(session.graded_at)}.`),
    said.length ? notes(said) : null,
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
