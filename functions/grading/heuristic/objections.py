"""Objections by the homeowner and whether the rep's next words answer them.

A turn counts as one objection even when it names several concerns, because one turn gets one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grading.grade import Quote
from grading.heuristic.closing import closing_attempts
from grading.heuristic.concerns import CONCERNS, PESTS, SUBJECTS
from grading.heuristic.questions import asked_in
from grading.heuristic.words import Hit, Phrases, Sentence, Turn, word_set

CONTEXT_SENTENCES = 3  # how much of the rep's last words an answer is held against
MIN_ANSWER_WORDS = 4  # fewer words than these give no reason

# "It's not too expensive", "no need to ask my wife", "it's not that I'm not interested".
_DENYING = word_set("not never hardly without nothing nobody")
_DENIED_SAYING = word_set("that saying say said think thinking thought mean like because believe find feel")
_NO_NOUN = word_set("need problem reason longer chance way worries")
_SUBJECTS = word_set("i we it they you he she")
_SUPPOSED = word_set("if unless whether hope hoping when used")
_YES_NO = word_set("is are will would does do")
_OTHERS = Phrases("(last|previous|other|old|former) ([^ ]+ )?(was|were|charged|guy|company)")
_RETRACTED = Phrases(
    "but (that|it|this) (is|sounds|seems|looks) ([^ ]+ ){0,2}(fine|ok|okay|good|great|reasonable|fair|worth)",
    "but (i|we) (can|will|could) (live|do|manage|work|afford|sign|take)",
)
# "I'm good" and "no thanks" answer these.
_SMALL_TALK = Phrases(
    "how (are|is|have) (you|it|everything|your|things)", "(any|anything) (other |more )?(questions|else)"
)
# "I'm not sure" answers a question, but pushes back where these ask for it.
_YOUR_VIEW = Phrases("how (does|do) (that|this|it|they) (sound|look)", "what do you (think|say)")
_AND_YOU = Phrases("(and|about) (you|yourself)", "how are you")

_ACKNOWLEDGES = Phrases(
    "(i|we) (totally |completely |absolutely |really |can |do |definitely |certainly )*(understand|hear "
    "you|get (it|that|you|where)|see (why|how|where)|respect|appreciate (that|you|your)|feel you|imagine|"
    "relate)",
    "(totally|completely|absolutely|perfectly) (understand|understandable|fair|get (it|that)|hear you)",
    "makes (total |perfect |complete |a lot of )?sense",
    "(that|it) is (totally |completely |a |an |very |perfectly |absolutely )*(fair|understandable|valid|"
    "reasonable|good|great|smart|honest) (point|question|concern|enough|reason|idea)",
    "(that|it) is (totally |completely |perfectly |very |absolutely )?(fair|understandable|valid)",
    "fair (enough|point|question)",
    "(good|great|fair|excellent) (question|point)",
    "sorry (to hear|about that|you (had|went)|that happened)",
    "(hear|heard|hearing) that (a lot|all the time|from)",
    "(felt|feel|thought|said) (exactly )?the same",
    "(lot|most|many) of (people|folks|my|our|your)",
    "i know (it|that|how|what) (is|can|you|feels)",
    "(i|would) not (want|like) (that|it|to) either",
)
_REASONS = Phrases(
    "(because|actually|includes|included|guarantee|guaranteed|warranty|instead|compared|compare|discount|refund)",
    "(we|i) (can|could|will|offer|guarantee|include|use|waive|also offer|would)",
    "(comes|come) with",
    "(that|here|this) is why",
    "which means",
    "what (we|i) (can|do|could|will|would)",
    "(only|just|about|than) [$]?[0-9]+",
    "the (reason|difference|good news|great thing|nice thing|thing is)",
    "(no|without) (obligation|contract|cost|pressure|commitment)",
    "so that",
)
_PROBES = Phrases(
    "(can|may|could|if) i (just )?ask",
    "what (is|are|was) (it|holding|your|the|stopping|keeping|making) ([^ ]+ ){0,3}(concern|concerns|back|"
    "you|hesitant|about)",
    "what (specifically|exactly|part|would|makes|made|do not)",
    "why (is|do|are|not|would)",
    "compared to what",
    "what is it( about| that|$)",
    "what (do|did|would) (not )?you (not )?(like|love|enjoy|dislike|wish|change) ([^ ]+ )?(about|they|was|were)",
    "what (do|are|does|is) (you|they|he|she) (pay|paying|charge|charging)",
    "(do|does) (they|he|she) (even |also )?(treat|spray|cover|guarantee|include|charge)",
    "how often (do|does) (they|he|she) (come (out|by)|treat|spray|service|visit)",
    "(how|what) (about|if) (i|we) (take|knock|give|throw|waive|drop|lower|split|include|show|explain)",
    "how long have you (been with|used|had)",
    "who (is|are|do|did) (it|you|they)",
    "is (it|there) (the|something|anything|a)",
    "when you say",
)
_LETS_GO = Phrases(
    "(have|enjoy) (a |the |your )([^ ]+ )?(good |great |nice )?(day|one|night|evening|rest)",
    "(bye|goodbye|farewell)",
    "take care$",
    "see you",
    "(thanks|thank) (you )?for your time",
    "feel free to (call|text|reach|contact|email)",
    "sorry (to|for) (bother|bothering|have bothered)",
    "(i|we) will (just )?(go|leave|let you go|leave you|get going|get out|be going|move on|try (next|another))",
    "never mind",
    "forget it",
)
_DISMISSES = Phrases(
    "you are (wrong|lying|mistaken|being)",
    "that is (ridiculous|not true|nonsense|your problem|not my problem|crazy|stupid|silly)",
    "do not be",
    "come on$",
    "(whatever|nonsense)",
    "too bad",
    "(that|it) (is|costs) what it (costs|is)",
    "what is there to (think|decide|talk)",
    "can not you (just )?(decide|make|think)",
    "your (loss|problem)",
    "so what$",
    "no (it is|you do|you are|they are|i am) not",
    "everyone says that$",
)
_CHANGES_SUBJECT = Phrases("(anyway|anyways)", "moving on", "(forget|never) (mind )?(about )?(that|it)")


@dataclass(frozen=True)
class Objection:
    """A pushback by the homeowner. `kinds` are keys of CONCERNS in the order said, `hit` the words of the
    first; `answer` is the sentence that answers it, None if the rep's next words do not."""

    kinds: tuple[str, ...]
    hit: Hit
    answer: Sentence | None

    def quotes(self) -> tuple[Quote, ...]:
        """The objection and, where there is one, its answer."""
        return (self.hit.quote(), *([self.answer.quote()] if self.answer else []))


