/** What a grade advises: the next step, the moments to win back, what worked. */
import { kept, moments, nextStep } from "./coach.js";
import { CATEGORIES, h } from "./dom.js";
import { firstName } from "./script.js";

/** One next step, and whom to practise it on. @param {any} session @param {any[]} personas */
export function stepElement(session, personas) {
  const { category, step: title, how, persona } = nextStep(session, personas);
  const name = persona ? persona.name : session.agent_name;
  const query = new URLSearchParams({
    ...(persona ? { with: persona.id } : {}),
    ...(category ? { focus: category } : {}),
  });
  return h(
    "section",
    { class: "next-step", "aria-labelledby": "next-title" },
    h("p", { class: "eyebrow" }, "Next step"),
    h("h2", { id: "next-title" }, title),
    h("p", { dir: "auto" }, ...withLines(how)),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: `/?${query}` }, `Practise it with ${firstName(name)} →`),
    ),
  );
}

/** What they said, what you said, and a better answer. @param {any} session */
export function momentsElement(session) {
  const found = moments(session);
  if (!found.length) return null;
  const at = new Map(
    session.transcript.map((/** @type {any} */ line, /** @type {number} */ index) => [line.sequence, index]),
  );
  return h(
    "section",
    { class: "moments", "aria-labelledby": "moments-title" },
    h("h2", { id: "moments-title" }, "Moments to win back"),
    h(
      "ol",
      {},
      ...found.map((remark) => {
        const index = at.get(remark.sequence);
        const mine = index === undefined ? null : session.transcript[index];
        const theirs = session.transcript.slice(0, index).findLast((/** @type {any} */ line) =>
          line.speaker === "agent"
        );
        const title = CATEGORIES.find(({ key }) => key === remark.category)?.title;
        return h(
          "li",
          { class: "moment" },
          h(
            "p",
            { class: "moment-what" },
            title && h("span", { class: `tag tag-${remark.category}` }, title),
            remark.what,
          ),
          theirs &&
            h(
              "p",
              { class: "moment-said", dir: "auto" },
              h("span", { class: "moment-who" }, firstName(session.agent_name)),
              theirs.text,
            ),
          mine && h(
            "p",
            { class: "moment-said", dir: "auto" },
            h("span", { class: "moment-who" }, mine.speaker === "user" ? "You" : firstName(session.agent_name)),
            mine.text,
            " ",
            h("a", { href: `#line-${remark.sequence}`, "data-line": remark.sequence }, `line ${remark.sequence}`),
          ),
          h(
            "p",
            { class: "moment-better", dir: "auto" },
            h("span", { class: "moment-who" }, "Better"),
            remark.say_instead,
          ),
          remark.why && h("p", { class: "quiet", dir: "auto" }, remark.why),
        );
      }),
    ),
  );
}

/** What worked, and what to do next time. @param {any} session */
export function feedbackElement(session) {
  const good = [
    ...(session.feedback_strengths ?? []),
    ...kept(session).map((remark) => `line ${remark.sequence}: ${remark.what}`),
  ];
  const list = (/** @type {string} */ title, /** @type {string[]} */ items) =>
    items.length
      ? h(
        "div",
        {},
        h("h2", {}, title),
        h("ul", {}, ...items.map((item) => h("li", { dir: "auto" }, ...withLines(item)))),
      )
      : null;
  const parts = [list("What worked", good), list("Next time", session.feedback_improvements ?? [])].filter(Boolean);
  return parts.length ? h("section", { class: "advice" }, ...parts) : null;
}

/** Turns "line 12" within a text into a link to that line. @param {string} text @returns {(string|HTMLElement)[]} */
export const withLines = (text) =>
  text.split(/(\bline \d+\b)/i).map((part) => {
    const number = /^line (\d+)$/i.exec(part)?.[1];
    return number ? h("a", { href: `#line-${number}`, "data-line": number }, part) : part;
  });
