"""Better words for each objection that the rep left open: one template a kind of objection, with the homeowner's own words.

Remarks change no score. In a language that the heuristic does not know, it gives none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grading.grade import Remark
from grading.heuristic.concepts import concepts
from grading.heuristic.listen import Objection
from grading.heuristic.words import words

MOST = 4
"""Remarks of one grade: a rep can act on so many."""
MOST_WORDS = 12
"""Of the homeowner, that a template says back."""
CATEGORY = "objection_handling"

_CLAUSE = re.compile(r"[^.!?;,:…–—()\n¿¡]+")
_BACK = {
    "en": "You say “{}”, and I hear you. ",
    "es": "Usted dice «{}», y lo entiendo. ",
    "pt": "Você diz “{}”, e eu entendo. ",
    "de": "Sie sagen „{}“, und das verstehe ich. ",
    "fr": "Vous dites « {} », et je comprends. ",
}


@dataclass(frozen=True)
class _Kind:
    """`concepts` show it; `name` reads on after "an objection about"; `say` holds the sentence of each language."""

    concepts: frozenset[str]
    name: str
    why: str
    say: dict[str, str]


# The first kind that fits is taken, so the more telling ones stand first.
_KINDS = (
    _Kind(
        frozenset({"@spouse"}),
        "the other person who decides",
        "Two people decide. A time when both are there keeps the door open without pressing one of them.",
        {
            "en": "When are you both at home, so that I can answer you both at once?",
            "es": "¿Cuándo están los dos en casa, para responderles a los dos a la vez?",
            "pt": "Quando estão os dois em casa, para eu responder aos dois de uma vez?",
            "de": "Wann sind Sie beide zu Hause, damit ich Ihnen beiden antworten kann?",
            "fr": "Quand êtes-vous là tous les deux, pour que je vous réponde à tous les deux ?",
        },
    ),
    _Kind(
        frozenset({"@contract", "@cancel", "@sign"}),
        "the contract",
        "A term that frightens has to be named before it can be shown to be fair.",
        {
            "en": "I would not want to be tied down either. Which terms would be fair for you?",
            "es": "A mí tampoco me gusta quedar atado. ¿Qué condiciones serían justas para usted?",
            "pt": "Eu também não gosto de ficar preso. Que condições seriam justas para você?",
            "de": "Ich wäre auch nicht gern gebunden. Welche Bedingungen wären für Sie fair?",
            "fr": "Moi non plus, je n'aime pas être engagé. Quelles conditions seraient justes pour vous ?",
        },
    ),
    _Kind(
        frozenset({"@trust", "@scam"}),
        "trust",
        "A promise does not answer mistrust. Proof that the homeowner chooses does.",
        {
            "en": "What would you need to see first: a licence, reviews, or a neighbour you can ask?",
            "es": "¿Qué necesitaría ver primero: una licencia, opiniones o un vecino al que preguntar?",
            "pt": "O que você precisaria ver primeiro: uma licença, avaliações ou um vizinho a quem perguntar?",
            "de": "Was müssten Sie zuerst sehen: eine Zulassung, Bewertungen oder einen Nachbarn, den Sie fragen können?",
            "fr": "Que voudriez-vous voir d'abord : une licence, des avis, ou un voisin à qui demander ?",
        },
    ),
    _Kind(
        frozenset({"@price", "@expensive", "@money", "@pay"}),
        "the price",
        "A price is high beside something. Ask for what it is compared with before you defend it.",
        {
            "en": "What do you compare it with, and what would make it worth the money?",
            "es": "¿Con qué lo compara, y qué tendría que incluir para que valga la pena?",
            "pt": "Com o que você compara, e o que faria valer a pena?",
            "de": "Womit vergleichen Sie es, und was müsste dabei sein, damit es sich lohnt?",
            "fr": "À quoi le comparez-vous, et qu'est-ce qui ferait que cela en vaut la peine ?",
        },
    ),
    _Kind(
        frozenset({"@live"}),
        "renting or moving",
        "A tenant does not decide alone, but knows the problem and the person who does.",
        {
            "en": "Who looks after the house, and what should I tell them about what you have noticed?",
            "es": "¿Quién se ocupa de la casa, y qué debería contarle de lo que usted ha notado?",
            "pt": "Quem cuida da casa, e o que devo contar do que você já notou?",
            "de": "Wer kümmert sich um das Haus, und was soll ich von dem ausrichten, was Ihnen aufgefallen ist?",
            "fr": "Qui s'occupe de la maison, et que dois-je lui dire de ce que vous avez remarqué ?",
        },
    ),
    _Kind(
        frozenset({"@already", "@company", "@happy", "@enough"}),
        "what they have already",
        "A rep who asks about today's solution learns what it lacks. One who talks it down ends the visit.",
        {
            "en": "What works well with what you have now, and what would you change about it?",
            "es": "¿Qué le gusta de lo que tiene ahora, y qué cambiaría?",
            "pt": "O que funciona bem no que você tem hoje, e o que você mudaria?",
            "de": "Was läuft gut mit dem, was Sie jetzt haben, und was würden Sie daran ändern?",
            "fr": "Qu'est-ce qui marche bien avec ce que vous avez, et que changeriez-vous ?",
        },
    ),
    _Kind(
        frozenset({"@think", "@later"}),
        "time to think",
        "Behind time to think stands a question that was not asked. Offer three to choose from.",
        {
            "en": "What would you most like to think over: the price, the timing, or whether it works?",
            "es": "¿Qué es lo que más quiere pensar: el precio, el momento o si funciona?",
            "pt": "O que você mais quer pensar: o preço, o momento ou se funciona?",
            "de": "Was möchten Sie sich vor allem überlegen: den Preis, den Zeitpunkt oder ob es wirkt?",
            "fr": "À quoi voulez-vous surtout réfléchir : le prix, le moment, ou si cela marche ?",
        },
    ),
    _Kind(
        frozenset({"@busy", "@time", "@minute"}),
        "the time",
        "A busy person who may choose the time gives you one. A rep who talks on loses the door.",
        {
            "en": "One short question now, or shall I come back: tonight at six or tomorrow at ten?",
            "es": "¿Una pregunta corta ahora, o vuelvo: hoy a las seis o mañana a las diez?",
            "pt": "Uma pergunta curta agora, ou volto: hoje às seis ou amanhã às dez?",
            "de": "Eine kurze Frage jetzt, oder komme ich wieder: heute um sechs oder morgen um zehn?",
            "fr": "Une courte question maintenant, ou je repasse : ce soir à six heures ou demain à dix heures ?",
        },
    ),
    _Kind(
        frozenset(),
        "something else",
        "An objection that is not understood cannot be answered. One open question brings out what is behind it.",
        {
            "en": "What would have to be different for this to be worth two minutes to you?",
            "es": "¿Qué tendría que ser distinto para que le valga la pena dedicarle dos minutos?",
            "pt": "O que teria de ser diferente para valer dois minutos do seu tempo?",
            "de": "Was müsste anders sein, damit es Ihnen zwei Minuten wert ist?",
            "fr": "Qu'est-ce qui devrait changer pour que cela vaille deux minutes de votre temps ?",
        },
    ),
)


def moments(objections: Sequence[Objection], language: str) -> Iterator[Remark]:
    """A remark on each reply that leaves its objection open, at most MOST, in the transcript's language where it is known."""
    if language not in _BACK:
        return
    left_open = [(each.line.text, each.reply.sequence) for each in objections if each.reply and not each.answer]
    for said, reply in left_open[:MOST]:
        found = _kind(said)
        about = f"an objection about {found.name}" if found.concepts else "the objection"
        yield Remark(
            sequence=reply,
            category=CATEGORY,
            what=f"Your reply leaves {about} open.",
            why=found.why,
            say_instead=_BACK[language].format(_own_words(said, found)) + found.say[language],
        )


def _kind(text: str) -> _Kind:
    meant = set(concepts(words(text)))
    return next((kind for kind in _KINDS if kind.concepts & meant), _KINDS[-1])


def _own_words(text: str, kind: _Kind) -> str:
    """The clause that shows the kind, in the homeowner's spelling; of a long one the words around what shows it."""
    clauses = [clause.split() for clause in _CLAUSE.findall(text)]
    clauses = [clause for clause in clauses if clause] or [text.split()]
    said = next((clause for clause in clauses if _shows(kind, " ".join(clause))), max(clauses, key=len))
    at = next((number for number, word in enumerate(said) if _shows(kind, word)), 0)
    first = max(0, min(at - MOST_WORDS // 2, len(said) - MOST_WORDS))
    return " ".join(said[first : first + MOST_WORDS])


def _shows(kind: _Kind, text: str) -> bool:
    return bool(kind.concepts & set(concepts(words(text))))
