"""The rep's rapport signals: greeting, name, thanks, understanding, kind words, small talk, listening."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grading.grade import Quote
from grading.heuristic.words import Hit, Phrases, Turn, word_set

LISTENED_WORDS = 60  # how much of the homeowner's last words the rep can pick up
MIN_PICKED_UP = 5  # letters: shorter words are shared by any two sentences

# What the rep does, in the words of the feedback, and how it sounds.
_SIGNALS: dict[str, Phrases] = {
    "introduces themselves": Phrases(
        "my name is [^ ]+",
        "(this|name) is [^ ]+ (with|from|over)",
        "i am [^ ]+ (and i )?(am |work )?(with|from|over at|representing)",
        "i (am|work) (with|from|for) (?!you|that|this|it|a |an |sure)[^ ]+",
    ),
    "asks how the homeowner is": Phrases(
        "how are (you|things)",
        "how is (it going|everything|your (day|morning|afternoon|evening))",
        "how have you been",
        "(hope|hoping) you are (doing|having)",
    ),
    "thanks the homeowner": Phrases(
        "(thanks|thank) (you )?(so much|very much|a lot|for [^ ]+|again|sir|ma'am|miss|mr|mrs)",
        "thank you$",
        "thanks$",
        "i (really )?appreciate (it|that|you|your)",
    ),
    "shows understanding": Phrases(
        "(i|we) (totally |completely |absolutely |really |can |do |definitely )*(understand|hear you|get "
        "(it|that)|relate|imagine|feel you)",
        "sorry (to hear|about that|you (had|have|went)|that happened)",
        "that (must|has to|sounds|is so|is really) ([^ ]+ ){0,2}(frustrating|tough|hard|rough|annoying|"
        "scary|stressful|awful)",
        "makes (total |perfect |complete |a lot of )?sense",
        "(that|it) is (totally |completely |perfectly )?(fair|understandable)",
        "no (worries|pressure|rush)",
        "take your time",
    ),
    "says something kind": Phrases(
        "(love|like) (your|the|that) ([^ ]+ ){0,3}(house|home|yard|garden|lawn|dog|car|truck|porch|flowers|"
        "roses|place)",
        "love what you (have )?(did|done)",
        "(beautiful|lovely|gorgeous|nice|great|cute|sweet|pretty|amazing|adorable) ([^ ]+ )?(house|home|"
        "yard|garden|lawn|dog|puppy|cat|car|truck|porch|flowers|roses|place|kids|baby|family|neighborhood|"
        "neighbourhood)",
        "congratulations",
        "good for you",
    ),
    "makes small talk": Phrases(
        "how (old|long) (are|is|have) (your|the|you) (kids|dog|puppy|baby|lived|been here|owned)",
        "(hot|cold|warm|beautiful|gorgeous|lovely|nice) (out|weather|outside|today)",
        "(beautiful|gorgeous|lovely) day",
        "(your|good|nice|great) weekend",
        "(haha|lol)",
        "my (kids|wife|husband|daughter|son|dog|mom|family|parents|grandma)",
    ),
    "asks leave": Phrases(
        "(it|be) (ok|okay|alright|all right) if",
        "(do|would) you mind",
        "if you do not mind",
        "(may|could) i (ask|have|take|borrow|show)",
        "(have|got|need) (just )?(a|two|five) (quick )?(minute|minutes|second|moment|sec)",
    ),
}
_GREETING = Phrases("(hi|hello|hey|howdy)", "good (morning|afternoon|evening|day)")
_DENYING = word_set("not never no hardly cannot")

# Rude is what is aimed at the homeowner: "the damn ants die" is not.
_RUDE = Phrases(
    "shut (up|your mouth)",
    "you (are )?(a |an |so |just |being |such )*(stupid|idiot|dumb|moron|cheap|ridiculous|liar|crazy|lazy|"
    "ignorant|rude)",
    "(listen|look) (lady|buddy|pal)",
    "(i|we) do not (really )?care",
    "are you (deaf|stupid|dumb|crazy)",
    "do not be (stupid|silly|ridiculous|dumb|an idiot|a)",
    "(waste|wasting|wasted) (of )?my time",
    "you people",
    "wrong with you",
)

# Long enough to look telling, and said in every talk.
_COMMON = word_set(
    "about actually after again always another anything around because before being better could course "
    "doing done every everything going great hello house homes maybe might never okay people please pretty "
    "really right should something still sorry thank thanks that's their there these thing things think "
    "those today under until wanna want what's where which while would yeah years you're morning afternoon "
    "evening already little other sound sounds works since having looking needs start price company "
    "service money"
)


@dataclass(frozen=True)
class Signal:
    """One thing the rep does for rapport, or against it: `kind` reads on after "line 3: the rep ..."."""

    kind: str
    quote: Quote


def rapport_signals(talk: Iterable[Turn]) -> list[Signal]:
    """The rep's rapport signals in order. The same words again do not count."""
    found: list[Signal] = []
    seen: set[tuple[str, ...]] = set()
    heard: frozenset[str] = frozenset()
    first = True
    for turn in talk:
        if turn.speaker == "agent":
            heard = _telling(turn)
            continue
        if first and (greeting := _GREETING.first(turn.sentences[:2])):
            found.append(Signal("greets the homeowner", greeting.quote()))
        first = False
        for kind, hit in _hits(turn):
            if (kind, *hit.words) not in seen:
                seen.add((kind, *hit.words))
                found.append(Signal(kind, hit.quote()))
        for sentence in turn.sentences:
            picked_up = sorted(heard.intersection(sentence.words))
            if picked_up and not seen.issuperset((word,) for word in picked_up):
                seen.update((word,) for word in picked_up)
                found.append(Signal("picks up the homeowner's words", sentence.quote()))
                break
    return found


def rudeness(talk: Iterable[Turn]) -> list[Signal]:
    """Where the rep is rude to the homeowner, in order."""
    rude = (hit for turn in talk if turn.speaker == "user" for each in turn.sentences for hit in _RUDE.find(each))
    return [Signal("is rude to the homeowner", hit.quote()) for hit in rude if not _denied(hit)]


def _hits(turn: Turn) -> Iterator[tuple[str, Hit]]:
    for sentence in turn.sentences:
        for kind, phrases in _SIGNALS.items():
            yield from ((kind, hit) for hit in phrases.find(sentence) if not _denied(hit))


def _denied(hit: Hit) -> bool:
    return not _DENYING.isdisjoint(hit.sentence.before(hit.first, 2))


def _telling(turn: Turn) -> frozenset[str]:
    """The homeowner's last words that would be no accident on the rep's lips."""
    words = [word for sentence in turn.sentences[-LISTENED_WORDS:] for word in sentence.words[-LISTENED_WORDS:]]
    return frozenset(w for w in words[-LISTENED_WORDS:] if len(w) >= MIN_PICKED_UP and w not in _COMMON)
