/**
 * Shared by all pages: the project's config, the signed-in user, the client, and the bar at the top.
 *
 * @typedef {{supabaseUrl: string, publishableKey: string, apiUrl: string, realtime?: boolean,
 *   devUsers?: {name: string, id: string, token: string}[], voice?: {origin?: string, agents?: Record<string, string>},
 *   homeowner?: "model"}} Config `voice`: practice can be spoken with each persona that has an agent; its `agents` by
 *   persona id come before those of personas.json. `homeowner`: typed practice may ask the server's model
 */
import { within } from "../parts/within.js";
import { createTrainingSessions } from "../training-sessions.js";
import { button, byId, explain, h, panel } from "./dom.js";
import { hostedLogin, localLogin } from "./login.js";

/**
 * Gets the page ready. Without a signed-in user it shows the sign-in form and never returns.
 * @returns {Promise<{config: Config, sessions: import("../training-sessions.js").TrainingSessions, ask: Ask, getToken: () => Promise<string|null>}>}
 */
export async function openPage() {
  watchNetwork();
  const config = await loadConfig();
  const login = config.devUsers?.length ? localLogin(config, loadConfig) : await hostedLogin(config);
  showUser(login);
  document.body.dataset.signedIn = "";
  const sessions = createTrainingSessions({
    apiUrl: config.apiUrl,
    supabase: login.supabase,
    getToken: login.getToken,
    refreshToken: login.refreshToken,
    realtime: config.realtime,
  });
  sessions.addEventListener("signed_out", () => notice("signed-out", signInAgain()));
  sessions.addEventListener("saved", () => notice("signed-out", null));
  sessions.addEventListener("storage", showStorage);
  if (!sessions.persistent) showStorage();
  return { config, sessions, ask: asker(config, login), getToken: login.getToken };
}

/**
 * A request to the API that the client library does not have: progress, and a turn of the model's homeowner.
 * @typedef {(method: string, path: string, body?: any) => Promise<any>} Ask rejects with an error that has the server's `code`
 */

/** @param {Config} config @param {any} login @returns {Ask} */
const asker = (config, login) => async (method, path, body) => {
  const send = async (/** @type {string|null} */ token) =>
    within(20_000, (signal) =>
      fetch(config.apiUrl + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        signal,
      }));
  let response = await send(await login.getToken());
  if (response.status === 401) response = await send(await login.refreshToken());
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code });
  return answer;
};

/** @type {Promise<any[]>|undefined} */
let loading;

/** @returns {Promise<import("../homeowner.js").Persona[]>} the homeowners one can practise on */
export const personas = () => (loading ??= loadJson("/personas.json"));

/** @returns {Promise<Config>} */
const loadConfig = () => loadJson("/config.json");

/** @param {string} path @returns {Promise<any>} retried until it succeeds, because the page needs it */
async function loadJson(path) {
  for (let pause = 500;; pause = Math.min(8_000, pause * 2)) {
    try {
      const response = await fetch(path, { cache: "no-store" });
      if (response.ok) {
        notice("config", null);
        return await response.json();
      }
    } catch {
      // Falls through to the notice; the next turn tries again.
    }
    notice(
      "config",
      panel({
        title: "Waiting for the server",
        text: "It does not answer yet. This page goes on by itself.",
        tone: "warn",
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** @param {any} login */
function showUser(login) {
  const place = byId("user");
  if (!place) return;
  place.replaceChildren(
    login.choices
      ? h(
        "label",
        { class: "user-switch" },
        h("span", { class: "quiet" }, "Signed in as"),
        h(
          "select",
          { onchange: (/** @type {any} */ event) => login.choose(event.target.value) },
          ...login.choices.map((/** @type {any} */ user) =>
            h("option", { value: user.id, selected: user.id === login.id }, user.name)
          ),
        ),
      )
      : h(
        "span",
        { class: "user-name" },
        h("span", { class: "quiet" }, login.name),
        button("Sign out", login.signOut, "link"),
      ),
  );
}

const showStorage = () =>
  notice(
    "storage",
    panel({
      title: "This browser keeps nothing",
      text: "It stores no lines, as in some private windows. Keep this tab open until everything is saved.",
      tone: "warn",
    }),
  );

const signInAgain = () =>
  panel({
    title: "Your sign-in has expired",
    text: "What you said is kept on this device and is saved as soon as you are signed in again.",
    tone: "warn",
    actions: [button("Sign in again", () => location.reload())],
  });

/**
 * Shows, replaces or (with null) removes a notice above the page's content.
 * @param {string} name @param {HTMLElement|null} content
 */
export function notice(name, content) {
  const place = byId("notices");
  const known = place.querySelector(`[data-notice="${name}"]`);
  if (!content) return known?.remove();
  content.dataset.notice = name;
  if (known) known.replaceWith(content);
  else place.append(content);
}

/** A word for a screen reader only. @param {string} text */
export function announce(text) {
  byId("announcer").textContent = text;
}

function watchNetwork() {
  const show = () =>
    notice(
      "network",
      navigator.onLine ? null : panel({
        title: "You are offline",
        text: "What you say is kept on this device and saved when the connection is back.",
        tone: "warn",
      }),
    );
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

/** The attempt that fills a place now. @type {WeakMap<HTMLElement, AbortController>} */
const attempts = new WeakMap();

/**
 * Runs the work that fills a place, with a notice when it is slow and a retry when it fails. A later run for the same place
 * aborts the earlier one, whose result is dropped.
 * @param {HTMLElement} place @param {(signal: AbortSignal) => Promise<void>} work
 */
export async function attempt(place, work) {
  attempts.get(place)?.abort();
  const turn = new AbortController();
  attempts.set(place, turn);
  const content = [...place.childNodes];
  const retry = () => {
    place.replaceChildren(...content);
    attempt(place, work);
  };
  const slow = setTimeout(
    () => notice("slow", panel({ title: "Still loading", text: "The server is slower than usual." })),
    4_000,
  );
  try {
    await work(turn.signal);
  } catch (error) {
    if (turn.signal.aborted) return;
    const [title, text] = explain(error);
    const { code } = /** @type {any} */ (error);
    const home = (/** @type {string} */ kind) => h("a", { class: kind, href: "/sessions" }, "Your sessions");
    const actions = code === "session_not_found"
      ? [home("button")] // Another try would find no more.
      : code === "not_authenticated"
      ? [button("Sign in again", () => location.reload()), home("button quiet-button")]
      : [button("Try again", retry), home("button quiet-button")];
    place.setAttribute("aria-busy", "false");
    const level = place.querySelector("h1") ? 1 : 2;
    place.replaceChildren(
      panel({
        title,
        text,
        tone: "bad",
        level,
        actions,
      }),
    );
    if (!(error instanceof Error && "code" in error)) throw error;
  } finally {
    clearTimeout(slow);
    notice("slow", null);
  }
}
