/** During a session: the goal, and a hint after three lines of yours in a row without a question. The hint can be switched off. */
import { byId, h } from "./dom.js";

const KEY = "training-sessions:hints";
const TURNS = 3;
const HINTS = /** @type {Record<string, string[]>} */ ({
  pest: [
    "Ask what they have seen, and where.",
    "Ask since when, and what they tried.",
    "Ask what matters most to them in a treatment.",
  ],
  solar: [
    "Ask what they pay for power.",
    "Ask how long they plan to stay.",
    "Ask what they have heard about solar so far.",
  ],
  roofing: [
    "Ask what they noticed after the storm.",
    "Ask how old the roof is.",
    "Ask what would make them trust a roofer.",
  ],
  fibre: ["Ask when their line fails them.", "Ask who uses it at the same time.", "Ask when their contract ends."],
});

const wanted = () => {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
};

/** @param {any} sessions @param {any} session @param {any} persona @param {string|null} aim what this practice is about */
export function showHints(sessions, session, persona, aim) {
  byId("goal").textContent = aim ?? persona.goal ?? "";
  const place = byId("hint");
  const hints = HINTS[persona.product] ?? HINTS.pest;
  let [quiet, turn] = [0, 0];
  const count = (/** @type {any} */ line) => {
    if (line.speaker === "user") quiet = /[?？؟]/.test(line.text) ? 0 : quiet + 1;
  };
  const draw = () => {
    const due = quiet >= TURNS && wanted();
    if (due && !place.textContent) place.textContent = `Hint: ${hints[turn++ % hints.length]}`;
    if (!due) place.textContent = "";
  };
  const box = h("input", {
    type: "checkbox",
    id: "hints",
    checked: wanted(),
    onchange: (/** @type {any} */ event) => {
      try {
        localStorage.setItem(KEY, event.target.checked ? "on" : "off");
      } catch {
        // The choice then lasts for this page only.
      }
      if (!event.target.checked) place.textContent = "";
      else draw();
    },
  });
  byId("hints-switch").replaceChildren(h("label", { class: "check" }, box, "Hints"));
  for (const line of session.transcript) count(line);
  sessions.addEventListener("line", (/** @type {any} */ { detail }) => {
    if (detail.sessionId !== session.id) return;
    count(detail.line);
    draw();
  });
  draw();
}
