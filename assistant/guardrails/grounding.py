"""Whether every figure and car of an answer is true of what it is said of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from assistant.guardrails import attributes, grouping, negation, truth
from assistant.guardrails.claims import Claim, Kind, Part, claims
from assistant.guardrails.grounds import Car, Grounds, figures_of, hours
from assistant.guardrails.segment import Segment
from assistant.reading.plain import plain
from inventory import vocabulary
from inventory.kinds import Status
from inventory.vocabulary import Mention

# A line or a sentence. A full stop between digits or after "No." ends none.
_SENTENCE_END = re.compile(r"\n+|(?<=[.!?…])(?<!\bNo\.)(?<!\bno\.)\s+(?=\S)")
# What joins two names that share what follows: "el Mazda 3 y el Sentra cuestan ...".
_JOINT = re.compile(
    r"[\s*_,/«»\"']*(?:(?:y|o|u|e|ni|and|or|nor|vs\.?|contra)\s+)?(?:(?:el|la|los|las|un|una|the|a)\s+)?[\s*_,«»\"']*"
)
_SEVERAL = re.compile(
    r"\b(?:todos|todas|ambos|ambas|los dos|las dos|estos|estas|cada uno|opciones|varios|respectivamente|desde|van de|"
    r"entre|all|both|these|each|options|range|ranging|respectively|between)\b"
)
_THEIRS_BEFORE = re.compile(r"\b(?:tu|su|tus|your)\s+(?:\w+\s+){0,2}[*_«\"]*\Z")
_NOT_HERE = re.compile(
    r"\b(?:no (?:los? |las? |te )?(?:tenemos|tengo|hay|contamos|cuento|manejamos|manejo|encontre|encuentro|encontramos|veo|aparece|"
    r"esta|estan|puedo|podemos)|ya no|ningun[oa]?|don'?t (?:have|carry|sell)|do not (?:have|carry|sell)|not (?:in stock|available|have)|"
    r"no longer|isn'?t|aren'?t|is not|are not|couldn'?t find|can'?t|cannot|none of)\b"
)
_GONE = {
    Status.SOLD: re.compile(
        r"\b(?:se (?:acaba de vender|vendio)|(?:esta|fue|ha sido|ya esta) vendid[oa]|vendid[oa]s?|sold)\b"
    ),
    Status.RESERVED: re.compile(r"\b(?:apartad[oa]s?|reservad[oa]s?|reserved|on hold)\b"),
}
_HERE = re.compile(
    r"\b(?:(?:esta|sigue|siguen|estan|todavia esta|aun esta)\s+(?:disponibles?|en venta|a la venta)|disponibles?|en existencia|"
    r"available|in stock|for sale)\b"
)
_NONE_HERE = re.compile(
    r"^(?:\W|por (?:ahora|el momento)|de momento|lamentablemente|lo siento|right now|currently|unfortunately|sorry|we|at the moment)*"
    r"(?:ya )?(?:no (?:tenemos|hay|contamos con|manejamos)|don'?t (?:have|carry)|do not (?:have|carry))"
    r"(?: (?:ningun[oa]?|any|an?|un|una|autos|cars))*\W*\Z"
)
_NOTHING_MORE = re.compile(
    r"^[\s*_«»\"']*(?:por (?:ahora|el momento)|de momento|right now|at the moment|in stock|en existencia)?[\s*_]*(?:[.,;:!?\n]|$)"
)
# From here on a bare number that the customer said may be a stock id.
_ID_LEAST = 1000
_LIST_LINE = re.compile(r"^\s*(?:\d{1,2}[.)]|[^\w\s¿¡*_\"'(])", re.MULTILINE)
_NEXT_CLAUSE = re.compile(r"[,;:.!?]|\b(?:pero|but|though)\b")
_MORE = re.compile(r"[\s*_]*(?:arriba|por encima|por arriba|de mas|mas|over|above|more|menos|less|under|below)\b")
_THAT_ONE = re.compile(r"\b(?:esa|ese|that)\b")
_MEASURED = frozenset((Part.LENGTH, Part.WIDTH, Part.HEIGHT, Part.MARGIN))
_OFFERS = re.compile(r"\b(?:manejamos|ofrecemos|tenemos plazos|hay plazos|se puede a|we offer|we have terms|we do)\b")
_ORDINALS = tuple(
    re.compile(rf"\b(?:el|la|the)\s+(?:{words})\b(?!\s+(?:mes|pago|mensualidad|month|payment))")
    for words in ("primer[oa]?|first", "segund[oa]|second", "tercer[oa]?|third", "cuart[oa]|fourth", "quint[oa]|fifth")
)


@dataclass(kw_only=True)
class Named:
    """What an answer was found to speak of: the cars, by stock id, and what is wrong."""

    cars: set[int] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    # The cars that it may mean where it is wrong, and that have changed since they were looked up.
    outdated: set[int] = field(default_factory=set)
    # The cars in the order they are named: "the second" is the second of them.
    order: list[Car] = field(default_factory=list)
    terms: set[Decimal] = field(default_factory=set)
    # How many lines of it are entries of a list.
    listed_lines: int = 0
    mentions: int = 0
    # How many of the violations are figures that may be true of another car of the sentence.
    untrue: int = 0

    def copy(self) -> "Named":
        return replace(
            self,
            cars=set(self.cars),
            violations=list(self.violations),
            outdated=set(self.outdated),
            order=list(self.order),
            terms=set(self.terms),
        )

    def note(self, car: Car) -> None:
        self.cars.add(car.stock_id)
        if car not in self.order:
            self.order.append(car)

    def wrong(self, sentence: str, *, claim: Claim | None = None) -> None:
        """Note a violation; `claim` if it is a figure that is true of none of the cars it was held against."""
        if sentence not in self.violations:
            self.violations.append(sentence)
            self.untrue += claim is not None and claim.kind in grouping.OF_A_CAR and not truth.is_of_name(claim)


def read(text: str, known: Grounds) -> Named:
    """Check a `normalised` answer against the grounds of its thread."""
    named = Named(listed_lines=len(_LIST_LINE.findall(text)))
    subject: list[Car] = [known.cars[known.focus]] if known.focus in known.cars else []
    topic = subject
    sentences = list(_sentences_of(text, known))
    named.mentions = len({(m.make, m.model) for sentence in sentences for m in sentence.mentions if m.model})
    for sentence in sentences:
        tried = named.copy()
        now = subject
        for segment in _cut(sentence):
            now = _Check(segment, text, known, tried, topic).run(now)
            if len(now) == 1 and (segment.mentions or segment.names_id):
                tried.note(now[0])
        fresh = len(tried.violations) - len(named.violations)
        is_only_figures = fresh > 0 and fresh == tried.untrue - named.untrue
        if is_only_figures and (cars := grouping.cars_of(sentence, text, known, topic, named.order)):
            # Cut otherwise, all of it is true: "148,999 for a 2012 Mazda 3, up to 408,999 for the CX-9".
            tried = named.copy()
            now = _Check(sentence, text, known, tried, topic).run_without_figures(cars)
            for car in cars:
                tried.note(car)
        named, subject = tried, now
        if sentence.mentions:
            topic = [car for car in known.cars.values() if sentence.names(car)] or now
    _check_hours(text, known, named)
    return named


def _check_hours(text: str, known: Grounds, named: Named) -> None:
    for told, words in hours(text, claims(text)).items():
        if told not in known.hours and (told[0] is not None or told[1:] not in {held[1:] for held in known.hours}):
            named.wrong(f"the hours {words} are not what the dealership says")


# --- Parts of an answer -------------------------------------------------------------------------------------------


def _sentences_of(text: str, known: Grounds) -> Iterator[Segment]:
    trims = _trims(text, known)
    # What is a trim's is not looked through for names: the "M2" of "Serie 2 M2" is no other car.
    without_trims = text
    for start, end in trims:
        without_trims = without_trims[:start] + " " * (end - start) + without_trims[end:]
    mentions = [m for m in vocabulary.mentions(without_trims) if m.certainty == 1 and m.make and not _is_everyday(m)]
    found = claims(text, [(mention.start, mention.end) for mention in mentions], list(trims))
    for start, end in _sentences(text):
        inside = [mention for mention in mentions if start <= mention.start < end]
        yield Segment(
            text=text[start:end],
            start=start,
            end=end,
            mentions=tuple(inside),
            claims=tuple(_in_name(claim, inside) for claim in found if start <= claim.start < end),
            # A run of words inside a longer one says nothing of its own.
            trims=tuple(
                (first, own)
                for (first, last), own in trims.items()
                if start <= first < end and not _is_inside(first, last, trims)
            ),
        )


def _is_inside(first: int, last: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= first and last <= end and (start, end) != (first, last) for start, end in spans)


def _is_everyday(mention: Mention) -> bool:
    """ "A month for four years" names no Smart Forfour."""
    return all(word in _EVERYDAY for word in mention.written.split())


_EVERYDAY = frozenset(
    ("for", "four", "five", "six", "one", "two", "fit", "up", "go", "a", "i", "es", "is", "the", "city")
)


def _in_name(claim: Claim, mentions: list[Mention]) -> Claim:
    """The "4" of "Mazda 4", which is no car, is meant as a part of the name."""
    is_behind = any(mention.end <= claim.start <= mention.end + 1 for mention in mentions)
    return replace(claim, part=Part.NAME) if is_behind and claim.kind is Kind.OTHER else claim


def _trims(text: str, known: Grounds) -> dict[tuple[int, int], frozenset[int]]:
    """Where a looked-up car's trim, or two words of it on end, stand, and whose it is: "2.0L 4x4" is a name, and no figure."""
    found: dict[tuple[int, int], frozenset[int]] = {}
    for trim in {car.trim for car in known.cars.values() if car.trim and "$" not in car.trim}:
        words = trim.split()
        runs = {tuple(words[n:m]) for n in range(len(words)) for m in range(n + 1, len(words) + 1)}
        whole = [run for run in runs if len(run) > 1 or _is_code(run[0])]
        patterns = (r"\s+".join(map(re.escape, run)) for run in sorted(whole, key=len, reverse=True))
        if whole:
            pattern = rf"(?<![\w.,$])(?:{'|'.join(patterns)})(?![\w%])"
            own = frozenset(car.stock_id for car in known.cars.values() if car.trim == trim)
            for match in re.finditer(pattern, text, re.IGNORECASE):
                # One word, such as "4WD", may be said of others.
                is_own = len(match[0].split()) > 1
                found[match.span()] = found.get(match.span(), frozenset()) | (own if is_own else frozenset(known.cars))
    return found


