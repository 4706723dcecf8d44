"""Speech that a sentence reports without marks: which of its words are somebody's, by clause, source and mood."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from pipeline.text.cues import Found
from pipeline.text.lexicon import Lexicon
from pipeline.text.phrases import read_phrase
from pipeline.text.reading import FILLER, Token
from pipeline.text.saying import is_noun, negated
from pipeline.text.traits import proper

How = Literal["cue", "mood", "pointed", "resumed"]

_FEWEST_WORDS = 3
_FAR, _NEAR, _PHRASE = 30, 8, 6
"""Tokens between a verb of saying and its clause, between other words of saying and theirs, in "nach ... Angaben"."""
_ADJOINING = 5
_MOST_MARKED = 0.6
"""A report with a larger share of words in marks is a quotation with its frame."""
_OPENING, _CLOSING = FILLER + '„“"«»(', ".,;:!?–—-…"


class Reported(NamedTuple):
    """Words that someone is reported to say, the cue that says so, and how it is told.

    `mood`: only the verb tells; `resumed`: it is whoever spoke before, "demnach", "nach seinen Angaben";
    `pointed`: what is said is the sentence before, "Das teilte die Polizei mit."
    """

    start: int
    end: int
    cue: Found | None
    how: How


class _Span(NamedTuple):
    first: int
    last: int
    cue: Found | None
    how: How


def find_reported(words: Sequence[Token], told: Sequence[int], cues: Sequence[Found], lex: Lexicon) -> list[Reported]:
    """Return what a sentence reports in order, nothing twice, by its cues and by where it holds telling words."""
    moods = [at for at in told if _subjunctive(words[at], lex)]
    starts = [word.start for word in words]
    sources = frozenset(bisect_left(starts, cue.start) for cue in cues if cue.kind == "source")
    sentence = _Sentence(words, lex, starts, told, moods, sources)
    spans = [span for cue in cues for span in (sentence.said(cue),) if span]
    spans += sentence.introduced({cue.start for cue in cues})
    spans += () if spans else sentence.in_mood()
    return list(sentence.apart(spans))


@dataclass(frozen=True)
class _Sentence:
    """The tokens of a sentence, to be asked which of them are reported."""

    words: Sequence[Token]
    lex: Lexicon
    starts: Sequence[int]
    told: Sequence[int]
    """Where words tell that something is reported."""
    moods: Sequence[int]
    """Where verbs stand in the mood of reported speech, or in one that may be."""
    sources: frozenset[int]
    """Where phrases of source begin."""

    def apart(self, spans: Sequence[_Span]) -> Iterator[Reported]:
        """Yield what spans of tokens report, trimmed, without those that lie in one before or say too little."""
        reach = 0
        for span in sorted(spans, key=lambda span: (span.first, -span.last, span.cue is None)):
            if span.how == "pointed":
                yield Reported(self.words[0].start, self.words[0].end, span.cue, span.how)
                continue
            first, last = self._trimmed(span.first, span.last)
            if first >= reach and self._tells(first, last):
                reach = last
                yield Reported(self.words[first].start, self.words[last - 1].end, span.cue, span.how)

    def said(self, cue: Found) -> _Span | None:
        """Return what a cue reports, None if nothing is."""
        first, last = bisect_left(self.starts, cue.start), bisect_left(self.starts, cue.end)
        if cue.kind == "source":
            return self._around(first, last, cue)
        if first and self.lex.has("like", self.words[first - 1].low):
            return self._around(first - 1, last, cue)
        at = self._clause_after(last)
        if at is not None:
            return _Span(at, self._clause_end(at), cue, "cue")
        if cue.kind != "says":
            return None
        return self._clause_before(first, cue) or self._pointed(cue)

    def introduced(self, known: Container[int]) -> Iterator[_Span]:
        """Yield what words introduce that name nobody: "Es wird vermutet, dass ...", "nach Medienberichten"."""
        for at in self.told:
            word = self.words[at]
            if self._that(at) and any(self._reporting(k) for k in range(max(0, at - self._reach(_NEAR)), at)):
                yield _Span(at, self._led_end(at) or self._clause_end(at), None, "cue")
            elif self.lex.has("according", word.low):
                yield _Span(at + 1, len(self.words), None, "resumed")
            elif self.lex.has("by", word.low) and word.start not in known and (end := self._statement_end(at)):
                his = self.lex.has("resuming", self.words[at + 1].low)
                yield self._around(at, end, None)._replace(how="resumed" if his else "cue")

    def _reach(self, tokens: int) -> int:
        """Return how far a word of saying reaches: less far where no comma parts it from what is said."""
        return tokens if self.lex.sets["subjunctive"] else _ADJOINING

    def _statement_end(self, at: int) -> int | None:
        """Return where "nach ersten Angaben" ends that begins at a token."""
        for k in range(at + 1, min(at + _PHRASE, len(self.words))):
            word = self.words[k]
            if not (word.text[0].isalnum() or word.text[0] == FILLER):
                return None
            if word.text[0].isupper() and word.low.endswith(tuple(self.lex.sets["statements"])):
                return k + 1
        return None

    def in_mood(self) -> Iterator[_Span]:
        """Yield the sentence if its verb is in the mood of reported speech, or the clause that such a verb is in."""
        told = next((at for at in self.moods if self.lex.has("subjunctive", self.words[at].low)), None)
        if told is None or any(word.low == "ich" for word in self.words):
            return
        begin = next((at + 1 for at in range(told - 1, 0, -1) if self.words[at].text in ",:;"), 0)
        opening = self.words[0].low
        whole = begin == 0 or self.lex.has("conjunctions", opening)
        yield _Span(0 if whole else begin, len(self.words), None, "mood")

    def _reporting(self, at: int) -> bool:
        listed = self.words[at].low in self.lex.verbs or self.lex.has("reporting", self.words[at].low)
        return listed and (is_noun(self.words, at, self.lex) or not negated(self.words, at, self.lex))

    def _that(self, at: int) -> bool:
        parted = at > 0 and (self.words[at - 1].text == "," or not self.lex.sets["subjunctive"])
        return parted and self.lex.has("that", self.words[at].low) and not self._relative(at)

    def _relative(self, at: int) -> bool:
        """Whether a word is the subject of a verb of saying: "que dijo", not "que" before what is said."""
        following = self.words[at + 1].low if at + 1 < len(self.words) else ""
        stands = self.lex.has("relatives", self.words[at].low) and self.words[at - 1].low not in self.lex.verbs
        return stands and following in self.lex.verbs

    def _led_end(self, at: int) -> int | None:
        """Return where "Amid reports that 4 died, the mayor left" goes on in the article's own voice, else None."""
        begins = self.words[0].low
        led = self.lex.has("prepositions", begins) or begins in self.lex.verbs  # "Asked whether it is old, she left"
        return self._comma(at) if led and at <= _ADJOINING and not self.lex.nouns_capitalised else None

    def _comma(self, at: int) -> int | None:
        return next((k for k in range(at, len(self.words)) if self.words[k].text == ","), None)

    def _around(self, first: int, last: int, cue: Found | None) -> _Span:
        """Return the clause around a source, without it where it stands at an end."""
        low = next((at + 1 for at in range(first - 2, -1, -1) if self._opens_clause(at)), 0)
        high = len(self.words)
        if low:
            high = self._comma(last + 1) or high
        if self.sources and min(self.sources) < first:
            low = next((at + 1 for at in range(first - 1, low, -1) if self.words[at].text == ","), low)
        high = next((at for at in range(last, high) if self._other_side(at)), high)
        last = self._behind_apposition(last)
        if not any(word.text[0].isalnum() for word in self.words[low:first]):
            return _Span(last, high, cue, "cue")
        if not any(word.text[0].isalnum() for word in self.words[last:high]):
            return _Span(low, first, cue, "cue")
        return _Span(low, high, cue, "cue")

    def _other_side(self, at: int) -> bool:
        """Whether what another says begins at a mark: behind a semicolon, "while", or before one more source."""
        if self.words[at].text == ";":
            return True
        following = self.words[at + 1].low if at + 1 < len(self.words) else ""
        return self.words[at].text == "," and (at + 1 in self.sources or self.lex.has("contrasts", following))

    def _behind_apposition(self, last: int) -> int:
        """Return where a source ends with what describes it: "According to Keller, who resigned in May, ..."."""
        end = self._comma(last + 1) if self.words[last : last + 1] and self.words[last].text == "," else None
        if end is None or end in range(last + 2):
            return last
        described = self.lex.has("relatives", self.words[last + 1].low) or self._phrase_only(last + 1, end)
        return end + 1 if described else last

    def _phrase_only(self, first: int, end: int) -> bool:
        phrase = read_phrase(self.words, first, self.lex)
        return phrase is not None and phrase.last == end

    def _opens_clause(self, at: int) -> bool:
        """Whether a clause of its own begins behind a token: after a semicolon, or a comma and a subjunction."""
        following = self.words[at + 1].low if at + 1 < len(self.words) else ""
        mark = self.words[at].text
        return mark == ";" or (mark == "," and self.lex.has("conjunctions", following))

    def _clause_after(self, last: int) -> int | None:
        """Return where a clause of the reporter's begins behind a verb of saying."""
        reach = range(max(1, last), min(len(self.words), last + self._reach(_FAR)))
        that = next((at for at in reach if self._that(at)), None)
        if that is not None:
            return None if is_noun(self.words, that - 1, self.lex) else that
        if self._bare(last):
            return last
        return next((at + 1 for at in reach if self.words[at].text == "," and self._reports_from(at + 1)), None)

    def _bare(self, last: int) -> bool:
        """Whether a clause follows without a word that opens it: "he said the bridge would close"."""
        before, begins = self.words[last - 1], self.words[last] if last < len(self.words) else None
        if begins is None or not self.lex.has("bare", before.low):
            return False
        opens = (
            self.lex.has("determiners", begins.low) or self.lex.has("pronouns", begins.low) or proper(begins, self.lex)
        )
        return opens and not any(word.text[0] == FILLER for word in self.words[last : last + _NEAR])

    def _in_mood(self, first: int, last: int) -> bool:
        after = bisect_left(self.moods, first)
        return after < len(self.moods) and self.moods[after] < last

    def _reports_from(self, at: int) -> bool:
        """Whether a clause in the mood of reports, or an infinitive, begins at a token."""
        end = next((k for k in range(at, len(self.words)) if self.words[k].text in ",;."), len(self.words))
        if self._in_mood(at, end):
            return True
        return end > at + 1 and not self.lex.has("purpose", self.words[at].low) and self._infinitive(end - 1)

    def _infinitive(self, at: int) -> bool:
        low, before = self.words[at].low, self.words[at - 1].low
        return low.endswith("n") and (self.lex.has("infinitive", before) or self._split(low))

    def _split(self, low: str) -> bool:
        """Whether a word is an infinitive around its particle: "niederzulegen"."""
        return any(mark in low[2:-3] for mark in self.lex.sets["infinitive"])

    def _clause_before(self, first: int, cue: Found) -> _Span | None:
        """Return what stands before ", sagte X", if it is a clause in words of the reporter."""
        if first < _FEWEST_WORDS or self.words[first - 1].text != ",":
            return None
        says = self._in_mood(0, first) if self.lex.sets["subjunctive"] else self._states(first - 1, cue)
        return _Span(0, first - 1, cue, "cue") if says else None

    def _states(self, end: int, cue: Found) -> bool:
        """Whether a sentence begins with a clause, not with a phrase that leads to what is said in marks."""
        behind = self.words[bisect_left(self.starts, cue.end) :]
        if self._phrase_only(0, end) or any(word.text[0] == FILLER for word in takewhile(_no_comma, behind)):
            return False
        verbal = tuple(ending for ending in self.lex.sets["verb_endings"] if len(ending) > 1)
        has_verb = any(self.lex.has("finite", word.low) or word.low.endswith(verbal) for word in self.words[:end])
        return has_verb or not self.lex.has("prepositions", self.words[0].low)

    def _pointed(self, cue: Found) -> _Span | None:
        """Return the sentence before, which "Das teilte die Polizei mit." points at."""
        if len(self.words) < 2 or not self.lex.has("pointing", self.words[0].low):
            return None
        verb = self.words[1].low
        says = verb in self.lex.verbs or verb in self.lex.separable or self.lex.has("auxiliaries", verb)
        return _Span(0, 1, cue, "pointed") if says else None

    def _clause_end(self, at: int) -> int:
        """Return where a clause ends: with the sentence, or where one more verb of saying goes on."""
        for k in range(at + 1, len(self.words) - 1):
            following = self.words[k + 1].low
            if self.lex.has("and", self.words[k].low) and (
                following in self.lex.verbs or following in self.lex.separable
            ):
                return k
        return len(self.words)

    def _trimmed(self, first: int, last: int) -> tuple[int, int]:
        while first < last and not self.words[first].text[0].isalnum() and self.words[first].text[0] not in _OPENING:
            first += 1
        while last > first and self.words[last - 1].text[0] in _CLOSING:
            last -= 1
        return first, last

    def _tells(self, first: int, last: int) -> bool:
        chosen = self.words[first:last]
        if sum(word.text[0].isalnum() for word in chosen) < _FEWEST_WORDS:
            return False
        marked = sum(len(word.text) for word in chosen if word.text[0] == FILLER)
        return marked <= _MOST_MARKED * sum(len(word.text) for word in chosen)


def _no_comma(word: Token) -> bool:
    return word.text != ","


def _subjunctive(word: Token, lex: Lexicon) -> bool:
    listed = lex.has("subjunctive", word.low) or lex.has("subjunctive_weak", word.low)
    return listed and word.text[0].islower()
