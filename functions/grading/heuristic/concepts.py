"""Words of the five languages that mean the same in a sales call, so that what the models learn in one language holds in
the others.

A word belongs to at most one concept. `interes*` stands for each word that begins so.
"""

from collections.abc import Iterable

_CONCEPTS = {
    "i": "i me my ich mich mir mein meine meinen meinem je moi mon ma mes yo mi mis me eu meu minha comigo",
    "we": "we us our wir uns unser unsere unseren nous notre nos nosotros nuestro nuestra nuestros gente nosso nossa",
    "you": "you your yours ya sie ihnen ihr ihre ihren ihrem vous votre vos usted ustedes su sus senor senora voce voces "
    "senhor senhora tu seu sua seus suas tens",
    "no": "no not never nope nothing nein nicht kein keine keinen nie nichts non pas jamais rien ni nunca nada nao nem",
    "yes": "yes yeah yep sure okay ok ja gerne klar genau oui ouais bien si claro vale sim isso certo beleza",
    "have": "have has got habe haben hat ai avez avons tengo tiene tienen tenemos tenho tem temos",
    "want": "want wants mochte mochten will wollen veux voulez veut quiero quiere queremos quero quer queremos",
    "can": "can could kann konnen konnte konnten peux pouvez peut puedo puede podemos pode posso podemos consigo",
    "need": "need needs brauch* besoin necesit* precis*",
    "know": "know weiß wissen sais savez se sabe sei sabem",
    "think": "think consider thinking uberleg* nachdenk* reflech* pens* penso",
    "price": "price prices pricing cost costs kost* preis* prix coute coutent cout precio* cuesta cuestan costo preco* custa "
    "custam custo",
    "pay": "pay paying paid pays payment zahl* bezahl* zahlung paye* payer pago pagas pagar paga pagando pagamento",
    "money": "money dollars bucks cash budget geld euro euros argent dinero plata pesos dinheiro reais grana libras pounds quid",
    "expensive": "expensive pricey steep overpriced teuer teures cher chere caro cara caros caras",
    "cheap": "cheaper cheap lower save saves saving gunstig* billig* spar* moins economis* barat* ahorr* economiz* poup*",
    "free": "free kostenlos* gratis gratuit* gratuito unverbindlich grat*",
    "spouse": "wife husband spouse partner missus mann frau conjoint mari epouse femme espos* marid* mujer mulher",
    "family": "son daughter brother mother father kids sohn tochter bruder mutter vater kinder fils fille frere mere pere enfants "
    "hijo hija hermano madre padre hijos filho filha irmao mae pai filhos",
    "busy": "busy rush hurry dinner cooking beschaftigt eilig eile presse occupe ocupad* prisa apurad* correria pressa jantar cenando",
    "time": "time zeit temps tiempo tempo",
    "minute": "minute minutes second seconds minuten sekunden secondes minuto* segundo*",
    "later": "later spater plus tard despues luego depois",
    "interested": "interest* interes* interess*",
    "trust": "trust believe vertrau* glaub* confi* croire crois creo creer acredit* desconfi*",
    "scam": "scam scams scammed catch burned crook* trick gimmick betrug* abzock* haken arnaque* estaf* trampa truco golpe pegadinha "
    "enganad* engan* timo",
    "contract": "contract contracts locked commitment vertrag* contrat* engagement permanencia fidelid* fideliz* compromis*",
    "sign": "sign signing signature unterschr* unterschreib* signe* signer signez firm* assin*",
    "cancel": "cancel cancelled kundig* stornier* resili* annul* cancel*",
    "already": "already schon bereits deja",
    "happy": "happy fine satisfied content zufrieden* content* satisf* satisfait*",
    "enough": "enough genug assez suffisant suficiente basta chega",
    "offer": "offer deal quote estimate angebot* devis offre* oferta* cotizacion presupuesto orcamento oferec* proposta",
    "book": "book schedule appointment slot termin* rendez* rdv vereinbar* cita agend* marc* reserv* programar consulta",
    "come": "come swing vorbei* kommen komme passe passer viens vengo venir paso pasar pase venga passo passar venho vir",
    "start": "start started begin anfang* loslegen starten start* commenc* demarr* empez* arranc* comec* inici*",
    "call": "call phone anruf* telefon* rufen appel* telephone llam* telefono lig* telefon*",
    "send": "send email mail leave schick* unterlagen envoy* courriel mand* envi* correo",
    "door": "door doorstep street soliciting tur haustur porte puerta porta",
    "live": "rent renting tenant landlord moving miete* vermieter locataire proprietaire demenag* alquil* inquilin* mudam* mudar alug*",
    "today": "right now jetzt sofort maintenant ahora agora ahorita",
    "because": "because weil denn parce car porque pois",
    "but": "but aber mais pero mas",
    "understand": "understand hear fair versteh* verstand* comprend* entiend* entend* compreend*",
    "sorry": "sorry entschuldig* leid desole* pardon disculp* perdon* desculp*",
    "thanks": "thanks thank danke merci gracias obrigad*",
    "please": "please bitte plait favor",
    "guarantee": "guarantee* guaranteed warranty garant*",
    "problem": "problem problems issue trouble arger probleme problema*",
    "who": "who wer qui quien quem",
    "what": "what was quoi qu que quel quelle quels quelles cual qual quais",
    "how": "how wie comment como",
    "much": "many much viel viele wieviel combien cuanto cuanta cuantos cuantas quanto quanta quantos quantas",
    "when": "when wann quand cuando quando",
    "where": "where wo ou donde onde",
    "why": "why warum wieso pourquoi",
    "which": "which welche* lequel laquelle",
    "or": "or oder o",
    "house": "house home haus hause maison chez casa",
    "neighbour": "neighbor neighbors neighbour neighbours nachbar* voisin* vecin* vizinh*",
    "company": "company companies provider supplier firma anbieter versorger societe fournisseur entreprise empresa* compania companhia "
    "operadora proveedor fornecedor",
    "year": "year years jahr jahre jahren an ans annee annees ano anos",
    "month": "month months monat* mois meses",
}

_EXACT: dict[str, str] = {}
_BEGINNINGS: dict[str, str] = {}
for _name, _words in _CONCEPTS.items():
    for _word in _words.split():
        (_BEGINNINGS if _word.endswith("*") else _EXACT).setdefault(_word.removesuffix("*"), f"@{_name}")
_LENGTHS = sorted({len(word) for word in _BEGINNINGS}, reverse=True)


def concepts(said: Iterable[str]) -> list[str]:
    """The concepts of the words, in order. The name of a concept begins with @."""
    return [found for found in map(_concept, said) if found]


def _concept(word: str) -> str | None:
    return _EXACT.get(word) or next(
        (_BEGINNINGS[word[:length]] for length in _LENGTHS if word[:length] in _BEGINNINGS), None
    )
