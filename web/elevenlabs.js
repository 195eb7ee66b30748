/**
 * Voice by ElevenLabs (`@elevenlabs/client`): what its callbacks report becomes lines of the session. The key never comes
 * here: the server fetches a token or signed URL for this one conversation.
 */
import { MAX_TEXT, TrainingSessionError } from "./training-sessions.js";
import { Utterances } from "./parts/utterances.js";
import { within } from "./parts/within.js";

const SDK = "/vendor/elevenlabs-client/lib.iife.js";
const LOAD_MS = 20_000;
const CONNECT_MS = 60_000; // The user may have to allow the microphone first.
const HANG_UP_MS = 3_000;
const NOTHING_SAID = "…"; // A stored line cannot be removed.

/**
 * Turns the SDK's callbacks into `say` and `correct`. The SDK may report one message twice, and corrects an agent's answer after
 * an interruption: the correction goes to the lines whose words it names.
 * @param {{sessions: {say: Function, correct: Function}, sessionId: number, textOnly?: boolean,
 *   onTrouble?: (error: any) => void}} options `onTrouble` gets what could not be recorded
 */
export function voiceLines({ sessions, sessionId, textOnly = false, onTrouble = () => {} }) {
  const utterances = new Utterances();
  /** Typed words that the service may report as heard. @type {string[]} */
  const typed = [];
  /** One after the other, so that a correction always finds its line. @type {Promise<any>} */
  let turn = Promise.resolve();
  const inTurn = (/** @type {() => Promise<any>} */ work) => (turn = turn.then(work).catch(onTrouble));

  /** @param {"user"|"agent"} speaker @param {string} words @param {number[]} [sequences] of the lines, filled here */
  const record = (speaker, words, sequences = []) =>
    inTurn(async () => {
      for (const text of pieces(words)) sequences.push((await sessions.say({ sessionId, speaker, text })).sequence);
    });

  return {
    /** @param {{message: string, role?: "user"|"agent", source?: "user"|"ai", event_id?: number, response_id?: string}} message */
    onMessage({ message, role, source, event_id: event, response_id: response }) {
      const speaker = (role ?? source) === "user" ? "user" : "agent";
      const words = String(message ?? "").trim();
      if (!words) return;
      const answers = speaker === "agent" && utterances.isNewTurn(event);
      const utterance = utterances.add({ speaker, event, response, words });
      if (!utterance) return;
      // An answer comes after the words it answers. Typed words that were not reported by then are not reported any more,
      // and the same words may be spoken. In a conversation without voice they cannot.
      if (answers && !textOnly) typed.length = 0;
      const echo = speaker === "user" ? typed.indexOf(words) : -1;
      if (echo >= 0) typed.splice(echo, 1);
      else record(speaker, words, utterance.sequences);
    },
    /** The rep has typed this. @param {string} text */
    onTyped(text) {
      const words = String(text ?? "").trim();
      if (!words) return;
      typed.push(words);
      record("user", words);
    },
    /** @param {{original_agent_response?: string, corrected_agent_response: string, event_id: number}} correction */
    onAgentResponseCorrection(correction) {
      const parts = utterances.correct(correction);
      if (!parts.length) onTrouble(new Error("A correction names words that were not reported."));
      for (const { utterance: { sequences }, was, said } of parts) {
        inTurn(async () => {
          const before = pieces(was);
          const texts = said ? pieces(said) : [];
          for (const [index, sequence] of sequences.entries()) {
            const text = texts[index] ?? NOTHING_SAID;
            if (text !== before[index]) await sessions.correct({ sessionId, sequence, text });
          }
          for (const text of texts.slice(sequences.length)) await sessions.say({ sessionId, speaker: "agent", text });
        });
      }
    },
    /** Resolves when everything reported so far is in the outbox. */
    settled: () => turn,
  };
}

/**
 * Connects. Resolves when the homeowner is on the line.
 * @param {{sessions: import("./training-sessions.js").TrainingSessions, sessionId: number, origin?: string, sdk?: any,
 *   textOnly?: boolean, onMode?: (mode: "speaking"|"listening") => void, onDisconnect?: (details: any) => void,
 *   onTrouble?: (error: any) => void}} options `sdk` is `@elevenlabs/client` where a bundler imports it
 * @returns {Promise<{stop: () => Promise<void>, mute: (muted: boolean) => void, send: (text: string) => void}>} `stop` hangs
 *   up and resolves when everything said is in the outbox; the session is ended after that. `send` sends typed words and
 *   records them
 * @throws {TrainingSessionError} voice_not_configured, voice_unavailable
 */
export async function startVoice(
  { sessions, sessionId, origin, sdk, textOnly, onMode = () => {}, onDisconnect = () => {}, onTrouble },
) {
  const access = await sessions.voiceToken(sessionId);
  const { Conversation } = sdk ?? (await within(LOAD_MS, loadSdk).catch(unavailable));
  const lines = voiceLines({ sessions, sessionId, textOnly, onTrouble });
  const conversation = await connect(() =>
    Conversation.startSession({
      ...(access.signed_url
        ? { signedUrl: access.signed_url, connectionType: "websocket" }
        : { conversationToken: access.token ?? access.conversation_token, connectionType: "webrtc" }),
      ...(origin ? { origin } : {}),
      ...(textOnly ? { textOnly: true } : {}),
      onMessage: lines.onMessage,
      onAgentResponseCorrection: lines.onAgentResponseCorrection,
      onModeChange: (/** @type {any} */ { mode }) => onMode(mode),
      onDisconnect,
    })
  );
  return {
    async stop() {
      await hangUp(conversation);
      await lines.settled();
    },
    mute: (muted) => conversation.setMicMuted(muted),
    send(text) {
      lines.onTyped(text);
      conversation.sendUserMessage(text);
    },
  };
}

/** @param {() => Promise<any>} start @returns {Promise<any>} */
async function connect(start) {
  /** @type {Promise<any>|undefined} */
  let starting;
  try {
    return await within(CONNECT_MS, () => (starting = start()));
  } catch (error) {
    if (!(error instanceof TrainingSessionError)) throw error;
    starting?.then(hangUp).catch(() => {}); // It may still connect after the time-out.
    return unavailable();
  }
}

/** A hang-up that fails, or never answers, does not prevent the end. @param {any} conversation */
const hangUp = (conversation) => within(HANG_UP_MS, () => conversation.endSession()).catch(() => {});

/** @returns {never} */
function unavailable() {
  throw new TrainingSessionError({
    code: "voice_unavailable",
    message: "The voice service cannot be reached.",
    status: 503,
  });
}

/** Cuts what is longer than a line may be, at a space where there is one. @param {string} text @returns {string[]} */
export function pieces(text) {
  const characters = [...text];
  if (characters.length <= MAX_TEXT) return [text];
  const space = characters.lastIndexOf(" ", MAX_TEXT - 1);
  const end = space > 0 ? space : MAX_TEXT;
  return [characters.slice(0, end).join(""), ...pieces(characters.slice(end).join("").trim())];
}

/** The SDK is larger than all other scripts together, so it is loaded when a voice session begins. @returns {Promise<any>} */
function loadSdk() {
  const known = /** @type {any} */ (globalThis).ElevenLabsClient;
  if (known) return known;
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SDK;
    script.onload = () => resolve(/** @type {any} */ (globalThis).ElevenLabsClient);
    script.onerror = () => reject(new Error("The voice SDK did not load."));
    document.head.append(script);
  });
}
