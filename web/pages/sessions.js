/** The history: pages of sessions, all scores over time, what is open, deleting. */
import { trend, valuesTable } from "./charts.js";
import { button, byId, CATEGORIES, counted, dateTime, duration, explain, h, panel } from "./dom.js";
import { announce, attempt, notice, openPage, personas } from "./shell.js";

const PAGE = 20;
const MEASURES = [{ column: "overall_score", title: "Overall" }, ...CATEGORIES];
/** Sample data for the charts of a user without graded sessions. */
const SAMPLE = [
  [41, 50, 30, 50, 25],
  [48, 60, 40, 50, 25],
  [56, 60, 50, 50, 75],
  [66, 70, 60, 75, 75],
  [71, 80, 70, 75, 75],
].map(([overall, rapport, discovery, objections, closing], index) => ({
  agent_name: "Maria Lopez",
  started_at: `2026-01-0${index + 1}T18:00:00Z`,
  rubric_version: "sample",
  overall_score: overall,
  rapport_score: rapport,
  discovery_score: discovery,
  objection_handling_score: objections,
  closing_score: closing,
}));
/** @type {any[]} */
let loaded = [];
const names = new Set();

byId("history").replaceChildren(
  ...Array.from({ length: 5 }, () => h("div", { class: "row" }, h("span", { class: "bone bone-row" }))),
);
byId("chart").replaceChildren(h("div", { class: "bone bone-chart" }));

const { sessions, ask } = await openPage();
const people = await personas();
byId("agent").addEventListener("change", () => attempt(byId("history"), load));
document.addEventListener("click", (/** @type {any} */ event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  const open =
    /** @type {HTMLElement|null} */ (event.key === "Escape" ? document.querySelector("details.menu[open]") : null);
  open?.removeAttribute("open");
  open?.querySelector("summary")?.focus();
});
showFigures();
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

/** Average, best, streak and this week, as the server counts them; without an answer the places stay empty. */
async function showFigures() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const progress = await ask("GET", `/progress?time_zone=${encodeURIComponent(zone)}`).catch(() => null);
  const figure = (/** @type {string} */ title, /** @type {any} */ value, /** @type {string} */ note) =>
    h("div", { class: "figure" }, h("dt", {}, title), h("dd", {}, value ?? "–", h("span", { class: "quiet" }, note)));
  byId("figures").replaceChildren(
    figure("Average", progress?.average === null ? null : progress && Math.round(progress.average), "of 100"),
    figure("Best", progress?.best, "of 100"),
    figure("Streak", progress?.streak_days, progress?.streak_days === 1 ? "day" : "days"),
    figure("This week", progress?.this_week, progress?.this_week === 1 ? "session" : "sessions"),
  );
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
  if (loaded.length) return history.replaceChildren(h("ul", { class: "rows" }, ...loaded.map(row)));
  history.replaceChildren(panel({
    title: "No practice yet",
    text: "Your sessions appear here, with their scores and how they change over time.",
    actions: [h("a", { class: "button", href: "/" }, "Start the first one")],
    level: 3,
  }));
}

/** @param {AbortSignal} signal @param {number} next */
function moreButton(signal, next) {
  const more = button("Show older sessions", async () => {
    more.disabled = true;
    const shown = loaded.length;
    try {
      await load(signal, next);
      announce(`${loaded.length - shown} more sessions`);
      /** @type {any} */ (document.querySelectorAll(".row-link")[shown])?.focus();
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
  const persona = people.find(({ name }) => name === session.agent_name);
  const label = `${session.agent_name}, ${dateTime(session.started_at)}`;
  return h(
    "li",
    { class: "row" },
    h(
      "a",
      { class: "row-link", href: `/analytics/${session.id}` },
      persona ? h("img", { class: "row-face", src: persona.portrait, alt: "", width: 44, height: 44 }) : h(
        "span",
        { class: "row-face row-initial", "aria-hidden": "true" },
        [...session.agent_name][0]?.toUpperCase(),
      ),
      h(
        "span",
        { class: "row-words" },
        h("span", { class: "row-name" }, session.agent_name),
        h(
          "span",
          { class: "row-meta" },
          [dateTime(session.started_at), duration(session.duration_seconds, session.line_count), words].filter(Boolean)
            .join(" · "),
        ),
      ),
      mark ? h("span", { class: "row-score", "data-empty": session.overall_score === null }, mark) : null,
    ),
    session.status === "active"
      ? h("a", {
        class: "button quiet-button row-continue",
        href: `/?session=${session.id}`,
        "aria-label": `Continue with ${label}`,
      }, "Continue")
      : null,
    h(
      "details",
      { class: "menu" },
      h("summary", { "aria-label": `More for ${label}` }, h("span", { "aria-hidden": "true" }, "⋯")),
      h(
        "div",
        { class: "menu-items" },
        h("a", { href: `/?${new URLSearchParams(persona ? { with: persona.id } : {})}` }, "Practise again"),
        h("button", { type: "button", class: "menu-bad", onclick: () => confirmDelete(session) }, "Delete …"),
      ),
    ),
  );
}

/** @param {any} session @returns {[string, string]} the score or its place-holder, and what it means */
function state(session) {
  if (session.status === "active") return ["", "still open"];
  if (session.end_reason === "no_conversation") return ["–", "nothing was said, not scored"];
  if (session.status === "failed") return ["–", "could not be graded"];
  const again = session.graded_at ? "" : "being graded again";
  if (session.overall_score === null) return again ? ["…", "being graded"] : ["–", "not scored"];
  return [
    String(session.overall_score),
    again || (session.confidence === "low" ? "low confidence" : counted(session.line_count, "line")),
  ];
}

function showProgress() {
  const graded = loaded.filter((session) => session.overall_score !== null).reverse();
  const charts = (/** @type {any[]} */ sessions, legend = "") =>
    h(
      "div",
      { class: "trends" },
      ...MEASURES.map((measure) => trend(sessions, measure)),
      legend && h("p", { class: "quiet legend" }, legend),
    );
  if (graded.length < 2) {
    const text = graded.length
      ? "One graded session is a point. Two make a line, as in this sample."
      : "A sample of what you see here after five sessions.";
    return byId("chart").replaceChildren(
      h("p", { class: "quiet" }, text),
      h("div", { class: "sample", "aria-hidden": "true" }, charts(SAMPLE)),
    );
  }
  const [rubrics, unsure] = [
    new Set(graded.map((session) => session.rubric_version)).size > 1,
    graded.some((session) => session.confidence === "low"),
  ];
  const legend = [
    "The dashed line is 75, from which a skill is good.",
    unsure && "A hollow point is a grade of low confidence, which no average includes.",
    rubrics && "The line breaks where the rubric changed: scores on its two sides cannot be compared.",
  ].filter(Boolean).join(" ");
  byId("chart").replaceChildren(charts(graded, legend), valuesTable(graded, MEASURES));
}

/** @param {any} session */
function confirmDelete(session) {
  const dialog = byId("confirm");
  byId("confirm-text").textContent = `Your session with ${session.agent_name} of ${
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
  showFigures();
  announce("Session deleted");
  byId("main").focus();
}
