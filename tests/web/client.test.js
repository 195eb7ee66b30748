/** The rest of the client's contract: reading, waiting, errors, tokens, and what a line may hold. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSilentServer } from "node:net";
import { afterEach, describe, it } from "node:test";
import { createTrainingSessions } from "../../web/training-sessions.js";
import { takeBatch } from "../../web/parts/outbox.js";
import { api, clientOver, env, gateway, grade, saved, unreliableLine } from "./stack.js";

const open = [];
const client = (path, options) => {
  const made = clientOver(path, null, options);
  open.push(made);
  return made;
};
afterEach(() => open.splice(0).forEach((made) => made.close()));

for (const path of ["http", "rpc"]) {
  describe(`over ${path}`, () => {
    it("waits for the grade and reports each state on the way", async () => {
      const sessions = client(path);
      const { id } = await sessions.start({ agentName: "Maria" });
      await sessions.say({ speaker: "user", text: "Have you seen ants lately?" });
      await sessions.end();
      const states = [];
      const graded = sessions.waitForGrade(id, {
        onState: ({ grading }) => states.push(grading.state) === 1 && grade(),
      });
      assert.equal((await graded).grading.state, "graded");
      assert.equal(states[0], "waiting");
      assert.equal(states.at(-1), "graded");
      assert.ok(Number.isInteger((await graded).overall_score));
    });

    it("ends the wait at once for a session without a word of the rep", async () => {
      const sessions = client(path);
      const { id } = await sessions.start({ agentName: "Maria" });
      await sessions.end();
      const session = await sessions.waitForGrade(id);
      assert.equal(session.status, "failed");
      assert.equal(session.end_reason, "no_conversation");
      assert.equal(session.overall_score, null);
    });

    it("stops waiting when asked to", async () => {
      const sessions = client(path);
      const { id } = await sessions.start({ agentName: "Maria" });
      const stop = new AbortController();
      const waiting = sessions.waitForGrade(id, { signal: stop.signal, onState: () => stop.abort() });
      await assert.rejects(waiting, { code: "aborted" });
    });

    it("lists in pages, newest first, and filters by homeowner", async () => {
      const sessions = client(path);
      const name = `Page ${path} ${Date.now()}`;
      const ids = [];
      for (let index = 0; index < 3; index += 1) ids.unshift((await api("POST", "", { agent_name: name })).id);
      const first = await sessions.list({ limit: 2, agentName: name });
      const second = await sessions.list({ limit: 2, agentName: name, before: first.next_before });
      assert.deepEqual([...first.sessions, ...second.sessions].map(({ id }) => id), ids);
      assert.equal(second.next_before, null);
    });

    it("takes up an open session where its transcript ends", async () => {
      const { id } = await api("POST", "", { agent_name: "Maria" });
      await api("PATCH", `/${id}`, { transcript_line: { speaker: "user", text: "One" } });
      const sessions = client(path);
      const session = await sessions.open(id);
      assert.deepEqual(session.transcript.map(({ text }) => text), ["One"]);
      assert.equal((await sessions.say({ speaker: "agent", text: "Two" })).sequence, 2);
      await sessions.end();
      assert.deepEqual((await saved(id)).words, ["One", "Two"]);
    });

    it("deletes for good", async () => {
      const sessions = client(path);
      const { id } = await sessions.start({ agentName: "Maria" });
      await sessions.remove(id);
      await assert.rejects(sessions.get(id), { code: "session_not_found", status: 404 });
    });

    it("leads an old uuid to its session", async () => {
      assert.equal((await client(path).get(env.LEGACY_UUID)).id, Number(env.LEGACY_ID));
    });

    for (
      const [what, call, expected] of [
        ["another user's session", (c) => c.get(env.OTHER_SESSION), { code: "session_not_found", status: 404 }],
        ["an unknown old uuid", (c) => c.get("00000000-0000-4000-8000-00000000dead"), {
          code: "session_not_found",
          status: 404,
        }],
        ["a name that is too long", (c) => c.start({ agentName: "x".repeat(201) }), {
          code: "invalid_field",
          status: 422,
          details: "agent_name",
        }],
        ["a page that is too big", (c) => c.list({ limit: 101 }), {
          code: "invalid_field",
          status: 422,
          details: "limit",
        }],
      ]
    ) {
      it(`gives the same error for ${what}`, async () => {
        await assert.rejects(call(client(path)), { name: "TrainingSessionError", ...expected });
      });
    }

    it("calls a bad token not_authenticated", async () => {
      await assert.rejects(client(path, { token: env.EXPIRED_TOKEN }).list(), {
        code: "not_authenticated",
        status: 401,
      });
    });

    it("pages and filters the list where URLSearchParams has no size", async () => {
      const size = Object.getOwnPropertyDescriptor(URLSearchParams.prototype, "size");
      delete URLSearchParams.prototype.size;
      try {
        assert.deepEqual((await client(path).list({ agentName: "A homeowner without sessions" })).sessions, []);
      } finally {
        Object.defineProperty(URLSearchParams.prototype, "size", size);
      }
    });

    it("calls an unreachable server offline", async () => {
      const line = await unreliableLine();
      await line.close();
      const sessions = clientOver(path, line);
      await assert.rejects(sessions.list(), { code: "offline", status: 0 });
      sessions.close();
    });

    it("gives up on a server that never answers", async () => {
      const mute = createSilentServer(() => {});
      await new Promise((resolve) => mute.listen(0, "127.0.0.1", resolve));
      const sessions = clientOver(path, { url: `http://127.0.0.1:${mute.address().port}` }, { timeoutMs: 200 });
      await assert.rejects(sessions.list(), { code: "timeout" });
      sessions.close();
      mute.close();
    });
  });
}

describe("a client", () => {
  it("refreshes an expired token once and goes on", async () => {
    let refreshed = 0;
    const sessions = client("http", {
      getToken: () => env.EXPIRED_TOKEN,
      refreshToken: () => ((refreshed += 1), env.USER_TOKEN),
    });
    assert.ok((await sessions.list()).sessions.length >= 0);
    assert.equal(refreshed, 1);
  });

  it("says that it keeps nothing where the browser has no storage", () => {
    assert.equal(client("http").persistent, false); // Node has no IndexedDB, like a private window
  });

  it("asks with the ETag it was given, and hears 304", async () => {
    const line = await unreliableLine();
    const sessions = clientOver("http", line);
    const { id } = await sessions.start({ agentName: "Maria" });
    const { etag } = await sessions.transport.get(id);
    assert.equal((await sessions.transport.get(id, { etag })).notModified, true);
    sessions.close();
    await line.close();
  });

  for (
    const [what, answer] of [
      ["a schema cache that is behind", {
        status: 404,
        body: { code: "PGRST202", message: "Could not find the function" },
      }],
      ["a schema cache that loads", { status: 503, body: { code: "PGRST002" } }],
      ["a server's clock that is behind", {
        status: 401,
        body: { code: "PGRST303", message: "JWT issued at future" },
      }],
    ]
  ) {
    it(`start and waitForGrade try again over ${what}`, async () => {
      const line = await unreliableLine();
      const sessions = clientOver("rpc", line);
      line.misbehave(answer);
      const { id } = await sessions.start({ agentName: "Maria" });
      await sessions.end();
      line.misbehave(answer);
      const troubles = [];
      const session = await sessions.waitForGrade(id, { onTrouble: (error) => troubles.push(error) });
      assert.equal(session.status, "failed");
      assert.equal(troubles.length, 2);
      assert.equal(troubles.at(-1), null);
      sessions.close();
      await line.close();
    });
  }

  it("waits for the grade with the ETag of the last answer", async () => {
    const line = await unreliableLine();
    const sessions = clientOver("http", line);
    const { id } = await sessions.start({ agentName: "Maria" });
    await sessions.say({ speaker: "user", text: "Have you seen ants lately?" });
    await sessions.end();
    line.seen.length = 0;
    const stop = new AbortController();
    const waiting = sessions.waitForGrade(id, { signal: stop.signal });
    while (line.seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await assert.rejects(waiting, { code: "aborted" });
    const [first, ...later] = line.seen.map(({ headers }) => headers["if-none-match"]);
    assert.equal(first, undefined);
    assert.ok(later.every((etag) => etag?.includes('"')), `sent ${later}`);
    sessions.close();
    await line.close();
  });

  it("shares one Realtime channel of a session, and closes it with its last listener", async () => {
    const channels = new Map();
    const supabase = {
      channel(name) {
        if (channels.has(name)) throw new Error("tried to subscribe multiple times"); // As supabase-js does.
        const channel = { name, on: (_kind, _filter, hear) => ((channel.hear = hear), channel) };
        channel.subscribe = (tell) => (queueMicrotask(() => tell("SUBSCRIBED")), channel);
        channels.set(name, channel);
        return channel;
      },
      removeChannel: async (channel) => void channels.delete(channel.name),
    };
    const sessions = client("http", { supabase, realtime: true });
    const { id } = await sessions.start({ agentName: "Maria" });
    const heard = [];
    const listening = sessions.listen(id, (message) => message && heard.push(message));
    await sessions.end();
    await sessions.waitForGrade(id);
    const [channel] = channels.values();
    assert.ok(channel, "waitForGrade left the listener its channel");
    channel.hear("a line");
    assert.deepEqual(heard, ["a line"]);
    listening.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(channels.size, 0);
    const again = sessions.listen(id, (message) => message && heard.push(message));
    await new Promise((resolve) => setImmediate(resolve));
    [...channels.values()][0].hear("another line");
    assert.deepEqual(heard, ["a line", "another line"]);
    again.stop();
  });

  it("waits for the grade by asking where Realtime throws", async () => {
    const supabase = {
      channel() {
        throw new Error("Realtime is not here.");
      },
    };
    const sessions = client("http", { supabase, realtime: true });
    const { id } = await sessions.start({ agentName: "Maria" });
    sessions.listen(id, () => {});
    await sessions.end();
    assert.equal((await sessions.waitForGrade(id)).status, "failed");
  });

  it("does not take a login page for an acknowledgement", async () => {
    const portal = createServer((_, answer) =>
      answer.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Hotel wifi</h1>")
    );
    await new Promise((resolve) => portal.listen(0, "127.0.0.1", resolve));
    const sessions = clientOver("http", { url: `http://127.0.0.1:${portal.address().port}` });
    await assert.rejects(sessions.list(), { status: 502 });
    sessions.close();
    portal.close();
  });

  it("refuses what no server would take", async () => {
    const sessions = client("http");
    await sessions.start({ agentName: "Maria" });
    for (const text of ["", "  \n ", "\0", "x".repeat(4_001)]) {
      await assert.rejects(sessions.say({ speaker: "user", text }), { code: "invalid_field", details: "text" });
    }
    await assert.rejects(sessions.say({ speaker: "narrator", text: "Hm" }), {
      code: "invalid_field",
      details: "speaker",
    });
  });

  it("keeps every character that text can have", async () => {
    const sessions = client("http");
    const { id } = await sessions.start({ agentName: "Maria" });
    const words = [
      "<script>alert(1)</script>",
      "👩‍👧‍👦 family",
      "مرحبا بك",
      "🙂".repeat(4_000),
      "tab\tand\nnew line",
      '"quotes" & \\backslash',
    ];
    for (const text of words) await sessions.say({ speaker: "user", text });
    await sessions.say({ speaker: "user", text: "half \ud83d of a pair\0" });
    await sessions.end();
    assert.deepEqual((await saved(id)).words, [...words, "half \ufffd of a pair"]);
  });

  it("takes now for a time that is none", async () => {
    const sessions = client("http");
    await sessions.start({ agentName: "Maria" });
    const { timestamp } = await sessions.say({ speaker: "agent", text: "Hm", timestamp: "00:05" });
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 5_000);
  });

  it("needs to know whom to speak to", () => {
    assert.throws(() => createTrainingSessions({ apiUrl: gateway }), TypeError);
  });
});

describe("a batch", () => {
  const line = (text) => ({
    sessionId: 1,
    sequence: 1,
    speaker: "user",
    text,
    timestamp: "",
    correction: false,
    revision: 1,
    attempted: false,
    problem: null,
  });
  it("is the longest prefix that fits lines and bytes", () => {
    const lines = ["a", "b".repeat(500), "c"].map(line);
    assert.equal(takeBatch(lines, 100, 10_000).length, 3);
    assert.equal(takeBatch(lines, 2, 10_000).length, 2);
    assert.equal(takeBatch(lines, 100, 500).length, 1);
    assert.equal(takeBatch(lines, 100, 10).length, 0);
  });
});
