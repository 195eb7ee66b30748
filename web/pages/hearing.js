/** Classifies the rep's words for the scripted homeowner: greeting, question, pitch, price, close, goodbye. Pure. */
import { asideOf, TAG } from "./asides.js";
import { anyOf, except, hits, listOf } from "./patterns.js";

const RUDE = listOf(`
  idiot*, stupid, moron*, shut up, dumb, fool, jerk, grumpy, fuck*, shit*, ass, asshole, loser, old man, old
  fool, waste my time, shut it
`);
const INTRODUCED = listOf(`
  my name, name's, i'm with, i am with, i'm from, i am from, we're with, here from, on behalf of, i sell, i'm
  selling, here about, uh sell
`);
const GREETING = listOf(`
  hi, hey, hello, good morning, good afternoon, good evening, hola, howdy, yo, sup, afternoon, good day,
  greetings, morning
`);
const HOW_ARE_YOU = listOf(`
  how are you, how're you, how is it going, how's it going, how's your day, how is your day, how do you do, how
  are things, cómo está, how have you been, how you doing, how's your morning, how's your evening
`);
const GOODBYE = listOf(`
  goodbye, good bye, bye, byebye, adios, let you get back, let you go, let you get on, leave it there,
  won't take any more, have a nice, have a beautiful, have a good, have a great, have a lovely, good night,
  nice talking, take it easy, for your time, for listening, for your honesty, i'll come back, i'll be back,
  i'll try again, i'll leave then, i'll leave now, i'll leave you alone, i'll leave you to, i'll leave you be,
  leave you in peace, get out of your hair, suit yourself, your loss, never mind, forget it,
  i'm leaving, i'll go, farewell, enjoy your, enjoy the, enjoy dinner
`);
const COMPLIMENT = listOf(`
  nice, beautiful, lovely, gorgeous, smell*, love your, like your, great looking, cute, pretty, cool, what a,
  tidy, i love, wonderful, good weekend
`);
const WEATHER = [
  "weather",
  "sunny",
  "hot today",
  "cold today",
  "warm today",
  "lovely day",
  "lovely afternoon",
  "hot one",
  "cold one",
  "beautiful day",
  "nice day",
  "gorgeous day",
  "beautiful morning",
  "nice out",
];
const THINGS = listOf(`
  rose*, work, job, patch*, roof, in there, weekend, garden, house, home, truck, car, dog, yard, lawn, porch,
  door, cooking, dinner, food, weather, day, tree*, flower*, place, street, baby, sunny, hot, evening
`);
/** A line of so few words is read as a whole. */
const SHORT = 12;
const APOLOGY = ["sorry", "apolog*", "excuse me", "my bad", "didn't mean"];
const CLOSE = listOf(`
  sign here, sign this, sign it, sign today, sign up, sign you up, just sign, sign please, you sign, schedule,
  find a time, find a day, have a deal, do it then, want to start, install it, time works, works for you,
  when can we, when shall we, when can some*, is that confirmed, is it confirmed, book it, book a, book you,
  book the, book this, book that, book us, to book, we book, i book, i'd book, booking, booked, appointment,
  get you started, set you up, start today, start now, shall we, go ahead, put you down, set up a, set this up,
  set it up, lock in, are we doing this, let's do this, let's do it, yes or no, want me to spray, want me to treat,
  want me to fix, want me to start, want us to start, can we do it, can we do this, can we do that, do it today,
  do it this, want to do it, want to do this, want me to do, go with us, want to go with, down to do,
  want to try it, give us a try, give us a shot, give it a go, give it a try, give it a shot, are you in now,
  you in then, you in or, will you sign, signature, an opening, a slot, pencil you, fit you in, get you in,
  get it done, get this done, get you taken care, get it taken care, get this taken care, paperwork, credit card,
  card number, move forward, moving forward, have your ok, have your okay, your go ahead, get going, ball rolling,
  sign off, on the calendar, in the calendar, in the diary, in my diary, the first visit for, ready to
`);
const NOTHING_TO_SIGN = anyOf(String.raw`
  \b(?:no|not need (?:a|your)|n't need (?:a|your)|without (?:a|your)) (?:signature|paperwork|credit card|
  appointment)\b|\b(?:not|n't|never|without|nothing) (?:have to |need to |ask you to |make you |to )?sign\w*\b
`);
const DAYS = listOf(`
  which day, what day, put the ladder, how about, work better for, works better for, day work better, about tonight,
  tonight or, tomorrow, monday, tuesday, wednesday, thursday, friday, saturday, mornings or, afternoons or,
  morning or, this week, today or, this afternoon, next week
`); // in a question
const WEEKDAYS = DAYS.filter((day) => day.endsWith("day"));
/** After an offered day: "Friday at four. Does that work for you?" */
const SUITS = anyOf(String.raw`
  \b(?:does|would|will) (?:that|it|this) (?:work|suit|be (?:ok|okay|good|fine|alright))\b|^how(?:'s|\sis|\sabout) that\b|\bis (?:that|it) (?:a yes|ok|okay|alright|good|fine)\b|\byes or no\b|^(?:yes|ok|okay|deal|good|
  agreed)\W*$
`);
/** Asks what was, though it names a step of the sale: "Has anyone ever shown you how to lock in a price?" */
const HISTORY =
  /^(?:(?:so|and|but|ok|okay) )*(?:has any\w+|have you ever|did you ever|did they|did you|how many|what have you)\b/u;
