import { fromBody, fromFailure, notAuthenticated } from "./errors.js";
import { speaksFor } from "./values.js";

/** @typedef {import("./types.js").Transport} Transport */

/**
 * The HTTP path. Every call asks for a token first; after a 401 it calls `refreshToken` once and tries once more.
 * @param {{apiUrl: string, getToken: () => string|null|Promise<string|null>,
 *   refreshToken?: () => string|null|Promise<string|null>, timeoutMs?: number}} options
 * @returns {Transport}
 */
export function httpTransport({ apiUrl, getToken, refreshToken, timeoutMs = 15_000 }) {
  const base = apiUrl.replace(/\/+$/, "");
  /** The last token that went out: a closing page has no time to ask for one. @type {string|null} */
  let lastToken = null;

  /** @param {string} method @param {string} path @param {Record<string, any>} options */
  async function request(method, path, { body, headers = {}, signal, owner } = {}) {
    const send = async (/** @type {string|null} */ token) => {
      if (!speaksFor(token, owner)) throw notAuthenticated();
      lastToken = token;
      return fetch(base + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        signal: withTimeout(signal, timeoutMs),
      });
    };
    try {
      let response = await send(await getToken());
      if (response.status === 401 && refreshToken) {
        const fresh = await refreshToken();
        if (fresh) response = await send(fresh);
      }
      if (response.status === 304) return { status: 304, data: null, etag: response.headers.get("ETag") };
      const text = await response.text();
      const data = parse(text);
      if (!response.ok) throw fromBody(data, response.status, seconds(response.headers.get("Retry-After")));
      // A captive portal or a proxy's page answers 200 with HTML: that is no acknowledgement.
      if (text && data === null) throw fromBody(null, 502);
      return { status: response.status, data, etag: response.headers.get("ETag") };
    } catch (error) {
      throw fromFailure(error, signal);
    }
  }

  const call = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ options = {}) =>
    (await request(method, path, options)).data;

  return {
    async create({ agentName, agentId, idempotencyKey, owner, signal }) {
      const body = { agent_name: agentName, ...(agentId ? { agent_id: agentId } : {}) };
      return call("POST", "", { body, headers: { "Idempotency-Key": idempotencyKey }, owner, signal });
    },
    append: (id, { lines, owner }) => call("PATCH", `/${id}`, { body: { transcript_lines: lines }, owner }),
    complete: (id, { durationSeconds, lines, owner }) =>
      call("POST", `/${id}/complete`, { body: completion(durationSeconds, lines), owner }),
    async get(id, { etag, owner, signal } = {}) {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await request("GET", `/${encodeURIComponent(id)}`, { headers, owner, signal });
      return { session: answer.data, etag: answer.etag, notModified: answer.status === 304 };
    },
    list({ limit, before, agentName, signal } = {}) {
      const query = new URLSearchParams();
      if (limit) query.set("limit", String(limit));
      if (before) query.set("before", String(before));
      if (agentName) query.set("agent_name", agentName);
      return call("GET", query.size ? `?${query}` : "", { signal });
    },
    remove: async (id) => void (await call("DELETE", `/${id}`)),
    voiceToken: (id, { signal } = {}) => call("POST", `/${id}/voice-token`, { body: {}, signal }),
    flush(id, { lines, ending, owner }) {
      if (!speaksFor(lastToken, owner)) return;
      const body = ending ? completion(ending.durationSeconds, lines) : { transcript_lines: lines };
      fetch(`${base}/${id}${ending ? "/complete" : ""}`, {
        method: ending ? "POST" : "PATCH",
        headers: { Authorization: `Bearer ${lastToken}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
        keepalive: true,
      }).catch(() => {}); // The outbox still holds the lines; the next visit sends them.
    },
  };
}

/** @param {number|null|undefined} durationSeconds @param {any[]} lines */
const completion = (durationSeconds, lines) => ({
  ...(durationSeconds == null ? {} : { duration_seconds: durationSeconds }),
  ...(lines.length ? { transcript_lines: lines } : {}),
});

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {string|null} header @returns {number|null} */
function seconds(header) {
  const value = Number(header);
  return header && Number.isFinite(value) ? value : null;
}

/**
 * A signal that ends when the caller's does or when the time is over.
 * @param {AbortSignal|undefined} signal @param {number} milliseconds
 */
export function withTimeout(signal, milliseconds) {
  const timeout = AbortSignal.timeout(milliseconds);
  if (!signal) return timeout;
  const joined = new AbortController();
  for (const source of [signal, timeout]) {
    if (source.aborted) joined.abort(source.reason);
    source.addEventListener("abort", () => joined.abort(source.reason), { once: true });
  }
  return joined.signal;
}
