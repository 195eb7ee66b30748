/** The words that tell what a question is about. Data. */
import { anyOf, except } from "./patterns.js";

/** The people of the house, as a rep names them. */
const SPOUSE = "husband|wife|mister|wifey|hubby|missus|spouse|partner|better half|other half|significant other";
const FIRM =
  "company|companies|guys?|fell(?:a|ow|er)s?|blokes?|lads?|chaps?|outfit|firm|crew|contractor|roofers?|installers?|exterminators?|technicians?|" +
  "tech|provider|service|salesm[ae]n|salespe\\w+|reps?|people|team";

/**
 * What a question asks for, the most specific first: of the topics that fit, the first one that the homeowner knows
 * something about answers.
 */
export const TOPICS = /** @type {Record<string, {test: (text: string) => boolean}>} */ ({
  pests: anyOf(String.raw`
    \bother (?:bugs|pests|insects|critters|animals)\b|\b(?:roach\w*|cockroach\w*|termites?|bed ?bugs?|fleas?|rats?|
    spiders?|wasps?|hornets?|ants?|mice|mouse|mosquito\w*)\b
  `), // those that the homeowner does not have
  kind: except(
    /\b(?:your|the|those|any|two|three) little ones\b/u,
    anyOf(String.raw`
    \b(?:kinds?|sorts?|types?|colou?rs?) (?:of )?(?:ants?|wasps?|mice|mouse|spiders?|bugs?|are they|is it)\b|
    \b(?:little|big|small|tiny|black|brown|red|gr[ae]y) (?:\w+ )?(?:ones?|ants|mice|spiders|wasps)\b|
    \bwhat do they look like\b|\bhow big are (?:they|the|those)\b
  `),
  ),
  affected: /\baffect\w*|\bmean for your\b|\bwho\b.*\b(?:minds?|hates?|suffers?|bothers?)\b/u,
  priority:
    /\bhow (?:can|could|do) (?:i|we) (?:show|prove|convince|earn)\b|\bwhat makes an? (?:good|great)\b|\bmatters? (?:the )?most\b|\bmost important\b|\bwhat matters\b|\bcounts? (?:the )?most\b|\bmain (?:thing|concern|worry|point)\b|\bmust (?:\w+ )*never\b|\bgood offer\b|\b(?:should|would|could) (?:i|we) do (?:differently|better)\b|\b(?:have|need) to do to\b|\bearn (?:your|my)\b|\bmake you a happy\b/u,
  spent:
    /^(?:and |so )?how much\W*$|\bwhat (?:has|have|did) (?:it|you|this|that) (?:cost|spen[dt])\w*|\bhow much (?:do|did|are|have|is|does|has)\b(?!.*\b(?:willing|want|ready|prepared|able|looking)\b).*\b(?:spen[dt]\w*|pay\w*|paid|cost\w*)\b/u,
  lost: /\bhow many (?:hours|minutes)\b|(?:^|\b(?:and|so) )how much (?:of your )?time\b/u,
  nothing_done:
    /\bif you (?:did|do) nothing\b|\bif you (?:don't|didn't) (?:do|fix)\b|\bif you (?:just )?(?:waited|wait|(?:leave|left) (?:it|them|that))\b/u,
  usage: /\buse (?:the )?most\b|\bmost (?:electricity|power|energy|bandwidth)\b/u,
  lasting: /\bhow long did\b.*\blast\b/u,
  attempt: /\b(?:did|have) you (?:ever )?(?:try|tried)\b/u,
  deadline:
    /\bwhen (?:do|did|would|will|are|were) you (?:want to|going to|planning to|hope to|hoping to|have to)? ?(?:decide|make|get|change|switch)\b|\bby when\b|\bany date\b|\b(?:any|a) rush\b/u,
  work: anyOf(String.raw`
    \bfor (?:a living|work)\b|\bwhat work\b|\bwork\w* (?:from|at) home\b|\bretired\b|\b(?:kind|line|sort|
    type) of (?:work|job|business)\b|\byour job\b|\bdo you (?:still )?work\b(?! with)|\bwhere do you work\b|^(?:so |
    and )*(?:do|are) (?:you|either of you|you both|you two) (?:still )?work(?:ing)?\W*$|
    \bwhat do you do(?:\sfrom home|\s(?:up|down)stairs|\sall day)?\W*$
  `),
  allergy: anyOf(String.raw`
    \ballerg\w*|\basthma\w*
  `),
  harm: anyOf(String.raw`
    \bbit(?:ten|es)\b|\b(?:do|did|been|got|was|were|they|it) (?:they |it |you )?bite?\b|\bst(?:u|i)ngs?\b|
    \bgot(?:ten)? (?:sick|hurt|stung|bit)\b|\bsick\b|\bhurt (?:you|any\w*|by|your)\b|\b(?:any\w*|been|gets?) hurt\b|
    \bdangerous\b|\baggressive\b|\binjur\w+|\bscared?\b
  `),
  neighbours: anyOf(String.raw`
    \bneighbou?r\w*|\bnext door\b|\b(?:down|across|up) the (?:street|road)\b|\b(?:anyone|anybody|others|
    everyone) (?:else )?(?:on|around|in) (?:the|this|your) (?:street|block|area|road)
  `),
  home: except(
    /\b(?:hold|holding|call|calling|get|getting|pay|hear|bring\w*) (?:you|him|her|it) back\b/u,
    anyOf(String.raw`
    \b(?:is|are|will|when(?:'s| is| are| does| do| will)?|what time|does|which evenings?)\b.*\b(?:${SPOUSE}|he|she|
    you|both|daughter|everyone|everybody)\b.*\b(?:home|around (?:today|now|later|at|in|on|this|tonight|too|right)|
    around\W*$|back\b(?! guarantee)|available|free|in today|get in|get off|finish work|with you)\b|\bcatch (?:you|him|
    her) (?:both|two|all|together)\b|\bhome (?:during|in the|on|right now|now|most)\b|\bgood (?:evening|time|day|
    moment) for (?:both|you|the)\b|\byou\b.*\b(?:busy|free)\b.*\b(?:this|next|on)\b|\bwhen (?:can|could|will) (?:i|
    we) (?:meet|see|catch|talk to|speak to|speak with)\b|\bwhen(?:'s| is| would be| are) (?:a |the |you )?(?:good|
    best|better|free)\b|\bwhat(?:'s| is) (?:a|the) (?:good|best|better) time\b
  `),
  ),
  spouse_work: anyOf(String.raw`
    \bwhat (?:does|do|did|is) (?:your )?(?:${SPOUSE}|he|she) (?:do|work\w*)\b|\b(?:${SPOUSE}|he|she)\b.*\b(?:works?|
    working)\b(?: for (?:a living|work))?\W*$
  `),
  relief: anyOf(String.raw`
    \bdisappear\w* tomorrow\b|\bif\b.*\b(?:they|it|that|this) (?:was|were) (?:all )?(?:just )?gone\b|
    \bwhat would (?:that|it|this|you|she|he|they) (?:mean|do|change|be worth|look(?! for| at)|use)\b(?! (?:about|to|
    for it))|\bwhat would a (?:\w+ )?\w+ (?:mean|change)\b|\bwhat difference\b|\bhow would (?:that|it|things|
    your \w+|a (?:\w+ )?\w+) (?:change|be|look|feel)\b|\bif (?:there (?:was|were) no|(?:it|they|that|this|those|
    the \w+|your \w+) (?:(?:was|were) (?:all |just )?(?:gone|fixed|solved|cut)|(?:just |simply )?worked|stopped))\b
  `),
  partner: anyOf(String.raw`
    \b(?:${SPOUSE}|he|she)\b.*\b(?:think|thinks|say|says|said|feel|feels|want|wants|mind|worry|worries|worried|
    bother\w*|happy|on board|hate|hates|okay with|opinion|care|cares|know|like|notice|noticed|react|agree|need|ask|
    seen|see|trouble|problems?|issues?|suffer|sit|sits|use|uses|go|goes)\b|\b(?:bother|annoy|worry|scare|
    upset)\w* (?:your )?(?:${SPOUSE}|her|him)\b|\bwhat about (?:him|her|your (?:${SPOUSE}))\b|\b(?:like|
    for) (?:for )?your (?:${SPOUSE})\b
  `),
  needs: anyOf(String.raw`
    \bwhat (?:are|do) you look(?:ing)? (?:at|for)\b|\bcriteri(?:a|on)\b|\bwhat (?:would|do|did) (?:you|it|we|
    i) (?:need|expect|take|have to|want to see|want to know|look for)\b(?!.*\b(?:happen|do about)\b)|
    \bwhat (?:would|do) you (?:want|like) me to\b
  `),
  decision: except(
    /\bwho (?:takes care|looks after) (?:of )?(?:your|the|those|these|them|it)?\s?(?:pests?|bugs|roof|roses?|garden|yard|them|it)\b|\bjust you and\b.*/u,
    anyOf(String.raw`
    \bdecid\w*|\bdecision\w*|\banyone else (?:involved|who|i should|that|in the)|\bwho (?:else )?(?:makes|has the|
    wears|is in charge|handles the (?:bills|house|money)|would (?:need|have)|needs to|should)\b|\bwho (?:takes care|
    looks after|helps you)\b|\btalk (?:it|this|that|things) over\b|\b(?:${SPOUSE})\b|\bsomeone else\b|\bjust (?:you|
    yourself)\b|\bon your own\b.*\bdecide|\bin charge\b|\b(?:has|have|get|gets) a say\b|\bwho besides\b|\bwho(?:'d|\swould|\selse would)? (?:want|like|need) to\b
  `),
  ),
  kids: anyOf(String.raw`
    \b(?:kids?|child|children|little ones?|young(?:er)? ones|grandk\w+|grandchild\w*|daughters?|sons?|boys?|girls?|
    baby|babies|toddlers?)\b
  `),
  pets: anyOf(String.raw`
    \b(?:pets?|dogs?|cats?|animals?|pupp\w+)\b
  `),
  family: except(
    /\b(?:bother|annoy|disturb|affect|worr)\w* (?:you or )?your family\b/u,
    anyOf(String.raw`
    \bwho (?:else |all )?(?:lives|is (?:in|living)|do you live)\b|\b(?:about|have a|big|large|with|
    whole) (?:your )?family\b|\byour family\W*$|\bfamily (?:live|here|at home)|\bhow many (?:people|of you|are you|
    in the)\b|\b(?:live|living) (?:here )?(?:alone|by yourself)\b|\bmarried\b|\bwho\b.*\baffected\b|\bhousehold\b|
    \bjust you and\b|\beveryone (?:in|at)\b|\bany(?:one|body) else (?:live|living|in)\b|\bwho else (?:lives|is|uses|
    works|in|here|at)\b|\b(?:he|she|they) live\b|\blive (?:here )?with you\b
  `),
  ),
  owner: except(
    /\b(?:your|my|their|its|on her|on his) own(?! (?:house|home|place))\w*/u,
    anyOf(String.raw`
    \b(?:own|owns|owner|homeowner)\b(?! (?:business|boss))|\brent(?:ing|ed|er)?\b|\blandlord\b|\bis (?:it|this|
    the house|the place) (?:yours|your (?:own )?(?:house|home|place))\b|\baccount holder\b|\bwhose name\b|
    \bpaid off\b
  `),
  ),
  plans: anyOf(String.raw`
    \b(?:plan\w*|thinking (?:of|about)|looking to|going to|want to|intend\w*|expect to)\b.*\b(?:stay\w*|stick\w*|
    mov(?:e|ing)|sell\w*|live|living|be(?:ing)? here|here)\b|\bplans? for (?:the|this|your) (?:house|home|place|
    future)\b|\bforever home\b|\bsee yourself\b|\bleave (?:the|this|your) (?:house|home|place) to\b|
    \bare you staying\b|\b(?:will you|you'll) be here\b|\bsell (?:the|your|this) (?:house|home|place)\b
  `),
  tenure: anyOf(String.raw`
    \b(?:how long|since when|when did you|how many years)\b.*\b(?:lived?|living|been (?:here|in (?:the|this|your)|
    at this|around)|mov(?:e|ed)|bought|buy|own\w*|had (?:the|this|your) (?:house|home|place)|in the (?:house|home|
    area|neigh\w+))\b|\b(?:you|are|originally) from (?:around )?here\b|\bgr[eo]w up\b|\bborn (?:here|and)\b|
    \blived? (?:here|around)\b|\bnew (?:to|in) (?:the|this)\b|\blong\b.*\b(?:in this|in the) (?:town|neigh\w+|
    area)\b
  `),
  age: anyOf(String.raw`
    \bhow many years (?:has|have|is)\b.*\b(?:roof|house|shingles)\b|\bhow many years old\b|\bhow old (?!are (?:you|
    they)\b)|\bwhen (?:was|were) (?:it|the \w+|this \w+|your \w+) (?:built|put|installed|last|replaced|done)\b|
    \bthe age of\b|\b(?:year|when) (?:was|is) .*built\b|\b(?:put|built) it (?:on|up|all|yourself)\b|\bwho (?:built|
    put it|put the|installed|did the roof)\b|\bwho did (?:the|your) (?:work|roof)\b|\bhow (?:new|recent)\b|
    \blast (?:replaced|redone)\b|\boriginal (?:roof|shingles)\b
  `),
  size: anyOf(String.raw`
    \bhow (?:big|large) (?:is |are |was )?(?:the|your|this|a) (?:house|home|place|property|garage|roof|basement)\b|
    \bcrawl ?space\b|\bslab\b|\bsquare f\w+|\bsq\.? ?f\w+|\b(?:have|got|many) (?:\w+ )?(?:bed|
    bath)rooms\b|\bhow many (?:rooms|floors|stor(?:y|ey|ies|eys)|levels|baths)\b|\b(?:have|got|is there) (?:a|an|
    any) (?:\w+ )?(?:basement|attic|crawl ?space)\b|\b(?:one|two|single) (?:story|storey|floor)\b
  `),
  insurance: anyOf(String.raw`
    \binsur\w*|\bclaims?\b|\badjuster\b|\bdeductible\b
  `),
  quotes: except(
    /\b(?:happened|wrong) with (?:the |that )?other\b|\bwhat did (?:the|those) other (?:\w+ )?\w+ (?:do|say|tell)\b|\bannoy\w* .*/u,
    anyOf(String.raw`
    \b(?:first|second|cheapest|best) (?:company|offer|quote)\b|\bwhich offer\b|\bothers? (?:offer|charge|
    propose)\w*|\blook(?:ed|ing)? at (?:any )?other\b|\b(?:quot\w+|(?:other|any|some|free) estimates?|estimates|
    bids?|their offers?|other offers?|offers)\b|\bother (?:${FIRM}|options|lot|ones?|
    fellows?)\b(?!.*\b(?:promise\w*|did|said|told|telling)\b)|\b(?:who|what) (?:are|were) the others?\b|
    \bwho the others\b|\bhow many (?:\w+ )?(?:${FIRM}|men|salesmen|of (?:us|them))\b.*\b(?:came|come|been|stopped|
    knock\w*|talked)\b|\b(?:anyone|anybody|who) else (?:come|came|been|stop\w*|quote\w*|knock\w*|talk\w*|
    approach\w*|have you (?:talked|spoken))|\bshop\w* around\b|\bcompetit\w+|\bcompar(?:ed|ing)\b|
    \b(?:the )?other (?:two|three|four)\b|\btalk(?:ed|ing) to (?:anyone|any) (?:else|other)|\bwho else (?:are|have|
    did|were) you\b
  `),
  ),
  contract: anyOf(String.raw`
    \b(?:contracts?|locked in\w*|tied (?:in|into|down|to)|cancell\w+|cancel|commitment|agreement|lease|
    termination)\b|\bmonth to month\b|\bstuck (?:with|in)\b|\bget out\b|\bcurrent plan\b|\bto (?:get out|
    leave (?:early|them|now)|break it)\b|\b(?:exit|early|termination|leaving|cancellation|
    the) (?:termination )?fees?\b|\bplan (?:do )?you(?:'re)? (?:have|on)\b|\bwhat plan\b
  `),
  whynot: anyOf(String.raw`
    \bwhy (?:haven't|have you not|didn't you|did you not|don't you|hasn't|haven't you|have you never|never|now)\b|
    \bwhat(?:'s| has| is)? (?:kept|keeping|keeps|stopped|prevented)\b|\b(?:what makes|why are) you (?:so )?(?:careful|
    s[ck]eptical|hesitant|suspicious|cautious)\b|\bhow come you (?:haven't|didn't|never|don't)|\bwhy\b.*\b(?:before|
    yet|sooner|already|earlier|wait\w*)\b|\b(?:thought about|considered|planning on|going to) (?:getting|having|
    doing|fixing|calling|hiring|switching|replacing)\b
  `),
  before: except(
    /\b(?:hired?|used?|called?)\b.*\b(?:last|previous|prior|old|former|other)\b|\bdid they (?:all )?(?:come|return)\w* back (?:from|after|again)\w*/u,
    anyOf(String.raw`
    \b(?:last|previous|prior|old|former|other) (?:${FIRM}|ones?|time|experience|visit|treatment)\b|\bpromis\w*|
    \b(?:the|those) other (?:\w+ ){1,2}(?:do|say|tell)\b|\bother (?:\w+ )?(?:${FIRM})\b|\bbad luck\b|
    \bannoy\w* you\b.*\b(?:them|those|people|sales\w*|others?)\b|\bany of (?:them|those)\b|\bthe contract that\b|
    \bwent bad\b|\btreated you\b|\bfinish the job\b|\byour problem with\b|\bcalled (?:their|the) (?:hotline|
    support)\b|\b(?:guys|fellas|people|they) (?:been |all )?tell(?:ing)?\b|\btrouble with (?:a|an|the|your|another|
    some|that) (?:\w+ )?(?:${FIRM})\b|\bothers? (?:(?:${FIRM}) )?(?:been |all )?tell(?:ing)?\b|\b(?:what|
    how)(?: did|'d) (?:they|he|she) (?:all )?(?:do|say|tell|charge|find|use|take|want|promise|treat)\b|
    \bdid (?:they|he) (?:ever )?(?:come|show|call|do|treat|answer|explain|pay|give|refund|fix)\b|\bmoney back\b|
    \bwhat (?:they|he|she) did\b|\bwhat did (?:the )?(?:\w+ ){0,2}(?:company|provider|hotline|support|guys?) (?:say|
    do|tell)\b|\b(?:went|go|gone) wrong\b|\b(?:bad|good|past) experience\w*|\bwhat (?:happened|did you (?:not |
    dis)?like)\b|\bwhat (?:didn't|don't|do) you (?:not )?like about\b|\b(?:happy|satisfied) with (?:them|him|
    your (?:provider|internet|current|last))|\bburned\b|\bdislike\w*\b|\btheir service\b|\bcomplain\w*|
    \bcharged? you\b|\btreat you\b|\bget (?:on|along) with (?:them|it|him)\b|\b(?:problem with|hate|against|
    don't like) (?:us|me|guys|people|\w+ (?:guys|people|control)|sales\w*|roofers)\b|\b(?:sales(?:men|man|people)|
    people like me|guys like me)\b|\bwhat did (?:they|he) (?:try|sell|offer|give|want)\b|\b(?:try|trying|
    tried) to sell\b|\b(?:call|phone|reach|contact|hear from|heard from|complain to)(?:ed)? (?:them|him|customer|
    support|the (?:company|hotline|provider))\b
  `),
  ),
  company: except(
    /\b(?:concern|worr)\w*.*/u,
    anyOf(String.raw`
    \bwho(?:'s your\b| (?:do|did|are|have|were|was|is|handles|takes care|does|treats|sprays|services|supplies|
    provides)\b).*\b(?:use|using|used|hired?|with|have|had|go with|get|provid\w+|compan\w+|that|it|this|your|
    currently|now)\b|\b(?:which|what) (?:${FIRM}|internet)\b|\b(?:do|are|did|have) you (?:currently |already |ever |
    still |guys |even )*(?:have|use|using|used|hire|hired|got|working with|with|had|pay|paying|
    called?)(?: out)? (?:a|an|any|some|anyone|anybody|someone|somebody|another)?\s?(?:\w+ ){0,3}?(?:${FIRM}|
    professionals?|pros?|anyone|anybody|someone|somebody|exterminator|inspection)\b|\b(?:anyone|anybody|someone|
    somebody|a (?:pro|professional|company|roofer)|professional\w*)\b.*\b(?:come|came|look\w*|check\w*|see|seen|
    treat\w*|inspect\w*|out|spray\w*|been (?:up|out|here|by|on)|take care|takes care|taking care|handle\w*|work\w*|
    help\w*|for (?:that|this|it))\b|\bprovider\b|\binternet (?:company|service)\b|\bcarrier\b|\bisp\b|
    \bhave you (?:ever )?(?:had|used|tried|done) (?:\w+ )?(?:pest control|treatments?)\b|\bworked with\b|
    \bcall(?:ed|ing) (?:anyone|anybody|someone|a)\b|\bwho(?:'d| would)(?: you)? (?:normally|usually) (?:fix|do|call|
    ask|come)\b
  `),
  ),
  timeline: anyOf(String.raw`
    \btime ?(?:line|frame)\b|\bhow soon\b|\bwhen (?:do|would|did) you (?:want|need|like|hope)\b|\bdeadline\b|
    \bin a (?:hurry|rush)\b
  `),
  use: except(
    /\bmany devices?\b|\bwi ?fi (?:reliable|good|stable|work\w*)\b/u,
    anyOf(String.raw`
    \brun the (?:ac|a c|a/c|air)\b|\buse (?:it|the (?:internet|wifi|connection)|your (?:internet|wifi))\b|
    \bstream\w*|\bgam(?:e|es|ing)\b|\bdevices?\b|\bvideo (?:calls?|meetings?)\b|\b(?:tv|netflix|television)\b|
    \bzoom\b|\bonline\b|\bwifi\b|\bwi fi\b
  `),
  ),
  helped: except(
    /\b(?:connection|internet|wi ?fi|line|roof|house|kitchen|place) (?:been )?hold\w* up\b|\bhow it works\b|\bto your work\b|\bdefine success\b/u,
    anyOf(String.raw`
    ^(?!.*\b(?:affect|bother|impact)).*\b(?:did|does|is|has|was|how|were|are)\b.*\b(?:it|that|they|those|this|
    the \w+|these|you)\b.*\b(?:work(?:ed|ing|s)?(?: out)?|help(?:ed|ing|s)?|effective|do the trick|any (?:good|
    better|luck)|luck|success\w*|make a difference|hold(?:ing)?|held|solve|enough|lasted|come back|came back)\b|
    \bwhat happens (?:then|after|next)\b|\bwhat (?:were|was|are) the (?:results?|outcome)\b|^(?:so |
    and )*(?:any luck|did it\W*$|has it\W*$)|\bhow did (?:that|it) (?:go|turn)\b|\bdid you catch\b|\b(?:did|
    does) (?:that|it|they) save\b|\bhow (?:well|long) (?:did|does|do|will) (?:the|your|that|
    those) (?:\w+ )?(?:sprays?|traps?|patch|repair|fix|bulbs|bait|treatment)\b|\b(?:did|does|will) (?:your|
    the) (?:\w+ )?(?:repair|patch|fix|spray|treatment) (?:last|hold)\b|\b(?:patch|repair) will hold\b|
    \bback afterwards\b|\bdoing since you\b
  `),
  ),
  tried: except(
    /\b(?:was|were|be|is|are) (?:spray|fix|patch|repair|handl|treat|set|put)\w*|\b(?:mow|garden|lawn|yard)\w*.*/u,
    anyOf(String.raw`
    \btr(?:y|ied|ying)\b|\bhad a go\b|\bwhat did you (?:fix|repair|patch|do)\b|\bdo(?:ne|ing)? (?:anything|
    something|much|so far|about|to (?:stop|fix|keep|get))\b|\bwhat (?:have|did|are|do) you (?:usually |normally |
    currently |already |all )?(?:done|do|doing|been doing|use|used|using|been using)\b|\buse any\w*\b|
    \bget(?:ting)? rid\b|\bso far\b|\b(?:do|did|done|doing|fix\w*|handl\w*|treat\w*|spray\w*|something|
    anything) .*yourself\b|\b(?:spray|fix|patch|repair|handle|handl|treat|set|put)(?:ed|ing|s)?\b.*\b(?:it|them|
    that|this|with|for|out|up|traps?|already|ever)\b|\bhow (?:do|did|have|are) you (?:\w+ )?(?:handl\w+|deal\w*|
    manag\w+|fix\w*|cop\w+|keep\w*|treat\w*)\b|\bused? (?:on|for|against|anything)\b|\b(?:kind|sort|type|
    brand)s? of (?:\w+ )?(?:sprays?|bait|traps?|poison|product|tar|stuff)\b|\btraps?\b|\bspray(?:s|ed)?\b|
    \bput (?:\w+ )?(?:down|out)\b|\bbought (?:any|some)\w*|\byour go to\b|\btroubleshoot\w*|\bany (?:products?|
    repairs?|steps?)\b
  `),
  ),
  cause: anyOf(String.raw`
    \bcaus(?:e|es|ed|ing)\b|\bma(?:ke|kes|de) (?:it|them|that) (?:go|so|get|come)\b|\bdriv(?:es|ing) (?:it|that|
    this|them|up)\b|\bwhat are they after\b|\bwhy do you think (?:they|it|that)\b|\bany idea why\b|\bmakes? (?:the|
    your) \w+ (?:so|go)\b|\bwhy (?:is|are|do|does) (?:it|that|they|the \w+|your \w+)\b.*\b(?:high|here|there|come|
    keep|coming|worse|slow|freez\w+)\b|\bwhat(?:'s| is) behind\b
  `),
  severity: except(
    /^.*\b(?:times? of|certain (?:times?|hours)|(?:which|what) months?)\b.*$/u,
    anyOf(String.raw`
    \bchanged? (?:since|at all|much|over)\b|\bhow (?:bad|serious|severe|urgent|big)(?:'s| (?:is|are|of|was|does|a|
    an))\b|\bhow much (?:of a|does (?:it|that|this) bother)\b|\bscale\b|\bgrow(?:ing|n|s)\b|\bbigger\b|
    \bmore of them\b|\bthan last year\b|\bone to ten\b|\bhow (?:bad|serious|severe|urgent)\W*$|\b(?:get(?:ting)?|
    gotten|got|become|becoming) (?:any )?(?:worse|better|bigger|more)\b|\bworse\b|\bserious\b|\burgent\b|
    \bspread\w*|\ba lot (?:of (?:them|it|money)|for)\b|\b(?:big|huge|real) (?:problem|issue|deal)\b|\bmanageable\b
  `),
  ),
  since: anyOf(String.raw`
    \bhow long\b(?! (?:would|will|does))|\b(?:since|from) (?:when|how)\b|\bwhen did\b|\bfirst (?:time|notic\w*|see|
    saw|start\w*|spot\w*|appear\w*)\b|\bwhen (?:was|were) the (?:first|last)\b|\bhow many (?:years|months|weeks)\b|
    \bgoing on (?:for|long)\b|\b(?:recent|new) (?:problem|thing|issue)\b|\bgone up\b|\bis this (?:new|the first)\b|
    \b(?:every|last|each|past) year\b|\bstarted when\b|\bsomething new\b|\bfirst (?:summer|year|season)\b|
    \brais(?:e|ed|ing) (?:its|their|the|your) (?:rates?|prices?)\b|\bever (?:been )?(?:good|better|fine|stable)\b|
    \bbeen (?:there|here|like (?:that|this)|going on|this way|happening|around) (?:for )?(?:very |that |
    too )?(?:long|a while|ages)\b|\bhow recent\w*\b
  `),
  often: anyOf(String.raw`
    \bhow (?:often|many times|frequent\w*|regular\w*)\b|\b(?:it|they|that|this|them|happen\w*)\b.*\bevery (?:day|
    week|night|month|time)\b|\ball the time\b|\bdaily\b|\ba lot or\b|\bnow and then\b|\beveryday\b|\bonce (?:in a|a)\b
  `),
  when: except(
    /\bup (?:at|during)\b/u,
    anyOf(String.raw`
    (?:^|\b(?:and|so|but) )(?:when|what time)\b.*\b(?:notic\w+|see|happens?|worst|worse|bad|most|usually|mostly|
    active|come out|drops?|freez\w+|slows?|fails?|go|goes|get|peak|peaks|highest|them|it)\b|\bworst time\b|
    \bwhich (?:months?|seasons?|days?|hours?)\b|\bsame time\b|
    \btime of (?:the )?(?:day|year|month)\b|\b(?:certain|specific|particular) (?:times?|days?|hours?)\b|\bseason\w*|
    \b(?:at|during the) (?:night|day|evening)s?\b|\bafter (?:it|the) rain\w*|\bwhen it rains\b|\b(?:summer|
    winter)s?\b.*\b(?:worse|worst|only|more)\b
  `),
  ),
  effect: except(
    /\bwould mak(?:e|es|ing)\b/u,
    anyOf(String.raw`
    \b(?:affect\w*|effect\w*|impact\w*|both(?:er|ers|ering)|frustrat\w+|annoy\w*|stress\w*|inconvenien\w*|cope|
    disrupt\w*|embarrass\w*)\b|\b(?:make|makes|making) (?:you|your|that|it|life)\b(?! feel (?:safe|comf|good|better|
    conf))|\bfeel (?:about (?:it|that|having|them|living)|when)\b|\bkeep\w* you (?:up|from)\b|\bcost you (?:when|
    in)\b|\bcut back\b|\boff to save\b|\bbugs you (?:the )?most\b|\bon a bad day\b|\bhav(?:e|ing) (?:people|guests|
    friends) over\b|\bmissing out\b|\bwhat happens\b.*\b(?:when|if) it (?:freez\w+|drops|fails|goes|stops)\b|
    \bhow is (?:that|it|this) for\b|\b(?:put up|live|living) with\b|\b(?:mean|do|done|does) (?:for|to) (?:you|
    your)\b|\b(?:worst|hardest) (?:part|thing)\b|\bworst about\b|\blos(?:e|t|ing)\b(?! (?:\w+ )?(?:shingles|tiles))|
    \bmiss(?:ed)?\b.*\b(?:work|call|meeting)s?\b|\buse the (?:porch|basement|garage|kitchen|room|yard)\b|
    \bcost you (?:a|any)\b|\b(?:clients?|customers?)\b
  `),
  ),
  count: anyOf(String.raw`
    \bhow many (?:devices|of (?:them|those)|are there|(?:\w+ ){0,2}(?:have|do|did|are) (?:you|there|they)|\w+ (?:on|
    in) the)\b
  `),
  food: anyOf(String.raw`
    \b(?:go after|attract\w*|eat|eating|food|feed|feeding|seeds?|pantry|cereal|crumbs|trash|garbage)\b
  `),
  budget: anyOf(String.raw`
    \bbudget\w*|\bafford\w*|\bin your head\b|\bspare\b|\bput towards?\b|\b(?:monthly|what) payment\b|
    \bmost you(?:'d| would) pay\b|\bprice (?:limit|you don't)\b|\bwere you (?:thinking|hoping|planning)\b|
    \bwilling to (?:pay|spend|invest)|\b(?:want|like|hop\w+|looking|able|prepared|expect\w*)(?: you)? to (?:pay|
    spend|invest|save)\b|\b(?:fair|right|good|reasonable) (?:price|number|amount)\b|\bcomfortable (?:paying|
    spending|with)\b|\bworth to you\b|\bprice range\b|\bin mind\b|\bexpect\w* (?:it|that|this|to)\b.*\b(?:cost|pay|
    be)\b|\bwhat (?:can|could) you (?:pay|spend|do|manage)\b|\btoo much\b|\bhow much (?:would|could|should|
    are you (?:willing|looking))\b|\bwould you (?:pay|spend)\b
  `),
  bill: except(
    /\byour bill to be\b|\blower bill\b/u,
    anyOf(String.raw`
    \b(?:bills?|pay|paying|paid|costs?|costing|spend|spending|spent|electric(?:ity|al)?(?! (?:car|vehicle|stove))|
    power|prices?|charge|charging|dollars|money)\b|\bhow much is (?:it|your|the|that)\b|\ba month\b|
    \btake you for\b|\brip you off\b
  `),
  ),
  entry: except(
    /^(?:have|has|are|is|did)\b.*\b(?:into|inside|in) (?:the|your) (?:house|home|kitchen|attic|bed\w*|bathroom|rest)\b.*$/u,
    anyOf(String.raw`
    \b(?:get|gets|getting|got|come|comes|coming|came|enter\w*) (?:in|inside|from|through|into)\b|\b(?:gaps?|holes?|
    cracks?|openings?|entry|entrance)\b
  `),
  ),
  condition: anyOf(String.raw`
    \b(?:good|bad|what|any|great) (?:\w+ )?(?:condition|shape)\b|\bcondition\b|\b(?:any|ever) (?:repairs|leak\w*)\b
  `),
  inside: anyOf(String.raw`
    \b(?:anywhere|somewhere|anyplace) (?:else|other)\b|\battached to\b|\b(?:made it|got|get|gotten|getting|been|
    come|came|spread) (?:up|in|into|inside)\b.*\b(?:house|bed\w*|upstairs|attic|living|kitchen|bathroom|rooms?)\b|
    \bmade it upstairs\b|\b(?:inside|indoors?|in the (?:house|home|kitchen|bedrooms?|living room|walls?|attic|
    ceiling|main house|rest of|other rooms)|other rooms?|ceiling|leak\w*|get(?:ting)? into (?:the|your))\b
  `),
  where: anyOf(String.raw`
    \bwhere(?:abouts)?\b|\bwhich (?:rooms?|side|part|area|corner|window|wall|way|direction|spot)\b|\bwhat (?:rooms?|
    areas?|parts?|side|spots?)\b|\b(?:get|getting|come|coming|came|enter\w*) (?:in|from|
    through)\b(?! (?:the )?(?:morning|afternoon|evening|night|summer|winter|january|july|august|december))|
    \bpoint (?:me|out)\b|\bgaps?\b|\bholes?\b|\bcracks?\b|\bface\w*\b|\bshade\b|\bsun\b
  `),
  speed: anyOf(String.raw`
    \bspeeds?\b|\b(?:how )?(?:fast|slow)\b|\bmeg(?:a\w*|s)?\b|\bmbps\b|\bgig\w*|\bbandwidth\b|\bdownload\w*|
    \bupload\w*
  `),
  garden: anyOf(String.raw`
    \b(?:gardens?|gardening|mow|yard|lawn|pool|backyard|trees?|flowers?|grass|patio|plants)\b
  `),
  wish: anyOf(String.raw`
    \bmagic wand\b|\bsnap (?:your|my) fingers\b|\b(?:change|fix|improve) (?:one|1|a single|anything|something|
    first)\b|\bone thing\b.*\b(?:change|fix|different|better)\b|\bideal\w*|\b(?:a|the|your) (?:\w+ )?perfect\b|
    \b(?:want|hope|hoping|wish|love|need|like) to (?:be|see|have|happen|achieve|get)\b|\b(?:want|hope|wish|
    need) (?:it|that|out of|from|for)\b|\bdream\b|\bgoals?\b|\bcome out of (?:this|it)\b|\bwhat result\b|
    \bdefine success\b|\bwant done\b|\byour bill to be\b|\bhoping for\b|\bbest case\b|\blooking for\b|\bwould (?:be|
    make you) happ\w+|\bgood result\b|\bsuccess look\b|\bgood solution\b|\bperfect look\b|\b(?:best|good|perfect|
    great|happy) (?:outcome|result|ending|case)\b
  `),
  matters: anyOf(String.raw`
    \bmatter\w*|\bimportan\w+|\bworr\w+|\bconcern\w*|\bcare about\b|\blook for\b|\bneed (?:to (?:see|know|hear|
    feel)|from)\b|\bexpect\w*|\btrust\w*|\bwould (?:help|it take|make|convince|have to|change|get you|you need)\b|
    \bconvinc\w+|\bfeel (?:safe|comfortable|better|good|confident)\b|\bafraid\b|\bno brainer\b|\bdeal ?breaker\b|
    \bpriorit\w+|\bchange your mind\b|\b(?:mean|means|value|want|need|like|fear|annoys you|bothers you|
    bugs you) (?:the )?most\W*$|\bwin you\b|\bwant (?:in|from) (?:a|your)\b|\bprefer\w*
  `),
  knows: except(
    /\bwould you consider\w*/u,
    anyOf(String.raw`
    \b(?:know|heard|hear|read|familiar|learn\w*|seen) (?:\w+ )?(?:about|of|anything (?:about|of)|much|what|how)\b|
    \bfamiliar\b|\bresearch\w*\b|\bdifference between\b|\bknow (?:how|what|why)\b|\bever (?:thought|considered|
    looked|heard|seen)\b|\bthought (?:about|of)\b|\blooked (?:into|at)\b|\bconsider\w*
  `),
  ),
  problem: anyOf(String.raw`
    \bproblems?\b|\bissues?\b|\bnotic\w+|\bse(?:e|en|eing)\b|\bbugs?\b|\bpests?\b|\binsects?\b|\bdamag\w+|
    \btroubl\w+|\bgoing on\b|\banything wrong\b|\bwrong\b|\bstorms?\b|\bhappen\w*|\bhow(?:'s| is| are) (?:the|your|
    things with)\b|\bcritters?\b|\brodents?\b|\bcreep\w*|\bspot\w*|\bleaks?\b|\b(?:happy|satisfied) with\b|
    \blet(?:s|ting)? you down\b|\b(?:play|act)(?:s|ing)? up\b|\breliab\w*|\bbring\w* (?:you|it)\b|\b(?:getting|got|
    have|had) (?:them|any|those|it)(?: (?:too|here|as well|yourself|also))?\W*$|\bcrawl\w*
  `),
  want: anyOf(String.raw`
    \binterest\w*|\bwould you (?:like|want|be|consider|try)\b|\bdo you (?:want|need)\b|\bopen to\b|\bworth (?:a|
    it)\b|\bwilling\b|\bwant (?:it|that|one|some|me)\b
  `),
  house: anyOf(String.raw`
    \b(?:house|home|roof|garage|kitchen|place|built|basement|attic)\b
  `),
});
