"""How many, of what, what happened to them, and according to whom: the claims of an article. Needs a lexicon."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.text.attribution import Voices, find_voices, framed
from pipeline.text.denials import denies, negations, parts
from pipeline.text.lexicon import Lexicon, lexicon
from pipeline.text.places import Found, find_places
from pipeline.text.qualifiers import Qualifier
from pipeline.text.quantities import Quantity, find_quantities
from pipeline.text.quotes import Quote
from pipeline.text.reading import MASK, Span, Token, tokens, without
from pipeline.text.speakers import Cue, Speaker

Modality = Literal["asserted", "reported", "denied"]

_NEAR = 130
"""Characters between people and what happened to them."""
_NESTED, _LONG_WORD = 8, 40
_CLAUSE_ENDS = frozenset(",;:–—()")
_CERTAIN = ("KILL", "WOUND", "ARREST", "KIDNAP")
"""Events that a noun alone tells ("three dead"); of refugees the verb may tell more."""


class Claim(NamedTuple):
    """A number that an article states at body[char_start:char_end]: value, unit, what happened, and who states it."""

    char_start: int
    char_end: int
    raw_text: str
    value_low: float | None
    value_high: float | None
    qualifier: Qualifier
    unit: str
    object: str | None
    event: str | None
    place: str | None
    claimant: str | None
    modality: Modality
    quote_no: int | None


def find_claims(
    body: str, language: str | None, masked: Sequence[Span] = (), quotes: Sequence[Quote] = ()
) -> list[Claim]:
    """Return the claims of a body in order; none in a language without a lexicon, none inside a masked span."""
    lex = lexicon(language)
    text = without(body, masked, MASK)
    quantities = [q for q in find_quantities(text, lex) if MASK not in text[q.start : q.end]] if lex else []
    if lex is None or not quantities:
        return []
    marked = [(quote.char_start, quote.char_end) for quote in quotes if quote.kind != "indirect"]
    frame = framed(text, marked, lex)
    context = _Context(text, find_voices(frame, lex), quotes, lex)
    return [context.claim(body, quantity) for quantity in quantities]


@dataclass
class _Context:
    """An article while its claims are read, sentence after sentence."""

    text: str
    voices: Voices
    quotes: Sequence[Quote]
    lex: Lexicon
    number: int = -1
    parts: Sequence[int] = ()
    """Where the parts of the sentence begin that may contradict each other."""
    denied: Sequence[bool] = ()
    """Which of them deny something."""
    commas: Sequence[int] = ()
    negations: Sequence[int] = ()
    alleged: bool = False
    reckoned: Sequence[int] = ()
    """Where the sentence has verbs of stating figures."""
    heard: Sequence[int] = ()
    """Where it has the mood of hearsay."""
    events: Sequence[tuple[Token, str]] = ()
    starts: Sequence[int] = ()
    places: Sequence[Found] = ()

    def claim(self, body: str, quantity: Quantity) -> Claim:
        self._enter(quantity.start)
        event = self._event(quantity) if quantity.unit == "people" else None
        quote_no = self._quote_no(quantity)
        quote = self.quotes[quote_no] if quote_no is not None else None
        said = self._claimant(quantity)
        claimant = quote.speaker if quote and quote.speaker else said.name if said else None
        return Claim(
            char_start=quantity.start,
            char_end=quantity.end,
            raw_text=body[quantity.start : quantity.end],
            value_low=quantity.low,
            value_high=quantity.high,
            qualifier=quantity.qualifier,
            unit=quantity.unit,
            object=quantity.object,
            event=event,
            place=self._place(quantity),
            claimant=claimant,
            modality=self._modality(quantity, reported=claimant is not None),
            quote_no=quote_no,
        )

    def _enter(self, position: int) -> None:
        number = self.voices.at(position)
        if number == self.number:
            return
        self.number = number
        start, end = self.voices.sentences[number]
        words = tokens(self.text, start, end)
        lows = [word.low for word in words]
        cut = [part for part in parts(words, self.lex) if part]
        self.parts, self.denied = [part[0].start for part in cut], [denies(part, self.lex) for part in cut]
        self.commas = [word.start for word in words if word.text in _CLAUSE_ENDS]
        self.negations = negations(words, self.lex)
        self.alleged = not self.lex.sets["hearsay"].isdisjoint(lows)
        self.reckoned = [word.end for word in words if self.lex.has("reckons", word.low)]
        self.heard = [word.start for word in words if self.lex.has("reported", word.low)]
        self.events = list(_find_events(words, self.lex))
        self.starts = [word.start for word, _ in self.events]
        found = find_places(self.text, self.lex.language)
        self.places = found[bisect_left(found, (start,)) : bisect_left(found, (end,))]

    def _event(self, quantity: Quantity) -> str | None:
        """Return what happened to the people: what their noun says, else the nearest verb of the sentence."""
        first = bisect_left(self.starts, quantity.start - _NEAR - _LONG_WORD)
        around = self.events[first : bisect_right(self.starts, quantity.end + _NEAR)]
        own = [(0, word.start, event) for word, event in around if word.end == quantity.end]
        others = [
            (_distance(word, quantity), word.start, event)
            for word, event in around
            if self._tells_of(quantity, word, event)
        ]
        near = [told for told in others if told[0] <= _NEAR]
        certain = own if own and own[0][2] in _CERTAIN else near or own
        _, start, event = min(certain, default=(0, quantity.start, None))
        denied = self.denied[self._part(quantity.start)]
        return event if denied or not self._is_negated(quantity, start) else None

    def _is_negated(self, quantity: Quantity, start: int) -> bool:
        """Whether "nobody", "not" or the like stands in the clause of a number, or in that of what happened."""
        clauses = {self._clause(quantity.start), self._clause(start)}
        return any(
            first <= at < last and not quantity.start <= at < quantity.end
            for first, last in clauses
            for at in self.negations[bisect_left(self.negations, first) : bisect_left(self.negations, last)]
        )

    def _part(self, position: int) -> int:
        return max(0, bisect_right(self.parts, position) - 1)

    def _clause(self, position: int) -> Span:
        after = bisect_right(self.commas, position)
        start, end = self.voices.sentences[self.number]
        return (self.commas[after - 1] if after else start, self.commas[after] if after < len(self.commas) else end)

    def _tells_of(self, quantity: Quantity, word: Token, event: str) -> bool:
        """Death and injury reach over a comma, flight and protest are told in the clause of those they are told of."""
        between = self.text[min(quantity.end, word.end) : max(quantity.start, word.start)]
        return word.end != quantity.end and (event in _CERTAIN or "," not in between[:_NEAR])

    def _quote_no(self, quantity: Quantity) -> int | None:
        spoken = (k for k in self._around(quantity.start) if self.quotes[k].kind != "indirect")
        within = [k for k in spoken if quantity.end <= self.quotes[k].char_end]
        return within[-1] if within else None

    def _around(self, position: int) -> range:
        """Return the few quotations that begin last before a position; a quotation holds few others."""
        after = bisect_right(self.quotes, position, key=lambda quote: quote.char_start)
        return range(max(0, after - _NESTED), after)

    def _claimant(self, quantity: Quantity) -> Speaker | None:
        """Return who states a figure: whom its sentence names, who begins it with "expects", who spoke just before."""
        cues = [cue for cue in self.voices.cues[self.number] if self._states(cue) and self._covers(cue, quantity)]
        cue = next((cue for cue in reversed(cues) if cue.start <= quantity.start), cues[0] if cues else None)
        if cue:
            return None if self._points_back(cue.speaker) else cue.speaker
        if any(end <= quantity.start for end in self.reckoned):
            return self._reckoner()
        return self.voices.went_on(self.number) if self._is_hearsay(quantity) else None

    def _covers(self, cue: Cue, quantity: Quantity) -> bool:
        """Whether a cue is in the part of the number, and reports it: not "before 300 guests Falk said that"."""
        if self._part(cue.start) != self._part(quantity.start):
            return False
        return cue.kind == "source" or cue.start < quantity.end or self._clause(quantity.start)[1] < cue.start

    def _reckoner(self) -> Speaker | None:
        """Return whom the sentence begins with, without the verb, which speech has no list for and reads as a name."""
        subject = self.voices.subjects[self.number]
        words = subject.name.split() if subject and subject.name else []
        while words and self.lex.has("reckons", words[-1].lower()):
            words.pop()
        return subject._replace(name=" ".join(words)) if subject and words else None

    def _states(self, cue: Cue) -> bool:
        named = cue.speaker.kind != "unknown" or (
            self.lex.has("reckoning", cue.verb) and any(c.isupper() for c in cue.speaker.name or "")
        )
        return cue.kind == "source" or (cue.kind == "says" and named)

    def _points_back(self, speaker: Speaker) -> bool:
        """Whether the source is a document that another sentence tells of ("dem Urteil zufolge") or one's own word."""
        surface = [word.low for word in tokens(speaker.surface, 0, len(speaker.surface))]
        named = {word.low for word in tokens(speaker.name or "", 0, len(speaker.name or ""))}
        of_document = any(self.lex.has("documents", word) for word in surface)
        return any(self.lex.has("own", word) for word in surface) or (of_document and not named.intersection(surface))

    def _is_hearsay(self, quantity: Quantity) -> bool:
        """Whether the clause of a number is in the mood of hearsay, not another one ("..., dass sie warte")."""
        return any(at < quantity.start or "," not in self.text[quantity.end : at] for at in self.heard)

    def _modality(self, quantity: Quantity, *, reported: bool) -> Modality:
        if self.denied[self._part(quantity.start)]:
            return "denied"
        sourced = any(cue.kind == "source" for cue in self.voices.cues[self.number])
        return "reported" if reported or sourced or self.alleged or self.heard else "asserted"

    def _place(self, quantity: Quantity) -> str | None:
        """Return the place that the sentence names nearest to the number, not as one who speaks."""
        speaking = [
            (cue.speaker.start, cue.speaker.start + len(cue.speaker.surface)) for cue in self.voices.cues[self.number]
        ]
        free = [
            p
            for p in self.places
            if not any(p.start < end and start < p.end for start, end in [*speaking, (quantity.start, quantity.end)])
        ]
        nearest = min(free, key=lambda p: (max(p.start - quantity.end, quantity.start - p.end), p.start), default=None)
        return nearest.place.name if nearest else None


def _find_events(words: Sequence[Token], lex: Lexicon) -> Iterator[tuple[Token, str]]:
    for word, following in zip(words, [*words[1:], None], strict=False):
        event = lex.events.get(word.low) or (lex.events.get(f"{word.low} {following.low}") if following else None)
        if event:
            yield word, event


def _distance(word: Token, quantity: Quantity) -> int:
    return word.start - quantity.end if word.start >= quantity.end else quantity.start - word.end
