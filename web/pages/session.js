/** An active session on the page: the lines, the saving state, the homeowner's answers, typed or by voice. */
import { createHomeowner } from "../homeowner.js";
import { lock } from "../parts/within.js";
import { button, byId, clock, counted, explain, h, panel } from "./dom.js";
import { showHints } from "./hints.js";
import { firstName, placeLine } from "./script.js";
import { notice } from "./shell.js";

const TYPING_MS = { least: 250, perCharacter: 8, most: 900 };
const TURN_MS = 15_000; // how long a turn waits for another tab's turn
const LINES_TO_JUDGE = 4; // with fewer, the page asks before it ends

/**
 * @param {{config: any, ask: import("./shell.js").Ask, sessions: import("../training-sessions.js").TrainingSessions,
 *   session: any, persona: any, aim: string|null, fresh: boolean, aloud: boolean, leave: (seconds: number|null, lastWords: Promise<void>) => void}} options `fresh`: the
 *   session begins here; `aim`: what to practise; `lastWords` resolves when everything said is in the outbox
 */
export async function showSession({ config, ask, sessions, session, persona, aim, fresh, aloud, leave }) {
  const list = byId("lines");
  const seconds = stopwatch(session);
  byId("session-title").textContent = persona.name;
  const face = byId("session-face");
  face.hidden = !persona.portrait;
  if (persona.portrait) face.src = persona.portrait;
  showHints(sessions, session, persona, aim);
  showTimer(seconds);
  showSaving(sessions, session.id, list);
  const show = (/** @type {any} */ line, waiting = false) => {
    placeLine(list, line, persona.name, { waiting });
    list.parentElement.scrollTo({ top: list.scrollHeight });
  };
  list.replaceChildren();
  for (const line of session.transcript) show(line);
  sessions.addEventListener(
    "line",
    (/** @type {any} */ { detail }) => detail.sessionId === session.id && show(detail.line, true),
  );
  sessions.listen(session.id, (/** @type {any} */ message) => message?.event === "line" && show(message.payload)); // said on another device
  sessions.addEventListener(
    "renumbered",
    (/** @type {any} */ { detail }) =>
      detail.sessionId === session.id && reload(sessions, session.id, list, persona.name),
  );
  const end = byId("end");
  sessions.addEventListener("ended", (/** @type {any} */ { detail }) => {
    // Ended in another tab, or by the server: this session is over too. Who ended it here goes to the result by `leave`.
    if (detail.sessionId === session.id && !end.disabled) location.assign(detail.answer.redirect_to);
  });
  const finish = () => {
    if (end.disabled) return;
    end.disabled = true;
    // Only the server knows the duration of a session that goes on after a break.
    leave(fresh ? seconds() : null, stop());
  };
  end.addEventListener("click", () => {
    if (list.children.length >= LINES_TO_JUDGE) return finish();
    const dialog = byId("early");
    dialog.returnValue = "stay";
    dialog.onclose = () => (dialog.returnValue === "end" ? finish() : byId("text").focus());
    byId("early-text").textContent = `${
      counted(list.children.length, "line")
    } so far: that is little to judge. Four or more give a grade you can learn from.`;
    dialog.showModal();
  });
  let stop = async () => {};
  const voice = aloud ? await startVoice({ config, sessions, session }) : null;
  if (end.disabled) return void voice?.stop(); // The rep left while the voice was connecting.
  ({ stop } = voice ?? startTyping({ config, ask, sessions, session, persona, list }));
}

/**
 * Typed practice: the rep writes, and the server's model answers or, without one, the script.
 * @param {any} options
 * @returns {{stop: () => Promise<void>}} `stop` waits for the answer under way; after it no other comes
 */
