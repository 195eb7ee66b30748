/** Time limits. The client waits for each part of the platform and each callback of the app with a limit. */
import { TrainingSessionError } from "./errors.js";

/**
 * Runs `work` with a time limit. At the limit, or when the caller aborts, the promise rejects and the signal that `work` got
 * is aborted. The promise rejects also where `work` ignores its signal.
 * @template T
 * @param {number} milliseconds
 * @param {(signal: AbortSignal) => T|Promise<T>} work
 * @param {{signal?: AbortSignal, what?: string}} [options] `what` did not answer: the subject of the error's message
 * @returns {Promise<T>}
 * @throws {TrainingSessionError} timeout, aborted
 */
export function within(milliseconds, work, { signal, what = "The server" } = {}) {
  const limit = new AbortController();
  return new Promise((resolve, reject) => {
    const cleanUp = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const giveUp = (/** @type {TrainingSessionError} */ error) => {
      cleanUp();
      reject(error);
      limit.abort(error);
    };
    const onAbort = () => giveUp(new TrainingSessionError({ code: "aborted", message: "Stopped by the caller." }));
    const timer = setTimeout(
      () => giveUp(new TrainingSessionError({ code: "timeout", message: `${what} did not answer in time.` })),
      milliseconds,
    );
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) return onAbort();
    // In an async function, so that what `work` throws at once is a rejection like any other.
    (async () => work(limit.signal))().then(resolve, reject).finally(cleanUp);
  });
}

/**
 * A pause that the caller can abort.
 * @param {number} milliseconds @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export const pause = (milliseconds, signal) =>
  within(milliseconds, () => new Promise(() => {}), { signal }).catch((error) => {
    if (error.code !== "timeout") throw error;
  });

/**
 * Waits for the Web Lock `name`, at most `milliseconds`: a frozen tab may hold it, and a sandboxed frame is denied it.
 * @param {string} name @param {number} milliseconds
 * @returns {Promise<{held: boolean, release: () => void}>} `held` is false where the work has to go on without the lock
 */
export function lock(name, milliseconds) {
  return new Promise((resolve) => {
    const patience = new AbortController();
    let waiting = true;
    const answer = (/** @type {boolean} */ held, /** @type {() => void} */ release) => {
      if (!waiting) return release(); // Granted after the limit: the lock goes back at once.
      waiting = false;
      clearTimeout(timer);
      resolve({ held, release });
    };
    const goOn = () => answer(false, () => {});
    const timer = setTimeout(() => (goOn(), patience.abort()), milliseconds);
    const hold = () => new Promise((/** @type {(value?: any) => void} */ release) => answer(true, release));
    try {
      Promise.resolve(navigator.locks.request(name, { signal: patience.signal }, hold)).catch(goOn);
    } catch {
      goOn(); // Web Locks are missing, as on plain http, or the browser denies them.
    }
  });
}