def objections(talk: Sequence[Turn]) -> list[Objection]:
    """The homeowner's turns that push back, in order, each held against the rep's next turn alone."""
    found: list[Objection] = []
    for number, turn in enumerate(talk):
        if turn.speaker != "agent":
            continue
        before = talk[number - 1].sentences[-CONTEXT_SENTENCES:] if number else ()
        hits = [hit for sentence in turn.sentences for hit in _raised_in(sentence, before)]
        if hits:
            kinds = tuple(dict.fromkeys(kind for kind, _ in hits))
            reply = talk[number + 1].sentences if number + 1 < len(talk) else ()
            found.append(Objection(kinds, hits[0][1], _answer(kinds, reply)))
    return found


def _raised_in(sentence: Sentence, before: Sequence[Sentence]) -> list[tuple[str, Hit]]:
    """The concerns one sentence of the homeowner raises, given what the rep said before."""
    hits = [(kind, hit) for kind, phrases in CONCERNS.items() for hit in phrases.find(sentence)]
    if not hits:
        return []
    small_talk = _SMALL_TALK.in_any(before) or _AND_YOU.in_any([sentence])
    meant = [
        (kind, hit)
        for kind, hit in hits
        if not _only_answers(kind, before)
        and not (small_talk and ("good" in hit.words or hit.words[0] == "no"))
        and not _unmeant(kind, hit)
    ]
    return sorted(meant, key=lambda pair: pair[1].first)


