"""Which versions of a month are copies, and of what: likely pairs of texts, read and compared. Stores nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from pipeline.articles_file import ArticlesFile, Text
from pipeline.candidates import Pairs, columns, joined, versions
from pipeline.sketches import Sketch, hex_of
from pipeline.text.likeness import begin_otherwise, is_same_form, is_update, likeness
from pipeline.text.shingles import MOST_CHARACTERS, own_text, shingles, words

WORDS_AT_ONCE = 2**24
"""Of texts in memory at the same time, 100 to 200 MB. For each such share all files of a window may have to be read."""
_WORDS_KEPT = 400_000
"""Of texts in pieces: 64 long news, or two texts of 200,000 characters in Chinese, where 64 took 1.8 GB."""
_DAYS_OF_AN_EVENT = 3
Place = tuple[int, int]
"""Of a version: the number of its sketch, its number there. In the order of publication."""


class Copy(NamedTuple):
    """A version, and the earliest one that it repeats."""

    article_id: str
    version_id: str
    matched_article_id: str
    matched_version_id: str
    kind: Literal["exact", "near"]
    similarity: float
    containment: float


class _Document(NamedTuple):
    article_id: str
    version_id: str
    content: bytes
    day: int


class _Alike(NamedTuple):
    kind: Literal["exact", "near"]
    similarity: float
    containment: float


def find(
    sketches: Sequence[Sketch], files: Sequence[ArticlesFile], pairs: Iterable[Pairs], look_back: int
) -> Iterator[Copy]:
    """Yield the copies among the versions of the last sketch that are in these pairs, which are sorted.

    A copy of an earlier version of the same article is nothing that a later version can repeat.
    """
    for share in _shares(sketches, pairs):
        own = np.unique(share.own)
        siblings = versions(sketches, own, look_back)
        texts = _Texts(sketches, files, [share, siblings])
        theirs, others = _by_version(siblings), _by_version(share)
        for number in own.tolist():
            place = (len(sketches) - 1, number)
            earlier = theirs.get(number, [])
            for other in others[number]:
                alike = texts.alike(place, other)
                if alike and not any(one < other and texts.alike(other, one) for one in earlier):
                    yield Copy(*texts.ids(place), *texts.ids(other), alike.kind, alike.similarity, alike.containment)
                    break


def _shares(sketches: Sequence[Sketch], pairs: Iterable[Pairs]) -> Iterator[Pairs]:
    """Yield the pairs anew, so that texts of about WORDS_AT_ONCE are needed for each part, and a version is in one."""
    waiting, words_waiting = [], 0
    for part in pairs:
        lengths = np.cumsum(np.add(*columns(sketches, part, "words")), dtype=np.int64)
        first_of_own = np.searchsorted(part.own, part.own)
        numbers = lengths[first_of_own] // WORDS_AT_ONCE
        for number in np.unique(numbers):
            share = np.flatnonzero(numbers == number)
            waiting.append(part.take(share))
            words_waiting += int(lengths[share[-1]] - lengths[share[0]])
            if words_waiting >= WORDS_AT_ONCE:
                yield joined(waiting)
                waiting, words_waiting = [], 0
    if waiting:
        yield joined(waiting)


def _by_version(pairs: Pairs) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = {}
    for own, sketch, other in zip(pairs.own.tolist(), pairs.sketch.tolist(), pairs.other.tolist(), strict=True):
        found.setdefault(own, []).append((sketch, other))
    return found


class _Texts:
    """The texts of some pairs, read once, and what two of them have in common."""

    def __init__(self, sketches: Sequence[Sketch], files: Sequence[ArticlesFile], pairs: Iterable[Pairs]) -> None:
        self._texts: dict[Place, Text] = {}
        self._documents: dict[Place, _Document] = {}
        self._words = cached(LRUCache(_WORDS_KEPT, len))(self._words_of)
        self._shingles = cached(LRUCache(_WORDS_KEPT, len))(lambda place: shingles(self._words(place)))
        wanted = [np.array([], np.int64) for _ in sketches]
        for some in pairs:
            wanted[-1] = np.union1d(wanted[-1], some.own)
            for number in range(len(sketches)):
                wanted[number] = np.union1d(wanted[number], some.other[some.sketch == number])
        for number, (sketch, file) in enumerate(zip(sketches, files, strict=True)):
            self._read(number, sketch, file, wanted[number])

    def _read(self, number: int, sketch: Sketch, file: ArticlesFile, wanted: NDArray[np.int64]) -> None:
        documents = sketch.documents[wanted]
        order = np.argsort(documents["row"])
        for at, text in zip(order.tolist(), file.texts(documents["row"][order].astype(np.int64)), strict=True):
            self._texts[number, int(wanted[at])] = text._replace(body=text.body[:MOST_CHARACTERS])
        ids = hex_of(documents["article"]), hex_of(documents["version"])
        about = *ids, documents["content"].tolist(), documents["day"].tolist()
        for at, *one in zip(wanted.tolist(), *about, strict=True):
            self._documents[number, at] = _Document(*one)

    def ids(self, place: Place) -> tuple[str, str]:
        """Return the article and the version at a place."""
        document = self._documents[place]
        return document.article_id, document.version_id

    def alike(self, place: Place, other: Place) -> _Alike | None:
        """Return how the first text repeats the second, None if it does not."""
        if self._documents[place].content == self._documents[other].content:
            return _Alike("exact", 1.0, 1.0)
        found = likeness(self._shingles(place), self._shingles(other))
        if not found.suffices or self._are_of_one_form(place, other):
            return None
        return _Alike("near", round(found.similarity, 3), round(found.containment, 3))

    def _are_of_one_form(self, place: Place, other: Place) -> bool:
        """Return whether what two texts share is a form: another's report of the same event is none, a portrait is."""
        pair = self._words(place), self._words(other)
        one, two = self._texts[place], self._texts[other]
        if is_same_form(*pair):
            days = self._documents[place].day - self._documents[other].day
            elsewhere = bool(one.host and two.host) and one.host != two.host
            return not (elsewhere and days <= _DAYS_OF_AN_EVENT and is_update(*pair))
        if one.host != two.host or not one.host:
            return False
        told = [set(words(text.headline.lower())) for text in (one, two)]
        fewest = min(map(len, told))
        return fewest > 0 and 2 * len(set.intersection(*told)) <= fewest and begin_otherwise(*pair)

    def _words_of(self, place: Place) -> list[str]:
        text = self._texts[place]
        return words(own_text(text.body, text.posts))
