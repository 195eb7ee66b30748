/** Finds words and phrases in what a rep said, and what a question is about. Pure. */

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

/** "When did you first see droppings?" asks for a time, not for the droppings. @type {Record<string, RegExp>} */
const FORMS = {
  tenure: /\bhow long\b.*\blived?\b/u,
  since: /\b(?:when did|since when|how long)\b/u,
  count: /\bhow many\b(?! (?:of you|people|weekends|hours|years)\b)/u,
  often: /\bhow often\b/u,
};
/** Words that occur in a question about anything at all. @type {Record<string, RegExp>} */
const VAGUE = { house: /\b(?:house|home)\b/u, provider: /\binternet\b/u };
/** What a question without a known word is about, by its form. @type {[RegExp, string[]][]} */
const BY_FORM = [
  [/^(?:so |and |but )*(?:what|how) (?:would|could)\b|\bdo you (?:need|expect)\b/u, ["matters", "want"]],
  [/^(?:so |and |but )*(?:would you|do you want|want)\b/u, ["want"]],
  [/^(?:so |and |but )*(?:is it|is that|how bad|how is|how's|what's (?:the|a|going|it)\b|what is (?:the|a|going))\b/u, [
    "problem",
  ]],
];

/** @param {string} question @returns {string[]} */
export const topicsByForm = (question) => BY_FORM.find(([form]) => form.test(question))?.[1] ?? [];

/** The topics of questions, most specific first: of two topics with equal hits the earlier one counts. */
const TOPICS = /** @type {Record<string, string[]>} */ ({
  pests: [],
  harm: ["bitten", "stung", "sick", "hurt you", "hurt anyone", "allergic reaction"],
  often: ["how often", "how many times", "every day", "every week"],
  count: ["how many"],
  allergy: ["allerg*"],
  food: ["food", "feed", "eat"],
  tenure: ["lived here", "live here", "from around here", "grow up", "born here", "been in this house", "in this town"],
  owner: [
    "own the",
    "own this",
    "do you own",
    "the owner",
    "rent or own",
    "do you rent",
    "homeowner",
    "account holder",
  ],
  work: [
    "for work",
    "for a living",
    "retired",
    "kind of work",
    "your job",
    "you work",
    "your work",
    "do before",
    "work from home",
    "working from home",
    "work at home",
  ],
  budget: [
    "fair price",
    "budget",
    "want to spend",
    "you spend",
    "willing to pay",
    "think is fair",
    "be fair",
    "afford",
  ],
  knows: [
    "know about",
    "know anyone",
    "know what",
    "know what",
    "heard of",
    "thought about",
    "heard about",
    "have you ever thought",
  ],
  use: [
    "use it",
    "use the internet for",
    "use your",
    "stream*",
    "game",
    "gaming",
    "how many devices",
    "what do you use it",
  ],
  effect: ["cost you when", "what does it cost you when", "affect*", "do to you", "hurt you", "lose when"],
  garden: ["garden", "yard", "lawn", "pool"],
  contract: [
    "contract",
    "how long does the contract",
    "contract run*",
    "contract last*",
    "locked in",
    "contract end*",
    "run out",
    "expire*",
    "cancellation",
  ],
  insurance: ["insurance", "insured", "insurer", "claim", "adjuster", "deductible"],
  provider: ["provider", "who do you have", "internet", "who do you use", "which company", "carrier"],
  bill: [
    "bill*",
    "pay",
    "paying",
    "how much do you",
    "electricity",
    "power cost*",
    "what does it cost you",
    "a month",
    "cost you a year",
  ],
  before: [
    "last company",
    "last one",
    "previous*",
    "went wrong",
    "bad experience",
    "happened",
    "before us",
    "charge you",
    "charged you",
    "someone spray",
    "complain*",
    "do wrong",
    "did you lose",
    "money back",
    "their offer",
    "other companies",
    "other company",
    "the others",
    "other four",
    "like mine",
    "salesm*",
    "people like me",
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
    "decide with",
    "talk it over",
    "who makes",
    "talk to your",
    "time does he",
    "time does she",
    "come home",
    "when is your",
    "partner home",
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
    "so far",
    "catch",
    "spray*",
    "doing about",
    "been doing",
    "handled",
    "handling",
    "used against",
    "anything against",
    "did you use",
    "did it hold",
    "call some*",
    "call anyone",
    "called anyone",
    "do when",
    "get rid",
    "put out",
    "about pests yourself",
    "patch*",
    "fixed",
    "fix",
    "repaired",
    "learn",
    "use for it",
  ],
  plans: ["plan to stay", "do you plan", "plan*", "stay", "move", "moving", "sell*", "how many years"],
  family: [
    "kid*",
    "child*",
    "grandchild*",
    "pet*",
    "dog*",
    "cat",
    "cats",
    "famil*",
    "daughter*",
    "son",
    "baby",
    "how many people",
    "alone",
    "who else",
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
    "change your mind",
    "would it take",
    "first thing",
    "feel safe",
    "would help",
    "need from",
    "want from",
    "main concern",
    "afraid of",
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
    "gap*",
    "get in",
    "come in",
    "which way",
    "put it on",
    "who built",
    "which rooms",
    "where exactly",
    "old is the",
    "old is your house",
    "old is your roof",
    "built",
    "sun",
  ],
  problem: [
    "problem*",
    "happened to your",
    "happy with",
    "satisfied with",
    "how is your",
    "how's your",
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
      score: hits(question, patterns) + 2 * hits(question, own[topic] ?? []) +
        (FORMS[topic]?.test(question) ? 2 : 0) - (VAGUE[topic]?.test(question) ? 0.5 : 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ topic }) => topic);
}
