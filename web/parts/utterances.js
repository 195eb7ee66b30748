/**
 * What a voice SDK has reported, by turn. Tells a redelivery from the same words said again, and finds the messages that a
 * correction changes. It records no line.
 *
 * An `event_id` names a turn, and a turn has one or more messages. A newer SDK also gives a message a `response_id` of its own.
 *
 * @typedef {{speaker: "user"|"agent", event?: number, response?: string, words: string, now: string, sequences: number[]}}
 *   Utterance one message: `words` as it was reported, `now` as it was corrected, and the lines it became
 */

/** @param {string|undefined} text @returns {string} for comparing: SDKs differ in white space */
const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();

export class Utterances {
  /** @type {Utterance[]} */
  #all = [];
  /** The newest turn. */
  #newest = -Infinity;

  /**
   * @param {{speaker: "user"|"agent", event?: number, response?: string, words: string}} message
   * @returns {Utterance|null} null for a redelivery
   */
  add({ speaker, event, response, words }) {
    const turn = this.#all.filter((one) => event !== undefined && one.event === event && one.speaker === speaker);
    const same = turn.filter((one) => plain(one.words) === plain(words));
    if (response !== undefined && same.some((one) => one.response !== undefined)) {
      if (same.some((one) => one.response === response)) return null;
    } else if (same.length && (same.includes(turn[turn.length - 1]) || Number(event) < this.#newest)) {
      // The message before came once more, as around a tool call; or a turn that is over came once more.
      return null;
    }
    const utterance = { speaker, event, response, words, now: words, sequences: [] };
    this.#all.push(utterance);
    this.#newest = Math.max(this.#newest, event ?? -Infinity);
    return utterance;
  }

  /** @param {number|undefined} event @returns {boolean} the agent has said nothing in this turn */
  isNewTurn(event) {
    return event === undefined || !this.#all.some((one) => one.speaker === "agent" && one.event === event);
  }

  /**
   * What was really said of an interrupted answer.
   * @param {{original_agent_response?: string, corrected_agent_response?: string, event_id?: number}} correction
   * @returns {{utterance: Utterance, was: string, said: string}[]} the messages it is about, `said` empty where nothing was;
   *   none where no message has these words
   */
  correct({ original_agent_response: original, corrected_agent_response: corrected, event_id: event }) {
    const said = (corrected ?? "").trim();
    const found = original === undefined ? this.#byBeginning(said, event) : this.#byWords(original, event);
    return share(found, said).map(({ utterance, said }) => {
      const was = utterance.now;
      utterance.now = said;
      return { utterance, was, said };
    });
  }

  /** @param {string} original @param {number|undefined} event @returns {Utterance[]} */
  #byWords(original, event) {
    const newestFirst = this.#all.filter((one) => one.speaker === "agent").reverse();
    const isOriginal = (/** @type {Utterance} */ one) => [one.words, one.now].map(plain).includes(plain(original));
    const turn = newestFirst.filter((one) => one.event === event);
    const one = turn.find(isOriginal);
    return one ? [one] : run(turn.reverse(), original) ?? newestFirst.filter(isOriginal).slice(0, 1);
  }

  /** For an SDK that does not tell the original. @param {string} said @param {number|undefined} event @returns {Utterance[]} */
  #byBeginning(said, event) {
    const turn = this.#all.filter((one) => one.speaker === "agent" && event !== undefined && one.event === event);
    if (turn.length < 2) return turn;
    const beginning = plain(said).replace(/[.…\s-]+$/, "");
    return turn.reverse().filter((one) => beginning && plain(one.words).startsWith(beginning)).slice(0, 1);
  }
}

/** @param {Utterance[]} turn @param {string} original @returns {Utterance[]|null} the messages in a row that are the original together */
function run(turn, original) {
  for (let from = 0; from < turn.length; from += 1) {
    for (let to = from + 2; to <= turn.length; to += 1) {
      const messages = turn.slice(from, to);
      if (plain(messages.map((one) => one.words).join(" ")) === plain(original)) return messages;
    }
  }
  return null;
}

/** Distributes the spoken words over the messages, in order. @param {Utterance[]} utterances @param {string} said */
function share(utterances, said) {
  let rest = said;
  return utterances.map((utterance, index) => {
    const whole = index < utterances.length - 1 && plain(rest).startsWith(plain(utterance.words));
    const part = whole ? utterance.words : rest;
    rest = whole ? plain(rest).slice(plain(utterance.words).length).trim() : "";
    return { utterance, said: part };
  });
}
