"""Who says it: the sources that sentences name, led back to the fullest name in the article; for quotes and claims."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from pipeline.text.cues import find_cues
from pipeline.text.indirect import Reported, find_reported
from pipeline.text.lexicon import Lexicon
from pipeline.text.people import find_people
from pipeline.text.phrases import proper
from pipeline.text.reading import FILLER, Span, place, sentences, tokens, without
from pipeline.text.speakers import Cue, Listener, Speaker

Method = Literal["verb_after", "verb_before", "source_phrase", "same_sentence", "continued", "subject"]

_SURE: dict[Method, float] = {
    "verb_after": 0.95,
    "verb_before": 0.9,
    "source_phrase": 0.85,
    "same_sentence": 0.7,
    "continued": 0.65,
    "subject": 0.5,
}
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
    listener = Listener(frame, find_people(frame, lex), lex)
    cues: list[list[Cue]] = []
    subjects: list[Speaker | None] = []
    hearsay: list[bool] = []
    reports: list[list[tuple[Reported, Cue | None]]] = []
    agents: list[Speaker | None] = []
    for start, end in spans:
        words = tokens(frame, start, end)
        subjects.append(listener.subject(words))
        hearsay.append(any(lex.has("reported", word.low) for word in words))
        agents.append(listener.agent(words) if FILLER in frame[start:end] else None)
        heard = [(found, listener.cue(found, words)) for found in find_cues(words, lex)]
        cues.append([cue for _, cue in heard if cue])
        by_cue = dict(heard)
        told = find_reported(words, list(by_cue), lex)
        reports.append([(report, by_cue[report.cue] if report.cue else None) for report in told])
    return Voices(spans, cues, subjects, hearsay, reports, agents)


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
    return Attribution(cue.speaker, cue.verb, method, round(_SURE[method] * cue.speaker.sure, 3))


def attribution_of(cue: Cue, start: int) -> Attribution:
    """Return the attribution of what a cue reports from a position on."""
    after: Method = "verb_before" if cue.start < start else "verb_after"
    return _attribution(cue, "source_phrase" if cue.kind == "source" else after)


def carried_on(speaker: Speaker, method: Method) -> Attribution:
    """Return the attribution of text whose speaker an earlier sentence names, or that begins with the speaker."""
    return Attribution(speaker, None, method, round(_SURE[method] * speaker.sure, 3))


def who_says_claim(voices: Voices, position: int) -> Attribution | None:
    """Return who states what stands at a position of a sentence, None if the sentence does not tell."""
    cues = [
        cue
        for cue in voices.cues[voices.at(position)]
        if cue.kind == "source" or (cue.kind == "says" and cue.speaker.kind != "unknown")
    ]
    cue = next((c for c in reversed(cues) if c.start <= position), None) or (cues[0] if cues else None)
    return _attribution(cue, "source_phrase" if cue.kind == "source" else "same_sentence") if cue else None
