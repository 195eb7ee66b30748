import {
  fromBody,
  fromFailure,
  invalidField,
  notAuthenticated,
  sessionNotFound,
  TrainingSessionError,
} from "./errors.js";
import { withTimeout } from "./http.js";
import { speaksFor } from "./values.js";

/** @typedef {import("./types.js").Transport} Transport */

/**
 * The RPC path: the same calls through a supabase-js client, straight to the database functions. The token is given to each
 * call: left to itself, the client would send that of whoever is signed in by then.
 * @param {{supabase: any, getToken: () => string|null|Promise<string|null>,
 *   refreshToken?: () => string|null|Promise<string|null>, timeoutMs?: number}} options
 * @returns {Transport}
 */
export function rpcTransport({ supabase, getToken, refreshToken, timeoutMs = 15_000 }) {
  /** @param {string} name @param {Record<string, any>} args @param {{owner?: string, signal?: AbortSignal}} [options] */
  async function rpc(name, args, { owner, signal } = {}) {
    const send = async (/** @type {string|null} */ token) => {
      if (!speaksFor(token, owner)) throw notAuthenticated();
      const call = supabase.rpc(name, args).setHeader("Authorization", `Bearer ${token}`);
      return call.abortSignal(withTimeout(signal, timeoutMs));
    };
    try {
      let answer = await send(await getToken());
      if (answer.status === 401 && refreshToken) {
        const fresh = await refreshToken();
        if (fresh) answer = await send(fresh);
      }
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
    create: ({ agentName, agentId, idempotencyKey, owner, signal }) =>
      rpc(
        "create_training_session",
        { agent_name: agentName, agent_id: agentId, idempotency_key: idempotencyKey },
        { owner, signal },
      ),
    append: (id, { lines, owner }) => rpc("append_transcript", { session_id: id, lines }, { owner }),
    complete: (id, { durationSeconds, lines, owner }) =>
      rpc("complete_training_session", { session_id: id, duration_seconds: durationSeconds, lines }, { owner }),
    async get(id, { owner, signal } = {}) {
      let sessionId = /** @type {any} */ (id);
      if (!/^\d+$/.test(String(id))) {
        const known = await rpc("resolve_legacy_sessions", { legacy_ids: [id] }, { owner, signal });
        sessionId = known[String(id).toLowerCase()];
        if (!sessionId) throw sessionNotFound();
      }
      const session = await rpc("get_training_session", { session_id: sessionId }, { owner, signal });
      return { session, etag: null, notModified: false };
    },
    list: ({ limit, before, agentName, signal } = {}) => {
      const args = { max_count: limit, before, agent_name: agentName };
      const given = Object.fromEntries(Object.entries(args).filter(([, v]) => v != null));
      return rpc("list_training_sessions", given, { signal }).catch((error) => {
        if (error.details === "max_count") throw invalidField(error.message.replace("max_count", "limit"), "limit");
        throw error;
      });
    },
    remove: async (id) => void (await rpc("delete_training_session", { session_id: id })),
    async voiceToken() {
      throw new TrainingSessionError({
        code: "voice_not_configured",
        message: "Voice needs the HTTP path: the key of the voice service stays on the server.",
        status: 503,
      });
    },
    flush(id, { lines, ending, owner }) {
      // supabase-js has no keepalive for one call. The request starts now; the outbox holds the lines if it is cut off.
      const call = ending ? this.complete(id, { ...ending, lines, owner }) : this.append(id, { lines, owner });
      call.catch(() => {});
    },
  };
}
