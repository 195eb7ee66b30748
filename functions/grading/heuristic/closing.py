"""Closing attempts by the rep: asking for the sale or the signature, or fixing a day as if agreed."""

from collections.abc import Iterable

from grading.heuristic.words import Hit, Phrases, Turn, word_set

_WEEKDAY = "(monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|tomorrow)"
_DATE = f"((this|next|on|for|early|later|late) ){{0,2}}({_WEEKDAY}|this week|next week|this weekend)"
_PART_OF_DAY = "(morning|mornings|afternoon|afternoons|evening|evenings|noon)"
_HOUR = "[0-9]+(:[0-9]+)?(am|pm)?"
_SPELLED = "(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)"
_WHEN = (
    f"((this|next|on|at|for|in|the|early|later|late) ){{0,2}}({_WEEKDAY}|{_PART_OF_DAY}|{_HOUR}|this week|"
    f"next week|this weekend|(at|around) {_SPELLED}"
    "(?= (or|on|if|would|does|works|thirty|o'clock|today|tomorrow)|$))"
)
# "Tuesday morning", "Friday at 3"
_CLOCK = f"( {_PART_OF_DAY})?( (at|around) ({_HOUR}|{_SPELLED})( (am|pm|o'clock))?)?"
_STARTED = (
    "(all )?(signed|set|started|scheduled|going|booked|enrolled|covered|protected|squared|taken care|on "
    "the|down for|down on|in for|up and running)"
)
_PAPER = "(agreement|contract|paperwork|papers|form|order)"
_JOB = "(service|treatment|visit|appointment|inspection|installation|account|plan|program)"
_ASK = "(can|could|may|shall|should) (i|we) (just )?(go ahead and )?(just )?"
_GET_STARTED = "get (started|signed|set|scheduled|going)"
_TRY = "give (it|us|this) a (try|shot|go)"
_NOW = "(right )?(here|now|today|tonight|below|with us|for me)"
_END = "(?= (and|or|so|then|if|because|before)|$)"
_SOMEONE = "(you|it|this|that|someone|somebody|a|my|our|the|him|her|them)"

