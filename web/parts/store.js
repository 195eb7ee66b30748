/**
 * Where the outbox keeps its records: IndexedDB, and memory where the browser denies it or does not answer (private windows,
 * full disks). Both have one small interface: `run(work)` gives `work` a transaction with get, all, put and delete, and
 * commits all or nothing. Three kinds of records: `sessions` by id, `lines` by [sessionId, sequence], `starts` by slot.
 *
 * @typedef {"sessions"|"lines"|"starts"} Kind
 * @typedef {{get: (kind: Kind, key: any) => Promise<any>, all: (kind: Kind, sessionId?: number) => Promise<any[]>,
 *   put: (kind: Kind, value: any) => void, delete: (kind: Kind, key: any) => void}} Transaction
 */

import { TrainingSessionError } from "./errors.js";
import { deferred } from "./values.js";
import { within } from "./within.js";

const FIRST_TRY_MS = 4_000;
const SECOND_TRY_MS = 1_000; // The first try has waited for a slow disk already.
const ABORT_MS = 500;
const STORAGE = { what: "The browser's storage" };
const KEYS = { sessions: "id", lines: ["sessionId", "sequence"], starts: "slot" };
const KINDS = /** @type {Kind[]} */ (Object.keys(KEYS));

/** @param {Kind} kind @param {any} value */
const keyOf = (kind, value) => (kind === "lines" ? [value.sessionId, value.sequence] : value[KEYS[kind]]);

/** Records of this tab only. */
class MemoryStore {
  #records = new Map();

  /** One at a time: see Store. @param {(tx: Transaction) => Promise<any>} work */
  async run(work) {
    /** @type {(() => void)[]} */
    const changes = [];
    const answer = await work({
      get: async (kind, key) => structuredClone(this.#records.get(JSON.stringify([kind, key]))),
      all: async (kind, sessionId) => this.peek(kind, sessionId),
      put: (kind, value) => changes.push(() => this.apply("put", kind, value)),
      delete: (kind, key) => changes.push(() => this.apply("delete", kind, key)),
    });
    for (const change of changes) change();
    return answer;
  }

  /** @param {"put"|"delete"} action @param {Kind} kind @param {any} value the record, or its key */
  apply(action, kind, value) {
    if (action === "put") this.#records.set(JSON.stringify([kind, keyOf(kind, value)]), structuredClone(value));
    else this.#records.delete(JSON.stringify([kind, value]));
  }

  /** Reads at once: a closing page cannot wait. @param {Kind} kind @param {number} [sessionId] @returns {any[]} */
  peek(kind, sessionId) {
    const found = [...this.#records].filter(([key]) => JSON.parse(key)[0] === kind).map(([, value]) =>
      structuredClone(value)
    );
    const wanted = sessionId === undefined ? found : found.filter((value) => value.sessionId === sessionId);
    return kind === "lines" ? wanted.sort((a, b) => a.sessionId - b.sessionId || a.sequence - b.sequence) : wanted;
  }
}

/**
 * IndexedDB with a replica in memory of what this tab wrote. The replica serves the closing page, and takes over when the
 * disk fails during a session. A line that is then sent twice is a duplicate to the server, by its sequence.
 */
export class Store {
  /** @param {{name?: string, indexedDB?: IDBFactory|null, onLost?: (error: unknown) => void}} options */
  constructor({ name = "training-sessions", indexedDB = defaultFactory(), onLost = () => {} } = {}) {
    this.name = name;
    this.factory = indexedDB;
    this.onLost = onLost;
    this.memory = new MemoryStore();
    this.persistent = Boolean(indexedDB);
    /** @type {Promise<IDBDatabase>|null} */
    this.opening = null;
    /** @type {Promise<any>} */
    this.turn = Promise.resolve();
  }

