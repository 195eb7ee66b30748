"""What homeowners say when they push back, by the concern behind it, and the words an answer to it turns on.

Phrases are in the language of words.py: contractions spelled out, "can't" is "can not".
"""

from grading.heuristic.words import Phrases, word_set

PESTS = word_set("ants ant bugs bug pests pest spiders spider roaches mice mouse termites wasps rats")

_PESTS = f"({'|'.join(sorted(PESTS))})"
_FIRM = "(guy|company|service|provider|exterminator|contract|plan|lady|someone|somebody|people|one)"
_BRAND = "(orkin|terminix|rentokil|aptive|hawx|ehrlich)"
_KIN = "(wife|husband|partner|girlfriend|boyfriend|roommate|mom|dad|son|daughter|brother|uncle|cousin)"
_DECIDER = "(wife|husband|spouse|partner|girlfriend|boyfriend|landlord|roommate|mom|dad|son|daughter|family|owner)"
_VERY = "(really |all that |that |very |too |so |pretty |just |quite |even |a bit |a little |kind of |super )?"
# "I don't want it" pushes back; "I don't want it to come back" describes the problem.
_THIS = (
    "(it|this|that)( right now| today| here| anymore| now| thanks| thank you| at all)?(?= (and|or|but|so|because)|$)"
)
_OFFER = "(your (service|services|help|stuff|product|company)|pest control|a (service|contract|plan|salesman))"
_PAPERS = "(card|brochure|flyer|pamphlet|info|information|literature|details|something|email|text)"

