/**
 * The browser's side of a session: it keeps every spoken line until the server has stored it, once and in order, or has finally
 * refused it. No dependency; works over HTTP or over a supabase-js client, with the same errors.
 *
 *     const sessions = createTrainingSessions({ apiUrl: "/api/training-sessions", getToken });
 *     const { id } = await sessions.start({ agentName: "Maria", agentId: "agent_123" });
 *     await sessions.say({ speaker: "user", text: "Good evening!" });
 *     const { redirect_to } = await sessions.end();
 *
 * Events (CustomEvent, `detail.sessionId`): `saving`, `saved`, `offline` and `signed_out` with `waiting` (lines not yet
 * acknowledged), the last two also with `ending` (whether the end is kept to be sent, too) and `error`; `line` (said or
 * corrected, also in another tab); `renumbered`; `set_aside` with `lines` and `error` (lines that can never be saved);
 * `ended` with `answer`; `gone` (deleted, or another user's); `storage` when the browser refuses to keep anything and the
 * outbox lives in memory only.
 */
import {
  invalidField,
  notAuthenticated,
  sessionNotActive,
  sessionNotFound,
  TrainingSessionError,
} from "./parts/errors.js";
import { httpTransport, tokenFrom } from "./parts/http.js";
import { Outbox } from "./parts/outbox.js";
import { followPage, otherTabs } from "./parts/page.js";
import * as records from "./parts/records.js";
import { recoverSessions } from "./parts/recover.js";
import { rpcTransport } from "./parts/rpc.js";
import { startOnce } from "./parts/start.js";
import { Store } from "./parts/store.js";
import { cleanText, deferred, lineTime, MAX_SECONDS, MAX_TEXT, subjectOf, wellFormed } from "./parts/values.js";
import { isFinal, listen, waitForGrade } from "./parts/watch.js";

export { isFinal, MAX_TEXT, TrainingSessionError };

/**
 * @typedef {object} Options
 * @property {string} [apiUrl] HTTP path: the address that ends in /training-sessions
 * @property {any} [supabase] a supabase-js client; without `apiUrl` the RPC path is used
 * @property {() => string|null|Promise<string|null>} [getToken] the user's JWT; needed for HTTP, and for a supabase client
 *   with an `accessToken` of its own; else it is the one Supabase Auth has
 * @property {() => string|null|Promise<string|null>} [refreshToken] a fresh JWT after a 401
 * @property {boolean} [realtime] listen on the session's private topic through `supabase`
 * @property {"persistent"|"memory"} [storage] default persistent
 * @property {number} [timeoutMs] per request, default 15,000
 */

/** @param {Options} options @returns {TrainingSessions} */
export const createTrainingSessions = (options) => new TrainingSessions(options);

export class TrainingSessions extends EventTarget {
  /** The session that `say`, `correct` and `end` mean when none is named. @type {number|null} */
  current = null;
  /** @type {Map<string, Promise<any>>} */
  #starting = new Map();
  /** @type {Map<number, {end: {durationSeconds: number|null}, promise: Promise<any>, resolve: (a: any) => void,
   *   reject: (e: any) => void}>} */
  #ending = new Map();
  #tabs;
  #unfollow;
  /** @type {() => any} */
  #getToken;

