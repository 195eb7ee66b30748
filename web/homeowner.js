/**
 * A small scripted homeowner for typed practice, where no voice is configured. Each one is a state machine over the rep's
 * words: wary until somebody introduces themselves, then open to questions, then full of objections, and at the end ready to
 * decide if they were dealt with. Pure: no clock, no randomness, so that a talk can be told again.
 *
 * @typedef {{id: string, name: string, mood: string, blurb: string, level: "Gentle"|"Fair"|"Tough", patience: number,
 *   opening: string, thaw: string, facts: [RegExp, string][], objections: {says: string, softens: RegExp}[],
 *   fillers: string[], yes: string, no: string}} Persona `patience`: pushes for a signature it takes before it closes the door
 */

/** @type {Persona[]} */
export const PERSONAS = [
  {
    id: "maria",
    name: "Maria Lopez",
    mood: "Friendly, short of time",
    level: "Gentle",
    patience: 4,
    blurb: "Ants in the kitchen, two small children, dinner on the stove.",
    opening: "Hi! Sorry, I've got something on the stove. What is this about?",
    thaw: "Alright, nice to meet you. I have a couple of minutes.",
    facts: [
      [
        /ant|bug|pest|insect|see|seen|notice|problem|issue/i,
        "Ants, mostly. They come in under the kitchen window every time it rains.",
      ],
      [/long|when|start|since/i, "It started in spring. It's been getting worse for about two months."],
      [/kid|child|famil|pet|dog|cat|home/i, "Two kids, four and six. The little one puts everything in her mouth."],
      [/tried|try|spray|before|already|using|use/i, "Just the spray from the supermarket. It works for two days."],
      [
        /matter|important|worr|concern|want|hope/i,
        "That it's safe for the children. That comes before everything else.",
      ],
    ],
    objections: [
      {
        says: "I'm not sure about chemicals with the kids around.",
        softens: /safe|child|kid|pet|dry|natural|label|understand|outside/i,
      },
      {
        says: "And what does it cost? We're watching our money at the moment.",
        softens: /\$|\d|month|cost|price|worth|save|understand|less than|include/i,
      },
      {
        says: "I should really talk to my husband first.",
        softens: /husband|together|both|call|tonight|understand|fair|he |him/i,
      },
    ],
    fillers: ["Mm, I see.", "Okay. Go on.", "That makes sense, I think."],
    yes: "You know what, let's do it. Thursday morning would be good.",
    no: "I really have to get back to the stove. Have a good evening!",
  },
  {
    id: "walter",
    name: "Walter Boone",
    mood: "Retired, been sold to before",
    level: "Fair",
    patience: 3,
    blurb: "Wasps in the eaves. Paid for a contract once that nobody honoured.",
    opening: "Yes? If you're selling something, I've heard it all before.",
    thaw: "Hm. At least you gave your name. Go on, then.",
    facts: [
      [/wasp|nest|bug|pest|see|seen|notice|problem|issue/i, "There's a wasp nest up in the eaves. Third year running."],
      [/long|when|start|since/i, "Since the summer before last. They come back to the same corner."],
      [
        /before|last|company|contract|happen|previous|bad/i,
        "The last outfit took two hundred dollars and never came back.",
      ],
      [/tried|try|spray|yourself|already/i, "I went up a ladder with a can. My wife won't let me do that again."],
      [
        /matter|important|worr|concern|want|expect|need/i,
        "That someone picks up the telephone when I call. Nothing more.",
      ],
    ],
    objections: [
      {
        says: "How do I know you'll still be here next year?",
        softens: /guarantee|year|local|license|office|come back|call|number|understand|free/i,
      },
      {
        says: "Your price will be higher than the fellow down the road, I expect.",
        softens: /\$|\d|include|compare|because|value|worth|price|understand/i,
      },
      {
        says: "I don't sign anything on the doorstep.",
        softens: /cancel|no contract|month|today|read|leave|think|understand|days|card/i,
      },
    ],
    fillers: ["Is that so.", "Hm.", "I've been told that before."],
    yes: "Well. You listened, which is more than the last one did. Put me down for Monday.",
    no: "I think we're done here. Good day.",
  },
  {
    id: "priya",
    name: "Priya Shah",
    mood: "Works from home, wants numbers",
    level: "Fair",
    patience: 3,
    blurb: "Mice in the garage. Compares three offers before she buys a kettle.",
    opening: "Hello. I'm between two calls, so please be quick. What do you offer?",
    thaw: "Okay, thanks for being clear. You have until my next call.",
    facts: [
      [
        /mouse|mice|rodent|pest|see|seen|notice|problem|issue|find/i,
        "Mice in the garage. I found droppings behind the freezer.",
      ],
      [/long|when|start|since|often/i, "About three weeks. I check every Sunday, and there is more each time."],
      [/tried|try|trap|already|before|done/i, "Six snap traps. I caught two in the first week and none since."],
      [
        /matter|important|worr|concern|want|decide|look for/i,
        "Evidence that it works. How many visits, what happens if they return.",
      ],
      [
        /garage|house|gap|door|pipe|attic|home|where/i,
        "The garage door doesn't close properly on the left. That's probably it.",
      ],
    ],
    objections: [
      {
        says: "I want to compare two other companies first.",
        softens: /compare|other|differen|include|guarantee|fair|understand|ask/i,
      },
      { says: "What is the total for a year? Not per month, the total.", softens: /\$|\d|total|year|twelve/i },
      {
        says: "And if they come back after your treatment?",
        softens: /free|come back|return|guarantee|no charge|again|days/i,
      },
    ],
    fillers: ["Noted.", "Right. Next point?", "Do you have a number for that?"],
    yes: "Fine, that is a complete answer. Send me the appointment for next week.",
    no: "My next call is starting. Please leave a leaflet.",
  },
  {
    id: "dale",
    name: "Dale Hutchins",
    mood: "Annoyed before you ring",
    level: "Tough",
    patience: 2,
    blurb: "There is a No Soliciting sign, and you are standing in front of it.",
    opening: "Can't you read? There's a sign on the door.",
    thaw: "Whatever. Thirty seconds, and I'm counting.",
    facts: [
      [
        /spider|bug|pest|see|seen|notice|problem|issue|basement/i,
        "Spiders in the basement, if you have to know. Everybody has spiders.",
      ],
      [/long|when|start|since/i, "How should I know? Always."],
      [/tried|try|spray|already|before/i, "I don't try anything. I shut the basement door."],
      [
        /matter|important|worr|concern|want|need|bother/i,
        "I want to be left alone. My daughter hates going down there, that's all.",
      ],
      [/daughter|famil|kid|wife|home/i, "She's nine. She won't fetch the bikes by herself."],
    ],
    objections: [
      {
        says: "I'm not interested. I told the last three of you the same.",
        softens: /understand|fair|sorry|hear|sign|respect|thank|daughter/i,
      },
      {
        says: "You people always say it's safe. Prove it.",
        softens: /label|epa|regist|show|sheet|dry|safe|guarantee|proof/i,
      },
      {
        says: "It's too expensive for something I don't need.",
        softens: /\$|\d|less|cost|worth|first|free|month|understand|daughter/i,
      },
      {
        says: "I'd have to think about it.",
        softens: /think|question|hold|card|number|today|understand|fair|what would/i,
      },
    ],
    fillers: ["So?", "Are you finished?", "Get to the point."],
    yes: "Fine. For the kid. Saturday, and not before ten.",
    no: "That's it. Goodbye.",
  },
];

