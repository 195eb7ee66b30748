/** The transcript on the page, set like a play: who, then what they say. */
import { CATEGORIES, h } from "./dom.js";

/**
 * @typedef {{waiting?: boolean, numbered?: boolean, marks?: Map<number, Set<string>>}} Shown `marks`: the categories that a
 *   grade quotes, by line
 * @param {{sequence: number, speaker: string, text: string, source?: "provider", corrected?: boolean}} line
 * @param {string} agentName @param {Shown} [options]
 */
export function lineElement(line, agentName, { waiting = false, numbered = false, marks } = {}) {
  const mine = line.speaker === "user";
  const marked = [...(marks?.get(line.sequence) ?? [])];
  const notes = [
    ...CATEGORIES.filter(({ key }) => marked.includes(key)).map(({ key, title }) =>
      h("span", { class: `tag tag-${key}` }, title)
    ),
    numbered && line.corrected && h("span", { class: "tag" }, "Interrupted"),
  ].filter(Boolean);
  return h(
    "li",
    {
      id: `line-${line.sequence}`,
      class: `line ${mine ? "line-mine" : "line-theirs"}`,
      tabindex: numbered ? "-1" : null,
      "data-sequence": line.sequence,
      "data-waiting": waiting,
      "data-source": line.source,
      "data-marks": marked.length ? marked.join(" ") : null,
    },
    h(
      "span",
      { class: "who" },
      numbered && h("span", { class: "number", "aria-label": `Line ${line.sequence}` }, line.sequence),
      mine ? "You" : firstName(agentName),
    ),
    h("p", { class: "words", dir: "auto" }, line.text),
    notes.length ? h("p", { class: "tags" }, ...notes) : null,
    line.source === "provider" &&
      h("p", { class: "origin" }, "From the voice service's record: this line did not reach us while you spoke."),
  );
}

/**
 * Puts a line where its sequence belongs, or changes the one that is there.
 * @param {HTMLElement} list @param {any} line @param {string} agentName @param {Shown} [options]
 */
export function placeLine(list, line, agentName, options) {
  const element = lineElement(line, agentName, options);
  const known = list.querySelector(`[data-sequence="${line.sequence}"]`);
  if (known) return known.replaceWith(element);
  const after = [...list.children].reverse().find((other) =>
    Number(/** @type {any} */ (other).dataset.sequence) < line.sequence
  );
  if (after) after.after(element);
  else list.prepend(element);
}

/** Which categories a grade quotes, by line. @param {any} session @returns {Map<number, Set<string>>} */
export function marksOf(session) {
  const marks = new Map();
  const mark = (/** @type {number} */ sequence, /** @type {string} */ category) =>
    marks.set(sequence, (marks.get(sequence) ?? new Set()).add(category));
  for (const [category, { quotes = [] }] of Object.entries(session.evidence ?? {})) {
    for (const { sequence } of /** @type {any[]} */ (quotes)) mark(sequence, category);
  }
  for (const { sequence, category } of session.remarks ?? []) if (category) mark(sequence, category);
  return marks;
}

/** @param {string} name */
export const firstName = (name) => name.split(/\s+/)[0] || "Homeowner";
