/**
 * Waits for the grade of a session: by Realtime where the project offers it, by asking with an ETag where not, and by asking
 * rarely beside Realtime, because a broadcast is a hint and may get lost.
 */
import { TrainingSessionError } from "./errors.js";

const FIRST_POLL_MS = 700;
const MOST_POLL_MS = 5_000;
const BESIDE_REALTIME_MS = 15_000;

/** @param {any} session as GET answers it @returns {boolean} nothing more will happen by itself */
export const isFinal = (session) =>
  session.status === "failed" || ["graded", "unscored"].includes(session.grading?.state);

/**
 * @param {{transport: import("./types.js").Transport, supabase?: any, id: number|string, signal?: AbortSignal,
 *   onState?: (session: any) => void, onTrouble?: (error: TrainingSessionError|null) => void}} options
 *   `onState` on every change; `onTrouble` when asking fails for now, and with null when it works again
 * @returns {Promise<any>} the session in its end state
 * @throws {TrainingSessionError} what no waiting mends: session_not_found, not_authenticated, aborted
 */
export async function waitForGrade({ transport, supabase, id, signal, onState = () => {}, onTrouble = () => {} }) {
  const bell = makeBell(signal);
  let etag = null;
  let seen = "";
  let pause = FIRST_POLL_MS;
  let troubled = false;
  /** @type {{connected: boolean, stop: () => void}|null} */
  let channel = null;
  try {
    for (;;) {
      try {
        const answer = await transport.get(id, { etag, signal });
        etag = answer.etag;
        id = answer.session?.id ?? id; // After an old uuid was redirected, ask straight away.
        if (troubled) onTrouble(null);
        troubled = false;
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
        troubled = true;
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

/**
 * Hears the private topic of a session. A project without Realtime simply never connects.
 * @param {any} supabase @param {number} id @param {(message?: any) => void} onChange
 */
export function listen(supabase, id, onChange) {
  const state = { connected: false, stop: () => void supabase.removeChannel(channel) };
  const channel = supabase
    .channel(`training_session:${id}`, { config: { private: true } })
    .on("broadcast", { event: "*" }, onChange)
    .subscribe((/** @type {string} */ status) => {
      state.connected = status === "SUBSCRIBED";
      if (state.connected) onChange();
    });
  return state;
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
