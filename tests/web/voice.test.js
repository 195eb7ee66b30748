/** The voice adapter: callbacks of the SDK in, lines out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pieces, startVoice, voiceLines } from "../../web/elevenlabs.js";

function recorder() {
  const lines = [];
  return {
    lines,
    say: async ({ speaker, text }) => ({ sequence: lines.push({ speaker, text }) }),
    correct: async ({ sequence, text }) => void (lines[sequence - 1].text = text),
  };
}
const words = ({ lines }) => lines.map(({ speaker, text }) => `${speaker}: ${text}`);

describe("voice", () => {
  it("turns messages into lines in the order they were heard", async () => {
    const sessions = recorder();
    const voice = voiceLines({ sessions, sessionId: 1 });
    voice.onMessage({ message: "Hello?", role: "agent", source: "ai", event_id: 1 });
    voice.onMessage({ message: "Good evening!", role: "user", source: "user", event_id: 2 });
    voice.onMessage({ message: "Who is it?", source: "ai" });
    await voice.settled();
    assert.deepEqual(words(sessions), ["agent: Hello?", "user: Good evening!", "agent: Who is it?"]);
  });

  it("drops what the SDK reports twice, and nothing else", async () => {
    const sessions = recorder();
    const voice = voiceLines({ sessions, sessionId: 1 });
    const twice = { message: "Hello?", role: "agent", event_id: 1 };
    voice.onMessage(twice);
    voice.onMessage(twice);
    voice.onMessage({ message: "Hello?", role: "user", event_id: 1 }); // the other speaker
    voice.onMessage({ message: "Anybody?", role: "agent", event_id: 1 }); // other words: a second sentence of the same turn
    voice.onMessage({ message: "Yes", role: "user" }); // without an id nothing can be told apart
    voice.onMessage({ message: "Yes", role: "user" });
    voice.onMessage({ message: "   ", role: "user", event_id: 7 });
    await voice.settled();
    assert.deepEqual(words(sessions), ["agent: Hello?", "user: Hello?", "agent: Anybody?", "user: Yes", "user: Yes"]);
  });

  it("corrects the line that was interrupted, also right after it was reported", async () => {
    const sessions = recorder();
    const voice = voiceLines({ sessions, sessionId: 1 });
    voice.onMessage({ message: "I would have to ask my husband about that first.", role: "agent", event_id: 4 });
    voice.onAgentResponseCorrection({ corrected_agent_response: "I would have to...", event_id: 4 });
    voice.onMessage({ message: "Of course.", role: "user", event_id: 5 });
    voice.onMessage({ message: "Never spoken", role: "agent", event_id: 6 });
    voice.onAgentResponseCorrection({ corrected_agent_response: "", event_id: 6 });
    voice.onAgentResponseCorrection({ corrected_agent_response: "of an unknown event", event_id: 99 });
    await voice.settled();
    assert.deepEqual(words(sessions), ["agent: I would have to...", "user: Of course.", "agent: …"]);
  });

  it("cuts a monologue into lines without losing a word", async () => {
    const text = "word ".repeat(2_000).trim();
    assert.ok(pieces(text).every((piece) => piece.length <= 4_000));
    assert.equal(pieces(text).join(" "), text);
    assert.deepEqual(pieces("🙂".repeat(4_000)), ["🙂".repeat(4_000)]);
    assert.equal(pieces("🙂".repeat(4_001)).length, 2);
  });

  for (
    const [what, hangUp] of [
      ["answers", async () => {}],
      ["fails", () => Promise.reject(new Error("gone"))],
      ["never answers", () => new Promise(() => {})],
    ]
  ) {
    it(`has recorded the last words once it has stopped, also where the hang-up ${what}`, async ({ mock }) => {
      mock.timers.enable({ apis: ["setTimeout"] });
      const sessions = { ...recorder(), voiceToken: async () => ({ token: "t" }) };
      const startSession = async ({ onMessage }) => ({
        endSession() {
          onMessage({ message: "Shall we say Monday?", role: "user", event_id: 1 });
          return hangUp();
        },
      });
      const voice = await startVoice({ sessions, sessionId: 1, sdk: { Conversation: { startSession } } });
      const stopped = voice.stop();
      mock.timers.tick(3_000);
      await stopped;
      assert.deepEqual(words(sessions), ["user: Shall we say Monday?"]);
    });
  }

  it("reports what could not be recorded and goes on", async () => {
    const troubles = [];
    const sessions = { ...recorder(), say: async () => Promise.reject(new Error("no")) };
    const voice = voiceLines({ sessions, sessionId: 1, onTrouble: (error) => troubles.push(error.message) });
    voice.onMessage({ message: "One", role: "user", event_id: 1 });
    voice.onMessage({ message: "Two", role: "user", event_id: 2 });
    await voice.settled();
    assert.deepEqual(troubles, ["no", "no"]);
  });
});
