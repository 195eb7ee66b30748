/** Resumes the sessions that an earlier page of this browser left, and sends their waiting lines. */
import { TrainingSessionError } from "./errors.js";
import * as records from "./records.js";

/**
 * @typedef {import("./types.js").StoredSession} StoredSession
 * @typedef {{store: import("./store.js").Store, transport: import("./types.js").Transport,
 *   outbox: import("./outbox.js").Outbox}} Parts
 */

/**
 * @param {Parts} parts @param {string} owner the user's id. Empty without a signed-in user: then lines are sent once their owner
 *   signs in, and no session is shown
 * @returns {Promise<{id: number, agentName: string, agentId: string|null, startedAt: string, waiting: number,
 *   ending: boolean}[]>} those still open, newest first
 */
export async function recoverSessions(parts, owner) {
  const sessions = /** @type {StoredSession[]} */ (await parts.store.run((tx) => tx.all("sessions")));
  if (!owner) {
    for (const { id } of sessions) parts.outbox.kick(id);
    return [];
  }
  const mine = sessions.filter((session) => session.owner === owner).sort((a, b) => b.id - a.id);
  const open = await Promise.all(mine.map((session) => recoverSession(parts, session)));
  return open.filter((session) => session !== null);
}

/** @param {Parts} parts @param {StoredSession} session */
async function recoverSession({ store, transport, outbox }, session) {
  const { id, agentName, agentId, startedAt, end } = session;
  const { lines } = await records.readSession(store, id);
  const active = Boolean(end) || (await isActive(transport, session));
  if (active) await records.keepSession(store, session);
  if (active || lines.length) outbox.kick(id);
  else await records.forgetSession(store, id);
  return active ? { id, agentName, agentId, startedAt, waiting: lines.length, ending: Boolean(end) } : null;
}

/**
 * When the server cannot be asked, the session counts as active, so that nothing is dropped.
 * @param {Parts["transport"]} transport @param {StoredSession} session
 */
async function isActive(transport, { id, owner }) {
  try {
    return (await transport.get(id, { owner })).session.status === "active";
  } catch (error) {
    return !(error instanceof TrainingSessionError && error.code === "session_not_found");
  }
}
