"""Which language a transcript is in, by the small words that speech cannot do without."""

from collections import Counter
from collections.abc import Iterable

from grading.heuristic.words import words
from grading.transcript import Line

KNOWN = {"en": "English", "es": "Spanish", "pt": "Portuguese", "de": "German", "fr": "French"}
"""What the models were trained on."""
MIN_SHARE = 8
"""Per cent of the words; a transcript with fewer known words is in no language that is known."""
FEW_WORDS = 12
"""With fewer words than these the language cannot be told, and counts as known."""
MOST_WORDS = 4_000

_SMALL = {
    "en": "the and you i it that is to of we have do are for what not can this your with so be",
    "es": "que de la el no en y los se un por con una es lo para me mi usted le del pero muy si esta",
    "pt": "que de o a nao e um uma os do da em para com voce eu se por isso mas tem esta meu minha ja senhora senhor",
    "de": "der die das und ich sie ist nicht ein es zu wir den mit auf das haben aber ja wie auch fur da noch",
    "fr": "de la le et je vous il est pas les un une que ce qui on des pour dans c'est mais avec ca c l d j nous",
    "it": "che di il non e la per un una sono ho lo mi si con come ma del della questo anche le gli piu",
    "nl": "de het een en ik je is dat van niet we zijn wat maar op met voor te ook er als hebben geen",
    "sv": "och det att jag en som inte pa ar vi har du for med den till kan av men om",
    "pl": "nie to sie na i w z jest do co jak ja ze tak ale pan pani dla mam",
}
_SETS = {name: frozenset(text.split()) for name, text in _SMALL.items()}


def language(lines: Iterable[Line]) -> str | None:
    """The code of the language of KNOWN, "" where too few words tell, None for any other language."""
    counts: Counter[str] = Counter()
    total = 0
    for line in lines:
        said = words(line.text)
        total += len(said)
        for name, small in _SETS.items():
            counts[name] += sum(word in small for word in said)
        if total >= MOST_WORDS:
            break
    if total < FEW_WORDS:
        return ""
    best, hits = max(counts.items(), key=lambda pair: pair[1])
    return best if best in KNOWN and 100 * hits >= MIN_SHARE * total else None
