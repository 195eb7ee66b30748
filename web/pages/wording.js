/** Wordings that the scripted homeowner tells apart, beside those of hearing.js. Data. */
export const AMOUNT = ["$", "dollar*", "a month", "per month", "less than", "year*", "we"];
export const PRICE_OPINION = ["too much", "expensive", "more than you", "spend", "payment"];
export const INSTALLS = /\b(?:technician|crew|installer|install|team|start)\b/u;
export const RETURNS = /\b(?:come|be|stop|call|drop|swing) (?:back|by|again)\b/u;
/** "What would your husband want to know?" is about him, though "want to know" asks for doubts. */
export const PERSONAL = ["home", "partner", "work", "neighbours", "whynot", "relief"];
export const WEIGHED = ["more", "doubt", "opinion", "interest"];
export const GIVES_BACK = /\byour?\b|^(?:so|and|yeah|yes|right|ah|oh|wow|ugh|ok|okay|ouch)\b/u;
export const IF_WE = /\b(?:what if|if) (?:i|we)\b/u;
/** "So you paid up front and they vanished?" */
export const BACK = /^(?:so|and) (?:you|they|he|she|it)(?:'ve|'re|'d)? (?!(?:got|need|want|ever|have|use|own)\b)/u;
/** Passes over the person or the thing that the homeowner named. */
export const DENIES =
  /\byou (?:don't|do not|won't) (?:need|have) (?:to (?:compare|ask|talk|think|wait(?! (?:until|till)))|(?:your |the |any )?(?:husband|wife|daughter|partner|him|her|one else|one)\b)|\binsurance (?:will|would|is going to|pays|covers)\b/u;
export const ENDS_ASKING = /\b(?:when|what|where|who|how (?:long|much|many))\W*$/u;
export const PROPOSES =
  /\b(?:let's|(?:shall|can|could|should|how about) (?:i|we)|(?:i|we) (?:could|can|do|come)\b.*(?:today|tonight|tomorrow|day)|(?:tomorrow|today|tonight|day) (?:ok|okay|good|fine)$|what about (?:tonight|tomorrow)|say \d)\b/u;
export const DATED = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\btomorrow\b|\bnext week\b/u;
export const SIGN_HERE = /\bsignature\b|\bsign (?:here|this|it|up|the|please)\b/u;
export const CHOICE_OF_DAYS = /day\b.*\bor\b.*day\b|day\b.*\b(?:better|suit|work|okay|ok|good)\b/u;
/** "You're not a roofer, are you?" */
export const DENIAL = /\bnot\b|\bnever\b|n't\b(?=.*,)/u;
export const NOW_PAID = /\byou(?:'re)? (?:\w+ )?pay(?:ing)?\b|\byour bill\b/u;
/** "I hear you have kids. How old are they?" */
export const OF_THEM = /\b(?:they|them|he|she)\b/u;
export const PEOPLE = ["kids", "pets", "partner"];
/** "Would you like to ask your wife first?" asks for more than interest. */
export const FIRST_OF_ALL = ["decision", "plans"];
export const POINTS = /\b(?:that|it|them|those|any)\b/u;
export const CONFIRMS =
  /^(?:is (?:that|this|it) |am i |did i get (?:that|it) |that's |have i got that )?(?:right|correct|fair|true)\W*$/u;
export const OF_OFFER = /\b(?:we|our|us|i|price|offer|deal)\b/u;
