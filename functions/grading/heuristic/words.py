"""Lines cut into turns, sentences and words, and a small language for phrases to look for in them.

Words are lower-case, contractions spelled out ("don't" is "do not", "we're" is "we are"), so that a phrase is
written once and speech recognition that drops apostrophes makes no difference.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grading.grade import Quote
from grading.transcript import Line, Speaker

QUOTE_WORDS = 30
MAX_CHARACTERS = 500_000  # of a talk: ten hours of speech, and some seconds of work where every word is a sentence
MAX_SENTENCE_WORDS = 400  # speech without a full stop is cut here, which bounds the work on one sentence

_WORD = re.compile(r"[$£€]?\d+(?:[.,:]\d+)*\w*|[^\W_]+(?:['’‘][^\W_]+)*")
_HEAD = re.compile(r"[^\s()|]+|\([^\s()]+\)")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "m"})  # "m" ends "a.m." and "p.m."
_NOISES = frozenset({"mm", "mmm", "hm", "hmm", "mhm", "mhmm", "uh", "um", "huh", "ah", "er", "erm"})

_BASES = ("i", "you", "we", "they", "he", "she", "it", "that", "this", "there", "what", "who", "where", "how", "when")
_ENDINGS = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'s": "is"}
_NEGATED = ("do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "could", "would", "should")
_IRREGULAR = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "ain't": "is not",
    "let's": "let us",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "y'all": "you",
    # As speech recognition drops the apostrophe; "were", "well" and "ill" stay the words they are.
    "im": "i am",
    "ive": "i have",
    "youve": "you have",
    "youre": "you are",
    "theyre": "they are",
    "thats": "that is",
    "whats": "what is",
    "hows": "how is",
    "lets": "let us",
    "cant": "can not",
}
_EXPANDED: dict[str, tuple[str, ...]] = {
    **{base + ending: (base, word) for base in _BASES for ending, word in _ENDINGS.items()},
    **{f"{word}n{mark}t": (word, "not") for word in _NEGATED for mark in ("'", "")},
    **{word: tuple(words.split()) for word, words in _IRREGULAR.items()},
}


def word_set(words: str) -> frozenset[str]:
    """The words of a text as a set, for tables that read as prose."""
    return frozenset(words.split())


@dataclass(frozen=True)
class Sentence:
    """Words of one sentence. `spans[i]` is where word i stands in the line; `clauses` are the numbers of
    words that follow a comma, a dash or a colon; `asks` says whether a question mark ends it."""

    line: Line
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    clauses: frozenset[int]
    asks: bool

    @cached_property
    def text(self) -> str:
        """The words, one space apart."""
        return " ".join(self.words)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each word begins in `text`."""
        starts, at = [], 0
        for word in self.words:
            starts.append(at)
            at += len(word) + 1
        return tuple(starts)

    def before(self, word: int, count: int = 4) -> tuple[str, ...]:
        """Up to `count` words before this one in the same clause."""
        first = word
        while first > 0 and word - first < count and first not in self.clauses:
            first -= 1
        return self.words[first:word]

    def quote(self, first: int = 0, last: int | None = None) -> Quote:
        """Words `first` up to, not including, `last` as the line spells them, at most QUOTE_WORDS of them."""
        last = min(len(self.words) if last is None else last, first + QUOTE_WORDS)
        start, end = self.spans[first][0], self.spans[last - 1][1]
        return Quote(self.line.sequence, self.line.text[start:end])


@dataclass(frozen=True)
class Turn:
    """What one speaker says until the other speaks: never empty. Bare listening noises are left out."""

    speaker: Speaker
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Hit:
    """A phrase found in a sentence, from word `first` up to, not including, word `last`."""

    sentence: Sentence
    first: int
    last: int

    @property
    def words(self) -> tuple[str, ...]:
        return self.sentence.words[self.first : self.last]

    def quote(self) -> Quote:
        """The sentence around the words found, or from them on where it is too long."""
        return self.sentence.quote(0 if self.last <= QUOTE_WORDS else self.first)


