"""Short talks with the labels a person would give them. R is the rep, H the homeowner, a line each.

`questions` are the rep's different questions; `objections` the homeowner's turns that push back; `answered` those
the rep's next words meet; `closing` whether the rep tries to close; `rapport` the band of the rapport score:
low is below 40, fair 40 to 60, warm above 60.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Talk:
    name: str
    said: str
    questions: int = 0
    objections: int = 0
    answered: int = 0
    closing: bool = False
    rapport: Literal["low", "fair", "warm"] = "low"

    @property
    def transcript(self) -> list[dict[str, object]]:
        speakers = {"R": "user", "H": "agent"}
        lines = [line.strip().split(": ", 1) for line in self.said.strip().splitlines()]
        return [
            {"sequence": number, "speaker": speakers[who], "text": text, "timestamp": "2026-11-20T10:00:00Z"}
            for number, (who, text) in enumerate(lines, 1)
        ]


QUESTIONS = [
    Talk(
        "plain questions with question marks",
        """
        R: How long have you lived here?
        H: Ten years.
        R: Where do you see the ants most?
        H: In the kitchen.
    """,
        questions=2,
    ),
    Talk(
        "questions as speech recognition writes them",
        """
        R: how long have you been seeing ants
        H: since may
        R: do you guys have pets
        H: a dog
    """,
        questions=2,
    ),
    Talk(
        "two questions in one breath",
        """
        R: gotcha so have you tried anything yourself and where do you see them most
        H: some spray
    """,
        questions=2,
    ),
    Talk(
        "an exclamation with what is no question",
        """
        R: Wow, what a nice garden.
        H: Thanks.
        R: what a great dog
    """,
        questions=0,
        rapport="fair",
    ),
    Talk(
        "relative clauses ask nothing",
        """
        R: that's what I mean
        R: we treat the places where they come in, which is the most important part
        R: what we do is the outside first
        R: the guy who does your street is very good
    """,
        questions=0,
    ),
    Talk(
        "an imperative with do is no question",
        """
        R: Do call me when you are back.
        R: do let me know
        R: Have a good one.
    """,
        questions=0,
    ),
    Talk(
        "what the homeowner asks is not the rep's",
        """
        H: What's the price of the neighbour's?
        R: We charge by the square foot.
        H: How long does it take?
        R: An hour.
    """,
        questions=0,
    ),
    Talk(
        "tags do not inflate",
        """
        R: You want the ants gone, right?
        H: Sure.
        R: We come four times a year, okay?
        R: It's a quiet street, isn't it?
        R: You know?
        R: Make sense?
    """,
        questions=0,
    ),
    Talk(
        "fillers without a mark do not inflate",
        """
        R: it is a barrier you know around the whole house right
        R: you know what I mean
    """,
        questions=0,
    ),
    Talk(
        "the same question again counts once",
        """
        R: Do you have any pets?
        H: Sorry?
        R: Do you guys have pets?
        H: No.
        R: So, do you have any pets?
    """,
        questions=1,
    ),
    Talk(
        "a question begun twice counts once",
        """
        R: how long have you been
        R: how long have you been seeing them
        H: a while
    """,
        questions=1,
    ),
    Talk(
        "repeating the homeowner's question is no question",
        """
        H: How much do you charge?
        R: How much do we charge? Less than a coffee a day.
    """,
        questions=0,
    ),
    Talk(
        "repeating the homeowner's words is no question",
        """
        H: We found ants in the kitchen.
        R: Ants in the kitchen? I see.
    """,
        questions=0,
    ),
    Talk(
        "someone else's question, told",
        """
        R: My neighbour asked me how long does it take.
        R: People always ask me, do you guys have a guarantee. We do.
    """,
        questions=0,
    ),
    Talk(
        "an indirect question asks",
        """
        R: I was wondering how often you see spiders.
        H: Weekly.
        R: Could you tell me where they come in?
        H: The garage.
    """,
        questions=2,
    ),
    Talk(
        "asking to be told asks, offering to tell does not",
        """
        R: Tell me more about the garage.
        H: It is damp.
        R: Let me tell you about our service.
    """,
        questions=1,
    ),
    Talk(
        "a question about third parties",
        """
        R: when was the last time someone treated the house
        H: never
        R: who takes care of your pest control now
        H: nobody
    """,
        questions=2,
    ),
    Talk(
        "we'll have you covered asks nothing",
        """
        R: we'll have you covered in no time and they will you know stay out
        R: I can do you a favour
    """,
        questions=0,
    ),
    Talk(
        "one word can ask",
        """
        H: I stopped using spray.
        R: Why?
        H: It smelled.
        R: Really?
    """,
        questions=1,
    ),
    Talk(
        "how are you is a question, if a small one",
        """
        R: Hi, how are you today?
        H: Fine.
    """,
        questions=1,
        rapport="fair",
    ),
    Talk(
        "an introduction with a rising voice is no question",
        """
        R: I'm Dana with Acme Pest?
        H: Okay.
    """,
        questions=0,
    ),
    Talk(
        "a negative question asks",
        """
        R: Don't you see them in the bathroom too?
        H: Sometimes.
    """,
        questions=1,
    ),
    Talk(
        "a question of or keeps being one",
        """
        R: do you spray it yourself or do you have someone come out
        H: myself, mostly
    """,
        questions=1,
    ),
    Talk(
        "a comma and a question",
        """
        R: Okay, so is the basement finished, or is it open?
        H: Open.
        R: Well, are there any kids in the house
    """,
        questions=2,
    ),
]

OBJECTIONS = [
    Talk(
        "price, understood and answered",
        """
        H: That's too expensive for us.
        R: I understand. It comes to less than a dollar a day, because we treat the whole street.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "price, answered by a question about it",
        """
        H: Honestly it's pretty pricey.
        R: Too expensive compared to what?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "price, met with goodbye",
        """
        H: I can't afford that.
        R: Okay, bye.
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "price, met with another subject",
        """
        H: That's too expensive.
        R: So how many bathrooms do you have?
    """,
        questions=1,
        objections=1,
        answered=0,
    ),
    Talk(
        "price, met with understanding that leads elsewhere",
        """
        H: That's way too much money.
        R: I understand. Anyway, do you have pets?
    """,
        questions=1,
        objections=1,
        answered=0,
    ),
    Talk(
        "a but does not answer",
        """
        H: It costs too much.
        R: But we also do termites and wasps.
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "price denied is no objection",
        """
        H: It's not too expensive.
        R: Great.
        H: I have no problem with the price.
        R: Good.
        H: I don't think it's too expensive at all.
    """,
    ),
    Talk(
        "asking the price is no objection",
        """
        H: Is it expensive?
        R: Forty dollars a month.
        H: How much is the first visit?
    """,
    ),
    Talk(
        "a negative question about the price objects",
        """
        H: Isn't that too expensive?
        R: Compared to one repair it saves you money.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "someone else's price is no objection",
        """
        H: The last company was too expensive.
        R: Good to know.
    """,
    ),
    Talk(
        "price taken back in the same breath",
        """
        H: It's a bit pricey, but that's fine.
        R: Perfect.
    """,
    ),
    Talk(
        "already has a provider, answered",
        """
        H: We already have a pest guy.
        R: That's great. What do you like about the service you have?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "already has ants is no objection",
        """
        H: We already have ants in every room.
        R: I see.
    """,
    ),
    Talk(
        "needs the husband, answered",
        """
        H: I'd need to talk to my husband first.
        R: Totally fair, what do you think he would want to know?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "needs no husband",
        """
        H: I don't need to talk to my husband about it.
        R: Perfect.
        H: My wife saw the ants first.
    """,
    ),
    Talk(
        "not interested, and the rep gives up",
        """
        H: I'm not interested.
        R: Okay, no problem, have a great day!
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "not interested, and the rep asks why",
        """
        H: We're really not interested.
        R: No worries. Can I ask what makes you say that?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "never said not interested",
        """
        H: It's not that I'm not interested.
        R: Good.
    """,
    ),
    Talk(
        "I'm good answers how are you",
        """
        R: Hi there, how are you?
        H: I'm good, thanks.
    """,
        questions=1,
        rapport="fair",
    ),
    Talk(
        "I'm good turns the pitch away",
        """
        R: We are treating homes on your street.
        H: No thanks, we're good.
        R: Most of your neighbors said the same before the free inspection.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "no time, answered",
        """
        H: I don't have time for this.
        R: It takes one minute, and I can come back in the evening.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "no rush is no objection",
        """
        H: I'm not busy, come in.
        R: Thank you.
    """,
    ),
    Talk(
        "no trust, answered",
        """
        H: How do I know this isn't a scam?
        R: Good question. We are licensed and you can read our reviews.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "thinking about it, met with only a card",
        """
        H: I'll have to think about it.
        R: Okay. Here you go.
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "thinking about it, explored",
        """
        H: Let me think about it.
        R: Of course. What's holding you back?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "thinking aloud is no objection",
        """
        R: How long have you lived here?
        H: Let me think, about ten years. When I think about it, eleven.
    """,
        questions=1,
    ),
    Talk(
        "send me something",
        """
        H: Can you just send me some information?
        R: Sure, I can email you a brochure. What would you like it to show?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "a bad experience, with empathy",
        """
        H: We got ripped off last year.
        R: I'm so sorry to hear that. What happened?
    """,
        questions=1,
        objections=1,
        answered=1,
    ),
    Talk(
        "no bad experience",
        """
        H: I never had a bad experience with you guys.
        R: Nice.
    """,
    ),
    Talk(
        "brushed off",
        """
        H: I think it's really expensive.
        R: No it's not, you're wrong.
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "answered only after it was repeated",
        """
        H: That's too expensive.
        R: Nice garden by the way.
        H: I said it is too expensive.
        R: I hear you. It's a lot, and it includes a guarantee for the whole year.
    """,
        objections=2,
        answered=1,
        rapport="fair",
    ),
    Talk(
        "the answer may come in several lines",
        """
        H: We already use Terminix.
        R: oh nice
        R: so the difference with us is that we come back for free if the ants do
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "a listening noise is no turn",
        """
        H: It's just too expensive
        R: mm-hm
        H: with the kids and all
        R: I get that. We can split the price in four payments.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "nobody answers the last objection",
        """
        R: We have a special this week.
        H: Not interested.
    """,
        objections=1,
        answered=0,
    ),
    Talk(
        "no pests, asked for, is an answer",
        """
        R: Do you have any ants?
        H: We don't have any ants.
    """,
        questions=1,
    ),
    Talk(
        "worried about the dog",
        """
        H: I'm worried about the dog and the chemicals.
        R: The product is plant based and safe for pets once it dries.
    """,
        objections=1,
        answered=1,
    ),
    Talk(
        "worried about the ants is the need itself",
        """
        H: I'm worried about the ants near the kids.
        R: I see.
    """,
    ),
]

CLOSING = [
    Talk("asks for the sale", "R: Can I get you signed up today?", questions=1, closing=True),
    Talk("a choice of days", "R: Does Tuesday or Thursday work better?", questions=1, closing=True),
    Talk("an assumptive appointment", "R: I'll put you down for Friday morning.", closing=True),
    Talk("a close as speech arrives", "R: alright let's get you on the schedule", closing=True),
    Talk("asks for the signature", "R: Just sign right here and we're all set.", closing=True),
    Talk("why don't we", "R: why don't we get you started this week", questions=1, closing=True),
    Talk("no problem and a close", "R: No problem, let's get you signed up.", closing=True),
    Talk("ready when you are", "R: If you're ready let's get you scheduled.", closing=True),
    Talk("card or cash", "R: Will that be card or check?", questions=1, closing=True),
    Talk(
        "don't sign anything",
        """
        R: Don't sign anything.
        R: You don't have to decide today.
        R: I'm not here to sign you up.
        R: You don't have to sign here.
    """,
    ),
    Talk(
        "the neighbour signed up",
        """
        R: My neighbour signed up on Tuesday.
        R: We got the Smiths scheduled for Thursday.
    """,
    ),
    Talk(
        "supposed, not asked",
        """
        R: If you sign here you get the discount.
        R: When we come on Tuesday people are surprised.
    """,
    ),
    Talk("told by others", "R: They'll tell you to sign right here without reading."),
    Talk("a sign on the door", "R: I saw your no soliciting sign on the door."),
    Talk(
        "a choice of times that is discovery",
        """
        R: Do you see them more in the morning or in the evening?
        H: Evening.
    """,
        questions=1,
    ),
    Talk("get started with a question", "R: Let's get started with a quick look at the garage."),
    Talk(
        "the homeowner's own close is not the rep's",
        """
        H: Can you sign me up for Tuesday?
        R: Sure.
        H: Where do I sign?
    """,
    ),
    Talk("back some time", "R: I'll come back some other time."),
    Talk("price and close are different things", "R: The price is forty dollars a month for the whole house."),
]

WHOLE = [
    Talk(
        "a warm opening",
        """
        R: Hi there, my name is Jake with Acme Pest, how are you today?
        H: Good, just watering the roses.
        R: I love your garden, those roses are something. Do you mind if I ask you a quick question?
        H: Go ahead.
        R: Thank you so much. How old are your kids?
    """,
        questions=3,
        rapport="warm",
    ),
    Talk(
        "straight to the pitch",
        """
        R: We do pest control.
        H: Okay.
        R: It's forty dollars.
    """,
        rapport="low",
    ),
    Talk(
        "rude to the homeowner",
        """
        R: Hi, I'm Max with Acme.
        H: I can't afford it.
        R: Don't be stupid, you idiot.
    """,
        objections=1,
        rapport="low",
    ),
    Talk(
        "the ants die, and damn is no rudeness",
        """
        R: Hello, I'm Ana from Acme. Those damn ants die within a day.
        H: Good.
    """,
        rapport="fair",
    ),
    Talk(
        "not understanding is no empathy",
        """
        R: I don't understand.
        H: Me neither.
    """,
        rapport="low",
    ),
    Talk(
        "a whole sale",
        """
        R: Hi, I'm Jake with Acme Pest Control. How's your day going?
        H: Fine. What is this about?
        R: We're treating ants on your street. How long have you been seeing them?
        H: Since spring, in the kitchen mostly.
        R: That must be frustrating. Have you tried anything for the kitchen yet?
        H: Sprays. But honestly, your service sounds expensive.
        R: I hear you. It's about a dollar a day and it includes free retreatments.
        H: I should talk to my wife.
        R: That makes sense. What do you think she would ask?
        H: If it's safe for the dog.
        R: It is plant based and safe. Would Tuesday or Thursday be better for the first visit?
        H: Thursday.
    """,
        questions=5,
        objections=2,
        answered=2,
        closing=True,
        rapport="warm",
    ),
    Talk(
        "another language",
        """
        R: Buenos días, me llamo Luis y vengo de una empresa de control de plagas para su casa y su jardín.
        H: No gracias, no me interesa.
        R: Entiendo, muchas gracias por su tiempo y que tenga un buen día.
    """,
    ),
    Talk(
        "a run of speech without any mark",
        """
        R: hi i'm jake with acme how long have you been seeing ants
        H: a few weeks but we already have a company for that
        R: i totally get that who do you use
        H: terminix
        R: okay can i get you set up for a free inspection tomorrow
    """,
        questions=3,
        objections=1,
        answered=1,
        closing=True,
        rapport="fair",
    ),
]

TALKS = [*QUESTIONS, *OBJECTIONS, *CLOSING, *WHOLE]