  /** @param {Options} options */
  constructor(options) {
    super();
    const { apiUrl, supabase, getToken, refreshToken, timeoutMs, realtime = false, storage = "persistent" } = options;
    if (!supabase && !(apiUrl && getToken)) {
      throw new TypeError("createTrainingSessions needs apiUrl and getToken, or supabase");
    }
    this.#getToken = getToken ?? (async () => (await supabase.auth.getSession()).data.session?.access_token ?? null);
    this.transport = apiUrl
      ? httpTransport({ apiUrl, getToken: this.#getToken, refreshToken, timeoutMs })
      : rpcTransport({ supabase, getToken: this.#getToken, refreshToken, timeoutMs });
    this.realtime = realtime && supabase ? supabase : null;
    this.store = new Store({
      ...(storage === "memory" ? { indexedDB: null } : {}),
      onLost: () => this.#emit("storage", { persistent: false }),
    });
    this.outbox = new Outbox({
      store: this.store,
      transport: this.transport,
      emit: (name, detail) => this.#hear(name, detail, true),
    });
    this.#tabs = otherTabs((name, detail) => this.#hear(name, detail, false));
    this.#unfollow = followPage(this.outbox);
  }

  /** False where the browser keeps nothing: lines that are not yet acknowledged would not survive a reload. */
  get persistent() {
    return this.store.persistent;
  }

  /**
   * Begins a session. A second call while the first is under way, or after a lost answer, gives the same session.
   * @param {{agentName: string, agentId?: string|null, signal?: AbortSignal}} options
   * @returns {Promise<{id: number, status: string}>}
   */
  start({ agentName: name, agentId: agent = null, signal }) {
    const agentName = wellFormed(name);
    const agentId = agent === null ? null : wellFormed(agent);
    const slot = JSON.stringify([agentName, agentId]);
    const under = this.#starting.get(slot) ??
      this.#start(agentName, agentId, signal).finally(() => this.#starting.delete(slot));
    this.#starting.set(slot, under);
    return under;
  }

  /** @param {string} agentName @param {string|null} agentId @param {AbortSignal} [signal] */
  async #start(agentName, agentId, signal) {
    const owner = await this.#owner();
    const answer = await startOnce({ store: this.store, transport: this.transport, owner, agentName, agentId, signal });
    await this.#keep({ id: answer.id, owner, agentName, agentId, startedAt: new Date().toISOString() });
    this.current = answer.id;
    return answer;
  }

  /**
   * Takes up an active session again: after a reload, or in another tab.
   * @param {number} id
   * @returns {Promise<any>} the session as GET answers it, its transcript with the lines that still wait
   */
  async open(id) {
    const { session } = await this.transport.get(id);
    const { lines } = await records.readSession(this.store, id);
    const waiting = lines.map((line) => ({ ...line, text: records.latest(line) }));
    const transcript = new Map([...session.transcript, ...waiting].map((line) => [line.sequence, line]));
    const ordered = [...transcript.values()].sort((a, b) => a.sequence - b.sequence);
    if (session.status === "active") {
      const lastSequence = ordered.at(-1)?.sequence ?? 0;
      const { user_id: owner, agent_name: agentName, agent_id: agentId, started_at: startedAt } = session;
      await this.#keep({ id, owner, agentName, agentId, startedAt, lastSequence });
      this.current = id;
    }
    this.outbox.kick(id);
    return { ...session, transcript: ordered };
  }

  /**
   * Records a line: kept at once, sent in the background.
   * @param {{speaker: "user"|"agent", text: string, timestamp?: string|number, sessionId?: number}} line `timestamp` ISO
   *   8601, or seconds since the session's start; without it the line was said now
   * @returns {Promise<{sequence: number, speaker: "user"|"agent", text: string, timestamp: string}>}
   * @throws {TrainingSessionError} invalid_field, session_not_active
   */
  async say({ speaker, text, timestamp, sessionId = this.#currentId() }) {
    if (speaker !== "user" && speaker !== "agent") throw invalidField("A line is spoken by user or agent.", "speaker");
    const line = { speaker, text: cleanText(text), timestamp: lineTime(timestamp) };
    return this.#said(await records.addLine(this.store, sessionId, line));
  }

  /**
   * Replaces the text of an agent's line: the voice was interrupted.
   * @param {{sequence: number, text: string, timestamp?: string|number, sessionId?: number}} change
   */
  async correct({ sequence, text, timestamp, sessionId = this.#currentId() }) {
    const change = { sequence, text: cleanText(text), timestamp: lineTime(timestamp) };
    return this.#said(await records.amendLine(this.store, sessionId, change));
  }

  /**
   * Ends the session with its last lines in one step. The end is stored first: if this page closes, the next visit sends it.
   * Resolves when the server has acknowledged it.
   * @param {{durationSeconds?: number|null, sessionId?: number}} [options]
   * @returns {Promise<{id: number, status: string, redirect_to: string}>}
   */
  async end({ durationSeconds = null, sessionId = this.#currentId() } = {}) {
    const asked = this.#ending.get(sessionId);
    if (asked) return asked.promise;
    const seconds = durationSeconds === null || !Number.isFinite(Number(durationSeconds))
      ? null
      : Math.min(MAX_SECONDS, Math.max(0, Math.round(durationSeconds)));
    const waiter = { end: { durationSeconds: seconds }, ...deferred() };
    this.#ending.set(sessionId, waiter);
    this.#askForEnd(sessionId, waiter);
    return waiter.promise;
  }

  /** Keeps the end and sends it. @param {number} sessionId @param {any} waiter */
  async #askForEnd(sessionId, { end, reject }) {
    try {
      if (!(await records.askForEnd(this.store, sessionId, end))) {
        const owner = await this.#owner();
        if (!owner) throw notAuthenticated(); // Kept without an owner, the end would never be sent.
        await this.#keep({ id: sessionId, owner, agentName: "", agentId: null, startedAt: "", end });
      }
      this.outbox.kick(sessionId);
    } catch (error) {
      this.#ending.delete(sessionId);
      reject(error); // Also for a caller that asked for the same end meanwhile.
    }
  }

  /**
   * Finds this user's unfinished sessions in this browser, and sends their lines and ends. Without a sign-in, as offline at the
   * page's load, they are sent once their user is signed in.
   * @returns {Promise<{id: number, agentName: string, agentId: string|null, startedAt: string, waiting: number,
   *   ending: boolean}[]>} those still open, newest first
   */
  async recover() {
    const owner = await this.#owner().catch((error) => {
      if (!(error instanceof TrainingSessionError)) throw error;
      return ""; // The sign-in did not answer in time.
    });
    return recoverSessions(this, owner);
  }

  /** This user's lines that could not be saved, kept for a week. @param {number} [sessionId] */
  async setAside(sessionId) {
    const owner = await this.#owner();
    const lines = await this.store.run((tx) => tx.all("lines", sessionId));
    return lines.filter((line) => line.problem && line.owner === owner);
  }

  /** @param {number|string} id integer id or an old uuid @param {{signal?: AbortSignal}} [options] @returns {Promise<any>} */
  async get(id, options) {
    return (await this.transport.get(id, options)).session;
  }

  /** The caller's sessions, newest first. @param {{limit?: number, before?: number, agentName?: string, signal?: AbortSignal}} [options] */
  list(options) {
    return this.transport.list(options);
  }

  /** Deletes a session for good. @param {number} id */
  async remove(id) {
    await this.transport.remove(id);
    await records.forgetSession(this.store, id);
  }

  /** What the voice SDK needs to connect. @param {number} id @param {{signal?: AbortSignal}} [options] */
  voiceToken(id, options) {
    return this.transport.voiceToken(id, options);
  }

  /**
   * Resolves with the session once it is graded, unscored or failed. See parts/watch.js for `onTrouble`.
   * @param {number|string} id
   * @param {{signal?: AbortSignal, onState?: (session: any) => void, onTrouble?: (error: any) => void}} [options]
   */
  waitForGrade(id, options = {}) {
    return waitForGrade({ transport: this.transport, supabase: this.realtime, id, ...options });
  }

  /** Reports lines and state of a session as they happen, where Realtime is. @param {number} id @param {(message: any) => void} onMessage */
  listen(id, onMessage) {
    return this.realtime ? listen(this.realtime, id, onMessage) : null;
  }

  /** Tries again now: after a sign-in, or when the user asks. */
  retry() {
    this.outbox.wake();
  }

  /** Stops timers and listeners; what waits stays in the outbox. */
  close() {
    this.outbox.stop();
    this.#unfollow();
    this.#tabs.close();
  }

  /** @param {any} session */
  #keep(session) {
    return records.keepSession(this.store, { lastSequence: 0, end: null, ...session });
  }

  /** @param {import("./parts/types.js").WaitingLine} line */
  #said(line) {
    const { sessionId, sequence, speaker, text, timestamp, correction } = line;
    this.#hear("line", { sessionId, line: { sequence, speaker, text, timestamp, correction } }, true);
    this.outbox.kick(sessionId);
    return { sequence, speaker, text, timestamp };
  }

  /** The user's id out of the token, so that one user's outbox is never sent as another's. */
  async #owner() {
    return subjectOf(await tokenFrom(this.#getToken)());
  }

  #currentId() {
    if (this.current === null) throw sessionNotActive("Start a session first.");
    return this.current;
  }

  /** @param {string} name @param {any} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /**
   * An event of the outbox, of this tab or (own = false) of another one.
   * @param {string} name @param {any} detail @param {boolean} own
   */
  #hear(name, detail, own) {
    // Another tab may have another user, so each tab asks for its own.
    if (own && name !== "signed_out") this.#tabs.tell(name, detail);
    const waiter = this.#ending.get(detail.sessionId);
    if (waiter && (name === "ended" || name === "gone")) {
      this.#ending.delete(detail.sessionId);
      if (name === "ended") waiter.resolve(detail.answer);
      else waiter.reject(detail.error ?? sessionNotFound());
    }
    // Another tab ended the session and its message was lost. A repeated end gets the same answer.
    if (own && name === "saved" && waiter) this.#askForEnd(detail.sessionId, waiter);
    if (name === "ended" && this.current === detail.sessionId) this.current = null;
    this.#emit(name, detail);
  }
}
