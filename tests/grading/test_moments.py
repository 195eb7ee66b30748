"""Better words for objections that the rep left open: the homeowner's own words, in their language, and none by guesswork."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.grade import Remark
from grading.heuristic.features import spoken
from grading.heuristic.grader import grade
from grading.heuristic.listen import Objection
from grading.heuristic.moments import MOST, MOST_WORDS, moments
from grading.transcript import Line
from support import FUZZ_EXAMPLES

REP = Line(4, "user", "We treat the whole house.")


def remark(text: str, language: str = "en", reply: Line | None = REP, answer: Line | None = None) -> Remark | None:
    return next(moments([Objection(Line(3, "agent", text), reply, answer)], language), None)


@pytest.mark.parametrize(
    ("said", "about", "own_words", "asks"),
    [
        ("Hmm. It's too expensive for us, honestly.", "the price", "It's too expensive for us", "compare"),
        ("I'd have to ask my husband first.", "the other person who decides", "I'd have to ask my husband first", "both at home"),
        ("We already have a company for that.", "what they have already", "We already have a company for that", "works well"),
        ("I need to think about it.", "time to think", "I need to think about it", "think over"),
        ("I'm cooking, dinner is on the stove.", "the time", "I'm cooking", "come back"),
        ("My cousin got scammed by one of you.", "trust", "My cousin got scammed by one of you", "see first"),
        ("I don't want a contract.", "the contract", "I don't want a contract", "terms"),
        ("We rent, ask the landlord.", "renting or moving", "We rent", "looks after the house"),
    ],
)  # fmt: skip
def test_each_kind_of_objection_gets_its_own_better_words(said: str, about: str, own_words: str, asks: str) -> None:
    found = remark(said)
    assert found is not None
    assert found.what == f"Your reply leaves an objection about {about} open."
    assert (found.sequence, found.category) == (REP.sequence, "objection_handling")
    assert found.say_instead is not None
    assert f"“{own_words}”" in found.say_instead
    assert asks in found.say_instead


def test_an_objection_of_no_known_kind_gets_an_open_question() -> None:
    found = remark("Nah, get lost with that.")
    assert found is not None
    assert found.what == "Your reply leaves the objection open."
    assert "“get lost with that”" in str(found.say_instead)


@pytest.mark.parametrize(
    ("language", "said", "begins"),
    [
        ("es", "Es muy caro para nosotros.", "Usted dice «Es muy caro para nosotros»"),
        ("pt", "É muito caro para nós.", "Você diz “É muito caro para nós”"),
        ("de", "Das ist uns zu teuer.", "Sie sagen „Das ist uns zu teuer“"),
        ("fr", "C'est trop cher pour nous.", "Vous dites « C'est trop cher pour nous »"),
    ],
)
def test_the_better_words_are_in_the_transcript_s_language(language: str, said: str, begins: str) -> None:
    found = remark(said, language)
    assert found is not None
    assert str(found.say_instead).startswith(begins)


def test_an_answered_objection_one_without_a_reply_and_an_unknown_language_get_none() -> None:
    assert remark("It's too expensive.", answer=REP) is None
    assert remark("It's too expensive.", reply=None) is None
    assert remark("Ik vind het te duur.", language="nl") is None
    assert remark("Too much.", language="") is None


def test_at_most_four_objections_get_remarks() -> None:
    objections = [Objection(Line(number, "agent", "Too expensive."), REP, None) for number in range(9)]
    assert len(list(moments(objections, "en"))) == MOST


def test_a_long_objection_is_said_back_in_part() -> None:
    found = remark("well " * 40 + "the price is what keeps me from it " + "you know " * 40)
    assert found is not None
    own_words = str(found.say_instead).partition("“")[2].partition("”")[0].split()
    assert len(own_words) == MOST_WORDS
    assert "price" in own_words


@settings(max_examples=FUZZ_EXAMPLES or 200, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=80))
def test_any_words_of_a_homeowner_get_a_remark(said: str) -> None:
    line = Line(3, "agent", said)
    if spoken([line]):
        found = remark(said)
        assert found is not None
        assert found.say_instead


def test_a_grade_of_the_heuristic_has_the_remarks_and_without_objections_none() -> None:
    said = [
        "Hi there, do you have a minute for our pest service today?",
        "It is much too expensive for us.",
        "Just sign here.",
    ]
    speakers = ["user", "agent", "user"]
    lines = [{"sequence": n, "speaker": who, "text": text} for n, (who, text) in enumerate(zip(speakers, said, strict=True), 1)]  # fmt: skip
    found = grade(lines)
    assert found is not None
    assert [each.sequence for each in found.remarks] == [3]
    quiet = grade([lines[0]])
    assert quiet is not None
    assert quiet.remarks == ()
