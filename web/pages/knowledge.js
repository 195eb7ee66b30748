/** What a scripted homeowner knows of the home, and what they have told so far. Pure. */
import { answersByForm, leansBack, SUPPOSES, TELLS_MORE } from "./asides.js";
import { topicsOf } from "./topics.js";
import { anyOf, hits } from "./patterns.js";

const ASKED_BEFORE = "You have asked me that already.";
const ALL_I_KNOW = ["That's about all I can tell you on that.", "There isn't more to tell, really."];
const CONFIRMED = ["Yes, that's right.", "Exactly.", "That's what I said, yes."];
const UNCERTAIN = ["I couldn't tell you, to be honest.", "I can't say, really."];
const PLAIN_UNKNOWN = 2;
const MOST_ECHOES = 2;
const HOW_MUCH = /\bhow (?:much|high)\b/u;
/** "Every day at three?" gives back what was told. */
const ECHO_WORDS = 5;
const NOT_REALLY = ["Not really, no.", "No, I don't think so."];
export const YES_OR_NO =
  /^(?:(?:so|and|but|ok|okay|well|oh),? )*(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will|any|anything)\b/u;
const OPEN =
  /^(?:(?:so|and|but|ok|okay|well|oh|then),? )*(?:(?:from|to|with|by|at|in|on|for|of) )?(?:who|what(?! about)|where|when|why|how(?! about)|which)\b/u;
const COMMON = anyOf(String.raw`
  ^(?:with|that|this|have|your|from|when|will|what|about|again|around|getting|doing|coming|mostly|maybe|still|after|
  before|every|first|little|since|number|works|would|house|usually|anyone|could|happened|never|think|other|their|
  there|these|those|where|which|would|years|right|really|today|going|people|things?|something|anything)$
`);
const KIDS_OR_PETS = anyOf(String.raw`
  \b(?:kids|children|child)\b.*\b(?:or|and)\b.*\b(?:pets?|dogs?|animals)\b|\bpets?\b.*\b(?:or|and)\b.*\b(?:kids|
  children)\b
`);
const FINE = anyOf(String.raw`
  ^(?:so |and )*(?:is|are) (?:she|he|they|you|everyone|everybody) (?:all |doing )?(?:ok|okay|alright|right|fine|
  better)\b
`);
const ASKS_NAME =
  /\byour (?:first |last )?name\b|\bis this (?:the )?\w+ (?:residence|household|family|home|house)\b|\b(?:am i|who am i) (?:speaking|talking) (?:with|to)\b/u;
/** What a homeowner tells next when the rep asks for more. @type {Record<string, string[]>} */
const FURTHER = {
  problem: ["where", "severity", "effect", "since"],
  since: ["severity", "when"],
  severity: ["effect", "when"],
  where: ["inside", "when"],
  effect: ["severity", "wish"],
  tried: ["helped", "whynot"],
  helped: ["effect"],
  company: ["before", "provider"],
  quotes: ["before", "whynot"],
  bill: ["severity", "effect"],
  matters: ["wish"],
  whynot: ["matters"],
};

/** @param {string} text @returns {string[]} the words that say what it is about */
const content = (text) =>
  text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, " ").split(" ").filter((word) =>
    word.length >= 4 && !COMMON.test(word)
  );

/**
 * @typedef {import("../homeowner.js").Answer} Answer
 * @param {import("../homeowner.js").Persona} persona
 * @param {(name: string, sayings: string[]) => string} next the next of several sayings
 */