function startTyping({ config, ask, sessions, session, persona, list }) {
  const homeowner = createHomeowner(persona);
  const text = byId("text");
  const typing = byId("typing");
  let turn = Promise.resolve();
  let left = false;
  let played = config.homeowner === "model";
  let over = false;
  /** The rep's lines that the script knows, by sequence. @type {Set<number>} */
  const told = new Set();
  /** Gives the script the rep's lines that another tab recorded. @param {number} sequence only those before it */
  const catchUp = (sequence) => {
    for (const line of list.querySelectorAll(".line-mine")) {
      const place = Number(line.dataset.sequence);
      if (place >= sequence || told.has(place)) continue;
      told.add(place);
      homeowner.reply(line.querySelector(".words").textContent);
    }
  };
  /**
   * Runs the homeowner's turns one after the other over all tabs of the session. The lock is asked for at once: a tab that
   * reads the rep's line later waits for this turn.
   * @param {() => Promise<void>} work
   */
  const inTurn = (work) => {
    const place = lock(`training-session-homeowner:${session.id}`, TURN_MS);
    turn = turn.then(async () => {
      const { release } = await place;
      await work().finally(release);
    });
  };
  /** Gives every line to the script too, so that it can replace the model at any turn. @param {string} said @param {number} sequence @returns {Promise<string>} */
  const respond = async (said, sequence) => {
    catchUp(sequence);
    told.add(sequence);
    const scripted = homeowner.reply(said);
    over = homeowner.over;
    if (!played) return scripted;
    typing.textContent = `${firstName(persona.name)} is thinking …`;
    try {
      const turn = await ask("POST", `/${session.id}/homeowner-turn`, { said });
      over = turn.over;
      return turn.text;
    } catch (error) {
      played = false;
      const code = /** @type {any} */ (error).code;
      if (code !== "homeowner_not_configured") {
        const [title] = explain(error);
        notice("homeowner", panel({ title, text: "The script plays the homeowner from here on." }));
      }
      return scripted;
    }
  };
  // The lines from before a reload bring the script back into its state.
  let owed = homeowner.opening; // what the homeowner says next: the rep may have left before the answer
  for (const line of session.transcript) {
    owed = line.speaker === "user" ? homeowner.reply(line.text) : "";
    told.add(line.sequence);
  }
  const answer = async (/** @type {string} */ words) => {
    if (left) return;
    typing.textContent = `${firstName(persona.name)} is answering …`;
    const pause = Math.min(TYPING_MS.most, TYPING_MS.least + words.length * TYPING_MS.perCharacter);
    await new Promise((resolve) => setTimeout(resolve, pause));
    typing.textContent = "";
    await speak("agent", words);
    if (over) showDecided(persona);
  };
  const speak = async (/** @type {"user"|"agent"} */ speaker, /** @type {string} */ words) => {
    try {
      return await sessions.say({ sessionId: session.id, speaker, text: words });
    } catch (error) {
      showUnrecorded(error);
      return null;
    }
  };
  const say = () => {
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    fit();
    text.focus();
    let said = Promise.resolve(/** @type {any} */ (null));
    inTurn(async () => {
      const line = await said;
      if (line) await answer(left ? "" : await respond(words, line.sequence));
    });
    said = speak("user", words); // The line is stored at once. Only the answer waits for its turn.
  };
  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
  };
  text.addEventListener("input", fit);
  text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    say();
  });
  byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    say();
  });
  text.focus();
  over = homeowner.over;
  if (owed) {
    inTurn(async () => {
      // Another tab may have answered while this one waited for the lock.
      const { transcript } = await sessions.open(session.id).catch(() => session);
      const last = [transcript.at(-1)?.sequence ?? 0, Number(list.lastElementChild?.dataset.sequence ?? 0)];
      const known = session.transcript.at(-1)?.sequence ?? 0;
      if (Math.max(...last) === known) await answer(owed);
    });
  } else if (over) showDecided(persona);
  return {
    stop() {
      left = true;
      return turn;
    },
  };
}

/** @param {any} error why a line was not recorded */
const showUnrecorded = (error) =>
  notice("say", panel({ title: "A line could not be recorded", text: explain(error)[1], tone: "bad" }));

/** @param {any} persona */
function showDecided(persona) {
  byId("typing").textContent = `${firstName(persona.name)} has decided. End the session to see how it went.`;
  byId("end").classList.remove("quiet-button");
}

