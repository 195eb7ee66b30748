/**
 * What a refused request means for the lines in it: try again later, send them otherwise, set one aside, or give the session up.
 *
 * @typedef {import("./types.js").WaitingLine} WaitingLine
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {{error: TrainingSessionError, session: StoredSession, lines: WaitingLine[], batch: WaitingLine[],
 *   ending: StoredSession["end"], lane: import("./types.js").Lane}} Refusal
 */
import { TrainingSessionError } from "./errors.js";
import * as records from "./records.js";

const CONFLICTS_MOST = 5;
const SIGNED_OUT_RETRY_MS = 20_000;
const WHOLE_TRIES = 3;
const ACCUSED_MOST = 5; // in a row, before a pause: where everything is refused, no line is to blame

/**
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 * @returns {Promise<boolean>} true: carry on at once; false: later, or never
 */
export async function afterRefusal(outbox, refusal) {
  const { error, session, lines, lane } = refusal;
  if (error.status === 401) {
    // Without a token nothing was sent, so asking for one again soon costs nothing.
    return outbox.later("signed_out", error, session.id, lane, error.unsent ? 0 : SIGNED_OUT_RETRY_MS);
  }
  if (error.code === "session_not_found") return goneFor(outbox, session, lines, error);
  if (["session_not_active", "line_conflict"].includes(error.code)) {
    if (lane.conflicts >= CONFLICTS_MOST) return outbox.later("offline", error, session.id, lane);
    lane.conflicts += 1;
    return reconcile(outbox, refusal);
  }
  if (error.status === 413 || error.status === 422) return refusedByServer(outbox, refusal);
  if (error.status >= 400 && error.status < 500 && !error.temporary) return refusedOnTheWay(outbox, refusal);
  return outbox.later("offline", error, session.id, lane);
}

/**
 * Too big, or a line that can never be saved: smaller batches, then without the line.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function refusedByServer(outbox, { error, session, batch, ending, lane }) {
  const named = error.status === 422 ? /\[(\d+)\]/.exec(error.details ?? "") : null;
  const culprit = named ? batch[Number(named[1])] : batch.length === 1 ? batch[0] : undefined;
  if (culprit) {
    if (!(await records.reword(outbox.store, culprit))) await outbox.setAside(session, [culprit], error);
  } else if (batch.length > 1) {
    lane.limit = Math.ceil(batch.length / 2);
  } else if (ending?.durationSeconds != null) {
    await outbox.store.run(async (tx) => tx.put("sessions", { ...session, end: { durationSeconds: null } }));
  } else {
    return outbox.later("offline", error, session.id, lane);
  }
  return true;
}

/**
 * A server on the way, such as a firewall, refuses a request, perhaps for the words of one line. After some tries of the whole
 * the batch is halved, down to the line. The line is set aside when another request passes and the line alone fails again.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function refusedOnTheWay(outbox, { error, session, batch, lane }) {
  const { suspects } = lane;
  lane.refusal = error;
  lane.failures = Math.min(lane.failures, lane.refusals); // There is a connection: the pauses start anew.
  lane.refusals += 1;
  if (lane.refusals >= WHOLE_TRIES) {
    if (batch.length > 1) {
      lane.limit = Math.ceil(batch.length / 2);
      return true;
    }
    const [line] = batch;
    if (!line) {
      suspects.clear(); // All that is left was refused: that may be the path's fault.
      lane.rounds += 1;
    } else if (await records.reword(outbox.store, line)) {
      return true;
    } else if (suspects.delete(line.sequence)) {
      await outbox.setAside(session, [line], error);
      return true;
    } else {
      lane.passed &&= suspects.size > 0;
      suspects.add(line.sequence);
      lane.accused += 1;
      if (lane.accused < ACCUSED_MOST) return true;
      lane.accused = 0;
    }
  }
  return outbox.later("offline", error, session.id, lane);
}

/**
 * Compares what waits with what the server has. The same words at the same place were saved, only the answer got lost. Other
 * words at our place are another writer's, who has no access to our storage, so our lines move behind.
 * @param {import("./outbox.js").Outbox} outbox @param {Refusal} refusal
 */
async function reconcile(outbox, { error, session: { id, owner }, lane }) {
  const { store, transport } = outbox;
  /** @type {any} */
  let session;
  try {
    ({ session } = await transport.get(id, { owner }));
  } catch (failure) {
    if (!(failure instanceof TrainingSessionError)) throw failure;
    const { lines } = await records.readSession(store, id);
    if (failure.code === "session_not_found") return goneFor(outbox, { id, owner }, lines, failure);
    return outbox.later(failure.status === 401 ? "signed_out" : "offline", failure, id, lane);
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
