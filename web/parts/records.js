/**
 * What the outbox does to its records, each as one transaction over the store, so that two tabs never give one sequence
 * twice and nothing is half changed by a crash.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Transaction} Transaction
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 */
import { sessionNotActive } from "./errors.js";
import { isoTime, newKey } from "./values.js";

const SET_ASIDE_KEPT_MS = 7 * 24 * 3_600_000;

/** Takes a session into the outbox, or freshens it. @param {Store} store @param {StoredSession} session */
export const keepSession = (store, session) =>
  store.run(async (tx) => {
    const known = await tx.get("sessions", session.id);
    const kept = known
      ? { ...known, lastSequence: Math.max(known.lastSequence, session.lastSequence), end: known.end ?? session.end }
      : session;
    tx.put("sessions", kept);
    await takeLines(tx, session.id);
    return /** @type {StoredSession} */ (kept);
  });

/**
 * Gives the next sequence and stores the line. The key tells a second run of the same work from another line.
 * @param {Store} store @param {number} sessionId
 * @param {{speaker: any, text: string, timestamp: string|number}} line `timestamp` as lineTime gives it
 * @returns {Promise<WaitingLine>}
 * @throws {TrainingSessionError} session_not_active once the end was asked for
 */
export function addLine(store, sessionId, line) {
  const lastKey = newKey();
  return store.run(async (tx) => {
    const session = await openSession(tx, sessionId);
    const sequence = session.lastKey === lastKey ? session.lastSequence : session.lastSequence + 1;
    const timestamp = isoTime(line.timestamp, session.startedAt);
    const waiting = { ...line, timestamp, sessionId, sequence, correction: false, amended: null, problem: null };
    tx.put("sessions", { ...session, lastSequence: sequence, lastKey });
    tx.put("lines", waiting);
    return waiting;
  });
}

/**
 * Replaces the text of a line. A waiting line keeps its text until the server has acknowledged it. Only then is it certain
 * that the correction replaces this line, and not another device's line of the same sequence.
 * @param {Store} store @param {number} sessionId
 * @param {{sequence: number, text: string, timestamp: string|number}} change
 */
export const amendLine = (store, sessionId, { sequence, text, timestamp }) =>
  store.run(async (tx) => {
    const session = await openSession(tx, sessionId);
    const saved = { speaker: /** @type {const} */ ("agent"), text, correction: true, amended: null, problem: null };
    const known = /** @type {WaitingLine|undefined} */ (await tx.get("lines", [sessionId, sequence]));
    const line = known ?? { ...saved, sessionId, sequence, timestamp: isoTime(timestamp, session.startedAt) };
    const words = line.correction || line.problem ? { text, problem: null } : { amended: text };
    tx.put("lines", { ...line, ...words });
    return /** @type {WaitingLine} */ ({ ...line, text, correction: true });
  });

/** @param {Store} store @param {number} sessionId @returns {Promise<{session?: StoredSession, lines: WaitingLine[]}>} */
export const readSession = (store, sessionId) =>
  store.run(async (tx) => {
    const session = await tx.get("sessions", sessionId);
    const lines = await tx.all("lines", sessionId);
    return { session, lines: lines.filter((line) => !line.problem) };
  });

/**
 * Deletes lines that the server has. A line whose text changed meanwhile becomes a correction.
 * @param {Store} store @param {WaitingLine[]} lines with the words that the server has
 */
export const settle = (store, lines) =>
  store.run(async (tx) => {
    for (const { sessionId, sequence, text } of lines) {
      const line = /** @type {WaitingLine|undefined} */ (await tx.get("lines", [sessionId, sequence]));
      if (!line || line.problem) continue;
      if (latest(line) === text) tx.delete("lines", [sessionId, sequence]);
      else tx.put("lines", { ...line, text: latest(line), amended: null, correction: true });
    }
  });

