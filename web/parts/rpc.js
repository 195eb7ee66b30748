import { fromBody, fromFailure, invalidField, sessionNotFound, TrainingSessionError } from "./errors.js";
import { withToken } from "./http.js";
import { speaksFor, wellFormed } from "./values.js";
import { within } from "./within.js";

/** @typedef {import("./types.js").Transport} Transport */

/**
 * The RPC path: the same calls through a supabase-js client, straight to the database functions. The token is given to each
 * call: by itself, the client would send the token of the user who is signed in when the call leaves.
 * @param {{supabase: any, getToken: import("./http.js").TokenSource, refreshToken?: import("./http.js").TokenSource,
 *   timeoutMs?: number}} options
 * @returns {Transport}
 */
export function rpcTransport({ supabase, getToken, refreshToken, timeoutMs = 15_000 }) {
  /** The last token that went out: a closing page has no time to ask for one. @type {string|null} */
  let lastToken = null;

  /** @param {string} name @param {Record<string, any>} args @param {{owner?: string, signal?: AbortSignal}} [options] */
  async function rpc(name, args, { owner, signal } = {}) {
    const send = (/** @type {string} */ token) => {
      lastToken = token;
      const call = async (/** @type {AbortSignal} */ limit) =>
        supabase.rpc(name, args).setHeader("Authorization", `Bearer ${token}`).abortSignal(limit);
      return within(timeoutMs, call, { signal });
    };
    try {
      const answer = await withToken({ getToken, refreshToken, owner }, send);
      if (!answer.error) return answer.data;
      // supabase-js reports a request that never arrived as status 0.
      throw answer.status ? fromBody(answer.error, answer.status) : answer.error;
    } catch (error) {
      throw fromFailure(error);
    }
  }

  const completion = (/** @type {number} */ id, /** @type {any} */ { durationSeconds, lines }) => ({
    session_id: id,
    duration_seconds: durationSeconds,
    lines,
  });

  return {
    create: ({ agentName, agentId, idempotencyKey, owner, signal }) =>
      rpc(
        "create_training_session",
        { agent_name: agentName, agent_id: agentId, idempotency_key: idempotencyKey },
        { owner, signal },
      ),
    append: (id, { lines, owner }) => rpc("append_transcript", { session_id: id, lines }, { owner }),
    complete: (id, { owner, ...end }) => rpc("complete_training_session", completion(id, end), { owner }),
    async get(id, { owner, signal } = {}) {
      let sessionId = /** @type {any} */ (id);
      if (!/^\d+$/.test(String(id))) {
        const known = await rpc("resolve_legacy_sessions", { legacy_ids: [wellFormed(id)] }, { owner, signal });
        sessionId = known[String(id).toLowerCase()];
        if (!sessionId) throw sessionNotFound();
      }
      const session = await rpc("get_training_session", { session_id: sessionId }, { owner, signal });
      return { session, etag: null, notModified: false };
    },
    list: ({ limit, before, agentName, signal } = {}) => {
      const args = { max_count: limit, before, agent_name: agentName && wellFormed(agentName) };
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
      if (!speaksFor(lastToken, owner)) return;
      // supabase-js waits for a token of its own before it sends, and has no keepalive for one call. So we take
      // its address and headers, and fetch sends at once.
      const { url, headers, body } = ending
        ? supabase.rpc("complete_training_session", completion(id, { ...ending, lines }))
        : supabase.rpc("append_transcript", { session_id: id, lines });
      if (!url) return; // A client that does not lend them: the next visit sends the lines.
      fetch(url, {
        method: "POST",
        headers: {
          ...Object.fromEntries(new Headers(headers)),
          "Content-Type": "application/json",
          apikey: supabase.supabaseKey,
          Authorization: `Bearer ${lastToken}`,
        },
        body: JSON.stringify(body),
        keepalive: true,
      }).catch(() => {});
    },
  };
}
