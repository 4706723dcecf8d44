"""How often normal nights of a source are in alarm, and how often nights on which something broke: invented sources.

python -m benchmarks.trends [NIGHTS]: so many normal nights of each source (default 5,000), a tenth as many broken.
"""

import math
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from pipeline.measures import Measures
from pipeline.trends import NIGHTS, Baseline, Night, judge

START = date(2026, 1, 5)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Articles a night (Poisson, on weekends `weekend` times as many), and by how much else all that varies."""

    articles: float
    weekend: float = 0.5
    varies: float = 0.1
    undated: float = 0.03
    rejected: float = 0.05
    words: float = 320
    english: float = 0.03

    def night(self, day: date, chance: np.random.Generator) -> Measures:
        expected = self.articles * (self.weekend if day.weekday() > 4 else 1) * chance.lognormal(0, self.varies)
        found = int(chance.poisson(expected))
        refused = int(chance.poisson(expected * self.rejected / (1 - self.rejected) * chance.lognormal(0, 0.3)))
        undated = int(chance.binomial(found, min(1, self.undated * chance.lognormal(0, 0.3))))
        english = int(chance.binomial(found, self.english))
        lengths = chance.lognormal(math.log(self.words) + chance.normal(0, 0.05), 0.7, found)
        words = float(np.median(lengths)) if found else None
        languages = {name: count for name, count in (("de", found - english), ("en", english)) if count}
        return Measures(found + refused, found, refused, found, undated, words, languages)


SOURCES = [
    replace(Source(articles=articles), weekend=weekend, varies=varies)
    for articles in (3, 10, 40, 200, 1000)
    for weekend, varies in ((1, 0.0), (0.5, 0.1), (0.4, 0.25))
]
BROKEN = {
    "half the text": {"words": 0.5},
    "no dates": {"undated": 1.0},
    "half the dates": {"undated": 0.5},
    "silent": {"articles": 0.0},
    "a quarter": {"articles": 0.25},
    "twice as much": {"articles": 2.0},
    "four times": {"articles": 4.0},
    "other language": {"english": 0.97},
    "half rejected": {"rejected": 0.5},
}
"""What happens to a source; articles and words are factors."""


def broken(source: Source, changes: dict[str, float]) -> Source:
    factors = {name: getattr(source, name) * changes[name] for name in ("articles", "words") if name in changes}
    return replace(source, **(changes | factors))


def severity(measures: Measures, day: date, nights: list[Night]) -> str:
    """Return the worst of the judgements."""
    return str(judge(measures, day, Baseline(tuple(nights)))[0].severity)


def normal(source: Source, count: int, chance: np.random.Generator) -> Counter[str]:
    """Return how many normal nights ended how; those in alarm are no part of the nights that follow."""
    nights: list[Night] = []
    ended: Counter[str] = Counter()
    for day in (START + timedelta(number) for number in range(count + NIGHTS)):
        measures = source.night(day, chance)
        found = severity(measures, day, nights[-NIGHTS:]) if len(nights) >= NIGHTS else "None"
        ended[found] += len(nights) >= NIGHTS
        if found == "None":
            nights = [*nights[-NIGHTS:], Night(day, measures)]
    return ended


def detected(source: Source, changes: dict[str, float], count: int, chance: np.random.Generator) -> Counter[str]:
    """Return how many first nights after something broke ended how."""
    return Counter(
        severity(broken(source, changes).night(day, chance), day, nights)
        for day, nights in _fortnights(source, count, chance)
    )


def _fortnights(source: Source, count: int, chance: np.random.Generator) -> Iterator[tuple[date, list[Night]]]:
    for start in (START + timedelta(number) for number in range(count)):
        days = [start + timedelta(number) for number in range(NIGHTS)]
        yield start + timedelta(NIGHTS), [Night(day, source.night(day, chance)) for day in days]


def main(count: int) -> None:
    """Print a line a source: alarms in 1,000 normal nights, then % held back (and warned of) on the first night."""
    chance = np.random.default_rng(20260301)
    print("articles weekend varies | held, warned of 1,000 |", " | ".join(BROKEN))
    total: Counter[str] = Counter()
    for source in SOURCES:
        ended = normal(source, count, chance)
        total.update(ended)
        columns = [f"{1000 * ended[name] / count:.1f}" for name in ("critical", "warning")]
        for changes in BROKEN.values():
            found = detected(source, changes, count // 10, chance)
            columns.append(f"{1000 * found['critical'] / count:.0f} ({1000 * found['warning'] / count:.0f})")
        print(f"{source.articles} {source.weekend} {source.varies} |", " | ".join(columns))
    print(f"normal nights: {total.total()}, held back {total['critical']}, warned of {total['warning']}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
