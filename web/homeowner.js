/**
 * A scripted homeowner for typed sessions without a voice or a model. It answers questions, raises an objection when its
 * moment comes, and drops it only after an answer to it. An objection that the rep passes over twice comes back at the
 * next close. Pure: no clock, no randomness, so that the state can be restored from the lines. The persona is
 * data: functions/api/personas.json.
 *
 * @typedef {{id: string, moment: string[], says: string, when_told?: string, when_late?: string, why: string, settled_by: string[],
 *   settled: string}} Objection `when_told` and `when_late`: in place of `says` where the rep has
 *   just named a price, or has settled another objection
 * @typedef {{id: string, name: string, agent_id: string|null, portrait: string, product: string,
 *   difficulty: "easy"|"medium"|"hard", mood: string, blurb: string, goal: string, patience: number, opening: string,
 *   who: string, thaw: string, well: string, small_talk: {about: string[], says: string}[], unknown: string[],
 *   listen: string[], offended: string, bye: string, yes: string, no: string,
 *   requests: {return: string, leave: string, contact: string, look?: string}, asked: Record<string, string[]>,
 *   facts: Record<string, string[]>, objections: Objection[]}} Persona `patience`: pushes for a signature, or rude
 *   words, until the door closes
 * @typedef {{kind: string, says: string}} Answer `kind` names the move, such as fact:since, objection or goodbye
 */
import { OFFERS, SUGGESTS } from "./pages/asides.js";
import { hear } from "./pages/hearing.js";
import { createKnowledge, YES_OR_NO } from "./pages/knowledge.js";
import { createObjections, reasonOf } from "./pages/objections.js";
import { topicsOf } from "./pages/topics.js";
import { hits } from "./pages/patterns.js";
import * as sayings from "./pages/sayings.js";
import * as wording from "./pages/wording.js";

const FACTS_BEFORE_OBJECTIONS = 2;
const PITCHES_BEFORE_OBJECTIONS = 2;
const PITCHES_BEFORE_ANY_OBJECTION = 4;

/**
 * @param {Persona} persona
 * @returns {{opening: string, reply: (text: string) => string, answer: (text: string) => Answer, readonly over: boolean}}
 *   `reply` takes the rep's words and gives the homeowner's; `over` once the homeowner has decided or closed the door
 */
