"""Hostile pages through a whole load: each ends by itself, and the healthy pages beside it are what they are alone."""

import pytest

from benchmarks.poison import poison
from tests.hostile import INPUTS

NAMES = [
    *("200k sibling divs", "table 1000x200", "300 tables deep", "open comment"),
    *("quote closed later", "half a character", "NUL reference", "billion laughs", "gzip bomb"),
    *("brotli bomb", "gzip cut short", "JPEG", "random bytes", "empty", "spaces", "100k nested arrays"),
]
MOST_MIB = 1024


@pytest.mark.slow
def test_hostile_pages_have_their_outcomes_and_their_neighbours_are_as_alone() -> None:
    beside, alone = poison(NAMES)
    assert (beside.held_back, alone.held_back) == (None, None)
    assert beside.outcomes.keys() == set(NAMES)
    told = {name: told for name, (_, told) in beside.outcomes.items()}
    expected = {name: INPUTS[name].reason or " ".join(sorted(INPUTS[name].flags or ())) for name in NAMES}
    unsettled = {name for name in NAMES if INPUTS[name].flags is None and INPUTS[name].reason is None}
    assert {name: told[name] for name in told.keys() - unsettled} == {
        name: expected[name] for name in expected.keys() - unsettled
    }
    assert len(alone.neighbours["articles"]) == len(NAMES) + 1
    assert len(alone.neighbours["quotes"]) > len(NAMES)
    assert beside.neighbours == alone.neighbours
    assert beside.mib < MOST_MIB