def _only_answers(kind: str, before: Sequence[Sentence]) -> bool:
    """Whether "we have no ants" or "I'm not sure" answers what the rep asked. To a close the latter pushes back."""
    if kind not in {"no need", "unsure"} or not any(asked_in(spoken) for spoken in before):
        return False
    to_decide = _YOUR_VIEW.in_any(before) or closing_attempts([Turn("user", tuple(before))])
    return kind == "no need" or not to_decide


def _unmeant(kind: str, hit: Hit) -> bool:
    """Whether the words around a concern deny it, only suppose or ask it, or tell it of someone else."""
    sentence, before = hit.sentence, hit.sentence.before(hit.first, 6)
    one_breath = hit.words[0] in {"no", "not"} or hit.words[-1] in {"thanks", "you"}
    if not one_breath and not sentence.clauses.isdisjoint(range(hit.first + 1, hit.last)):
        return True  # "let me think, about ten years"; but "no, thank you"
    if kind == "price" and sentence.words[0] in _YES_NO and sentence.words[1:2] != ("not",):
        return True  # "is it expensive?" wants to know, "isn't that expensive?" objects
    if kind == "safety" and not PESTS.isdisjoint(hit.words):
        return True
    if kind == "provider" and before[-1:] == ("you",):
        return True
    if kind in {"price", "trust"} and any(other.last <= hit.first for other in _OTHERS.find(sentence)):
        return True
    supposed = not _SUPPOSED.isdisjoint(before[-3:]) and "what" not in before
    retracted = any(taken.first >= hit.last for taken in _RETRACTED.find(sentence))
    return supposed or retracted or (_denied(before) and not (sentence.asks and sentence.words[1:2] == ("not",)))


def _denied(before: tuple[str, ...]) -> bool:
    for at, word in enumerate(before):
        between = before[at + 1 :]
        if word == "no" and (not between or between[0] in _NO_NOUN):
            return True
        if word in _DENYING:
            close = len(between) < 3 and _SUBJECTS.isdisjoint(between)
            if close or (between and between[0] in _DENIED_SAYING):
                return True
    return False


def _answer(kinds: Sequence[str], reply: Sequence[Sentence]) -> Sentence | None:
    """The sentence of the rep's reply that meets the objection, or None.

    An acknowledgement, a reason or a question on its subject meets it; letting the homeowner go, brushing the
    concern off or turning to something else does not.
    """
    subjects = frozenset().union(*(SUBJECTS[kind] for kind in kinds))
    acknowledges = _first_with(_ACKNOWLEDGES, reply)
    reason = probe = None
    for sentence in reply:
        on_subject = not subjects.isdisjoint(sentence.words)
        if on_subject and len(sentence.words) >= MIN_ANSWER_WORDS and not _DISMISSES.in_any([sentence]):
            reason = reason or sentence
        if asked_in(sentence) and (on_subject or _PROBES.in_any([sentence])):
            probe = probe or sentence
    if _LETS_GO.in_any(reply):
        return probe or (reason if reason and _REASONS.in_any(reply) else None)
    if acknowledges is None and _DISMISSES.in_any(reply):
        return None
    if reason is None and probe is None and acknowledges is not None:
        turns_away = _CHANGES_SUBJECT.in_any(reply) or any(asked_in(sentence) for sentence in reply)
        return None if turns_away else acknowledges
    return acknowledges or probe or reason


def _first_with(phrases: Phrases, sentences: Sequence[Sentence]) -> Sentence | None:
    hit = phrases.first(sentences)
    return hit.sentence if hit else None
