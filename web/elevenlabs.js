/**
 * Voice by ElevenLabs (`@elevenlabs/client`): what its callbacks report becomes lines of the session. The key never comes
 * here: the server fetches a token or signed URL for this one conversation.
 */
import { MAX_TEXT } from "./training-sessions.js";

const SDK = "/vendor/elevenlabs-client/lib.iife.js";
const HANG_UP_MS = 3_000;

/**
 * Turns the SDK's callbacks into `say` and `correct`. The SDK may report one utterance twice, and corrects an agent's
 * utterance after an interruption; `event_id` tells which.
 * @param {{sessions: {say: Function, correct: Function}, sessionId: number, onTrouble?: (error: any) => void}} options
 *   `onTrouble` hears what could not be recorded
 */
export function voiceLines({ sessions, sessionId, onTrouble = () => {} }) {
  /** What each event said. @type {Map<string, Set<string>>} */
  const heard = new Map();
  /** The last line of an agent's event. @type {Map<number, number>} */
  const agentLines = new Map();
  /** One after the other, so that a correction always finds its line. @type {Promise<any>} */
  let turn = Promise.resolve();
  const inTurn = (/** @type {() => Promise<any>} */ work) => (turn = turn.then(work).catch(onTrouble));

  return {
    /** @param {{message: string, role?: "user"|"agent", source?: "user"|"ai", event_id?: number}} message */
    onMessage({ message, role, source, event_id: event }) {
      const speaker = (role ?? source) === "user" ? "user" : "agent";
      if (!message?.trim() || isRepeat(heard, `${speaker} ${event}`, message.trim(), event)) return;
      inTurn(async () => {
        for (const text of pieces(message.trim())) {
          const { sequence } = await sessions.say({ sessionId, speaker, text });
          if (speaker === "agent" && event !== undefined) agentLines.set(event, sequence);
        }
      });
    },
    /** @param {{original_agent_response?: string, corrected_agent_response: string, event_id: number}} correction */
    onAgentResponseCorrection({ corrected_agent_response: said, event_id: event }) {
      inTurn(async () => {
        const sequence = agentLines.get(event);
        // Interrupted before the first word: the line cannot be unsaid, so it says that nothing was heard.
        if (sequence !== undefined) {
          await sessions.correct({ sessionId, sequence, text: pieces(said?.trim() || "…")[0] });
        }
      });
    },
    /** Resolves when everything heard so far is in the outbox. */
    settled: () => turn,
  };
}

/**
 * Connects. Resolves when the homeowner is on the line.
 * @param {{sessions: import("./training-sessions.js").TrainingSessions, sessionId: number, origin?: string, sdk?: any,
 *   textOnly?: boolean, onMode?: (mode: "speaking"|"listening") => void, onDisconnect?: (details: any) => void,
 *   onTrouble?: (error: any) => void}} options `sdk` is `@elevenlabs/client` where a bundler imports it
 * @returns {Promise<{stop: () => Promise<void>, mute: (muted: boolean) => void, send: (text: string) => void}>} `stop` hangs
 *   up and resolves when everything heard is in the outbox; the session is ended after that
 * @throws {import("./training-sessions.js").TrainingSessionError} voice_not_configured, voice_unavailable
 */
export async function startVoice(
  { sessions, sessionId, origin, sdk, textOnly, onMode = () => {}, onDisconnect = () => {}, onTrouble },
) {
  const access = await sessions.voiceToken(sessionId);
  const { Conversation } = sdk ?? (await loadSdk());
  const lines = voiceLines({ sessions, sessionId, onTrouble });
  const conversation = await Conversation.startSession({
    ...(access.signed_url
      ? { signedUrl: access.signed_url, connectionType: "websocket" }
      : { conversationToken: access.token ?? access.conversation_token, connectionType: "webrtc" }),
    ...(origin ? { origin } : {}),
    ...(textOnly ? { textOnly: true } : {}),
    onMessage: lines.onMessage,
    onAgentResponseCorrection: lines.onAgentResponseCorrection,
    onModeChange: (/** @type {any} */ { mode }) => onMode(mode),
    onDisconnect,
  });
  return {
    async stop() {
      // A hang-up that fails, or never answers, keeps nobody from ending.
      const patience = new Promise((resolve) => setTimeout(resolve, HANG_UP_MS));
      await Promise.race([conversation.endSession(), patience]).catch(() => {});
      await lines.settled();
    },
    mute: (muted) => conversation.setMicMuted(muted),
    send: (text) => conversation.sendUserMessage(text),
  };
}

/** @param {Map<string, Set<string>>} heard @param {string} key @param {string} text @param {number|undefined} event without one, nothing can be told apart */
function isRepeat(heard, key, text, event) {
  if (event === undefined) return false;
  const said = heard.get(key) ?? new Set();
  heard.set(key, said);
  if (said.has(text)) return true;
  said.add(text);
  return false;
}

/** Cuts what is longer than a line may be, at a space where there is one. @param {string} text @returns {string[]} */
export function pieces(text) {
  const characters = [...text];
  if (characters.length <= MAX_TEXT) return [text];
  const space = characters.lastIndexOf(" ", MAX_TEXT - 1);
  const end = space > 0 ? space : MAX_TEXT;
  return [characters.slice(0, end).join(""), ...pieces(characters.slice(end).join("").trim())];
}

/** Loaded only when somebody wants to talk: it is larger than all the rest together. @returns {Promise<any>} */
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
