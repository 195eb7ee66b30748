/** One session: the transcript at once, the grade as soon as there is one. */
import { byId, counted, dateTime, duration, h } from "./dom.js";
import { pollTrouble, resultElements } from "./result.js";
import { recording } from "./recording.js";
import { lineElement, placeLine } from "./script.js";
import { announce, attempt, notice, openPage } from "./shell.js";

const main = byId("main");
const { config, sessions, getToken } = await openPage();
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
function show(session) {
  if (asked !== String(session.id)) history.replaceState(null, "", `/analytics/${session.id}${location.hash}`);
  main.setAttribute("aria-busy", "false");
  showHead(session);
  const state = JSON.stringify([session.status, session.grading, session.graded_at]);
  if (state !== shown) byId("result").replaceChildren(...resultElements(session));
  shown = state;
  showTranscript(session);
}

/** @param {any} session */
function showHead(session) {
  document.title = `${session.agent_name} · Doorstep`;
  byId("title").textContent = session.agent_name;
  const parts = [
    dateTime(session.started_at),
    duration(session.duration_seconds),
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
  const words = JSON.stringify(session.transcript);
  if (words === drawn) return;
  drawn = words;
  const list = byId("lines");
  if (!session.transcript.length) {
    list.replaceChildren(h("li", { class: "empty-line" }, "Nothing was said."));
    return;
  }
  list.replaceChildren(
    ...session.transcript.map((/** @type {any} */ line) => lineElement(line, session.agent_name, { numbered: true })),
  );
  showRecording(session);
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

/** A talk that goes on elsewhere is heard here, where Realtime is. @param {any} session */
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