const INTRODUCTION = /\b(my name is|my name's|i'm|i am|this is|with|from)\b/i;
const CLOSING =
  /\b(sign|schedule|book|appointment|get you (started|set up)|start today|shall we|which day|what day|morning or|go ahead|put you down|set (it|that|this) up)\b/i;
const INSIST = ["That isn't what I asked.", "You have not really answered me, so I'm not convinced."];
const PRICE = /\b(price|cost|\$|dollars?|month)\b/i;

/**
 * @param {Persona} persona
 * @returns {{opening: string, reply: (text: string) => string, readonly over: boolean}} `reply` takes the rep's words and
 *   gives the homeowner's; `over` once the homeowner has decided
 */
export function createHomeowner(persona) {
  let met = false;
  let over = false;
  let pushes = 0;
  let insisted = 0; // times the objection on the table was passed over
  let unanswered = 0;
  let turn = 0;
  let objection = -1; // the one on the table; the length of the list once all are dealt with
  const told = new Set();

  const objecting = () => objection >= 0 && objection < persona.objections.length;
  const convinced = () => objection >= persona.objections.length && !unanswered;
  const nextObjection = () => {
    objection += 1;
    insisted = 0;
    return objecting() ? persona.objections[objection].says : null;
  };
  const finish = (/** @type {string} */ words) => {
    over = true;
    return words;
  };
  const answerTo = (/** @type {string} */ text) => {
    const index = persona.facts.findIndex(([asked], at) => !told.has(at) && asked.test(text));
    if (index < 0) return null;
    told.add(index);
    return persona.facts[index][1];
  };

  return {
    opening: persona.opening,
    get over() {
      return over;
    },
    reply(text) {
      turn += 1;
      if (over) return persona.no;
      if (CLOSING.test(text)) {
        if (convinced()) return finish(persona.yes);
        pushes += 1;
        if (pushes >= persona.patience) return finish(persona.no);
      }
      if (objecting()) {
        const { says, softens } = persona.objections[objection];
        if (softens.test(text)) {
          return nextObjection() ?? (unanswered ? INSIST[1] : "Alright, that answers it. So what happens next?");
        }
        insisted += 1;
        if (insisted < 2) return `${INSIST[0]} ${says}`;
        unanswered += 1;
        return nextObjection() ?? INSIST[1];
      }
      if (!met && INTRODUCTION.test(text)) {
        met = true;
        return (text.includes("?") && answerTo(text)) || persona.thaw;
      }
      const fact = text.includes("?") ? answerTo(text) : null;
      if (fact) return fact;
      if (objection < persona.objections.length && (CLOSING.test(text) || PRICE.test(text) || told.size >= 2)) {
        return nextObjection() ?? persona.fillers[0];
      }
      return persona.fillers[turn % persona.fillers.length];
    },
  };
}
