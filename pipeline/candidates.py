"""Which texts may be copies of which, by their sketches alone. Nothing is read of the texts here.

What a version may copy depends on the sketches of its month and of the look-back window only: it does not matter when
they arrived, nor in how many parts the buckets are gone through.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.signatures import similarity
from pipeline.sketches import ARTICLE, BUCKETS, Sketch

MOST_IN_A_BUCKET = 32
"""Of one bucket and month, the earliest: all texts that are made from one form may be in one bucket."""
MOST_COMPARED = 16
"""Texts that one is compared with: so many of the earliest, and so many of the likeliest."""
COPIED = range(ARTICLE)
"""The buckets in which copies are looked for."""
# Signatures are off by 0.04. So near to the limits, the texts themselves are asked.
_PERHAPS_SIMILAR, _PERHAPS_CONTAINED = 0.4, 0.5
_AT_ONCE = 65_536
_OWN, _SKETCH = np.uint64(40), np.uint64(32)  # a pair as one number: own, sketch, other
_NUMBER = np.uint64(0xFFFFFFFF)


class Pairs(NamedTuple):
    """Versions of the last of some sketches and what each may copy: the number of its sketch, and its own there."""

    own: NDArray[np.int64]
    sketch: NDArray[np.int64]
    other: NDArray[np.int64]
    similarity: NDArray[np.float64]

    def take(self, chosen: NDArray[Any]) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(*(column[chosen] for column in self))


def joined(pairs: Sequence[Pairs]) -> Pairs:
    """Return several pairs as one."""
    return Pairs(*map(np.concatenate, zip(*pairs, strict=True)))


def affected(before: Sequence[Sketch], now: Sequence[Sketch], look_back: int) -> NDArray[np.int64]:
    """Return which versions of the last sketch must be compared anew: those that others came or went before.

    These are the new ones, and those in one bucket with one that came or went, not earlier and not beyond the window.
    """
    month, old = now[-1], {one.month: one for one in before}
    marked = np.zeros(len(month.days), np.bool_)
    for one in now:
        earlier = old.pop(one.month, None)
        if earlier is None or earlier.digest != one.digest:
            came, went = _changes(earlier, one)
            _mark(marked, month, one, came, look_back)
            if earlier is not None:
                _mark(marked, month, earlier, went, look_back)
            if one is month:
                marked[came] = True
    for emptied in old.values():
        _mark(marked, month, emptied, np.arange(len(emptied.days)), look_back)
    return np.flatnonzero(marked)


def find(sketches: Sequence[Sketch], own: NDArray[np.int64], buckets: range, look_back: int) -> Pairs:
    """Return what these versions of the last sketch may copy by these buckets, the earliest of each first."""
    found = _together(sketches, own, buckets, look_back)
    articles = columns(sketches, found, "article")
    likely = found.take(articles[0] != articles[1])
    return choose(_likely(sketches, likely))


def versions(sketches: Sequence[Sketch], own: NDArray[np.int64], look_back: int) -> Pairs:
    """Return the earlier versions, in the window, of the articles that these are versions of."""
    found = _together(sketches, own, range(ARTICLE, ARTICLE + 1), look_back)
    articles = columns(sketches, found, "article")
    return found.take(articles[0] == articles[1])


def choose(pairs: Pairs) -> Pairs:
    """Return of each version's pairs the earliest and the likeliest, each once.

    What is chosen from several choices put together is what is chosen from all.
    """
    pairs = pairs.take(np.lexsort((pairs.other, pairs.sketch, pairs.own)))
    same = [column[1:] == column[:-1] for column in (pairs.own, pairs.sketch, pairs.other)]
    pairs = pairs.take(np.flatnonzero(np.r_[True, ~np.logical_and.reduce(same)][: len(pairs.own)]))
    likeliest = np.lexsort((pairs.other, pairs.sketch, -pairs.similarity, pairs.own))
    kept = _places(pairs.own) < MOST_COMPARED
    kept[likeliest[_places(pairs.own[likeliest]) < MOST_COMPARED]] = True
    return pairs.take(np.flatnonzero(kept))


def _places(groups: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of each item in its group of equal neighbours."""
    begins = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]][: len(groups)])
    return np.arange(len(groups)) - np.repeat(begins, np.diff(np.r_[begins, len(groups)]))