CONCERNS: dict[str, Phrases] = {
    "price": Phrases(
        "(too|so|pretty|very|really|awfully|quite|bit|little) (expensive|pricey|costly|steep)",
        "too (much|high)( money)?$",
        "too much (money|for (me|us|that|this|what)|to pay|a month|per)",
        f"(is|sounds|seems|looks) {_VERY}(expensive|pricey|steep|high|too much)",
        f"(price|prices|cost|rate) (is|are) {_VERY}(much|crazy|ridiculous)",
        "(cost|costs|charge) too much",
        f"can not {_VERY}(afford|swing|pay (that|this|so)|do that (price|much))(?! not)",
        "(out|outside) of (my|our|the) (budget|price range)",
        "not (really |think ((it|this|that) )?(is )?)?in (the|our|my) budget",
        "(that|it|this) is ((?!not )[^ ]+ ){0,2}lot of money",
        "not (really )?have (the|that kind of|any|enough|extra|that much) (money|cash|budget)",
        f"(money|money's|budget|budget's|cash|finances) (is |are )?{_VERY}tight",
        "(on|have) a (tight|fixed) (budget|income)",
        "(found|get|got|find) ([^ ]+ ){0,3}cheaper",
        f"(competitor|competitors|competition|{_BRAND[1:-1]}) (is|are) {_VERY}(a lot |much |way )?cheaper",
        "waste of money",
        "(double|twice|triple) what (i|we|they) (pay|paid|am paying|are paying|charge|charged)",
        "not (do|afford|need|want|take on) another ([^ ]+ )?(payment|bill|expense|subscription)",
        f"(i|we) (am|are) {_VERY}broke",
        "look at (my|our|the) (finances|budget)",
        "more than (what )?(i|we) (pay|am paying|are paying)",
        "more than (the|my|our) (other |last |current )?(guy|guys|company|one|place) (quoted|charged|charges|charge|"
        "wanted)",
        "more than (i|we) (want|wanted|can|could|expected|thought)",
        "not (going to )?(pay|paying|spend|spending) (that|this|so|all)",
        "not worth (it|the|that)",
        "not think (it|this|that) is (really )?worth",
        "not (really )?see (the|any|much) value",
    ),
    "provider": Phrases(
        f"already (have|got|use|using|have got|work with|working with|pay|paying) ([^ ]+ ){{0,3}}({_FIRM}|{_BRAND})",
        f"(have|use|got|using) (a|an|our|my|another|our own|the same) ([^ ]+ ){{0,2}}{_FIRM}( already| who|"
        " that| for (that|this)| comes| coming)",
        "(have|use|got) (a|our own|another) ([^ ]+ ){0,2}(guy|company|service|exterminator)$",
        f"(with|use|using|have|got) {_BRAND}",
        "(have|got) (somebody|someone) (already|for that|who|that|coming|else)",
        "under contract( with [^ ]+)?",
        f"(my|our) ([^ ]+ )?({_KIN}|guy|company|service) (does|handles|sprays|treats|takes care of) (it|"
        "that|this|all|the)",
        "(stick|sticking|stay|staying) with (who|what|them|our (guy|company)|my (guy|company)|the (guy|company))",
        "(hoa|landlord|association|apartment) (does|handles|takes care|pays|covers|sprays)",
        "through (my|our|the) (hoa|landlord|apartment|building|association)",
        "(been|am|are|just|keep) (doing|spraying|handling|treating) ((it|that|this) )?(myself|ourselves)",
        "(do|spray|handle|treat) ((it|that|this|for bugs|everything) )?(myself|ourselves)",
        "(just|already|recently) signed (up )?with",
        "(buy|get|use) (the|my own|some) (stuff|spray) from",
        f"(am|are) {_VERY}happy with (our|my|the|who|what|them|{_BRAND})",
        "(am|are|is) already (covered|being treated|treated|taken care)",
    ),
    "decision maker": Phrases(
        f"(talk|speak|check|discuss|consult|run|go|talking) ([^ ]+ ){{0,3}}(with|to|by|over|past) (my|the) {_DECIDER}",
        f"(ask|asking|consult|call) (my|the) {_DECIDER}",
        f"(my|the) {_DECIDER} (handles|makes|decides|takes care|deals|will not|would not|would kill|would "
        "never|is not (home|here|interested)|needs to|has to|would have to)",
        f"see what (my|the) {_DECIDER} (thinks|says|wants)",
        "not (really )?my (decision|call|house)",
        "not the (one who|decision maker|owner|homeowner)",
    ),
    "no interest": Phrases(
        f"not (at all )?{_VERY}interested",
        "(have|got) (no|zero) interest",
        f"not (really |even )?(need|want|looking for) ({_THIS}|{_OFFER})",
        f"not (really |even )?(need|want|looking for) any(thing)?(?! (more )?({_PESTS}|pets|of those))",
        "not (really |even |just )?(want|wanting|looking) to (buy|switch|change|spend|pay|add|hire)",
        "not think (that )?(i|we) (really )?(need|want|am interested|are interested)",
        "no (thanks|thank you)",
        "not (really )?see (the|a|any) (need|point|reason)",
        "rather not( thanks| thank you)?$",
        "you are (like )?the (second|third|fourth|fifth|tenth) (guy|one|person|company|salesman) (today|this week|"
        "this month|this summer)",
        "no (soliciting|solicitors|salesmen)",
        "please (leave|go)( now| me alone| us alone| away)?$",
        "leave (me|us) alone",
        "go away$",
        "get off my",
        "(am|are) all (set|good)",
        "(am|are) good( thanks| thank you| for now| here)*$",
        "(to|will) pass$",
    ),
    "no time": Phrases(
        "not (really )?have (the |any |much |a lot of )?time",
        "(have|got) no time",
        f"(am|are) {_VERY}busy",
        "on (a|the) (call|phone)( right now)?$",
        "in the middle of (something|dinner|lunch|work|cooking|moving|a)",
        "not (really )?a (good|great) time",
        "(is|at) a (really )?(bad|terrible) time",
        "(about|trying) to (leave|head out|eat|have dinner|sit down)",
        "heading out",
        "(i|we) (am|are) (just )?(cooking|eating|making|having) (dinner|lunch|breakfast|supper)$",
        "(i|we) (am|are) (cooking|eating|working|leaving)( (dinner|lunch|breakfast|supper))? (right now|now)",
        "running late",
        "on (my|our) way out",
        "in a (hurry|rush)",
    ),
    "trust": Phrases(
        "not (really |even )?trust",
        "(is|like|be|sounds|seems|smells|feels|looks) (like )?(a |some kind of |kind of |pretty |too "
        ")?(scam|fishy|sketchy|shady|gimmick|good to be true)",
        "how (do|can|would) (i|we) (know (you|this|that|it is not|it will|it works|your)|trust|be sure)",
        "never (even )?heard of (you|your|this|it)",
        "why (should|would) (i|we) (trust|believe) (you|your|that|this|it)",
        "(heard|read|seen) ([^ ]+ ){0,2}(bad|terrible|awful|horrible|negative) (things|stories|stuff|reviews) "
        "(about|of|on) (you|your|this company)",
        f"(am|are) {_VERY}(skeptical|sceptical|suspicious|hesitant)",
        "not (believe|buy) (you|that|it|a word)",
        "not (really )?(sure|convinced) (about (this|that|it|you|the price|signing)|((if|that) )?(i|we) "
        "(want|need|can|trust|should)|it is worth)",
        "not (really |quite )?(sold|convinced)( yet)?$",
        "not (really )?like (people|salesmen|strangers|being sold)",
        "not know about (this|that|all|you)",
        "what is the catch",
        "just (want|after) (my|our) money",
        "not (give|giving|hand|handing) out my",
        "(need|want|like|have) to (see|read|check) ([^ ]+ ){0,2}(reviews|references|license|credentials|badge)",
        "this a (scam|joke|trick)",
        "not (do|buy|deal|open|give) ([^ ]+ ){0,4}(door|salesmen|strangers)",
    ),
    "wants to wait": Phrases(
        "(need|want|have|like|got|going|prefer) to (just |really |first )?(think|sleep)( about| on| over| it|$)",
        "(will|us|me|should|must|could) (have to |need to |just |really )?(think|sleep) (about|on|it over|this over)",
        "(can|could) (i|we) (just )?think (about|on|it over)",
        "(think|mull|talk) it over",
        "(need|want|take|like|me) (some |more |a little |a bit of )(more )?time( to| before|$)",
        "(get|getting) back to you",
        "call you (back|later|when|if)",
        "not (quite |really )?ready",
        "not (right now|today|now|yet|this (month|year|time))( thanks| thank you| sorry)?$",
        "(rather|prefer|want|need|going|like) (to )?(wait|hold off)",
        "maybe (later|another time|some other time|next (week|month|year|time|summer|spring))",
        "(another|other) time",
        "do (some|my|more|our) (own )?research",
        "shop around",
        "(get|getting) (a few|some|other|more|a couple|another) ([^ ]+ )?(quotes|quote|bids|estimates|prices)",
        "(you|please|just) ([^ ]+ )?come back (later|another|next|some|tomorrow)",
        "not (really )?in the cards",
        "not (want to |like to )?make ([^ ]+ )?(decision|decisions) (at|on|right|without|today|now)",
        "not (want to )?(rush|make a decision|decide)(?! (between|which|where|if|whether))",
        "can not (really )?(commit|decide)( to (it|this|that|anything|something))?( right now| today| tonight| yet| "
        "now)*$",
        "(it|this|that|control) is (just |really )?not (really |exactly )?(a|my|our|the) ([^ ]+ )?priority",
    ),
    "wants it in writing": Phrases(
        f"(send|email|mail|text) (me|us) ([^ ]+ ){{0,3}}{_PAPERS}",
        f"(leave|give|hand) (me|us) (a|your|some|the) ([^ ]+ )?{_PAPERS}",
        f"leave (a|your|some) {_PAPERS}",
        "(leave|give) (me|us) your (phone )?number",
        f"you (have|got) (a|some) {_PAPERS}",
        "look you (guys )?up",
        "(check|visit|look) (out |at )?your website",
    ),
    "bad experience": Phrases(
        "(bad|terrible|awful|horrible|poor) (experience|experiences)",
        "(got|been|gotten|was|were) (burned|burnt|ripped off|scammed|screwed|cheated|lied to)",
        "(last|previous|other|old) (company|guy|guys|one|people|service|exterminator) ([^ ]+ "
        "){0,3}(terrible|awful|useless|bad|worst|never|not|ripped|scammed|horrible|nothing|overcharged|"
        "lied|worse)",
        "had (one of you|you guys|someone|somebody|a guy|a company|a service) ([^ ]+ ){0,7}not (work|"
        "help|come|show|do)",
        "(had|tried|used) you (guys )?([^ ]+ ){0,5}(mess|disaster|terrible|awful|horrible|joke|useless)",
        "not work (last time|before|for us|for me)",
        "(it|that|this|stuff) (never works|(does|will|would) not (really |even )?work)",
    ),
    "safety": Phrases(
        "(worried|concerned|nervous|scared|afraid|uncomfortable) ([^ ]+ ){0,4}(chemicals|poison|spray|"
        "spraying|kids|dog|dogs|cat|cats|pets|baby|toxic|safe|fumes|garden|bees)",
        "not (want|like) ([^ ]+ ){0,3}(chemicals|poison|spraying|toxins)",
        "not want (that|this|your|all that) (stuff|junk|crap) (in|on|around|near|anywhere)",
        "(is|be|sounds|are) (not safe|unsafe|toxic|dangerous|harmful|poisonous)",
    ),
    "contract": Phrases(
        "not (want|like|do|sign|signing|going to sign|need) ([^ ]+ ){0,3}(contract|contracts|commitment)",
        "(locked|tied) (in|into|down)",
        "(worried|concerned) about ([^ ]+ ){0,2}(contract|commitment)",
        "not (going to )?(sign|signing) (anything|something|that|this)",
    ),
    "renting or moving": Phrases(
        "(am|are) selling (the|our|my|this) (house|home|place)",
        "(am|are) moving (soon|out|away|next|in)",
        "(i|we) (am|are) (actually |just )?(about|going|planning|getting ready) to (move|sell)( out| away| soon| "
        "the house|"
        " this [^ ]+| next [^ ]+| in [^ ]+( [^ ]+)?)?$",
        "(we|i) (just |only )?rent$",
        "(am|are) (just |only )?renting",
        "(am|are) (a |just )*(renter|renters)",
    ),
    # These two push back on a pitch, but only answer where the rep had asked: see objections.py.
    "unsure": Phrases(
        "(i|we) (just |really |still )?do not (just |really )?know( yet)?$",
        "not (really |so |too |quite |entirely |totally )*sure( yet| honestly| though| to be honest| about all this)?$",
    ),
    "no need": Phrases(
        f"not (really )?have (any |a |an |much of a )?({_PESTS} )?(problem|problems|issue|issues)$",
        f"not (really )?have (any |many )?{_PESTS}",
        f"not (really |ever )?see (any |many )?{_PESTS}",
        f"no {_PESTS} (here|around)",
    ),
}

