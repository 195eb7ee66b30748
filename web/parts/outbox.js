/**
 * Sends what waits: per session one request at a time, in order, batched, until the server has acknowledged it or has said
 * that it never will. Knows nothing of pages.
 *
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {{running: boolean, again: boolean, failures: number, conflicts: number, limit: number, timer: any}} Lane
 */
import { TrainingSessionError } from "./errors.js";
import * as records from "./records.js";

const MAX_BATCH_LINES = 100;
const MAX_BATCH_BYTES = 200 * 1024; // The server takes 256 KiB; the rest is for the envelope.
const MAX_KEEPALIVE_BYTES = 60 * 1024; // Browsers refuse more than 64 KiB in all keepalive requests together.
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 15_000;
const SIGNED_OUT_RETRY_MS = 20_000;

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
    const lane = this.#lane(id);
    clearTimeout(lane.timer);
    lane.again = true;
    if (lane.running) return;
    lane.running = true;
    try {
      while (lane.again) {
        lane.again = false;
        await oneAtATime(`training-session:${id}`, () => this.#drain(id, lane));
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
      const lines = waiting.filter((line) => line.sessionId === session.id);
      const batch = takeBatch(lines, MAX_BATCH_LINES, room);
      const ending = batch.length === lines.length ? session.end : null;
      if (!batch.length && !ending) continue;
      this.transport.flush(session.id, { lines: batch.map(toWire), ending, owner: session.owner });
      room -= sizeOf(batch);
    }
  }

  /** For good. A request under way is still heard out. */
  stop() {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    this.#lanes.clear();
  }

  /** @param {number} id @param {Lane} lane */
  async #drain(id, lane) {
    while (!this.#stopped) {
      const { session, lines } = await records.readSession(this.store, id);
      if (!session || (!lines.length && !session.end)) return this.emit("saved", { sessionId: id, waiting: 0 });
      this.emit("saving", { sessionId: id, waiting: lines.length });
      const batch = takeBatch(lines, lane.limit, MAX_BATCH_BYTES);
      const ending = batch.length === lines.length ? session.end : null;
      try {
        await records.markAttempted(this.store, batch);
        const wire = { lines: batch.map(toWire), owner: session.owner };
        const answer = ending
          ? await this.transport.complete(id, { ...ending, ...wire })
          : await this.transport.append(id, wire);
        Object.assign(lane, { failures: 0, conflicts: 0, limit: Math.min(MAX_BATCH_LINES, lane.limit * 2) });
        await records.settle(this.store, batch);
        this.emit("settled", { sessionId: id, sequences: batch.map((line) => line.sequence) });
        if (ending) await this.#close(id, answer);
      } catch (error) {
        if (!(error instanceof TrainingSessionError)) throw error;
        if (!(await this.#answer(error, session, lines, batch, Boolean(ending), lane))) return;
      }
    }
  }

  /**
   * Decides what a refusal means.
   * @param {TrainingSessionError} error @param {StoredSession} session @param {WaitingLine[]} lines
   * @param {WaitingLine[]} batch @param {boolean} ending @param {Lane} lane
   * @returns {Promise<boolean>} true: carry on at once; false: later, or never
   */
  async #answer(error, session, lines, batch, ending, lane) {
    if (error.status === 401) return this.#later("signed_out", error, session, lines, lane, SIGNED_OUT_RETRY_MS);
    if (error.code === "session_not_found") return this.#gone(session, lines, error);
    if (["session_not_active", "line_conflict"].includes(error.code) && lane.conflicts < 5) {
      lane.conflicts += 1;
      try {
        await this.#reconcile(session, lines, error);
        return true;
      } catch (failure) {
        if (!(failure instanceof TrainingSessionError)) throw failure;
        if (failure.code === "session_not_found") return this.#gone(session, lines, failure);
        return this.#later(failure.status === 401 ? "signed_out" : "offline", failure, session, lines, lane);
      }
    }
    if (error.status === 413 || error.status === 422) return this.#refused(error, session, batch, ending, lane);
    return this.#later("offline", error, session, lines, lane);
  }

  /** Too big, or a line that can never be saved: smaller batches, then without the line. */
  async #refused(
    /** @type {any} */ error,
    /** @type {any} */ session,
    /** @type {WaitingLine[]} */ batch,
    /** @type {boolean} */ ending,
    /** @type {Lane} */ lane,
  ) {
    const named = error.status === 422 ? /\[(\d+)\]/.exec(error.details ?? "") : null;
    const culprit = named ? batch[Number(named[1])] : batch.length === 1 ? batch[0] : undefined;
    if (culprit) {
      await this.#setAside(session, [culprit], error);
    } else if (batch.length > 1) {
      lane.limit = Math.ceil(batch.length / 2);
    } else if (ending && session.end?.durationSeconds != null) {
      await this.store.run(async (tx) => tx.put("sessions", { ...session, end: { durationSeconds: null } }));
    } else {
      return this.#later("offline", error, session, batch, lane);
    }
    return true;
  }

  /**
   * Compares what waits with what the server has. Same words at the same place were saved, only the answer got lost.
   * Other words at our place: another writer had no access to our storage, so our lines move behind.
   * @param {StoredSession} kept @param {WaitingLine[]} lines @param {TrainingSessionError} error
   */
  async #reconcile({ id, owner }, lines, error) {
    const { session } = await this.transport.get(id, { owner });
    /** @type {Map<number, any>} */
    const saved = new Map((session.transcript ?? []).map((/** @type {any} */ line) => [line.sequence, line]));
    const same = (/** @type {WaitingLine} */ line) => {
      const other = saved.get(line.sequence);
      return other?.speaker === line.speaker && other.text.trim() === line.text.trim();
    };
    await records.settle(this.store, lines.filter(same));
    const open = lines.filter((line) => !same(line));
    if (session.status !== "active") {
      if (open.length) await this.#setAside({ id, owner }, open, error);
      await this.#close(id, { id, status: session.status, redirect_to: session.redirect_to ?? `/analytics/${id}` });
      return;
    }
    const replaces = (/** @type {WaitingLine} */ line) =>
      line.correction && saved.get(line.sequence)?.speaker === "agent";
    const first = open.find((line) => saved.has(line.sequence) && !replaces(line));
    if (!first) return;
    const last = Math.max(
      0,
      ...saved.keys(),
      ...lines.filter((line) => line.sequence < first.sequence).map((l) => l.sequence),
    );
    const moved = await records.renumber(this.store, id, first.sequence, last);
    this.emit("renumbered", { sessionId: id, moved });
  }

  /** @param {{id: number, owner: string}} session @param {WaitingLine[]} lines @param {TrainingSessionError} error */
  async #setAside({ id, owner }, lines, error) {
    await records.setAside(this.store, owner, lines, error);
    this.emit("set_aside", { sessionId: id, lines, error });
  }

  /** @param {StoredSession} session @param {WaitingLine[]} lines @param {TrainingSessionError} error */
  async #gone(session, lines, error) {
    if (lines.length) await this.#setAside(session, lines, error);
    await records.forgetSession(this.store, session.id);
    this.emit("gone", { sessionId: session.id, error });
    return false;
  }

  /** @param {number} id @param {any} answer */
  async #close(id, answer) {
    await records.forgetSession(this.store, id);
    this.emit("ended", { sessionId: id, answer });
  }

  /**
   * Tries again after a while that doubles, with jitter so that many clients do not come back at one moment.
   * @param {"offline"|"signed_out"} state @param {TrainingSessionError} error @param {StoredSession} session
   * @param {WaitingLine[]} lines @param {Lane} lane @param {number} [least] milliseconds
   */
  #later(state, error, { id, end }, lines, lane, least = 0) {
    const wait = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** lane.failures) * (0.5 + this.random() / 2);
    lane.failures = Math.min(lane.failures + 1, 10);
    lane.conflicts = 0; // From here on the pause is the brake.
    clearTimeout(lane.timer); // Of a try that failed while the next was asked for.
    const pause = Math.max(wait, least, (error.retryAfter ?? 0) * 1000);
    if (!this.#stopped) lane.timer = setTimeout(() => this.kick(id), pause);
    this.emit(state, { sessionId: id, waiting: lines.length, ending: Boolean(end), error });
    return false;
  }

  /** @param {number} id @returns {Lane} */
  #lane(id) {
    const fresh = { running: false, again: false, failures: 0, conflicts: 0, limit: MAX_BATCH_LINES, timer: undefined };
    const lane = this.#lanes.get(id) ?? fresh;
    this.#lanes.set(id, lane);
    return lane;
  }
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

/**
 * One sender per session over all tabs. Without Web Locks (plain http on another machine) two tabs may send the same lines
 * at once, which the server counts as duplicates: slower, never wrong.
 * @param {string} name @param {() => Promise<any>} work
 */
const oneAtATime = (name, work) => (globalThis.navigator?.locks ? navigator.locks.request(name, work) : work());
