/** The trainer: choose a homeowner, talk, end. */
import { PERSONAS } from "../homeowner.js";
import { button, byId, counted, dateTime, explain, h, panel } from "./dom.js";
import { announce, openPage } from "./shell.js";
import { showTalk } from "./talk.js";

const { config, sessions } = await openPage();
const tab = tabMemory();
showPersonas();
await resume();

/** A reload in mid-talk goes on with the talk; what other tabs or visits left is offered. */
async function resume() {
  const mine = tab.read();
  try {
    const open = await sessions.recover();
    const ending = open.find((session) => session.id === mine && session.ending);
    if (ending) return leave(ending.id);
    if (mine && open.some((session) => session.id === mine)) return await enter(mine);
    offer(open.filter((session) => !session.ending));
  } catch (error) {
    offerAgain(error);
  } finally {
    byId("start").disabled = false;
  }
}

function showPersonas() {
  byId("personas").replaceChildren(
    ...PERSONAS.map((persona, index) =>
      h(
        "label",
        { class: "persona" },
        h("input", { type: "radio", name: "persona", value: persona.id, checked: index === 0 }),
        h(
          "span",
          { class: "persona-card" },
          h(
            "span",
            { class: "persona-top" },
            h("span", { class: "persona-name" }, persona.name),
            h("span", { class: `level level-${persona.level.toLowerCase()}` }, persona.level),
          ),
          h("span", { class: "persona-mood" }, persona.mood),
          h("span", { class: "persona-blurb" }, persona.blurb),
        ),
      )
    ),
  );
  if (config.voice) {
    byId("voice-choice").append(
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", id: "aloud", checked: true }),
        "Talk aloud, with the microphone",
      ),
    );
  }
  byId("start-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    begin();
  });
}

async function begin() {
  const start = byId("start");
  if (start.disabled) return;
  const persona = PERSONAS.find(({ id }) => id === new FormData(byId("start-form")).get("persona")) ?? PERSONAS[0];
  start.disabled = true;
  start.textContent = "Knocking …";
  byId("start-error").replaceChildren();
  try {
    const { id } = await sessions.start({ agentName: persona.name, agentId: config.voice?.agents[persona.id] ?? null });
    await enter(id, { fresh: true });
  } catch (error) {
    const [title, text] = explain(error);
    byId("start-error").replaceChildren(panel({ title, text, tone: "bad" }));
  } finally {
    start.disabled = false;
    start.textContent = "Knock on the door";
  }
}

/** @param {number} id @param {{fresh?: boolean}} [options] */
async function enter(id, { fresh = false } = {}) {
  const session = await sessions.open(id);
  if (session.status !== "active") return void location.assign(session.redirect_to ?? `/analytics/${id}`);
  tab.write(id);
  byId("choose").hidden = true;
  byId("talk").hidden = false;
  const persona = PERSONAS.find(({ name }) => name === session.agent_name) ??
    { ...PERSONAS[0], name: session.agent_name };
  const aloud = fresh ? byId("aloud")?.checked : Boolean(config.voice && session.agent_id);
  await showTalk({
    config,
    sessions,
    session,
    persona,
    fresh,
    aloud: Boolean(aloud),
    leave: (seconds, lastWords) => leave(id, seconds, lastWords),
  });
}

/**
 * Ends and goes to the result; tells the truth while that takes.
 * @param {number} id @param {number|null} [durationSeconds] @param {Promise<void>} [lastWords] what the end waits for
 */
async function leave(id, durationSeconds = null, lastWords) {
  byId("choose").hidden = true;
  byId("talk").hidden = true;
  const place = byId("ending");
  place.hidden = false;
  place.replaceChildren(panel({ title: "Leaving the doorstep …", text: "Saving the last lines.", level: 1 }));
  const waiting = (/** @type {any} */ { detail }) => {
    if (detail.sessionId !== id || !detail.ending) return; // Before that the end itself is not kept yet.
    place.replaceChildren(panel({
      title: "Not saved yet",
      text: `${
        counted(detail.waiting, "line")
      } and the end of this talk are kept on this device. They are sent as soon as the server answers, also if you close this page and come back later.`,
      tone: "warn",
      level: 1,
      actions: [button("Try now", () => sessions.retry())],
    }));
  };
  sessions.addEventListener("offline", waiting);
  sessions.addEventListener("signed_out", waiting);
  try {
    await lastWords;
    const answer = await sessions.end({ sessionId: id, durationSeconds });
    tab.clear();
    announce("Saved. Opening your result.");
    location.assign(answer.redirect_to);
  } catch (error) {
    tab.clear();
    const [title, text] = explain(error);
    place.replaceChildren(
      panel({ title, text, tone: "bad", actions: [h("a", { class: "button", href: "/" }, "Start again")] }),
    );
  }
}

/** @param {any[]} open */
function offer(open) {
  byId("unfinished").replaceChildren(...open.map((session) => {
    const card = panel({
      title: `You are still at ${session.agentName || "a"}'s door`,
      text: `Since ${dateTime(session.startedAt)}. Go on with the talk, or end it and see your result.`,
      actions: [
        button("Go on", () => enter(session.id).catch(offerAgain)),
        button("End and grade", () => leave(session.id), "button quiet-button"),
      ],
    });
    return card;
  }));
}

/** @param {any} error */
function offerAgain(error) {
  const [title, text] = explain(error);
  byId("start-error").replaceChildren(
    panel({ title, text, tone: "bad", actions: [button("Try again", () => location.reload())] }),
  );
}

/** Which session this tab is in: sessionStorage outlives a reload, and ends with the tab. */
function tabMemory() {
  const key = "training-sessions:current";
  const quietly = (/** @type {() => any} */ work) => {
    try {
      return work();
    } catch {
      return null;
    }
  };
  return {
    read: () => Number(quietly(() => sessionStorage.getItem(key))) || null,
    write: (/** @type {number} */ id) => quietly(() => sessionStorage.setItem(key, String(id))),
    clear: () => quietly(() => sessionStorage.removeItem(key)),
  };
}
