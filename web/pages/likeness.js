/**
 * How like a question is to the examples of each topic: weighted groups of letters, compared by their cosine. Pure.
 * Groups of letters match "spraying" with "sprays", and most misspelled words with the word that was meant.
 */
import { EXAMPLES } from "./topic-examples.js";

const GROUP_SIZES = [3, 4];
/** A question less like every example is about none of the topics. */
const LEAST = 0.35;
/** Of a shorter question the words alone say too little. */
const FEWEST_WORDS = 3;
const MOST_REMEMBERED = 50;
/** Examples count by this power of their likeness: a few close ones outweigh many distant ones. */
const POWER = 4;

/** @param {string} text @returns {Map<string, number>} how often each group of letters occurs */
function groupsOf(text) {
  const groups = new Map();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []) {
    const padded = ` ${word} `;
    for (const size of GROUP_SIZES) {
      for (let at = 0; at + size <= padded.length; at += 1) {
        const group = padded.slice(at, at + size);
        groups.set(group, (groups.get(group) ?? 0) + 1);
      }
    }
  }
  return groups;
}

/** Of groups by their number: rare groups weigh more, and the whole has length 1. @param {Map<string, number>} groups @param {(group: string) => number} rarity */
function weighed(groups, rarity) {
  const weights = [...groups].map((
    [group, times],
  ) => /** @type {const} */ ([group, (1 + Math.log(times)) * rarity(group)]));
  const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1;
  return weights.map(([group, weight]) => /** @type {const} */ ([group, weight / length]));
}

/** Made at the first question: for each group of letters the examples that have it. */
function createIndex() {
  const examples = Object.entries(EXAMPLES).flatMap(([topic, texts]) =>
    texts.map((text) => ({ topic, groups: groupsOf(text) }))
  );
  const seen = new Map(); // group → examples that have it
  for (const { groups } of examples) for (const group of groups.keys()) seen.set(group, (seen.get(group) ?? 0) + 1);
  const rarity = (/** @type {string} */ group) => 1 + Math.log((1 + examples.length) / (1 + (seen.get(group) ?? 0)));
  /** @type {Map<string, [number, number][]>} */
  const having = new Map();
  for (const [number, { groups }] of examples.entries()) {
    for (const [group, weight] of weighed(groups, rarity)) {
      if (!having.has(group)) having.set(group, []);
      having.get(group)?.push([number, weight]);
    }
  }
  return { examples, rarity, having };
}

/** @type {ReturnType<typeof createIndex>|undefined} */
let index;
/** Of the last questions: one answer asks several times about the same one. @type {Map<string, ReadonlyMap<string, number>>} */
const remembered = new Map();

/**
 * The share of each topic in the likeness to all examples; none where the question is like no example.
 * @param {string} question @returns {ReadonlyMap<string, number>}
 */
export function likeness(question) {
  const known = remembered.get(question);
  if (known) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const shares = compare(question);
  remembered.set(question, shares);
  return shares;
}

/** @param {string} question @returns {Map<string, number>} */
function compare(question) {
  if (question.split(" ").length < FEWEST_WORDS) return new Map();
  index ??= createIndex();
  const { examples, rarity, having } = index;
  const alike = new Float64Array(examples.length);
  for (const [group, weight] of weighed(groupsOf(question), rarity)) {
    for (const [number, theirs] of having.get(group) ?? []) alike[number] += weight * theirs;
  }
  const shares = new Map();
  if (Math.max(...alike) < LEAST) return shares;
  const total = alike.reduce((sum, each) => sum + each ** POWER, 0);
  for (const [number, each] of alike.entries()) {
    const { topic } = examples[number];
    if (each) shares.set(topic, (shares.get(topic) ?? 0) + each ** POWER / total);
  }
  return shares;
}
