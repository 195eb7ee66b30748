"""Words of a line, written in one way: lower case, without accents, contractions spelled out, numbers and days as classes.

Speech recognition drops apostrophes, capitals and punctuation; the words here are the same with and without them.
"""

import re
from unicodedata import combining, normalize

MAX_WORDS = 1_000
"""Of one line; a longer line is read up to here, which bounds the work on it."""

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*")
_ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'m": "am", "'d": "would", "'s": "s"}
_SPELLED_OUT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "ain't": "is not",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "y'all": "you all",
    # As speech recognition writes them; "were", "well" and "ill" stay the words they are.
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "cant": "can not",
    "wont": "will not",
    "im": "i am",
    "ive": "i have",
    "youve": "you have",
    "youre": "you are",
    "theyre": "they are",
    "thats": "that s",
    "whats": "what s",
    "hows": "how s",
    "wheres": "where s",
    "whos": "who s",
    "lets": "let s",
    "id": "i would",
}
_CLASSES = {
    "<day>": "monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves viernes sabado domingo "
    "segunda terca quarta quinta sexta montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi "
    "jeudi vendredi samedi dimanche",
    "<soon>": "today tonight tomorrow hoy manana hoje amanha heute morgen aujourd'hui demain",
    "<part>": "morning mornings afternoon afternoons evening evenings noon midday weekend week tarde noche semana manha noite "
    "vormittag nachmittag abend mittag woche wochenende matin midi soir semaine",
    "<number>": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand uno dos tres cuatro cinco seis "
    "siete ocho nueve diez once doce quince veinte treinta cuarenta cincuenta sesenta cien ciento mil dois duas quatro sete "
    "oito nove dez onze doze vinte trinta quarenta cinquenta sessenta cem cento zwei drei vier funf sechs sieben acht neun "
    "zehn elf zwolf zwanzig dreißig vierzig funfzig sechzig hundert tausend deux trois quatre cinq sept huit neuf dix quinze "
    "vingt trente quarante cinquante soixante cent mille",
}
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words.split()}


def word_set(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


def words(text: str) -> list[str]:
    """The first MAX_WORDS words of a text."""
    found: list[str] = []
    for match in _WORD.finditer(_plain(text)):
        found += _spelled_out(match.group())
        if len(found) >= MAX_WORDS:
            break
    return found[:MAX_WORDS]


def _plain(text: str) -> str:
    text = text.lower().replace("’", "'").replace("‘", "'").replace("`", "'")
    if text.isascii():
        return text
    return "".join(character for character in normalize("NFD", text) if not combining(character))


def _spelled_out(word: str) -> list[str]:
    if word[0].isdigit():
        return ["<number>"]
    if spelled_out := _SPELLED_OUT.get(word):
        return spelled_out.split()
    for ending, full in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return [word.removesuffix(ending), full]
    return [_CLASS_OF.get(word, word)]
