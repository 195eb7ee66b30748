/** Advice from a graded session: one next step, one piece of advice a category, the moments that cost points. Pure. */
import { CATEGORIES, GOOD } from "./dom.js";

/** @typedef {{sequence: number, category?: string, what: string, why?: string, say_instead?: string|null}} Remark */

const ADVICE = /** @type {Record<string, {step: string, how: string}>} */ ({
  rapport: {
    step: "Make the first minute personal.",
    how:
      "Open with your name, who you work for, and one thing you noticed at this house. Then pick up a word of theirs.",
  },
  discovery: {
    step: "Ask before you offer.",
    how: "Before you name a product, ask three questions: what have you seen, since when, and what have you tried?",
  },
  objection_handling: {
    step: "Answer the objection on the table.",
    how: "Say the concern back in their words, answer it with one fact, and ask: “Does that settle it?”",
  },
  closing: {
    step: "Ask for a day before you leave.",
    how: "Offer two times and then say nothing: “Would Thursday at ten or Friday at four suit you?”",
  },
});

/** The order in which weak skills are trained: the first helps the others most. */
const ORDER = ["objection_handling", "discovery", "closing", "rapport"];

/** @param {any} session @returns {Remark[]} the lines that could be said better, in their order */
export const moments = (session) =>
  (session.remarks ?? []).filter((/** @type {Remark} */ remark) => remark.say_instead)
    .sort((/** @type {Remark} */ a, /** @type {Remark} */ b) => a.sequence - b.sequence);

/** @param {any} session @returns {Remark[]} the lines that were right as they were */
export const kept = (session) => (session.remarks ?? []).filter((/** @type {Remark} */ remark) => !remark.say_instead);

/** A grade to which its grader gave no advice, because it could not read the transcript. @param {any} session */
const unread = ({ grading, feedback_improvements: improvements, feedback_strengths: strengths }) =>
  grading?.graded_by === "heuristic" && grading.confidence === "low" && !improvements?.length && !strengths?.length;

/** The one piece of advice a category below GOOD has. @param {any} session @param {string} key @returns {string|null} */
export function adviceFor(session, key) {
  const score = session[`${key}_score`];
  if (score === null || score >= GOOD || unread(session)) return null;
  const moment = moments(session).find((remark) => remark.category === key);
  return moment ? `On line ${moment.sequence}, say instead: “${moment.say_instead}”` : ADVICE[key].how;
}

/**
 * The next step, and whom to practise it on.
 * @param {any} session @param {any[]} personas
 * @returns {{category: string|null, step: string, how: string, persona: any}} `persona` is null where it is not one of ours
 */
export function nextStep(session, personas) {
  const here = personas.find(({ name }) => name === session.agent_name) ?? null;
  const weak = CATEGORIES.filter(({ column }) => session[column] !== null && session[column] < GOOD).sort((a, b) =>
    session[a.column] - session[b.column] || ORDER.indexOf(a.key) - ORDER.indexOf(b.key)
  );
  if (unread(session)) {
    const how = `${session.grading.confidence_reason ?? ""} Do not act on the scores: read the transcript instead.`;
    return { category: null, step: "This grade is a guess.", how: how.trim(), persona: here };
  }
  if (!weak.length) {
    const levels = ["easy", "medium", "hard"];
    const harder = here &&
      personas.find((one) =>
        one.product === here.product && levels.indexOf(one.difficulty) === levels.indexOf(here.difficulty) + 1
      );
    return {
      category: null,
      step: harder
        ? "All four skills are good. Try a harder door."
        : "All four skills are good. Do it once more, to be sure.",
      how: harder
        ? `${harder.name}: ${harder.mood.toLowerCase()}. ${harder.goal}`
        : "A second good result shows that the first was no luck.",
      persona: harder ?? here,
    };
  }
  const [{ key }] = weak;
  return { category: key, ...ADVICE[key], how: adviceFor(session, key) ?? ADVICE[key].how, persona: here };
}

/** The focus of a practice, for the trainer. @param {string|null} category */
export const focus = (category) => (category && ADVICE[category]) || null;
