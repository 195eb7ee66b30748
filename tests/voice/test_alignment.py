"""The alignment of the provider's turns with our lines: pure, so it is tested on its own and with random losses."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.alignment import Fill, OurLine, Plan, align
from voice.record import ProviderTurn, Role
from voice.words import MAX_TEXT, likeness, part, pieces, words

Said = tuple[Role, str]

SPOKEN: list[Said] = [
    ("agent", "Hello? Who is it?"),
    ("user", "Good evening, I am Sam from Cedar Home Care."),
    ("agent", "I am busy right now."),
    ("user", "It takes a minute. Have you seen ants lately?"),
    ("agent", "A few, in the kitchen."),
]


def turns(said: list[Said]) -> list[ProviderTurn]:
    return [ProviderTurn(role, text, float(number)) for number, (role, text) in enumerate(said)]


def lines(said: list[Said], *lost: int) -> list[OurLine]:
    """Our lines with the sequences 1, 2, 3 ..., without the lost ones."""
    return [OurLine(n, role, text) for n, (role, text) in enumerate(said, start=1) if n not in lost]


def union(ours: list[OurLine], plan: Plan) -> list[tuple[int, Role, str]]:
    """The transcript after the plan. Fails where a fill would change a line."""
    both = [(line.sequence, line.speaker, line.text) for line in ours]
    both += [(fill.sequence, fill.speaker, fill.text) for fill in plan.fills]
    assert len({sequence for sequence, _, _ in both}) == len(both)
    return sorted(both)


def whole(said: list[Said]) -> list[tuple[int, Role, str]]:
    return [(n, role, text) for n, (role, text) in enumerate(said, start=1)]


@pytest.mark.parametrize("lost", [(), (1,), (3,), (2, 3), (5,), (4, 5), (1, 2, 3, 4, 5), (1, 3, 5), (2, 4)])
def test_lost_lines_come_back_in_their_places(lost: tuple[int, ...]) -> None:
    ours = lines(SPOKEN, *lost)
    plan = align(ours, turns(SPOKEN))
    assert union(ours, plan) == whole(SPOKEN)
    assert plan.unplaced == 0


def test_turns_after_our_last_line_are_appended() -> None:
    ours = lines(SPOKEN[:2])
    assert union(ours, align(ours, turns(SPOKEN))) == whole(SPOKEN)


def test_a_turn_between_two_neighbouring_sequences_is_unplaced() -> None:
    ours = [
        OurLine(n, role, text) for n, (role, text) in enumerate([SPOKEN[0], SPOKEN[1], SPOKEN[3], SPOKEN[4]], start=1)
    ]
    plan = align(ours, turns(SPOKEN))
    assert (plan.fills, plan.unplaced) == ([], 1)


def test_without_an_open_end_turns_after_our_last_line_are_unplaced() -> None:
    plan = align(lines(SPOKEN[:2]), turns(SPOKEN), open_end=False)
    assert (plan.fills, plan.unplaced) == ([], 3)


def test_case_and_punctuation_do_not_matter() -> None:
    ours = [
        OurLine(1, "agent", "hello who is it"),
        OurLine(2, "user", "good evening -- i am sam, from Cedar Home Care"),
    ]
    plan = align(ours, turns(SPOKEN))
    assert [fill.sequence for fill in plan.fills] == [3, 4, 5]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("I am busy", "I am busy right now, and my husband decides these things anyway."),
        ("I am busy right now, and my husband decides these things anyway.", "I am busy"),
        ("…", "I am busy right now."),
        ("I am busy right now", "I'm busy right now."),
    ],
    ids=["ours is cut off", "theirs is cut off", "nothing of it was heard", "heard differently"],
)
def test_a_corrected_line_is_known_and_stays_as_it_is(ours: str, theirs: str) -> None:
    spoken = [*SPOKEN[:2], ("agent", theirs), *SPOKEN[3:]]
    kept = [*SPOKEN[:2], ("agent", ours)]
    assert union(lines(kept), align(lines(kept), turns(spoken))) == whole([*kept, *SPOKEN[3:]])


def test_a_corrected_last_line_is_not_said_again() -> None:
    ours = [*SPOKEN[:4], ("agent", "A few, in")]
    plan = align(lines(ours), turns(SPOKEN))
    assert (plan.fills, plan.unplaced) == ([], 0)


def test_two_turns_of_theirs_are_one_line_of_ours() -> None:
    split = [*SPOKEN[:3], ("user", "It takes a minute."), ("user", "Have you seen ants lately?"), SPOKEN[4]]
    plan = align(lines(SPOKEN), turns(split))
    assert (plan.fills, plan.unplaced) == ([], 0)


def test_one_turn_of_theirs_is_two_lines_of_ours() -> None:
    ours = [*SPOKEN[:3], ("user", "It takes a minute."), ("user", "Have you seen ants lately?"), SPOKEN[4]]
    plan = align(lines(ours), turns(SPOKEN))
    assert (plan.fills, plan.unplaced) == ([], 0)


@pytest.mark.parametrize("lost", [4, 5])
def test_the_lost_half_of_a_split_turn_comes_back_alone(lost: int) -> None:
    ours = [*SPOKEN[:3], ("user", "It takes a minute."), ("user", "Have you seen ants lately?"), SPOKEN[4]]
    kept = lines(ours, lost)
    assert union(kept, align(kept, turns(SPOKEN))) == whole(ours)


def test_two_turns_of_one_side_share_a_single_gap() -> None:
    split = [*SPOKEN[:3], ("user", "It takes a minute."), ("user", "Have you seen ants lately?"), SPOKEN[4]]
    kept = lines(SPOKEN, 4)
    assert union(kept, align(kept, turns(split))) == whole(SPOKEN)


def test_equal_short_answers_are_told_apart_by_the_gaps() -> None:
    spoken: list[Said] = [("user", "Yes"), ("agent", "Yes"), ("user", "Yes"), ("agent", "Yes"), ("user", "Yes")]
    for lost in ((2,), (3,), (4, 5), (1, 2)):
        kept = lines(spoken, *lost)
        assert union(kept, align(kept, turns(spoken))) == whole(spoken)


def test_a_line_that_only_we_have_stays() -> None:
    theirs = [SPOKEN[0], *SPOKEN[2:]]
    ours = lines(SPOKEN[:3])
    assert union(ours, align(ours, turns(theirs))) == whole(SPOKEN)


def test_a_turn_longer_than_a_line_is_appended_in_pieces() -> None:
    long = "ants " * 1_700
    plan = align([], [ProviderTurn("user", long.strip())])
    assert [fill.sequence for fill in plan.fills] == [1, 2, 3]
    assert all(len(fill.text) <= MAX_TEXT for fill in plan.fills)
    assert words(" ".join(fill.text for fill in plan.fills)) == words(long)


def test_a_session_never_gets_more_than_2000_lines() -> None:
    ours = [OurLine(n, "user", f"line number {n} of ours") for n in range(1, 1_999)]
    theirs = [
        *(ProviderTurn("user", line.text) for line in ours),
        *(ProviderTurn("agent", f"answer {n} of theirs") for n in range(5)),
    ]
    plan = align(ours, theirs)
    assert [fill.sequence for fill in plan.fills] == [1_999, 2_000]
    assert plan.unplaced == 3


def test_the_moments_of_known_and_recovered_lines_are_told() -> None:
    plan = align(lines(SPOKEN, 3), turns(SPOKEN))
    assert plan.turn_of == {1: 0, 2: 1, 3: 2, 4: 3, 5: 4}


def test_the_longest_session_of_equal_words_is_aligned_in_bounded_time() -> None:
    ours = [OurLine(n, "user", "yes yes yes") for n in range(1, 2_001) if n % 10]
    theirs = [ProviderTurn("user", "yes yes yes") for _ in range(2_000)]
    began = time.monotonic()
    plan = align(ours, theirs)
    assert time.monotonic() - began < 30
    assert len(plan.fills) == 200


VOCABULARY = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
UTTERANCE = st.lists(
    st.sampled_from(["ants", "house", "price", "yes", "no", "tuesday", "spouse", "kitchen", "we", "spray"]),
    min_size=1,
    max_size=7,
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Said], set[int]]:
    """A conversation whose utterances are told apart by a word of their own, and the sequences that never reached us."""
    count = draw(st.integers(1, 14))
    said: list[Said] = []
    for number in range(count):
        role: Role = draw(st.sampled_from(["user", "agent"]))
        said.append((role, " ".join([f"w{number}", *draw(UTTERANCE)])))
    return said, draw(st.sets(st.integers(1, count)))


@given(conversations())
def test_with_any_lines_lost_the_union_is_whole_and_in_order(case: tuple[list[Said], set[int]]) -> None:
    said, lost = case
    ours = lines(said, *lost)
    plan = align(ours, turns(said))
    assert union(ours, plan) == whole(said)
    assert plan.unplaced == 0
    again = align(as_lines(union(ours, plan)), turns(said))
    assert (again.fills, again.unplaced) == ([], 0)


def as_lines(transcript: list[tuple[int, Role, str]]) -> list[OurLine]:
    return [OurLine(*line) for line in transcript]


@given(conversations(), st.data())
def test_corrected_lines_are_neither_changed_nor_doubled(
    case: tuple[list[Said], set[int]], data: st.DataObject
) -> None:
    """Ours may be cut off after any word, as an interruption corrects them."""
    said, lost = case
    cut = [(role, " ".join(text.split()[: data.draw(st.integers(1, len(text.split())))])) for role, text in said]
    ours = lines(cut, *lost)
    plan = align(ours, turns([*said]))
    expected = [(n, *(said if n in lost else cut)[n - 1]) for n in range(1, len(said) + 1)]
    assert union(ours, plan) == expected
    assert plan.unplaced == 0


@given(conversations(), st.data())
def test_turns_that_they_split_are_put_together(case: tuple[list[Said], set[int]], data: st.DataObject) -> None:
    said, lost = case
    theirs: list[Said] = []
    for role, text in said:
        at = data.draw(st.integers(0, len(text.split()) - 1))
        theirs += [(role, part) for part in (" ".join(text.split()[:at]), " ".join(text.split()[at:])) if part]
    ours = lines(said, *lost)
    plan = align(ours, turns(theirs))
    assert in_order(union(ours, plan)) == in_order(whole(said))
    kept = {sequence: (role, text) for sequence, role, text in union(ours, plan)}
    assert all(kept[line.sequence] == (line.speaker, line.text) for line in ours)


def in_order(transcript: list[tuple[int, Role, str]]) -> list[tuple[Role, str]]:
    """Who says which word, in order: independent of where a turn is split."""
    return [(role, word) for _, role, text in sorted(transcript) for word in words(text)]


@given(conversations(), conversations())
def test_records_that_have_little_in_common_lose_no_line_of_ours(
    one: tuple[list[Said], set[int]], other: tuple[list[Said], set[int]]
) -> None:
    ours = lines(one[0], *one[1])
    plan = align(ours, turns(other[0]))
    transcript = union(ours, plan)
    assert [line for line in transcript if line[0] in {line.sequence for line in ours}] == [
        (line.sequence, line.speaker, line.text) for line in ours
    ]
    placed = {fill.turn for fill in plan.fills} | set(plan.turn_of.values())
    assert len(placed) + plan.unplaced <= len(other[0])


def test_a_thousand_conversations_with_random_loss_lose_nothing_that_either_side_has() -> None:
    """Losses on both sides: ours leave a gap or cut the end, theirs leave nothing. The figures stand in docs/VOICE.md."""
    chance = random.Random(15)
    lost_words = changed = doubled = 0
    for _ in range(1_000):
        count = chance.randint(2, 60)
        said: list[Said] = [
            ("agent" if n % 2 else "user", " ".join([f"w{n}", *chance.choices(VOCABULARY, k=chance.randint(1, 12))]))
            for n in range(count)
        ]
        rate = chance.random() * 0.6
        end = count if chance.random() < 0.5 else chance.randint(0, count)
        ours = [line for line in lines(said) if line.sequence <= end and chance.random() > rate]
        had = {line.sequence for line in ours}
        theirs = [replace(turn) for n, turn in enumerate(turns(said), start=1) if n not in had or chance.random() > 0.1]
        plan = align(ours, theirs)
        transcript = union(ours, plan)
        texts = [text for _, _, text in transcript]
        lost_words += sum(text not in texts for _, text in said)
        doubled += len(texts) - len(set(texts))
        changed += sum((line.sequence, line.speaker, line.text) not in transcript for line in ours)
        assert texts == sorted(texts, key=lambda text: int(text.split()[0][1:]))
    assert (lost_words, changed, doubled) == (0, 0, 0)


def test_a_fill_names_its_turn() -> None:
    assert align([], turns(SPOKEN[:1])).fills == [Fill(1, "agent", "Hello? Who is it?", 0)]


def test_words_know_no_case_punctuation_or_spelling_of_accents() -> None:
    assert words("Don't — STOP, Café!") == words("don t stop cafe\u0301")
    assert words("蟻が来た。") == ("蟻", "が", "来", "た")


def test_a_part_of_a_text_keeps_its_punctuation() -> None:
    text = "Well, yes. Have you seen ants?"
    assert (part(text, 0, 2), part(text, 2, 6)) == ("Well, yes.", "Have you seen ants?")


def test_unlike_texts_are_not_taken_for_one() -> None:
    assert likeness(words("What does it cost?"), words("My husband is not home.")) == 0


@pytest.mark.parametrize(
    ("one", "other", "sure"),
    [
        ("we come back free", "We come back, free!", 1.0),
        ("we come", "we come back free", 0.9),
        ("…", "we come", 0.4),
        ("we can come by today", "we may come to you today", 0.0),
        ("we can come by today", "we can stay by noon", 0.3),
    ],
)
def test_likeness_says_how_sure(one: str, other: str, sure: float) -> None:
    assert likeness(words(one), words(other)) == sure


def test_pieces_are_cut_at_a_space_and_lose_nothing() -> None:
    text = "word " * 2_000
    assert " ".join(pieces(text.strip())) == text.strip()
