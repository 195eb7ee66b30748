/** Questions as reps ask them, by the topic they are about. Data: an example more makes questions like it understood. */

/** @param {string} text */
const questions = (text) => text.split(";").map((each) => each.trim().replace(/\s+/gu, " "));

/** @type {Record<string, string[]>} */
export const EXAMPLES = {
  age: questions(`
    how many years has that roof been on; how many years old is this roof; how old is that roof anyway; how old is the
    garage door; how old is the house; how old is the roof; how old is the roof by the way; how old is this house; how
    old is your roof; is it an older home; is that the original roof; is the garage door an old one; what is the age
    of the roof; what year did the roof go on; what year was it built; what year was the place built; when was the
    house built; when was the roof done; when was the roof put on; when was this house built; who put the roof on; you
    put the roof on yourself
  `),
  allergy: questions(`
    any allergies we should know about; does anyone in the family have asthma or allergies; does anyone react badly to
    chemicals; is anybody allergic to spider bites; is anybody sensitive to sprays; is anyone here allergic; is anyone
    in the house allergic; is she allergic at all
  `),
  another_winter: questions(`
    how long do you think the patch will hold; will that roof survive the winter; you think she'll last another winter
  `),
  before: questions(`
    and how do you get on with them; and what didn't you like about it; are you happy with them; did a salesman cheat
    you once; did any of them actually look at your bill; did that crowd ever give a reason; did the other two look at
    your bill; did they at least treat it once; did they ever finish the job; did they give you your money back; did
    they just take the money and run; did they refund you; did they say why they never came; did you call any company
    before; did you call them about it; did you chase them for your money back; did you ever call them about it; did
    you ever get your money back; did you ever get your money back from them; did you have a bad experience with pest
    control before; did you have a bad experience with solar; did you report them; do you mind telling me what
    happened; ever had a bad experience with a company; four times and no one picked up; haha what did they do to you;
    has cableone tried to fix it; have you called their hotline; have you called them; have you complained to your
    current provider; have you had any bad luck with companies like ours; have you had bad experiences at the door;
    have you talked to cableone about it; have you worked with a pest company before; how did cableone react when you
    complained; how did the last ones treat you; how did they react when you complained; how did they treat you; how
    has cableone treated you; how much did they charge you; how much did they take from you; how much did they take
    you for; how much did you lose; how much did you pay that last outfit; i'm guessing you get a lot of salesmen
    here; ok what did the other solar guys tell you; so a company let you down what exactly happened; so what actually
    happened with the last company; tell me about the contract that went bad; were you let down before; what annoyed
    you most about the other salesmen; what annoyed you most about them; what bothers you most about salespeople
    coming by; what did support tell you; what did support tell you when you called; what did that company do to make
    you so mad; what did the last company do wrong; what did the last guy do; what did the last guys charge you; what
    did the last roofing guys try to sell you; what did the other roofers do; what did the other solar people do
    wrong; what did the other two tell you; what did they do that bothered you; what did they do to earn that; what
    did they do to make you so mad; what did they do to you; what did they do wrong; what did they promise you; what
    did they say it would cost; what did you not like about the other reps; what didn't you like about them; what do
    you hate most about salespeople; what do you not like about salespeople; what happened there; what happened to
    your neighbour; what happened with the company you had before; what happened with the other company; what happened
    with the people before; what have those four guys been telling you; what kind of tricks did they pull; what kind
    of tricks did those roofers pull; what the other company promised you; what they did; what turned you off with the
    last two; what was the worst one; what was wrong with the other two offers; what was wrong with their work; what
    went wrong last time; what would you say is the worst thing about guys like me; what'd they all say; what's the
    worst a salesman ever did to you; what's your experience been with cableone support; what's your problem with pest
    control guys; what's your problem with storm chasers; which company was that; who burned you; who did your
    neighbour's roof; who were the ones that cheated you; why didn't you go with the ones who came before; why do you
    call them storm chasers; why do you dislike people like me; you just one thing before i leave; you've probably
    heard a lot of promises from solar people right
  `),
  bill: questions(`
    and about how much is your average monthly bill; and in the winter; and in winter; and what about winter; and what
    do you pay for that pleasure; can i see your electric bill; could you tell me a bit about your bills; did the
    price go up after the first year; do you have a moment to talk about your electric bill; do you have a recent bill
    handy; has anyone ever shown you how to lock in your power cost; has your bill gone up lately; have you paid
    anything for it so far; have you spent any money on it this year; how does that compare with what you're paying;
    how high are your bills; how high does it get in august; how much are you handing the power company each month;
    how much are you handing them each month; how much are you paying; how much are you paying them a month; how much
    do you pay for electricity; how much do you pay for that every month; how much do you pay now; how much do you pay
    per month; how much do you think you've spent on sprays so far; how much does that cost you a year; how much is
    cableone charging you; how much is it usually; how much is the bill in july; how much is your electric bill; how
    much you are paying for electricity; how much you pay for electricity; is that more or less than you pay now; is
    your electric bill over 150 dollars; is your power bill high; roughly what do you pay for power each month; two
    hundred dollars; what are you paying at the moment; what are you paying for it right now; what are you paying now;
    what are you paying them; what did the tar cost you; what did you pay last month for electricity; what did your
    bill look like last month; what do you get for your 79 dollars; what do you spend on bug spray; what do you spend
    on it now; what does it cost you per year; what does that service cost you; what does your bill look like in
    summer; what does your power bill look like in the summer; what does yours run in the summer; what has it cost you
    so far; what has it set you back so far; what have you spent on it so far; what is it costing you at the moment;
    what was your last electric bill; what your bill was last month; what's an average bill for you; what's cableone
    billing you; what's it costing you to leave it; what's the most you ever paid in summer; what's your bill; what's
    your bill at the moment; what's your electric bill like in the summer months; what's your monthly bill
  `),
  budget: questions(`
    can you afford it or not; did you have a number in your head for something like this; do you have a budget for
    this; how much are you willing to spend; how much could you put toward this each month; how much were you thinking
    of paying; how much would you be willing to put into this; how much would you pay for a basement without spiders;
    how much would you pay for something that works; how much would you pay to be rid of them; how much would you pay
    to never see one again; is that something that fits your budget; is that within your budget; is there a price you
    don't want to go over; what are you looking to spend; what are you willing to put into it; what could you spare
    each month for that; what do you reckon is a reasonable price; what is your budget; what monthly payment would be
    okay for you; what price would you call honest; what sort of price would feel fair; what were you expecting it to
    cost; what would be a comfortable payment for you; what would be a fair price for you; what would be too much for
    you; what would it be worth to you; what would you be comfortable spending to have this solved; what would you be
    happy to pay instead; what would you be willing to pay; what would you pay for a line that works; what would you
    pay to be rid of them; what would you spend on a repair; what's it worth to you; what's the most you would pay a
    year; what's your budget for the year; where's your limit; why is that too much
  `),
  cause: questions(`
    any idea what causes it; any idea why they like that corner; did the utility raise it's rates recently; do you
    know what's causing it; is it damp in the basement; is your basement damp; so it was the april hail that did it;
    was it the hail or the wind; what attracts them do you think; what caused the leak; what could be causing this;
    what do you think brings them in; what do you think made it go up so much; what makes the bill so high do you
    think; what's the reason for it you think; where does that come from do you think; why did it climb so much; why
    do you think that is; why do you think they came; why do you think they keep coming back; why do you think they
    like it down there; why is it slow at three; why is it so high; why is it that high do you know; why is that do
    you think; why that corner do you think
  `),
  company: questions(`
    and has anybody treated it before; and who's your electric company right now; did anyone else look at it; did you
    ever consider calling a professional; did you hire someone to remove them; do you have a pest company at the
    moment; do you have a roofer you normally use; do you have anybody looking after that now; do you pay anyone for
    that service; ever had a professional look at it; ever paid an exterminator; has a professional been out; has a
    roofer been up there; has anybody ever sprayed your basement; has anyone inspected it yet; have pest people ever
    been in here; have you done any treatment earlier ma'am; have you ever had an exterminator out; have you ever had
    someone treat the house; have you ever hired an exterminator; have you ever used a professional service; have you
    got anybody for pest control at present; have you had anyone out to deal with the nest before; have you had
    someone out to treat it before; how did you end up with cableone; is someone already treating the house for you;
    so who does your pest control; so who's your internet with; what provider are you using; which internet company
    are you stuck with; which provider you with; which utility are you with; who are you with; who did you hire last
    time; who do you call when you have a problem like that; who do you have for internet right now; who do you use
    for broadband at the moment if you don't mind me asking; who does your pest control; who is your current provider;
    who is your provider; who supplies your electricity; who takes care of your pest control now; who'd normally fix
    something like that; who's your electric provider; who's your provider; whose internet are you on at the moment;
    why are you with cableone; you had anybody out
  `),
  condition: questions(`
    any leaks or repairs on the roof; is the roof in good condition; what state is the roof in
  `),
  contract: questions(`
    and are you still in contract; and you're stuck with them till when; are you free to leave; are you in a contract
    with anyone; are you locked into anything with another company; are you still under contract; are you stuck in any
    contract; are you tied to cableone for long; are you tied to them; are you under contract; are you under contract
    with anybody; can you get out of it early; did you sign a contract with them; did you sign anything with them; do
    you have any contract now; have you signed with any of them; how long a contract would you accept; how long is the
    contract running; how many months are left on the contract; is your contract still running; ok when does the
    contract end; so the contract is the hurdle right; then i will send you the contract by email okay; was it a
    yearly contract; what did that company's contract say; what's your contract like; when does your contract end;
    when exactly does the contract run out; when is your contract up
  `),
  count: questions(`
    are there lots of them; could you put a figure on how many; do you see two or three or a whole trail; how big is
    the number; how big is the population you think; how many ants are we talking about; how many devices are
    connected; how many devices do you have; how many do you think there are; how many do you usually see at once; how
    many have you caught or seen; how many have you seen; how many have you seen this week; how many things are hooked
    up to the wifi; roughly how many do you see at a time; two or three or a whole trail
  `),
  cousin: questions(`
    can you tell me more about your cousin's lease; did she ever get out of that lease; do you know anybody who had
    trouble with a lease; how did your cousin get trapped; so a lease is out of the question for you correct; so was
    it the lease that was the problem or the company; was it a lease or a loan; was it a lease your cousin had; what
    exactly went wrong when she wanted to sell; what happened to your cousin; what happened to your cousin exactly;
    what happened with your cousin; what went wrong for your cousin; what your cousin went through; you got a cousin
    or someone with solar
  `),
  decision: questions(`
    anyone else in the household who hears them; are you the one in charge here; are you the one who makes the
    decision; are you the person who looks after the internet here; can you decide this yourself; can you okay an
    inspection yourself; can you okay this yourself; do you call the shots here; do you make the decisions about the
    house; do you need to ask your husband; do you need to run it past anyone; do you usually decide together; does
    your daughter have a say in this; does your daughter need to see it too; does your husband usually handle this
    kind of stuff; does your partner have to agree; is anyone else signing off on it; is it just you in the house; is
    it just you who makes that call or both of you; is it up to you or your wife; is it your call or your husband's;
    is it your decision or do you two talk it over; is this your decision alone; what's your timeline to decide;
    where's your husband today; who besides you has a say in it; who decides on things like this at your house; who do
    you run these things by; who else is involved in this decision; who else is part of the decision; who has the last
    word; who makes the decision about the internet; who makes the final call; who makes the financial decisions; who
    signs off on the internet in this house; who signs off on things like this; who takes care of the yard; who would
    you normally talk to before a decision like this; who'd want to look at the numbers with you; who's got the final
    say on the roof; who's the boss in this house; whose call is it; will you decide this alone; would you want to
    talk to your wife first; your husband is also present at home ma'am
  `),
  deductible: questions(`
    do you know your deductible; have you checked what is your deductible; how much is your deductible
  `),
  dents: questions(`
    any dents in your gutters; how do your gutters look
  `),
  downstairs: questions(`
    does she have her stuff down there; what do you use the basement for; what does she keep down there; what have you
    got down there; what would you do with the basement if you could; what's down in the basement; what's down there
  `),
  effect: questions(`
    and has it cost you anything i mean customers or time; and is that driving you mad or is it just annoying; and
    what does a lost meeting cost you would you say; are you able to sit outside at all; can you still use the porch;
    did you lose business over it; did you lose that customer; do those bother you; do you ever keep the air off to
    save; do you feel embarrassed when that happens; do you have to cut back on anything because of it; does it bother
    the family; does it bother you; does it get in the way of cooking; does it get very hot in the house; does it keep
    you from having people over; does it spoil your dinners; does it stop you from using your porch; does it stress
    you out; does it upset you; does the bill worry you at night; has it cost you any business; has it ever cost you a
    client; has it hurt your business; how do clients respond when you freeze; how do you feel when you find them on
    your counter; how do your customers react; how do your customers react when it freezes; how does it affect how you
    use the garage; how does it affect your life; how does it affect your work; how does it make your life harder; how
    does that affect you; how does that bill affect you; how does that look to your customers; how does this affect
    your family; how does your wife feel about the stain; how is the heat for you in the house; how is this affecting
    your day to day; how much does it disrupt your routine; how much of a nuisance are they; how much of a nuisance is
    it; how much time does this cost you; is it a burden on your pension; is there anything about bugs that does
    bother you; must be annoying not to sit outside how do you two cope; on a bad day what is that like; what bothers
    you most about having mice; what bothers you most about that leak; what bothers you the most about it; what
    bothers you the most about them; what bugs you most about having them around; what do you do to keep the bill
    down; what do you give up because of the bill; what does a bad call cost you; what does it cost you in time; what
    does it do to your evenings outside; what does it do to your work; what does it mean for your job; what does that
    mean for your daily life; what does your internet do when you're in a meeting; what happens to the call when it
    freezes; what happens to your connection in a call; what happens to your work when it drops; what happens when you
    freeze in the middle of a training; what temperature do you keep it at in summer; what would it mean to you to
    have it off your mind before winter; what's she missing out on because of that; what's the most frustrating thing
    about this; what's the worst thing about it for you; what's the worst thing about it for you as a mum; who in the
    house minds them most
  `),
  entry: questions(`
    are there any holes they could come through; can they get in the house; do you have any idea how they get in; do
    you know where they get in; how are they getting in; how are they getting under the eaves; how do they get in; how
    do they get in behind there; how do they get into the garage; how'd they get down there; how'd they get in there;
    how'd you reckon they're getting in; is there a gap under the garage door; is there an opening they use; is there
    any opening they squeeze through; they come from where; what's their way in; where are they coming from do you
    think; where could they be squeezing through; where do they come in at; where do they come in do you think; where
    do they get in
  `),
  family: questions(`
    and who else is using it in the afternoon; are they a problem for your family; do you have any kids or pets in the
    house; do you have any pets or kids; do you have any pets or small children at home; do you live alone; do you
    live by yourself; do you live here alone; got family living here; how many of you are in the house; how many of
    you live here; how many people are in the household; how many people are on the wifi at once; how many people live
    here; how many people share the connection; how many people use it; how many people use the internet here; is it a
    big family; is it just you and the missus here; is it only you and your daughter; who all lives in the house; who
    else in the house is online then; who else is in the house; who else is in the house with you; who else is on the
    wifi; who else lives here; who else uses the internet at your place; who lives here besides you; who lives here
    with you; who lives in the house with you; you and who else live here; you are living alone or with family
  `),
  fear: questions(`
    does she scream when she sees one; how does she react to spiders; how long's your daughter been scared of it; is
    your daughter scared of them; just curious does anybody in the house mind the spiders; one question and i'm gone
    who in the house hates the spiders most; she's scared of them; since when is your daughter so scared; what does
    she do when she sees one; what happens when your daughter sees one
  `),
  fee: questions(`
    do you know what the early termination fee is; how much is the cancellation fee; how much is the fee; how much to
    get out of it; how much would it be to break the contract; how much would it be to get out; is there a penalty for
    cancelling early; may do you know what the fee is; what about the fee; what does it cost to leave early; what
    happens if you leave early; what would they charge you for leaving; what's the cancellation fee
  `),
  fellow: questions(`
    how much does that other fellow take; is he any good the fellow down the road; is that fellow down the road any
    cheaper; what does the guy down the road charge; what would he charge the fellow you mentioned; what's the guy
    down the road like; what's the other fellow charging
  `),
  firm: questions(`
    do you remember who they were; what was that company called; what was the name of that outfit; what was the name
    of the company; which company was doing it before; who was that company
  `),
  food: questions(`
    do they get at the pantry; do they get into your food; do they go for anything in particular; do you keep pet food
    or seed anywhere; do you store any food in there; have you run into that; in the cereal; is there any food they
    could get at; what are they after do you think; what could they be feeding on; what do they go after; what food
    are you throwing away what's happening
  `),
  garden: questions(`
    any plans for a pool; did you plant that lawn yourselves; do the kids play in the back yard; do you have a pool;
    do you have a pool or an electric car; do you have a yard; do you mow that lawn yourself; is that a lemon tree
    over there; is that a new lawn; is the garden your hobby or your wife's; what do you grow in the garden; what have
    you got out in the yard; what's your back yard like; you keep that lawn nice do it yourself
  `),
  harm: questions(`
    anybody get stung so far; anybody got stung; anybody hurt in the storm; are the grandkids safe out there; did a
    spider ever bite her; did any of the kids get bitten; did anybody get stung; did anyone get hurt by them; did
    anyone get sick from it; did they ever sting you or your wife; does anyone in the house have an allergy to stings;
    has anybody in the family been bitten; has anybody in the family been stung; has anyone been bitten; has anyone
    been stung; has anyone in the family been stung; has your wife been stung; have they bitten any of you; how many
    stings have you folks had; you been stung yet
  `),
  helped: questions(`
    and did that get rid of them; and did the bulbs help; and has it been any better since; and how did that turn out;
    and how is it working for you any problems; and how's the connection holding up during the day; and is the door
    shut working for her; and what were the results; any results from that; are the traps working; are they any good;
    did it hold; did it make a dent in the bill; did it make any difference; did swapping the router solve it; did
    that fix anything; did that help; did that solve it; did that solve the problem; did the can do any good; did the
    can make any difference; did the new router make a difference; did they come back afterwards; did you catch any;
    did your repair last; does it work when you shut the door; does shutting the door help; does the supermarket stuff
    do the job; has it stayed away since; has that been effective; has the tar held up; have the traps been effective;
    how did the patch hold up; how long does the spray keep them away; how long you reckon it will hold; how much did
    that save you; how successful were the traps; how well did the spray do; how's it been doing since you patched it;
    how's the internet holding up with everybody at home; is the patch holding; is the patch still watertight; is your
    fix still working; was it any use; were you happy with the result; when you say the spray works for two days what
    happens after that; would it be okay if i told you how it works in one minute
  `),
  home: questions(`
    are you both at home during the day; are you both in at the weekend; are you free on thursday; are you in on
    weekdays; are you usually at home on weekdays; did i wake you up; does your daughter live with you; is there a
    time when you and your husband are both in; is your husband around this evening; is your husband home during the
    day too; is your wife at home too; is your wife home; what time do you get off work; what time does he get home;
    what time does your daughter get home; what time is everyone at home; when are you usually awake; when are you
    usually home; when can i catch your husband; when could i catch you both; when could i catch your daughter; when
    could i meet you both; when do you get up; when does he usually get home; when does your husband get home; when is
    a good time to do it; when is your daughter at home; when is your daughter home; when is your partner back; when
    would be a good time to catch both of you; when would be good to come install maybe next wednesday morning; when's
    a good evening this week for you and your husband; when's a good time to find you at home; which days are you at
    home; which weekday are you free; will you be around on thursday; will your husband be in tonight; would tomorrow
    after four suit you when you're back from the shop
  `),
  house: questions(`
    and what's the state of the garage door; how many years does your roof have left; how new is the roof; how old's
    that roof if you don't mind me askin; tell me about the house a little; tell me about the layout of your home;
    what shape is the roof in; what's the roof like; what's the roof made of; when was the roof redone
  `),
  inside: questions(`
    any signs of them inside the house; are you facing any issue of insects inside the house; are you facing any
    rodent or cockroach problem in the house; could they be in the walls; could they be in the walls of the house; do
    they ever come into the house; do they ever come upstairs; do they go anywhere else in the house; do you have any
    leaks; do you have leak; do you have water coming in anywhere; do you see them anywhere besides the kitchen; has
    water made it's way inside; have any of them got into the house; have they got into the house; have they made it
    upstairs or into the bedrooms; have you found any in your food; have you seen ants inside or outside; have you
    seen signs anywhere in the house; how's the ceiling; how's the inside any water; is it just the garage or have you
    seen signs inside as well; is the ceiling wet anywhere; is the garage attached to the kitchen; is there a leak
    inside; notice any water spots on the ceilings; well you did a bad job it's leaking isn't it; what are you seeing
    from inside; what's it look like inside; what's your biggest headache in the kitchen when it comes to bugs; where
    is the leak; where is the stain
  `),
  insurance: questions(`
    did an adjuster come out; did you report it to your insurance; does your home insurance cover pests; does your
    insurance cover mice; has the insurance company sent anybody to see the roof; have you already talked to your
    insurance about it; have you filed a claim; have you filed an insurance claim; have you reported it to the
    insurance; is your insurance involved yet; what company are you insured with; what insurance you have; who's your
    insurer; why didn't you call the insurance; will your home insurance cover panels; would your insurance pay for
    that; you file anything with your insurance
  `),
  kids: questions(`
    and the children what ages are they; any little ones in the house; are the children still small; are there any
    children in the house; are you worried about the kids touching the ants; are your sons around here; can your
    daughter use the basement; do the grandchildren visit much; do you have any children; do you have any
    grandchildren; do you have children; do you have grandchildren who visit; do you have kids; do you have little
    kids running around; do you have sons or daughters; do your boys help you with the roof; do your children play in
    the kitchen a lot; do your grandchildren come here often; do your grandkids come round to play in the yard; do
    your kids ever touch them; does your boy do homework online; does your kid like them; how many kids do you have;
    how many kids you got in there; how often do the grandkids visit; how old are they; how old are your kids; how old
    are your kids by the way; how old are your little ones; how old is she; how old is your daughter; how old is your
    son; is it your kid that's afraid; is it your son who's gaming; is your daughter good with computers; is your girl
    scared; is your kid scared of them; so your daughter wont go downstairs cause of spiders; what does your daughter
    do; what does your son do online; what does your son play; what games does your son play; what grade is your
    daughter in; what would your daughter do with the basement; where do the children usually play; who uses the
    basement like do your kids go down there; you've got young ones then; your boys live close by; your daughter's
    afraid of them then how old is she; your kids are how old
  `),
  kind: questions(`
    are they the big black ones or the tiny ones; are you certain they're wasps; can you describe what they look like;
    do you know which species; how big are they; is it the tiny black ones or the bigger ones; is it your little ones
    you're thinking of; what colour are they; what do these spiders look like; what do they look like; what kind of
    mice are they; what sort of spiders are they; you sure it's wasps and not bees
  `),
  knows: questions(`
    do you know how fibre works; do you know how professional ant treatment works; do you know how to spot hail
    damage; do you know the difference between cable and fibre; do you know what attracts spiders; do you know why
    wasps return to the same spot; have you considered solar before; have you done any research on panels; have you
    ever looked into solar before; have you ever seen hail bruising up close; have you read anything about it; have
    you read up on how solar works; have you thought about solar; how familiar are you with solar; how much do you
    know about rodents; how much do you know about solar already; how well do you understand how it works; so do you
    know about the new solar program; what do you know about ant baits; what do you know about sealing entry points;
    what do you know about solar panels; what do you know about spiders; what have you heard about fibre; what have
    you heard about it so far; what have you heard about solar so far; what have you read about sealing; you know what
    hail does to shingles
  `),
  laundry: questions(`
    do you do the laundry down there; how often do you go down there; who does the laundry in your house; who goes
    down to the basement most often; who has to go down for the washing
  `),
  matters: questions(`
    and what matters most to you when you pick one; are you concerned about chemicals; are you worried it might get
    worse; do you what worries you most about getting someone in; how can i show you that i'm different; how could i
    win your trust back; how do i get you to give me a minute; how will you make your choice; if we treated your
    kitchen what would be your biggest worry; if you had a connection that never froze what would change for you; is
    it the chemicals you'd be nervous about; is safety the main thing for you; ma'am what is your main concern while
    taking pest treatment; so what matters most to you in an offer; so what would i have to do different; so what
    would it take for you to feel comfortable letting someone else handle it; so what would it take for you to feel
    good about having someone treat the house; what are you basing your decision on; what are you hoping for in a
    service like ours; what are your biggest worries about going solar; what are your concerns; what are your must
    haves; what could make you change your mind; what counts most in your comparison; what do you actually care about;
    what do you expect from a company; what do you look for when you choose a company; what do you need from your
    internet; what do you need it for; what do you want from a company; what do you want in writing; what do you want
    to see from a company before you hire them; what does an honest roofer look like to you; what has to be in the
    contract for you; what have the other fellas been telling you; what is your main criterion; what kind of roofer
    would you let up there; what makes a good service man in your book; what matters more to you speed or stability;
    what matters to you when someone treats your home; what must a solar company never do to you; what scares you
    about solar; what should i do differently from the last one; what worries you most about that happening to you;
    what would a company have to do differently for you to trust them; what would a company have to do to earn your
    trust back; what would a good offer look like for you; what would a guy have to do to get two minutes of your
    time; what would a roofer have to do to earn your respect; what would change your mind; what would convince you;
    what would convince you that i'm for real; what would have to be true for you to say yes to solar; what would i
    have to say for you to listen; what would i need to prove to you; what would it take for you to give someone a
    chance again; what would it take to earn your trust; what would it take to get you to switch; what would make you
    choose us today; what would make you feel comfortable; what would make you trust a roofer; what would matter most
    to you if you did go solar; what would put your mind at ease; what would tip the scale for you; what would you
    expect from a good provider; what would you need from me to know i'm not like them; what would you need to hear to
    feel okay about a treatment; what would you need to see before you let someone up there; what's important to you
    in someone you hire; what's missing in the other offers for you; what's most important for you in a connection;
    what's most important for you when choosing a company; what's most important to you when it comes to your roof;
    what's most important to you when you compare price speed or the guarantee; what's the one thing around this house
    that bugs you most; what's the one thing it has to do; what's the one thing you need from us; what's the one thing
    your internet has to do; what's your concern; what's your main concern with solar; which criteria do you use to
    compare
  `),
  name: questions(`
    am i speaking with the owner; hi is this the shah residence; what's your name
  `),
  neighbours: questions(`
    are the neighbours happy with theirs; did any neighbours have the same problem; did the neighbours also get
    damage; did you ask the neighbours; did your neighbours get new roofs; do any of your neighbours have panels; do
    other people on the street have this; do the neighbours have the same trouble; do the people next door have the
    same issue; do your neighbours have spiders; do your neighbours have them too; does anyone near you have it; does
    anyone near you have solar; does the whole street have spiders; does the whole street have that; has anyone on the
    street had wasps this year; have you talked to the neighbors that have panels; have you talked to the neighbours
    with panels; have your neighbours got them too; have your neighbours had mice; how do your neighbours like their
    solar; how many roofs on this street got replaced; is next door affected as well; is the whole street having this;
    what did the folks next door do about their roof; what did the neighbours pay; what did your neighbour do about
    his
  `),
  nest: questions(`
    how far up is it; how large is the nest by now; how massive has that nest got
  `),
  often: questions(`
    do they come every day or after it rains; do they show up a lot or just now and then; do you see them every day;
    does it freeze every day; does it only happen when it rains; how frequently does it happen; how many times a week
    does it freeze; how often do you hear them; how often do you see them; how often does this happen; how regularly
    do you hear them; is it a weekly thing; is it an everyday thing; is it constant or on and off; is it constant or
    only after a shower; is that daily
  `),
  owner: questions(`
    are you the homeowner; are you the owner or do you rent this place; can i talk to the homeowner; do you own or
    rent; do you own the home; do you own the house; do you own this house; do you rent or own; does a landlord look
    after it; hi are you the homeowner; hi there do you own this house; is it your house; is it your house or do you
    rent; is the house paid off; is the house yours; is this your house; is this your own house; is this your own
    place; is this your own place or a rental; is your name on the deed; you own the place outright; you own this
    place
  `),
  partner: questions(`
    and it's a problem for your wife too; and what's your wife say about it; and your wife can't sit on her porch
    because of it; do you use the porch much; does it bother your wife; does your husband also have problems with it;
    does your husband also have trouble; does your husband approve; does your husband have trouble too; does your
    husband mind them; does your husband work from home as well; does your other half mind it; does your other half
    work online too; has your husband seen it; how does your husband feel about all this; how does your wife feel
    about that; how does your wife put up with it; is he as fed up as you are; is there a mrs hutchins; is your
    daughter sceptical too; is your partner involved in this; is your wife bothered by it; is your wife happy with how
    the ceiling looks; is your wife nervous about it; is your wife nervous about them; sure thing what's he going to
    ask you think; what do you think he'd be worried about; what do you think he'll say; what does she think about
    solar; what does she think about the wasps; what does your daughter think about solar; what does your husband say
    about the ants; what does your husband think about switching; what does your missus say about that stain; what
    does your partner say about it; what does your wife think about the spiders; what does your wife think of it; what
    does your wife think we should do; what does your wife want done; what questions do you think your daughter would
    have; what will your daughter want to know; what would she look for first; what would your daughter ask; what
    would your daughter say about a fixed 150 a month; what would your daughter say about it; what would your husband
    say if he were here; what would your husband say to that; what would your husband think; what would your wife say;
    what's your wife say about it; would your daughter approve of solar; would your daughter want to be there when we
    check the roof; would your husband be on board with this; would your partner want to be there; would your wife
    like it; your wife wants it fixed right
  `),
  pests: questions(`
    do you know about the termite problem in this area
  `),
  pets: questions(`
    any cats or dogs; any dogs or cats in the home; any pets in the house; are there animals in the home; do you guys
    have pets; do you have a cat; do you have a dog; do you have a pet; do you have dogs; do you keep any animals; got
    a dog; is that your dog barking; is that your dog i hear; is the dog friendly; is there a dog; what kind of dog is
    biscuit; what's the dog called; what's your dog called
  `),
  plans: questions(`
    any thoughts of moving; are you going to stay put or sell; are you in this house for the long run; are you
    planning on moving soon; are you planning on staying in the house; are you planning to stay here long term; are
    you staying here; do you intend to stay here; do you plan on selling in the next years; do you plan to stay in
    this home long term; do you plan to stay in this house for a while; do you think you'll be here for a few more
    years; do you want to leave the house to your daughter; going to stay in this house; how long do you see yourself
    living here; how long do you want to stay; how many years do you plan to stay in the house; is this where you want
    to grow old; is this your forever home; thinking of ever selling the place; what are your plans for the house long
    term; will you be here for some years; will you stay here for long; you planning on moving
  `),
  problem: questions(`
    about the hail in april; and does it ever let you down; and how's yours; and the wasps have been there ever since;
    anything creeping or crawling that you'd rather not have; are you facing any problem of insects; are you getting
    them too; are you one of the lucky ones or have they found you too; bit of a mouse problem i hear; cool so you got
    any ants or spiders lately; did the april storm get you; did the hailstorm hurt your roof; did you get hit by that
    hail in april; did you get hit by the hail in april; did you have any damage from the hail storm in april; did you
    have damage from the hail storm; did you see live ones or just droppings; do spiders ever come up from your
    basement; do you get a lot of outages; do you have a mouse problem by any chance; do you have any pest problems;
    do you have any photos of the droppings; do you have any storm damage; do you have bugs; do you have little
    critters running round your kitchen; do you have problems with your internet; do you know if they're mice or rats;
    does it cut out on you; does the internet let you down; ever find spiders in your house; get a lot of creepy
    crawlies in this house; got any hail damage; had any unwanted visitors in the house lately; have the ants gotten
    into your house with all this rain; have they found your house too; have you been fighting with any pests; have
    you been seeing any; have you been watching them; have you come across any bugs indoors; have you had any issues
    with insects lately; have you noticed any pest activity lately; have you noticed any smell; have you noticed more
    spiders lately; have you seen any bugs around the house; have you seen or heard anything in the garage or attic;
    hey boss you guys got any bugs; hi do you have mice or anything; how bad did the roof get hit; how did you find
    out about the mice; how did you first find out you had mice; how did your roof come through the hail; how does
    your connection behave; how high up is the nest; how is your internet; how is your internet connection; how many
    droppings are we talking about; how many shingles did you lose; how's the connection for that; how's the roof
    doing; how's your connection been lately; how's your roof after the storm; how's your wifi been; i saw three vans
    of theirs on the street last week is everyone having trouble; i understand you have mice in the garage; is it
    wasps you've got up there in the eaves; is something bugging you in the house; is that a nest up there; is that
    happening here too; is the nest still active; is the nest still up there; is there a nest somewhere on your
    property; is there any bug problem that annoys your family; is there any pest that bothers your family; is there
    anything bug related that drives you nuts; is there anything in or around the house that bugs you; is there one
    thing in the basement that bugs you; is your wifi reliable; looks like you folks got hit by that hail in april;
    mind telling me about it; mind telling me what's going on with the wasps; notice any insects since the weather
    turned warm; quick one how's your internet treating you; see any missing shingles; so do you have bugs man; so do
    you have bugs or not; so what bugs you have; so what's up with your connection; tell me about your ant situation;
    the basement what's wrong with it; three o'clock every day what's going on at three; what about around the house
    itself any nests under the roof; what about the wasps; what brings you trouble around the house; what did the hail
    do to your roof; what did the storm do to your place; what exactly have you noticed; what happens when you're in
    the middle of a call; what happens when you're on a call; what have you found in the garage; what have you noticed
    exactly; what i meant was are you happy with cableone's service; what is the biggest problem with your
    electricity; what is the problem you are facing with the wasps; what kind of bugs do you get in here; what kind of
    damage are we talking about; what kind of damage do you have; what kind of pests do you see the most; what kind of
    problem do you have; what kind of trouble are you having; what makes you sure it's mice; what signs of mice have
    you come across; what sort of bugs do you get here; what sort of creatures are bothering you; what would happen if
    you just left it; what's buzzing around up there; what's crawling around in your kitchen; what's going on at
    three; what's going wrong with your internet; what's living in your basement; what's the deal with the bugs here;
    what's the trouble with your internet these days; when do you have problems; when does it let you down; which
    pests have you been dealing with this year; who's letting you down at the moment; you don't have bugs; you ever
    lifted the shingles around it; you ever see black widows; you got ants; you got ants or roaches or anything like
    that; you got anything with more than four legs in there; you got bugs; you got hail damage; you got spiders or
    what; you mentioned mice; you're telling me you've never seen a spider in there; you've been up there since the
    storm
  `),
  quotes: questions(`
    am i the first one you talk to about this; and what were their prices; did any of the four get up on the roof; did
    any of them climb up; did anyone else offer you fibre; did other companies come by already; did they give you a
    price; do they seal the door; good afternoon ms shah leo from castle pest you asked us for a quote online; got any
    estimates yet; has another company offered you fibre; has anybody else offered to do it; has anyone else pitched
    you; has anyone else pitched you fibre; have other roofers been here; have the other lot given you a price; have
    you got any offers for it; have you had any solar companies come by; have you looked at other providers; have you
    talked to anyone else about this; how do we compare to the others; how does it compare to the other two; how many
    guys offered you a roof; how many guys offered you that; how many of us have knocked on your door since the storm;
    how many roofers have been here; how many solar companies have you spoken to; how many storm guys have been here;
    how much do they want; is that in the ballpark of the others; is there anything in the other offers that ours
    lacks; so are we better than the others; third one this month what did the other two tell you; what are the other
    companies charging; what are you comparing; what did the company with 420 offer; what did the first company offer;
    what did the other companies offer you; what did the other companies propose; what did the other four tell you;
    what did the others offer; what did they want per month; what did those other four tell you; what did you not like
    about their offer; what do the other offers look like; what do they charge; what do you like about the cheaper
    offer; what does the cheapest one charge; what does their offer include; what have they quoted so far; what is
    included in those; what kind of deal did they put in front of you; what made you start looking at companies; what
    offers do you have so far; what price did they quote you; what's included in the 420; what's missing in theirs;
    what's on the table from the others; what's the other ones offering; when does the other company get back to you;
    which company is ahead right now; which offer is the best so far; which one do you like better; who are you
    comparing at the moment; who are you comparing us with and what will you be looking at; who else are you talking
    to; who the others are; whose offer do you like best
  `),
  relief: questions(`
    how would a lower bill change things for you; how would it be for her if they were gone; how would it be to have
    that fixed before winter; how would it feel to have no ants anymore; how would your afternoons look without the
    freezing; how would your summer look without the wasps; if you woke up tomorrow and they were all gone what would
    change; picture the house without them what's different; picture the kitchen with no ants what's different; what
    could you do with the savings; what would a dry ceiling be worth to you; what would a stable line mean for your
    work; what would be different if they were gone; what would change for you if it never happened again; what would
    change for you with a line that never drops; what would it change for your daughter; what would it mean to her if
    they were gone; what would it mean to you to have the garage back; what would life be like without ants; what
    would she do with the room if they were gone; what would you change if you could; what would you do if the bill
    were cut in half; what would you do with a hundred dollars more a month; what would you do with an extra 150 a
    month; what would you do with the extra hundred; what would you do with the extra money if you didn't have a bill;
    what would you do with the money if the bill were half; what would you do with the money you save; what would you
    do with the porch if they were gone; what would you do with your afternoons if it just worked; what would you get
    back if the mice were gone; what would you two do if the porch were free again; what would your evenings be like;
    what would your wife do first if the porch was safe; would she not be happy to go down alone; wouldn't you love to
    use that room again; wouldn't your daughter love to use that room
  `),
  roses: questions(`
    beautiful day isn't it did you plant those yourself; did you plant those roses yourself; do you do the gardening
    yourself; those roses are lovely who looks after them; who planted the roses out front
  `),
  severity: questions(`
    and has it got any bigger since april; are there more of them than last year; are they more of an annoyance or a
    real problem for you; has it got worse since april; has it gotten worse lately; has it gotten worse over the
    summer; has it gotten worse over time; has that stain grown any; has the stain on the ceiling changed since then;
    how bad are the spiders do you see them a lot; how bad does it get; how bad is it down there; how bad is it on a
    scale of one to ten; how bad is it really; how bad is the problem; how bad was the hail on your side; how big is
    that stain; how big is the stain; how big's that stain now; how fast is that stain spreading; how heavy is it for
    you; how heavy is that for you each month; how quick is it growing; how quickly is it getting worse; how serious
    is it getting; how would you describe how bad it is; how would you rate it from one to ten; is it a big deal for
    you; is it a minor thing or a major one; is it getting better or worse; is it getting worse; is it getting worse
    each year; is it growing; is it hard to pay on a pension; is it just one or two or an invasion; is it worse this
    year than before; is that stain getting any bigger; is the problem growing; is the situation growing worse; is the
    stain growing; would you call it serious; would you say it's getting worse; you guys get a lot of spiders
  `),
  sign: questions(`
    do people ignore your sign; does the sign work; how many salesmen come by here; one honest question and then i'll
    go if that's alright with you; what made you put that sign up; why did you put up the sign; why the sign
  `),
  since: questions(`
    and does it go up every year; and how long has that been going on for; and that started when; and that's been
    going on for how long now; did they come back from last year; do you recall when it all began; have you had any
    trouble with them this year; how far back does this go; how long ago did the leak start; how long has it been
    climbing; how long has it been going on; how long has it been leaking; how long has it been like that; how long
    has it been like this; how long has that nest been there; how long has the ceiling been like that; how long has
    this been a problem; how long have they been coming in; how long have they been raising it; how long have they
    been up there; how long have those wasps been up there; how long have you been noticing that; how long have you
    been putting up with this; how long have you had spiders; how long have you had them; how long have you had those
    wasps; how long have you had to live with that; how long you been doing that; how long you had them; how long's it
    been like that; how many months has it been; how many summers have you had them; how many weeks has this been
    going on; how many weeks has this been happening; is it the first summer with them; is this a recent thing; is
    this something new or has it always been like that; just wondering if you've seen more spiders than usual this
    year; ok and how long have you had them; roughly how many months has it been; since how long you are having this
    problem in the garage; since how many years it is there; since how much time; since what month has it leaked;
    since when's it wet again; was it ever good; was it like this last year too; what month did you see the first
    ones; what year did they first come; when did it begin; when did it start; when did that happen; when did that
    start; when did the hail hit; when did the spiders start; when did they first show up; when did they first turn
    up; when did you do it; when did you first become aware of it; when did you first notice; when did you first
    notice the stain; when did you first notice them; when did you last look in your basement for spiders; when did
    you spot the first one; when was the storm
  `),
  size: questions(`
    how big is the basement; how big is the garage; how big is the house; how big is the roof; how big is your garage;
    how large is the house; how many bedrooms; how many bedrooms do you have; how many floors do you have; how many
    rooms are there; how many square feet is it; how many squares is it; is it a big basement; is it a single storey
  `),
  speed: questions(`
    and what speed are you supposed to get; do you get good speeds; have you run a speed test; how fast is your line;
    how many megabits do you get; how many megs are you supposed to have; how's the speed; what do you get for that;
    what speed are you getting now; what speed do you need; what speed do you pay for; what speeds do you get in the
    afternoon
  `),
  storage: questions(`
    what are the shelves full of; what do you keep in the garage; what do you store in there; what else is stored in
    the garage; what's stored in there
  `),
  talk: questions(`
    alright so shall we put you down for thursday afternoon; alright tomorrow at seven; am i bothering you; am i
    interrupting something; and it leaked again after the last storm; and that did not give result correct; and they
    come back every time it rains; and they just disappeared; and you keep the house warm to save money; and you paid
    by check; any other worries; any plans for the weekend; any questions about that; anything i missed; are they
    yours; are you expecting me; are you having a good day; are you okay with saturday at 10; are you ready to move
    forward; are you ready to start; are you sure; are you the lady of the house; beautiful day isn't it; but would it
    suit you to pay only afterwards; can i ask you something; can i at least go up and look; can i book you for next
    tuesday; can i call you next week; can i come back tomorrow; can i come saturday at 10 to look; can i come sunday
    at 5 when he is at home; can i do it now while i've got the ladder or is thursday better; can i explain how it
    works; can i get you on the schedule; can i get your phone number in case i'm running late; can i go on the roof
    for 20 minutes and take the photos; can i leave a flyer at least; can i leave my card; can i put you down for
    friday; can i schedule a free roof check with you and your daughter; can i see the ceiling; can i see your roof
    from the back yard; can i show you the numbers; can i start now; can i take a look at the nest; can i use your
    bathroom; can we get you set up for this friday; can we schedule an inspection for friday morning; can we set up
    the installation for monday; can you do that; can you repeat that; cool so can we get you in tmrw at 2; cool so
    tomorrow 9 am then yes; cool so when can we install; could i drop off a copy this evening; could i have a glass of
    water; could i meet with both of you tomorrow evening; could i put a hold on monday at 8 for you no charge if you
    cancel; could i show you something; could i um leave my card and call you tomorrow; could our engineer check the
    roof on saturday morning; could our technician come wednesday at nine or would the afternoon be better; could we
    check the roof on tuesday; could we do saturday at nine with your coffee; could we meet thursday at 6; could we
    reserve thursday 10am in the meantime; could we set a time; could we talk to him together; did any of it leave
    marks on the gutters or the car maybe; did i catch you at a bad time; did i catch you in the middle of work; did i
    forget anything; did i get that right; did you ask us to come; did you call us; did you hear me; did you sleep
    well; did you watch the game; do i have your ok; do i look like a liar; do we go ahead on saturday; do you believe
    in luck; do you have a minute; do you have a minute for me; do you have a moment; do you have a second; do you
    have any concerns; do you have any other questions; do you have any questions for me; do you have like two
    minutes; do you like football; do you like music; do you like your car; do you speak spanish; do you trust me; do
    you want to try it; does saturday around ten suit you; does saturday morning work for you; does that make a
    difference for you; does that make sense; does that sound about right; does that sound fair; does that sound like
    something for you; does that sound reasonable; does that work; does that work for you; does thursday after five
    work for the two of you; every day at three; excuse me do you have internet; fine 40 a month then i start tomorrow
    deal; friday at four; got a second; great so wednesday at 9 am; have i caught you at a bad time; have you eaten
    yet; have you got other concerns; have you had that; he still around; hey lady got a minute; hey so sorry is this
    a bad time; hiya is it a bad time; hot one today ain't it; how 'about tomorrow mornin' round eight before it gets
    hot; how about saturday when she's here; how about tomorrow around nine; how do you feel about sprays; how do you
    feel about sprays with the little ones around; how do you like this weather; how does four hundred sound for
    everything; how does saturday at eleven sound; how does that compare with what you have; how does that sound; how
    does that sound so far; how long does it take; how long would the treatment take; how's wednesday after five;
    how's your week going; howdy sir beautiful truck you got there; i can have the ladder off the truck in two minutes
    shall i; i could be done before you even lie down deal; i know you have a sign but a quick question; i'll hold the
    ladder and you go up and take the pictures how's that; i'm back on this street on saturday at 11 should i knock;
    if i could fix it today would you do it; if i could show you something that never touches the floor would that
    help; if i email you that tonight could we pencil in friday at 9 for the inspection; if we could fix that for less
    than you pay now what would stop you; if we pay the cancellation fee would you switch; is 7 okay; is friday at 4
    okay; is it alright if i go up there and take those photos; is it fine; is it good; is morning or afternoon better
    for the install; is now a good time; is now an okay time; is now okay or should i come back at lunch; is she
    alright now; is she okay; is that a no; is that a yes; is that confirmed; is that ok; is that okay with your
    calls; is that right; is that something you could do; is that your truck what year is it; is the internet ok round
    here; is there a coffee shop around here; is there anything else on your list; is there anything else that would
    stop you from giving us a try; is there anything else you'd like to know; is there anything i could do to earn
    your business; is there anything that worries you about having someone treat the house; is there anything that
    would stop you from going with us; is there anything that would stop you from switching; is there anything you'd
    like to ask me; is this a bad time; is this a good time; just one question; less than a tank of gas for that truck
    right; may i ask one question; may i tell you how we do it; might i borrow a moment; mind if i show you something
    on my phone; mine's seven she screams if she sees one nine huh; no i mean what day can we come look at your roof;
    now how about we get that nest taken care of wednesday morning say 10 o'clock; oh i can smell that from here is
    that garlic; oh that's you; oh what a cute dog is that a beagle i hear; ok what about saturday; one honest
    question and then i'll go; right then tuesday half nine; saturday at 9 and i'll call instead of ringing the bell
    deal; saturday morning before it gets hot; shall i book for tomorrow; shall i book the inspection for wednesday;
    shall i come back at seven when he's home; shall i come on saturday; shall i come tomorrow evening at 7 ma'am;
    shall i come tuesday at 5 30 when your daughter's home; shall i put you down; shall i sign you up; shall we book
    it; shall we book the install for monday between 9 and 11; shall we do it on saturday; shall we fix saturday
    morning for the work; shall we put you down for thursday; shall we put you in for next tuesday; shall we say
    monday morning; shall we say thursday at 10 o'clock for the inspection only; shall we say wednesday morning before
    your first call; should i come back later; should i confirm friday 9am; should i put you down for tuesday at 10
    am; so are we booking; so are we good to go; so can i go up on roof now; so can we do it now; so can we do
    tomorrow at 5 30 with both of you; so could i come by tomorrow at six thirty so you both can hear about it; so
    could i maybe come saturday morning like 10; so do we have a deal; so does that take care of your concern about
    the kids; so friday at nine; so if i don't talk long and leave when you tell me to are we good; so is saturday
    after your calls ok then like noon; so is she worth 99 bucks or not; so is that doable for you; so is tomorrow at
    9 okay or what; so is wednesday at 9 okay; so it is fixed then; so monday at ten; so saturday 10 am is confirmed;
    so saturday morning; so shall i put you down for thursday half nine; so shall we book the engineer in for next
    monday morning; so she can't get to her bike without you; so she doesn't go in the basement at all; so she wakes
    you up for that; so should i get my ladder; so should i get you on the install list for next tuesday; so three
    o'clock after you're up; so thursday at 6 ok; so tomorrow at 6 30; so tomorrow six thirty right; so wednesday at
    10 is that a yes; so what do you say; so what do you say i put the drone up right now five minutes; so what's
    stopping you; so when can i come; so when can someone come check the roof; so would tuesday or thursday be better
    for the roof check; ten dollars sorry i'm not sure i follow ten dollars what; that your own tar job up there;
    that's really warm at 80; then i'll come at 5 30 on thursday and we look at it together okay; then let's do the
    inspection on friday when your partner is back say 4pm; then may i suggest thursday morning at nine o'clock; then
    thursday at ten; then wednesday at five; thursday 10 o'clock ok; thursday 5 30 shall i put it in; thursday at 11
    good; tuesday at five thirty then; want to see what that looks like; we're cheaper then aren't we; wednesday at 10
    then; what are you cooking; what are you making; what day is good for you; what day works best for you; what day
    works for the install; what did you say; what do you figure; what do you mean; what do you mean catch; what do you
    mean not interested everybody hates spiders; what do you need to think about; what do you say; what do you think;
    what do you think about politics; what do you think about that; what do you think of that; what do you think
    should we give it a go; what do you want to know first; what don't you like about it; what else do you need; what
    else do you want to know; what else is on your mind; what else would you like to know; what if i gave you a
    discount; what if it was free; what if we call him real quick; what is it you'd like to think about; what is your
    doubt sir; what kind of coffee do you drink; what part don't you like; what questions do you have; what questions
    do you have for me; what smells so good; what time is it; what worries you about calling the insurance; what would
    it take for you to let me look; what would it take for you to let me up there; what would make friday worth it;
    what would you say to that; what would you want to know before you let someone up there; what you think; what's
    holding you back; what's the best number; what's your email; what's your favourite colour; what's your star sign;
    when can i come and look; when can i come back; when could i sit down with you and your daughter for half an hour;
    when would be a good time to sit down with both of you; where can i park; where did you go on holiday; which day i
    can come to check the roof; who will win the election; why are you so rude; why is that; why not; why's that; will
    thursday 10 o'clock be fine for you; would a written comparison help you; would friday at 4 pm or saturday at 10
    am be better for the inspection; would it be easier if i came back when your husband's home; would it be ok if our
    roof guy took a look tuesday afternoon; would it help if he called me; would it help if i sent you the guarantee
    in writing before your next call; would saturday at 11 work for both of you; would saturday at 9 be okay; would
    saturday be alright; would that be okay; would that be worth five minutes; would that help; would that help you;
    would that make you feel any better; would that make you more comfortable; would that sort it; would that work for
    you; would thursday at half nine do; would thursday at half past nine suit you and your wife; would thursday at
    ten or friday at two be better; would thursday work; would tomorrow at 4 work; would tomorrow morning suit you and
    your wife; would tuesday or thursday work better; would wednesday after school or thursday morning be better for
    you; would you be around on saturday morning if i came with the ladder; would you be happy with that; would you
    call one of them; would you like me to check your roof; would you like me to email it to you in writing; would you
    like to hear more; would you like to see it; would you like to see the contract first; would you mind if i took a
    quick look; would you tell me what put you off; would you want me to take care of it this afternoon while i'm
    here; would you want to see my license; would your daughter want to see the contract before we talk dates; would
    your wife be home friday; yo what's up boss man; yo you want solar; you helped put it on you're not a roofer
    though are you; you must be mr boone; you the gardener; you want me to spray or what; you've got your hands full
    huh; your good name please
  `),
  tenure: questions(`
    are you from around here originally; been here long; been living here a while; have you always lived in this
    house; have you lived here long; how long has this been your home; how long have you been here; how long have you
    been in this house; how long have you lived here; how long you been living here; how long you lived here; how many
    decades in this house; how many years have you been living here; how many years have you lived here; since when do
    you live here; what year did you buy the house; when did you move in; you been in this town your whole life; you
    been on this street long; you from this town; you've been in this neighbourhood a long time i guess; you've lived
    here longer than anyone on the street
  `),
  timeline: questions(`
    by what date should it be done; by when do you want to decide; do you want it done before anything special; how
    soon could you use something better; how soon do you need it gone; how soon do you need it solved; how soon should
    it be done; how soon would you want panels; is there a deadline for you; is there any date you want it gone
    before; is there any rush for you; what is your deadline for fixing this; what's your deadline; when are you
    hoping to make a change; when are you planning to redo it; when could we switch you; when do you need a solution;
    when do you need it done by; when do you need it handled; when do you want it fixed; when do you want this sorted;
    when do you want to go up; when will you make up your mind; when would be a good time to do it; when would you
    like me to come; when would you like me to do it; when would you like to have this taken care of; when would you
    like to switch; when would you want it done; when would you want to be switched over; you reckon it'll make
    another winter; you want it done before winter
  `),
  tried: questions(`
    and what are you doing about them at the moment; and what do you use; and what have you done for it any traps or
    poison you have kept; and what have you tried up to now; are the traps baited with peanut butter; are you handy
    have you tried sealing anything; did you buy something against it; did you do any troubleshooting; did you ever
    try to get it back; did you get up there and look at it yourself; did you get up there with a spray; did you have
    a look at it yourself; did you repair it on your own; did you spray it with anything; did you try saving power;
    did you try to fix it on your own; did you try to remove it; do you kill them or what; do you put anything down
    when they appear; ever put out traps for them; ever sprayed down there; have you been using anything from the
    store; have you bought anything for it; have you changed anything to lower it; have you done anything to bring the
    bill down; have you done anything to it yourself since then; have you done something about it already; have you
    gone up there yourself; have you got a ladder; have you had a go at it yourself; have you made any attempt to stop
    it; have you reset the router or anything; have you tried a new router; have you tried anything; have you tried
    anything yourself; have you tried to deal with it on your own; have you tried to get rid of them; how did you go
    about it; how did you patch it; how do you manage that on a pension; how many have you caught so far; how many
    traps did you put out; how many traps did you set; how'd you go about patching it; ok have you tried anything for
    it yet; so what have you done since; so what have you tried so far to get rid of them; so what's been your
    strategy against them; that's insane two hours; what did you do about it; what did you do about it last year; what
    did you do so far; what did you do to fix it; what did you do when you first saw them; what did you fix; what did
    you patch it with; what did you try; what did you use for the repair; what do you do about them; what do you do
    about them now; what fixes have you attempted; what have you been doing about them so far; what have you done
    about it so far; what have you done about them; what have you done to bring it down; what have you done to fix it;
    what have you done to save power; what have you done to stop them; what have you done to try to fix it; what have
    you found so far; what have you found works for you; what have you put down for it; what have you put down so far;
    what have you set up against them; what have you set up so far and did it catch anything; what have you tried;
    what have you tried so far to get rid of it; what have you tried so far to get rid of them; what have you tried to
    fix it; what have you used on them until now; what have you used so far; what kind of tar did you use; what steps
    have you taken; what works best for you against it; what's wrong with the traps you use now; what's your approach
    been up to now; what's your go to when you see a trail of ants; when it rains do you put a bucket under it; which
    products did you use; which sprays did you give a go; which traps have you used; who did the repair; who fixed it;
    who taught you roofing; who went up the ladder; you did that patch yourself; you do the work on it yourself; you
    doing the deck yourself; you ever try anything for it; you fix it yourself; you want to get rid of them or what
  `),
  use: questions(`
    do you game or stream; do you run the a c a lot; do you stream a lot; does he game or what; does the ac run all
    summer; how much of the bill is air conditioning would you guess; is it the cooling; is that mostly the air
    conditioning; what do you all use the internet for; what do you mainly use it for; what do you need the internet
    for most; what do you think is driving it the ac; what do you use it for mostly; what do you use the internet for
    most; what eats up all that electricity; what runs most of the time in the summer; what uses the most power in
    your home; what's got you running the most power is it the ac
  `),
  want: questions(`
    are you open to hearing how it works; could you imagine using something like that; do you want it gone before the
    grandkids come; do you want to switch; hello miss solar panels you interested; hi we do solar panels you
    interested; is that of any interest to you; so would you like to save 50 percent on that; would a written offer
    interest you; would faster internet interest you; would solar even be interesting for you; would that be something
    for you; would you consider it if the numbers work; would you like it in writing; would you like to have faster
    internet; would you want it fixed if it was cheap and quick; would you want to get the spiders taken care of; you
    want me to show you
  `),
  when: questions(`
    and does it happen all year or just at certain times; and in winter how is it then; are there certain hours when
    it's bad; are they active at night; are they worse in the afternoon; at what time do you see most of them; do they
    come out at night; does it always happen at the same time; does it leak every time it rains; does it only leak in
    heavy rain; have you heard them in the walls at night at all; is there a time of day they're worse; is three
    o'clock always the bad time; mornings or evenings mostly; what happens around three; what hour does it usually
    crash; what part of the day is worst; what time are they out; what time do you hear them; what time does it go
    bad; what time is it the worst; what time of day are they most active; what time of day is it slowest; what time
    of day is it worst; what's the worst time; when does it leak; when is it the slowest; which hours are the worst;
    which months are the worst; which part of the day is worst
  `),
  where: questions(`
    any trees that shade the roof; are they only in the kitchen or other rooms as well; can you show me where the nest
    is; can you show me where they are; can you show me where they are coming from; did it come through after the last
    storm; do you get much shade; do you know from where they are coming; do you know how they get inside; does it
    work better in some rooms; does your roof get a lot of sun; from where they are coming; has any water come through
    inside; how far is your desk from the router; how is the signal upstairs; in which room is it worst; in which
    spots do you find them; is the back of the house facing south; is the water coming inside when it is raining; is
    there one spot where they always show up; is there shade on the roof in the afternoon; is there still water coming
    in; point me to the area where you see them; what area has the most; what side is the damage on; when does the sun
    come off the roof; where are the spiders; where are they the worst; where did the shingles come off; where did you
    find the droppings; where do you find the droppings; where do you find them; where do you see the droppings; where
    do you see them; where does she run into them; where exactly are you hearing the mice; where exactly is the nest;
    where have you seen them; where in the garage are they; where in your kitchen do you find most of them; where is
    it; where is the nest; where's the router; whereabouts are all the spiders; whereabouts are they all; whereabouts
    do you notice them most; whereabouts is the damage; which corner of the garage; which direction does the back roof
    point; which part of the house is it; which part of the kitchen is worst; which room do you work in; which room is
    the worst; which room's that in; which side of the house are they on; which side took the worst of it; which way
    does the roof face; which way does your roof face
  `),
  whynot: questions(`
    and why didn't you go with them; how come you haven't called anybody about it; how come you never did anything
    about it; is that why you never called anyone again; what has held you back from solar until now; what has kept
    you from hiring one so far; what has stopped you calling a pro; what made you hesitate about solar; what stopped
    you; what's keeping you from fixing it; what's keeping you from getting a new roof; what's kept you from getting
    it treated so far; what's kept you from having it done; what's kept you with them; what's stopped you; what's
    stopping you from replacing it; why are you skeptical; why did you wait three weeks; why did you wait until now;
    why didn't you have a roofer do it; why do you live with it; why don't you get someone to deal with it; why has it
    taken so long; why has it taken three weeks; why have you stayed with them so long; why haven't you; why haven't
    you gone solar yet; why haven't you had it fixed for good; why haven't you had someone out since then; why haven't
    you switched already; why not just get rid of them; why stick with them
  `),
  wish: questions(`
    at what point would you say it's solved; how do you want this to turn out; how would you define success; how would
    you like this to end; if it was up to you what happens; if it was up to you what happens with the roof; so you
    want it gone today; what are you hoping solar would do for you; what are you hoping this would do for you; what do
    you want done with the roof; what does success look like to you; what happened exactly; what is your goal with
    this; what outcome would make you happy; what result do you want in three months; what would a good solution look
    like to you; what would a perfect connection look like for you; what would an ideal solution look like to you;
    what would be a dream outcome; what would be a dream setup; what would be the ideal outcome for you; what would
    good internet look like to you; what would make you a happy customer; what would make your life easier; what would
    the perfect result look like for you; what would you fix first if you could; what would you like to see first;
    what would you like to see happen; what would you like to see happen with this roof; what would you like your bill
    to be; what would you want if you could pick anything; what would you want to be different this time; what would
    you want to come out of this; what would your dream internet be like; what would your perfect bill look like;
    what's the best outcome for you here; what's your ideal outcome
  `),
  work: questions(`
    and what did you do before you retired; are you home all day; are you retired; are you working from home today; at
    three every day what sort of work do you do from home; do you have a job outside the house; do you have to get up
    early for work; do you work from home; do you work from home at all; do you work nights; do you work or stay home
    with the kids; do you work the night shift; do you work upstairs; every day at three what do you do for work; how
    long did you serve at the post office; how long were you with the post office; tell me what you do for a living;
    were you a teacher; were you asleep; what did you do before you retired; what did you teach; what do you do for a
    living; what do you do for work; what do you do for work if you don't mind; what do you do from home; what exactly
    do you train people in; what is it you do upstairs; what keeps you busy; what kept you busy before retirement;
    what kind of work do you do; what line of work were you in; what sort of job do you do; what sort of work do you
    do; what was your job; what work you did before; what's your job; what's your trade; when are you asleep during
    the day; when do you sleep tomorrow; would you rather i came before or after your shift; you a mechanic; you're in
    training right
  `),
};
