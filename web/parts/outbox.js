/**
 * Sends what waits: per session one request at a time, in order, batched, until the server has acknowledged it or has said
 * that it never will. The module knows no page.
 *
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {import("./types.js").Lane} Lane
 */
import { fromFailure, TrainingSessionError } from "./errors.js";
import * as records from "./records.js";
import { afterRefusal } from "./refusals.js";
import { lock } from "./within.js";

const MAX_BATCH_LINES = 100;
const MAX_BATCH_BYTES = 200 * 1024; // The server takes 256 KiB; the rest is for the envelope.
const MAX_KEEPALIVE_BYTES = 60 * 1024; // Browsers refuse more than 64 KiB in all keepalive requests together.
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 15_000;
const LOCK_MS = 4_000;
const LOCK_AGAIN_MS = 200; // After a wait in vain: the tab that holds the lock is probably frozen.

export class Outbox {
  /** @type {Map<number, Lane>} */
  #lanes = new Map();
  #stopped = false;

  /**
   * @param {{store: import("./store.js").Store, transport: import("./types.js").Transport,
   *   emit: (name: string, detail: any) => void, random?: () => number}} options
   */
  constructor({ store, transport, emit, random = Math.random }) {
    this.store = store;
    this.transport = transport;
    this.emit = emit;
    this.random = random;
  }

  /** Starts or wakes the sending of a session. @param {number} id */
  async kick(id) {
    if (this.#stopped) return;
    const lane = this.#lane(id);
    clearTimeout(lane.timer);
    lane.again = true;
    if (lane.running) return;
    lane.running = true;
    try {
      while (lane.again && !this.#stopped) {
        lane.again = false;
        await this.#drainAlone(id, lane);
      }
    } finally {
      lane.running = false;
    }
  }

  /** Sends at once what was put off: the network is back, or the user has signed in. */
  wake() {
    for (const id of this.#lanes.keys()) this.kick(id);
  }

  /** Sends what fits with a page that is going away. Nothing is settled here: that needs an answer. */
  flush() {
    let room = MAX_KEEPALIVE_BYTES;
    const waiting = this.store.memory.peek("lines").filter((line) => !line.problem);
    for (const session of this.store.memory.peek("sessions")) {
      const mine = waiting.filter((line) => line.sessionId === session.id);
      const lines = session.end ? mine.map(asCorrected) : mine; // No other correction comes after the end.
      const batch = takeBatch(lines, MAX_BATCH_LINES, room);
      const ending = batch.length === lines.length ? session.end : null;
      if (!batch.length && !ending) continue;
      room -= sizeOf(batch);
      try {
        this.transport.flush(session.id, { lines: batch.map(toWire), ending, owner: session.owner });
      } catch {
        // The outbox still holds the lines; the next visit sends them.
      }
    }
  }

  /** For good. The answer to a request under way is still taken. */
  stop() {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    this.#lanes.clear();
  }

  /**
   * One sender per session over all tabs, where the lock can be had. Without the lock two tabs may send the same lines at
   * once, which the server counts as duplicates: slower, never wrong.
   * @param {number} id @param {Lane} lane
   */
  async #drainAlone(id, lane) {
    const { held, release } = await lock(`training-session:${id}`, lane.lockMs);
    lane.lockMs = held ? LOCK_MS : LOCK_AGAIN_MS;
    try {
      await this.#drain(id, lane);
    } catch (error) {
      this.later("offline", fromFailure(error), id, lane); // A fault of the platform does not stop the lane.
    } finally {
      release();
    }
  }

  /** @param {number} id @param {Lane} lane */
  async #drain(id, lane) {
    while (!this.#stopped) {
      const { session, lines } = await records.readSession(this.store, id);
      if (!session || (!lines.length && !session.end)) {
        Object.assign(lane, { refusals: 0, waiting: 0, ending: false });
        return this.emit("saved", { sessionId: id, waiting: 0 });
      }
      Object.assign(lane, { waiting: lines.length, ending: Boolean(session.end) });
      this.emit("saving", { sessionId: id, waiting: lines.length });
      const batch = chooseLines(lines, lane);
      const ending = goesWithEnd(lines, batch, lane) ? session.end : null;
      try {
        await this.#send(session, lines, batch, ending, lane);
      } catch (error) {
        if (!(error instanceof TrainingSessionError)) throw error;
        if (!(await afterRefusal(this, { error, session, lines, batch, ending, lane }))) return;
      }
    }
  }

