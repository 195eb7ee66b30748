/** The voice adapter: callbacks of the SDK in, lines out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pieces, startVoice, voiceLines } from "../../web/elevenlabs.js";

function recorder() {
  const lines = [];
  const recorder = {
    lines,
    corrections: 0,
    say: async ({ speaker, text }) => ({ sequence: lines.push({ speaker, text }) }),
    async correct({ sequence, text }) {
      recorder.corrections += 1;
      lines[sequence - 1].text = text;
    },
  };
  return recorder;
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

  /** The agent's messages and corrections in, the agent's lines out. */
  const recorded = async (...events) => {
    const sessions = recorder();
    const troubles = [];
    const voice = voiceLines({ sessions, sessionId: 1, onTrouble: (error) => troubles.push(error.message) });
    for (const { said, of, event = 1, ...message } of events) {
      if (said === undefined) voice.onMessage({ role: "agent", event_id: event, ...message });
      else {
        voice.onAgentResponseCorrection({
          original_agent_response: of,
          corrected_agent_response: said,
          event_id: event,
        });
      }
    }
    await voice.settled();
    return { texts: sessions.lines.map(({ text }) => text), corrections: sessions.corrections, troubles };
  };
  const APPOINTMENT = "Thursday at nine is fine.";

  it("corrects the message whose words are named, and leaves an appointment of the same turn alone", async () => {
    const { texts } = await recorded(
      { message: "Let me look." },
      { message: APPOINTMENT },
      { said: "Let me...", of: "Let me look." },
    );
    assert.deepEqual(texts, ["Let me...", APPOINTMENT]);
  });

  it("finds the message by its words in another turn than the correction names", async () => {
    const { texts } = await recorded(
      { message: "Let me look.", event: 1 },
      { message: APPOINTMENT, event: 2 },
      { said: "Let me...", of: "Let me look.", event: 2 },
    );
    assert.deepEqual(texts, ["Let me...", APPOINTMENT]);
  });

  it("changes nothing where no message has the words that a correction names, and reports it", async () => {
    const { texts, troubles } = await recorded({ message: APPOINTMENT }, { said: "No", of: "No, thank you." });
    assert.deepEqual(texts, [APPOINTMENT]);
    assert.equal(troubles.length, 1);
  });

  it("shares a correction of a whole turn out over its messages, and leaves nothing unspoken", async () => {
    const { texts } = await recorded(
      { message: "Let me look." },
      { message: "One moment, please." },
      { message: APPOINTMENT },
      { said: "Let me look. One mo...", of: `Let me look. One moment, please. ${APPOINTMENT}` },
    );
    assert.deepEqual(texts, ["Let me look.", "One mo...", "…"]);
  });

  it("corrects all pieces of a long answer, and leaves nothing unspoken", async () => {
    const long = "word ".repeat(2_000).trim();
    const said = `${"word ".repeat(900).trim()}...`;
    const { texts, corrections } = await recorded({ message: long }, { said, of: long });
    assert.equal(texts.join(" "), `${pieces(said).join(" ")} …`);
    assert.equal(corrections, 2, "the first piece was spoken as it stands");
  });

  it("corrects a message twice, by its first words or by its corrected ones", async () => {
    const { texts } = await recorded(
      { message: "One, two, three." },
      { said: "One, two...", of: "One, two, three." },
      { said: "One...", of: "One, two..." },
      { said: "On...", of: "One, two, three." },
    );
    assert.deepEqual(texts, ["On..."]);
  });

  it("without the original words corrects the only message of a turn, or the one that begins so", async () => {
    const { texts } = await recorded(
      { message: "Let me look." },
      { message: APPOINTMENT },
      { said: "Let me..." },
      { message: "Good.", event: 2 },
      { said: "", event: 2 },
    );
    assert.deepEqual(texts, ["Let me...", APPOINTMENT, "…"]);
  });

  it("takes the same words in another place of a turn for another message", async () => {
    const { texts } = await recorded({ message: "Yes." }, { message: APPOINTMENT }, { message: "Yes." });
    assert.deepEqual(texts, ["Yes.", APPOINTMENT, "Yes."]);
  });

  it("takes the same words of a turn that is over for a redelivery", async () => {
    const { texts } = await recorded(
      { message: "Yes." },
      { message: APPOINTMENT },
      { message: "Good evening!", event: 2, role: "user" },
      { message: "Yes." },
    );
    assert.deepEqual(texts, ["Yes.", APPOINTMENT, "Good evening!"]);
  });

  it("drops a redelivery also after the message was corrected", async () => {
    const { texts } = await recorded({ message: "Yes, please." }, { said: "Yes...", of: "Yes, please." }, {
      message: "Yes, please.",
    });
    assert.deepEqual(texts, ["Yes..."]);
  });

  it("goes by the message's own id where the SDK gives one", async () => {
    const { texts } = await recorded(
      { message: "Yes.", response_id: "a" },
      { message: "Yes.", response_id: "b" },
      { message: "Yes.", response_id: "a" },
    );
    assert.deepEqual(texts, ["Yes.", "Yes."]);
  });

  /** A typed or spoken conversation. `during` is called with the SDK's onMessage when words are sent. */
  const typing = async ({ textOnly, during = () => {} }, talk) => {
    const sessions = { ...recorder(), voiceToken: async () => ({ token: "t" }) };
    let hear;
    const startSession = async ({ onMessage }) => {
      hear = onMessage;
      return { endSession: async () => {}, sendUserMessage: (text) => during(hear, text) };
    };
    const voice = await startVoice({ sessions, sessionId: 1, sdk: { Conversation: { startSession } }, textOnly });
    talk(voice, hear);
    await voice.stop();
    return words(sessions);
  };

  for (
    const [what, during] of [
      ["does not report them", () => {}],
      ["reports them", (hear, message) => hear({ message, role: "user", event_id: 7 })],
      ["reports them twice", (hear, message) => [1, 2].forEach(() => hear({ message, role: "user", event_id: 7 }))],
      ["reports them after its answer", (hear, message) => {
        hear({ message: "Come in.", role: "agent", event_id: 8 });
        hear({ message, role: "user", event_id: 7 });
      }],
    ]
  ) {
    it(`records typed words once where the service ${what}`, async () => {
      const lines = await typing({ textOnly: true, during }, (voice) => voice.send("Good evening!"));
      assert.deepEqual(lines.filter((line) => line.startsWith("user")), ["user: Good evening!"]);
    });
  }

  it("records the same words typed twice as two lines", async () => {
    const during = (hear, message) => hear({ message, role: "user" });
    const lines = await typing(
      { textOnly: true, during },
      (voice) => ["Yes", "Yes"].forEach((text) => voice.send(text)),
    );
    assert.deepEqual(lines, ["user: Yes", "user: Yes"]);
  });

  it("records words that are spoken after the same were typed and answered", async () => {
    const lines = await typing({ textOnly: false }, (voice, hear) => {
      voice.send("Yes");
      hear({ message: "Really?", role: "agent", event_id: 1 });
      hear({ message: "Yes", role: "user", event_id: 2 });
    });
    assert.deepEqual(lines, ["user: Yes", "agent: Really?", "user: Yes"]);
  });

  it("gives up on a service that never connects, and hangs up when it does later", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    let connect;
    let hungUp = 0;
    const Conversation = { startSession: () => new Promise((resolve) => (connect = resolve)) };
    const sessions = { ...recorder(), voiceToken: async () => ({ token: "t" }) };
    const starting = startVoice({ sessions, sessionId: 1, sdk: { Conversation } });
    const refused = assert.rejects(starting, { code: "voice_unavailable" });
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(60_000);
    await refused;
    connect({ endSession: async () => void (hungUp += 1) });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hungUp, 1);
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