_ATTEMPTS = Phrases(
    # Asking for the sale.
    f"{_ASK}(get|put|have) (you|this|that|it) {_STARTED}",
    f"{_ASK}(sign|book|schedule|enroll|pencil) (you|this|that|it|your|an|a|the)",
    f"{_ASK}(schedule|book|enroll)$",
    f"{_ASK}set up (an|a|the|your) ([^ ]+ )?{_JOB}",
    f"{_ASK}(write|draw) up (an|a|the|your) {_PAPER}",
    f"{_ASK}close (the|this) (deal|sale)",
    f"{_ASK}(get|have) (the|this|that|your|a|an) ([^ ]+ )?({_PAPER}|{_JOB}) (all )?(signed|started|scheduled|booked)",
    "let us (go ahead and )?(get|have) (the|this|that|your|a|an) ([^ ]+ )?"
    f"({_PAPER}|{_JOB}) (all )?(signed|started|scheduled|booked)",
    "let us (just )?(go ahead and )?close (the|this) (deal|sale)",
    f"let (us|me) (just )?(go ahead and )?(just )?(get|put|have) (you|this|that|it) {_STARTED}",
    "let (us|me) (just )?(go ahead and )?(sign|book|schedule|enroll|pencil) (you|this|that|it|your)",
    "let us (just )?(do (it|this)|get started|move forward|lock (it|this|that|you) in)(?! with (a|some|the|one|my))",
    f"(i|we) (would love to|want to|can|could|will|would like to) (go ahead and )?get you {_STARTED}",
    "(let|can|could|may) (me|us|i|we) (just )?lock in (that|this|the|your) (price|rate|deal|discount|special|offer|"
    "spot)",
    f"{_ASK}(do|try) (a|one|the first) ([^ ]+ )?(trial|month|treatment|service)",
    "(want|like|love) (me|us) to (go ahead and )?(get|put|sign|book|schedule|set|save) (you|it|this|that|a)",
    "(do|would|will|are) (not )?you (guys )?(just )?(be )?(want|like|willing|ready|prepared) to (go ahead|"
    "join|buy|sign|proceed|move (forward|ahead)|start(?! by)|schedule|book|set up|go with|"
    f"{_GET_STARTED}|get on (the|our) (schedule|books|route|calendar)|do (this|it) (today|now)|try (it|us)|{_TRY}|"
    "do the [^ ]+ (plan|package|program|service)|lock)",
    "(are|would) you (guys )?(be )?interested in (signing|starting|scheduling|booking|trying (it|us|this)|"
    "moving (forward|ahead)|going (ahead|with)|getting (started|signed|set|scheduled|going))",
    f"ready to (sign|{_GET_STARTED}|go ahead|move (forward|ahead)|start(?! by)|schedule|book)",
    "let us (set up|schedule|book) (an|a|your|the|something)",
    f"let us (say|do|make it|go with|plan on|aim for|shoot for) {_WHEN}",
    "let me (write|ring|draw) (you|this|it|that) up",
    "(how|what) about (we|i) (just )?(get|put|start|set|schedule|book|go|do)",
    "how soon (can|could|should) (we|i) (start|come|get|schedule)",
    "open to (starting|trying|getting|scheduling|moving|booking)",
    "(ok|okay|good|comfortable|fine) ((with|to) )?(moving|getting|going|signing|move|get|go) (forward|started|ahead|"
    "up)",
    "(ok|okay|alright) if (i|we) (go ahead and )?(put|get|sign|book|schedule|set) (you|it|this|that)",
    "count (on you (for|to)|on your business|you in)",
    "get (this|it|that) (taken care of|handled|scheduled|started) (today|now|this week|for you)",
    "(will|would) you (go with (me|us)|say yes|do (it|this)) (today|now)",
    "should we (just )?do (it|this)$",
    "are we doing (this|it)$",
    "any reason (why )?(we|i) (can|could|should|would) not (just )?(get|start|put|book|schedule|go|do)",
    "left is (to )?(pick|choose|sign|schedule|set)",
    f"{_ASK}(move (forward|ahead)|get (started|going)|do (it|this) (today|now))",
    "(should|can|could) i (write|put|get) you (up|down|in|on)",
    f"let us (make (it|this) (happen|official)|(sign|fill out|start|do) (the|this) {_PAPER})",
    "(opposed|against) (to )?(me|us|getting|starting|trying|having|doing)",
    "how (would|do|will) you (like to|want to|be) (pay|paying)",
    "(knock|get|take) (it|this|that) (out|done|care of) (today|right now|this (morning|afternoon|week))",
    "so (i|we) can (book|schedule|sign) (it|you|this|that)",
    "are you in$",
    "do we have (ourselves )?a deal",
    "mind if (i|we) (go ahead and )?(do (it|this|yours)|treat|spray|sign|schedule|book|start(?! (with|by))|get you)",
    "what do you say",
    "shall we (get|do|go|book|set|schedule|start|say|sign|lock|put)",
    "are we good to (go|start|get)",
    "why (do not|not) (we|i) (just )?(go ahead and )?(get|put|sign|book|schedule|set|start|try|do)",
    "(earn|have|win) your business",
    # Asking to sign or to pay.
    "(will|would|could|can) you (please |just |be willing to )?(sign|initial)( up)?( (it|this|that|(the|this|our|"
    f"an) {_PAPER}))?"
    f"( {_NOW}){{0,2}}{_END}",
    "(will|would|could|can) you (please |just |be willing to )?commit( to (it|this|that|us|an? ([^ ]+ )?"
    f"({_JOB}|year|month)))?( {_NOW}){{0,2}}{_END}",
    f"{_ASK}(get|have|grab) (you to (sign|initial)|your (signature|initials|autograph|business|"
    "card(?= (number|for|on|to|and|so)|$))|a yes(?! or))",
    "sign (right )?(here|below|this|there|your name|at the bottom|on the)",
    "need is your (name|signature|initials|card|email|address)",
    "need you to (sign|initial|fill)",
    "(put|write) (just )?your (signature|initials|autograph|name)",
    "(i|we) (would |will )?(just |only )?need (your|a) (name(?= (and|here|on|for)|$)|signature|initials|card|email|"
    "autograph|credit card)",
    "(what|which) (name|email|address|card|number|phone number) (should|do|would|can|will) (i|we|you)",
    "(let|can|could) (me|i|we) (just )?(get|grab) your ((best|phone|cell|email) )?(last name|email|number|address)",
    "(want|like|rather|prefer) (to )?put (it|this|that) on (a|your|the) (card|credit card)",
    "what is (the|your|a) ((best|good) )?((phone|cell|callback|email) )?(email|number|phone|address) (for|to put|to "
    "send|to use)",
    "(will|would) (that|it|you) be ([^ ]+ ){0,2}(card|check|cash|credit|debit)",
    "fill (this|it|that) out",
    "fill out (this|the|your) (form|paperwork|agreement|contract|info|information)",
    "(card|cash|check|credit|debit) or (card|cash|check|credit|debit)",
    "(monthly|quarterly|yearly|basic) or (monthly|quarterly|annual|annually|yearly|premium)",
    "(which|what) (plan|package|option|one|program) (works|sounds|suits|fits|would you|do you (want|prefer|like))",
    # Fixing a time.
    "(which|what) (day|time|days|date) (this week |next week )?(works|work|is|would|suits|fits|should|can)",
    f"(does|would|will|can) {_WHEN}{_CLOCK} (or|work|works|suit|sound|be ([^ ]+ )?(good|better|best|easier|ok|"
    "okay|fine|alright|all right|possible|convenient|early|late|soon))",
    "when (would|do) you (like|want) ((us|me|him|them|someone) to (start|begin|come)|to (start|begin|schedule|"
    "get (started|going)))",
    "when is (a|the) (good|best|better) (day|time) (for (us|me|him|them|someone) )?to (come|start|treat|schedule|send)",
    "(would|do) you (rather|prefer|want to|like to) (us )?(start|begin|do (it|this)) ... "
    f"({_DATE}|this month|next month)",
    f"(want|like) (the|your) first [^ ]+ {_DATE}",
    f"{_ASK}(get|send|squeeze|fit) {_SOMEONE} ... {_WHEN}",
    f"(i|we) (will|can|could) (have|send) [^ ]+ (come|swing by|stop by|come by|out) {_WHEN}",
    f"is {_DATE} ([^ ]+ )?(good|okay|ok|better|fine|free|open)",
    f"(how|what) (about(?! today)|does|would|is) {_DATE}",
    "(i|we) (will|can|could|am going to|are going to) (go ahead and )?(just )?(put|get|have|schedule|book|"
    f"pencil|set|squeeze|fit|send) {_SOMEONE} ... {_WHEN}",
    f"(i|we) (will|can|could) (start|come(?! back)|swing|begin|do (it|this|that|the)) ... {_WHEN}",
    f"(i|we) (will|can|could) come back ... {_DATE}",
    f"(i|we) have (got )?(an|a|some|one|two) (opening|spot|slot|openings|spots|slots|availability) ... {_WHEN}",
    "(can|could|should|shall) (we|i|he|she|they|my|our) ([^ ]+ )?(come|start|stop|swing|do|schedule|book|"
    f"send) ... {_WHEN}",
    f"(put|pencil|book|schedule|sign|fit|squeeze) you ... {_WHEN}",
    "when (can|could|should|would) (we|i) (come|start|get|schedule|stop|send|do|book)",
)
# Only where these begin the clause: "my neighbors want to get started" is told.
_OFFERS = Phrases(f"want to (sign (up|it|this)|{_GET_STARTED}|{_TRY}|move (forward|ahead)|go ahead)")
_LEADS = word_set("you so and or but then well okay ok alright just guys")
# Two times to choose between ask for a decision only where a choice is asked for: "are they worse in the
# morning or in the evening?" is discovery.
_CHOICE = Phrases(
    f"{_WEEKDAY} (... )?or ... ({_WEEKDAY}|{_PART_OF_DAY})",
    f"{_PART_OF_DAY} (... )?or ... ({_WEEKDAY}|{_PART_OF_DAY})",
)
_CHOOSING = word_set("work works better best prefer suit suits easier want like open available free")
_BARE_CHOICE_WORDS = 5