const MINUTE = listOf(`
  a bad time, good moment, good time, busy, quick chat, quick question, a minute, time to talk, have time, a moment,
  a second, a few minutes, a sec, two minutes, three minutes, five minutes, ten minutes, twenty minutes,
  thirty seconds, 30 seconds
`);
/** Promises to be quick, and says nothing else. */
const BRIEF = /^[^.!?]{0,30}\b(?:be|make (?:it|this)) (?:\w+ ){0,2}(?:quick|brief|short)\b[^.!?]{0,12}\W*$/u;
const WHY = anyOf(String.raw`
  ^(?:(?:so|and|but|ok|okay|well|oh|no) )*(?:why|how come|what do you mean|what makes you|tell me more|
  what's the reason|explain)\b
`);
const ASKS = anyOf(String.raw`
  ^(?:(?:so|and|but|or|okay|ok|well|great|right|now|sir|ma'am|then|also|hey|hi|hiya|hello|sorry|yo|yeah|no|um|uh|
  sure|sure thing|cool|nice|alright|man|dude|ah|oh|hm|i mean|please|thanks) )*(?:(?:see|notice|notic(?:ed|ing)|seen|
  had) any|been here|whereabouts|your \w+ (?:live|works?)|mind (?:telling|if)|you (?:planning|going|guys|got|ever|
  from|sure (?:it|that|they)|think|know|still|like|want|need|have(?! an? (?:good|nice|great|lovely))|own|use|work|
  keen|allergic|married|retired|familiar)|got (?:an?|any|some|family|kids|pets)|going to|thinking (?:of|about)|
  tell me (?:about|more|how|what|your|where|when|why)|whose|(?:in|at|on|through|by|from|since|for|to|with) (?:what|
  which|whose)|ever|any(?:body|one|thing)?|who|what|what's|since when|when|where|which|why|how|how's|
  do(?! (?:something|it|that|this|me|yourself|not|us)\b)|does|did|am|might|wouldn't|don't (?:you|they|we|i)|
  have(?! an? )|has|had|is|are|isn't|aren't|was|were|can|could(?! be\b)|would|will|should|shall|may|any)\b
`);
/** A question without its mark, as fast typists and speech recognition write it. */
const ASKS_WITHIN = except(
  /\b(?:do|did|doing|done|get|all) (?:(?:it|this|that) )?right$/u,
  anyOf(String.raw`
  \b(?:what do|what's your|how many|how much are|do you|do ye|have you|are you|did you|who's your|when did|
  you got)\b|\byou (?:interested|keen|up for it)\W*$|\bare how (?:old|many)\b|^(?:from where|since how)\b|
  \bwonder(?:ed|ing) if you\b|^you are \w+ing\b.*\bor\b|\b(?:from|to|with|by) (?:where|when|what|whom)\W*$|
  \b(?:\w+day|\d+|pm|am|noon) (?:ok|okay|good|cool|fine|deal)\W*$|, (?:what|how|who|where|when|why) would\b|
  \bstarted when$|\bright$
`),
);
/** By name, "I'm Sam" or "Sam from Cedar": a capital letter tells a name from "I'm sorry"; typed small, the company does. */
/** "See those dark spots? That's hail." shows something. */
const SHOWS = /^(?:can you |do you |you )?see (?:that|those|this|these|here|how)\b/u;
/** A clause that asks after others: "Sorry to bother you, is this a bad time?" */
const ASKING_CLAUSE = anyOf(String.raw`
  ^(?:(?:and|but|or|so) )?(?:(?:what|how|who|where|why|when)(?:'s)? (?!(?:we|i|it|they|you|he|she)\b)|(?:is|are|do|
  does|did|can|could|may|might|would|will|have|has|was|were) (?:you|your|i|we|it|that|this|there|he|she|they|the)\b)
`);
const CONDITION =
  /^(?:(?:and|so|but|ok|okay|well) )*(?:if|suppose|say|imagine|when|once|after|before|since|because|as|while)\b/u;
