"""The rep's questions: with a question mark, and without one, as speech recognition writes them.

What makes a question is the order of the words ("do you", "how long have you"), not the presence of "how" or
"what": "that's what I mean" and "what a nice garden" ask nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from grading.grade import Quote
from grading.heuristic.words import Hit, Phrases, Sentence, Turn, word_set

MIN_WORDS_APART = 4  # two openers closer than this belong to one question: "what do you ..."
ECHO_WORDS = 50  # how much of the homeowner's last words a repeated question is looked for in
KEY_WORDS = 12  # as many words as make two questions the same

_AUX = "(do|does|did|is|are|was|were|has|have|had|can|could|would|will|should)"
_SUBJECT = (
    "(you|your|they|it|the|this|that|these|those|there|we|i|he|she|our|my|a|an|any|anyone|anybody|everyone|"
    "everything|things)"
)
# The words between "how" and its verb ("how many pets do you"). A subject or article there makes it a
# statement ("what we do is", "what a garden is"), and so does a verb ("what matters is").
_NOUNS = (
    "((?!(i|you|we|they|he|she|it|that|this|there|the|a|an|not|is|are|was|matters|happens|counts|works|"
    "makes|helps)( |$))[^ ]+ ){0,4}"
)

# Questions wherever they begin, for speech comes without full stops.
_ANYWHERE = Phrases(
    "(do|did|are|were|can|could|would|will) (not )?you",
    "have (not )?you (guys|all|folks|ever|already|always|any|had|been|got|gotten|noticed|seen|tried|used|"
    "thought|considered|lived|heard|dealt|found|called|talked|spoken|looked|spotted|treated|done|made|kept|"
    "met)",
    f"(how|what|which|where|when|why|who|whose) {_NOUNS}{_AUX} (not )?{_SUBJECT}",
    f"(how|what|which|where|when|why|who) {_NOUNS}(does|did) [^ ]+ [^ ]+",
    "(what|who) is (going|stopping|holding|keeping|bothering|worrying|wrong|causing|happening)",
    "(what|who|how) (has|have) been",
    "(what|when|who) would (be|make|help|need|stop|work)",
    "(wondering|wonder) (if|whether|what|how|who|when|where|why|about)",
    "curious (if|whether|what|how|who|when|where|why|about)",
    "(like|love) to (know|hear|understand|learn) (more|about|what|how|who|when|where|why)",
    "tell me (a (little|bit) )?(bit )?(more|about|what|how|who|when|where|why|which)",
    "walk me through",
    "help me understand",
)
# Questions only where a clause begins: in the middle of one the same words state something.
_AT_CLAUSE = Phrases(
    f"(is|are|was|were|does|did|has|can|could|would|will|should|shall|may) (not )?{_SUBJECT}",
    "do (not )?(they|we|i|any|these|those|your (kids|pets|dogs|neighbors|neighbours))",
    "have (not )?(you|they|there|we|i|any)",
    "(who|what|which) ([^ ]+ )?(takes|handles|treats|sprays|lives|brings|brought|made|happened|bothers|"
    "concerns|worries|matters|caused|works|fits|suits|sounds|helps) (?!is( |$))[^ ]+",
    "(how|what) about (?!that$)[^ ]+",
    "(how|what|who) (come|else) [^ ]+",
    "how (many|much|often|long|old|big|bad|far|soon) (?!(it|you|we|i|they|the|that|this|as|to)( |$))[^ ]+ [^ ]+",
    "what happened(?! is)",
    "what is (most |more )?important to you",
    "any (other )?(pets|kids|children|dogs|cats|bugs|ants|issues|problems|questions|concerns|idea|chance)",
    "why not [^ ]+",
)
_GREETING = Phrases("how (are|is|have) (you|it|things|everything|your (day|morning|afternoon|evening)|we)")
_FILLER = Phrases(
    "you (know|see|get|hear|understand) what i (mean|am saying)",
    "do you (know|see|get|hear|understand) what i (mean|am saying)",
    "know what i (mean|am saying)",
    "(can|do) you hear me",
    "are you (still )?there$",
    "(does|is) that (make sense|right|so)$",
    "how [^ ]+ is that$",
    "is not (that|it) (great|amazing|nice|awesome|crazy|cool|funny|wonderful)$",
    "can you believe",
    "would you believe",
    "should you",
)
_LEADS = word_set(
    "so and but okay ok alright well now um uh yeah yes yep no great perfect sure hey hi hello oh cool "
    "awesome gotcha good nice right then also first actually just like sorry sir ma'am maam please wow hmm"
)
_FILLER_SENTENCES = {
    *("you know", "you see", "oh really", "excuse me", "make sense", "makes sense", "sound good", "sounds good"),
    *("fair enough", "is that so"),
}
_TAG_WORDS = word_set("right okay ok yeah huh correct alright eh")
_TAGS = Phrases(
    "(is|are|was|were|do|does|did|have|has|can|could|would|will) not (it|that|they|you|we|he|she|there)$",
    "(is|are|was|were|do|does|did|have|has|can|could|would|will) (it|that|they|you|we|he|she|there)$",
    "you know$",
)
_SAYS_WHO_HE_IS = Phrases("(i|we|this|my) (am|are|is|name) [^ ]+")
# "I know what is", "that's how do", "about what is": the question word joins, it does not ask.
_JOINING = word_set("know knows is was see understand show explain about of exactly to matter")
# "I can do you a favour", "as we do you know": the verb belongs to what stands before it.
_GOVERNING = word_set("i we they he she can will would could should must may might not to nor or if whether only")
_INDIRECT = word_set("wondering wonder curious like love")
_QUESTION_WORDS = word_set("how what which where when why who whose")
_VERBS = word_set("do does did is are was were has have had can could would will should")
_REPORTING = word_set("asks asked asking says said saying told wondered")
_REPORTERS = word_set("people they customers folks neighbors neighbours everyone everybody always")

_PERSONS = word_set("i me my mine we us our you your yours")
_KEY_LEFT_OUT = _LEADS | word_set("guys folks any some the a an really there")


@dataclass(frozen=True)
class Question:
    """Words `first` up to `last` of a sentence ask something. `greeting`: no more than "how are you"."""

    sentence: Sentence
    first: int
    last: int
    greeting: bool = False

    def quote(self) -> Quote:
        return self.sentence.quote(self.first, self.last)


def asked_in(sentence: Sentence) -> list[Question]:
    """The questions in one sentence of either speaker, in order."""
    end = _without_tag(sentence)
    starts: list[int] = []
    covered = 0
    for opener in _openers(sentence):
        if covered <= opener.first < end and not _reported(sentence, opener.first):
            starts.append(opener.first)
            covered = max(opener.last, opener.first + MIN_WORDS_APART)
    if not starts and sentence.asks and end == len(sentence.words) and _asks_by_mark_alone(sentence):
        starts.append(0)
    greetings = {hit.first for hit in _GREETING.find(sentence)}
    return [Question(sentence, first, last, greeting=first in greetings) for first, last in pairwise([*starts, end])]


def rep_questions(talk: Iterable[Turn]) -> list[Question]:
    """The rep's different questions in order. One asked again, or echoing the homeowner, is left out."""
    found: list[Question] = []
    seen: set[str] = set()
    heard = ""
    for turn in talk:
        if turn.speaker == "agent":
            last_words = [word for sentence in turn.sentences[-ECHO_WORDS:] for word in sentence.words][-ECHO_WORDS:]
            heard = _key(last_words)
            continue
        previous = "-"
        for question in (each for sentence in turn.sentences for each in asked_in(sentence)):
            words = question.sentence.words[question.first : question.last]
            key = _key(words[:KEY_WORDS])
            begun = key.startswith(previous) or previous.startswith(key)
            echo = len(words) > 1 and f" {key} " in f" {heard} "
            if not key or key in seen or echo:
                continue
            seen.add(key)
            previous = key
            if begun:
                found[-1] = question
            else:
                found.append(question)
    return found


