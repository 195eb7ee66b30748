/** The scripted homeowner: reacts to what the rep says, and can be told again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHomeowner, PERSONAS } from "../../web/homeowner.js";

const maria = PERSONAS.find(({ id }) => id === "maria");
const talk = (persona, ...words) => {
  const homeowner = createHomeowner(persona);
  return { homeowner, answers: words.map((text) => homeowner.reply(text)) };
};
const GOOD = [
  "Good evening! My name is Sam, I'm with Cedar Home Care.",
  "Have you noticed any ants lately?",
  "How long has that been going on?",
  "We treat the outside only.",
  "I understand, it is safe for the kids and stays outside.",
  "It is $39 a month.",
  "Call your husband tonight, that's fair.",
];

describe("a homeowner", () => {
  it("answers a question about the home with a fact, and each fact once", () => {
    const { answers } = talk(maria, GOOD[0], GOOD[1], GOOD[1]);
    assert.equal(answers[0], maria.thaw);
    assert.match(answers[1], /Ants, mostly/);
    assert.doesNotMatch(answers[2], /Ants, mostly/);
  });

  it("says yes to a close once every objection is dealt with", () => {
    const { homeowner, answers } = talk(maria, ...GOOD, "Shall we book Thursday?");
    assert.equal(answers.at(-1), maria.yes);
    assert.equal(homeowner.over, true);
  });

  it("insists when an objection is passed over, and then is not convinced", () => {
    const { answers } = talk(
      maria,
      "We have a great offer, sign today!",
      "It is really great.",
      "Really.",
      "A great offer.",
    );
    assert.equal(answers[0], maria.objections[0].says);
    assert.match(answers[1], /isn't what I asked/);
    assert.equal(answers[2], maria.objections[1].says);
  });

  for (const persona of PERSONAS) {
    it(`${persona.name} closes the door on somebody who only pushes`, () => {
      const { homeowner, answers } = talk(persona, ...Array(persona.patience).fill("Sign here, let's go ahead."));
      assert.equal(answers.at(-1), persona.no);
      assert.equal(homeowner.over, true);
    });

    it(`${persona.name} says the same to the same words`, () => {
      assert.deepEqual(talk(persona, ...GOOD).answers, talk(persona, ...GOOD).answers);
    });

    it(`${persona.name} always has something to say`, () => {
      const { answers } = talk(persona, "", "?", "🙂", "<script>", "a ".repeat(2_000), ...GOOD, ...GOOD);
      assert.ok(answers.every((answer) => answer.trim().length > 0));
    });
  }
});
