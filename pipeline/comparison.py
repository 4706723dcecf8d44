"""The comparing of one month with its look-back window: which of its versions are copies, and of what.

Only versions that others came or went before, since the month was last compared, are compared anew. Nothing is stored
but likely pairs, by part of the buckets: a cache, which mapped tasks fill beside each other.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import candidates, copies, store
from pipeline.articles_file import ArticlesFile
from pipeline.candidates import COPIED, Pairs
from pipeline.copies import Copy
from pipeline.settings import Settings
from pipeline.sketches import Sketch, method

PARTS = tuple(range(start, min(start + 11, COPIED.stop)) for start in range(0, COPIED.stop, 11))
"""Of the buckets: each is one mapped task."""
_AT_ONCE = 8192
_PAIR = np.dtype([("own", "u4"), ("sketch", "u1"), ("other", "u4"), ("similarity", "f8")])


@dataclass(frozen=True)
class Comparison:
    """The sketches of the window and, last, of the month, the files they are of, and those of the last time, if any."""

    settings: Settings
    files: Sequence[ArticlesFile]
    now: Sequence[Sketch]
    before: Sequence[Sketch] | None

    @cached_property
    def own(self) -> NDArray[np.int64]:
        """The versions of the month that are compared."""
        if self.before is None:
            return np.arange(len(self.now[-1].days))
        return candidates.affected(self.before, self.now, self.settings.look_back_days)

    def copies(self) -> Iterator[Copy]:
        """Yield the copies among them, in the order of publication."""
        parts = zip(*(self.likely(number) for number in range(len(PARTS))), strict=True)
        pairs = (candidates.choose(candidates.joined(some)) for some in parts)
        yield from copies.find(self.now, self.files, pairs, self.settings.look_back_days)

    def prepare(self, part: int) -> None:
        """Store the likely pairs of one part of the buckets."""
        path = self._path(part)
        if not path.exists():
            with store.replacing(path) as temporary, temporary.open("wb") as file:
                for pairs in self._find(part):
                    np.save(file, np.rec.fromarrays(pairs, _PAIR))

    def likely(self, part: int) -> Iterator[Pairs]:
        """Yield the likely pairs of one part of the buckets, some versions at a time; from where they are stored."""
        path = self._path(part)
        if not path.exists():
            yield from self._find(part)
            return
        with path.open("rb") as file:
            for _ in self._slices():
                stored = np.load(file)
                own, sketch, other = (stored[name].astype(np.int64) for name in ("own", "sketch", "other"))
                yield Pairs(own, sketch, other, stored["similarity"])

    def _find(self, part: int) -> Iterator[Pairs]:
        for own in self._slices():
            yield candidates.find(self.now, own, PARTS[part], self.settings.look_back_days)

    def _slices(self) -> Iterator[NDArray[np.int64]]:
        for start in range(0, len(self.own), _AT_ONCE):
            yield self.own[start : start + _AT_ONCE]

    def _path(self, part: int) -> Path:
        of = [[one.digest for one in sketches] for sketches in (self.now, self.before or ())]
        key = hashlib.sha256(repr((of, method(), self.settings.look_back_days)).encode()).hexdigest()
        return self.settings.work / "duplicates" / "pairs" / f"{self.now[-1].month}-{key[:16]}-{part}.npy"