def _together(sketches: Sequence[Sketch], own: NDArray[np.int64], buckets: range, look_back: int) -> Pairs:
    """Return who is in one bucket with these, earlier and in the window."""
    month, found = sketches[-1], np.empty(0, np.uint64)
    keys, days = month.keys[own], month.days[own]
    for number, one in enumerate(sketches):
        starts = np.searchsorted(one.days, days - look_back)
        ends = own if one is month else np.full(len(own), len(one.days))
        parts = [_members(one.members(kind), keys[:, kind], starts, ends) for kind in buckets]
        found = np.union1d(found, np.concatenate(parts) | np.uint64(number) << _SKETCH)
    parts = [found >> _OWN, found >> _SKETCH & np.uint64(0xFF), found & _NUMBER]
    whose, which, others = (part.astype(np.int64) for part in parts)
    return Pairs(own[whose], which, others, np.ones(len(found)))


def _members(
    members: NDArray[np.uint64], keys: NDArray[np.uint32], starts: NDArray[Any], ends: NDArray[Any]
) -> NDArray[np.uint64]:
    """Return the first MOST_IN_A_BUCKET members of each bucket between two numbers, with the place of its key."""
    low, high = _ranges(members, keys, starts, ends)
    counts = np.minimum(high - low, MOST_IN_A_BUCKET)
    whose = np.repeat(np.arange(len(keys), dtype=np.uint64), counts)
    chosen: NDArray[np.uint64] = members[np.repeat(low, counts) + _places(whose)] & _NUMBER
    return whose << _OWN | chosen


def _ranges(
    members: NDArray[np.uint64], keys: NDArray[np.uint32], starts: NDArray[Any], ends: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return from where to where among the members are those of each bucket between two numbers."""
    order = np.argsort(keys)  # neighbours are looked for near each other: half of the time at ten million
    high = keys[order].astype(np.uint64) << np.uint64(32)
    low, top = np.empty(len(keys), np.intp), np.empty(len(keys), np.intp)
    low[order] = np.searchsorted(members, high | starts[order].astype(np.uint64))
    top[order] = np.searchsorted(members, high | ends[order].astype(np.uint64))
    return low, np.maximum(low, top)


def columns(sketches: Sequence[Sketch], pairs: Pairs, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what is known of the versions on both sides of pairs."""
    ours = sketches[-1].documents[name][pairs.own]
    theirs = np.empty(len(ours), ours.dtype)
    for number, one in enumerate(sketches):
        here = pairs.sketch == number
        theirs[here] = one.documents[name][pairs.other[here]]
    return ours, theirs


def _likely(sketches: Sequence[Sketch], pairs: Pairs) -> Pairs:
    for number, one in enumerate(sketches):
        here = np.flatnonzero(pairs.sketch == number)
        for start in range(0, len(here), _AT_ONCE):
            part = here[start : start + _AT_ONCE]
            pairs.similarity[part] = similarity(sketches[-1].values[pairs.own[part]], one.values[pairs.other[part]])
    ours, theirs = (column.astype(np.float64) for column in columns(sketches, pairs, "shingles"))
    common = pairs.similarity / (1 + pairs.similarity) * (ours + theirs)
    perhaps = (pairs.similarity >= _PERHAPS_SIMILAR) | (common >= _PERHAPS_CONTAINED * np.maximum(ours, 1))
    return pairs.take(np.flatnonzero(perhaps))


def _changes(before: Sketch | None, now: Sketch) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers of those that are new in a sketch, and of those in the one before that are gone."""
    if before is None:
        return np.arange(len(now.days)), np.arange(0)
    old, new = _identities(before.documents), _identities(now.documents)
    return np.flatnonzero(~np.isin(new, old)), np.flatnonzero(~np.isin(old, new))


def _identities(documents: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a number that stands for all that a version's place and signature depend on."""
    mixed = np.zeros(len(documents), np.uint64)
    for name in ("version", "text"):
        halves = np.ascontiguousarray(documents[name]).view(np.uint64).reshape(-1, 2)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 0] ^ halves[:, 1]
    for name in ("day", "instant", "seen"):
        mixed = (mixed ^ documents[name].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _mark(marked: NDArray[np.bool_], month: Sketch, one: Sketch, numbers: NDArray[np.intp], look_back: int) -> None:
    """Mark the versions of a month that share a bucket with some of another one, from their day on."""
    if not len(numbers):
        return
    keys, days = one.keys[numbers], one.days[numbers]
    starts, ends = np.searchsorted(month.days, days), np.searchsorted(month.days, days + look_back, "right")
    for bucket in range(BUCKETS):
        members = month.members(bucket)
        low, high = _ranges(members, keys[:, bucket], starts, ends)
        steps = np.zeros(len(members) + 1, np.int32)
        np.add.at(steps, low, 1)
        np.add.at(steps, high, -1)
        marked[(members[np.cumsum(steps[:-1]) > 0] & _NUMBER).astype(np.intp)] = True
