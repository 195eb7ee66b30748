/**
 * Shapes shared by the modules of the client. This module holds no code.
 *
 * @typedef {"user"|"agent"} Speaker `user` is the rep, `agent` the homeowner
 *
 * @typedef {object} Line one line as the server takes and gives it
 * @property {number} sequence 1, 2, 3 … as heard
 * @property {Speaker} speaker
 * @property {string} text 1 to 4,000 characters
 * @property {string} timestamp ISO 8601
 * @property {true} [correction] replaces the text of an earlier `agent` line
 *
 * @typedef {object} WaitingLine a line in the outbox
 * @property {number} sessionId
 * @property {number} sequence
 * @property {Speaker} speaker
 * @property {string} text
 * @property {string} timestamp
 * @property {boolean} correction replaces what the server has at this sequence
 * @property {string|null} [amended] the words of a correction that waits until the server has answered for `text`
 * @property {{code: string, message: string, at: string}|null} problem why it was set aside
 * @property {string} [owner] the user's id, of a line that was set aside
 *
 * @typedef {object} StoredSession an unfinished session of this browser
 * @property {number} id
 * @property {string} owner the user's id; another user of the same browser never sends it
 * @property {string} agentName
 * @property {string|null} agentId
 * @property {string} startedAt ISO 8601
 * @property {number} lastSequence
 * @property {string} [lastKey] the key of the line that got it
 * @property {{durationSeconds: number|null}|null} end set once the end was asked for and is not yet acknowledged
 *
 * @typedef {object} Transport one way to the server
 * @property {(o: {agentName: string, agentId: string|null, idempotencyKey: string, owner: string, signal?: AbortSignal}) =>
 *   Promise<{id: number, status: string}>} create with `owner`, here and below, as that user or not at all
 * @property {(id: number, o: {lines: Line[], owner: string}) => Promise<{id: number, line_count: number, last_sequence: number,
 *   duplicates: number, missing: number[]}>} append
 * @property {(id: number, o: {durationSeconds: number|null, lines: Line[], owner: string}) => Promise<Ended>} complete
 * @property {(id: number|string, o?: {etag?: string|null, owner?: string, signal?: AbortSignal}) =>
 *   Promise<{session: any, etag: string|null, notModified: boolean}>} get
 * @property {(o?: {limit?: number, before?: number, agentName?: string, signal?: AbortSignal}) =>
 *   Promise<{sessions: any[], next_before: number|null}>} list
 * @property {(id: number) => Promise<void>} remove
 * @property {(id: number, o?: {signal?: AbortSignal}) => Promise<any>} voiceToken
 * @property {(id: number, o: {lines: Line[], ending: {durationSeconds: number|null}|null, owner: string}) => void} flush
 *   for a page that closes
 *
 * @typedef {{id: number, status: string, redirect_to: string, missing?: number[]}} Ended
 *
 * @typedef {object} Sender the state of sending one session's lines
 * @property {boolean} running
 * @property {boolean} again a further run was asked for meanwhile
 * @property {any} timer of the next try
 * @property {number} waiting lines not yet acknowledged
 * @property {boolean} ending the end waits too
 * @property {number} failures in a row; the pause grows with them
 * @property {number} conflicts in a row
 * @property {number} limit lines in the next batch
 * @property {number} lockMs how long to wait for the lock
 * @property {number} refusals by a server on the way, since everything was saved
 * @property {import("./errors.js").TrainingSessionError|null} refusal the last of them
 * @property {Set<number>} refusedAlone sequences of the lines that were refused alone
 * @property {number} refusedInRow how many of them in a row
 * @property {number} rounds how often all that was left was refused
 * @property {boolean} passed another request has succeeded since a line was refused alone
 */
export {};
