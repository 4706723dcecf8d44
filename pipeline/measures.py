"""What a batch is judged by, and the scale of each measure: one on which chance moves it as much wherever it stands."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

Mix = Mapping[str, float]
"""Shares of languages."""

VARIATION = 0.1
"""By how much of itself the volume of a steady source varies beyond chance, at least."""
SHARES_VARY = 0.15
"""On the scale of shares: from 5 % to 9 %, from 50 % to 57 %."""
LENGTHS_VARY, LENGTHS_CHANCE = 0.1, 0.8
"""Medians of n articles' words differ by a tenth, and by 0.8 / sqrt(n): lengths are spread by a factor of two."""


class Measures(NamedTuple):
    """Counts of a batch: its captures, those that show an article, those that were rejected or failed.

    Of its new articles: how many, how many without a date, the median of their words, and their languages.
    `missed`: its day was over before its source was asked.
    """

    captures: int
    articles: int
    refused: int
    extracted: int
    undated: int
    words: float | None
    languages: Mapping[str, int]
    missed: bool = False


class Scale(NamedTuple):
    """How to come to a scale and back, the least spread there of a measure of n, and how a value is written."""

    scaled: Callable[[float], float]
    plain: Callable[[float], float]
    chance: Callable[[int], float]
    written: Callable[[float], str]


class Measure(NamedTuple):
    """One number of a batch, of how many things it is, and whether it may also be too low."""

    name: str
    scale: Scale
    value: Callable[[Measures, Sequence[Mix]], float | None]
    of: Callable[[Measures], int]
    two_sided: bool


def _scaled_count(count: float) -> float:
    """Give counts around m whose variance is m + (VARIATION m)^2 the variance 1, as Anscombe's square root does."""
    return 2 / VARIATION * math.asinh(VARIATION * math.sqrt(count + 0.375))


def _plain_count(scaled: float) -> float:
    return max(0.0, (math.sinh(max(0.0, scaled) * VARIATION / 2) / VARIATION) ** 2 - 0.375)


def _scaled_share(share: float) -> float:
    """Give shares of n the variance 1/n."""
    return 2 * math.asin(math.sqrt(share))


def _plain_share(scaled: float) -> float:
    return math.sin(min(max(0.0, scaled), math.pi) / 2) ** 2


COUNT = Scale(_scaled_count, _plain_count, lambda n: 1.0, lambda count: f"{round(count, 1):g}")
SHARE = Scale(_scaled_share, _plain_share, lambda n: max(SHARES_VARY, n**-0.5), lambda share: f"{share:.0%}")
LENGTH = Scale(
    math.log1p, math.expm1, lambda n: max(LENGTHS_VARY, LENGTHS_CHANCE * n**-0.5), lambda words: f"{round(words)}"
)


def shares(counts: Mapping[str, int]) -> Mix:
    """Return counts as shares of their sum; nothing of nothing."""
    total = sum(counts.values())
    return {name: count / total for name, count in sorted(counts.items())} if total else {}


def middle(mixes: Sequence[Mix]) -> Mix:
    """Return the mix of the medians of each language; nothing of no mixes."""
    medians = {name: median(mix.get(name, 0.0) for mix in mixes) for name in sorted(set().union(*mixes))}
    total = sum(medians.values())
    return {name: share / total for name, share in medians.items()} if total else {}


def _apart(one: Mix, other: Mix) -> float:
    """Return the total variation distance: the share of articles in other languages than in the other mix."""
    return min(1.0, sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in {*one, *other}) / 2)


def _language_mix(measures: Measures, usual: Sequence[Mix]) -> float | None:
    mix = shares(measures.languages)
    return min((_apart(mix, other) for other in usual), default=None) if mix else None


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


MEASURES = (
    Measure("captures", COUNT, lambda m, _: m.captures, lambda m: m.captures, two_sided=True),
    Measure("articles", COUNT, lambda m, _: m.articles, lambda m: m.articles, two_sided=True),
    Measure("reject_share", SHARE, lambda m, _: _of(m.refused, m.captures), lambda m: m.captures, two_sided=False),
    Measure("null_date_share", SHARE, lambda m, _: _of(m.undated, m.extracted), lambda m: m.extracted, two_sided=False),
    Measure("median_words", LENGTH, lambda m, _: m.words, lambda m: m.extracted, two_sided=True),
    Measure("language_mix", SHARE, _language_mix, lambda m: m.extracted, two_sided=False),
)
"""language_mix is the distance from the usual mix, the nearest of those given. Fewer rejects are no alarm."""
