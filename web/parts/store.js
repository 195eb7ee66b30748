/**
 * Where the outbox keeps its records: IndexedDB, and memory where that is refused (private windows, full disks).
 * Both speak one small language: `run(work)` gives `work` a transaction with get, all, put and delete, and commits all or
 * nothing. Three kinds of records: `sessions` by id, `lines` by [sessionId, sequence], `starts` by slot.
 *
 * @typedef {"sessions"|"lines"|"starts"} Kind
 * @typedef {{get: (kind: Kind, key: any) => Promise<any>, all: (kind: Kind, sessionId?: number) => Promise<any[]>,
 *   put: (kind: Kind, value: any) => void, delete: (kind: Kind, key: any) => void}} Transaction
 */

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
 * disk fails in mid-talk: what is then sent twice, the server knows by its sequence.
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
   * One after the other, also over a disk that fails in between: what was at work on it when another gave it up would not
   * know what that one did in memory.
   * @template T
   * @param {(tx: Transaction) => Promise<T>} work may run twice: it has no effect but through `tx`
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
    if (this.persistent) {
      try {
        return await this.#runOnDisk(work);
      } catch (error) {
        if (!isStorageFailure(error)) throw error;
        await this.#readDisk();
        this.persistent = false;
        this.onLost(error);
      }
    }
    return this.memory.run(work);
  }

  /** @param {(tx: Transaction) => Promise<any>} work */
  async #runOnDisk(work) {
    const database = await this.#open();
    const transaction = database.transaction(KINDS, "readwrite");
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new DOMException("", "AbortError"));
    });
    done.catch(() => {});
    /** @type {["put"|"delete", Kind, any][]} */
    const changes = [];
    let answer;
    try {
      answer = await work({
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
      });
    } catch (error) {
      if (!isStorageFailure(error)) transaction.abort();
      throw error;
    }
    await done;
    for (const change of changes) this.memory.apply(...change);
    return answer;
  }

  /** Takes into memory what a disk that is full still tells: an earlier page's records, and those of other tabs. */
  async #readDisk() {
    try {
      const transaction = (await this.#open()).transaction(KINDS, "readonly");
      for (const kind of KINDS) {
        for (const value of await asPromise(transaction.objectStore(kind).getAll())) {
          this.memory.apply("put", kind, value);
        }
      }
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
    }
  }

  #open() {
    this.opening ??= new Promise((resolve, reject) => {
      const request = /** @type {IDBFactory} */ (this.factory).open(this.name, 1);
      request.onupgradeneeded = () => {
        for (const kind of KINDS) request.result.createObjectStore(kind, { keyPath: KEYS[kind] });
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new DOMException("", "InvalidStateError"));
      request.onsuccess = () => {
        const forget = () => (this.opening = null);
        request.result.onclose = forget;
        request.result.onversionchange = () => (request.result.close(), forget());
        resolve(request.result);
      };
    });
    return this.opening;
  }
}

/** @param {IDBRequest} request @returns {Promise<any>} */
const asPromise = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {unknown} error */
const isStorageFailure = (error) =>
  error instanceof DOMException || (error instanceof Error && error.name === "SecurityError");

function defaultFactory() {
  try {
    return globalThis.indexedDB ?? null;
  } catch {
    return null; // Reading the property throws where storage is blocked.
  }
}
