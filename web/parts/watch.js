/**
 * Waits for the grade of a session. With Realtime it listens, and polls rarely, because a broadcast may get lost. Without
 * Realtime it polls with an ETag.
 */
import { STALE_SCHEMA, TrainingSessionError } from "./errors.js";
import { within } from "./within.js";

const FIRST_POLL_MS = 700;
const MOST_POLL_MS = 5_000;
const BESIDE_REALTIME_MS = 15_000;
const STALE_SCHEMA_MS = 20_000; // A function that is missing for longer does not exist.
const LEAVE_MS = 5_000;

/** @param {any} session as GET answers it @returns {boolean} nothing more will happen by itself */
export const isFinal = (session) =>
  session.status === "failed" || ["graded", "unscored"].includes(session.grading?.state);

/**
 * @param {{transport: import("./types.js").Transport, supabase?: any, id: number|string, signal?: AbortSignal,
 *   onState?: (session: any) => void, onTrouble?: (error: TrainingSessionError|null) => void}} options
 *   `onState` on every change; `onTrouble` when asking fails for now, and with null when it works again
 * @returns {Promise<any>} the session in its end state
 * @throws {TrainingSessionError} errors that stay: session_not_found, not_authenticated, aborted
 */
export async function waitForGrade({ transport, supabase, id, signal, onState = () => {}, onTrouble = () => {} }) {
  const bell = makeBell(signal);
  let etag = null;
  let seen = "";
  let pause = FIRST_POLL_MS;
  /** When asking began to fail; 0 while it works. */
  let troubled = 0;
  /** @type {{connected: boolean, stop: () => void}|null} */
  let channel = null;
  try {
    for (;;) {
      try {
        const answer = await transport.get(id, { etag, signal });
        etag = answer.etag;
        id = answer.session?.id ?? id; // After an old uuid was redirected, ask straight away.
        if (troubled) onTrouble(null);
        troubled = 0;
        if (!answer.notModified) {
          const now = JSON.stringify(answer.session);
          if (now !== seen) {
            onState(answer.session);
            pause = FIRST_POLL_MS;
          }
          seen = now;
          if (isFinal(answer.session)) return answer.session;
          if (supabase) channel ??= listen(supabase, answer.session.id, bell.ring);
        }
      } catch (error) {
        if (!(error instanceof TrainingSessionError) || !error.temporary) throw error;
        troubled ||= Date.now();
        if (error.code === STALE_SCHEMA && Date.now() - troubled > STALE_SCHEMA_MS) throw error;
        onTrouble(error);
      }
      await bell.wait(channel?.connected ? BESIDE_REALTIME_MS : pause * (0.8 + Math.random() * 0.4));
      pause = Math.min(MOST_POLL_MS, pause * 1.4);
    }
  } finally {
    channel?.stop();
    bell.stop();
  }
}

/** Per supabase client and topic: the one channel, and those who listen on it. @type {WeakMap<any, Map<string, Topic>>} */
const topics = new WeakMap();

/**
 * @typedef {{listeners: Set<(message?: any) => void>, connected: boolean, channel: any, left: Promise<any>}} Topic `left`
 *   resolves when the channel before this one is closed
 */

/**
 * Listens on the private topic of a session. supabase-js has one channel for a topic, so all who listen share it, and the last
 * to stop closes it. A project without Realtime never connects.
 * @param {any} supabase @param {number} id @param {(message?: any) => void} onChange
 * @returns {{readonly connected: boolean, stop: () => void}}
 */
export function listen(supabase, id, onChange) {
  const name = `training_session:${id}`;
  const known = topics.get(supabase) ?? new Map();
  topics.set(supabase, known);
  const topic = known.get(name) ?? { listeners: new Set(), connected: false, channel: null, left: Promise.resolve() };
  known.set(name, topic);
  const hear = (/** @type {any} */ message) => onChange(message); // Its own, also where one function listens twice.
  topic.listeners.add(hear);
  if (topic.listeners.size === 1) topic.left.then(() => join(supabase, name, topic));
  else if (topic.connected) Promise.resolve().then(() => hear(undefined));
  return {
    get connected() {
      return topic.connected;
    },
    stop() {
      if (topic.listeners.delete(hear) && !topic.listeners.size) topic.left = leave(supabase, topic);
    },
  };
}

/** @param {any} supabase @param {string} name @param {Topic} topic */
function join(supabase, name, topic) {
  if (!topic.listeners.size || topic.channel) return;
  const tell = (/** @type {any} */ message) => topic.listeners.forEach((hear) => hear(message));
  try {
    topic.channel = supabase.channel(name, { config: { private: true } });
    const { channel } = topic;
    channel.on("broadcast", { event: "*" }, tell).subscribe((/** @type {string} */ status) => {
      if (topic.channel !== channel) return;
      topic.connected = status === "SUBSCRIBED";
      if (topic.connected) tell(undefined);
    });
  } catch {
    // A broadcast may get lost. Code that waits for a grade polls as well.
  }
}

/** @param {any} supabase @param {Topic} topic @returns {Promise<any>} */
function leave(supabase, topic) {
  const { channel } = topic;
  Object.assign(topic, { channel: null, connected: false });
  return channel ? within(LEAVE_MS, () => supabase.removeChannel(channel)).catch(() => {}) : Promise.resolve();
}

/**
 * A pause that can be cut short: by a broadcast, by the network's return, by the page coming to the front, by the caller.
 * @param {AbortSignal|undefined} signal
 */
function makeBell(signal) {
  /** @type {() => void} */
  let wake = () => {};
  let rung = false;
  const ring = () => {
    rung = true;
    wake();
  };
  globalThis.addEventListener?.("online", ring);
  globalThis.document?.addEventListener("visibilitychange", ring);
  signal?.addEventListener("abort", ring);
  return {
    ring,
    async wait(/** @type {number} */ milliseconds) {
      if (!rung && !signal?.aborted) {
        await /** @type {Promise<void>} */ (
          new Promise((resolve) => {
            const timer = setTimeout(resolve, milliseconds);
            wake = () => (clearTimeout(timer), resolve());
          })
        );
      }
      rung = false;
      if (signal?.aborted) throw new TrainingSessionError({ code: "aborted", message: "Stopped by the caller." });
    },
    stop() {
      globalThis.removeEventListener?.("online", ring);
      globalThis.document?.removeEventListener("visibilitychange", ring);
      signal?.removeEventListener("abort", ring);
    },
  };
}
