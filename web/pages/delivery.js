/** How the rep spoke: facts that the database counts, beside usual values. Facts are not scored. */
import { h } from "./dom.js";

const RATED =
  "The middle four fifths of 70 transcripts that two people rated 60 or more on average (evaluation/ in the repository).";
const FILLERS =
  "Speakers use about five fillers a minute, near three in 100 words; one a minute is a good aim (N. Zandan, Harvard Business Review, 2018).";
const PACE = "Everyday English speech runs at about 150 words a minute (National Center for Voice and Speech).";

const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;

/** @type {{name: string, title: string, of: (facts: any) => any, shown?: (value: any) => string, usual?: [number, number], usually?: string, source?: string}[]} */
const FACTS = [
  {
    name: "share",
    title: "Your share of the words",
    of: (facts) => facts.word_share,
    shown: percent,
    usual: [0.57, 0.69],
    usually: "57–69 %",
    source: RATED,
  },
  {
    name: "monologue",
    title: "Longest stretch without the homeowner",
    of: (facts) => facts.longest_monologue_words,
    shown: (words) => `${words} words`,
    usual: [22, 40],
    usually: "22–40 words",
    source: RATED,
  },
  {
    name: "questions",
    title: "Questions in ten of your lines",
    of: (facts) => facts.questions_per_10_lines,
    usual: [5, 7.8],
    usually: "5–7.8",
    source: RATED,
  },
  {
    name: "first",
    title: "Your first question",
    of: (facts) => facts.first_question_line,
    shown: (line) => `your line ${line}`,
    usual: [1, 2],
    usually: "line 1 or 2",
    source: RATED,
  },
  {
    name: "fillers",
    title: "Fillers in 100 words",
    of: (facts) => facts.fillers_per_100_words,
    usual: [0, 3],
    usually: "up to 3",
    source: FILLERS,
  },
  { name: "interrupted", title: "Times you cut them short", of: (facts) => facts.interrupted_lines },
  {
    name: "pace",
    title: "Words a minute",
    of: (facts) => facts.words_per_minute,
    usual: [110, 170],
    usually: "about 150",
    source: PACE,
  },
  { name: "response", title: "Seconds until you answer", of: (facts) => facts.response_seconds },
];

/** @param {any} facts `delivery` of a session @returns {HTMLElement|null} */
export function deliveryElement(facts) {
  if (!facts?.lines) return null;
  const shown = FACTS.map((fact) => ({ ...fact, value: fact.of(facts) })).filter(({ value }) =>
    value !== null && value !== undefined
  );
  const sources = [...new Set(shown.flatMap(({ source }) => source ?? []))];
  return h(
    "section",
    { class: "delivery", "aria-labelledby": "delivery-title" },
    h("h2", { id: "delivery-title" }, "How you spoke"),
    h("p", { class: "quiet" }, "Counted, not scored."),
    h(
      "dl",
      { class: "facts" },
      ...shown.map(({ title, value, shown: words, usual, usually }) =>
        h(
          "div",
          { class: "fact" },
          h("dt", {}, title),
          h("dd", { class: "fact-value" }, words ? words(value) : String(value)),
          h(
            "dd",
            { class: "fact-usual" },
            usual ? `${value < usual[0] ? "below" : value > usual[1] ? "above" : "within"} the usual ${usually}` : "",
          ),
        )
      ),
    ),
    h(
      "details",
      { class: "notes" },
      h("summary", {}, "Where “usual” comes from"),
      h("ul", {}, ...sources.map((source) => h("li", {}, source))),
    ),
  );
}