def _is_code(word: str) -> bool:
    """A word of a trim that is nothing but that: "GT", "M2", "xDrive50i", and no plain number."""
    return any(c.isalpha() for c in word) and (any(c.isdigit() for c in word) or len(word) <= 3)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if text[start : match.start()].strip():
            yield start, match.end()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _cut(sentence: Segment) -> Iterator[Segment]:
    """The sentence cut before each name, but not between names that are only listed; what comes first goes with the first."""
    if not sentence.mentions:
        yield sentence
        return
    groups: list[list[Mention]] = [[sentence.mentions[0]]]
    for mention in sentence.mentions[1:]:
        gap = sentence.text[groups[-1][-1].end - sentence.start : mention.start - sentence.start]
        if gap.strip(" *_") and _JOINT.fullmatch(gap):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    begins = [sentence.start] + [_before_article(sentence, group[0].start) for group in groups[1:]]
    for group, first, last in zip(groups, begins, [*begins[1:], sentence.end], strict=True):
        yield Segment(
            text=sentence.text[first - sentence.start : last - sentence.start],
            start=first,
            end=last,
            mentions=tuple(group),
            claims=tuple(claim for claim in sentence.claims if first <= claim.start < last),
            trims=tuple((place, own) for place, own in sentence.trims if first <= place < last),
        )


