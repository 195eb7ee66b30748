/** What every scripted homeowner says; the sayings of a list take turns. */
export const SILENCE = ["Hello? Are you still there?", "I can't hear you. Is there something you want?"];
export const NOT_YET = ["Not so fast.", "Hold on.", "One thing first."];
export const NOT_CONVINCED = ["Maybe so.", "That may be.", "Well."];
export const LET_IT_BE = ["Hm. I'm not convinced about that yet.", "Well, I'd have to think about that."];
export const NOT_AGREED = "Hold on, I have not agreed to anything.";
export const FOR_SYMPATHY = ["Yes. You can imagine.", "It is what it is, but yes.", "Thanks. It's a nuisance, really."];
export const AND_NOW = ["So, what do you suggest?", "And what would you do about it?", "Alright. What comes next?"];
export const SHOW_ME = ["Alright, but make it quick.", "Go on, then. Show me."];
export const FIND_OUT = ["Then find out, and let me know.", "I'd want to know that before anything else."];
export const THINKING = ["I'm still thinking. One thing, though:", "Not bad so far. But one thing:", "Maybe."];
export const GO_AHEAD = ["Alright, ask.", "If it's quick.", "Go ahead."];
export const HEARD_OUT = ["I'm listening. But get to the point.", "I am hearing you out, am I not?"];
export const OFFERED = ["Yes, let me see that.", "If you have it with you, yes."];
export const TAGGED = ["You could say that.", "I suppose so.", "Pretty much, yes."];
export const STILL_UNKNOWN = "You still haven't told me who you are.";
