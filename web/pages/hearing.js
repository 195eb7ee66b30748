/** Classifies the rep's words for the scripted homeowner: greeting, question, pitch, price, close, goodbye. Pure. */
import { asideOf } from "./asides.js";
import { hits } from "./topics.js";

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
  "old man",
  "old fool",
  "waste my time",
  "shut it",
];
const INTRODUCED = [
  "my name",
  "my name's",
  "i'm with",
  "i am with",
  "i'm from",
  "i am from",
  "we're with",
  "here from",
  "on behalf of",
  "i sell",
  "i'm selling",
  "here about",
  "uh sell",
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
  "yo",
  "sup",
  "afternoon",
  "good day",
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
  "how you doing",
  "how's your morning",
  "how's your evening",
  "how's it been",
];
const GOODBYE = [
  "goodbye",
  "good bye",
  "bye",
  "byebye",
  "see ya",
  "adios",
  "so long",
  "have a nice",
  "have a good",
  "have a great",
  "have a lovely",
  "good night",
  "nice talking",
  "take it easy",
  "for your time",
  "for your honesty",
  "see you",
  "i'll come back",
  "i'll be back",
  "i'll try again",
  "i'll leave",
  "your loss",
  "never mind",
  "forget it",
  "i'll be off",
  "i'm leaving",
  "i'm off",
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
  "tidy",
  "i love",
  "wonderful",
  "good weekend",
];
const WEATHER = [
  "weather",
  "sunny",
  "hot today",
  "cold today",
  "warm today",
  "lovely day",
  "lovely afternoon",
  "that storm",
];
const THINGS = [
  "rose*",
  "work",
  "job",
  "patch*",
  "roof",
  "in there",
  "weekend",
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
  "sign you up",
  "just sign",
  "sign please",
  "you sign",
  "schedule",
  "find a time",
  "find a day",
  "have a deal",
  "do it then",
  "want to start",
  "install it",
  "time works",
  "works for you",
  "when can we",
  "when shall we",
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
  "are we doing this",
  "let's do this",
  "let's do it",
  "you in",
  "will you sign",
  "ready to",
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
const MINUTE = [
  "a bad time",
  "good moment",
  "good time",
  "busy",
  "quick chat",
  "quick question",
  "a minute",
  "time to talk",
  "have time",
  "a moment",
  "a second",
  "a few minutes",
  "a sec",
  "two minutes",
];
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
  /^(?:(?:so|and|but|or|okay|ok|well|great|right|now|sir|ma'am|then|also|hey) )*(?:you (?:got|ever|like|want|need|have|own|use)|got (?:a|any)|ever|any|who|what|what's|since when|when|where|which|why|how|how's|do|does|did|don't|have(?! an? )|has|had|is|are|isn't|aren't|was|were|can|could|would|will|should|shall|may|any)\b/u;
/** A question without its mark, as fast typists and speech recognition write it. */
const ASKS_WITHIN =
  /\b(?:what do|what's your|how many|how much are|do you|do ye|have you|are you|did you|who's your|when did|you got)\b|\bright$/u;
/** By name, "I'm Sam" or "Sam from Cedar": a capital letter tells a name from "I'm sorry"; typed small, the company does. */
const NAMED =
  /\b[Tt]his is [A-Z]|\b[A-Z][a-z]+ here, (?:from|with)\b|\bI(?:['’]m| am) (?!Not|Sorry)[A-ZÀ-Þ]|\b[A-ZÀ-Þ][a-zß-ÿ]+ (?:from|with|at) [A-ZÀ-Þ]|\b(?:[Ii]['’]?m|[Ii] am) [A-Za-zÀ-ÿ]+ (?:from|with)\b/;
/** A decision the rep takes for the homeowner: "Thursday it is", "I'll put you down for ten", "see you Monday then". */
const PRESUMES =
  /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day it is\b|\bput you down\b|\byou'll get an? e ?mail\b|\bsee you (?:at|on|then|tomorrow|tonight|soon|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\btalk to you soon\b/u;
const THANKS = /^(?:ok |okay |great |perfect |well |alright )*(?:thanks|thank you|thx|much obliged|i appreciate it)\b/u;
const GARBLED = /(?:^| )[bcdfghjklmnpqrstvwxz]{4,}(?: |$)/u;
const QUIET = /^[\s.…?!-]*$/u;

/** How fast typists write, and the words that the patterns know. @type {[RegExp, string][]} */
const SPELLED_OUT = [
  [/\bu\b/gu, "you"],
  [/\bur\b/gu, "your"],
  [/\br\b/gu, "are"],
  [/\brn\b/gu, "right now"],
  [/\bw\//gu, "with "],
  [/\b(?:im|i m)\b/gu, "i'm"],
  [/\b(what|how|who|where|that|it)s\b(?! own)/gu, "$1's"],
  [/\b(do|did|does|is|are|was|have|would|could)nt\b/gu, "$1n't"],
  [/\b(go|do|try|look|think|work|pay|sell|hav|us|tak|mak)in\b/gu, "$1ing"],
  [/\blemme\b/gu, "let me"],
  [/\bwanna\b/gu, "want to"],
  [/\bgonna\b/gu, "going to"],
  [/\bgotta\b/gu, "have to"],
  [/\b(?:pls|plz)\b/gu, "please"],
  [/\by'?all\b/gu, "you"],
  [
    /\b(?:i (?:see|heard|noticed)|i was wondering|mind if i ask|(?:can|may|could) i ask(?: you)?),?(?: that)? (?=\w)/gu,
    "",
  ],
];

/**
 * @typedef {{text: string, asks: boolean}} Sentence
 * @typedef {{text: string, sentences: Sentence[], question: string, statement: string, silent: boolean, rude: boolean,
 *   introduced: boolean, greets: boolean, howAreYou: boolean, goodbye: boolean, smallTalk: boolean, sorry: boolean,
 *   weather: boolean, pleased: boolean, thanks: boolean, garbled: boolean, presumes: boolean, aside: import("./asides.js").Aside|null,
 *   closes: boolean, besidesClosing: string, minute: boolean, price: boolean, why: boolean}} Heard `presumes`: the rep takes
 *   the homeowner's decision; `aside`: a question about the conversation; `question` and `statement` are the joined sentences of each sort, `besidesClosing` the statements that ask for no decision
 */

/** A full stop makes a statement of "What we use is safe." @param {string} part */
const asks = (part) => part.endsWith("?") || (!/[.!]$/u.test(part) && (ASKS.test(part) || ASKS_WITHIN.test(part)));

/** A question that the rep answers in the same line is part of the statement. @param {Sentence[]} sentences @returns {Sentence[]} */
function withoutOwnAnswers(sentences) {
  const last = sentences.at(-1);
  const answered = sentences.length > 1 && last && !last.asks && /\b(?:we|we're|i'm|our|here's)\b/u.test(last.text);
  if (!answered) return sentences;
  return sentences.map((one) => (one.asks && !/\byou(?:r|'re)?\b/u.test(one.text) ? { ...one, asks: false } : one));
}

/** @param {string} said @returns {Heard} */
export function hear(said) {
  const typed = said.toLowerCase().replaceAll("’", "'").replaceAll("-", " ");
  const text = SPELLED_OUT.reduce((words, [short, long]) => words.replace(short, long), typed);
  const sentences = withoutOwnAnswers(
    (text.match(/[^.!?\n]+[.!?]*/gu) ?? [])
      .map((part) => part.trim())
      .filter((part) => !QUIET.test(part))
      .map((part) => ({ text: part, asks: asks(part) })),
  );
  const joined = (/** @type {boolean} */ asking) =>
    sentences.filter((sentence) => sentence.asks === asking).map((sentence) => sentence.text).join(" ");
  const [asked, statement] = [joined(true), joined(false)];
  // "Some are afraid of the loan. Are you?" asks about the words before it.
  const question = asked && statement && asked.split(" ").length <= 2 ? `${statement} ${asked}` : asked;
  return {
    text,
    sentences,
    question,
    statement,
    silent: QUIET.test(text),
    rude: hits(text, RUDE) > 0,
    introduced: hits(text, INTRODUCED) > 0 || NAMED.test(said) || /\bi'm \w+ (?:from|with|at)\b/u.test(text),
    greets: hits(text, GREETING) > 0,
    howAreYou: hits(text, HOW_ARE_YOU) > 0,
    goodbye: (hits(statement, GOODBYE) > 0 || /\btake care\b(?! of)/u.test(text)) && !question,
    smallTalk: hits(text, COMPLIMENT) > 0 && hits(text, THINGS) > 0,
    sorry: hits(text, APOLOGY) > 0,
    weather: hits(question || statement, WEATHER) > 0 && !/^(?:what|how)\b/u.test(question),
    pleased: hits(text, ["nice to meet", "pleased to meet", "pleasure to meet", "good to meet"]) > 0,
    thanks: THANKS.test(text) && text.split(" ").length <= 5,
    garbled: GARBLED.test(text.replace(/[^a-z ]/gu, "")) && text.split(" ").length <= 3,
    presumes: PRESUMES.test(statement),
    aside: asideOf(text, question),
    closes: hits(text, CLOSE) > 0 || hits(question, DAYS) > 0,
    besidesClosing: sentences.filter((one) => !hits(one.text, CLOSE) && !one.asks).map((one) => one.text).join(" "),
    minute: hits(question, MINUTE) > 0,
    price: hits(text, ["$"]) > 0 || hits(statement, ["price", "cost*"]) > 0,
    why: hits(question, WHY) > 0,
  };
}
