"""Indirect speech of an article: what its sentences report, with the speaker, who may go on over several."""

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.text.attribution import Attribution, Voices, attribution_of, carried_on
from pipeline.text.reading import MASK

_GOES_ON = 2
"""Sentences that may stand between a speaker and what is still said by the same one."""
_SHORTEST_STATEMENT = 4
"""Words of a sentence that another may point back at; fewer have no verb: "So der Plan."."""


class Indirect(NamedTuple):
    """Reported words text[start:end], and who says them if the text tells."""

    start: int
    end: int
    said: Attribution | None


class _Told(NamedTuple):
    indirect: Indirect
    number: int
    goes_on: bool
    """Whether only the mood tells it, so that the next such sentence is one with it."""


def find_indirect(text: str, voices: Voices) -> list[Indirect]:
    """Return the indirect speech of a text in order; sentences that only go on are one with those before them."""
    found: list[Indirect] = []
    before: _Told | None = None
    for told in _each(text, voices):
        start = before.indirect.start if before and _is_one(text, before, told) else None
        if start is not None:
            found[-1] = found[-1]._replace(end=told.indirect.end)
        else:
            found.append(told.indirect)
        before = told._replace(indirect=found[-1])
    return [told for told in found if MASK not in text[told.start : told.end]]


def _is_one(text: str, before: _Told, told: _Told) -> bool:
    together = before.goes_on and told.goes_on and told.number == before.number + 1
    return together and "\n\n" not in text[before.indirect.end : told.indirect.start]


def _each(text: str, voices: Voices) -> Iterator[_Told]:
    spoke: tuple[int, Attribution] | None = None
    for number, reports in enumerate(voices.reports):
        for report, cue in reports:
            said = attribution_of(cue, report.start) if cue else None
            if report.how in ("mood", "resumed"):
                said = _continued(spoke, number)
            start = _pointed_at(text, voices, number, report.end) if report.how == "pointed" else report.start
            if start is not None:
                yield _Told(Indirect(start, report.end, said), number, report.how == "mood")
        cues = [cue for cue in voices.cues[number] if cue.kind != "judges"]
        spoke = (number, attribution_of(cues[-1], cues[-1].start)) if cues else spoke


def _pointed_at(text: str, voices: Voices, number: int, end: int) -> int | None:
    """Return where the sentence before begins, None if it is in another paragraph or has a speaker of its own."""
    start = voices.sentences[number - 1][0]
    short = len(text[start : voices.sentences[number - 1][1]].split()) < _SHORTEST_STATEMENT
    return None if number == 0 or short or voices.cues[number - 1] or "\n\n" in text[start:end] else start


def _continued(spoke: tuple[int, Attribution] | None, number: int) -> Attribution | None:
    return carried_on(spoke[1].speaker, "continued") if spoke and number - spoke[0] <= _GOES_ON else None
