"""Hostile texts are mined in time that grows as they do, and every row of theirs points at what it says."""

import time
from collections.abc import Iterable

import pytest

from tests.fields.measures import Mined, mine
from tests.hostile_texts import TEXTS
from tests.text.test_offsets import wrong_offsets

SMALL, LARGE = 40_000, 320_000
# A text eight times as long may take three times as much a character: caches that grow cold, and a noisy machine.
MOST_TIMES = 3
# Below this, what a character takes is lost in noise: 40,000 characters of ordinary text take 40 ms.
LEAST_SECONDS = 0.05


def seconds(texts: Iterable[str], language: str) -> float:
    """Return the least processor time of mining these texts."""

    def once(text: str) -> float:
        started = time.process_time()
        mine(text, language)
        return time.process_time() - started

    return min(map(once, texts))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_hostile_text_gives_rows_that_point_at_what_they_say(name: str) -> None:
    text = TEXTS[name].make(4_000)
    found: Mined = mine(text, TEXTS[name].language)
    assert wrong_offsets(text, found) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEXTS))
def test_time_grows_with_a_hostile_text_and_not_faster(name: str) -> None:
    text = TEXTS[name]
    small = max(seconds([text.make(SMALL)] * 3, text.language), LEAST_SECONDS)
    large = seconds([text.make(LARGE)] * 2, text.language)
    assert large / small < MOST_TIMES * LARGE / SMALL
