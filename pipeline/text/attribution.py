"""Who says it: the sources that sentences name, led back to the fullest name in the article; for quotes and claims."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from pipeline.text.cues import find_cues, telling
from pipeline.text.indirect import Reported, find_reported
from pipeline.text.lexicon import Lexicon
from pipeline.text.people import find_people
from pipeline.text.reading import FILLER, Span, Token, Words, columns, place, sentences, tokens, without
from pipeline.text.speakers import Cue, Listener, Speaker
from pipeline.text.traits import proper

Method = Literal["verb_after", "verb_before", "source_phrase", "same_sentence", "continued", "subject"]

SURE: dict[Method, float] = {
    "verb_after": 0.93,
    "verb_before": 0.9,
    "source_phrase": 0.9,
    "same_sentence": 0.65,
    "continued": 0.6,
    "subject": 0.7,
}
"""Shares of right speakers on 700 German Wikinews articles with marked speakers, rounded to .05 where they are few."""
_TOUCHES = 12
"""Characters between a quotation and the verb that follows it: a mark, a comma, an adverb."""
_LONGEST_NAME = 40
_WORD_BEFORE = re.compile(r"([\w’'-]+)\s*\Z")
_GOES_ON = 2
"""Sentences over which hearsay is still that of the last one who spoke."""


class Attribution(NamedTuple):
    """The speaker of a piece of text, the verb or source phrase (None if it is in another sentence), how found."""

    speaker: Speaker
    verb: str | None
    method: Method
    confidence: float


@dataclass(frozen=True)
class Voices:
    """An article read for who speaks: sentences, the cues in each, and the person each begins with."""

    sentences: Sequence[Span]
    cues: Sequence[Sequence[Cue]]
    subjects: Sequence[Speaker | None]
    hearsay: Sequence[bool]
    """Whether the mood of a sentence says that it is somebody's, not the article's."""
    reports: Sequence[Sequence[tuple[Reported, Cue | None]]]
    """What each sentence reports without marks, with the cue that says whose it is."""
    agents: Sequence[Speaker | None]
    """Who acts in each sentence that has a quotation in it."""

    def at(self, position: int) -> int:
        """Return the index of the sentence at a position."""
        return place(self.sentences, position)

    def went_on(self, number: int) -> Speaker | None:
        """Return who spoke last in one of the sentences just before this one."""
        cues = [
            cue
            for before in self.cues[max(0, number - _GOES_ON) : number]
            for cue in before
            if cue.kind != "judges" and cue.speaker.name
        ]
        return cues[-1].speaker if cues else None


def framed(text: str, quotations: Sequence[Span], lex: Lexicon) -> str:
    """Return the text with quotations filled, but for a full stop at their end, so that sentences can be told apart.

    Of a name in marks ("die „Neue Presse“ schreibt") the marks alone are taken out: it may speak.
    """
    named = {(start, end) for start, end in quotations if _is_named(text, start, end, lex)}
    marks = [mark for start, end in sorted(named) for mark in ((start - 1, start), (end, end + 1))]
    filled = [(start, end - (text[end - 1] in ".!?…")) for start, end in quotations if (start, end) not in named]
    return without(without(text, filled, FILLER), marks, " ")


def _is_named(text: str, start: int, end: int, lex: Lexicon) -> bool:
    """Whether words in marks are a name: capitalised, few, behind an article or what newspapers are called."""
    if end - start > _LONGEST_NAME or text[start - 1 : start].isalnum() or text[end + 1 : end + 2] == ",":
        return False
    words = tokens(text, start, end)
    before = _WORD_BEFORE.search(text, max(0, start - 40), start - 1)
    low = before.group(1).lower() if before else ""
    led = any(lex.has(name, low) for name in ("determiners", "oblique", "within", "by")) or lex.organization(low)
    return bool(led) and all(proper(word, lex) or word.low in lex.sets["links"] for word in words)


@lru_cache(maxsize=1)
def find_voices(frame: str, lex: Lexicon) -> Voices:
    """Return who speaks in each sentence of a text whose quotations are filled with reading.FILLER.

    The last answer is kept: quotes and claims of an article ask the same, and reading it is half of their time.
    """
    spans = sentences(frame, lex.sets["abbreviations"])
    words = columns(frame, 0, len(frame))
    listener = Listener(frame, find_people(frame, words, lex), lex)
    heard = [_hear(sentence, told, listener) for sentence, told in _cut(words, spans, lex)]
    cues, subjects, hearsay, reports, agents = zip(*heard, strict=True) if heard else ((),) * 5
    return Voices(spans, cues, subjects, hearsay, reports, agents)


class _Heard(NamedTuple):
    """What a sentence tells; see Voices."""

    cues: Sequence[Cue]
    subject: Speaker | None
    hearsay: bool
    reports: Sequence[tuple[Reported, Cue | None]]
    agent: Speaker | None


def _cut(words: Words, spans: Sequence[Span], lex: Lexicon) -> Iterator[tuple[Sequence[Token], Sequence[int]]]:
    """Yield the tokens of each sentence, none of one that says nothing of who acts or speaks, and where it does."""
    told = telling(words.lows, lex)
    last = after = 0
    for _, end in spans:
        first, last = last, bisect_left(words.starts, end, last)
        before, after = after, bisect_left(told, last, after)
        awake = any(words.lows[at] not in lex.hardly for at in told[before:after])
        begins = first < last and words.lows[first] not in lex.quiet
        chosen = words.between(first, last) if awake or begins else []
        yield chosen, [at - first for at in told[before:after]] if awake else []


def _hear(words: Sequence[Token], told: Sequence[int], listener: Listener) -> _Heard:
    lex = listener.lex
    subject = listener.subject(words)
    agent = listener.agent(words) if any(words[at].text[0] == FILLER for at in told) else None
    by_cue = {found: listener.cue(found, words) for found in find_cues(words, told, lex)}
    reports = find_reported(words, told, list(by_cue), lex) if told else []
    return _Heard(
        [cue for cue in by_cue.values() if cue],
        subject,
        any(lex.has("reported", words[at].low) for at in told),
        [(report, by_cue[report.cue] if report.cue else None) for report in reports],
        agent,
    )


def who_says_quote(voices: Voices, start: int, end: int, *, fragment: bool, asked: bool) -> Attribution | None:
    """Return who says a quotation by its own sentence, None if that does not tell; `asked`: it ends in ? or !."""
    here = voices.at(start)
    cues = [cue for cue in voices.cues[here] if fragment or cue.kind != "judges"]
    before = [cue for cue in cues if cue.end <= start]
    following = voices.cues[here + 1] if asked and not before and here + 1 < len(voices.cues) else ()
    for cue in (*cues, *following):
        if 0 <= cue.start - end <= _TOUCHES:
            return _attribution(cue, "source_phrase" if cue.kind == "source" else "verb_after")
    if before:
        return _attribution(before[-1], "source_phrase" if before[-1].kind == "source" else "verb_before")
    return _attribution(cues[0], "source_phrase" if cues[0].kind == "source" else "same_sentence") if cues else None


def _attribution(cue: Cue, method: Method) -> Attribution:
    return Attribution(cue.speaker, cue.verb, method, round(SURE[method] * cue.speaker.sure, 3))


def attribution_of(cue: Cue, start: int) -> Attribution:
    """Return the attribution of what a cue reports from a position on."""
    after: Method = "verb_before" if cue.start < start else "verb_after"
    return _attribution(cue, "source_phrase" if cue.kind == "source" else after)


def carried_on(speaker: Speaker, method: Method) -> Attribution:
    """Return the attribution of text whose speaker an earlier sentence names, or that begins with the speaker."""
    return Attribution(speaker, None, method, round(SURE[method] * speaker.sure, 3))
