"""Is a batch like the last good nights of its source? Counts in, judgements out; no file is read or written here.

Each measure has a scale on which chance moves it by about the same amount wherever it stands. There the band reaches so
many spreads beyond what is usual: the median of the nights, that of the same weekday, and what a person accepted.
docs/trends.md tells why, and how often that errs.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import fmean, median
from typing import Literal, NamedTuple

from pipeline.measures import COUNT, MEASURES, Measure, Measures, Mix, Scale, middle, shares

Severity = Literal["critical", "warning"]

NIGHTS = 14
"""Good nights that a source is compared with. With 7, normal nights were warned of four times as often."""
VALUED = 7
"""How many of these must have a value of a measure: there is no median of words without articles."""
WARNING, CRITICAL = 4.0, 5.0
"""Spreads beyond the usual from which on a batch is in alarm, and from which on it is held back."""
SILENT_WARNING, SILENT_CRITICAL = 6.0, 9.0
"""Articles to be expected in nights in a row that had none: chance has it so once in 400 and in 8,000 times."""
REGULAR = 0.75
"""A night is missing if the source came on so many of these weekdays, but not now."""
MISSING = "missing_nights"
SHOWN = 3
"""Days or alarms that a sentence names."""


class Night(NamedTuple):
    """An earlier batch of the source; `accepted`: it was in alarm, and a person said that it is right."""

    day: date
    measures: Measures
    accepted: bool = False


class Baseline(NamedTuple):
    """What a batch needs to know of the past, frozen with its plan.

    The source's last good nights in order; those published directly before the batch that had no article; and the days
    since its last batch on which another was due.
    """

    nights: tuple[Night, ...] = ()
    silent: tuple[date, ...] = ()
    missing: tuple[date, ...] = ()


class Judgement(NamedTuple):
    """One measure of a batch beside the median of the good nights and the band; `severity` is None inside it."""

    measure: str
    value: float
    median: float
    low: float
    high: float
    severity: Severity | None
    words: str


def judge(measures: Measures, day: date, baseline: Baseline, accepted: Measures | None = None) -> list[Judgement]:
    """Return how each measure of a batch compares, the worst first; nothing for a source with too few good nights.

    What was `accepted` of this very batch is usual. A batch that was missed is judged by nothing else.
    """
    if len(baseline.nights) < NIGHTS:
        return []
    found = _missing(measures, day, baseline)
    if not measures.missed:
        nights = [*baseline.nights, *([Night(day, accepted, accepted=True)] if accepted else [])]
        mixes = _mixes(nights)
        found += [one for measure in MEASURES for one in _judged(measure, measures, day, nights, mixes)]
        found += _silent(measures, day, baseline.silent, nights)
    return sorted(found, key=lambda one: ("critical", "warning", None).index(one.severity))


def due(days: Sequence[date], day: date) -> bool:
    """Return whether a source with good nights on these days, in order, should have one on that day."""
    if len(days) < NIGHTS:
        return False
    span = (days[0] + timedelta(number) for number in range((days[-1] - days[0]).days + 1))
    possible = sum(other.weekday() == day.weekday() for other in span)
    came = sum(other.weekday() == day.weekday() for other in days)
    return came >= 2 and came >= REGULAR * possible


def _mixes(nights: Sequence[Night]) -> list[Mix]:
    """Return the usual languages: the middle of the nights, and those of each accepted one."""
    mixes = [(night.accepted, mix) for night in nights if (mix := shares(night.measures.languages))]
    usual = middle([mix for _, mix in mixes])
    return [*([usual] if usual else []), *(mix for accepted, mix in mixes if accepted)]


def _judged(
    measure: Measure, measures: Measures, day: date, nights: Sequence[Night], mixes: Sequence[Mix]
) -> list[Judgement]:
    value = measure.value(measures, mixes)
    known = [
        (night, measure.scale.scaled(past))
        for night in nights
        if (past := measure.value(night.measures, mixes)) is not None
    ]
    if value is None or len(known) < VALUED:
        return []
    centre = median(scaled for _, scaled in known)
    weekday = [scaled for night, scaled in known if night.day.weekday() == day.weekday()]
    usual = [centre, *([median(weekday)] if weekday else []), *(scaled for night, scaled in known if night.accepted)]
    spread = max(_spread(known, centre), measure.scale.chance(measure.of(measures) or 1))
    return [_placed(measure, value, centre, (min(usual), max(usual)), spread)]


def _spread(known: Sequence[tuple[Night, float]], centre: float) -> float:
    """Return 1.4826 MAD, or less where nights differ less from those of the same weekday: they have a rhythm."""
    weekdays: dict[int, list[float]] = {}
    for night, scaled in known:
        weekdays.setdefault(night.day.weekday(), []).append(scaled)
    overall = 1.4826 * median(abs(scaled - centre) for _, scaled in known)
    freedom = len(known) - len(weekdays)
    if freedom < VALUED:
        return overall
    squares = sum((scaled - fmean(same)) ** 2 for same in weekdays.values() for scaled in same)
    return min(overall, math.sqrt(squares / freedom))


def _placed(measure: Measure, value: float, centre: float, usual: tuple[float, float], spread: float) -> Judgement:
    scale, scaled = measure.scale, measure.scale.scaled(value)
    below, above = usual[0] - scaled if measure.two_sided else 0.0, scaled - usual[1]
    low = scale.plain(usual[0] - WARNING * spread) if measure.two_sided else 0.0
    high = scale.plain(usual[1] + WARNING * spread)
    severity = _severity(max(below, above) / spread, WARNING, CRITICAL)
    return _judgement(measure.name, value, scale.plain(centre), low, high, severity, scale)


def _silent(measures: Measures, day: date, silent: Sequence[date], nights: Sequence[Night]) -> list[Judgement]:
    """Judge how long a source has been without an article: of a small one a single night says nothing."""
    articles = median(night.measures.articles for night in nights)
    if measures.articles or not articles or any(night.accepted and not night.measures.articles for night in nights):
        return []
    lively = {night.day.weekday() for night in nights if night.measures.articles}
    value = sum(empty.weekday() in lively for empty in (*silent, day))
    severity = _severity(value * articles, SILENT_WARNING, SILENT_CRITICAL)
    return [_judgement("silent_nights", value, 0, 0, math.floor(SILENT_WARNING / articles), severity, COUNT)]


def _missing(measures: Measures, day: date, baseline: Baseline) -> list[Judgement]:
    days = [*baseline.missing, *([day] if measures.missed else [])]
    if not days:
        return []
    more = f" and {len(days) - SHOWN} more" if len(days) > SHOWN else ""
    words = f"{MISSING} {len(days)}: nothing came on {', '.join(map(str, days[:SHOWN]))}{more}, when it was due"
    return [Judgement(MISSING, len(days), 0, 0, 0, "warning", words)]


def _severity(size: float, warning: float, critical: float) -> Severity | None:
    return "critical" if size > critical else "warning" if size > warning else None


def _judgement(
    name: str, value: float, usual: float, low: float, high: float, severity: Severity | None, scale: Scale
) -> Judgement:
    shown, centre, least, most = map(scale.written, (value, usual, low, high))
    words = f"{name} {shown}, the last {NIGHTS} good nights' median is {centre}, the band {least} to {most}"
    return Judgement(name, round(value, 3), round(usual, 3), round(low, 3), round(high, 3), severity, words)
