/**
 * The one error of the client, the same over HTTP and over RPC. `code` is stable and meant for programs; `status` is the
 * HTTP status, 0 where no answer came. Besides the server's codes there are `offline` (no connection), `timeout` (no answer in
 * time, from the server, the sign-in or the voice service), `aborted` (the caller's signal) and `token_too_new` (the server's
 * clock is behind the one that dated the token).
 */
export class TrainingSessionError extends Error {
  /**
   * @param {{code: string, message?: string, details?: string|null, hint?: string|null, status?: number,
   *   retryAfter?: number|null, unsent?: boolean}} fields `retryAfter` in seconds, when the server named a time; `unsent` where
   *   there was no token to send a request with
   */
  constructor({ code, message, details = null, hint = null, status = 0, retryAfter = null, unsent = false }) {
    super(message || code);
    this.name = "TrainingSessionError";
    this.code = code;
    this.details = details;
    this.hint = hint;
    this.status = status;
    this.retryAfter = retryAfter;
    this.unsent = unsent;
  }

  /** True where the same request may succeed later without anyone changing it. */
  get temporary() {
    if (this.status === 0) return this.code !== "aborted";
    return this.status >= 500 || LATER_STATUSES.includes(this.status) || this.code === STALE_SCHEMA;
  }
}

const LATER_STATUSES = [408, 425, 429];
/** PostgREST has no such function in its schema cache, as for some seconds after a migration. */
export const STALE_SCHEMA = "PGRST202";

/** @param {string} message @param {string} [details] @returns {TrainingSessionError} as the server answers a bad field */
export const invalidField = (message, details) =>
  new TrainingSessionError({ code: "invalid_field", message, details, status: 422 });

/** @returns {TrainingSessionError} for a caller without the token it takes, before anything is sent */
export const notAuthenticated = () =>
  new TrainingSessionError({ code: "not_authenticated", message: "Sign in to continue.", status: 401, unsent: true });

/** @returns {TrainingSessionError} as the server answers for a missing session and for another user's alike */
export const sessionNotFound = () =>
  new TrainingSessionError({ code: "session_not_found", message: "This session does not exist.", status: 404 });

/** @returns {TrainingSessionError} after an end, asked for or carried out */
export const sessionNotActive = (message = "This session is not open for new lines.") =>
  new TrainingSessionError({ code: "session_not_active", message, status: 409 });

/**
 * Turns an error body (PostgREST's shape) or any other answer, such as a proxy's page, into the one error.
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
  if (status === 401 && /issued.?at.?future|not.?yet.?valid/i.test(known.message ?? "")) {
    return new TrainingSessionError({ code: "token_too_new", message: known.message, status: 503, retryAfter });
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
 * Turns what a request throws into the one error.
 * @param {any} error
 * @returns {TrainingSessionError}
 */
export function fromFailure(error) {
  if (error instanceof TrainingSessionError) return error;
  return new TrainingSessionError({ code: "offline", message: "The server cannot be reached." });
}
