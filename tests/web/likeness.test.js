/** How like a question is to the examples of a topic. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { likeness } from "../../web/pages/likeness.js";
import { EXAMPLES } from "../../web/pages/topic-examples.js";

const likeliest = (question) => [...likeness(question)].sort(([, one], [, two]) => two - one)[0]?.[0];

describe("likeness", () => {
  it("finds the topic of nearly every example, and of none by chance", () => {
    const all = Object.entries(EXAMPLES).flatMap(([topic, texts]) => texts.map((text) => ({ topic, text })));
    const long = all.filter(({ text }) => text.split(" ").length > 3);
    const found = long.filter(({ topic, text }) => likeliest(text) === topic);
    assert.ok(found.length >= long.length * 0.95, `${found.length} of ${long.length}`);
  });

  it("shares out one whole", () => {
    const shares = [...likeness("how old are your children").values()];
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
  });

  it("sees through a misspelled word", () => {
    assert.equal(likeliest("how olld are your chilldren"), "kids");
    assert.equal(likeliest("wat does your husbnd think about it"), "partner");
  });

  it("takes a question about the conversation for none about the home", () => {
    assert.equal(likeliest("can I come back tomorrow evening"), "talk");
  });

  it("says nothing of a question unlike every example, of two words, and of none", () => {
    for (const question of ["xylophone quartz jumps vexingly", "why not", "", "   "]) {
      assert.deepEqual([...likeness(question)], []);
    }
  });
});

describe("examples", () => {
  it("stand under one topic each, in small letters and without marks", () => {
    const all = Object.values(EXAMPLES).flat();
    assert.equal(new Set(all).size, all.length);
    assert.deepEqual(all.filter((text) => !/^[\p{Ll}\p{N}' ]+$/u.test(text)), []);
  });
});
