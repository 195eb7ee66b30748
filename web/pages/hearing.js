/** Classifies the rep's words for the scripted homeowner: greeting, question about a topic, pitch, price, close. Pure. */

/** A pattern is a word or phrase; `*` at its end stands for any ending, and `$` for a price. @param {string} pattern */
const expression = (pattern) =>
  pattern === "$"
    ? String.raw`\$ ?\d|\b\d+ (?:dollars?|bucks)\b|\b\d+ (?:a|per) (?:month|year|visit)\b`
    : String.raw`\b${pattern.replace(/\*$/, "")}${pattern.endsWith("*") ? String.raw`\w*` : ""}\b`;

/** @type {Map<string, RegExp>} */
const known = new Map();
/** @param {string} pattern */
function compiled(pattern) {
  const found = known.get(pattern) ?? new RegExp(expression(pattern), "u");
  known.set(pattern, found);
  return found;
}

/** How many of the patterns occur; a phrase says more than a word. @param {string} text @param {readonly string[]} patterns */
export const hits = (text, patterns) =>
  patterns.reduce((sum, each) => sum + (compiled(each).test(text) ? each.trim().split(" ").length : 0), 0);

/** The topics of questions, most specific first: of two topics with equal hits the earlier one counts. */
const TOPICS = /** @type {Record<string, string[]>} */ ({
  contract: ["contract", "locked in", "contract end*", "run out", "expire*", "cancellation"],
  insurance: ["insurance", "insured", "insurer", "claim", "adjuster", "deductible"],
  provider: ["provider", "who do you have", "internet", "who do you use", "which company", "carrier"],
  bill: ["bill*", "pay", "paying", "how much do you", "electricity", "power cost*", "what does it cost you", "a month"],
  before: [
    "last company",
    "last one",
    "previous*",
    "went wrong",
    "bad experience",
    "happened",
    "before us",
    "charge you",
    "used a company",
    "what happened",
  ],
  decision: [
    "decide*",
    "decision*",
    "husband",
    "wife",
    "partner",
    "spouse",
    "anyone else",
    "homeowner",
    "who makes",
    "talk to your",
    "time is he",
    "time is she",
    "when is he",
  ],
  since: [
    "how long",
    "when did",
    "since when",
    "start*",
    "first notice*",
    "going on",
    "gone up",
    "how often",
    "last few years",
  ],
  tried: [
    "tried",
    "try",
    "used on",
    "used so far",
    "using",
    "do anything",
    "already done",
    "done about",
    "yourself",
    "so far",
    "catch",
    "spray*",
    "did the",
    "handled",
  ],
  plans: ["plan*", "stay", "move", "moving", "sell*", "how many years"],
  family: [
    "kid*",
    "child*",
    "pet*",
    "dog*",
    "cat",
    "cats",
    "famil*",
    "daughter*",
    "son",
    "baby",
    "how many people",
    "anyone",
    "who lives",
    "old is your",
  ],
  matters: [
    "matter*",
    "important*",
    "worr*",
    "concern*",
    "care about",
    "need to see",
    "need to know",
    "look for",
    "expect",
    "trust",
    "hope",
    "wish",
    "would you need",
    "would you change",
    "bother you most",
    "ideal",
    "choose one",
    "convince",
  ],
  house: [
    "where",
    "house",
    "home",
    "roof",
    "garage",
    "attic",
    "kitchen",
    "yard",
    "gap*",
    "get in",
    "come in",
    "lived here",
    "old is",
    "built",
    "sun",
  ],
  problem: [
    "problem*",
    "issue*",
    "notice*",
    "seen",
    "see",
    "seeing",
    "bug*",
    "pest*",
    "insect*",
    "bother*",
    "damage",
    "trouble",
    "annoy*",
    "anything wrong",
    "inside",
  ],
});

