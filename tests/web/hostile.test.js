/** A browser whose every part throws, hangs or answers late. No line is lost, no promise stays open, the state shown is true. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { fc, World } from "./world.js";

const RUNS = Number(process.env.FUZZ_EXAMPLES) || 150;

let world;
afterEach(() => world?.close());

/** Fates by call, given as lists; "ok" after the last of each. */
const planned = (plan) => (call) => plan[call]?.shift() ?? plan.always?.[call] ?? "ok";
const within = async (tab, minutes = 2) => {
  const { id } = await world.settle(tab.start({ agentName: "Maria" }), minutes);
  await world.settle(tab.say({ speaker: "user", text: "Good evening!" }), minutes);
  await world.settle(tab.say({ speaker: "agent", text: "Who is it?" }), minutes);
  const answer = await world.settle(tab.end(), minutes);
  assert.equal(answer.redirect_to, `/analytics/${id}`);
  assert.deepEqual(world.words(id), ["Good evening!", "Who is it?"]);
};

describe("a session is recorded and ended where", () => {
  for (
    const [what, plan] of [
      ["Web Locks are denied by an exception", { always: { "locks.request": "throw" } }],
      ["Web Locks are denied by a rejection", { always: { "locks.request": "reject" } }],
      ["the lock is never granted, as behind a frozen tab", { always: { "locks.request": "hang" } }],
      ["indexedDB.open throws", { always: { "indexedDB.open": "throw" } }],
      ["indexedDB.open fires no event", { always: { "indexedDB.open": "hang" } }],
      ["no transaction can be opened", { always: { transaction: "throw" } }],
      ["no transaction ever completes", { always: { transaction: "hang" } }],
      ["reading the storage never answers", { always: { get: "hang", getAll: "hang" } }],
      ["the storage is full", { always: { put: "throw" } }],
      ["BroadcastChannel throws", { always: { BroadcastChannel: "throw" } }],
      ["no message can be posted to other tabs", { always: { postMessage: "throw" } }],
      ["crypto.randomUUID throws", { always: { "crypto.randomUUID": "throw" } }],
      ["the network hangs twice and ignores its signal", { fetch: ["ok", "hang", "hang"] }],
    ]
  ) {
    it(what, async () => {
      world = new World(planned(plan));
      await within(world.tab());
    });
  }
});

describe("the sign-in", () => {
  it("that hangs once is told as offline, and the sending goes on when it works again", async () => {
    world = new World(planned({ getToken: ["ok", "ok", "hang"] }));
    const tab = world.tab();
    const { id } = await world.settle(tab.start({ agentName: "Maria" }));
    await world.settle(tab.say({ speaker: "user", text: "Good evening!" }));
    await world.pass(8_000);
    assert.equal(tab.states.get(id).name, "offline");
    assert.equal(tab.states.get(id).error.code, "timeout");
    tab.retry();
    await world.rest(20);
    assert.equal(tab.states.get(id).name, "saved");
    assert.deepEqual(world.words(id), ["Good evening!"]);
  });

  it("that hangs for ever lets start fail in time", async () => {
    world = new World(planned({ always: { getToken: "hang" } }));
    await assert.rejects(world.settle(world.tab().start({ agentName: "Maria" }), 1), { code: "timeout" });
  });

  it("that is missing at the page's load is waited for: what an earlier page left is sent once it is back", async () => {
    let signedIn = true;
    let server = true;
    world = new World((call) => {
      if (call === "getToken") return signedIn ? "ok" : "null";
      return call.startsWith("fetch") && !server ? "throw" : "ok";
    });
    const first = world.tab();
    const { id } = await world.settle(first.start({ agentName: "Maria" }));
    server = false;
    await world.settle(first.say({ speaker: "user", text: "Said offline" }));
    first.end();
    await world.rest();
    first.close();

    signedIn = false;
    const second = world.tab();
    assert.deepEqual(await world.settle(second.recover()), []);
    await world.rest();
    assert.equal(second.states.get(id).name, "signed_out");
    signedIn = server = true;
    await world.pass(20_000);
    assert.equal(world.sessions.get(id).status, "completed");
    assert.deepEqual(world.words(id), ["Said offline"]);
  });
});

describe("the storage", () => {
  for (const call of ["transaction", "get", "put"]) {
    it(`that fails once in ${call} keeps what is said after that, also over a reload`, async () => {
      const plan = { [call]: [] };
      let server = true;
      const fate = planned(plan);
      world = new World((name) => (name.startsWith("fetch") && !server ? "throw" : fate(name)));
      const first = world.tab();
      const { id } = await world.settle(first.start({ agentName: "Maria" }));
      server = false;
      plan[call].push("throw");
      await world.settle(first.say({ speaker: "user", text: "Said offline" }));
      assert.equal(first.persistent, true);
      first.close();
      server = true;
      const second = world.tab();
      await world.settle(second.recover());
      await world.pass(1_000);
      assert.deepEqual(world.words(id), ["Said offline"]);
    });
  }

  it("that commits and does not tell doubles no line", async () => {
    const plan = { transaction: [] };
    world = new World(planned(plan));
    const tab = world.tab();
    const { id } = await world.settle(tab.start({ agentName: "Maria" }));
    await world.pass(1_000);
    plan.transaction.push("hang");
    await world.settle(tab.say({ speaker: "user", text: "Once" }));
    await world.settle(tab.end());
    assert.deepEqual(world.words(id), ["Once"]);
  });
});