export function createHomeowner(persona) {
  const turns = new Map(); // which of several sayings is next
  const next = (/** @type {string} */ name, /** @type {string[]} */ sayings) => {
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return sayings[turn % sayings.length];
  };
  const home = createKnowledge(persona, next);
  const objections = createObjections(persona.objections, () => home.lastTopic);
  const { answered, foresee, insist, raise } = objections;
  let [lastSaid, lastKind] = [persona.opening, "opening"];
  let granted = false; // the rep may come back
  let [met, over, offences, pitches] = [false, false, 0, 0];

  const say = (/** @type {string} */ kind, /** @type {string} */ says) => ({ kind, says });
  const finish = (/** @type {string} */ kind, /** @type {string} */ says) => {
    over = true;
    return say(kind, says);
  };
  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function push(heard, counts = true) {
    const { open, waiting } = objections;
    const eased = answered(heard, heard.text) ??
      (open || (!home.told && wording.SIGN_HERE.test(heard.text)) ? null : foresee(heard, heard.text));
    if (eased) return eased;
    if (!open && !waiting.length && (met || home.told)) return finish("yes", persona.yes);
    const due = open ? undefined : (counts && objections.fitting(heard, heard.text)) || waiting[0];
    const foreseen = due && home.told ? objections.answeredByClose(due, heard.text) : null;
    if (foreseen) return foreseen;
    // To name a day is not a push before there is an objection to pass over.
    if (counts && (open || objections.wasRaised(due) || !wording.DATED.test(heard.text))) offences += 1;
    if (offences >= persona.patience) return finish("no", persona.no);
    const before = next("not yet", sayings.NOT_YET);
    if (open) return insist(before);
    return raise(due, before, heard.price) ?? say("who", who());
  }

  /**
   * Settles what the words answer: the objection on the table, and one that was still to come.
   * @param {import("./pages/hearing.js").Heard} heard @param {string} words @returns {Answer|null}
   */
  function ease(heard, words) {
    const now = answered(heard, words);
    const early = foresee(heard, words);
    return now && early ? say("settled", `${now.says} ${early.says}`) : now ?? early;
  }

  /** @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function listen(heard) {
    const { statement } = heard;
    if (objections.open) {
      const eased = ease(heard, statement);
      if (eased) return eased;
    }
    const { open, waiting } = objections;
    const priced = open || heard.sympathy || !heard.price
      ? undefined
      : waiting.find(({ moment }) => moment.includes("$"));
    const early = foresee(heard);
    if (early && !(priced && waiting.includes(priced))) return early;
    if (priced) return /** @type {Answer} */ (raise(priced, early ? early.says : "", true));
    if (heard.pleads) return say("listen", next("heard out", sayings.HEARD_OUT));
    if (heard.unsure) return say("listen", next("find out", sayings.FIND_OUT));
    if (open) {
      if (objections.passedOver === 0) {
        return insist(heard.sympathy ? "Thanks, but" : next("not convinced", sayings.NOT_CONVINCED));
      }
      objections.putOff();
      return say("listen", next("let it be", sayings.LET_IT_BE));
    }
    const back = wording.GIVES_BACK.test(statement) && !/\b(?:we|our|i)\b/u.test(statement);
    if (heard.recaps || (back && home.recalls(statement))) return say("agrees", home.confirm());
    if (heard.sympathy) return say("agrees", next("sympathy", sayings.FOR_SYMPATHY));
    if (heard.acknowledges) return say("listen", next("and now", sayings.AND_NOW));
    pitches += 1;
    const ready = home.told >= FACTS_BEFORE_OBJECTIONS || pitches > PITCHES_BEFORE_OBJECTIONS;
    const fresh = objections.fresh();
    const fitting = ready ? objections.fitting({ ...heard, price: false }, statement, fresh) : undefined;
    const due = pitches >= PITCHES_BEFORE_ANY_OBJECTION ? fresh[0] : undefined;
    return raise(fitting ?? due) ?? say("listen", next("listen", persona.listen));
  }

  const who = () => next("who", [persona.who, sayings.STILL_UNKNOWN]);
  const smallTalkOf = (/** @type {string} */ text) => persona.small_talk.find(({ about }) => hits(text, about));

  /** @param {{text: string}} heard @returns {Answer} */
  function smallTalk({ text }) {
    const { says } = smallTalkOf(text) ?? persona.small_talk[persona.small_talk.length - 1];
    return say("smalltalk", says);
  }

  /** What holds the homeowner back. @param {string} question @returns {Answer} */
  function doubt(question) {
    const { open, waiting } = objections;
    const asked = waiting.find(({ id }) => id === home.lastTopic);
    if (!open && asked && /^why not\b/u.test(question)) return say("objection", asked.why);
    const suggested = SUGGESTS.test(question) || /^(?:is|are|do|you)\b/u.test(question);
    const named = waiting.find(({ id, moment }) => hits(question, [id, ...moment]));
    if (named && (suggested || !open)) {
      objections.putOff();
      return /** @type {Answer} */ (raise(named, suggested ? "Partly." : ""));
    }
    if (open) return say("objection", /\b(?:why|reason|because)\b/u.test(question) ? open.why : reasonOf(open));
    if (hits(question, ["worr*", "concern*", "afraid"]) && !home.hasTold("matters")) {
      return home.inform(question, "matters");
    }
    const last = objections.last();
    if (last && objections.isSettled(last)) return raise(waiting[0]) ?? say("nothing", "Nothing any more, really.");
    return last ? say("objection", last.why) : /** @type {Answer} */ (raise(waiting[0]));
  }

  /** Answers a question about the conversation itself. @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function aside(heard) {
    const { aside: kind, question, text } = heard;
    const ask = (/** @type {string} */ before) => raise(objections.waiting[0], before);
    const eased = () => ease(heard, text);
    switch (kind) {
      case "clarify":
        if (objections.open && /\bwhat do you mean\b/u.test(text)) return insist("");
        if (/\bwhat do you mean \w+ \w+/u.test(text)) return doubt(text);
        return say("clarify", `I said: ${lastSaid}`);
      case "present":
        return lastKind !== "opening" ? say("present", "I'm still here.") : say("who", who());
      case "again":
        return say("again", `Alright, from the start. ${met ? "" : who()}`.trim());
      case "contact":
      case "leave":
        return eased() ?? say("request", persona.requests[kind]);
      case "back":
        if (wording.INSTALLS.test(text)) return push(heard);
        granted = true;
        return eased() ?? say("request", persona.requests.return);
      case "ask":
        return say("request", next("go ahead", sayings.GO_AHEAD));
      case "show":
        return eased() ?? say("request", next("show me", sayings.SHOW_ME));
      case "look":
        return eased() ?? (persona.requests.look ? say("request", persona.requests.look) : push(heard, false));
      case "more":
        if (objections.open && objections.waiting.length) {
          objections.putOff();
          return /** @type {Answer} */ (ask(YES_OR_NO.test(question) ? "Yes." : ""));
        }
        return objections.open
          ? say("objection", objections.tabled)
          : (ask(YES_OR_NO.test(question) ? "Yes." : "") ?? say("nothing", "No, that is all."));
      case "opinion":
        if (home.lastTopic === "tried" && /\b(?:that|this) work\b/u.test(question)) {
          return home.inform(question, "helped");
        }
        if (wording.NOW_PAID.test(question) && home.has("bill")) return home.inform(question, "bill");
        if (hits(question, wording.PRICE_OPINION) && home.has("budget")) return home.inform(question, "budget");
        if (home.recalls(question)) return say("agrees", home.confirm());
        if (heard.tag && home.knows(question)) {
          const fact = home.inform(question);
          if (fact.kind !== "repeat") return fact;
          return say("agrees", wording.DENIAL.test(question) ? "Not really, no." : next("tagged", sayings.TAGGED));
        }
        if (heard.tag && !wording.OF_OFFER.test(question) && question.split(" ").length > 3) {
          return eased() ?? say("agrees", next("tagged", sayings.TAGGED));
        }
        return eased() ??
          (objections.open
            ? insist(next("not convinced", sayings.NOT_CONVINCED))
            : (ask(next("thinking", sayings.THINKING)) ??
              say("agrees", /\b(?:does|make sense)\b/u.test(question) ? "It does, yes." : "Sounds alright to me.")));
      case "doubt":
        return doubt(question);
      default:
        return home.inform(question, wording.FIRST_OF_ALL.includes(topicsOf(question)[0]) ? undefined : "want");
    }
  }

  /** Answers up to two of the line's questions. @param {import("./pages/hearing.js").Heard} heard @returns {Answer} */
  function inform({ question, statement, sentences }) {
    const asked = sentences.filter(({ asks }) => asks).map(({ text }) => text);
    const whole = asked.filter((each) => each.split(" ").length > 1);
    const known = asked.length > 1 ? whole.filter(home.knows).slice(0, 2) : [];
    // "They mentioned ants. Do you have that, too?" names its subject in the statement before it.
    const pointed = statement && !home.knows(question) && wording.POINTS.test(question) && home.knows(statement);
    const them = statement && wording.OF_THEM.test(question) &&
      wording.PEOPLE.find((each) => topicsOf(statement).includes(each));
    if (them && home.has(them)) return home.inform(question, them);
    if (!known.length) return home.inform(pointed ? `${statement} ${question}` : question);
    const answers = known.map((each) => home.inform(each)).filter(({ kind }, at) => at === 0 || kind !== "repeat");
    return say(answers[0].kind, answers.map(({ says }) => says).join(" "));
  }

  /** @param {string} text @returns {Answer} */
  function answer(text) {
    const heard = hear(text);
    const { rude, silent, question } = heard;
    if (over) return say("bye", persona.bye);
    if (silent) return say("silence", next("silence", sayings.SILENCE));
    if (heard.garbled) return say("unclear", "Sorry, I did not get that.");
    if (rude) {
      offences += 1;
      return offences >= persona.patience ? finish("no", persona.no) : say("offended", persona.offended);
    }
    if (heard.presumes && !question) {
      const agreed = granted || (!objections.open && !objections.waiting.length);
      return finish("bye", agreed ? persona.bye : `${sayings.NOT_AGREED} ${persona.bye}`);
    }
    if (heard.leaves) {
      return ease(heard, heard.text) ?? say("request", persona.requests.leave);
    }
    if (heard.goodbye) return finish("bye", persona.bye);
    const first = !met && heard.introduced;
    if (first) met = true;
    if (heard.howAreYou) {
      if (home.knows(question)) return say("greeting", `${persona.well} ${inform(heard).says}`);
      return say(
        "greeting",
        met ? `${persona.well} ${first ? persona.thaw : ""}`.trim() : `${persona.well} ${who()}`,
      );
    }
    const dated = ["look", "show", "ask"].includes(heard.aside ?? "") && wording.DATED.test(heard.text); // a visit on a day is a close
    const asksLeave = !dated &&
      ["back", "leave", "contact", "look", "show", "ask", "again"].includes(heard.aside ?? "");
    if (heard.weather) return say("smalltalk", first ? `Yes, that's true. ${persona.thaw}` : "Yes, that's true.");
    if (granted && heard.offersTime) return say("agrees", "Yes, that works.");
    const [about] = topicsOf(question, persona.asked);
    const personal = (wording.PERSONAL.includes(about) || hits(question, persona.asked[about] ?? []) > 0) &&
      home.knows(question) &&
      !wording.PROPOSES.test(heard.text) && !wording.CHOICE_OF_DAYS.test(question);
    if ((heard.closes || dated) && !asksLeave && !personal) return push(heard);
    if (heard.minute && !asksLeave && !home.knows(question)) {
      if (first) return say("greeting", persona.thaw);
      return met ? say("listen", "A minute, yes.") : say("who", who());
    }
    if (lastKind === "smalltalk" && question.split(" ").length <= 3 && smallTalkOf(question)) {
      return say("smalltalk", "Something like that, yes.");
    }
    if (heard.smallTalk && !first && !heard.aside && !home.knows(question)) return smallTalk(heard);
    if (OFFERS.test(question)) {
      return ease(heard, heard.text) ??
        say("request", next("offered", sayings.OFFERED));
    }
    if (heard.recaps && wording.CONFIRMS.test(question)) return say("agrees", home.confirm());
    const permission = (heard.aside === "ask" && home.knows(question)) ||
      (heard.aside === "show" && heard.sentences.length > 1);
    if (heard.aside && !first && !permission && !(personal && wording.WEIGHED.includes(heard.aside))) {
      return aside(heard);
    }
    if (question) {
      if (wording.IF_WE.test(question)) {
        const eased = ease(heard, heard.text);
        if (eased) return eased;
      }
      if (home.told && wording.BACK.test(question) && !wording.ENDS_ASKING.test(question)) {
        return say("agrees", home.confirm());
      }
      const doubted = heard.why && objections.waiting.find(({ id }) => hits(question, [id]));
      if (doubted) return say("objection", doubted.why);
      if (objections.open && heard.why) return insist("");
      const eased = heard.statement ? answered(heard, heard.statement) : null;
      if (eased && !home.knows(question)) return eased;
      if (eased) {
        const { kind, says } = inform(heard);
        return say(kind, `${eased.says} ${says}`);
      }
      if (heard.why && !home.knows(question)) return home.lastTopic ? home.elaborate() : doubt(question);
      if (!home.knows(question) && smallTalkOf(question)) {
        return smallTalk({ text: question });
      }
      const fact = inform(heard);
      if (fact.kind !== "unknown" || (met && !first)) return fact;
      return first ? say("greeting", persona.thaw) : home.told ? fact : say("who", who());
    }
    if (first) return say("greeting", persona.thaw);
    if (heard.pleased) return say("greeting", `Nice to meet you, too. ${met ? "" : who()}`.trim());
    if (heard.thanks) return say("thanks", "You're welcome.");
    if (heard.sorry && !heard.sympathy && !objections.open) return say("smalltalk", "That's alright.");
    if (heard.greets && !met && heard.text.split(" ").length < 5) return say("who", who());
    return listen(heard);
  }

  /** @param {string} text @returns {Answer} */
  function respond(text) {
    const given = answer(text);
    if (given.kind === "settled") offences = Math.max(0, offences - 1);
    granted ||= given.kind === "settled" && wording.RETURNS.test(text);
    if (given.kind !== "clarify") [lastSaid, lastKind] = [given.says, given.kind];
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
