/**
 * The outbox against a model. Two tabs of one browser say, correct and end in several sessions while requests and answers get
 * lost; pages close and open again. The model is a list of words per session. The order of events is fast-check's.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { fc, World } from "./world.js";

const RUNS = Number(process.env.FUZZ_EXAMPLES) || 80;
const SESSIONS = 3;

/** @typedef {{id: number, words: Map<number, string>, agents: number[], asked: Promise<any>|null}} Model */

class Play {
  constructor() {
    this.fates = [];
    this.down = false;
    this.world = new World((call) => {
      if (!call.startsWith("fetch")) return "ok";
      return this.down ? "throw" : this.fates.shift() ?? "ok";
    });
    this.tabs = [this.world.tab(), this.world.tab()];
    /** @type {Model[]} */
    this.models = [];
  }

  async begin() {
    for (let index = 0; index < SESSIONS; index += 1) {
      const { id } = await this.world.settle(this.tabs[0].start({ agentName: `Homeowner ${index}` }));
      await this.world.settle(this.tabs[1].open(id));
      this.models.push({ id, words: new Map(), agents: [], asked: null });
    }
  }

  async say(tab, session, speaker, text) {
    const model = this.models[session];
    const saying = this.tabs[tab].say({ sessionId: model.id, speaker, text });
    if (model.asked) return assert.rejects(this.world.settle(saying), { code: "session_not_active" });
    const { sequence } = await this.world.settle(saying);
    assert.equal(sequence, model.words.size + 1);
    model.words.set(sequence, text);
    if (speaker === "agent") model.agents.push(sequence);
  }

  async correct(tab, session, which, text) {
    const model = this.models[session];
    if (!model.agents.length || model.asked) return;
    const sequence = model.agents[which % model.agents.length];
    await this.world.settle(this.tabs[tab].correct({ sessionId: model.id, sequence, text }));
    model.words.set(sequence, text);
  }

  async end(tab, session) {
    const model = this.models[session];
    const asked = this.tabs[tab].end({ sessionId: model.id });
    model.asked ??= asked;
    asked.catch(() => {}); // The page may be closed before the answer.
    await this.world.rest();
  }

  async reload(tab) {
    this.tabs[tab].outbox.flush();
    this.tabs[tab].close();
    this.tabs[tab] = this.world.tab();
    await this.world.settle(this.tabs[tab].recover());
  }

  /** In the end, with a server that answers: everything that was said is there, in order, once, and in its last words. */
  async check() {
    this.down = false;
    this.fates = [];
    for (const tab of this.tabs) tab.retry();
    for (const { id } of this.models) await this.world.settle(this.tabs[0].end({ sessionId: id }));
    for (const { id, words } of this.models) {
      assert.equal(this.world.sessions.get(id).status, "completed");
      assert.deepEqual(this.world.words(id), [...words.values()]);
    }
    for (const tab of this.tabs) assert.deepEqual(tab.aside, []);
  }
}

const tab = fc.nat(1);
const session = fc.nat(SESSIONS - 1);
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("say"), tab, session, speaker: fc.constantFrom("user", "agent") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("say many"), tab, session }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("correct"), tab, session, which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end"), tab, session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reload"), tab }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retry"), tab }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass"), milliseconds: fc.constantFrom(250, 1_000, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("server"), down: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("fates"),
      fates: fc.array(fc.constantFrom("ok", "throw", "lose answer", "late answer", "503"), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
);

it("a model of words per session and the outbox agree under any loss and any closed tab", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const play = new Play();
      try {
        await play.begin();
        for (const [index, step] of commands.entries()) {
          if (step.do === "say") await play.say(step.tab, step.session, step.speaker, `Line ${index}`);
          if (step.do === "say many") {
            for (let n = 0; n < 60; n += 1) await play.say(step.tab, step.session, "user", `Line ${index}.${n}`);
          }
          if (step.do === "correct") await play.correct(step.tab, step.session, step.which, `Corrected ${index}`);
          if (step.do === "end") await play.end(step.tab, step.session);
          if (step.do === "reload") await play.reload(step.tab);
          if (step.do === "retry") play.tabs[step.tab].retry();
          if (step.do === "pass") await play.world.pass(step.milliseconds);
          if (step.do === "server") play.down = step.down;
          if (step.do === "fates") play.fates.push(...step.fates);
        }
        await play.check();
      } finally {
        play.world.close();
      }
    }),
    { numRuns: RUNS, ...(process.env.FUZZ_EXAMPLES ? {} : { seed: 12 }) },
  );
});