class Phrases:
    """Phrases to look for, each at the words it begins with, so that the work grows with the words alone.

    A phrase is a regular expression in which `...` stands for up to three words and brackets never capture.
    It begins with a word or with bracketed alternatives of single words; ValueError if not.
    """

    def __init__(self, *phrases: str) -> None:
        by_first: dict[str, list[str]] = {}
        for phrase in phrases:
            head, _, rest = phrase.partition(" ")
            if not _HEAD.fullmatch(head):
                raise ValueError(f"a phrase begins with a word or with alternatives: {phrase}")
            pattern = re.sub(r"\((?!\?)", "(?:", rest.replace("... ", r"(?:[^ ]+ ){0,3}"))
            for word in head.strip("()").split("|"):
                by_first.setdefault(word, []).append(f" {pattern}" if rest else "")
        self._rest = {word: re.compile(f"(?:{'|'.join(rests)})(?![^ ])") for word, rests in by_first.items()}

    def find(self, sentence: Sentence) -> Iterator[Hit]:
        """Every place where one of the phrases begins, in order."""
        for number, word in enumerate(sentence.words):
            rest = self._rest.get(word)
            if rest is None:
                continue
            match = rest.match(sentence.text, sentence.starts[number] + len(word))
            if match is not None:
                yield Hit(sentence, number, bisect_left(sentence.starts, match.end()))

    def first(self, sentences: Iterable[Sentence]) -> Hit | None:
        """The first hit in these sentences."""
        return next((hit for sentence in sentences for hit in self.find(sentence)), None)

    def in_any(self, sentences: Iterable[Sentence]) -> bool:
        return self.first(sentences) is not None


def within_reach(talk: Sequence[Line]) -> Sequence[Line]:
    """The talk, or of one with more than MAX_CHARACTERS the beginning of each line: all to the same length, so
    that its close is read like its opening."""
    if sum(len(line.text) for line in talk) <= MAX_CHARACTERS:
        return talk
    share = MAX_CHARACTERS // len(talk)
    return [replace(line, text=line.text[:share]) if len(line.text) > share else line for line in talk]


def turns(talk: Iterable[Line]) -> tuple[Turn, ...]:
    """The talk as turns in order. A line of mere listening noises ("mm-hm") does not end the other's turn."""
    grouped: list[tuple[Speaker, list[Sentence]]] = []
    for line in talk:
        found = sentences(line)
        if all(_NOISES.issuperset(sentence.words) for sentence in found):
            continue
        if not grouped or grouped[-1][0] != line.speaker:
            grouped.append((line.speaker, []))
        grouped[-1][1].extend(found)
    return tuple(Turn(speaker, tuple(found)) for speaker, found in grouped)


def sentences(line: Line) -> list[Sentence]:
    """The sentences of one line in order; a line without a word has none."""
    found: list[Sentence] = []
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    clauses: set[int] = set()

    def end(asks: bool) -> None:
        if words:
            found.append(Sentence(line, tuple(words), tuple(spans), frozenset(clauses), asks))
        words.clear()
        spans.clear()
        clauses.clear()

    previous = 0
    for match in _WORD.finditer(line.text):
        between = line.text[previous : match.start()]
        if _ends_sentence(between, match.group(), words) or len(words) >= MAX_SENTENCE_WORDS:
            end(_has_question_mark(between))
        elif words and any(mark in between for mark in (",", ":", "–", "—", "…", "..", " - ")):
            clauses.add(len(words))
        for word in _expand(match.group()):
            words.append(word)
            spans.append(match.span())
        previous = match.end()
    end(_has_question_mark(line.text[previous:]))
    return found


def _ends_sentence(between: str, word: str, before: list[str]) -> bool:
    if any(mark in between for mark in "?!;\n？؟。！"):
        return True
    if "." not in between or ".." in between or (before and before[-1] in _ABBREVIATIONS):
        return False
    return between.strip() != between or word[0].isupper()  # "ants.Do you" is two sentences, "a.m" is none


def _has_question_mark(between: str) -> bool:
    return any(mark in between for mark in "?？؟")


def _expand(word: str) -> tuple[str, ...]:
    plain = word.lower().replace("’", "'").replace("‘", "'")
    return _EXPANDED.get(plain, (plain,))
