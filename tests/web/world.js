/**
 * A browser and a server that fail on command, in virtual time: for the tests that try thousands of courses of events. The
 * server knows the rules of a line's identity and nothing else; tests/fuzz/test_append_model.py holds the real one to them.
 */
import { createRequire } from "node:module";
import { createTrainingSessions } from "../../web/training-sessions.js";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
export const fc = require("fast-check");
const { IDBFactory, IDBKeyRange } = require("fake-indexeddb");

const OWNER = "d0000000-0000-4000-8000-000000000001";
export const TOKEN = `h.${btoa(JSON.stringify({ sub: OWNER }))}.s`;
const API = "http://server.test/api/training-sessions";
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Timers that go off when the test says so. */
class Clock {
  #timers = new Map();
  #count = 0;
  now = 0;

  setTimeout = (work, milliseconds = 0) => {
    this.#timers.set(this.#count += 1, { at: this.now + Math.max(0, milliseconds), work });
    return this.#count;
  };
  clearTimeout = (timer) => void this.#timers.delete(timer);

  tick(milliseconds) {
    this.now += milliseconds;
    for (const [timer, { at, work }] of this.#timers) {
      if (at > this.now) continue;
      this.#timers.delete(timer);
      work();
    }
  }
}

/** What happens to the next calls: by name ("fetch", "getToken", "indexedDB.open", …) the fate, "ok" where there is none. */
export class World {
  /** @param {(call: string) => string} fate */
  constructor(fate = () => "ok") {
    this.fate = fate;
    this.sessions = new Map();
    this.keys = new Map();
    this.requests = [];
    this.disk = new IDBFactory();
    this.locks = new Map();
    this.tabs = [];
    this.channels = new Set();
    this.before = {};
    this.clock = new Clock();
    this.began = Date.now();
    this.real = { now: Date.now, random: Math.random };
    Date.now = () => this.began + this.clock.now;
    let chance = 12;
    Math.random = () => (chance = (chance * 16_807) % 2_147_483_647) / 2_147_483_647; // The same in every run.
    this.#install({
      setTimeout: this.clock.setTimeout,
      clearTimeout: this.clock.clearTimeout,
      fetch: (url, options) => this.#fetch(String(url), options ?? {}),
      navigator: { locks: { request: (...call) => this.#lock(...call) } },
      indexedDB: { open: (...call) => this.#open(...call) },
      IDBKeyRange,
      document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
      window: new EventTarget(),
      BroadcastChannel: channelOf(this),
      crypto: {
        randomUUID: () => {
          if (this.fate("crypto.randomUUID") === "throw") throw new Error("Not allowed.");
          return `key-${(this.count = (this.count ?? 0) + 1)}`;
        },
      },
    });
  }

  /** A tab of the same browser. */
  tab(options = {}) {
    const states = new Map();
    const sessions = createTrainingSessions({ apiUrl: API, getToken: () => this.#token(), ...options });
    for (const name of ["saving", "saved", "offline", "signed_out", "ended", "gone"]) {
      sessions.addEventListener(name, ({ detail }) => states.set(detail.sessionId, { name, ...detail }));
    }
    const aside = [];
    sessions.addEventListener("set_aside", ({ detail }) => aside.push(...detail.lines));
    this.tabs.push(sessions);
    return Object.assign(sessions, { states, aside });
  }

  /** Lets virtual time pass until the promise is settled; fails where it never is. */
  async settle(promise, minutes = 20) {
    let over = false;
    const done = Promise.resolve(promise).then((value) => ({ value }), (error) => ({ error })).finally(
      () => (over = true),
    );
    for (let step = 0; !over; step += 1) {
      await this.rest();
      if (over) break;
      if (step > minutes * 60 * 4) throw new Error(`Still not settled after ${minutes} minutes.`);
      this.clock.tick(250);
    }
    const { value, error } = await done;
    if (error) throw error;
    return value;
  }

  /** What can happen without time passing has happened. */
  async rest(turns = 12) {
    for (let count = 0; count < turns; count += 1) await turn();
  }

  async pass(milliseconds) {
    for (let left = milliseconds; left > 0; left -= 250) {
      this.clock.tick(250);
      await this.rest();
    }
  }

  words(id) {
    const lines = [...this.sessions.get(id).lines];
    return lines.sort(([a], [b]) => a - b).map(([, { text }]) => text);
  }

  close() {
    for (const tab of this.tabs) tab.close();
    Date.now = this.real.now;
    Math.random = this.real.random;
    for (const [name, descriptor] of Object.entries(this.before)) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  }

  #install(parts) {
    for (const [name, value] of Object.entries(parts)) {
      this.before[name] = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  /** Plays a fate of a call that answers with a promise. */
  async #play(fate, work) {
    if (fate === "hang") return new Promise(() => {});
    if (fate === "late") await new Promise((resolve) => setTimeout(resolve, 3_000));
    if (fate === "throw") throw new TypeError("Failed.");
    return work();
  }

  #token() {
    const fate = this.fate("getToken");
    return this.#play(fate, () => (fate === "null" ? null : TOKEN));
  }

  async #fetch(url, { method = "GET", body, headers = {}, keepalive = false }) {
    const fate = this.fate(keepalive ? "fetch keepalive" : "fetch");
    this.requests.push({ method, url, bytes: body?.length ?? 0, keepalive, body, fate });
    return this.#play(fate, async () => {
      if (/^\d+/.test(fate)) return answer(...fate.split(/ (.*)/));
      if (this.refusal) return answer(this.refusal[0], "json", JSON.stringify(this.refusal[1]));
      const refused = this.firewall?.(body ?? "");
      if (refused) return answer(refused === true ? 403 : refused, "html");
      const [status, data] = this.serve(method, url.slice(API.length), body && JSON.parse(body), headers);
      if (fate === "lose answer") throw new TypeError("Failed.");
      if (fate === "late answer") await new Promise((resolve) => setTimeout(resolve, 3_000));
      return answer(status, "json", JSON.stringify(data));
    });
  }

  /** @returns {[number, any]} */
  serve(method, path, body, headers) {
    if (method === "POST" && path === "") {
      const key = headers["Idempotency-Key"];
      const id = this.keys.get(key) ?? this.sessions.size + 1;
      this.keys.set(key, id);
      if (!this.sessions.has(id)) {
        this.sessions.set(id, { status: "active", lines: new Map(), ends: 0, name: body.agent_name });
      }
      return [201, { id, status: this.sessions.get(id).status }];
    }
    const id = Number(path.split("/")[1]);
    const session = this.sessions.get(id);
    if (!session) return [404, { code: "session_not_found", message: "" }];
    const redirect = { id, status: session.status, redirect_to: `/analytics/${id}` };
    if (method === "GET") {
      const transcript = [...session.lines].sort(([a], [b]) => a - b).map(([sequence, line]) => ({
        sequence,
        ...line,
      }));
      const started_at = new Date().toISOString();
      return [200, { ...redirect, user_id: OWNER, agent_name: session.name, agent_id: null, started_at, transcript }];
    }
    const lines = body.transcript_lines ?? [];
    if (lines.length > 100) return [422, { code: "invalid_field", message: "", details: "lines" }];
    const next = new Map(session.lines);
    for (const { sequence, correction, ...line } of lines) {
      const there = next.get(sequence);
      if (there?.speaker === line.speaker && there.text === line.text) continue;
      if (session.status !== "active") return [409, { code: "session_not_active", message: "" }];
      if (there && !(correction && there.speaker === "agent")) return [409, { code: "line_conflict", message: "" }];
      next.set(sequence, line);
    }
    session.lines = next;
    if (path.endsWith("/complete")) Object.assign(session, { status: "completed", ends: session.ends + 1 });
    return [200, { ...redirect, status: session.status }];
  }

  /** Web Locks, as far as the client uses them. */
  #lock(name, { signal }, work) {
    const fate = this.fate("locks.request");
    if (fate === "throw") throw new DOMException("Denied.", "SecurityError");
    if (fate === "reject") return Promise.reject(new DOMException("Denied.", "SecurityError"));
    if (fate === "hang") return new Promise(() => {});
    const queue = this.locks.get(name) ?? Promise.resolve();
    const mine = queue.then(async () => {
      if (fate === "late") await new Promise((resolve) => setTimeout(resolve, 3_000));
      if (signal?.aborted) throw new DOMException("", "AbortError");
      return work({ name });
    });
    this.locks.set(name, mine.catch(() => {}));
    return mine;
  }

  #open(name, version) {
    const fate = this.fate("indexedDB.open");
    if (fate === "throw") throw new DOMException("Denied.", "SecurityError");
    if (fate === "hang") return {};
    const request = this.disk.open(name, version);
    const front = {
      get result() {
        return front.database ?? request.result;
      },
      get error() {
        return request.error;
      },
    };
    request.onupgradeneeded = () => front.onupgradeneeded();
    request.onerror = () => front.onerror();
    request.onblocked = () => front.onblocked?.();
    request.onsuccess = async () => {
      if (fate === "late") await new Promise((resolve) => setTimeout(resolve, 3_000));
      front.database = this.#database(request.result);
      front.onsuccess();
    };
    return front;
  }

  #database(database) {
    return {
      close: () => database.close(),
      transaction: (...call) => {
        const fate = this.fate("transaction");
        if (fate === "throw") throw new DOMException("The connection is closing.", "InvalidStateError");
        const transaction = database.transaction(...call);
        let complete = () => {};
        let abort = () => {};
        let stuck = false;
        transaction.oncomplete = async () => {
          if (fate === "hang") return; // Committed, and not told.
          if (fate === "late") await new Promise((resolve) => setTimeout(resolve, 3_000));
          complete();
        };
        transaction.onabort = () => stuck || abort();
        const stick = () => {
          stuck = true; // A request without an answer keeps its transaction open.
          transaction.abort();
        };
        return {
          set oncomplete(handler) {
            complete = handler;
          },
          set onabort(handler) {
            abort = handler;
          },
          get error() {
            return transaction.error;
          },
          abort: () => stuck || transaction.abort(),
          objectStore: (kind) => this.#objectStore(transaction.objectStore(kind), stick),
        };
      },
    };
  }

  #objectStore(store, stick) {
    const call = (name) => (...given) => {
      const fate = this.fate(name);
      if (fate === "throw") throw new DOMException("Full.", "QuotaExceededError");
      if (fate === "hang") return stick(), {};
      return store[name](...given);
    };
    return { get: call("get"), getAll: call("getAll"), put: call("put"), delete: call("delete") };
  }
}

const answer = (status, kind = "json", text = `{"code": "", "message": ""}`) =>
  new Response(kind === "html" ? "<h1>Blocked</h1>" : text, {
    status: Number(status),
    headers: ["json", "html"].includes(kind) ? {} : { "Retry-After": kind },
  });

/** @param {World} world */
const channelOf = (world) =>
  class {
    constructor() {
      if (world.fate("BroadcastChannel") === "throw") throw new DOMException("Denied.", "SecurityError");
      world.channels.add(this);
    }
    postMessage(data) {
      if (world.fate("postMessage") === "throw") throw new DOMException("Closed.", "InvalidStateError");
      const copy = structuredClone(data);
      for (const other of world.channels) {
        if (other !== this) {
          Promise.resolve().then(() => other.onmessage({ data: copy }));
        }
      }
    }
    close() {
      world.channels.delete(this);
    }
  };
