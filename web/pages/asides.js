/** Questions about the conversation itself, such as "What did you say?" or "May I come back?". Pure. */
import { anyOf, hits, listOf } from "./patterns.js";

const CLARIFY = listOf(`
  what do you mean, say that again, repeat that, repeat what, repeat your, your question again, catch that, hear
  that, hear you, pardon, come again, not sure i follow, don't follow, not following, what did you say, what was that
`);
const PRESENT = [
  "hear me",
  "anyone home",
  "anybody home",
  "still there",
  "you there",
  "are you listening",
  "can you hear",
];
const OPINION = listOf(`
  fair enough, with me so far, follow me, following me, on the same page, are we good, your thoughts, sound good,
  sounds good, does that answer, does that help, does that sound, that work for you, doable, manageable for you,
  does that make sense, does that compare, how does that sound, how does that look so far, how does that look for,
  how does that compare, would that, is that too, is that more, is that fair, is that okay, is that ok,
  do you think that's, do you think that is, how do you feel about, how do you feel so far, that feel,
  too expensive, make sense, isn't that, isn't it, aren't they, what you think, how's that, how is that, sit with you, put us ahead, put me ahead,
  does that work, does this work, happy with that, okay with that, good with that, does that make a difference,
  do you say, would you say to, do you figure, do you reckon, comfortable with, okay for you, alright for you
`);
const MORE = listOf(`
  anything else, what else, else would you, any questions, what questions, questions do you, questions you,
  other questions, any doubts, any concerns, any hesitations, any worries, any other questions, other concerns,
  other worries, any other doubts, any other reason*, anything unclear, something unclear, questions for me,
  like to ask, like to know, want to know
`);
const DOUBT = listOf(`
  holding you back, the hold up, the holdup, holds you back, stopping you, stops you, stop you, what keeps you from, would keep you from,
  what's in the way, put you off, puts you off, not convinced, convinced about, not sold on, don't you trust,
  not interested, aren't interested, afraid, scares you, you scared, hesita*, against it, the reason,
  to think about, think it over, think over, not sure about, your doubt*, part don't you, don't you like about it,
  why not, worried, a worry, worries you, is it because, can i ask why, may i ask why
`);
/** "Does it stop you from using the porch?" is about the home. */
const HINDERS = /\b(?:it|that|this|they) (?:stop|keep)s? you from\b/u;
/** A reason that the rep suggests: "Is it the price?" */
export const SUGGESTS = anyOf(String.raw`
  \bis it (?:about|because|(?:just )?the (?:price|cost|money|contract|company|timing|time|husband|wife|daughter|
  commitment|fee|chemicals?|insurance|safety|signature|digging|product|installation|monthly)\b)|
  \bis (?:the )?\w+ (?:the|a) (?:problem|issue|worry|concern)\b
`);
/** "Does that take care of your concern?" */
const RELIEVES =
  /\bdoes (?:that|this|it) (?:take care|address|settle|ease|answer|solve|help)\b|\bhow (?:does|would) .*\bsound\b/u;
const INTEREST = listOf(`
  would you like, rather, would you feel about, how would you like, how about we, would you want, do you want,
  interested, keen, want some, want one, give it, worth a, worth it, open to, do you need, would a free, need any,
  want to save
`);
const ASKS_LEAVE = anyOf(String.raw`
  \b(?:can|could|may|shall|should|what if|how about) (?:i|we|our \w+)\b(?! (?:told|said)\b)|\b(?:do|
  would) you (?:want|like) (?:me|us) to\b|\bi (?:just |only )?(?:have|got|had) (?:just |only )?(?:one|a|two|some|
  a few|a couple of) (?:\w+ )?questions?\b|\bwould it (?:make sense|help|be (?:ok|okay|alright|better|easier|
  possible))\b|\bi(?:'ll| will| can|'d) (?:come|stop|swing|be back|drop)\b|\bwould you let (?:me|us)\b|
  \bmind if (?:i|we)\b|\bwhy don't (?:i|we)\b|\b(?:i'd|i would) like to\b|\blet (?:me|us)\b(?! ask about)|\b(?:is|
  would) (?:it|that) (?:be )?(?:okay|ok|alright|fine) if\b|\bwhat(?:'s| is) (?:your|the best|
  a good) (?:\w+ )?(?:phone|e ?mail|number|address|cell)\b|\b(?:have|get) your (?:\w+ )?(?:phone|e ?mail|number|
  address|cell)\b|\bhow (?:can|do|could) (?:i|we) (?:reach|contact)\b|\bwhen (?:(?:can|could|may|should) (?:i|we)|
  would be)\b
`);
const CONVINCES = /\bhow (?:can|could|do) (?:i|we) (?:show|prove|convince|earn)\b/u;
const ASKED_FOR = /** @type {Record<string, string[]>} */ ({
  contact: listOf(`
  reach you, contact you, hold of you, your phone, phone number, e mail, email*, number, your address, text you,
  your cell
`),
  leave: [
    "drop off",
    "a copy",
    "brochure*",
    "card",
    "leaflet*",
    "flyer*",
    "leave you",
    "leave my",
    "leave the",
    "leave it",
    "leave this",
    "leave a",
  ],
  again: ["start over", "try again", "begin again", "start again"],
  ask: listOf(`
  ask you, ask a, ask one, ask some, ask just one, asked you, one question, quick question, honest question,
  few questions, a question, some questions, couple of questions, couple questions
`),
  look: listOf(`
  look, take some, take a few, take a photo, take a picture, take photos, take pictures, see your roof,
  see your garage, see your kitchen, see your basement, check*, inspect*, see the, see it, come in, go up, climb,
  ladder, up there, on the roof, peek, walk around, poke around
`),
  show: ["show you", "show ya", "photo*", "picture*", "explain*", "tell you", "told you", "walk you through"],
  back: listOf(`
  come back, come by, come over, come at, come tomorrow, be back at, swing by, swung by, swing back, drop by,
  pop by, pop back, come around, came by, came back, sit down with, talk to him, talk to her, speak to him,
  speak to her, meet with, talk with, i come, stop by, call you, ring, visit, return, later, talk when, better time,
  tonight
`),
});
const FOLLOWS = anyOf(String.raw`
  ^(?:(?:oh|wow|okay|ok|and|so|hm) )*(?:and|what about|how about|where exactly|which|in|since when|how often|
  how many|how much|how so)\b
`);
const POINTS_BACK = /\b(?:it|they|them|he|she|one)\b/u;

