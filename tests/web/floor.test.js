/** The check of the browser floor finds what it is for. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { findNewer } from "./floor.js";

it("the check of the browser floor finds newer features and newer syntax, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "floor-"));
  const planted = {
    "size.js": [
      "const query = new URLSearchParams();\nexport const any = query.size;",
      /URLSearchParams\.size needs chrome 113/,
    ],
    "lookbehind.js": ["export const half = /(?<!a)b/;", /syntax newer/],
    "pattern.js": ["export const half = new RegExp('(?<!a)b', 'u');", /lookbehind_assertion needs safari/],
    "template.js": [
      "const a = 'a';\nexport const half = new RegExp(String.raw`${a}(?<=a)b`, 'u');",
      /lookbehind_assertion/,
    ],
    "static.js": ["export const signal = AbortSignal.timeout(5);", /AbortSignal\.timeout needs/],
    "builtin.js": ["export const groups = Object.groupBy([1], String);", /Object\.groupBy needs/],
    "method.js": [
      "export const clean = (/** @type {string} */ text) => text.toWellFormed();",
      /String\.toWellFormed needs/,
    ],
    "global.js": ["export const ready = () => requestIdleCallback(() => {});", /requestIdleCallback needs safari/],
    "old.js": ["export const last = [1].at(-1);\nclass A { #b = 1; c() { return this.#b; } }\nexport { A };", null],
  };
  try {
    const files = Object.entries(planted).map(([name, [code]]) => {
      writeFileSync(join(folder, name), code);
      return join(folder, name);
    });
    const found = findNewer(files);
    for (const [name, [, expected]] of Object.entries(planted)) {
      const mine = found.filter((problem) => problem.includes(name));
      if (expected) assert.match(mine.join("\n"), expected, name);
      else assert.deepEqual(mine, []);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
