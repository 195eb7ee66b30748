/**
 * The one error of the client, the same over HTTP and over RPC. `code` is stable and meant for programs; `status` is the
 * HTTP status, 0 where no answer came. Besides the server's codes there are `offline` (no connection), `timeout`
 * (no answer in time) and `aborted` (the caller's signal).
 */
export class TrainingSessionError extends Error {
  /**
   * @param {{code: string, message?: string, details?: string|null, hint?: string|null, status?: number,
   *   retryAfter?: number|null}} fields `retryAfter` in seconds, when the server named a time
   */
  constructor({ code, message, details = null, hint = null, status = 0, retryAfter = null }) {
    super(message || code);
    this.name = "TrainingSessionError";
    this.code = code;
    this.details = details;
    this.hint = hint;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** True where the same request may succeed later without anyone changing it. */
  get temporary() {
    return this.status === 0 ? this.code !== "aborted" : this.status === 429 || this.status >= 500;
  }
}

/** @param {string} message @param {string} [details] @returns {TrainingSessionError} as the server answers a bad field */
export const invalidField = (message, details) =>
  new TrainingSessionError({ code: "invalid_field", message, details, status: 422 });

/** @returns {TrainingSessionError} for a caller without the token it takes, before anything is sent */
export const notAuthenticated = () =>
  new TrainingSessionError({ code: "not_authenticated", message: "Sign in to continue.", status: 401 });

/** @returns {TrainingSessionError} as the server answers for a missing session and for another user's alike */
export const sessionNotFound = () =>
  new TrainingSessionError({ code: "session_not_found", message: "There is no such session.", status: 404 });

/**
 * Turns an error body (PostgREST's shape) or whatever else a proxy answered into the one error.
 * @param {any} body parsed JSON, or null where it was none
 * @param {number} status
 * @param {number|null} [retryAfter] seconds
 */
export function fromBody(body, status, retryAfter = null) {
  const known = body && typeof body === "object" && typeof body.code === "string" ? body : {};
  if (status === 400 && known.code === "") {
    // So PostgREST answers when its connection to the database breaks under a request. Nothing is wrong with the request.
    return new TrainingSessionError({ code: "database_unavailable", status: 503, retryAfter });
  }
  const code = status === 401 ? "not_authenticated" : known.code || `http_${status}`;
  return new TrainingSessionError({
    code,
    message: known.message || `The server answered ${status}.`,
    details: known.details ?? null,
    hint: known.hint ?? null,
    status,
    retryAfter,
  });
}

/**
 * Turns what fetch throws into the one error.
 * @param {any} error
 * @param {AbortSignal|undefined|null} callerSignal
 */
export function fromFailure(error, callerSignal) {
  if (error instanceof TrainingSessionError) return error;
  if (callerSignal?.aborted) return new TrainingSessionError({ code: "aborted", message: "Stopped by the caller." });
  if (error?.name === "TimeoutError" || error?.name === "AbortError") {
    return new TrainingSessionError({ code: "timeout", message: "The server did not answer in time." });
  }
  return new TrainingSessionError({ code: "offline", message: "The server cannot be reached." });
}
