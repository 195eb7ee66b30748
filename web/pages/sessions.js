/** The history: pages of sessions, progress over time, deleting. */
import { progressChart } from "./charts.js";
import { button, byId, CATEGORIES, counted, dateTime, duration, explain, h, panel } from "./dom.js";
import { announce, attempt, notice, openPage } from "./shell.js";

const PAGE = 20;
const MEASURES = [{ column: "overall_score", title: "Overall" }, ...CATEGORIES];
/** @type {any[]} */
let loaded = [];
const names = new Set();

byId("category").append(...MEASURES.map(({ column, title }) => h("option", { value: column }, title)));
byId("history").replaceChildren(
  ...Array.from({ length: 5 }, () => h("div", { class: "row" }, h("span", { class: "bone bone-row" }))),
);
byId("chart").replaceChildren(h("div", { class: "bone bone-chart" }));

const { sessions } = await openPage();
byId("category").addEventListener("change", showProgress);
byId("agent").addEventListener("change", () => attempt(byId("history"), load));
await attempt(byId("history"), load);

/**
 * Loads the newest sessions of the chosen homeowner, or with `before` the page after those shown.
 * @param {AbortSignal} signal tells that another homeowner was chosen @param {number} [before]
 */
async function load(signal, before) {
  const agentName = byId("agent").value || undefined;
  if (!before) byId("more").replaceChildren();
  const page = await sessions.list({ limit: PAGE, before, agentName, signal });
  loaded = before ? [...loaded, ...page.sessions] : page.sessions;
  byId("history").setAttribute("aria-busy", "false");
  showAgents();
  showHistory();
  byId("more").replaceChildren(...(page.next_before ? [moreButton(signal, page.next_before)] : []));
  showProgress();
}

function showAgents() {
  for (const { agent_name: name } of loaded) {
    if (names.has(name)) continue;
    names.add(name);
    byId("agent").append(h("option", { value: name }, name));
  }
}

function showHistory() {
  const history = byId("history");
  if (!loaded.length) {
    history.replaceChildren(panel({
      title: "No practice yet",
      text: "Your sessions appear here, with their scores and how they change over time.",
      actions: [h("a", { class: "button", href: "/" }, "Start the first one")],
      level: 3,
    }));
  } else {
    history.replaceChildren(h("ul", { class: "rows" }, ...loaded.map(row)));
  }
}

/** @param {AbortSignal} signal @param {number} next */
function moreButton(signal, next) {
  const more = button("Show older sessions", async () => {
    more.disabled = true;
    const shown = loaded.length;
    try {
      await load(signal, next);
      announce(`${loaded.length - shown} more sessions`);
      /** @type {any} */ (document.querySelectorAll(".row a")[shown])?.focus();
    } catch (error) {
      if (signal.aborted) return;
      const [title, text] = explain(error);
      more.disabled = false;
      notice("more", panel({ title, text, tone: "bad" }));
    }
  }, "button quiet-button");
  return more;
}

/** @param {any} session */
function row(session) {
  const [mark, words] = state(session);
  return h(
    "li",
    { class: "row" },
    h(
      "a",
      { class: "row-link", href: `/analytics/${session.id}` },
      h("span", { class: "row-score", "data-empty": session.overall_score === null }, mark),
      h(
        "span",
        { class: "row-words" },
        h("span", { class: "row-name" }, session.agent_name),
        h(
          "span",
          { class: "row-meta" },
          [dateTime(session.started_at), duration(session.duration_seconds), words].filter(Boolean).join(" · "),
        ),
      ),
    ),
    h("button", {
      type: "button",
      class: "row-delete",
      "aria-label": `Delete the session with ${session.agent_name} of ${dateTime(session.started_at)}`,
      onclick: () => confirmDelete(session),
    }, "Delete"),
  );
}

/** @param {any} session @returns {[string, string]} the score or its place-holder, and what it means */
function state(session) {
  if (session.status === "active") return ["…", "still open"];
  if (session.end_reason === "no_conversation") return ["–", "no conversation, not scored"];
  if (session.status === "failed") return ["–", "could not be graded"];
  if (!session.graded_at) return ["…", "being graded"];
  if (session.overall_score === null) return ["–", "not scored"];
  return [String(session.overall_score), counted(session.line_count, "line")];
}

function showProgress() {
  const category = MEASURES.find(({ column }) => column === byId("category").value) ?? MEASURES[0];
  const graded = loaded.filter((session) => session[category.column] !== null).reverse();
  byId("chart").replaceChildren(
    graded.length < 2
      ? h("p", { class: "chart-empty" }, "Two graded sessions make a line. Keep practising.")
      : progressChart(graded, category),
  );
}

/** @param {any} session */
function confirmDelete(session) {
  const dialog = byId("confirm");
  byId("confirm-text").textContent = `The talk with ${session.agent_name} of ${
    dateTime(session.started_at)
  }, its transcript and its grades are erased. This cannot be undone.`;
  dialog.returnValue = "keep";
  dialog.onclose = () => dialog.returnValue === "delete" && erase(session);
  dialog.showModal();
}

/** @param {any} session */
async function erase(session) {
  try {
    await sessions.remove(session.id);
  } catch (error) {
    if (/** @type {any} */ (error).code !== "session_not_found") {
      const [title, text] = explain(error);
      notice("delete", panel({ title, text, tone: "bad" }));
      return;
    }
  }
  notice("delete", null);
  loaded = loaded.filter(({ id }) => id !== session.id);
  showHistory();
  showProgress();
  announce("Session deleted");
  byId("main").focus();
}
