/**
 * A scripted homeowner for typed sessions without a voice or a model. It answers questions, raises an objection when its moment
 * comes, and drops it only after an answer to it. Pure: no clock, no randomness, so that the state can be restored from the
 * lines. The persona is data: functions/api/personas.json.
 *
 * @typedef {{id: string, moment: string[], says: string, when_told?: string, why: string, settled_by: string[], settled: string}} Objection
 * @typedef {{id: string, name: string, agent_id: string|null, portrait: string, product: string,
 *   difficulty: "easy"|"medium"|"hard", mood: string, blurb: string, goal: string, patience: number, opening: string,
 *   who: string, thaw: string, well: string, small_talk: {about: string[], says: string}[], unknown: string[], listen: string[], offended: string,
 *   bye: string, yes: string, no: string, requests: {return: string, leave: string, contact: string}, facts: {topic: string, asked?: string[], says: string[]}[],
 *   objections: Objection[]}} Persona `patience`: pushes for a signature, or rude words, until the door closes;
 *   `when_told`: the objection in place of `says` where the rep has just named a price
 * @typedef {{kind: string, says: string}} Answer `kind` names the move, such as fact:since, objection or goodbye
 */
import { answersByForm, leansBack, SUGGESTS, SUPPOSES } from "./pages/asides.js";
import { hear } from "./pages/hearing.js";
import { hits, topicsByForm, topicsOf } from "./pages/topics.js";

const SILENCE = ["Hello? Are you still there?", "I can't hear you. Is there something you want?"];
const ASKED_BEFORE = "You have asked me that already.";
const ALL_I_KNOW = ["That's about all I can tell you on that.", "I've told you all I know about that."];
const NO_ANSWER = "You have not really answered that.";
const NOT_AGREED = "Hold on, I have not agreed to anything.";
const UNCERTAIN = ["I couldn't tell you exactly.", "I can't say."];
const NOT_REALLY = ["Not really, no.", "No, I don't think so."];
const YES_OR_NO =
  /^(?:(?:so|and|but|ok|okay|well) )*(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will)\b/u;
const COMMON = [
  "about",
  "again",
  "anyone",
  "could",
  "happened",
  "never",
  "think",
  "other",
  "their",
  "there",
  "these",
  "those",
  "where",
  "which",
  "would",
  "years",
];
const AMOUNT = ["$", "dollar*", "a month", "per month", "less than", "year*", "we"];
const PRICE_OPINION = ["too much", "expensive", "more than you", "spend"];
const INSTALLS = /\b(?:technician|crew|installer|install|team|start)\b/u;
/** Words for the same: "Do you have pets?" is answered by the saying about the dog. */
const KINDRED = [
  ["pet*", "dog*", "cat", "cats", "animal*"],
  ["kid*", "child*", "grandchild*", "son", "daughter*", "baby"],
  ["husband", "wife", "spouse", "partner", "married"],
];
const ASKS_NAME = /\byour (?:first |last )?name\b|\bam i (?:speaking|talking) (?:with|to)\b/u;
const RETURNS = /\b(?:come|be|stop|call|drop) (?:back|by|again)\b/u;
const FACTS_BEFORE_OBJECTIONS = 2;
const PITCHES_BEFORE_OBJECTIONS = 2;

/**
 * @param {Persona} persona
 * @returns {{opening: string, reply: (text: string) => string, answer: (text: string) => Answer, readonly over: boolean}}
 *   `reply` takes the rep's words and gives the homeowner's; `over` once the homeowner has decided or closed the door
 */
