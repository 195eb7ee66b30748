import { fromBody, fromFailure, notAuthenticated } from "./errors.js";
import { speaksFor, wellFormed } from "./values.js";
import { within } from "./within.js";

/**
 * @typedef {import("./types.js").Transport} Transport
 * @typedef {() => string|null|Promise<string|null>} TokenSource
 */

const TOKEN_MS = 8_000;
const RETRY_AFTER_MOST = 300; // seconds

/**
 * The app's token callbacks with a time limit, because an auth library may hang.
 * @param {TokenSource} source @returns {() => Promise<string|null>}
 */
export const tokenFrom = (source) => () => within(TOKEN_MS, source, { what: "The sign-in" });

/**
 * Sends with the user's token. After a 401 it calls `refreshToken` once and sends once more.
 * @template {{status: number}} T
 * @param {{getToken: TokenSource, refreshToken?: TokenSource, owner?: string}} tokens
 * @param {(token: string) => Promise<T>} send
 * @returns {Promise<T>}
 */
export async function withToken({ getToken, refreshToken, owner }, send) {
  const sendAs = (/** @type {any} */ token) => {
    if (!speaksFor(token, owner)) throw notAuthenticated();
    return send(token);
  };
  const answer = await sendAs(await tokenFrom(getToken)());
  const fresh = answer.status === 401 && refreshToken ? await tokenFrom(refreshToken)() : null;
  return fresh ? sendAs(fresh) : answer;
}

/**
 * The HTTP path.
 * @param {{apiUrl: string, getToken: TokenSource, refreshToken?: TokenSource, timeoutMs?: number}} options
 * @returns {Transport}
 */
export function httpTransport({ apiUrl, getToken, refreshToken, timeoutMs = 15_000 }) {
  const base = apiUrl.replace(/\/+$/, "");
  /** The last token that went out: a closing page has no time to ask for one. @type {string|null} */
  let lastToken = null;

  /** @param {string} method @param {string} path @param {Record<string, any>} options */
  async function request(method, path, { body, headers = {}, signal, owner } = {}) {
    const send = (/** @type {string} */ token) => {
      lastToken = token;
      return within(timeoutMs, async (limit) => {
        const response = await fetch(base + path, {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...headers,
          },
          body: body === undefined ? undefined : JSON.stringify(body),
          cache: "no-store",
          signal: limit,
        });
        const text = response.status === 304 ? "" : await response.text();
        return { status: response.status, ok: response.ok, headers: response.headers, text };
      }, { signal });
    };
    try {
      const { status, ok, headers: answered, text } = await withToken({ getToken, refreshToken, owner }, send);
      const data = parse(text);
      if (!ok && status !== 304) throw fromBody(data, status, seconds(answered.get("Retry-After")));
      // A captive portal or a proxy's page answers 200 with HTML: that is not an acknowledgement.
      if (text && data === null) throw fromBody(null, 502);
      return { status, data, etag: answered.get("ETag") };
    } catch (error) {
      throw fromFailure(error);
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
      const answer = await request("GET", `/${encodeURIComponent(wellFormed(id))}`, { headers, owner, signal });
      return { session: answer.data, etag: answer.etag, notModified: answer.status === 304 };
    },
    list({ limit, before, agentName, signal } = {}) {
      const query = new URLSearchParams();
      if (limit) query.set("limit", String(limit));
      if (before) query.set("before", String(before));
      if (agentName) query.set("agent_name", wellFormed(agentName));
      return call("GET", String(query) && `?${query}`, { signal });
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

/**
 * Reads Retry-After, seconds or a date, up to a limit: a server may ask for a pause that is longer than a timer can count.
 * @param {string|null} header @returns {number|null}
 */
function seconds(header) {
  const value = header && (/^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000);
  return value ? Math.min(RETRY_AFTER_MOST, Math.max(0, value)) : null;
}