/**
 * Which question about the conversation this is, or null for a question about the home and for a statement.
 * @typedef {"clarify"|"present"|"more"|"doubt"|"opinion"|"interest"|"contact"|"leave"|"again"|"ask"|"show"|"look"|"back"} Aside
 * @param {string} text the rep's words in small letters @param {string} question the sentences that ask @returns {Aside|null}
 */
export function asideOf(text, question) {
  if (
    (hits(question, CLARIFY) && !/\bwant me to\b/u.test(question)) ||
    hits(text, ["catch that", "didn't hear", "pardon"]) ||
    /^(?:what|huh|sorry|excuse me|hm|eh|wait what)\W*$/u.test(text)
  ) return "clarify";
  const leave = !CONVINCES.test(question) && ASKS_LEAVE.test(text) &&
    Object.keys(ASKED_FOR).find((each) => hits(text, ASKED_FOR[each]));
  if (leave) return /** @type {Aside} */ (leave);
  if (!question) return null;
  if (hits(question, PRESENT) || /^(?:hello|hi|hey)\W*$/u.test(question)) return "present";
  if (hits(question, MORE)) return "more";
  if (RELIEVES.test(question)) return "opinion";
  if ((hits(question, DOUBT) && !HINDERS.test(question)) || SUGGESTS.test(question)) return "doubt";
  if (
    hits(question, OPINION) ||
    /\bwhat do you think(?=\W*$|[,?]| (?:about|of)\b)/u.test(question) ||
    /\b(?:sound|sounds) (?:ok|okay|fair|alright)\b/u.test(question) ||
    (TAG.test(question) && !ENDS_OPEN.test(question) && !/^(?:has|have|did|does)\b/u.test(question)) ||
    /^(?:good|okay|ok|alright|fair|right|deal|agreed|(?:is|was) (?:it|that|this) (?:fine|ok|okay|alright|fair|clear))\W*$/u
      .test(question)
  ) return "opinion";
  return hits(question, INTEREST) && !/\b(?:who|what|when|where|how)\b/u.test(question) ? "interest" : null;
}

/** A statement that ends like a question: "They come back, don't they?" */
export const TAG = anyOf(String.raw`
  ,? (?:right|correct|huh|eh|no|yeah|(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|
  should|ai)(?:n't)? (?:he|she|it|they|you|we|i|that)|won't (?:you|it|they)|can't (?:you|it|they))\W*$
`);

/** "What year is it?" ends like a tag. */
const ENDS_OPEN = /(?:^|[.?!] )(?:(?:and|so|but) )*(?:what|which|how|who|where|when)\b[^.?!]*\W*$/u;

/** Offers something to read or to look at. */
export const OFFERS = anyOf(String.raw`
  ^(?!(?:so |and )?who\b).*\b(?:want|like|need|care) (?:me )?to (?:see|show|look at|read|check|
  hear)\b.*\b(?:licen[cs]e|contract|labels?|reviews?|photos?|pictures?|numbers?|references?|badge|id|quote|sheet|
  certificate|details)\b|\b(?:want|like) to see (?:what|how|one|some)\b|^would an? .*\bhelp\b
`);

/** Asks for more of what was said last. */
export const TELLS_MORE = anyOf(String.raw`
  \btell me (?:more|a (?:bit|little) (?:more|about)|about (?:it|that))\b|
  \bwhat happened(?: exactly| there| then)?\W*$|\bhow so\b|\blike what\b|\bsuch as\b|\bwhat do you mean by\b|
  \b(?:explain|elaborate|describe|walk me through)\b|^(?:oh|and|ok|wow|hm|so|,| )*(?:really|seriously|why|how come|
  why(?: is|'s) that|why so|and then|go on|what (?:kind|sort)|which ones?)\W*$
`);