def _openers(sentence: Sentence) -> list[Hit]:
    """Where questions begin, in order."""
    hits = [hit for hit in _ANYWHERE.find(sentence) if not _governed(sentence, hit.first)]
    hits += [hit for hit in _AT_CLAUSE.find(sentence) if _begins_clause(sentence, hit.first)]
    fillers = {hit.first for hit in _FILLER.find(sentence)}
    return sorted((hit for hit in hits if hit.first not in fillers), key=lambda hit: (hit.first, hit.last))


def _governed(sentence: Sentence, number: int) -> bool:
    """Whether the word before makes these words part of a statement, or of a question already begun."""
    word, following = sentence.words[number : number + 2]
    begins = _begins_clause(sentence, number)
    if word in {"which", "who"} and following in _VERBS:  # "..., which is the best part", "the guy who does this"
        return not begins or (word == "which" and number > 0 and not sentence.asks)
    before = sentence.before(number, 2)
    if begins or not before or word in _INDIRECT:
        return False
    if word in _QUESTION_WORDS:
        return before[-1] in _JOINING or before in {("tell", "me"), ("show", "you"), ("tell", "you")}
    if before[-1] == "you":
        return word != "tell" and before[0] not in {"thank", "ask", "asking"}
    return before[-1] in _GOVERNING


