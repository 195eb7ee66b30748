/**
 * Signs users in: on a hosted project by Supabase Auth (password or a link by mail), on the local stack by a switch between two
 * ready users, through supabase-js's `accessToken` option, because the local stack has no Auth server.
 *
 * @typedef {{id: string, name: string, supabase: any, getToken: () => Promise<string|null>,
 *   refreshToken: () => Promise<string|null>, choices?: any[], choose?: (id: string) => void, signOut?: () => void}} Login
 */
import { byId, h, panel } from "./dom.js";

const CHOSEN = "training-sessions:dev-user";

/** The supabase-js client; null while its script cannot be had, which costs Realtime only. @param {any} config @param {any} [options] */
const createClient = (config, options) =>
  /** @type {any} */ (globalThis).supabase?.createClient(
    new URL(config.supabaseUrl, location.href).href,
    config.publishableKey,
    options,
  ) ?? null;

/** @param {any} config @param {() => Promise<any>} reload fetches the config again, with fresh tokens @returns {Login} */
export function localLogin(config, reload) {
  const chosen = remembered();
  let user = config.devUsers.find((/** @type {any} */ one) => one.id === chosen) ?? config.devUsers[0];
  return {
    id: user.id,
    name: user.name,
    supabase: createClient(config, { accessToken: async () => user.token }),
    getToken: async () => user.token,
    async refreshToken() {
      const fresh = (await reload()).devUsers.find((/** @type {any} */ one) => one.id === user.id);
      user = fresh ?? user;
      return fresh?.token ?? null;
    },
    choices: config.devUsers,
    choose(id) {
      remember(id);
      location.assign("/");
    },
  };
}

/** @param {any} config @returns {Promise<Login>} */
export async function hostedLogin(config) {
  // The client takes the link of the mail out of the address, and tells of it only after the session is there.
  const recovering = new URLSearchParams(location.hash.slice(1)).get("type") === "recovery";
  const supabase = createClient(config);
  if (!supabase) {
    byId("main").replaceChildren(
      panel({ title: "Sign-in cannot load", text: "Reload the page when the connection is back.", tone: "bad" }),
    );
    return new Promise(() => {});
  }
  let { session } = (await supabase.auth.getSession()).data;
  if (!session) session = await showForm(supabase);
  if (recovering) await newPassword(supabase);
  return {
    id: session.user.id,
    name: session.user.email ?? "Signed in",
    supabase,
    getToken: async () => (await supabase.auth.getSession()).data.session?.access_token ?? null,
    refreshToken: async () => (await supabase.auth.refreshSession()).data.session?.access_token ?? null,
    async signOut() {
      await supabase.auth.signOut();
      location.assign("/");
    },
  };
}

/** Shows the sign-in form in place of the page until a user signs in. @param {any} supabase @returns {Promise<any>} */
function showForm(supabase) {
  const main = byId("main");
  const hidden = [...main.children];
  return new Promise((resolve) => {
    const message = h("p", { class: "form-message", role: "status" });
    const email = h("input", { id: "email", type: "email", autocomplete: "email", required: true });
    const password = h("input", { id: "password", type: "password", autocomplete: "current-password" });
    const say = (/** @type {string} */ text, bad = false) => {
      message.textContent = text;
      message.dataset.tone = bad ? "bad" : "";
      for (const field of [email, password]) field.setAttribute("aria-invalid", String(bad));
    };
    const mail = async (/** @type {() => Promise<any>} */ send, /** @type {string} */ done) => {
      if (!email.reportValidity()) return;
      const { error } = await send();
      if (error) say(inWords(error), true);
      else say(done);
    };
    const link = () =>
      mail(
        () => supabase.auth.signInWithOtp({ email: email.value, options: { emailRedirectTo: location.href } }),
        "Look into your mail: the link signs you in.",
      );
    const forgotten = () =>
      mail(
        () => supabase.auth.resetPasswordForEmail(email.value, { redirectTo: location.href }),
        "Look into your mail: the link lets you choose a new password.",
      );
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      say("Signing in …");
      const { error } = await supabase.auth.signInWithPassword({ email: email.value, password: password.value });
      if (error) say(inWords(error), true);
    };
    const form = h(
      "form",
      { class: "sign-in", onsubmit: submit },
      h("h1", {}, "Sign in"),
      h("p", { class: "lead" }, "Your practice is yours alone. Sign in to see it."),
      h("label", { for: "email" }, "Email"),
      email,
      h("label", { for: "password" }, "Password"),
      password,
      h(
        "div",
        { class: "actions" },
        h("button", { class: "button" }, "Sign in"),
        h("button", { class: "button quiet-button", type: "button", onclick: link }, "Mail me a link"),
        h("button", { class: "link", type: "button", onclick: forgotten }, "Forgot your password?"),
      ),
      message,
    );
    main.replaceChildren(form);
    email.focus();
    const { data } = supabase.auth.onAuthStateChange((/** @type {string} */ _event, /** @type {any} */ session) => {
      if (!session) return;
      data.subscription.unsubscribe();
      main.replaceChildren(...hidden);
      resolve(session);
    });
  });
}

/** What Supabase Auth refuses, in words. @param {any} error */
const inWords = (error) =>
  ({
    invalid_credentials: "Email and password do not fit together. Try again, or let us mail you a link.",
    email_not_confirmed: "Your address is not confirmed yet. Look into your mail for the link.",
    over_email_send_rate_limit: "We have just mailed you. Wait a minute before you ask again.",
    over_request_rate_limit: "Too many tries. Wait a minute.",
  })[/** @type {string} */ (error.code)] ?? error.message ?? "Signing in did not work. Try again.";

/**
 * Where the link of a mail for a forgotten password led here: the form for the new one, before the page goes on.
 * @param {any} supabase @returns {Promise<void>}
 */
function newPassword(supabase) {
  const main = byId("main");
  const hidden = [...main.children];
  return new Promise((resolve) => {
    const message = h("p", { class: "form-message", role: "status" });
    const password = h("input", {
      id: "new-password",
      type: "password",
      autocomplete: "new-password",
      required: true,
      minlength: 8,
    });
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const { error } = await supabase.auth.updateUser({ password: password.value });
      if (error) {
        message.textContent = inWords(error);
        message.dataset.tone = "bad";
        return;
      }
      main.replaceChildren(...hidden);
      resolve();
    };
    main.replaceChildren(h(
      "form",
      { class: "sign-in", onsubmit: submit },
      h("h1", {}, "Choose a new password"),
      h("p", { class: "lead" }, "At least eight characters. You are signed in with it from now on."),
      h("label", { for: "new-password" }, "New password"),
      password,
      h("div", { class: "actions" }, h("button", { class: "button" }, "Save it")),
      message,
    ));
    password.focus();
  });
}

function remembered() {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}

/** @param {string} id */
function remember(id) {
  try {
    localStorage.setItem(CHOSEN, id);
  } catch {
    // The choice then lasts for this page only.
  }
}
