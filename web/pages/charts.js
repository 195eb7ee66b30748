/** Charts by Chart.js, in the page's own colours. Each has the same numbers as text next to it. */
import { CATEGORIES, date, h } from "./dom.js";

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Redraws when the system changes between light and dark. @param {() => void} draw */
function onTheme(draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

/**
 * @param {HTMLCanvasElement} canvas @param {() => any} settings read again for each drawing, because colours change
 */
function chart(canvas, settings) {
  const Chart = /** @type {any} */ (globalThis).Chart;
  if (!Chart) return; // The script did not load: the numbers are on the page as text.
  const draw = () => {
    Chart.getChart(canvas)?.destroy();
    if (!canvas.isConnected) return;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = colour("--muted");
    new Chart(canvas, settings());
  };
  onTheme(draw);
  requestAnimationFrame(draw);
}

/** @param {any} session a graded one @returns {HTMLElement} */
export function scoreRadar(session) {
  const scores = CATEGORIES.map(({ column }) => session[column]);
  const label = CATEGORIES.map(({ title }, index) => `${title} ${scores[index]}`).join(", ");
  const canvas = h("canvas", { role: "img", "aria-label": `Radar of the four scores: ${label}` });
  chart(canvas, () => ({
    type: "radar",
    data: {
      labels: ["Rapport", "Discovery", "Objections", "Closing"],
      datasets: [{
        data: scores,
        borderColor: colour("--accent"),
        backgroundColor: colour("--accent-wash"),
        borderWidth: 2,
        pointRadius: 3,
        pointBackgroundColor: colour("--accent"),
      }],
    },
    options: {
      animation: calm() ? false : { duration: 500 },
      maintainAspectRatio: false,
      plugins: { legend: { display: false }, tooltip: { displayColors: false } },
      scales: {
        r: {
          min: 0,
          max: 100,
          ticks: { stepSize: 25, display: false },
          grid: { color: colour("--line") },
          angleLines: { color: colour("--line") },
          pointLabels: { font: { size: 12 }, padding: 4, color: colour("--ink") },
        },
      },
    },
  }));
  return h("div", { class: "canvas-box" }, canvas);
}

/**
 * Scores over time.
 * @param {any[]} graded sessions with scores, oldest first @param {{column: string, title: string}} category
 * @returns {HTMLElement}
 */
export function progressChart(graded, { column, title }) {
  const values = graded.map((session) => session[column]);
  const canvas = h("canvas", {
    role: "img",
    "aria-label": `${title} over ${graded.length} sessions, from ${values[0]} to ${
      values.at(-1)
    }. The table below has every value.`,
  });
  chart(canvas, () => ({
    type: "line",
    data: {
      labels: graded.map((session) => date(session.started_at)),
      datasets: [{
        data: values,
        borderColor: colour("--accent"),
        backgroundColor: colour("--accent-wash"),
        fill: true,
        tension: 0.25,
        borderWidth: 2,
        pointRadius: 4,
        pointHoverRadius: 6,
        pointBackgroundColor: colour("--accent"),
      }],
    },
    options: {
      animation: calm() ? false : { duration: 400 },
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          callbacks: {
            label: (/** @type {any} */ item) => `${graded[item.dataIndex].agent_name}: ${item.formattedValue}`,
          },
        },
      },
      scales: {
        y: { min: 0, max: 100, ticks: { stepSize: 25 }, grid: { color: colour("--line") }, border: { display: false } },
        x: {
          grid: { display: false },
          ticks: { maxRotation: 0, autoSkipPadding: 24 },
          border: { color: colour("--line") },
        },
      },
      onClick: (/** @type {any} */ _event, /** @type {any[]} */ points) => {
        if (points.length) location.assign(`/analytics/${graded[points[0].index].id}`);
      },
    },
  }));
  const rows = graded.map((session) =>
    h("tr", {}, h("td", {}, date(session.started_at)), h("td", {}, session.agent_name), h("td", {}, session[column]))
  );
  return h(
    "div",
    {},
    h("div", { class: "canvas-box canvas-wide" }, canvas),
    h(
      "details",
      { class: "as-table" },
      h("summary", {}, "Show as a table"),
      h(
        "table",
        {},
        h("caption", { class: "hidden" }, `${title} over time`),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Date"),
            h("th", { scope: "col" }, "Homeowner"),
            h("th", { scope: "col" }, title),
          ),
        ),
        h("tbody", {}, ...rows),
      ),
    ),
  );
}