/** @param {any} options @returns {Promise<any>} null where voice cannot start: then practice is typed */
async function startVoice({ config, sessions, session }) {
  const place = byId("voice");
  const status = h("p", { class: "voice-status", role: "status" }, "Opening the line …");
  const mute = h("button", { type: "button", class: "button quiet-button", "aria-pressed": "false" }, "Mute");
  place.replaceChildren(status, mute);
  place.hidden = false;
  byId("composer").hidden = true;
  try {
    const { startVoice: connect } = await import("../elevenlabs.js");
    const voice = await connect({
      sessions,
      sessionId: session.id,
      origin: config.voice.origin,
      onTrouble: showUnrecorded,
      onMode: (
        /** @type {string} */ mode,
      ) => (status.textContent = mode === "speaking" ? "Speaking. You can interrupt." : "Listening to you."),
      onDisconnect: (/** @type {any} */ details) => {
        status.textContent = details.reason === "error"
          ? "The line broke. What was said is saved."
          : "The homeowner has hung up.";
        mute.replaceWith(
          details.reason === "error" ? button("Connect again", () => location.reload(), "button quiet-button") : "",
        );
      },
    });
    status.textContent = "Listening to you.";
    mute.addEventListener("click", () => {
      const muted = mute.getAttribute("aria-pressed") === "false";
      mute.setAttribute("aria-pressed", String(muted));
      voice.mute(muted);
    });
    return voice;
  } catch (error) {
    place.hidden = true;
    byId("composer").hidden = false;
    const code = /** @type {any} */ (error).code;
    const text = code === "voice_not_configured"
      ? "Voice is not set up here, so this practice is typed."
      : "The voice did not start (no microphone, or the service is away), so this practice is typed.";
    notice("voice", panel({ title: "Typed practice", text }));
    return null;
  }
}

/**
 * Measures the session: up to its last saved line by the server's clock, from now on by this page's. The two are never
 * compared, because a device's clock may be wrong.
 * @param {any} session @returns {() => number} seconds
 */
function stopwatch({ started_at: started, last_activity_at: last }) {
  const before = Date.parse(last) - Date.parse(started);
  const here = performance.now();
  return () => (before + performance.now() - here) / 1000;
}

/** @param {() => number} seconds */
function showTimer(seconds) {
  const timer = byId("timer");
  const tick = () => (timer.textContent = clock(Math.floor(seconds())));
  tick();
  setInterval(tick, 1_000);
}

/** @param {any} sessions @param {number} id @param {HTMLElement} list */
function showSaving(sessions, id, list) {
  const saving = byId("saving");
  const show = (/** @type {string} */ state, /** @type {string} */ text) => {
    if (saving.dataset.state === state && saving.textContent === text) return;
    saving.dataset.state = state;
    saving.textContent = text;
  };
  const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ handler) =>
    sessions.addEventListener(name, (/** @type {any} */ { detail }) => detail.sessionId === id && handler(detail));
  show("saved", "Saved");
  on("saving", () => show("saving", "Saving …"));
  on("saved", () => {
    show("saved", "Saved");
    for (const line of list.querySelectorAll("[data-waiting]")) line.removeAttribute("data-waiting");
  });
  on("settled", ({ sequences }) => {
    for (const sequence of sequences) {
      list.querySelector(`[data-sequence="${sequence}"]`)?.removeAttribute("data-waiting");
    }
  });
  on("offline", ({ waiting }) => show("offline", `Offline: ${counted(waiting, "line")} kept on this device`));
  on("signed_out", ({ waiting }) => show("offline", `Signed out: ${counted(waiting, "line")} kept on this device`));
  on("set_aside", ({ lines }) =>
    notice(
      "set-aside",
      panel({
        title: `${counted(lines?.length ?? 1, "line")} could not be saved`,
        text: "The server will not take it. It is kept on this device for a week; everything else goes on.",
        tone: "bad",
      }),
    ));
}

/** Draws the lines again after lines got other sequences. @param {any} sessions @param {number} id @param {HTMLElement} list @param {string} name */
async function reload(sessions, id, list, name) {
  const { transcript } = await sessions.open(id);
  list.replaceChildren();
  for (const line of transcript) placeLine(list, line, name);
}