_REFUSED = word_set("not never no without nobody nothing")
_NO_REFUSAL = word_set("problem worries mind pressure doubt")  # "no problem, sign here"
# A request of its own ("let us ...", "can I ...") is not denied by a word that stands far before it.
_STANDS_ALONE = word_set("let can could may shall should do would will are why what which how when i we")
# "If you sign this", "he told me to sign here", "a no soliciting sign on the door".
_SUPPOSED = word_set("if when once unless until before after suppose whenever")
_TOLD = word_set("told tell tells telling said say says saying asked make makes made")
_OTHERS = word_set("companies company reps guys they people others he she")
_BEFORE_NOUN = word_set("a the your no that this soliciting solicitors yard stop every")


def closing_attempts(talk: Iterable[Turn]) -> list[Hit]:
    """The rep's closing attempts in order, at most one a sentence."""
    found: list[Hit] = []
    for turn in talk:
        if turn.speaker != "user":
            continue
        for sentence in turn.sentences:
            hits = [hit for hit in _ATTEMPTS.find(sentence) if not _taken_back(hit)]
            hits += [hit for hit in _OFFERS.find(sentence) if _offered(hit) and not _taken_back(hit)]
            hits += [hit for hit in _CHOICE.find(sentence) if _asks_to_choose(hit) and not _taken_back(hit)]
            found += hits[:1]
    return found


def _offered(hit: Hit) -> bool:
    return _LEADS.issuperset(hit.sentence.before(hit.first, 1))


def _asks_to_choose(hit: Hit) -> bool:
    words = hit.sentence.words
    around = words[max(0, hit.first - 6) : hit.last + 4]
    return not _CHOOSING.isdisjoint(around) or (hit.sentence.asks and len(words) <= _BARE_CHOICE_WORDS)


def _taken_back(hit: Hit) -> bool:
    """Whether the words before deny the attempt, suppose it or tell of someone else's."""
    before = hit.sentence.before(hit.first, 2 if hit.words[0] in _STANDS_ALONE else 4)
    refused = any(
        word in _REFUSED and _NO_REFUSAL.isdisjoint(before[at + 1 : at + 2]) for at, word in enumerate(before)
    )
    supposed = not _SUPPOSED.isdisjoint(before[-2:]) or before[-2:] == ("were", "to")
    a_notice = hit.words[0] == "sign" and not _BEFORE_NOUN.isdisjoint(before[-1:])
    others = hit.sentence.words[max(0, hit.first - 7) : hit.first]
    told = not _TOLD.isdisjoint(before[-3:]) or ("ask" in others and not _OTHERS.isdisjoint(others))
    # "Why would you sign with them?" asks for a reason, "who would you like to go with?" for a name.
    wonders = before[-1:] in {("who",), ("what",), ("why",)} and hit.words[1:2] == ("you",)
    return refused or supposed or a_notice or told or wonders