/**
 * Replaces the refused text of a line by that of its correction. It is sent as a correction, because an earlier request
 * with the first text may have arrived.
 * @param {Store} store @param {WaitingLine} line @returns {Promise<boolean>} false where it has no correction
 */
export const reword = (store, { sessionId, sequence }) =>
  store.run(async (tx) => {
    const line = /** @type {WaitingLine|undefined} */ (await tx.get("lines", [sessionId, sequence]));
    if (line?.amended == null) return false;
    tx.put("lines", { ...line, text: line.amended, amended: null, correction: true });
    return true;
  });

/** @param {WaitingLine} line @returns {string} its text after its last correction */
export const latest = (line) => line.amended ?? line.text;

/**
 * Sets lines aside that can never be saved, with their owner: the session's record may be deleted before them.
 * @param {Store} store @param {string} owner @param {WaitingLine[]} lines @param {{code: string, message: string}} error
 */
export const setAside = (store, owner, lines, { code, message }) =>
  store.run(async (tx) => {
    for (const line of lines) {
      const words = { text: latest(line), amended: null };
      tx.put("lines", { ...line, ...words, owner, problem: { code, message, at: new Date().toISOString() } });
    }
  });

/**
 * Gives new sequences, in order and after all known lines, to lines whose sequence is taken by other words.
 * @param {Store} store @param {number} sessionId @param {(line: WaitingLine) => boolean} moves
 * @param {number} last the last sequence that is taken
 * @returns {Promise<{from: number, to: number}[]>}
 */
export const renumber = (store, sessionId, moves, last) =>
  store.run(async (tx) => {
    const session = await tx.get("sessions", sessionId);
    const all = await takeLines(tx, sessionId);
    const lines = all.filter((line) => !line.problem && moves(line));
    let next = Math.max(last, ...all.filter((line) => !lines.includes(line)).map((line) => line.sequence));
    for (const line of lines) tx.delete("lines", [sessionId, line.sequence]);
    const moved = lines.map((line) => {
      next += 1;
      const fresh = { text: latest(line), amended: null, correction: false };
      tx.put("lines", { ...line, ...fresh, sequence: next });
      return { from: line.sequence, to: next };
    });
    if (session) tx.put("sessions", { ...session, lastSequence: Math.max(session.lastSequence, next) });
    return moved;
  });

/** @param {Store} store @param {number} sessionId @param {{durationSeconds: number|null}} end */
export const askForEnd = (store, sessionId, end) =>
  store.run(async (tx) => {
    const session = await tx.get("sessions", sessionId);
    if (session) tx.put("sessions", { ...session, end: session.end ?? end });
    await takeLines(tx, sessionId);
    return Boolean(session);
  });

/** Deletes the records of an ended session, and each line that was set aside a week ago. @param {Store} store @param {number} sessionId */
export const forgetSession = (store, sessionId) =>
  store.run(async (tx) => {
    const lines = /** @type {WaitingLine[]} */ (await tx.all("lines"));
    const old = Date.now() - SET_ASIDE_KEPT_MS;
    for (const line of lines) {
      const done = line.sessionId === sessionId && !line.problem;
      if (done || (line.problem && Date.parse(line.problem.at) < old)) {
        tx.delete("lines", [line.sessionId, line.sequence]);
      }
    }
    tx.delete("sessions", sessionId);
  });

/**
 * Puts the lines back as they are, for the store's replica, which holds what this tab wrote: with a session's end but without
 * the lines of an earlier page or of another tab, a closing page or a failing disk would end the session without them.
 * @param {Transaction} tx @param {number} sessionId @returns {Promise<WaitingLine[]>}
 */
async function takeLines(tx, sessionId) {
  const lines = await tx.all("lines", sessionId);
  for (const line of lines) tx.put("lines", line);
  return lines;
}

/** @param {Transaction} tx @param {number} sessionId @returns {Promise<StoredSession>} */
async function openSession(tx, sessionId) {
  const session = await tx.get("sessions", sessionId);
  if (session && !session.end) return session;
  throw sessionNotActive();
}
