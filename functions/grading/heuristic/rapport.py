"""What a rep did for rapport, in words that a rep knows: greeted, said their name, thanked, showed understanding, said
something kind, left time, took up what the homeowner said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grading.heuristic.features import Spoken
from grading.heuristic.words import word_set
from grading.transcript import Line

TELLING = 6
"""Letters: a shorter word is shared by any two lines."""

_KINDS = {
    "said your name": (
        r"my name s?(?:is)? \S+|(?:this|name|it) (?:is|s) \S+ (?:\S+ )?(?:with|from|over at|here)|names \S+ (?:with|from)|"
        r"i am \S+ (?:\S+ )?(?:with|from|over at)|\S+ here (?:from|with)|me llamo|mi nombre es|soy \S+ (?:de|del)|meu nome e|me chamo|chamo me|sou [ao] \S+ d[aeo]|"
        r"mein name ist|ich (?:heiße|heisse)|ich bin \S+ (?:\S+ )?(?:von|vom)|m'appelle|mon nom est|je suis \S+ (?:de|d)"
    ),
    "thanked": r"thank you|thanks|appreciate (?:you|it|your|the)|gracias|obrigad[ao]|agradeco|danke|vielen dank|merci",
    "showed understanding": (
        r"(?:i|we) (?:\S+ )?(?:understand|hear you|get (?:it|that)|relate|feel you)|makes (?:\S+ )?sense|"
        r"(?:that|it) (?:s|is) (?:\S+ )?(?:fair|understandable)|fair (?:enough|point|question)|sorry (?:to hear|about|for|you)|"
        r"that must|(?:that|it) sounds (?:\S+ )?(?:hard|tough|rough|frustrating|stressful|annoying|scary)|"
        r"(?:lo|le) (?:entiendo|comprendo)|entiendo|lo siento|tiene (?:toda la )?razon|es (?:logico|comprensible)|"
        r"entendo|compreendo|percebo|sinto muito|lamento|tem (?:toda a )?razao|faz (?:todo o )?sentido|"
        r"verstehe|verstandlich|nachvollziehen|tut mir leid|da haben sie recht|"
        r"je (?:vous )?comprends|desolee?|vous avez (?:\S+ )?raison|c'est (?:normal|comprehensible|legitime)|je suis navree?"
    ),
    "said something kind": (
        r"(?:love|like|admire) (?:your|the|that|those|what you) \S+|congratulations|congrats|good for you|well done|"
        r"(?:beautiful|lovely|gorgeous|nice|great|cute|sweet|pretty|adorable|fine) (?:\S+ )?(?:house|home|place|yard|garden|"
        r"lawn|dog|puppy|cat|car|truck|porch|flowers?|roses?|tomatoes|kids|baby|family|street|shop|tree|kitchen|job|day|<part>)|"
        r"felicidades|enhorabuena|que (?:bonit|lind|hermos|bell|bel)[ao]s?|parabens|herzlichen gluckwunsch|"
        r"schone[nrs]? (?:\S+ )?(?:garten|haus|hund|blumen|tag|auto|gegend|<part>)|felicitations|bravo|"
        r"(?:beau|belle|joli|jolie|beaux|belles|jolis|jolies) (?:jardin|maison|chien|fleurs|roses|quartier|voiture|terrasse)"
    ),
    "left time": (
        r"no (?:rush|pressure|worries|hurry)|take your time|is (?:this|now) a (?:good|bad) time|(?:do|would) you mind if|"
        r"(?:ok|okay|alright|all right) if|sin (?:prisa|compromiso|presion)|tiene un (?:momento|minuto|ratito)|"
        r"sem (?:pressa|compromisso|pressao)|tem um (?:minuto|minutinho|momento)|keine eile|ohne druck|in ruhe|"
        r"haben sie (?:kurz|einen moment|eine minute)|prenez votre temps|sans pression|vous avez (?:\S+ )?(?:minutes?|instant)"
    ),
}
_GREETING = re.compile(
    r"^ (?:<part>|tag) | (?:hi|hello|hey|howdy|greetings|hola|ola|oi|buenas|buenos|bom dia|boa|hallo|moin|servus|gruß|bonjour|bonsoir|salut|"
    r"(?:good|guten) (?:<part>|<soon>|day|tag)) "
)
_PATTERNS = {kind: re.compile(f" (?:{words}) ") for kind, words in _KINDS.items()}
_COMMON = word_set(
    "really should please better before people company thing things anything something everything nothing around already "
    "usted ustedes porque cuando tambien quiero puede tienen senhor senhora porque quando tambem voces haben werden konnen "
    "nicht schon einen einer wirklich madame monsieur toujours beaucoup voulez maintenant always little though enough "
    "actually looking trying getting <number> <soon> <part> exactly minute minutes"
)


@dataclass(frozen=True)
class Sign:
    """A line of the rep and one thing it does for rapport: `kind` reads on after "you"."""

    line: Line
    kind: str


def signs(lines: Sequence[Spoken]) -> Iterator[Sign]:
    """In order, each kind once a line. Only the rep's first line greets. Words are taken up that the rep had not said before."""
    rep_said: set[str] = set()
    heard: set[str] = set()
    first = True
    for each in lines:
        telling = {word for word in each.words if len(word) >= TELLING and word not in _COMMON}
        if each.line.speaker == "agent":
            heard |= telling - rep_said
            continue
        said = f" {' '.join(each.words)} "
        if first and _GREETING.search(said[:80]):
            yield Sign(each.line, "greeted")
        first = False
        for kind, pattern in _PATTERNS.items():
            if pattern.search(said):
                yield Sign(each.line, kind)
        if telling & heard:
            yield Sign(each.line, "took up the homeowner's words")
        rep_said |= telling
        heard = set()
