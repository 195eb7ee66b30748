/**
 * A scripted homeowner for typed sessions without a voice or a model. It answers questions, raises an objection when its moment
 * comes, and drops it only after an answer to it. Pure: no clock, no randomness, so that the state can be restored from the
 * lines. The persona is data: functions/api/personas.json.
 *
 * @typedef {{id: string, moment: string[], says: string, why: string, settled_by: string[], settled: string}} Objection
 * @typedef {{id: string, name: string, agent_id: string|null, portrait: string, product: string,
 *   difficulty: "easy"|"medium"|"hard", mood: string, blurb: string, goal: string, patience: number, opening: string,
 *   who: string, thaw: string, well: string, small_talk: string[], unknown: string[], listen: string[], offended: string,
 *   bye: string, yes: string, no: string, facts: {topic: string, asked?: string[], says: string[]}[],
 *   objections: Objection[]}} Persona `patience`: pushes for a signature, or rude words, until the door closes
 * @typedef {{kind: string, says: string}} Answer `kind` names the move, such as fact:since, objection or goodbye
 */
import { hear, hits, topicsOf } from "./pages/hearing.js";

const SILENCE = ["Hello? Are you still there?", "I can't hear you. Is there something you want?"];
const ASKED_BEFORE = "You have asked me that already.";
const NO_ANSWER = "You have not really answered that.";
const FACTS_BEFORE_OBJECTIONS = 2;
const PITCHES_BEFORE_OBJECTIONS = 2;

/**
 * @param {Persona} persona
 * @returns {{opening: string, reply: (text: string) => string, answer: (text: string) => Answer, readonly over: boolean}}
 *   `reply` takes the rep's words and gives the homeowner's; `over` once the homeowner has decided or closed the door
 */
export function createHomeowner(persona) {
  const own = Object.fromEntries(persona.facts.map(({ topic, asked }) => [topic, asked ?? []]));
  const told = new Map(); // topic → how many of its sayings were said
  const asked = new Set(); // questions, word for word
  const waiting = [...persona.objections]; // not raised yet
  /** @type {Objection|null} */
  let open = null; // the objection on the table
  const turns = new Map(); // which of several sayings is next
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
  const raise = (/** @type {Objection|undefined} */ objection, before = "") => {
    if (!objection) return null;
    waiting.splice(waiting.indexOf(objection), 1);
    open = objection;
    passedOver = 0;
    return say("objection", `${before} ${objection.says}`.trim());
  };

  /** @param {string} question @returns {Answer} */
  function inform(question) {
    const plain = question.replace(/[^\p{L}\p{N} ]/gu, "");
    const again = asked.has(plain);
    asked.add(plain);
    const topic = topicsOf(question, own).find((each) => persona.facts.some((fact) => fact.topic === each));
    if (!topic) return again ? say("repeat", ASKED_BEFORE) : say("unknown", next("unknown", persona.unknown));
    const { says } = /** @type {any} */ (persona.facts.find((fact) => fact.topic === topic));
    const count = told.get(topic) ?? 0;
    if (again || count >= says.length) {
      return say("repeat", `As I said: ${says[Math.max(0, Math.min(count, says.length) - 1)]}`);
    }
    told.set(topic, count + 1);
    return say(`fact:${topic}`, says[count]);
  }

  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function push(heard) {
    if (open && hits(heard.besidesClosing, open.settled_by)) return settle();
    if (!open && !waiting.length && !unanswered && (met || told.size)) return finish("yes", persona.yes);
    offences += 1;
    if (offences >= persona.patience) return finish("no", persona.no);
    if (open) return say("objection", `${NO_ANSWER} ${open.says}`);
    const fitting = waiting.find(({ moment }) => hits(heard.text, moment));
    return raise(fitting ?? waiting[0], "Not so fast.") ?? say("notyet", NO_ANSWER);
  }

  /** @returns {Answer} */
  function settle() {
    const { settled } = /** @type {Objection} */ (open);
    open = null;
    const done = !waiting.length && !unanswered;
    return say("settled", done ? `${settled} So what happens next?` : settled);
  }

  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function listen(heard) {
    const { statement } = heard;
    if (open) {
      if (hits(statement, open.settled_by)) return settle();
      passedOver += 1;
      if (passedOver === 1) return say("objection", `${NO_ANSWER} ${open.says}`);
      unanswered += 1;
      open = null;
      return say("listen", next("listen", persona.listen));
    }
    // An answer before the objection was raised settles it, too; a price alone is where that objection comes from.
    const foreseen = waiting.find(({ settled_by: by, moment }) =>
      hits(statement, by) >= 2 && !(heard.price && moment.includes("$"))
    );
    if (foreseen && statement.split(" ").length >= 6) {
      waiting.splice(waiting.indexOf(foreseen), 1);
      return say("settled", foreseen.settled);
    }
    pitches += 1;
    const ready = heard.price || told.size >= FACTS_BEFORE_OBJECTIONS || pitches > PITCHES_BEFORE_OBJECTIONS;
    const fitting = ready ? waiting.find(({ moment }) => hits(statement, moment)) : undefined;
    return raise(fitting) ?? say("listen", next("listen", persona.listen));
  }

  /** @param {string} text @returns {Answer} */
  function answer(text) {
    const heard = hear(text);
    if (over) return say("bye", persona.bye);
    if (heard.silent) return say("silence", next("silence", SILENCE));
    if (heard.rude) {
      offences += 1;
      return offences >= persona.patience ? finish("no", persona.no) : say("offended", persona.offended);
    }
    if (heard.goodbye) return finish("bye", persona.bye);
    const first = !met && heard.introduced;
    if (first) met = true;
    if (heard.closes) return push(heard);
    if (heard.howAreYou) {
      return say(
        "greeting",
        met ? `${persona.well} ${first ? persona.thaw : ""}`.trim() : `${persona.well} ${persona.who}`,
      );
    }
    if (heard.minute) return met ? say("listen", next("listen", persona.listen)) : say("who", persona.who);
    if (heard.smallTalk && !first && !topicsOf(heard.question, own).length) {
      return say("smalltalk", next("small talk", persona.small_talk));
    }
    if (heard.question) {
      if (open && heard.why) return say("objection", open.why);
      const settled = open && hits(heard.statement, open.settled_by) ? settle() : null;
      const topics = topicsOf(heard.question, own);
      if (settled && !topics.some((topic) => own[topic])) return settled;
      if (settled) {
        const { kind, says } = inform(heard.question);
        return say(kind, `${settled.says} ${says}`);
      }
      if (heard.why && persona.objections.length > waiting.length && /^why/u.test(heard.question)) {
        const last = persona.objections.filter((each) => !waiting.includes(each)).at(-1);
        return say("objection", /** @type {Objection} */ (last).why);
      }
      const fact = inform(heard.question);
      return first && fact.kind === "unknown" ? say("greeting", persona.thaw) : fact;
    }
    if (first) return say("greeting", persona.thaw);
    if (heard.sorry && !open) return say("smalltalk", "That's alright.");
    if (heard.greets && !met && heard.text.split(" ").length < 5) return say("who", persona.who);
    return listen(heard);
  }

  return {
    opening: persona.opening,
    get over() {
      return over;
    },
    answer,
    reply: (text) => answer(text).says,
  };
}