const RUDE = [
  "idiot*",
  "stupid",
  "moron*",
  "shut up",
  "dumb",
  "fool",
  "jerk",
  "grumpy",
  "fuck*",
  "shit*",
  "ass",
  "asshole",
  "loser",
];
const INTRODUCED = [
  "my name",
  "my name's",
  "i'm with",
  "i am with",
  "i'm from",
  "i am from",
  "this is",
  "we're with",
  "here from",
  "on behalf of",
];
const GREETING = [
  "hi",
  "hey",
  "hello",
  "good morning",
  "good afternoon",
  "good evening",
  "hola",
  "howdy",
  "greetings",
  "morning",
];
const HOW_ARE_YOU = [
  "how are you",
  "how're you",
  "how is it going",
  "how's it going",
  "how's your day",
  "how is your day",
  "how do you do",
  "how are things",
  "cómo está",
  "how have you been",
];
const GOODBYE = [
  "goodbye",
  "good bye",
  "bye",
  "have a nice",
  "have a good",
  "have a great",
  "for your time",
  "see you",
  "i'll leave you alone",
  "i'll go",
  "farewell",
];
const COMPLIMENT = [
  "nice",
  "beautiful",
  "lovely",
  "gorgeous",
  "smell*",
  "love your",
  "like your",
  "great looking",
  "cute",
  "pretty",
  "cool",
  "what a",
];
const THINGS = [
  "rose*",
  "garden",
  "house",
  "home",
  "truck",
  "car",
  "dog",
  "yard",
  "lawn",
  "porch",
  "door",
  "cooking",
  "dinner",
  "food",
  "weather",
  "day",
  "tree*",
  "flower*",
  "place",
  "street",
  "baby",
  "sunny",
  "hot",
  "evening",
];
const APOLOGY = ["sorry", "apolog*", "excuse me", "my bad", "didn't mean"];
const CLOSE = [
  "sign here",
  "sign this",
  "sign it",
  "sign today",
  "sign up",
  "just sign",
  "sign please",
  "you sign",
  "schedule",
  "book",
  "appointment",
  "get you started",
  "set you up",
  "start today",
  "shall we",
  "go ahead",
  "put you down",
  "set up",
  "set it up",
  "lock in",
  "take a look",
  "do a quick",
];
const DAYS = [
  "which day",
  "what day",
  "put the ladder",
  "how about",
  "work better",
  "works better",
  "tomorrow",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "morning or",
]; // in a question
const MINUTE = ["a minute", "a moment", "a second", "a few minutes", "a sec", "two minutes"];
const WHY = [
  "why",
  "why not",
  "what do you mean",
  "how come",
  "what makes you",
  "tell me more",
  "what's the reason",
  "explain",
];
const ASKS =
  /^(?:(?:so|and|but|or|okay|ok|well|great|right|now|sir|ma'am|then|also|hey) )*(?:who|what|what's|when|where|which|why|how|how's|do|does|did|don't|have|has|had|is|are|isn't|aren't|was|were|can|could|would|will|should|shall|may|any)\b/u;
/** A question without its mark, as fast typists and speech recognition write it. */
const ASKS_WITHIN =
  /\b(?:what do|what's your|how many|how much are|do you|do ye|have you|are you|did you|who's your|when did|you got)\b|\bright$/u;
/** By name, "I'm Sam" or "Sam from Cedar": a capital letter tells a name from "I'm sorry"; typed small, the company does. */
const NAMED =
  /\bI(?:['’]m| am) (?!Not|Sorry)[A-ZÀ-Þ]|\b[A-ZÀ-Þ][a-zß-ÿ]+ (?:from|with|at) [A-ZÀ-Þ]|\b(?:[Ii]['’]?m|[Ii] am) [A-Za-zÀ-ÿ]+ (?:from|with)\b/;
const QUIET = /^[\s.…?!-]*$/u;

/**
 * @typedef {{text: string, asks: boolean}} Sentence
 * @typedef {{text: string, sentences: Sentence[], question: string, statement: string, silent: boolean, rude: boolean,
 *   introduced: boolean, greets: boolean, howAreYou: boolean, goodbye: boolean, smallTalk: boolean, sorry: boolean,
 *   closes: boolean, besidesClosing: string, minute: boolean, price: boolean, why: boolean}} Heard `question` and `statement`
 *   are the joined sentences of each sort, `besidesClosing` the statements that ask for no decision
 */

/** @param {string} said @returns {Heard} */
export function hear(said) {
  const text = said.toLowerCase().replaceAll("’", "'").replaceAll("-", " ");
  const sentences = (text.match(/[^.!?\n]+[.!?]*/gu) ?? []).map((part) => part.trim()).filter((part) =>
    !QUIET.test(part)
  )
    .map((part) => ({
      text: part,
      asks: part.endsWith("?") || ASKS.test(part) || (!/[.!]$/u.test(part) && ASKS_WITHIN.test(part)),
    }));
  const joined = (/** @type {boolean} */ asks) =>
    sentences.filter((sentence) => sentence.asks === asks).map((sentence) => sentence.text).join(" ");
  const [question, statement] = [joined(true), joined(false)];
  return {
    text,
    sentences,
    question,
    statement,
    silent: QUIET.test(text),
    rude: hits(text, RUDE) > 0,
    introduced: hits(text, INTRODUCED) > 0 || NAMED.test(said),
    greets: hits(text, GREETING) > 0,
    howAreYou: hits(text, HOW_ARE_YOU) > 0,
    goodbye: (hits(statement, GOODBYE) > 0 || /\btake care[!.]*$/u.test(text)) && !question,
    smallTalk: hits(text, COMPLIMENT) > 0 && hits(text, THINGS) > 0,
    sorry: hits(text, APOLOGY) > 0,
    closes: hits(text, CLOSE) > 0 || hits(question, DAYS) > 0,
    besidesClosing: sentences.filter((one) => !hits(one.text, CLOSE) && !one.asks).map((one) => one.text).join(" "),
    minute: hits(question, MINUTE) > 0,
    price: hits(text, ["$"]) > 0 || hits(statement, ["price", "cost*"]) > 0,
    why: hits(question, WHY) > 0,
  };
}

/**
 * The topics a question may be about, likeliest first.
 * @param {string} question @param {Record<string, string[]>} [own] more patterns by topic, such as the persona's pests
 * @returns {string[]}
 */
export function topicsOf(question, own = {}) {
  return Object.entries(TOPICS)
    .map(([topic, patterns], place) => ({
      topic,
      place,
      score: hits(question, patterns) + 2 * hits(question, own[topic] ?? []),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ topic }) => topic);
}
