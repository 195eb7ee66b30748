/** The trainer: choose a homeowner, practise, end. */
import { focus } from "./coach.js";
import { button, byId, counted, dateTime, explain, h, panel } from "./dom.js";
import { announce, openPage, personas } from "./shell.js";
import { showSession } from "./session.js";

const PRODUCTS = { pest: "Pest control", solar: "Solar", roofing: "Roofing", fibre: "Fibre" };

const { config, sessions, ask } = await openPage();
const people = await personas();
const query = new URLSearchParams(location.search);
const aim = focus(query.get("focus"))?.how ?? null;
const tab = tabMemory();
showPersonas();
showAttempts();
await resume();

/** A reload in an active session continues it. Sessions that other tabs or visits left are offered. */
async function resume() {
  const mine = tab.read();
  try {
    const open = await sessions.recover();
    const ending = open.find((session) => session.id === mine && session.ending);
    if (ending) return leave(ending.id);
    if (mine && open.some((session) => session.id === mine)) return await enter(mine);
    const asked = Number(query.get("session"));
    if (asked) return await enter(asked); // "Continue" of the history, also on another device
    offer(open.filter((session) => !session.ending));
  } catch (error) {
    offerAgain(error);
  } finally {
    byId("start").disabled = false;
  }
}

function showPersonas() {
  const chosen = people.find(({ id }) => id === query.get("with")) ?? people[0];
  byId("personas").replaceChildren(...people.map((persona) => card(persona, persona === chosen)));
  const products = [...new Set(people.map(({ product }) => product))];
  const choose = (/** @type {string} */ product) => {
    for (const chip of byId("products").children) {
      chip.setAttribute("aria-pressed", String(chip.dataset.product === product));
    }
    const cards = /** @type {any[]} */ ([...byId("personas").children]);
    for (const each of cards) each.hidden = Boolean(product) && each.dataset.product !== product;
    const shown = cards.filter((each) => !each.hidden);
    if (!shown.some((each) => each.querySelector("input").checked)) shown[0].querySelector("input").checked = true;
  };
  byId("products").replaceChildren(...["", ...products].map((product) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "data-product": product,
        "aria-pressed": String(!product),
        onclick: () => choose(product),
      },
      PRODUCTS[/** @type {keyof typeof PRODUCTS} */ (product)] ?? (product || "All"),
    )
  ));
  if (aim) {
    byId("aim").replaceChildren(h("p", { class: "aim" }, h("strong", {}, "This time: "), aim));
  }
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
  if (chosen !== people[0]) byId("personas").querySelector("input:checked")?.scrollIntoView({ block: "nearest" });
}

/** @param {any} persona @param {boolean} checked */
function card(persona, checked) {
  const level = { easy: "Easy", medium: "Medium", hard: "Hard" }[/** @type {string} */ (persona.difficulty)];
  return h(
    "label",
    { class: "persona", "data-product": persona.product },
    h("input", { type: "radio", name: "persona", value: persona.id, checked }),
    h(
      "span",
      { class: "persona-card" },
      h("img", { class: "persona-face", src: persona.portrait, alt: "", width: 88, height: 88 }),
      h(
        "span",
        { class: "persona-words" },
        h("span", { class: "persona-name" }, persona.name),
        h("span", { class: "persona-mood" }, persona.mood),
        h("span", { class: "persona-blurb" }, persona.blurb),
      ),
      h("span", { class: "persona-goal" }, h("span", { class: "eyebrow" }, "Your goal"), persona.goal),
      h(
        "span",
        { class: "persona-foot" },
        h("span", { class: `level level-${persona.difficulty}` }, level),
        h(
          "span",
          { class: "persona-product" },
          PRODUCTS[/** @type {keyof typeof PRODUCTS} */ (persona.product)] ?? persona.product,
        ),
        h("span", { class: "persona-past", "data-name": persona.name }),
      ),
    ),
  );
}

/** The last score and the number of sessions under each homeowner, once the server has answered. */
async function showAttempts() {
  const progress = await ask("GET", "/progress").catch(() => null);
  for (const place of /** @type {any} */ (document.querySelectorAll(".persona-past"))) {
    const past = progress?.homeowners.find((/** @type {any} */ one) => one.agent_name === place.dataset.name);
    place.textContent = past
      ? `Last ${past.scores.overall.last} · ${counted(past.sessions, "try", "tries")}`
      : progress
      ? "Not tried yet"
      : "";
  }
}

async function begin() {
  const start = byId("start");
  if (start.disabled) return;
  const persona = people.find(({ id }) => id === new FormData(byId("start-form")).get("persona")) ?? people[0];
  start.disabled = true;
  start.textContent = "Knocking …";
  byId("start-error").replaceChildren();
  try {
    const { id } = await sessions.start({
      agentName: persona.name,
      agentId: config.voice ? config.voice.agents?.[persona.id] ?? persona.agent_id : null,
    });
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
  byId("session").hidden = false;
  const persona = people.find(({ name }) => name === session.agent_name) ??
    { ...people[0], name: session.agent_name, portrait: "", goal: "" };
  const aloud = Boolean(config.voice && session.agent_id) && (!fresh || byId("aloud")?.checked);
  await showSession({
    config,
    ask,
    sessions,
    session,
    persona,
    aim: fresh ? aim : null,
    fresh,
    aloud: Boolean(aloud),
    leave: (seconds, lastWords) => leave(id, seconds, lastWords),
  });
}

/**
 * Ends the session and goes to the result, with a notice while the end is not yet acknowledged.
 * @param {number} id @param {number|null} [durationSeconds] @param {Promise<void>} [lastWords] what the end waits for
 */
async function leave(id, durationSeconds = null, lastWords) {
  byId("choose").hidden = true;
  byId("session").hidden = true;
  const place = byId("ending");
  place.hidden = false;
  place.replaceChildren(panel({ title: "Leaving the doorstep …", text: "Saving the last lines.", level: 1 }));
  const waiting = (/** @type {any} */ { detail }) => {
    if (detail.sessionId !== id || !detail.ending) return; // Before that the end itself is not kept yet.
    place.replaceChildren(panel({
      title: "Not saved yet",
      text: `${
        counted(detail.waiting, "line")
      } and the end of this session are kept on this device. They are sent as soon as the server answers, also if you close this page and come back later.`,
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
      text: `Since ${dateTime(session.startedAt)}. Go on, or end it and see your result.`,
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
