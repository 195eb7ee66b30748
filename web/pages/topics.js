/** What a question is about. Pure. */
import { likeness } from "./likeness.js";
import { hits } from "./patterns.js";
import { TOPICS } from "./topic-patterns.js";

/** Where the homeowner knows nothing of a topic, those that come nearest. @type {Record<string, string[]>} */
const NEAR = {
  kind: ["problem"],
  affected: ["effect"],
  priority: ["matters"],
  spent: ["bill"],
  lost: ["effect"],
  nothing_done: ["severity", "effect"],
  usage: ["use"],
  lasting: ["helped"],
  attempt: ["tried"],
  deadline: ["timeline"],
  home: ["decision"],
  partner: ["decision"],
  kids: ["family"],
  pets: ["family"],
  family: ["kids"],
  plans: ["tenure"],
  age: ["house", "tenure"],
  size: ["house"],
  where: ["house"],
  inside: ["where"],
  when: ["often"],
  cause: ["entry", "problem"],
  effect: ["matters"],
  severity: ["problem"],
  helped: ["tried"],
  company: ["provider", "before"],
  quotes: ["before"],
  wish: ["matters"],
  speed: ["problem"],
  relief: ["wish"],
  condition: ["problem"],
  spouse_work: ["home"],
  needs: ["matters"],
  entry: ["where", "house"],
  food: ["harm"],
  timeline: ["severity"],
};

/** The examples that are about the conversation, and not about the home. */
const TALK = "talk";
/** What a pattern counts for beside the shares of the examples: the first that fits, and each other one. */
const [NAMED_FIRST, NAMED_TOO] = [0.5, 0.25];
/** A topic with a smaller share is not meant. */
const LEAST = 0.3;

/**
 * The topics a question may be about, likeliest first.
 * @param {string} question
 * @param {Record<string, string[]>} [own] the persona's patterns by topic; a topic of theirs alone comes first
 * @returns {string[]}
 */
export function topicsOf(question, own = {}) {
  const ofTheirs = Object.keys(own).filter((topic) => !TOPICS[topic] && hits(question, own[topic]));
  const named = Object.keys(TOPICS).filter((topic) => TOPICS[topic].test(question) || hits(question, own[topic] ?? []));
  const about = hits(question, own.problem ?? []) ? named.filter((topic) => topic !== "pests") : named;
  const alike = likeness(question);
  const ofTalk = alike.get(TALK) === Math.max(0, ...alike.values());
  const scored = new Map(
    [...alike].filter(([topic, share]) => !ofTalk && topic !== TALK && (share >= LEAST || about.includes(topic))),
  );
  about.forEach((topic, at) => scored.set(topic, (scored.get(topic) ?? 0) + (at ? NAMED_TOO : NAMED_FIRST)));
  const likeliest = [...scored].sort(([, one], [, two]) => two - one);
  return [...ofTheirs, ...likeliest.map(([topic]) => topic)].flatMap((topic) => [topic, ...(NEAR[topic] ?? [])]);
}
