/** One session: the transcript at once, the grade as soon as there is one. */
import { byId, CATEGORIES, counted, dateTime, duration, h } from "./dom.js";
import { pollTrouble, resultElements } from "./result.js";
import { recording } from "./recording.js";
import { lineElement, marksOf, placeLine } from "./script.js";
import { announce, attempt, notice, openPage, personas } from "./shell.js";

const main = byId("main");
const { config, sessions, ask, getToken } = await openPage();
const asked = location.pathname.split("/")[2] ?? "";
let shown = "";
let drawn = "";
let listening = false;

main.addEventListener("click", (/** @type {any} */ event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  showLine(link.dataset.line);
});
byId("scroll").addEventListener("scroll", showScrollSign, { passive: true });
addEventListener("resize", showScrollSign);
await attempt(main, follow);

async function follow() {
  if (!asked) return location.replace("/sessions"); // No session is meant.
  await sessions.recover().catch(() => []); // Lines of this session that still wait on this device go first.
  const session = await sessions.waitForGrade(asked, { onState: show, onTrouble: trouble });
  if (session.status === "completed") {
    announce(session.overall_score === null ? "Not scored." : `Graded: ${session.overall_score} of 100.`);
  }
}

/** @param {any} session */
async function show(session) {
  if (asked !== String(session.id)) history.replaceState(null, "", `/analytics/${session.id}${location.hash}`);
  showHead(session);
  showTranscript(session);
  const state = JSON.stringify([session.status, session.grading, session.graded_at]);
  if (state !== shown) {
    shown = state;
    const past = await pastOf(session);
    if (state === shown) byId("result").replaceChildren(...resultElements(session, past).filter((one) => one !== null));
  }
  main.setAttribute("aria-busy", "false");
}

/**
 * The figures that a grade is compared with: the previous session with the same homeowner, the best, the percentile. The page
 * also shows a result without them.
 * @param {any} session @returns {Promise<import("./result.js").Past>}
 */
async function pastOf(session) {
  const people = await personas();
  if (session.overall_score === null) return { personas: people };
  const [page, progress] = await Promise.all([
    sessions.list({ limit: 50, before: session.id, agentName: session.agent_name }).catch(() => null),
    ask("GET", "/progress").catch(() => null),
  ]);
  const before = page?.sessions.find((/** @type {any} */ one) => one.overall_score !== null);
  const here = progress?.homeowners.find((/** @type {any} */ one) => one.agent_name === session.agent_name);
  const overall = here?.scores.overall;
  return { personas: people, before, best: overall?.best, percentile: overall?.percentile, people: here?.people };
}

/** @param {any} session */
function showHead(session) {
  document.title = `${session.agent_name} · Doorstep`;
  byId("title").textContent = session.agent_name;
  const parts = [
    dateTime(session.started_at),
    duration(session.duration_seconds, session.transcript.length),
    counted(session.transcript.length, "line"),
    session.end_reason === "abandoned" ? "left open, ended by the server" : "",
    session.voice?.recovered_lines
      ? `${counted(session.voice.recovered_lines, "line")} recovered from the voice service's record`
      : "",
    session.voice?.unplaced ? `${session.voice.unplaced} more in its record that fit nowhere` : "",
  ];
  byId("meta").textContent = parts.filter(Boolean).join(" · ");
}

/** @param {any} session */
function showTranscript(session) {
  const marks = marksOf(session);
  const words = JSON.stringify([session.transcript, session.evidence, session.remarks]);
  if (words === drawn) return;
  drawn = words;
  const list = byId("lines");
  if (!session.transcript.length) {
    list.replaceChildren(h("li", { class: "empty-line" }, "Nothing was said."));
    return;
  }
  list.replaceChildren(
    ...session.transcript.map((/** @type {any} */ line) =>
      lineElement(line, session.agent_name, { numbered: true, marks })
    ),
  );
  showRecording(session);
  showFilters(marks);
  showScrollSign();
  const wanted = /^#line-(\d+)$/.exec(location.hash);
  if (wanted) showLine(wanted[1]);
  if (session.status === "active") listenFor(session);
}

/** The player above the transcript; a click on a line's number starts it there. @param {any} session */
function showRecording(session) {
  byId("recording")?.remove();
  const player = recording({ apiUrl: config.apiUrl, getToken, session });
  if (!player) return;
  player.element.id = "recording";
  byId("transcript-title").after(player.element);
  for (const number of byId("lines").querySelectorAll(".number")) {
    const sequence = Number(number.closest("li").dataset.sequence);
    number.addEventListener("click", () => player.playLine(sequence));
    if (session.timings?.moments?.[sequence] !== undefined) number.title = "Play from here";
  }
}

/** Buttons that leave the lines of one category and what was said before them. @param {Map<number, Set<string>>} marks */
function showFilters(marks) {
  const count = (/** @type {string} */ key) => [...marks.values()].filter((categories) => categories.has(key)).length;
  const filters = CATEGORIES.filter(({ key }) => count(key));
  const place = byId("filters");
  place.hidden = filters.length < 1;
  if (place.hidden) return place.replaceChildren();
  const choose = (/** @type {string} */ key) => {
    for (const other of place.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other.dataset.filter === key));
    }
    const lines = /** @type {HTMLElement[]} */ ([...byId("lines").children]);
    const wanted = (/** @type {HTMLElement|undefined} */ line) =>
      !key || (line?.dataset.marks ?? "").split(" ").includes(key);
    lines.forEach((line, index) => (line.hidden = !wanted(line) && !wanted(lines[index + 1])));
    showScrollSign();
  };
  const filter = (/** @type {string} */ key, /** @type {string} */ words) =>
    h("button", {
      type: "button",
      class: `filter tag-${key}`,
      "data-filter": key,
      "aria-pressed": !key,
      onclick: () => choose(key),
    }, words);
  place.replaceChildren(
    filter("", "All lines"),
    ...filters.map(({ key, title }) => filter(key, `${title} ${count(key)}`)),
  );
  for (const each of place.querySelectorAll("button")) each.setAttribute("aria-pressed", String(!each.dataset.filter));
}

/** Shows a shade at the edge when the transcript has more lines than fit. */
function showScrollSign() {
  const scroll = byId("scroll");
  const rest = scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop;
  byId("transcript").toggleAttribute("data-more-below", rest > 8);
  byId("transcript").toggleAttribute("data-more-above", scroll.scrollTop > 8);
}

/** With Realtime, shows lines of an active session that another device records. @param {any} session */
function listenFor(session) {
  if (listening) return;
  listening = true;
  sessions.listen(session.id, (message) => {
    if (message?.event === "line") placeLine(byId("lines"), message.payload, session.agent_name, { numbered: true });
  });
}

/** @param {string} sequence */
function showLine(sequence) {
  const line = byId(`line-${sequence}`);
  if (!line) return;
  if (line.hidden) byId("filters").querySelector("[data-filter='']")?.click();
  for (const other of document.querySelectorAll(".line-shown")) other.classList.remove("line-shown");
  line.classList.add("line-shown");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  line.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  line.focus({ preventScroll: true });
}

/** @param {any} error */
function trouble(error) {
  notice("poll", error ? pollTrouble(error, () => dispatchEvent(new Event("online"))) : null);
}
