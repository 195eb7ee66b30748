/**
 * What the outbox does to its records, each as one transaction over the store, so that two tabs never give one sequence
 * twice and nothing is half changed by a crash.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Transaction} Transaction
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 */
import { TrainingSessionError } from "./errors.js";

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
 * Gives the next sequence and stores the line.
 * @param {Store} store @param {number} sessionId @param {{speaker: any, text: string, timestamp: string}} line
 * @returns {Promise<WaitingLine>}
 * @throws {TrainingSessionError} session_not_active once the end was asked for
 */
export const addLine = (store, sessionId, line) =>
  store.run(async (tx) => {
    const session = await openSession(tx, sessionId);
    const sequence = session.lastSequence + 1;
    const waiting = { ...line, sessionId, sequence, correction: false, revision: 1, attempted: false, problem: null };
    tx.put("sessions", { ...session, lastSequence: sequence });
    tx.put("lines", waiting);
    return waiting;
  });

/**
 * Replaces the text of a line, which may still wait or be saved already.
 * @param {Store} store @param {number} sessionId @param {{sequence: number, text: string, timestamp: string}} change
 */
export const amendLine = (store, sessionId, { sequence, text, timestamp }) =>
  store.run(async (tx) => {
    await openSession(tx, sessionId);
    const known = await tx.get("lines", [sessionId, sequence]);
    const unsent = known && !known.attempted && !known.correction;
    const line = {
      ...(known ?? { sessionId, sequence, speaker: "agent", timestamp, revision: 0, attempted: false }),
      text,
      problem: null,
      // A line that never left can simply change; one that may have arrived has to say that it replaces.
      correction: !unsent,
      revision: (known?.revision ?? 0) + 1,
    };
    tx.put("lines", line);
    return /** @type {WaitingLine} */ (line);
  });

/** @param {Store} store @param {number} sessionId */
export const readSession = (store, sessionId) =>
  store.run(async (tx) => {
    const session = /** @type {StoredSession|undefined} */ (await tx.get("sessions", sessionId));
    const lines = /** @type {WaitingLine[]} */ (await tx.all("lines", sessionId));
    return { session, lines: lines.filter((line) => !line.problem) };
  });

/** Marks lines as sent before they go, for the case that no answer ever comes. @param {Store} store @param {WaitingLine[]} lines */
export const markAttempted = (store, lines) =>
  store.run(async (tx) => {
    for (const line of lines) {
      const known = await tx.get("lines", [line.sessionId, line.sequence]);
      if (known && !known.attempted) tx.put("lines", { ...known, attempted: true });
    }
  });

/** Forgets lines the server acknowledged, unless they were corrected meanwhile. @param {Store} store @param {WaitingLine[]} lines */
export const settle = (store, lines) =>
  store.run(async (tx) => {
    for (const line of lines) {
      const known = await tx.get("lines", [line.sessionId, line.sequence]);
      if (known?.revision === line.revision) tx.delete("lines", [line.sessionId, line.sequence]);
      else if (known) tx.put("lines", { ...known, correction: true });
    }
  });

/**
 * Keeps lines that can never be saved out of the way, with whose they are: the session may be forgotten before them.
 * @param {Store} store @param {string} owner @param {WaitingLine[]} lines @param {{code: string, message: string}} error
 */
export const setAside = (store, owner, lines, { code, message }) =>
  store.run(async (tx) => {
    for (const line of lines) {
      tx.put("lines", { ...line, owner, problem: { code, message, at: new Date().toISOString() } });
    }
  });

/**
 * Gives new sequences to lines whose place is taken by other words, in their order, after everything known.
 * @param {Store} store @param {number} sessionId @param {number} from first sequence to move @param {number} serverLast
 * @returns {Promise<{from: number, to: number}[]>}
 */
export const renumber = (store, sessionId, from, serverLast) =>
  store.run(async (tx) => {
    const session = await tx.get("sessions", sessionId);
    const all = await takeLines(tx, sessionId);
    const lines = all.filter((line) => !line.problem && line.sequence >= from);
    let next = Math.max(serverLast, from - 1);
    for (const line of lines) tx.delete("lines", [sessionId, line.sequence]);
    const moved = lines.map((line) => {
      next += 1;
      tx.put("lines", { ...line, sequence: next, correction: false, attempted: false, revision: line.revision + 1 });
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

/** The session is over: forgets it and what waited, and set-aside lines that nobody fetched in a week. @param {Store} store @param {number} sessionId */
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
  throw new TrainingSessionError({
    code: "session_not_active",
    message: "This session is not open for new lines.",
    status: 409,
  });
}