const ENDS_ASKING = /\b(?:do|does|did|is|are|was|has|have|would|could|can)n't (?:you|it|they|he|she)$/u;
const NAMED = anyOf(String.raw`
  ^(?:[Hh]i|[Hh]ello|[Hh]ey|Good \w+)(?: there)?,? [A-Z][a-z]+,? [A-Z]\w+|\b[Tt]his is [A-Z]|
  \b[A-Z][a-z]+ here, (?:from|with)\b|\bI(?:['’]m| am) (?!Not|Sorry)[A-ZÀ-Þ]|\b[A-ZÀ-Þ][a-zß-ÿ]+ (?:from|with|
  at) [A-ZÀ-Þ]|\b(?:[Ii]['’]?m|[Ii] am) [A-Za-zÀ-ÿ]+ (?:from|with)\b
`);
/** A decision the rep takes for the homeowner: "Thursday it is", "I'll put you down for ten", "see you Monday then". */
const PRESUMES = anyOf(String.raw`
  \b(?:mon|tues|wednes|thurs|fri|satur|sun)day it is\b|\bput you down\b|\bpop you (?:in|down)\b|
  \byou'll get an? e ?mail\b|\bsee you (?:at|on|then|tomorrow|tonight|soon|(?:mon|tues|wednes|thurs|fri|satur|
  sun)day)\b|\btalk to you soon\b
`);
const SYMPATHY = anyOf(String.raw`
  \b(?:i (?:totally |completely |fully |really )?(?:understand|get (?:it|that|you)(?! a lot)|hear you|hear that|
  feel you|see why|respect that|appreciate that|can imagine|can see (?:why|how|that)|bet)|(?:that|it|this) (?:must|
  has to|sounds?|seems?)|must be|(?:is|that's) a lot of money|(?:that|this|it) is (?:very |really |so )?(?:bad|sad|
  terrible|awful|wrong)|that's (?:not right|wrong)|(?:sounds|sound) (?:frustrating|annoying|awful|terrible|like|
  rough|tough|stressful)|sorry (?:to hear|about (?:that|your)|you|that)|no fun|not fun|fair enough|that's fair|
  don't blame you|(?:that'd|that would|it would|it'd) make me (?:mad|angry|careful|furious|sick)|i'd (?:feel|be|
  hate)|(?:that's|that is|how) (?:awful|terrible|rough|tough|frustrating|annoying|a pain|no good|understandable|
  horrible|too bad|a shame|gross|nasty|disgusting|not (?:good|fun|great|okay))|makes sense|bless|poor thing|oh no|
  yikes|ouch|what a pain)\b
`);
const ACKNOWLEDGES = anyOf(String.raw`
  ^(?:(?:oh|ok|okay|k|got it|gotcha|great|sure|alright|cool|nice|perfect|right|yes|yeah|yep|good|awesome|i see|
  understood|no problem|of course|well|hm+|ah|haha|lol|wow|very good|good to know|sounds good|that's (?:good|great|
  fine|ok|okay)|thanks for (?:telling|sharing|letting)[a-z ]*|so|then|mate|sir|ma'am|yes please|exactly)[\s,.!]*)+$
`);
const UNSURE = anyOf(String.raw`
  \bi (?:don't|do not) (?:really |actually )?know\b|\bgood question\b|\blet me (?:check|find out|ask)\b|
  \bi(?:'d| would|'ll| will) (?:have to|need to|find) (?:check|ask|look|find|out)\b|\bi'm not (?:really |
  quite )?sure\b|\bnot sure\W*$|\bno (?:idea|clue)\b|\bidk\b
`);
const RECAPS = anyOf(String.raw`
  ^(?:(?:ok|okay|gotcha|got it|right|great|alright|wow|yeah|yes|ah|oh|i see)[,. ]+)*(?:so|sounds like|
  it sounds like|you said|you mentioned|you told me|if i understand|what i'm hearing)\b.*\b(?:your?|they|them|he|
  she|it)\b
`);
/** An amount without its unit: "It's 129 for the removal." */
const BARE_PRICE = anyOf(String.raw`
  \b(?:it's|it is|it'd be|(?:it|that) would be|comes to|that's|for|about|around|only|just|like|charge|pay|cost|
  costs|price is) (?:like |about |only |just )?\d{2,4}\b(?! ?(?:minutes?|mins?|years?|days?|hours?|percent|%|am|pm|
  o'clock|:|th|st|nd|rd|people|homes|houses|families|weeks?|months?|square|feet|ft|mbps|megs?|up|times|customers|
  other|of|in the|tonight|today|tomorrow))
`);
/** A time of day that the rep offers: "Is seven okay?" */
const OFFERS_TIME = anyOf(String.raw`
  ^(?:(?:so|then|at),? )*\w+ o'clock\b(?! every)|\b(?:is|are|how about|does|would|say)\b.*\b(?:\d{1,2}(?::\d\d)?|
  one|two|three|four|five|six|seven|eight|nine|ten|noon)\b.*\b(?:ok|okay|works?|good|fine|alright|pm|am|o'clock|
  suits?)\b|\bsuits? you\b
`);
const LEAVES = anyOf(String.raw`
  \b(?:i'll|i will|i can|i'm going to|let me|i'd like to|here's|here is)\b.*\b(?:leave|give|hand|here)\b.*\b(?:card|
  flyer|leaflet|brochure|pamphlet|paper|number|door hanger)\b|\bhere's (?:my|our) (?:card|number|flyer|brochure)\b
`);
const PLEADS = anyOf(String.raw`
  \bhear me out\b|\bgive me (?:a chance|a break|(?:one|two|five|a few|thirty) (?:minutes?|seconds?)|a second)\b|
  \bcome on\b|\bjust listen\b|\bhold on\b|^(?:no,? |please,? )?wait\b|\bwait a\b|^(?:but )?(?:please )?(?:sir |
  ma'am )?(?:please )?just (?:\w+ ){0,2}(?:minutes?|seconds?|secs?)\b|\bone more thing\b|\blisten to me\b
`);
const INSULTS = anyOf(String.raw`
  \byou(?:'re| are) (?:\w+ ){0,2}(?:rude|crazy|ridiculous|cheap|making a (?:big |huge )?mistake|impossible|
  difficult|stubborn|ungrateful|lying|a liar|ignorant|mean|wasting my time|lazy)\b|\b(?:gonna|going to|will|
  'll) regret\b|\byou don't (?:even )?care about\b|^what ?ever\b|\bdon't know what you're missing\b|
  \byour problem\W*$|\bscrew you\b|\bget lost\b|\bbad (?:mother|father|parent)\b|
  \byour (?:repair|work|patch|job|fix)(?:'s| is| was| looks) (?:not (?:good|professional)|bad|terrible|poor|cheap|a
  mess|a joke|awful|ugly|unprofessional)\b
`);
const THANKS = /^(?:ok |okay |great |perfect |well |alright )*(?:thanks|thank you|thx|much obliged|i appreciate it)\b/u;
const GARBLED = /(?:^| )[bcdfghjklmnpqrstvwxz]{4,}(?: |$)/u;
const QUIET = /^[\s.…?!-]*$/u;