_ARTICLE = re.compile(r"(?:\b(?:el|la|los|las|un|una|the|a|an|y|o|and|or|tu|your)\s+|[*_«\"(]\s*)+\Z", re.IGNORECASE)


def _before_article(sentence: Segment, place: int) -> int:
    at = place - sentence.start
    match = _ARTICLE.search(sentence.text, max(0, at - 20), at)
    return sentence.start + match.start() if match else place


# --- One part -----------------------------------------------------------------------------------------------------


class _Check:
    """The claims of one segment, held against the cars that it may be about."""

    def __init__(self, segment: Segment, text: str, known: Grounds, named: Named, topic: list[Car]) -> None:
        self.segment, self.text, self.known, self.named, self.topic = segment, text, known, named, topic
        self.plain = plain(segment.text)
        self.denies = negation.denies(self.plain)
        self.not_here = self.denies and bool(_NOT_HERE.search(self.plain))
        self.asks = "?" in segment.text

    def run(self, subject: list[Car]) -> list[Car]:
        """Note what is wrong; returns the cars that the next words are about if they name none."""
        before = len(self.named.violations)
        subject = self._checked(subject)
        if len(self.named.violations) > before:
            self.named.outdated |= {car.stock_id for car in subject if car.has_changed}
        return subject

    def run_without_figures(self, cars: list[Car]) -> list[Car]:
        """As `run`, for a sentence whose figures were found true of these cars."""
        self._status(self._ids(), cars)
        return cars

    def _checked(self, subject: list[Car]) -> list[Car]:
        ids = self._ids()
        candidates = self._candidates(subject, ids)
        if candidates is None:
            return []
        self._status(ids, candidates)
        bound = [self._in_quote(claim) for claim in self.segment.claims if not self._is_free(claim)]
        if _SEVERAL.search(self.plain) and not (ids or self.segment.mentions):
            self._several(bound)
            return candidates
        kept = self._of_trim(self._explained(bound, candidates))
        if len(kept) == 1 and (self.segment.mentions or ids or bound):
            self.named.cars.add(kept[0].stock_id)
        self._attributes(kept)
        return kept

    def _of_trim(self, kept: list[Car]) -> list[Car]:
        """Those of the cars that have the trim it names."""
        of_trim = [car for car in kept if all(car.stock_id in own for _, own in self.segment.trims)]
        if not of_trim and kept and len(self.segment.mentions) == 1:
            self.named.wrong(f"the trim is not that of the {self.segment.mentions[0].written}")
        return of_trim or kept

    def _attributes(self, kept: list[Car]) -> None:
        """What it says of one car besides figures: gearbox, features, colour."""
        is_about_one = len(kept) == 1 and (
            self.segment.mentions or self.known.focus == kept[0].stock_id or self.named.order
        )
        if is_about_one and not self.asks:
            for sentence in attributes.violations(self.plain, kept[0]):
                self.named.wrong(sentence)

    def _ids(self) -> list[int]:
        """The stock ids it names; one that nobody gave is wrong."""
        ids = []
        said = self.known.theirs_of(Kind.STOCK_ID)
        for claim in self.segment.claims:
            stock_id = int(next(iter(claim.values), 0))
            is_bare = claim.kind is Kind.OTHER and claim.written.isdigit() and stock_id >= _ID_LEAST
            if not (claim.kind is Kind.STOCK_ID or (is_bare and stock_id in said)):
                continue
            if stock_id in self.known.cars or stock_id in self.known.unavailable:
                ids.append(stock_id)
            elif stock_id not in said or not (self.not_here or self.asks):
                self.named.wrong(f"the stock id {stock_id} comes from nowhere")
        return ids

    def _candidates(self, subject: list[Car], ids: list[int]) -> list[Car] | None:
        """The cars it may be about. None if it speaks of what nobody looked up, which is noted if it may not."""
        cars = self.known.cars
        named = [car for car in cars.values() if self._is_named(car)]
        if ids:
            held = [cars[stock_id] for stock_id in ids if stock_id in cars]
            if self.segment.mentions and held and not [car for car in held if car in named]:
                self.named.wrong(f"stock id {ids[0]} is not the {self.segment.mentions[0].written}")
            return held
        if not self.segment.mentions:
            return self._counted_off() or subject or list(cars.values())
        if not named:
            return self._about_others()
        if self._denies_stock(named):
            self.named.wrong(f"the {self.segment.mentions[0].written} is in stock")
        return named

    def _counted_off(self) -> list[Car]:
        """ "El segundo": of the cars that the answer names, or of those that were listed before."""
        named = self.named.order or [self.known.cars[stock_id] for stock_id in self.known.listed]
        for place, words in enumerate(_ORDINALS):
            if words.search(self.plain) and len(named) > 1 and place < len(named):
                return [named[place]]
        return []

    def _is_named(self, car: Car) -> bool:
        return any(car.is_called(mention.make, mention.model) for mention in self.segment.mentions)

    def _about_others(self) -> list[Car] | None:
        """A name that no looked-up car has: it may only be said to be absent, asked about, or repeated as the customer's."""
        mention = self.segment.mentions[0]
        before = plain(self.text[max(0, mention.start - 24) : mention.start])
        is_known_word = self._was_spoken(mention)
        if not is_known_word:
            self.named.wrong(f"the {mention.written} was not looked up")
        elif not (self.not_here or self.asks or _THEIRS_BEFORE.search(before) or self._is_search(mention)):
            self.named.wrong(f"the {mention.written} was not found in the stock")
        for claim in self.segment.claims:
            if not (
                self._is_free(claim)
                or (claim.values & self.known.theirs_of(claim.kind) and claim.kind is not Kind.MONEY)
            ):
                self.named.wrong(f"the figure {claim.written} comes from nowhere")
        return None

    def _was_spoken(self, mention: Mention) -> bool:
        spoken = vocabulary.mentions(self.known.spoken[-4000:])
        return any(other.make == mention.make and mention.model in {other.model, None} for other in spoken)

    def _is_search(self, mention: Mention) -> bool:
        """ "Tenemos 0 ...", "buscas un ...": the search that found none, or the wish itself."""
        return bool(
            re.search(r"\b(?:busc\w+|interes\w+|quier\w+|te refieres|look\w*|want\w*|interested|mean)\b", self.plain)
        )

    def _denies_stock(self, named: list[Car]) -> bool:
        """ "No tenemos Mazda 3." while there is one for sale."""
        mention = self.segment.mentions[0]
        head = plain(self.text[self.segment.start : mention.start])
        tail = plain(self.text[self.segment.mentions[-1].end : self.segment.end])
        return bool(_NONE_HERE.match(head) and _NOTHING_MORE.match(tail) and any(car.is_for_sale for car in named))

    # --- Status ---

    def _status(self, ids: list[int], candidates: list[Car]) -> None:
        """Sold, reserved, for sale: as the stock has it now."""
        about = {stock_id: self._status_of(stock_id) for stock_id in ids}
        if not ids and len(candidates) == 1 and (self.segment.mentions or self.known.focus == candidates[0].stock_id):
            about = {candidates[0].stock_id: candidates[0].status}
        self._that_one()
        for stock_id, status in about.items():
            for gone, words in _GONE.items():
                match = words.search(self.plain)
                if match and not self._is_denied(match.start()) and status != gone and self._is_said_of_it(match):
                    self.named.wrong(f"the car {stock_id} is not {gone}")
            if (match := _HERE.search(self.plain)) and not self.asks:
                says_here = not self._is_denied(match.start())
                if says_here != (status == Status.AVAILABLE):
                    self.named.wrong(f"the car {stock_id} is {status}")
            if status != Status.AVAILABLE and stock_id in self.known.cars and not self._says_gone():
                self.named.wrong(f"the car {stock_id} is {status}: it may not be offered")

    def _that_one(self) -> None:
        """ "Esa todavía está disponible", where the customer asked for a car that is gone."""
        match = _HERE.search(self.plain)
        if match is None or self.asks or not self.known.unavailable or self._is_denied(match.start()):
            return
        clause = negation.clause_before(self.plain, match.start())
        if _THAT_ONE.search(clause):
            stock_id, status = next(iter(self.known.unavailable.items()))
            self.named.wrong(f"the car {stock_id} is {status}")

    def _is_said_of_it(self, match: re.Match[str]) -> bool:
        """Not of another, in a clause before: "esa ya se vendió, pero tenemos la 2019"; nor of the customer's: "that one"."""
        clause_end = _NEXT_CLAUSE.search(self.plain, match.end())
        names = [mention.start - self.segment.start for mention in self.segment.mentions]
        names += [claim.start - self.segment.start for claim in self.segment.claims if claim.kind is Kind.STOCK_ID]
        if clause_end and names and min(names) >= clause_end.start():
            return False
        is_customers = _THAT_ONE.search(self.plain[: match.start()]) and self.known.unavailable
        return not is_customers

    def _status_of(self, stock_id: int) -> str:
        car = self.known.cars.get(stock_id)
        return car.status if car else self.known.unavailable[stock_id]

    def _says_gone(self) -> bool:
        return self.not_here or any(words.search(self.plain) for words in _GONE.values())

    def _is_denied(self, place: int) -> bool:
        return negation.is_denied(self.plain, place)

    # --- Figures ---

    def _in_quote(self, claim: Claim) -> Claim:
        """ "Con 20 % pagarías 5,458 al mes": a percentage beside a payment is that of the down payment."""
        is_beside = any(
            other.part in truth.PARTS_OF_QUOTE | {Part.DOWN, Part.FINANCED} for other in self.segment.claims
        )
        is_plain = claim.kind is Kind.PERCENT and claim.part is Part.ANY
        return replace(claim, part=Part.DOWN) if is_plain and is_beside else claim

    def _is_free(self, claim: Claim) -> bool:
        """Whether it needs no car: what the dealership says, our terms, counts, dates, and limits that were asked for."""
        known, told = self.known, self.known.told_of(claim.kind, self.plain)
        is_aside = claim.is_joined or self.denies or self.asks
        match claim.kind:
            case Kind.STOCK_ID:
                return True
            case Kind.DATE:
                return self._is_date(claim)
            case Kind.PERCENT | Kind.MONEY:
                return self._is_free_amount(claim, told)
            case Kind.OTHER:
                return self._is_free_bare(claim, told)
            case Kind.MONTHS:
                return self._is_term(claim)
            case Kind.LONG if claim.written in known.folios:
                return True
            case Kind.COUNT:
                told |= self._counts(claim.part)
            case Kind.TIME:
                told |= known.times
            case _ if claim.is_limit or (is_aside and claim.part not in _MEASURED):
                told |= known.theirs_of(claim.kind) | set(figures_of(known.ours, claim.kind))
        return bool(claim.values & told)

    def _is_free_amount(self, claim: Claim, told: set[Decimal]) -> bool:
        """A rate of ours, an amount that the dealership names, or one of the customer's repeated as theirs."""
        if claim.kind is Kind.PERCENT:
            ours = set(figures_of(self.known.ours, Kind.PERCENT)) if claim.part is Part.RATE else set()
            return bool(claim.values & (ours or told)) and claim.part in {Part.RATE, Part.ANY}
        if claim.values & self.known.differences and _MORE.match(self.plain, claim.end - self.segment.start):
            return True
        is_wish = claim.is_limit or claim.is_joined or (claim.is_about and not self.segment.mentions)
        if claim.part is Part.THEIRS or is_wish:
            return bool(
                claim.values & (self.known.theirs_of(Kind.MONEY) | set(figures_of(self.known.ours, Kind.MONEY)))
            )
        return bool(claim.values & told) and not self.segment.mentions

    def _is_free_bare(self, claim: Claim, told: set[Decimal]) -> bool:
        """A figure with no unit. As a part of a name it must be one that was said or looked up."""
        if truth.is_of_name(claim):
            return claim.word in truth.words(self.known.told_text)
        own = told | (set(figures_of(self.known.ours, Kind.OTHER)) if claim.is_joined else set())
        return bool(claim.values & (own | self.known.theirs_of(Kind.OTHER)))

    def _counts(self, part: Part) -> set[Decimal]:
        """How many cars the latest searches found; of a named car, those that were for it."""
        latest = max((search.turn for search in self.known.searches), default=0)
        searches = [search for search in self.known.searches if search.turn == latest]
        if mentions := self.segment.mentions:
            of_it = [s for s in searches if any(self._is_for(s.names, mention) for mention in mentions)]
            searches = of_it or searches
        totals = {count for search in searches for count in search.totals}
        shown = {count for search in searches for count in search.shown}
        if part is Part.ALL:
            return totals
        counted = {len(mentions), self.named.listed_lines, len({car.stock_id for car in self.topic})}
        counted |= {sum(self.segment.names(car) for car in self.known.cars.values())}
        years = {value for claim in self.segment.claims if claim.kind is Kind.YEAR for value in claim.values}
        counted |= {sum(self.segment.names(car) and car.year in years for car in self.known.cars.values()), len(years)}
        counted |= {sum(claim.kind is Kind.MONEY for claim in self.segment.claims)}
        counted |= {self.named.mentions} if part is Part.IN_WORDS else set()
        return shown | (set() if part is Part.SHOWN else totals) | set(map(Decimal, counted))

    @staticmethod
    def _is_for(names: tuple[tuple[str, str | None], ...], mention: Mention) -> bool:
        return any(make == mention.make and mention.model in {model, None} for make, model in names)

    def _is_date(self, claim: Claim) -> bool:
        dates = self.known.dates
        shorter = {value % 10_000 for value in dates} | {value % 100 for value in dates}
        return all(value in dates or value in shorter for value in claim.values)

    def _is_term(self, claim: Claim) -> bool:
        """A term that is offered or was asked for, where no payment is said beside it; else the term of that payment."""
        if any(other.kind is Kind.MONEY and other.part is not Part.THEIRS for other in self.segment.claims):
            return False
        known, told = self.known, self.known.told_of(Kind.MONTHS, self.plain)
        offered = set(figures_of(known.ours, Kind.MONTHS)) | known.theirs_of(Kind.MONTHS)
        if self.named.terms and not (self.asks or claim.is_joined):
            offered = self.named.terms
        elif _OFFERS.search(self.plain) and not self.denies:
            offered = set(figures_of(known.ours, Kind.MONTHS))
        return bool(claim.values & (told | offered))

    def _several(self, bound: list[Claim]) -> None:
        """Said of several cars at once: each figure must be true of one of them."""
        for claim in bound:
            if truth.car_of(truth.fact(claim), self.known.cars.values(), self.known) is None:
                self.named.wrong(f"the figure {claim.written} comes from nowhere", claim=claim)
        self.named.cars |= {car.stock_id for car in self.known.cars.values() if self._states_price(car)}

    def _states_price(self, car: Car) -> bool:
        return any(car.price in claim.values for claim in self.segment.claims if claim.kind is Kind.MONEY)

    def _explained(self, bound: list[Claim], candidates: list[Car]) -> list[Car]:
        """The cars of which all of it is true. If there are none, what is wrong with the likeliest is noted."""
        for claim in [claim for claim in bound if claim.is_limit and claim.kind in {Kind.YEAR, Kind.KM, Kind.SEATS}]:
            self.named.wrong(f"the limit {claim.written} is not what was asked for")
            bound.remove(claim)
        if not bound:
            return candidates
        if len(self.segment.mentions) > 1:
            self._each_of(bound, candidates)
            return candidates
        failures = {car.stock_id: truth.failures(bound, car, self.known) for car in candidates}
        kept = [car for car in candidates if not failures[car.stock_id]]
        self._note_terms(bound, kept)
        if not kept:
            without_car = truth.failures(bound, None, self.known)
            if not self.segment.mentions and not without_car:
                return candidates
            wrong = min([*failures.values(), *([] if failures else [without_car])], key=len)
            for claim in wrong:
                self.named.wrong(self._no_ground(claim, candidates), claim=claim)
            return candidates
        return kept

    def _note_terms(self, bound: list[Claim], kept: list[Car]) -> None:
        """The terms of the payments that were said: a term in the next line is one of them."""
        payments = [claim for claim in bound if claim.part is Part.MONTHLY]
        quotes = [quote for car in kept for quote in car.quotes] or self.known.quotes
        self.named.terms |= {
            quote.months for quote in quotes for claim in payments if quote.amounts.get(Part.MONTHLY) in claim.values
        }

    def _each_of(self, bound: list[Claim], candidates: list[Car]) -> None:
        for claim in bound:
            if truth.car_of(claim, candidates, self.known) is None:
                self.named.wrong(self._no_ground(claim, candidates), claim=claim)

    def _no_ground(self, claim: Claim, candidates: list[Car]) -> str:
        if len(candidates) == 1 and claim.kind in {Kind.MONEY, Kind.YEAR, Kind.KM, Kind.MM, Kind.MONTHS}:
            return f"the figure {claim.written} is not true of the car {candidates[0].stock_id}"
        return f"the figure {claim.written} comes from nowhere"
