/** The conversation on the page, set like a play: who, then what they say. */
import { h } from "./dom.js";

/**
 * @param {{sequence: number, speaker: string, text: string, source?: "provider"}} line @param {string} agentName
 * @param {{waiting?: boolean, numbered?: boolean}} [options]
 */
export function lineElement(line, agentName, { waiting = false, numbered = false } = {}) {
  const mine = line.speaker === "user";
  return h(
    "li",
    {
      id: `line-${line.sequence}`,
      class: `line ${mine ? "line-mine" : "line-theirs"}`,
      tabindex: numbered ? "-1" : null,
      "data-sequence": line.sequence,
      "data-waiting": waiting,
      "data-source": line.source,
    },
    h(
      "span",
      { class: "who" },
      numbered && h("span", { class: "number", "aria-label": `Line ${line.sequence}` }, line.sequence),
      mine ? "You" : firstName(agentName),
    ),
    h("p", { class: "words", dir: "auto" }, line.text),
    line.source === "provider" &&
      h("p", { class: "origin" }, "From the voice service's record: this line did not reach us while you spoke."),
  );
}

/**
 * Puts a line where its sequence belongs, or changes the one that is there.
 * @param {HTMLElement} list @param {any} line @param {string} agentName @param {any} [options]
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

/** @param {string} name */
export const firstName = (name) => name.split(/\s+/)[0] || "Homeowner";
