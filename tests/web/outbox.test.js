/** Promise 1 from the client's side: every said line is saved once, in order, however the network fails. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { otherTabs } from "../../web/parts/page.js";
import { addLine, readSession } from "../../web/parts/records.js";
import { api, clientOver, env, next, saved, supabaseFor, unreliableLine } from "./stack.js";

const WORDS = [
  "Good evening!",
  "What is this about?",
  "Have you seen ants lately?",
  "In the kitchen, yes.",
  "For how long?",
  "Since spring.",
];
const speaker = (index) => (index % 2 ? "agent" : "user");

for (const path of ["http", "rpc"]) {
  describe(`over ${path}`, () => {
    let line, client;
    beforeEach(async () => {
      line = await unreliableLine();
      client = clientOver(path, line);
    });
    afterEach(async () => {
      client.close();
      await line.close();
    });
    const sayAll = (words = WORDS) =>
      Promise.all(words.map((text, index) => client.say({ speaker: speaker(index), text })));
    const appending = ({ method, url }) => method === "PATCH" || url.includes("append_transcript");
    const appends = () => line.seen.filter(appending);
    /** Holds the next request. `arrived` resolves when it is there; `letGo` sends it on, or answers it. */
    const hold = () => {
      const held = {};
      held.arrived = new Promise((resolve) =>
        line.always = () => (line.always = null, resolve(), new Promise((letGo) => (held.letGo = letGo)))
      );
      return held;
    };

    it("records a session from start to end", async () => {
      const { id, status } = await client.start({ agentName: "Maria" });
      assert.equal(status, "active");
      await sayAll();
      const ended = await client.end({ durationSeconds: 62.4 });
      assert.equal(ended.redirect_to, `/analytics/${id}`);
      const session = await saved(id);
      assert.deepEqual(session.words, WORDS);
      assert.deepEqual(session.sequences, [1, 2, 3, 4, 5, 6]);
      assert.equal(session.duration_seconds, 62);
      assert.equal(session.status, "completed");
    });

    it("sends one request at a time and batches what piles up", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      const done = next(client, "saved");
      const words = Array.from({ length: 40 }, (_, index) => `Line ${index + 1}`);
      await sayAll(words);
      await done;
      assert.equal(line.mostInFlight, 1);
      assert.ok(appends().length < 40, `${appends().length} requests for 40 lines`);
      assert.deepEqual((await saved(id)).words, words);
    });

    it("saves each line once when answers are lost", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      line.misbehave("lose answer", "lose", "lose answer");
      await sayAll();
      await client.end();
      assert.deepEqual((await saved(id)).words, WORDS);
    });

    it("says when it is offline, keeps the lines, and goes on when the server is back", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      let down = true;
      line.always = () => (down ? { status: 503, body: { code: "database_unavailable" } } : null);
      const offline = next(client, "offline");
      await sayAll();
      assert.equal((await offline).error.code, "database_unavailable");
      assert.equal((await offline).ending, false);
      down = false;
      const done = next(client, "saved");
      client.retry();
      await done;
      assert.deepEqual((await saved(id)).words, WORDS);
    });

    for (const ending of [false, true]) {
      it(`sends what waits${ending ? ", and the end," : ""} with a page that closes`, async () => {
        const { id } = await client.start({ agentName: "Maria" });
        line.always = () => ({ status: 503 });
        const offline = next(client, "offline", (detail) => detail.ending === ending);
        await sayAll();
        if (ending) client.end();
        await offline;
        line.always = null;
        client.outbox.flush();
        client.close();
        let session;
        do session = await saved(id); while (session.words.length < WORDS.length);
        assert.deepEqual(session.words, WORDS);
        assert.equal(session.status, ending ? "completed" : "active");
      });
    }

    it("says that an end is kept only when it is", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      line.always = () => ({ status: 503, body: { code: "database_unavailable" } });
      const offline = new Promise((resolve) =>
        client.addEventListener("offline", ({ detail }) => detail.ending && resolve(detail))
      );
      client.end();
      await offline;
      const { session } = await readSession(client.store, id);
      assert.ok(session?.end);
      line.always = null;
      client.retry();
      await client.end();
    });

    it("gives one session for a double click and for a lost answer to start", async () => {
      line.misbehave("lose answer");
      const agentName = `Walter ${path} ${Date.now()}`;
      const [one, two] = await Promise.all([client.start({ agentName }), client.start({ agentName })]);
      assert.equal(one.id, two.id);
      const { sessions } = await api("GET", `?agent_name=${encodeURIComponent(agentName)}`);
      assert.deepEqual(sessions.map(({ id }) => id), [one.id]);
    });

    it("gives another session for another start", async () => {
      const one = await client.start({ agentName: "Walter" });
      assert.notEqual((await client.start({ agentName: "Walter" })).id, one.id);
    });

    it("ends once, however often and however badly it is asked", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      await client.say({ speaker: "user", text: "Hello!" });
      await next(client, "saved");
      line.misbehave("lose answer", "lose answer");
      const answers = await Promise.all([client.end(), client.end({ sessionId: id })]);
      assert.deepEqual(answers[0], answers[1]);
      assert.deepEqual((await client.end({ sessionId: id })).redirect_to, `/analytics/${id}`);
      assert.equal((await saved(id)).words.length, 1);
    });

    it("refuses new lines once the end was asked for", async () => {
      await client.start({ agentName: "Maria" });
      await client.say({ speaker: "user", text: "Hello!" });
      const ending = client.end();
      await assert.rejects(client.say({ speaker: "user", text: "One more" }), {
        code: "session_not_active",
        status: 409,
      });
      await ending;
    });

    it("moves its lines behind another writer's when their place is taken", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      await api("PATCH", `/${id}`, {
        transcript_lines: [{ sequence: 1, speaker: "user", text: "From another device" }],
      });
      const moved = next(client, "renumbered");
      const done = next(client, "saved");
      await sayAll(["First", "Second"]);
      await Promise.all([moved, done]);
      assert.deepEqual((await saved(id)).words, ["From another device", "First", "Second"]);
    });

    it("goes on moving its lines when conflicts in a row made it pause", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      await api("PATCH", `/${id}`, {
        transcript_lines: [{ sequence: 1, speaker: "user", text: "From another device" }],
      });
      line.always = (seen) => (appending(seen) ? { status: 409, body: { code: "line_conflict" } } : null);
      const paused = next(client, "offline");
      await client.say({ speaker: "user", text: "Mine" });
      assert.equal((await paused).error.code, "line_conflict");
      await api("PATCH", `/${id}`, {
        transcript_lines: [{ sequence: 2, speaker: "user", text: "From another device again" }],
      });
      line.always = null;
      const done = Promise.race([next(client, "saved"), next(client, "offline")]);
      client.retry();
      await done;
      assert.deepEqual((await saved(id)).words, ["From another device", "From another device again", "Mine"]);
    });

    it("asks now and then, not all the time, about an active session that takes no lines", async () => {
      await client.start({ agentName: "Maria" });
      line.always = (seen) => (appending(seen) ? { status: 409, body: { code: "session_not_active" } } : null);
      const paused = next(client, "offline");
      await client.say({ speaker: "user", text: "Mine" });
      assert.equal((await paused).error.code, "session_not_active");
      assert.equal(appends().length, 6);
    });

    it("sets aside what it could not save after the session was ended elsewhere, and says so", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      await client.say({ speaker: "user", text: "Saved in time" });
      await next(client, "saved");
      await api("POST", `/${id}/complete`, {});
      const aside = next(client, "set_aside");
      const ended = next(client, "ended");
      await client.say({ speaker: "user", text: "Too late" });
      assert.equal((await aside).error.code, "session_not_active");
      assert.equal((await ended).answer.redirect_to, `/analytics/${id}`);
      assert.deepEqual((await client.setAside(id)).map(({ text }) => text), ["Too late"]);
      assert.deepEqual((await saved(id)).words, ["Saved in time"]);
    });

    it("counts a line as saved whose answer was lost before the session was ended elsewhere", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      line.misbehave("lose answer");
      let down = false;
      line.always = () => (down ? { status: 503 } : null);
      await client.say({ speaker: "user", text: "Saved, but I was not told" });
      await next(client, "offline");
      down = true;
      await api("POST", `/${id}/complete`, {});
      await client.say({ speaker: "user", text: "Too late" });
      const aside = next(client, "set_aside");
      down = false;
      client.retry();
      assert.deepEqual((await aside).lines.map(({ text }) => text), ["Too late"]);
      assert.deepEqual((await client.setAside(id)).map(({ text }) => text), ["Too late"]);
    });

    it("sends a correction that came while its line was on the way", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      const held = hold();
      const { sequence } = await client.say({ speaker: "agent", text: "I was going to say something" });
      await held.arrived;
      await client.correct({ sequence, text: "I was going" });
      held.letGo();
      await next(client, "saved");
      assert.deepEqual((await saved(id)).words, ["I was going"]);
    });

    it("never lets a line that cannot be saved block the others", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      line.misbehave({ status: 503 }); // so that all three travel together
      const aside = next(client, "set_aside");
      const done = next(client, "saved");
      await client.say({ speaker: "user", text: "Before" });
      await client.say({ speaker: "agent", text: "From the year 20000", timestamp: "+020000-01-01T00:00:00Z" });
      await client.say({ speaker: "user", text: "After" });
      assert.deepEqual((await aside).lines.map(({ text }) => text), ["From the year 20000"]);
      await done;
      assert.deepEqual((await saved(id)).words, ["Before", "After"]);
      await client.end();
    });

    it("corrects a line that waits, one that is saved, and one that is on its way", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      const first = await client.say({ speaker: "agent", text: "I was going to say somethi" });
      await client.correct({ sequence: first.sequence, text: "I was going" });
      await next(client, "saved");
      await client.correct({ sequence: first.sequence, text: "I was" });
      line.misbehave("lose answer");
      const second = await client.say({ speaker: "agent", text: "Whole sentence" });
      await client.correct({ sequence: second.sequence, text: "Whole" });
      await client.say({ speaker: "user", text: "Yes?" });
      await client.end();
      assert.deepEqual((await saved(id)).words, ["I was", "Whole", "Yes?"]);
    });

    for (
      const [answer, fate, words] of [
        ["an answer", undefined, ["On its way"]],
        ["a failure", { status: 503 }, []],
      ]
    ) {
      it(`sends nothing more when it is closed before ${answer}`, async () => {
        const { id } = await client.start({ agentName: "Maria" });
        const held = hold();
        await addLine(client.store, id, { speaker: "user", text: "On its way", timestamp: new Date().toISOString() });
        const sending = client.outbox.kick(id);
        await held.arrived;
        await client.say({ speaker: "user", text: "Too late for this client" });
        client.close();
        const timers = mock.method(globalThis, "setTimeout");
        held.letGo(fate);
        await sending;
        await client.outbox.kick(id);
        assert.equal(timers.mock.callCount(), 0);
        timers.mock.restore();
        assert.deepEqual((await saved(id)).words, words);
        const { lines } = await readSession(client.store, id);
        assert.equal(lines.length, 2 - words.length);
      });
    }

    it("asks again for an end that could not even be kept", async () => {
      let signIn = () => Promise.reject(new Error("The sign-in is gone."));
      const lost = clientOver(path, line, { getToken: () => signIn() });
      const { id } = await api("POST", "", { agent_name: "Maria" });
      await assert.rejects(lost.end({ sessionId: id }), /sign-in is gone/);
      signIn = async () => null;
      await assert.rejects(lost.end({ sessionId: id }), { code: "not_authenticated" });
      signIn = async () => env.USER_TOKEN;
      assert.equal((await lost.end({ sessionId: id })).redirect_to, `/analytics/${id}`);
      lost.close();
    });

    it("halves a batch that is too big for a proxy on the way", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      line.always = (seen) => (seen.bytes > 1_500 ? { status: 413, body: { code: "body_too_large" } } : null);
      const words = Array.from({ length: 30 }, (_, index) => `Line ${index + 1} ${"x".repeat(150)}`);
      const done = next(client, "saved");
      await sayAll(words);
      await done;
      assert.deepEqual((await saved(id)).words, words);
    });

    it("stays below the server's limits with a hundred of the longest lines", async () => {
      const { id } = await client.start({ agentName: "Maria" });
      const words = Array.from({ length: 101 }, (_, index) => `${index} ${"é".repeat(3_990)}`);
      const done = next(client, "saved", ({ waiting }) => waiting === 0);
      await sayAll(words);
      await done;
      assert.ok(Math.max(...line.seen.map(({ bytes }) => bytes)) < 256 * 1024);
      assert.deepEqual((await saved(id)).words, words);
    });

    it("tells an expired sign-in apart, keeps the lines, and sends them after the next one", async () => {
      let token = env.USER_TOKEN;
      const supabase = { rpc: (...call) => supabaseFor(token, line.url).rpc(...call) };
      const tired = clientOver(path, line, {
        getToken: async () => token,
        supabase: path === "rpc" ? supabase : undefined,
      });
      const { id } = await tired.start({ agentName: "Maria" });
      token = env.EXPIRED_TOKEN;
      const out = next(tired, "signed_out");
      await tired.say({ speaker: "user", text: "Are you there?" });
      assert.equal((await out).error.code, "not_authenticated");
      token = env.USER_TOKEN;
      const done = next(tired, "saved");
      tired.retry();
      await done;
      assert.deepEqual((await saved(id)).words, ["Are you there?"]);
      tired.close();
    });

    describe("when another user signs in on the same browser", () => {
      let token, shared;
      beforeEach(() => {
        token = env.USER_TOKEN;
        shared = clientOver(path, line, {
          getToken: async () => token,
          supabase: path === "rpc" ? { rpc: (...call) => supabaseFor(token, line.url).rpc(...call) } : undefined,
        });
      });
      afterEach(() => shared.close());

      /** A session whose last line and end still wait when the other user is in. */
      const leftBehind = async () => {
        const { id } = await shared.start({ agentName: "Maria" });
        line.always = () => ({ status: 503 });
        await shared.say({ speaker: "user", text: "Said by the first" });
        shared.end();
        await next(shared, "offline", ({ ending }) => ending);
        line.always = null;
        token = env.OTHER_TOKEN;
        return id;
      };

      it("keeps what the first user said, and their end, until they are back", async () => {
        const id = await leftBehind();
        const before = line.seen.length;
        const out = next(shared, "signed_out");
        shared.retry();
        assert.deepEqual([(await out).waiting, (await out).ending], [1, true]);
        assert.deepEqual(await shared.recover(), []);
        assert.equal(line.seen.length, before, "nothing left this browser");
        token = env.USER_TOKEN;
        const ended = next(shared, "ended");
        await shared.recover();
        assert.equal((await ended).answer.redirect_to, `/analytics/${id}`);
        assert.deepEqual((await saved(id)).words, ["Said by the first"]);
        assert.deepEqual(await shared.setAside(id), []);
      });

      it("sends nothing of the first user's with a page that closes", async () => {
        await leftBehind();
        await shared.list(); // The other user's token has gone out.
        const before = line.seen.length;
        shared.outbox.flush();
        await shared.list();
        assert.equal(line.seen.length, before + 1);
      });

      it("shows what was set aside to the first user alone", async () => {
        const { id } = await shared.start({ agentName: "Maria" });
        await api("POST", `/${id}/complete`, {});
        const ended = next(shared, "ended");
        await shared.say({ speaker: "user", text: "Said by the first, too late" });
        await ended;
        token = env.OTHER_TOKEN;
        assert.deepEqual([...await shared.setAside(id), ...await shared.setAside()], []);
        token = env.USER_TOKEN;
        assert.deepEqual((await shared.setAside(id)).map(({ text }) => text), ["Said by the first, too late"]);
      });

      it("keeps the lines when that happens between a refusal and the look at what the server has", async () => {
        const { id } = await shared.start({ agentName: "Maria" });
        await api("PATCH", `/${id}`, { transcript_line: { sequence: 1, speaker: "user", text: "From a phone" } });
        line.always = (seen) => (seen.body.includes("From here") && (token = env.OTHER_TOKEN), null);
        const out = next(shared, "signed_out");
        await shared.say({ speaker: "user", text: "From here" });
        await out;
        token = env.USER_TOKEN;
        line.always = null;
        const done = next(shared, "saved");
        shared.retry();
        await done;
        assert.deepEqual((await saved(id)).words, ["From a phone", "From here"]);
      });

      it("renews no sign-in into the other user's", async () => {
        let fresh = env.OTHER_TOKEN;
        const stale = clientOver(path, line, {
          getToken: async () => token,
          refreshToken: async () => (token = fresh),
          supabase: path === "rpc" ? { rpc: (...call) => supabaseFor(token, line.url).rpc(...call) } : undefined,
        });
        const { id } = await stale.start({ agentName: "Maria" });
        token = env.EXPIRED_TOKEN;
        const out = next(stale, "signed_out");
        await stale.say({ speaker: "user", text: "Still mine" });
        await out;
        token = fresh = env.USER_TOKEN;
        const done = next(stale, "saved");
        stale.retry();
        await done;
        assert.deepEqual((await saved(id)).words, ["Still mine"]);
        stale.close();
      });
    });
  });
}

describe("the other tabs", () => {
  it("hear nothing more from a closed client, which does not mind", () => {
    globalThis.document = {}; // As in a browser; Node itself has BroadcastChannel.
    const tabs = otherTabs(() => {});
    delete globalThis.document;
    tabs.tell("saved", { sessionId: 1 });
    tabs.close();
    tabs.tell("saved", { sessionId: 1 });
  });
});