export function createKnowledge(persona, next) {
  const { asked: own, facts } = persona;
  const told = new Map(); // topic → its sayings so far
  const asked = new Set(); // questions, word for word
  let lastTopic = "";
  let unknown = 0; // questions without an answer so far

  /** @param {string} topic @param {string[]} [sayings] @returns {Answer|null} the first saying that was not told yet */
  function tell(topic, sayings = facts[topic] ?? []) {
    const before = new Set([...told.values()].flat());
    const fresh = sayings.find((saying) => !before.has(saying));
    if (!fresh) return null;
    told.set(topic, [...told.get(topic) ?? [], fresh]);
    lastTopic = topic;
    return { kind: `fact:${topic}`, says: fresh };
  }

  /** @param {string} question @param {boolean} again @param {string} [about] the topic, where it is known @returns {Answer|null} */
  function fact(question, again, about) {
    if (SUPPOSES.test(question)) return null;
    const words = content(question).filter((word) => word.length >= 5);
    const echoes = (/** @type {string} */ saying) =>
      words.some((word) => content(saying).some((said) => said.startsWith(word)));
    const named = about && facts[about] ? about : topicsOf(question, own).find((topic) => facts[topic]);
    const echoing = Object.keys(facts).filter((topic) => facts[topic].some(echoes));
    const echoed = echoing.length <= MOST_ECHOES ? echoing[0] : undefined; // a word of many facts tells none of them
    // "Where is the stain?" is about the stain, and about the house only where no fact has one.
    const meant = named === "house" && !facts.house.some(echoes)
      ? echoed ?? (YES_OR_NO.test(question) ? undefined : named)
      : named ?? echoed;
    const topic = meant ?? (leansBack(question) && lastTopic);
    if (!topic) return null;
    // A saying with a number comes first where the question wants one, else one that shares a word with it: "in winter" gets the winter's bill.
    const counted = HOW_MUCH.test(question) ? facts[topic].filter((saying) => /\d/u.test(saying)) : [];
    const fitting = counted.length ? counted : facts[topic].filter(echoes);
    const fresh = again && told.has(topic) ? null : tell(topic, fitting.length ? fitting : facts[topic]);
    if (fresh) return fresh;
    if (!meant && !again) return null; // it leans on a topic of which everything was told
    // Asked openly in other words, it wants something that the sayings do not have.
    if (!again && OPEN.test(question)) return null;
    lastTopic = topic;
    if (told.has(topic) || fitting.length) {
      return { kind: "repeat", says: `As I said: ${fitting[0] ?? told.get(topic).at(-1)}` };
    }
    return { kind: "repeat", says: next("all I know", ALL_I_KNOW) };
  }

  /** @param {string} question @param {string} [about] @returns {Answer} */
  function inform(question, about) {
    const plain = question.replace(/[^\p{L}\p{N} ]/gu, "");
    const again = asked.has(plain);
    asked.add(plain);
    if (FINE.test(question)) return { kind: "agrees", says: "Yes, thanks. Everyone is fine." };
    if (TELLS_MORE.test(question)) {
      const named = topicsOf(question, own).find((topic) => facts[topic]);
      return (/\babout\b/u.test(question) && named && tell(named)) || elaborate(named);
    }
    const both = KIDS_OR_PETS.test(question) && [tell("kids"), tell("pets")].filter(Boolean);
    if (both && both.length) return { kind: "fact:family", says: both.map((each) => each?.says).join(" ") };
    if (ASKS_NAME.test(question) && !again) return { kind: "fact:name", says: `I'm ${persona.name}.` };
    const known = fact(question, again, about);
    if (known) return known;
    if (again) return { kind: "repeat", says: ASKED_BEFORE };
    if (recalls(question)) return { kind: "agrees", says: next("confirmed", CONFIRMED) };
    if (told.size && !OPEN.test(question) && !YES_OR_NO.test(question) && question.split(" ").length <= ECHO_WORDS) {
      return { kind: "agrees", says: next("confirmed", CONFIRMED) };
    }
    const byForm = answersByForm(question);
    if (byForm.length) return { kind: "unknown", says: next(byForm[0], byForm) };
    if (YES_OR_NO.test(question)) return { kind: "unknown", says: next("yes or no", NOT_REALLY) };
    if (topicsOf(question, own).some((topic) => told.has(topic))) {
      return { kind: "repeat", says: next("all I know", ALL_I_KNOW) };
    }
    unknown += 1;
    return {
      kind: "unknown",
      says: unknown > PLAIN_UNKNOWN ? next("unknown", persona.unknown) : next("uncertain", UNCERTAIN),
    };
  }

  /** More of what was told last. @param {string} [about] where nothing was told yet @returns {Answer} */
  function elaborate(about = "problem") {
    const from = lastTopic || about;
    for (const topic of [from, ...FURTHER[from] ?? []]) {
      const more = tell(topic);
      if (more) return more;
    }
    return { kind: "repeat", says: next("all I know", ALL_I_KNOW) };
  }

  /** Whether the words give back what was told: two words of one saying. @param {string} words */
  function recalls(words) {
    const given = content(words);
    return [...told.values()].flat().some((/** @type {string} */ saying) => {
      const said = content(saying);
      return given.filter((word) => said.includes(word) || hits(saying.toLowerCase(), [word])).length >= 2;
    });
  }

  return {
    inform,
    elaborate,
    /** Whether one of the persona's facts answers. @param {string} question */
    knows: (question) => topicsOf(question, own).some((topic) => facts[topic]),
    recalls,
    confirm: () => next("confirmed", CONFIRMED),
    /** @param {string} topic */
    has: (topic) => Boolean(facts[topic]),
    /** @param {string} topic */
    hasTold: (topic) => told.has(topic),
    get told() {
      return told.size;
    },
    get lastTopic() {
      return lastTopic;
    },
  };
}