def _begins_clause(sentence: Sentence, number: int) -> bool:
    """Whether only lead-in words ("okay so", "well") stand between here and the start of the clause."""
    while number > 0 and number not in sentence.clauses and sentence.words[number - 1] in _LEADS:
        number -= 1
    return number == 0 or number in sentence.clauses


def _reported(sentence: Sentence, number: int) -> bool:
    """Whether someone else's question is told: "my neighbour asked how long does it take"."""
    before = sentence.words[max(0, number - 6) : number]
    told = any(word in _REPORTING and before[at - 1 : at] not in {("you",), ("i",)} for at, word in enumerate(before))
    return told or (not _REPORTERS.isdisjoint(before) and not {"ask", "say", "tell"}.isdisjoint(before))


def _without_tag(sentence: Sentence) -> int:
    """How many words stand before a tag at the end ("right?", "isn't it?"); 0 if there is nothing else."""
    words = sentence.words
    if words[-1] in _TAG_WORDS and (len(words) == 1 or sentence.asks or len(words) - 1 in sentence.clauses):
        return len(words) - 1
    for hit in _TAGS.find(sentence):
        cut_off = hit.first in sentence.clauses or "not" in hit.words
        if hit.first > 0 and (cut_off or hit.words == ("you", "know")):
            return hit.first
    return len(words)


def _asks_by_mark_alone(sentence: Sentence) -> bool:
    """Whether a sentence that ends in a question mark, but is not built as a question, asks for something."""
    first = 0
    while first < len(sentence.words) - 1 and sentence.words[first] in _LEADS:
        first += 1
    words = sentence.words[first:]
    if len(words) == 1:
        return words[0] in {"why", "how", "when", "where", "which", "who"}
    filler = " ".join(words) in _FILLER_SENTENCES or any(hit.first == first for hit in _FILLER.find(sentence))
    named = words[0] in {"mr", "mrs", "ms", "miss"} and len(words) == 2
    introduced = any(hit.first == first for hit in _SAYS_WHO_HE_IS.find(sentence))
    return not (filler or named or introduced or _reported(sentence, len(sentence.words)))


def _key(words: Iterable[str]) -> str:
    """What is left of a question when persons are made the same and small words dropped."""
    return " ".join("you" if word in _PERSONS else word for word in words if word not in _KEY_LEFT_OUT)