export function createHomeowner(persona) {
  const own = Object.fromEntries(persona.facts.map(({ topic, asked }) => [topic, asked ?? []]));
  const told = new Map(); // topic → its sayings so far
  const asked = new Set(); // questions, word for word
  const waiting = [...persona.objections]; // not raised yet
  /** @type {Set<Objection>} */
  const settled = new Set();
  /** @type {Objection|null} */
  let open = null; // the objection on the table
  let tabled = ""; // the words it was raised with
  const turns = new Map(); // which of several sayings is next
  let lastTopic = ""; // of the last question about the home
  let lastSaid = persona.opening;
  let granted = false; // the rep may come back
  let [met, over, offences, passedOver, pitches, unanswered] = [false, false, 0, 0, 0, 0];

  const next = (/** @type {string} */ name, /** @type {string[]} */ sayings) => {
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return sayings[turn % sayings.length];
  };
  const say = (/** @type {string} */ kind, /** @type {string} */ says) => ({ kind, says });
  const finish = (/** @type {string} */ kind, /** @type {string} */ says) => {
    over = true;
    return say(kind, says);
  };
  const raise = (/** @type {Objection|undefined} */ objection, before = "", priced = false) => {
    if (!objection) return null;
    waiting.splice(waiting.indexOf(objection), 1);
    open = objection;
    passedOver = 0;
    tabled = (priced && objection.when_told) || objection.says;
    return say("objection", `${before} ${tabled}`.trim());
  };

  const factOf = (/** @type {string} */ topic) => persona.facts.find((fact) => fact.topic === topic);

  /** @param {string} question @param {string} [about] a topic in place of the one that the question's words name @returns {Answer} */
  function inform(question, about) {
    const plain = question.replace(/[^\p{L}\p{N} ]/gu, "");
    const again = asked.has(plain);
    asked.add(plain);
    const words = plain.split(" ").filter((word) => word.length >= 5 && !COMMON.includes(word));
    const alike = KINDRED.filter((group) => hits(plain, group)).flat();
    const echoes = (/** @type {string} */ each) =>
      words.some((word) => each.toLowerCase().includes(word)) || hits(each.toLowerCase(), alike) > 0;
    const echoed = persona.facts.find(({ says }) => says.some(echoes))?.topic;
    const named = about && factOf(about) ? about : topicsOf(question, own).find(factOf);
    const follows = leansBack(question) && plain.split(" ").length <= 3 && lastTopic;
    // "Where is the stain?" is about the stain, and about the house only where no fact has one.
    const meant = named === "house" && !factOf(named)?.says.some(echoes) ? echoed ?? named : named;
    const found = follows ||
      (meant ?? echoed ?? ((leansBack(question) && lastTopic) || topicsByForm(question).find(factOf)));
    const topic = SUPPOSES.test(question) ? null : found;
    if (!topic && hits(question, persona.small_talk.flatMap(({ about: things }) => things))) {
      return smallTalk({ text: question });
    }
    const byForm = answersByForm(question);
    if (!topic) {
      if (again) return say("repeat", ASKED_BEFORE);
      if (ASKS_NAME.test(question)) return say("fact:name", `I'm ${persona.name}.`);
      if (byForm.length) return say("unknown", next(byForm[0], byForm));
      if (YES_OR_NO.test(question)) return say("unknown", next("yes or no", NOT_REALLY));
      return say("unknown", `${next("unknown so far", UNCERTAIN)} ${next("unknown", persona.unknown)}`);
    }
    lastTopic = topic;
    const { says } = /** @type {any} */ (factOf(topic));
    // A saying that shares a word with the question comes first: "in winter" gets the winter's bill.
    const fitting = says.filter(echoes);
    const said = told.get(topic) ?? told.set(topic, new Set()).get(topic);
    const fresh = (fitting.length ? fitting : says).find((/** @type {string} */ each) => !said.has(each));
    const chosen = again ? null : fresh;
    if (!chosen && (again || fitting.length)) return say("repeat", `As I said: ${fitting[0] ?? [...said].at(-1)}`);
    if (!chosen) return say("repeat", byForm.length ? next(byForm[0], byForm) : next("all I know", ALL_I_KNOW));
    said.add(chosen);
    return say(`fact:${topic}`, chosen);
  }

  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function push(heard, counts = true) {
    if (open && hits(heard.besidesClosing, open.settled_by)) return settle();
    if (!open && !waiting.length && !unanswered && (met || told.size)) return finish("yes", persona.yes);
    if (counts) offences += 1;
    if (offences >= persona.patience) return finish("no", persona.no);
    if (open) return say("objection", `${NO_ANSWER} ${tabled}`);
    const fitting = counts ? waiting.find(({ moment }) => hits(heard.text, moment)) : undefined;
    return raise(fitting ?? waiting[0], "Not so fast.", heard.price) ?? say("notyet", NO_ANSWER);
  }

  /** @returns {Answer} */
  function settle() {
    const objection = /** @type {Objection} */ (open);
    settled.add(objection);
    open = null;
    const done = !waiting.length && !unanswered;
    return say("settled", done ? `${objection.settled} So what happens next?` : objection.settled);
  }

  /**
   * An answer before the objection was raised settles it, too; a price alone is where that objection comes from.
   * @param {import("./pages/hearing.js").Heard} heard @returns {Answer|null}
   */
  function foresee({ statement, price }) {
    const follows = waiting.find(({ id, settled_by: by }) => id === lastTopic && hits(statement, by));
    if (statement.split(" ").length < 6 && !follows) return null;
    const foreseen = follows ?? waiting.find(({ settled_by: by, moment }) => {
      if (price && moment.includes("$")) return hits(statement, by.filter((each) => !AMOUNT.includes(each))) > 0;
      return hits(statement, by) + (hits(statement, by) && hits(statement, moment) ? 1 : 0) >= 2;
    });
    if (!foreseen) return null;
    waiting.splice(waiting.indexOf(foreseen), 1);
    settled.add(foreseen);
    return say("settled", foreseen.settled);
  }

  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function listen(heard) {
    const { statement } = heard;
    if (open) {
      if (hits(statement, open.settled_by)) return settle();
      const early = foresee(heard);
      if (early) return early;
      passedOver += 1;
      if (passedOver === 1) return say("objection", `${NO_ANSWER} ${tabled}`);
      unanswered += 1;
      open = null;
      return say("listen", next("listen", persona.listen));
    }
    const early = foresee(heard);
    if (early) return early;
    pitches += 1;
    const ready = heard.price || told.size >= FACTS_BEFORE_OBJECTIONS || pitches > PITCHES_BEFORE_OBJECTIONS;
    const fitting = ready ? waiting.find(({ moment }) => hits(statement, moment)) : undefined;
    return raise(fitting, "", heard.price) ?? say("listen", next("listen", persona.listen));
  }

  /** @param {{text: string}} heard @returns {Answer} */
  function smallTalk({ text }) {
    const { says } = persona.small_talk.find(({ about }) => hits(text, about)) ??
      persona.small_talk[persona.small_talk.length - 1];
    return say("smalltalk", says);
  }

  /** What holds the homeowner back. @param {string} question @returns {Answer} */
  function doubt(question) {
    const current = /** @type {Objection|null} */ (open);
    const asked = waiting.find(({ id }) => id === lastTopic);
    if (!current && asked && /^why not\b/u.test(question)) return say("objection", asked.why);
    const suggested = SUGGESTS.test(question) || /^(?:is|are|do)\b/u.test(question);
    const named = waiting.find(({ id, moment }) => hits(question, [id, ...moment]));
    if (named && (suggested || !current)) {
      if (current) waiting.push(current);
      return /** @type {Answer} */ (raise(named, suggested ? "Partly." : ""));
    }
    if (current) return say("objection", current.why);
    if (hits(question, ["worr*", "concern*", "afraid"]) && !told.has("matters")) return inform(question, "matters");
    const last = persona.objections.filter((each) => !waiting.includes(each)).at(-1);
    if (last && settled.has(last)) return raise(waiting[0]) ?? say("nothing", "Nothing any more, really.");
    return last ? say("objection", last.why) : /** @type {Answer} */ (raise(waiting[0]));
  }

  /** Answers a question about the conversation itself. @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function aside(heard) {
    const { aside: kind, question, text } = heard;
    const ask = (/** @type {string} */ before) => raise(waiting[0], before);
    switch (kind) {
      case "clarify":
        return say("clarify", `I said: ${lastSaid}`);
      case "present":
        return met || told.size ? say("present", "I'm still here.") : say("who", persona.who);
      case "again":
        return say("again", `Alright, from the start. ${met ? "" : persona.who}`.trim());
      case "contact":
      case "leave":
        return say("request", persona.requests[kind]);
      case "back":
        if (INSTALLS.test(text)) return push(heard);
        granted = true;
        return open && hits(text, open.settled_by) ? settle() : say("request", persona.requests.return);
      case "look":
        return push(heard, false);
      case "more":
        if (open && waiting.length) {
          waiting.push(open);
          return /** @type {Answer} */ (ask("Yes."));
        }
        return open ? say("objection", tabled) : (ask("Yes.") ?? say("nothing", "No, that is all."));
      case "opinion":
        if (hits(question, PRICE_OPINION) && factOf("budget")) return inform(question, "budget");
        return open
          ? say("objection", open.why)
          : (ask("I'm still thinking. One thing, though:") ?? say("agrees", "It does, yes."));
      case "doubt":
        return doubt(question);
      default:
        return inform(question, "want");
    }
  }

  /** @param {string} text @returns {Answer} */
  function answer(text) {
    const heard = hear(text);
    const { rude, silent, question } = heard;
    if (over) return say("bye", persona.bye);
    if (silent) return say("silence", next("silence", SILENCE));
    if (heard.garbled) return say("unclear", "Sorry, I did not get that.");
    if (rude) {
      offences += 1;
      return offences >= persona.patience ? finish("no", persona.no) : say("offended", persona.offended);
    }
    if (heard.presumes && !question) {
      const agreed = granted || (!open && !waiting.length && !unanswered);
      return finish("bye", agreed ? persona.bye : `${NOT_AGREED} ${persona.bye}`);
    }
    if (heard.goodbye) return finish("bye", persona.bye);
    const first = !met && heard.introduced;
    if (first) met = true;
    if (heard.howAreYou) {
      return say(
        "greeting",
        met ? `${persona.well} ${first ? persona.thaw : ""}`.trim() : `${persona.well} ${persona.who}`,
      );
    }
    const asksLeave = ["back", "leave", "contact", "look", "again"].includes(heard.aside ?? "");
    if (heard.weather) return say("smalltalk", first ? `Yes, that's true. ${persona.thaw}` : "Yes, that's true.");
    if (heard.closes && !asksLeave) return push(heard);
    if (heard.minute && !asksLeave) {
      if (first) return say("greeting", persona.thaw);
      return met ? say("listen", "A minute, yes.") : say("who", persona.who);
    }
    if (heard.smallTalk && !first && !heard.aside && !topicsOf(question, own).some(factOf)) return smallTalk(heard);
    if (heard.aside && !first) return aside(heard);
    if (question) {
      if (open && heard.why) return say("objection", open.why);
      const eased = open && hits(heard.statement, open.settled_by) ? settle() : null;
      if (eased && !topicsOf(question, own).some(factOf)) return eased;
      if (eased) {
        const { kind, says } = inform(question);
        return say(kind, `${eased.says} ${says}`);
      }
      if (/^why\b/u.test(question)) return doubt(question);
      const fact = inform(question);
      return first && fact.kind === "unknown" ? say("greeting", persona.thaw) : fact;
    }
    if (first) return say("greeting", persona.thaw);
    if (heard.pleased) return say("greeting", `Nice to meet you, too. ${met ? "" : persona.who}`.trim());
    if (heard.thanks) return say("thanks", "You're welcome.");
    if (heard.sorry && !open) return say("smalltalk", "That's alright.");
    if (heard.greets && !met && heard.text.split(" ").length < 5) return say("who", persona.who);
    return listen(heard);
  }

  /** @param {string} text @returns {Answer} */
  function respond(text) {
    const given = answer(text);
    granted ||= given.kind === "settled" && RETURNS.test(text);
    if (given.kind !== "clarify") lastSaid = given.says;
    return given;
  }

  return {
    opening: persona.opening,
    get over() {
      return over;
    },
    answer: respond,
    reply: (text) => respond(text).says,
  };
}