# An answer that fits the concern speaks of its subject. Words like "they" or "good" would fit any talk.
SUBJECTS: dict[str, frozenset[str]] = {
    "price": word_set(
        "price prices priced pricing cost costs expensive cheap cheaper afford affordable money budget "
        "dollars dollar bucks save saves saving savings discount discounted pay paying payment payments "
        "worth value free invest investment bill billed less month monthly cents coffee financing waive waived "
        "fee rate spend spending repair repairs"
    ),
    "provider": word_set(
        "use company companies provider service services switch switching switched difference different "
        "differently compare comparison contract cover covers coverage covered happy current currently "
        "using instead quote results treating retreat guarantee guaranteed better second price prices cheaper "
        "match beat paying save free"
    ),
    "decision maker": word_set(
        "wife husband spouse partner she he both together home talk decide decision family landlord owner "
        "them questions concerns explain"
    ),
    "no interest": word_set(
        "interest interested reason because neighbors neighbours neighbor neighbour curious quick minute "
        "need needed before free inspection prevent prevention protect protection most exactly same first "
        "concern"
    ),
    "no time": word_set(
        "time minute minutes seconds second quick quickly brief briefly later schedule tonight tomorrow "
        "busy fast short long evening morning weekend"
    ),
    "trust": word_set(
        "trust licensed insured license licence reviews review guarantee guaranteed local years bbb "
        "neighbors neighbours proof check website rating ratings references badge id card family owned "
        "real catch refund legit google honest"
    ),
    "wants to wait": word_set(
        "think thinking question questions concern concerns concerned specifically hesitant hesitation "
        "holding decide decision unsure today why wait waiting clear sure compare quotes price guarantee "
        "because until"
    ),
    "wants it in writing": word_set(
        "send email card brochure info information website show explain answer questions question text "
        "look details because"
    ),
    "bad experience": word_set(
        "sorry guarantee guaranteed different differently happened refund retreat retreatment return wrong "
        "promise follow experience frustrating free back company why"
    ),
    "safety": word_set(
        "safe safety safely pet pets kid kids children child dog dogs cat cats baby organic plant natural "
        "epa dry dries chemical chemicals approved toxic harm harmful botanical outside family"
    ),
    "contract": word_set(
        "contract contracts cancel cancels month monthly commitment commit terms agreement agreements "
        "locked anytime sign signing penalty flexible"
    ),
    "renting or moving": word_set(
        "move moving sell selling buyer buyers landlord landlords owner rent renting renter renters "
        "property manager allow lease tenants"
    ),
    "unsure": word_set(
        "sure unsure question questions concern concerns hesitant hesitation holding specifically decide clear "
        "explain guarantee because price cancel"
    ),
    "no need": word_set(
        "prevent prevention before see seen hidden inside walls neighbors neighbours neighbor inspection "
        "free check season yet because protect protection keep"
    ),
}
