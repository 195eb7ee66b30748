/**
 * The objections of a scripted homeowner: which wait for their moment, which one is on the table, which are settled. Pure.
 * An objection is raised once, comes back when it was put off, and is settled only by an answer to it.
 */
import { hits } from "./patterns.js";
import * as wording from "./wording.js";

/**
 * @typedef {import("../homeowner.js").Answer} Answer
 * @typedef {import("../homeowner.js").Objection} Objection
 * @typedef {import("./hearing.js").Heard} Heard
 */

/** The reason of an objection, as a sentence of its own. @param {Objection} objection */
export const reasonOf = ({ why }) => why.replace(/^Because (\w)/u, (_, letter) => letter.toUpperCase());

/** @param {Objection[]} all @param {() => string} lastTopic what the homeowner last told of */
export function createObjections(all, lastTopic) {
  const waiting = [...all]; // not raised yet, or put off
  /** @type {Set<Objection>} */
  const raised = new Set();
  /** @type {Set<Objection>} */
  const settled = new Set();
  /** @type {Objection|null} */
  let open = null; // on the table
  let tabled = ""; // the words it was raised with
  let passedOver = 0;

  /** @param {Objection} objection @param {string} says @returns {Answer} */
  function settle(objection, says) {
    settled.add(objection);
    return { kind: "settled", says };
  }

  const concluding = (/** @type {Objection} */ objection) =>
    waiting.length ? objection.settled : `${objection.settled} So what happens next?`;

  const take = (/** @type {Objection} */ objection) => waiting.splice(waiting.indexOf(objection), 1);

  return {
    get open() {
      return open;
    },
    get waiting() {
      return waiting;
    },
    get passedOver() {
      return passedOver;
    },
    get tabled() {
      return tabled;
    },
    wasRaised: (/** @type {Objection|undefined} */ objection) => Boolean(objection && raised.has(objection)),
    isSettled: (/** @type {Objection} */ objection) => settled.has(objection),
    /** The one that was dealt with last, in the persona's order. */
    last: () => all.filter((each) => !waiting.includes(each)).at(-1),
    /** Not raised so far. */
    fresh: () => waiting.filter((each) => !raised.has(each)),
    /** Whose moment these words are. @param {Heard} heard @param {Objection[]} [among] */
    fitting: ({ price }, /** @type {string} */ words, among = waiting) =>
      among.find(({ moment }) => hits(words, moment) || (price && moment.includes("$"))),

    /** @param {Objection|undefined} objection @returns {Answer|null} */
    raise(objection, before = "", priced = false) {
      if (!objection) return null;
      take(objection);
      const again = raised.has(objection);
      raised.add(objection);
      open = objection;
      passedOver = 0;
      tabled = (priced && objection.when_told) || (settled.size > 0 && objection.when_late) || objection.says;
      return { kind: "objection", says: `${again ? "As I said:" : before} ${tabled}`.trim() };
    },

    /** Settles the one on the table where the words answer it. @param {Heard} heard @returns {Answer|null} */
    answered({ price, recaps }, /** @type {string} */ words) {
      const answers = open && !recaps && !wording.DENIES.test(words) &&
        (hits(words, open.settled_by) || (price && open.settled_by.includes("$")));
      if (!open || !answers) return null;
      const objection = open;
      open = null;
      return settle(objection, concluding(objection));
    },

    /**
     * A close may answer the objection to it: "Shall we do it tonight, with both of you?"
     * @param {Objection} due @param {string} words @returns {Answer|null}
     */
    answeredByClose(due, words) {
      if (!hits(words, due.settled_by.filter((each) => !wording.AMOUNT.includes(each)))) return null;
      take(due);
      return settle(due, concluding(due));
    },

    /**
     * An answer before the objection was raised settles it, too; a price alone is where that objection comes from.
     * @param {Heard} heard @returns {Answer|null}
     */
    foresee({ statement, price }, words = statement) {
      const answers = (/** @type {string[]} */ by) => by.filter((each) => hits(words, [each])).length;
      const follows = waiting.find(({ id, settled_by: by }) =>
        (id === lastTopic() || by.includes(lastTopic())) && answers(by)
      );
      if ((words.split(" ").length < 4 && !follows) || wording.DENIES.test(words)) return null;
      const foreseen = follows ?? waiting.find(({ settled_by: by, moment }) => {
        if (price && moment.includes("$")) return answers(by.filter((each) => !wording.AMOUNT.includes(each))) > 0;
        return answers(by) >= 2 || (answers(by) && hits(words, moment));
      });
      if (!foreseen) return null;
      take(foreseen);
      return settle(foreseen, foreseen.settled);
    },

    /** The reason first, and then the objection itself. @param {string} before @returns {Answer} */
    insist(before) {
      passedOver += 1;
      const reason = reasonOf(/** @type {Objection} */ (open));
      const joined = before.endsWith("but")
        ? reason.replace(/^[A-Z](?!['’ ])/u, (letter) => letter.toLowerCase())
        : reason;
      return { kind: "objection", says: passedOver % 2 ? `${before} ${joined}`.trim() : `As I said: ${tabled}` };
    },

    /** Takes the one on the table off it; it comes back at the next close. */
    putOff() {
      if (open) waiting.push(open);
      open = null;
    },
  };
}