  /**
   * Runs one transaction after the other, also while the disk is given up: a transaction that overlapped another would miss
   * what the other wrote in memory.
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work may run again after a failure of the disk: it has no effect but through `tx`
   * @returns {Promise<T>}
   */
  run(work) {
    const result = this.turn.then(() => this.#run(work));
    this.turn = result.catch(() => {});
    return result;
  }

  /**
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #run(work) {
    for (const limit of this.persistent ? [FIRST_TRY_MS, SECOND_TRY_MS] : []) {
      try {
        return await this.#runOnDisk(work, limit);
      } catch (error) {
        if (!isStorageFailure(error)) throw error;
        this.#forget(); // Browsers close connections of their own, iOS often. A new connection works then.
        if (limit === SECOND_TRY_MS) await this.#giveUp(error);
      }
    }
    return this.memory.run(work);
  }

  /** @param {(tx: Transaction) => Promise<any>} work @param {number} limit milliseconds */
  async #runOnDisk(work, limit) {
    const database = await this.#open(limit);
    const transaction = database.transaction(KINDS, "readwrite");
    const done = deferred();
    done.promise.catch(() => {});
    transaction.oncomplete = () => done.resolve(true);
    transaction.onabort = () => done.reject(transaction.error ?? new DOMException("", "AbortError"));
    /** @type {["put"|"delete", Kind, any][]} */
    const changes = [];
    /** @type {Transaction} */
    const tx = {
      get: (kind, key) => asPromise(transaction.objectStore(kind).get(key)),
      all: (kind, sessionId) =>
        asPromise(
          transaction
            .objectStore(kind)
            .getAll(sessionId === undefined ? null : IDBKeyRange.bound([sessionId], [sessionId, []])),
        ),
      put: (kind, value) => {
        transaction.objectStore(kind).put(value);
        changes.push(["put", kind, value]);
      },
      delete: (kind, key) => {
        transaction.objectStore(kind).delete(key);
        changes.push(["delete", kind, key]);
      },
    };
    /** @type {any} */
    let answer;
    let worked = false;
    try {
      await within(limit, async () => {
        answer = await work(tx);
        worked = true;
        await done.promise;
      }, STORAGE);
    } catch (error) {
      undo(transaction);
      // Work over its limit may have been committed: then it must not be done again.
      if (!worked || !isTimeout(error) || !(await within(ABORT_MS, () => done.promise).catch(() => false))) throw error;
    }
    for (const change of changes) this.memory.apply(...change);
    return answer;
  }

  /**
   * Continues in memory, with all records that the disk still gives, or none: an end without its lines would be sent without
   * them.
   * @param {unknown} error
   */
  async #giveUp(error) {
    const read = async () => {
      const transaction = (await this.#open(SECOND_TRY_MS)).transaction(KINDS, "readonly");
      return Promise.all(KINDS.map((kind) => asPromise(transaction.objectStore(kind).getAll())));
    };
    const found = await within(SECOND_TRY_MS, read, STORAGE).catch(() => []);
    found.forEach((values, index) => {
      for (const value of values) this.memory.apply("put", KINDS[index], value);
    });
    this.persistent = false;
    this.onLost(error);
  }

  /** @param {number} limit milliseconds @returns {Promise<IDBDatabase>} */
  #open(limit) {
    this.opening ??= new Promise((resolve, reject) => {
      const request = /** @type {IDBFactory} */ (this.factory).open(this.name, 1);
      request.onupgradeneeded = () => {
        for (const kind of KINDS) request.result.createObjectStore(kind, { keyPath: KEYS[kind] });
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new DOMException("", "InvalidStateError"));
      request.onsuccess = () => {
        const database = request.result;
        const forget = () => this.opening === opening && this.#forget();
        Object.assign(database, { onclose: forget, onversionchange: forget });
        resolve(database);
      };
    });
    const { opening } = this;
    return within(limit, () => opening, STORAGE);
  }

  /** Drops the connection, also one that opens after its limit. */
  #forget() {
    this.opening?.then((database) => database.close()).catch(() => {});
    this.opening = null;
  }
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function asPromise(request) {
  const promise = new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  promise.catch(() => {}); // The work may have failed before it awaits this request.
  return promise;
}

/** @param {IDBTransaction} transaction */
function undo(transaction) {
  try {
    transaction.abort();
  } catch {
    // It is over already.
  }
}

/** @param {unknown} error */
const isTimeout = (error) => error instanceof TrainingSessionError && error.code === "timeout";

/** Work refuses with a TrainingSessionError; all else comes from the browser. @param {unknown} error */
const isStorageFailure = (error) => !(error instanceof TrainingSessionError) || isTimeout(error);

function defaultFactory() {
  try {
    return globalThis.indexedDB ?? null;
  } catch {
    return null; // Reading the property throws where storage is blocked.
  }
}
