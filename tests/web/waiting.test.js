/** Lines that wait: several batches, several sessions, a closing page, and servers on the way that refuse or ask for patience. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { World } from "./world.js";

let world, server, tab;
beforeEach(() => {
  server = "ok";
  world = new World((call) => (call === "fetch" ? server : "ok"));
  tab = world.tab();
});
afterEach(() => world.close());

const start = async (agentName = "Maria") => (await world.settle(tab.start({ agentName }))).id;
const say = (text, sessionId, speaker = "user") => world.settle(tab.say({ sessionId, speaker, text }));
const sayMany = async (count, sessionId, text = "Line") => {
  const words = Array.from({ length: count }, (_, index) => `${text} ${index}`);
  await world.settle(Promise.all(words.map((words) => tab.say({ sessionId, speaker: "user", text: words }))));
  return words;
};

describe("an end", () => {
  it("comes after the last of several batches", async () => {
    const id = await start();
    server = "throw";
    const words = await sayMany(150, id);
    server = "ok";
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), words);
    assert.deepEqual(tab.aside, []);
  });

  it("leaves what waits of another session alone", async () => {
    const [first, second] = [await start("Maria"), await start("Walter")];
    server = "throw";
    await say("To Maria", first);
    await say("To Walter", second);
    server = "ok";
    await world.settle(tab.end({ sessionId: first }));
    await world.settle(tab.end({ sessionId: second }));
    assert.deepEqual([world.words(first), world.words(second)], [["To Maria"], ["To Walter"]]);
  });

  it("goes through without the lines that a firewall refuses, which are set aside", async () => {
    world.firewall = (body) => body.includes("drop table");
    const id = await start();
    await say("I will drop table reservations by the door", id);
    await world.settle(tab.end());
    assert.equal(world.sessions.get(id).status, "completed");
    assert.deepEqual(tab.aside.map(({ text }) => text), ["I will drop table reservations by the door"]);
  });
});

describe("a firewall", () => {
  for (const status of [400, 403, 404, 405, 406, 409, 415]) {
    it(`that answers ${status} to one line's words keeps no other line from being saved`, async () => {
      world.firewall = (body) => body.includes("drop table") && status;
      const id = await start();
      server = "throw";
      const before = await sayMany(7, id, "Before");
      await say("drop table", id);
      const after = await sayMany(7, id, "After");
      server = "ok";
      await world.pass(30_000);
      assert.deepEqual(world.words(id), [...before, ...after]);
      assert.deepEqual(tab.aside.map(({ text }) => text), ["drop table"]);
      assert.equal(tab.states.get(id).name, "saved");
    });
  }

  it("that refuses everything for a while costs no line", async () => {
    const id = await start();
    server = "403 html";
    const words = await sayMany(30, id);
    const ending = tab.end();
    await world.pass(90_000);
    while (tab.states.get(id).name !== "offline") await world.pass(250);
    const asked = world.requests.length;
    await world.pass(60_000);
    assert.ok(world.requests.length - asked < 60, "it asks with pauses");
    server = "ok";
    await world.settle(ending);
    assert.deepEqual(world.words(id), words);
    assert.deepEqual(tab.aside, []);
  });

  it("that refuses the words of an interrupted line does not refuse what was really said", async () => {
    world.firewall = (body) => body.includes("drop table");
    const id = await start();
    const { sequence } = await say("I will drop table", id, "agent");
    await world.settle(tab.correct({ sessionId: id, sequence, text: "I will..." }));
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["I will..."]);
  });
});

describe("a server that asks for patience", () => {
  for (
    const [what, header, least, most] of [
      ["seconds", "30", 30_000, 32_000],
      ["a date", () => new Date(Date.now() + 40_000).toUTCString(), 30_000, 42_000],
      ["longer than a timer can count", "99999999999", 300_000, 301_000],
    ]
  ) {
    it(`is asked again after ${what}`, async () => {
      const id = await start();
      server = `429 ${typeof header === "string" ? header : header()}`;
      await say("Patience", id);
      await world.rest();
      server = "ok";
      await world.pass(least - 1_000);
      assert.deepEqual(world.words(id), []);
      await world.pass(most - least + 1_000);
      assert.deepEqual(world.words(id), ["Patience"]);
    });
  }
});

describe("a closing page", () => {
  it("sends no more than browsers let a closing page send, over all its sessions", async () => {
    const sessions = [await start("Maria"), await start("Walter"), await start("Priya")];
    server = "throw";
    for (const id of sessions) await sayMany(30, id, "é".repeat(1_000));
    tab.outbox.flush();
    const sent = world.requests.filter(({ keepalive }) => keepalive);
    const bytes = sent.reduce((sum, { body }) => sum + new TextEncoder().encode(body).length, 0);
    assert.ok(sent.length >= 1);
    assert.ok(bytes < 64 * 1024, `${bytes} bytes`);
  });

  it("is not always closed: a line that it sent and that is corrected after that is there once", async () => {
    const id = await start();
    server = "throw";
    const { sequence } = await say("Whole sentence", id, "agent");
    tab.outbox.flush();
    await world.rest();
    await world.settle(tab.correct({ sessionId: id, sequence, text: "Whole" }));
    tab.outbox.flush();
    await world.settle(tab.correct({ sessionId: id, sequence, text: "Who" }));
    server = "ok";
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["Who"]);
  });

  it("ends with what was really said of an interrupted line", async () => {
    const id = await start();
    server = "throw";
    const { sequence } = await say("Whole sentence", id, "agent");
    await world.settle(tab.correct({ sessionId: id, sequence, text: "Whole" }));
    const ending = tab.end();
    await world.rest();
    tab.outbox.flush();
    await world.rest();
    assert.equal(world.sessions.get(id).status, "completed");
    assert.deepEqual(world.words(id), ["Whole"]);
    server = "ok";
    await world.settle(ending);
    assert.deepEqual(tab.aside, []);
  });
});

describe("a correction", () => {
  it("of a line whose answer got lost does not double the line", async () => {
    const id = await start();
    const answers = ["lose answer", "ok"];
    world.fate = (call) => (call === "fetch" ? answers.shift() ?? "ok" : "ok");
    const saying = tab.say({ speaker: "agent", text: "Whole sentence" });
    const { sequence } = await saying;
    tab.correct({ sequence, text: "Whole" });
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["Whole"]);
  });

  it("of a line that never arrived does not replace another device's line in its place", async () => {
    const id = await start();
    server = "throw";
    const { sequence } = await say("Mine, whole", id, "agent");
    await world.settle(tab.correct({ sessionId: id, sequence, text: "Mine" }));
    world.serve("PATCH", `/${id}`, { transcript_lines: [{ sequence: 1, speaker: "agent", text: "From a phone" }] }, {});
    server = "ok";
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["From a phone", "Mine"]);
  });
});

describe("a function that the database does not have", () => {
  it("is asked for again for some seconds, and then reported", async () => {
    world.refusal = [404, { code: "PGRST202", message: "Could not find the function." }];
    const before = world.clock.now;
    await assert.rejects(world.settle(tab.start({ agentName: "Maria" })), { code: "PGRST202" });
    assert.ok(world.clock.now - before > 5_000);
    await assert.rejects(world.settle(tab.waitForGrade(1)), { code: "PGRST202" });
  });
});

describe("recover", () => {
  it("takes an unreachable server for no end", async () => {
    const id = await start();
    await world.pass(1_000);
    tab.close();
    server = "throw";
    const next = world.tab();
    const open = await world.settle(next.recover());
    assert.deepEqual(open.map(({ id, ending }) => [id, ending]), [[id, false]]);
    server = "ok";
    tab = next;
    await say("Still here", id);
    await world.settle(next.end({ sessionId: id }));
    assert.deepEqual(world.words(id), ["Still here"]);
  });

  it("asks about all sessions at once, so that a silent server costs one time-out", async () => {
    await start("Maria");
    await start("Walter");
    await start("Priya");
    await world.pass(1_000);
    server = "hang";
    const next = world.tab();
    const before = world.clock.now;
    assert.equal((await world.settle(next.recover())).length, 3);
    assert.ok(world.clock.now - before <= 16_000);
  });
});

describe("a line's time", () => {
  it("is counted from the session's start where it is small, and refused by name where it is not", async () => {
    const id = await start();
    const { startedAt } = await tab.store.run((tx) => tx.get("sessions", id));
    for (const [timestamp, seconds] of [[12.5, 12.5], ["12.5", 12.5], [0, 0], [86_400, 86_400]]) {
      const line = await world.settle(tab.say({ speaker: "user", text: "Now", timestamp }));
      assert.equal(Date.parse(line.timestamp) - Date.parse(startedAt), seconds * 1_000);
    }
    for (const timestamp of [-1, 86_401, 1_700_000_000, "1700000000", NaN, Infinity, 1e300]) {
      await assert.rejects(world.settle(tab.say({ speaker: "user", text: "When?", timestamp })), {
        code: "invalid_field",
        details: "timestamp",
      });
    }
    const at = Date.UTC(2026, 10, 25, 9);
    for (const timestamp of [at, new Date(at), new Date(at).toISOString(), "2026-11-25T10:00:00+01:00"]) {
      assert.equal(
        (await world.settle(tab.say({ speaker: "user", text: "Then", timestamp }))).timestamp,
        "2026-11-25T09:00:00.000Z",
      );
    }
    for (const timestamp of ["00:05", "Line 5", {}, true]) {
      const line = await world.settle(tab.say({ speaker: "user", text: "Now", timestamp }));
      assert.ok(Math.abs(Date.parse(line.timestamp) - Date.now()) < 60_000, line.timestamp);
    }
  });
});

describe("half an emoji", () => {
  it("is replaced in a homeowner's name and in a line, and the whole emoji is kept", async () => {
    const id = await start("Maria \ud83d");
    assert.equal(world.sessions.get(id).name, "Maria \ufffd");
    await say("half \udc4d whole 👍\ud83d", id);
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["half \ufffd whole 👍\ufffd"]);
  });
});