/** Questions that no fact about the home answers, though they name things of the home. */
export const SUPPOSES = anyOf(String.raw`
  \bdid you know\b|\bhow do you know\b|\bwhat if\b|\bwould you do if\b(?! (?:it|they|that|this|the \w+|
  your \w+) (?:was|were|worked|stopped))|\bwho do you (?:trust|listen to)\b|\bdays? off\b|\bhobb\w+|\bfor fun\b|
  \blearn from\b|\bhow did (?:that|it) make you feel\b|\bhow old are you\b|\bspend your (?:weekends?|time|days?)\b|
  \b(?:last|previous|old) (?:house|home|place|apartment)\b|\b(?:wife|husband|daughter|son|kid|partner)s?(?:'s|'|
  is)? (?:\w+ )?names?\b|\bwhat are you (?:working on|doing|up to)\b(?! (?:about|for|to|with|against)\b)|^(?:so |
  and )*(?:if (?:i|we|it|they)\b|suppose\b)|^(?:so |and |but )*(?:don't|do|would) you (?:not )?think\b(?! you(?:'ll|\swill|\sare|'re)\b)|\bdo you think\b.*\bwill\b
`);

/** Answers that fit a question by its form alone, where no fact does. The last one fits any question. @type {[RegExp, string[]][]} */
const FORMS_OF_ANSWER = [
  [/\bwould\b.*\bfeel\b/u, ["Better than now, I suppose. But I'd have to know more first."]],
  [/\bwhat are you (?:working on|doing|up to)\b(?! (?:about|for|to|with|against)\b)/u, [
    "Nothing that can't wait a minute.",
  ]],
  [/\bwho do you (?:trust|listen to)\b/u, ["My own eyes, mostly."]],
  [/\blearn from\b/u, ["To be careful, for one."]],
  [/\bdays? off\b|\bhobb\w+|\bfor fun\b/u, ["Not much. There is always something to do here."]],
  [/\bhow old are you\b/u, ["Old enough to read what I sign."]],
  [/\bnames?\b/u, ["You don't need their names for that, do you?"]],
  [/\bfeel\b/u, ["I wasn't happy about it, as you can imagine."]],
  [/\bdid you know\b|\bdo you know (?:that|how|why)\b|\bhave you (?:ever )?(?:heard|thought|considered|looked)\b/u, [
    "Not that much, no. What should I know about it?",
    "I have not, to be honest. Tell me.",
  ]],
  [/^(?:so |and )*would\b.*\b(?:help|let|give|make|save|allow)\b/u, ["It might, yes.", "I suppose it would."]],
  [/\bhow long (?:would|will|does)\b/u, ["Longer than I'd like, I suppose."]],
  [/\bto lose\b/u, ["My time, for one.", "My patience, mostly."]],
  [/\b(?:what if|if i|if we|suppose|do if)\b/u, [
    "That depends. I would have to see it first.",
    "Then I would think about it. But only then.",
  ]],
  [/\b(?:do|don't|would) you (?:think|believe|agree|trust|say)\b/u, [
    "Hard to say. I haven't made up my mind about that.",
    "I'm not so sure about that.",
  ]],
  [/^(?:shall|should|may|can|could|will) (?:i|we)\b|\b(?:would|could|will|can) you\b|\bwhat would you say\b/u, [
    "Maybe. I would have to know more before that.",
    "I'm not there yet. Tell me more first.",
  ]],
  [/\bhow (?:do|can) you know\b/u, ["I don't, I suppose. Can anyone be sure?"]],
  [/\bwhen (?:would|will|can|could|are|is|do)\b|\bwhat time\b/u, ["That depends on the day.", "I couldn't say yet."]],
  [/^(?:so |and |ugh,? )*(?:is|are|was|were|do|does|did|would) .*\bor (?!not\b|anything|something|what\b|so\b)/u, [
    "A bit of both, I'd say.",
    "The first, mostly.",
  ]],
  [/\bwhy\b/u, ["I have my reasons."]],
  [/^(?:(?:so|and|but|oh|ok|okay) )*(?:since )?(?:when|how long|how often)\b/u, [
    "I don't remember exactly. It's been a while.",
  ]],
  [/\bhow (?:much|many)\b/u, ["I'd have to look that up."]],
  [/\b(?:which|prefer|favou?rite|best)\b/u, ["I have no favourite so far. I'm still weighing it up."]],
  [/\b(?:what about|how about)\b/u, ["Nothing special there, that I know of."]],
];

/** @param {string} question @returns {string[]} */
export const answersByForm = (question) => FORMS_OF_ANSWER.find(([form]) => form.test(question))?.[1] ?? [];

/** Whether a question leans on the one before it, such as "And in winter?" or "Did it help?". @param {string} question */
export const leansBack = (question) =>
  question.split(" ").length <= 6 && (FOLLOWS.test(question) || POINTS_BACK.test(question.replace(/\bis it\W*$/u, "")));