/** Before a question: "Could you tell me what happened?" */
const POLITELY = new RegExp(
  anyOf(String.raw`
    \b(?:i was wondering|may i know|mind if i ask|would you mind telling me|(?:can|could) you tell me(?!\s(?:more|about|a)\b)|(?:can|may|could) i ask(?: you)?),?(?: that)? (?!(?:an?|one|some|something|just|couple|another|two|three|
    few) )(?=\w)
  `),
  "gu",
);

/** How fast typists write, and the words that the patterns know. @type {[RegExp, string][]} */
const SPELLED_OUT = [
  [/\bu\b/gu, "you"],
  [/(^|[.,!?] |\b(?:and|so|but|oh) )i (?:see|heard|noticed),?(?: that)? (?=\w)/gu, "$1"],
  [/\bur\b/gu, "your"],
  [/\br\b/gu, "are"],
  [/\brn\b/gu, "right now"],
  [/\bw\//gu, "with "],
  [/\bw\b/gu, "with"],
  [/\b(\w+) n (?=\w)/gu, "$1 and "],
  [/\bwhat'd (?=(?:it|that)\b)/gu, "what would "],
  [/\bwhat've\b/gu, "what have"],
  [/\bbout\b/gu, "about"],
  [/\ball right\b/gu, "alright"],
  [/\b(mrs?|ms|dr)\./gu, "$1"],
  [/\bhow'?s (?=(?:long|many|much|often|old)\b)/gu, "how "],
  [/\b(mon|tues|fri)\b/gu, "$1day"],
  [/\bthu(?:rs?)?\b/gu, "thursday"],
  [/\bsat(?= (?:at|after|then|morning|afternoon|evening|or|\d))/gu, "saturday"],
  [/\b(?:im|i m)\b/gu, "i'm"],
  [/\b(what|how|who|where|when|why|that|it)s\b(?! own)/gu, "$1's"],
  [/\b(do|did|does|is|are|was|have|would|could)nt\b/gu, "$1n't"],
  [/\b(go|do|try|look|think|work|pay|sell|hav|us|tak|mak)in\b/gu, "$1ing"],
  [/\blemme\b/gu, "let me"],
  [/\bwanna\b/gu, "want to"],
  [/\bgonna\b/gu, "going to"],
  [/\bgotta\b/gu, "have to"],
  [/\btonite\b/gu, "tonight"],
  [/\bill (?=(?:leave|go|come|be|stop|call|send|put|book)\b)/gu, "i'll "],
  [/\b(?:pls|plz)\b/gu, "please"],
  [/\by'?all\b/gu, "you"],
  [POLITELY, ""],
];

/**
 * @typedef {{text: string, asks: boolean}} Sentence
 * @typedef {{text: string, sentences: Sentence[], question: string, statement: string, silent: boolean, rude: boolean,
 *   introduced: boolean, greets: boolean, howAreYou: boolean, goodbye: boolean, smallTalk: boolean, sorry: boolean,
 *   weather: boolean, pleased: boolean, thanks: boolean, garbled: boolean, presumes: boolean, aside: import("./asides.js").Aside|null,
 *   closes: boolean, offersTime: boolean, minute: boolean, price: boolean, why: boolean,
 *   leaves: boolean, pleads: boolean, tag: boolean, recaps: boolean, sympathy: boolean, acknowledges: boolean,
 *   unsure: boolean}} Heard `presumes`: the rep takes the homeowner's decision; `aside`: a question about the
 *   conversation; `question` and `statement` are the joined sentences of each sort
 */

/** The words before the clause that asks are a statement of their own. @param {string} part @returns {string[]} */
function clausesOf(part) {
  const clauses = part.split(", ");
  const asking = clauses.findIndex((clause) => ASKING_CLAUSE.test(clause) && clause.split(" ").length > 3);
  if (asking < 1 || CONDITION.test(part)) return [part];
  if (ASKS.test(part) && !hits(clauses[0], HOW_ARE_YOU)) return [part];
  // "And your family, do they mind?" names its subject first.
  if (asking === 1 && clauses[0].split(" ").length <= 4 && /^\w+ (?:it|they|he|she|that)\b/u.test(clauses[1])) {
    return [part];
  }
  return [`${clauses.slice(0, asking).join(", ")}.`, clauses.slice(asking).join(", ")];
}

/** A full stop makes a statement of "What we use is safe." @param {string} part */
const asks = (part) =>
  part.endsWith("?") || (!/[.!]$/u.test(part) && (ASKS.test(part) || ASKS_WITHIN.test(part) || ENDS_ASKING.test(part)));

/** A question that the rep answers in the same line is part of the statement. @param {Sentence[]} sentences @returns {Sentence[]} */
function withoutOwnAnswers(sentences) {
  const last = sentences.at(-1);
  if (sentences.length > 1) sentences = sentences.map((one) => (SHOWS.test(one.text) ? { ...one, asks: false } : one));
  const [opening] = sentences;
  if (sentences.some(({ text }) => /^(?:good question|the answer|simple|easy)\b/u.test(text)) && !last?.asks) {
    return sentences.map((one) => ({ ...one, asks: false }));
  }
  if (
    sentences.length > 1 && !last?.asks && opening.asks &&
    /^(?:(?:the|and|my|our|your|hi|hey|hello|mr|mrs|ms) )?\w+\W*$/u.test(opening.text)
  ) {
    return sentences.map((one) => one === opening ? { ...one, asks: false } : one);
  }
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
      .flatMap(clausesOf)
      .filter((part) => !QUIET.test(part))
      .map((part) => ({ text: part, asks: asks(part) })),
  );
  const joined = (/** @type {boolean} */ asking) =>
    sentences.filter((each) => each.asks === asking && !hits(each.text, HOW_ARE_YOU)).map((each) => each.text).join(
      " ",
    );
  const [asked, statement] = [joined(true), joined(false)];
  // "Some are afraid of the loan. Are you?" asks about the words before it.
  const question = asked && statement && asked.split(" ").length <= 2 ? `${statement} ${asked}` : asked;
  const last = sentences.filter((each) => each.asks).at(-1)?.text ?? "";
  return {
    text,
    sentences,
    question,
    statement,
    silent: QUIET.test(text),
    rude: hits(text.replace(/\b(?:my|our) old man\b/gu, ""), RUDE) > 0 || INSULTS.test(text),
    leaves: LEAVES.test(statement) && !/\bgive (?:me|you) (?:a|the) (?:number|price)\b/u.test(statement),
    pleads: PLEADS.test(statement),
    introduced: hits(text, INTRODUCED) > 0 ||
      /\b(?:consultant|advis[eo]r|specialist|technician|rep) (?:with|from|at)\b/u.test(text) || NAMED.test(said) ||
      /\bi'm \w+ (?:from|with|at)\b/u.test(text) ||
      /^(?:pest control|solar|roofing|roofs|fib(?:er|re)|internet)\W*$/u.test(text),
    greets: hits(text, GREETING) > 0,
    howAreYou: hits(text, HOW_ARE_YOU) > 0,
    goodbye: ((hits(statement, GOODBYE) > 0 && !/^if\b.*\bi'll leave\b/u.test(statement)) ||
      /^(?:well |ok |alright )*so long\b|\bi(?:'ll be|'m) off(?: then| now)?\W*$|(?:^|[.,!?] |\b(?:ok|okay|then|well|so|alright) )see (?:you|ya)\b(?!')/u
        .test(text) ||
      /\btake care\b(?! of)/u.test(text)) && !question,
    smallTalk: (text.split(" ").length <= SHORT ? [{ text }] : sentences).some((each) =>
      hits(each.text, COMPLIMENT) > 0 && hits(each.text, THINGS) > 0
    ),
    sorry: hits(text, APOLOGY) > 0,
    weather: hits(question || statement, WEATHER) > 0 && sentences.filter((each) => each.asks).length < 2 &&
      !/^(?:what|how)\b/u.test(question),
    pleased: hits(text, ["nice to meet", "pleased to meet", "pleasure to meet", "good to meet"]) > 0,
    thanks: THANKS.test(text) && text.split(" ").length <= 5,
    garbled: GARBLED.test(text.replace(/[^a-z ]/gu, "")) && text.split(" ").length <= 3,
    presumes: PRESUMES.test(statement),
    aside: (last && asideOf(text, last)) || (last.split(" ").length > 2 ? null : asideOf(text, question)),
    closes: !HISTORY.test(question) &&
      ((hits(text, CLOSE) > 0 && !NOTHING_TO_SIGN.test(text)) ||
        (hits(statement, WEEKDAYS) > 0 && SUITS.test(question)) ||
        hits(question, DAYS) > 0 || OFFERS_TIME.test(question) || /\bdeal\W*$/u.test(question)),
    offersTime: OFFERS_TIME.test(question) && text.split(" ").length <= 6,
    minute: hits(question, MINUTE) > 0 || BRIEF.test(text),
    price: hits(text, ["$"]) > 0 || BARE_PRICE.test(text) ||
      hits(statement.replace(/\bworry about\b.*/u, ""), ["price", "cost*"]) > 0,
    why: WHY.test(question),
    tag: TAG.test(question),
    recaps: RECAPS.test(statement) &&
      !/\b(?:we|our|i can|i could|i'll|i will|i'd|i'm|reason|neighbou?rs?|you'd (?:make|save|get|have|pay|own)|you'll)\b/u
        .test(statement),
    sympathy: SYMPATHY.test(statement),
    acknowledges: ACKNOWLEDGES.test(text),
    unsure: UNSURE.test(statement),
  };
}
