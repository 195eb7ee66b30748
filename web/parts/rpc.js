import { fromBody, fromFailure, sessionNotFound, TrainingSessionError } from "./errors.js";
import { withTimeout } from "./http.js";

/** @typedef {import("./types.js").Transport} Transport */

/**
 * The RPC path: the same calls through a supabase-js client, straight to the database functions.
 * @param {{supabase: any, refreshToken?: () => any, timeoutMs?: number}} options `supabase` is a supabase-js client that
 *   carries the user's token by itself (Supabase Auth, or its `accessToken` option)
 * @returns {Transport}
 */
export function rpcTransport({ supabase, refreshToken, timeoutMs = 15_000 }) {
  /** @param {string} name @param {Record<string, any>} args @param {AbortSignal} [signal] */
  async function rpc(name, args, signal) {
    const send = async () => supabase.rpc(name, args).abortSignal(withTimeout(signal, timeoutMs));
    try {
      let answer = await send();
      if (answer.status === 401 && refreshToken && (await refreshToken())) answer = await send();
      if (!answer.error) return answer.data;
      // supabase-js reports a request that never arrived as status 0, and an abort in the message only.
      if (!answer.status) {
        throw Object.assign(new Error(), { name: /abort|timeout/i.test(answer.error.message) ? "AbortError" : "" });
      }
      throw fromBody(answer.error, answer.status);
    } catch (error) {
      throw fromFailure(error, signal);
    }
  }

  return {
    create: ({ agentName, agentId, idempotencyKey, signal }) =>
      rpc(
        "create_training_session",
        { agent_name: agentName, agent_id: agentId, idempotency_key: idempotencyKey },
        signal,
      ),
    append: (id, lines) => rpc("append_transcript", { session_id: id, lines }),
    complete: (id, { durationSeconds, lines }) =>
      rpc("complete_training_session", { session_id: id, duration_seconds: durationSeconds ?? null, lines }),
    async get(id, { signal } = {}) {
      let sessionId = /** @type {any} */ (id);
      if (!/^\d+$/.test(String(id))) {
        const known = await rpc("resolve_legacy_sessions", { legacy_ids: [id] }, signal);
        sessionId = known[String(id).toLowerCase()];
        if (!sessionId) throw sessionNotFound();
      }
      const session = await rpc("get_training_session", { session_id: sessionId }, signal);
      return { session, etag: null, notModified: false };
    },
    list: ({ limit, before, agentName, signal } = {}) => {
      const args = { max_count: limit, before, agent_name: agentName };
      return rpc(
        "list_training_sessions",
        Object.fromEntries(Object.entries(args).filter(([, v]) => v != null)),
        signal,
      );
    },
    remove: async (id) => void (await rpc("delete_training_session", { session_id: id })),
    async voiceToken() {
      throw new TrainingSessionError({
        code: "voice_not_configured",
        message: "Voice needs the HTTP path: the key of the voice service stays on the server.",
        status: 503,
      });
    },
    flush(id, lines, ending) {
      // supabase-js has no keepalive for one call. The request starts now; the outbox holds the lines if it is cut off.
      const call = ending
        ? rpc("complete_training_session", { session_id: id, duration_seconds: ending.durationSeconds, lines })
        : rpc("append_transcript", { session_id: id, lines });
      call.catch(() => {});
    },
  };
}
