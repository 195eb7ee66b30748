/** Charts drawn as SVG in the page's colours: no smoothing, a break where scores cannot be compared. */
import { change, date, dateTime, h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [320, 132, 26, 10, 10, 22];

/** @param {string} tag @param {Record<string, any>} properties @param {...any} children */
function s(tag, properties, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {number} score */
const y = (score) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - score / 100);
/** @param {number} index @param {number} count */
const x = (
  index,
  count,
) => (count === 1 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + (WIDTH - LEFT - RIGHT) * index / (count - 1));

/** Whether a grade counts towards averages: its own grader does not doubt it. @param {any} session */
export const counts = (session) => session.confidence !== "low";

/** Runs of neighbours that share a rubric version: between two of them the line breaks. @param {any[]} graded */
export function comparableRuns(graded) {
  /** @type {number[][]} */
  const runs = [];
  graded.forEach((session, index) => {
    if (index && graded[index - 1].rubric_version === session.rubric_version) runs[runs.length - 1].push(index);
    else runs.push([index]);
  });
  return runs;
}

/**
 * Words for the ticks at both ends: dates, and the time of day where both are on the same date.
 * @param {string} first @param {string} last
 */
function ends(first, last) {
  if (date(first) !== date(last)) return [date(first), date(last)];
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  return [time.format(new Date(first)), time.format(new Date(last))];
}

/**
 * One score over the sessions, oldest first. A hollow point is a grade of low confidence; a dotted line across marks another rubric.
 * @param {any[]} graded @param {{column: string, title: string}} measure @returns {HTMLElement}
 */
export function trend(graded, { column, title }) {
  const values = graded.map((session) => session[column]);
  const [first, last] = [values[0], values[values.length - 1]];
  const runs = comparableRuns(graded);
  const at = (/** @type {number} */ index) => `${x(index, graded.length).toFixed(1)},${y(values[index]).toFixed(1)}`;
  const [from, to] = ends(graded[0].started_at, graded[graded.length - 1].started_at);
  const picture = s(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: "trend-chart",
      role: "img",
      "aria-label":
        `${title} over ${graded.length} sessions, from ${first} to ${last}. The table below has every value.`,
    },
    ...[0, 50, 100].flatMap((score) => [
      s("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(score), y2: y(score), class: "trend-grid" }),
      s("text", { x: LEFT - 6, y: y(score) + 3.5, class: "trend-tick", "text-anchor": "end" }, String(score)),
    ]),
    s("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(75), y2: y(75), class: "trend-good" }),
    ...runs.slice(1).map(([start]) => {
      const middle = (x(start, graded.length) + x(start - 1, graded.length)) / 2;
      return s("line", { x1: middle, x2: middle, y1: TOP, y2: HEIGHT - BOTTOM, class: "trend-break" });
    }),
    ...runs.filter((run) => run.length > 1).map((run) =>
      s("polyline", { points: run.map(at).join(" "), class: "trend-line" })
    ),
    ...graded.map((session, index) => {
      const point = s("circle", {
        cx: x(index, graded.length).toFixed(1),
        cy: y(values[index]).toFixed(1),
        r: 3.5,
        class: counts(session) ? "trend-point" : "trend-point trend-unsure",
      });
      point.append(s("title", {}, `${session.agent_name}, ${dateTime(session.started_at)}: ${values[index]}`));
      return point;
    }),
    s("text", { x: LEFT, y: HEIGHT - 6, class: "trend-tick" }, from),
    graded.length > 1 && s("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, class: "trend-tick", "text-anchor": "end" }, to),
  );
  return h(
    "figure",
    { class: "trend" },
    h(
      "figcaption",
      { class: "trend-head" },
      h("span", { class: "trend-title" }, title),
      h(
        "span",
        { class: "trend-now" },
        h("strong", {}, last),
        graded.length > 1 && runs[runs.length - 1].length > 1
          ? h(
            "span",
            { class: "quiet" },
            change(last, values[values.length - 2]),
            h("span", { class: "hidden" }, " on the one before"),
          )
          : null,
      ),
    ),
    picture,
  );
}

/** Every value of the charts as a table. @param {any[]} graded @param {readonly {column: string, title: string}[]} measures */
export function valuesTable(graded, measures) {
  const cells = (/** @type {string} */ tag, /** @type {any[]} */ values, /** @type {any} */ more = {}) =>
    values.map((value) => h(tag, more, value ?? "–"));
  return h(
    "details",
    { class: "as-table" },
    h("summary", {}, "Show as a table"),
    h(
      "div",
      { class: "table-box", role: "group", "aria-label": "Scores over time", tabindex: "0" },
      h(
        "table",
        {},
        h("caption", { class: "hidden" }, "Scores over time"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ...cells("th", ["When", "Homeowner", ...measures.map(({ title }) => title), "Rubric"], { scope: "col" }),
          ),
        ),
        h(
          "tbody",
          {},
          ...graded.map((session) =>
            h(
              "tr",
              {},
              ...cells("td", [
                dateTime(session.started_at),
                session.agent_name,
                ...measures.map(({ column }) => session[column]),
                `${session.rubric_version ?? "–"}${counts(session) ? "" : " (low confidence)"}`,
              ]),
            )
          ),
        ),
      ),
    ),
  );
}
