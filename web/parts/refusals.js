/**
 * Decides about the lines of a refused request: try again later, send them in smaller batches, set one aside, or give the
 * session up.
 *
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {{error: TrainingSessionError, session: StoredSession, lines: WaitingLine[], batch: WaitingLine[],
 *   ending: StoredSession["end"], sender: import("./types.js").Sender}} Refusal
 */
import { TrainingSessionError } from "./errors.js";
import * as records from "./records.js";

const CONFLICTS_MOST = 5;
const SIGNED_OUT_RETRY_MS = 20_000;
const WHOLE_TRIES = 3;
const REFUSED_IN_ROW_MOST = 5; // in a row, before a pause: when every line is refused, the cause is not a line

/**
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 * @returns {Promise<boolean>} true: carry on at once; false: later, or never
 */
export async function afterRefusal(outbox, refusal) {
  const { error, session, lines, sender } = refusal;
  if (error.status === 401) {
    // Without a token nothing was sent, so a new attempt to get one may follow soon.
    return outbox.later("signed_out", error, session.id, sender, error.unsent ? 0 : SIGNED_OUT_RETRY_MS);
  }
  if (error.code === "session_not_found") return goneFor(outbox, session, lines, error);
  if (["session_not_active", "line_conflict"].includes(error.code)) {
    if (sender.conflicts >= CONFLICTS_MOST) return outbox.later("offline", error, session.id, sender);
    sender.conflicts += 1;
    return reconcile(outbox, refusal);
  }
  if (error.status === 413 || error.status === 422) return refusedByServer(outbox, refusal);
  if (error.status >= 400 && error.status < 500 && !error.temporary) return refusedOnTheWay(outbox, refusal);
  return outbox.later("offline", error, session.id, sender);
}

/**
 * Too big, or a line that can never be saved: smaller batches, then without the line.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function refusedByServer(outbox, { error, session, batch, ending, sender }) {
  const named = error.status === 422 ? /\[(\d+)\]/.exec(error.details ?? "") : null;
  const culprit = named ? batch[Number(named[1])] : batch.length === 1 ? batch[0] : undefined;
  if (culprit) {
    if (!(await records.reword(outbox.store, culprit))) await outbox.setAside(session, [culprit], error);
  } else if (batch.length > 1) {
    sender.limit = Math.ceil(batch.length / 2);
  } else if (ending?.durationSeconds != null) {
    await outbox.store.run(async (tx) => tx.put("sessions", { ...session, end: { durationSeconds: null } }));
  } else {
    return outbox.later("offline", error, session.id, sender);
  }
  return true;
}

/**
 * A server on the way, such as a firewall, refuses a request, perhaps for the words of one line. After some tries of the whole
 * the batch is halved, down to one line. The line is set aside when another request succeeds and the line alone fails again.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function refusedOnTheWay(outbox, { error, session, batch, sender }) {
  const { refusedAlone } = sender;
  sender.refusal = error;
  sender.failures = Math.min(sender.failures, sender.refusals); // The connection works, so the pauses start anew.
  sender.refusals += 1;
  if (sender.refusals >= WHOLE_TRIES) {
    if (batch.length > 1) {
      sender.limit = Math.ceil(batch.length / 2);
      return true;
    }
    const [line] = batch;
    if (!line) {
      refusedAlone.clear(); // Every line that is left was refused, so the connection may be the cause.
      sender.rounds += 1;
    } else if (await records.reword(outbox.store, line)) {
      return true;
    } else if (refusedAlone.delete(line.sequence)) {
      await outbox.setAside(session, [line], error);
      return true;
    } else {
      sender.passed &&= refusedAlone.size > 0;
      refusedAlone.add(line.sequence);
      sender.refusedInRow += 1;
      if (sender.refusedInRow < REFUSED_IN_ROW_MOST) return true;
      sender.refusedInRow = 0;
    }
  }
  return outbox.later("offline", error, session.id, sender);
}

/**
 * Compares the waiting lines with the server's. The same words at the same sequence were saved, and only the answer got lost.
 * Other words at our sequence come from another device, so our lines get later sequences.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function reconcile(outbox, { error, session: { id, owner }, sender }) {
  const { store, transport } = outbox;
  /** @type {any} */
  let session;
  try {
    ({ session } = await transport.get(id, { owner }));
  } catch (failure) {
    if (!(failure instanceof TrainingSessionError)) throw failure;
    const { lines } = await records.readSession(store, id);
    if (failure.code === "session_not_found") return goneFor(outbox, { id, owner }, lines, failure);
    return outbox.later(failure.status === 401 ? "signed_out" : "offline", failure, id, sender);
  }
  /** @type {Map<number, any>} */
  const saved = new Map((session.transcript ?? []).map((/** @type {any} */ line) => [line.sequence, line]));
  const isThere = (/** @type {WaitingLine} */ { sequence, speaker }, /** @type {string} */ text) =>
    saved.get(sequence)?.speaker === speaker && saved.get(sequence).text.trim() === text.trim();
  const { lines } = await records.readSession(store, id);
  const there = lines.map((line) => ({ ...line, text: isThere(line, line.text) ? line.text : records.latest(line) }));
  await records.settle(store, there.filter((line) => isThere(line, line.text)));

  const { lines: open } = await records.readSession(store, id);
  if (session.status !== "active") {
    if (open.length) await outbox.setAside({ id, owner }, open, error);
    await outbox.close(id, { id, status: session.status, redirect_to: session.redirect_to ?? `/analytics/${id}` });
    return true;
  }
  const replaces = (/** @type {WaitingLine} */ line) =>
    line.correction && saved.get(line.sequence)?.speaker === "agent";
  const first = open.find((line) => saved.has(line.sequence) && !replaces(line));
  if (!first) return true;
  const moves = (/** @type {WaitingLine} */ line) => line.sequence >= first.sequence && !replaces(line);
  const moved = await records.renumber(store, id, moves, Math.max(0, ...saved.keys()));
  outbox.emit("renumbered", { sessionId: id, moved });
  return true;
}

/** @param {import("./outbox.js").Outbox} outbox @param {{id: number, owner: string}} session @param {WaitingLine[]} lines @param {TrainingSessionError} error */
async function goneFor(outbox, session, lines, error) {
  if (lines.length) await outbox.setAside(session, lines, error);
  await records.forgetSession(outbox.store, session.id);
  outbox.emit("gone", { sessionId: session.id, error });
  return false;
}
