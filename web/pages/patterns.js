/** Words and phrases to look for in what a rep said. Pure. */

/** The words and phrases of a text with commas between them. @param {string} text @returns {string[]} */
export const listOf = (text) => text.split(",").map((each) => each.trim().replace(/\s+/gu, " "));

/** A RegExp that is written over several lines. @param {string} lines @returns {RegExp} */
export const anyOf = (lines) => new RegExp(lines.replace(/\s*\n\s*/gu, ""), "u");

/**
 * Looks for the pattern where none of the exceptions stands. (Lookbehind would say so too, but not to every browser of the floor.)
 * @param {RegExp} exceptions @param {RegExp} pattern @returns {{test: (text: string) => boolean}}
 */
export function except(exceptions, pattern) {
  const all = new RegExp(exceptions.source, "gu");
  return { test: (text) => pattern.test(text.replace(all, " ")) };
}

/** A pattern is a word or phrase; `*` at its end stands for any ending, and `$` for a price. @param {string} pattern */
const expression = (pattern) =>
  pattern === "$"
    ? String
      .raw`\$ ?\d|\b\d+ (?:dollars?|bucks|quid|pounds|euros)\b|\b\d+ (?:a|per) (?:month|year|visit)\b|\b(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)(?: \w+){0,2} (?:dollars|bucks|quid|pounds|euros)\b`
    : pattern === "$ a year"
    ? String
      .raw`(?:\$ ?\d[\d,.]*|\b\d[\d,.]*)(?: dollars| bucks)? (?:is )?(?:(?:a|per|each) year|for (?:(?:the|a|one) )?(?:(?:whole|full|first) )?year|yearly|in total|total|altogether|annually)\b|\bfor the (?:whole |full )?year (?:\w+ ){1,3}\$? ?\d`
    : String.raw`\b${pattern.replace(/\*$/, "")}${pattern.endsWith("*") ? String.raw`\w*` : ""}\b`;

/** @type {Map<string, RegExp>} */
const known = new Map();
/** @param {string} pattern */
function compiled(pattern) {
  const found = known.get(pattern) ?? new RegExp(expression(pattern), "u");
  known.set(pattern, found);
  return found;
}

/** How many of the patterns occur; a phrase says more than a word. @param {string} text @param {readonly string[]} patterns */
export const hits = (text, patterns) =>
  patterns.reduce((sum, each) => sum + (compiled(each).test(text) ? each.trim().split(" ").length : 0), 0);
