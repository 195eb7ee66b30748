/**
 * Begins a session with an idempotency key that is kept until there is an answer: a lost answer, a crash or a second try by
 * the user within ten minutes leads to the same session.
 */
import { TrainingSessionError } from "./errors.js";
import { newKey } from "./values.js";
import { pause } from "./within.js";

const TRIES = 5; // With the pauses between them 6 to 12 seconds: a schema cache or a clock that is behind catches up.
const SAME_START_MS = 10 * 60_000;

/**
 * @param {{store: import("./store.js").Store, transport: import("./types.js").Transport, owner: string, agentName: string,
 *   agentId: string|null, signal?: AbortSignal}} options
 * @returns {Promise<{id: number, status: string}>}
 */
export async function startOnce({ store, transport, owner, agentName, agentId, signal }) {
  const slot = JSON.stringify([owner, agentName, agentId]);
  for (let tries = 1;; tries += 1) {
    const idempotencyKey = await store.run(async (tx) => {
      const known = await tx.get("starts", slot);
      if (known && known.at > Date.now() - SAME_START_MS) return known.key;
      const key = newKey();
      tx.put("starts", { slot, key, at: Date.now() });
      return key;
    });
    try {
      const answer = await transport.create({ agentName, agentId, idempotencyKey, owner, signal });
      await store.run(async (tx) => tx.delete("starts", slot));
      if (answer.status === "active") return answer;
      // The key's session has ended meanwhile: this click means a new one.
    } catch (error) {
      if (!(error instanceof TrainingSessionError) || !error.temporary || tries >= TRIES) throw error;
      await pause(400 * 2 ** tries * (0.5 + Math.random() / 2), signal);
    }
  }
}