  /** @param {StoredSession} session @param {WaitingLine[]} lines @param {WaitingLine[]} batch @param {StoredSession["end"]} ending @param {Lane} lane */
  async #send({ id, owner }, lines, batch, ending, lane) {
    // Each line that is left was refused alone. The end goes without them only when a second round has gone the same way.
    if (lines.length && !batch.length && !(ending && lane.rounds)) throw lane.refusal;
    const wire = { lines: batch.map(toWire), owner };
    const answer = ending
      ? await this.transport.complete(id, { ...ending, ...wire })
      : await this.transport.append(id, wire);
    Object.assign(lane, {
      failures: 0,
      conflicts: 0,
      accused: 0,
      rounds: 0,
      limit: Math.min(MAX_BATCH_LINES, lane.limit * 2),
    });
    lane.passed = lane.suspects.size > 0;
    for (const line of batch) lane.suspects.delete(line.sequence);
    await records.settle(this.store, batch);
    this.emit("settled", { sessionId: id, sequences: batch.map((line) => line.sequence) });
    if (!ending) return;
    const left = lines.filter((line) => !batch.includes(line));
    if (left.length) await this.setAside({ id, owner }, left, /** @type {any} */ (lane.refusal));
    await this.close(id, answer);
  }

  /** @param {{id: number, owner: string}} session @param {WaitingLine[]} lines @param {TrainingSessionError} error */
  async setAside({ id, owner }, lines, error) {
    await records.setAside(this.store, owner, lines, error);
    this.emit("set_aside", { sessionId: id, lines: lines.map(asCorrected), error });
  }

  /** The session is over. @param {number} id @param {any} answer */
  async close(id, answer) {
    await records.forgetSession(this.store, id);
    this.emit("ended", { sessionId: id, answer });
  }

  /**
   * Tries again after a while that doubles, with jitter so that many clients do not come back at one moment.
   * @param {"offline"|"signed_out"} state @param {TrainingSessionError} error @param {number} id @param {Lane} lane
   * @param {number} [least] milliseconds
   * @returns {false} for the sender: no more requests for now
   */
  later(state, error, id, lane, least = 0) {
    const wait = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** lane.failures) * (0.5 + this.random() / 2);
    lane.failures = Math.min(lane.failures + 1, 10);
    lane.conflicts = 0; // From here on the pause is the brake.
    clearTimeout(lane.timer); // Of a try that failed while the next was asked for.
    const pause = Math.max(wait, least, (error.retryAfter ?? 0) * 1000);
    if (!this.#stopped) lane.timer = setTimeout(() => this.kick(id), pause);
    this.emit(state, { sessionId: id, waiting: lane.waiting, ending: lane.ending, error });
    return false;
  }

  /** @param {number} id @returns {Lane} */
  #lane(id) {
    const lane = this.#lanes.get(id) ?? {
      running: false,
      again: false,
      timer: undefined,
      waiting: 0,
      ending: false,
      failures: 0,
      conflicts: 0,
      limit: MAX_BATCH_LINES,
      lockMs: LOCK_MS,
      refusals: 0,
      refusal: null,
      suspects: new Set(),
      accused: 0,
      rounds: 0,
      passed: false,
    };
    this.#lanes.set(id, lane);
    return lane;
  }
}

/**
 * The lines of the next request, in order. Lines that were refused alone come last, each alone again, once another request
 * has passed: then the refusal is the line's, not the path's.
 * @param {WaitingLine[]} lines @param {Lane} lane
 */
function chooseLines(lines, lane) {
  const free = lines.filter((line) => !lane.suspects.has(line.sequence));
  if (!free.length && lane.passed) return lines.slice(0, 1);
  return takeBatch(free, lane.limit, MAX_BATCH_BYTES);
}

/**
 * Whether the end goes with these lines: with the last ones, but not with a line that has a correction to follow, and alone
 * after a refusal, which may be meant for one of the two.
 * @param {WaitingLine[]} lines @param {WaitingLine[]} batch @param {Lane} lane
 */
function goesWithEnd(lines, batch, lane) {
  if (lane.refusals) return !batch.length;
  return batch.length === lines.length && batch.every((line) => line.amended == null);
}

/** @param {WaitingLine} line @returns {WaitingLine} in its last words */
function asCorrected(line) {
  return line.amended == null ? line : { ...line, text: line.amended, amended: null, correction: true };
}

/** @param {WaitingLine} line @returns {import("./types.js").Line} */
const toWire = ({ sequence, speaker, text, timestamp, correction }) =>
  correction ? { sequence, speaker, text, timestamp, correction: true } : { sequence, speaker, text, timestamp };

/** @param {WaitingLine[]} lines @param {number} most @param {number} bytes @returns {WaitingLine[]} the longest prefix that fits, at least one line where any fits a request */
export function takeBatch(lines, most, bytes) {
  let size = 64;
  const batch = [];
  for (const line of lines.slice(0, most)) {
    size += sizeOf([line]);
    if (size > bytes) break;
    batch.push(line);
  }
  return batch;
}

/** @param {WaitingLine[]} lines */
const sizeOf = (lines) => new TextEncoder().encode(JSON.stringify(lines.map(toWire))).length;