describe("two tabs", () => {
  it("both learn of an end that one of them carried through, where no channel tells", async () => {
    world = new World(planned({ always: { BroadcastChannel: "throw" } }));
    const [one, two] = [world.tab(), world.tab()];
    const { id } = await world.settle(one.start({ agentName: "Maria" }));
    await world.settle(two.open(id));
    const answers = await world.settle(Promise.all([one.end({ sessionId: id }), two.end({ sessionId: id })]));
    assert.deepEqual(answers[0], answers[1]);
  });
});

it("holds by any seed: no line is lost, no promise stays open, the state shown is true", async () => {
  const calls = {
    fetch: ["throw", "hang", "late", "lose answer", "late answer", "503", "200 html", "403 html", "429 2"],
    "fetch keepalive": ["throw", "hang", "lose answer"],
    getToken: ["throw", "hang", "late", "null"],
    "locks.request": ["throw", "reject", "hang", "late"],
    "indexedDB.open": ["throw", "hang", "late"],
    transaction: ["throw", "hang", "late"],
    get: ["throw", "hang"],
    getAll: ["throw", "hang"],
    put: ["throw", "hang"],
    delete: ["throw", "hang"],
    BroadcastChannel: ["throw"],
    postMessage: ["throw"],
    "crypto.randomUUID": ["throw"],
  };
  const hostility = fc.record(
    Object.fromEntries(
      Object.entries(calls).map(([call, fates]) => [
        call,
        fc.record({ fates: fc.array(fc.constantFrom("ok", "ok", ...fates), { maxLength: 8 }), after: fc.nat(12) }),
      ]),
    ),
  );
  const story = fc.array(fc.constantFrom("user", "agent", "agent", "correct", "close", "reload"), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(hostility, story, fc.boolean(), async (plan, steps, firewall) => {
      const left = structuredClone(plan);
      let refusals = 0;
      const fate = (call) => {
        const part = left[call];
        const next = part.after-- > 0 ? "ok" : part.fates.shift() ?? "ok";
        if (next === "403 html" && (firewall || (refusals += 1) > 2)) return "503"; // More would be meant for a line.
        return next;
      };
      world = new World(fate);
      world.firewall = (body) => firewall && /Line 3\b/.test(body);
      try {
        await tell(steps, firewall);
      } finally {
        world.close();
      }
    }),
    { numRuns: RUNS, ...(process.env.FUZZ_EXAMPLES ? {} : { seed: 12 }) },
  );
});

/** Plays the story in the hostile world and compares what the server has in the end. */
async function tell(steps, firewall) {
  let tab = world.tab();
  const { id } = await again(() => tab.start({ agentName: "Maria" }));
  let unread = false;
  /** What an earlier page left is out of reach, and the user is told so. The session itself goes on. */
  const takeUp = async () => {
    unread = true;
    agents.length = 0;
    await again(() => tab.open(id));
  };
  /** @type {Map<number, string>} */
  const said = new Map();
  const agents = [];
  for (const [index, step] of steps.entries()) {
    if (step === "correct") {
      if (!agents.length) continue;
      const sequence = agents[index % agents.length];
      await world.settle(tab.correct({ sessionId: id, sequence, text: `Corrected ${index}` }));
      said.set(sequence, `Corrected ${index}`);
    } else if (step === "close") {
      tab.outbox.flush();
    } else if (step === "reload") {
      if (!tab.persistent) continue; // Said to the user: without storage a reload loses what waits.
      tab.outbox.flush();
      tab.close();
      tab = world.tab();
      await again(() => tab.recover());
      if (!tab.persistent) await takeUp();
    } else {
      const say = () => world.settle(tab.say({ sessionId: id, speaker: step, text: `Line ${index}` }));
      const { sequence } = await say().catch(async (error) => {
        if (tab.persistent) throw error;
        await takeUp();
        return say();
      });
      said.set(sequence, `Line ${index}`);
      if (step === "agent") agents.push(sequence);
    }
    const state = tab.states.get(id);
    if (state?.name === "saved") assert.equal(state.waiting, 0);
  }
  await again(() => tab.end({ sessionId: id }));
  assert.equal(world.sessions.get(id).status, "completed");
  const blocked = (text) => firewall && /Line 3\b/.test(text);
  const words = [...said].sort(([a], [b]) => a - b).map(([, text]) => text).filter((text) => !blocked(text));
  const saved = world.words(id);
  if (unread) assert.equal(new Set(saved).size, saved.length);
  else assert.deepEqual(saved, words);
}

/** Calls until it succeeds: a refusal is an answer, but the next call has a chance, too. */
async function again(call) {
  for (let attempt = 0;; attempt += 1) {
    try {
      return await world.settle(call());
    } catch (error) {
      assert.ok(attempt < 20, `fails for ever: ${error}`);
    }
  }
}
