/**
 * Sends the waiting lines: per session one request at a time, in order, in batches, until the server has acknowledged or
 * finally refused each line. The module does not depend on a page.
 *
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {import("./types.js").Sender} Sender
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
const LOCK_AGAIN_MS = 200; // After a first time-out: the tab that holds the lock is probably frozen.

export class Outbox {
  /** @type {Map<number, Sender>} */
  #senders = new Map();
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
    const sender = this.#sender(id);
    clearTimeout(sender.timer);
    sender.again = true;
    if (sender.running) return;
    sender.running = true;
    try {
      while (sender.again && !this.#stopped) {
        sender.again = false;
        await this.#drainAlone(id, sender);
      }
    } finally {
      sender.running = false;
    }
  }

  /** Retries at once: the network is back, or the user has signed in. */
  wake() {
    for (const id of this.#senders.keys()) this.kick(id);
  }

  /** Sends what fits into the last requests of a closing page. The lines stay in the outbox, because no answer comes. */
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

  /** Stops sending. The answer to a request under way is still used. */
  stop() {
    this.#stopped = true;
    for (const sender of this.#senders.values()) clearTimeout(sender.timer);
    this.#senders.clear();
  }

  /**
   * One sender per session over all tabs, where the lock can be had. Without the lock two tabs may send the same lines at
   * once, which the server counts as duplicates: slower, never wrong.
   * @param {number} id @param {Sender} sender
   */
  async #drainAlone(id, sender) {
    const { held, release } = await lock(`training-session:${id}`, sender.lockMs);
    sender.lockMs = held ? LOCK_MS : LOCK_AGAIN_MS;
    try {
      await this.#drain(id, sender);
    } catch (error) {
      this.later("offline", fromFailure(error), id, sender); // A fault of the platform does not stop the sender.
    } finally {
      release();
    }
  }

  /** @param {number} id @param {Sender} sender */
  async #drain(id, sender) {
    while (!this.#stopped) {
      const { session, lines } = await records.readSession(this.store, id);
      if (!session || (!lines.length && !session.end)) {
        Object.assign(sender, { refusals: 0, waiting: 0, ending: false });
        return this.emit("saved", { sessionId: id, waiting: 0 });
      }
      Object.assign(sender, { waiting: lines.length, ending: Boolean(session.end) });
      this.emit("saving", { sessionId: id, waiting: lines.length });
      const batch = chooseLines(lines, sender);
      const ending = goesWithEnd(lines, batch, sender) ? session.end : null;
      try {
        await this.#send(session, lines, batch, ending, sender);
      } catch (error) {
        if (!(error instanceof TrainingSessionError)) throw error;
        if (!(await afterRefusal(this, { error, session, lines, batch, ending, sender }))) return;
      }
    }
  }

  /** @param {StoredSession} session @param {WaitingLine[]} lines @param {WaitingLine[]} batch @param {StoredSession["end"]} ending @param {Sender} sender */
  async #send({ id, owner }, lines, batch, ending, sender) {
    // Each line that is left was refused alone. The end is sent without them only after a second round of refusals.
    if (lines.length && !batch.length && !(ending && sender.rounds)) throw sender.refusal;
    const wire = { lines: batch.map(toWire), owner };
    const answer = ending
      ? await this.transport.complete(id, { ...ending, ...wire })
      : await this.transport.append(id, wire);
    Object.assign(sender, {
      failures: 0,
      conflicts: 0,
      refusedInRow: 0,
      rounds: 0,
      limit: Math.min(MAX_BATCH_LINES, sender.limit * 2),
    });
    sender.passed = sender.refusedAlone.size > 0;
    for (const line of batch) sender.refusedAlone.delete(line.sequence);
    await records.settle(this.store, batch);
    this.emit("settled", { sessionId: id, sequences: batch.map((line) => line.sequence) });
    if (!ending) return;
    const left = lines.filter((line) => !batch.includes(line));
    if (left.length) await this.setAside({ id, owner }, left, /** @type {any} */ (sender.refusal));
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
   * Tries again after a pause that doubles, with jitter so that many clients do not retry at one moment.
   * @param {"offline"|"signed_out"} state @param {TrainingSessionError} error @param {number} id @param {Sender} sender
   * @param {number} [least] milliseconds
   * @returns {false} for the sender: no more requests for now
   */
  later(state, error, id, sender, least = 0) {
    const wait = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** sender.failures) * (0.5 + this.random() / 2);
    sender.failures = Math.min(sender.failures + 1, 10);
    sender.conflicts = 0; // The pause now limits the rate of the tries.
    clearTimeout(sender.timer); // Left by a try that failed while the next was asked for.
    const pause = Math.max(wait, least, (error.retryAfter ?? 0) * 1000);
    if (!this.#stopped) sender.timer = setTimeout(() => this.kick(id), pause);
    this.emit(state, { sessionId: id, waiting: sender.waiting, ending: sender.ending, error });
    return false;
  }

  /** @param {number} id @returns {Sender} */
  #sender(id) {
    const sender = this.#senders.get(id) ?? {
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
      refusedAlone: new Set(),
      refusedInRow: 0,
      rounds: 0,
      passed: false,
    };
    this.#senders.set(id, sender);
    return sender;
  }
}

/**
 * The lines of the next request, in order. Lines that were refused alone come last, each alone again, once another request
 * has succeeded: then the refusal is about the line and not about the connection.
 * @param {WaitingLine[]} lines @param {Sender} sender
 */
function chooseLines(lines, sender) {
  const free = lines.filter((line) => !sender.refusedAlone.has(line.sequence));
  if (!free.length && sender.passed) return lines.slice(0, 1);
  return takeBatch(free, sender.limit, MAX_BATCH_BYTES);
}

/**
 * Whether the request ends the session too: with the last lines, unless a correction of one of them still follows. After a
 * refusal the end is sent alone, because the refusal may be about the end or about the lines.
 * @param {WaitingLine[]} lines @param {WaitingLine[]} batch @param {Sender} sender
 */
function goesWithEnd(lines, batch, sender) {
  if (sender.refusals) return !batch.length;
  return batch.length === lines.length && batch.every((line) => line.amended == null);
}

/** @param {WaitingLine} line @returns {WaitingLine} with the text of its last correction */
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
