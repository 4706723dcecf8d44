"""Whether one text repeats another: how much they share, and whether what differs is only what a form leaves open."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import LCSseq, MatchingBlock

LEAST_SIMILARITY, LEAST_CONTAINMENT = 0.5, 0.7
LEAST_SHARED = 30
"""Shingles that two texts must share: fewer are a formula, a headline or a quotation."""
_ALIGNED_WORDS = 4000
"""Of each text, from its beginning: aligning so many takes 2 MB and 5 ms, and both grow with the square."""
_LONGEST_SLOT, _LONGEST_LIST = 4, 12
# Measured on two thirds of benchmarks/templates.toml and on edited news. Of two texts of one form with half of their
# shingles in common, nearly all that differs is one fact in place of another, and most numbers do. Of two copies with
# one word in ten replaced it is a fifth of the differences, and hardly a number. An update of two figures stays a copy.
_LEAST_SLOTS, _LEAST_NUMBERS = 3, 4
_SLOTS_OF_DIFFERENCES, _FACTS_IN_SLOTS, _NUMBERS_IN_SLOTS = 0.5, 0.1, 0.34
_OWN_BEGINNING, _PASSAGE = 60, 5
"""Words before the first so many in a row that both have: news above a firm's portrait. A copy repeats the beginning.

Any two texts in one language have fewer in a row in the same order.
"""
_UPDATED = 0.5
"""Of all numbers: of two draws of a lottery two thirds differ, of two reports of one event some."""


class Likeness(NamedTuple):
    """Shingles that both texts have: of those of either, of those of the first, and their number."""

    similarity: float
    containment: float
    shared: int

    @property
    def suffices(self) -> bool:
        """Whether so much is the same that one is a copy of the other, or both were made from one form."""
        enough = self.similarity >= LEAST_SIMILARITY or self.containment >= LEAST_CONTAINMENT
        return enough and self.shared >= LEAST_SHARED


class _Difference(NamedTuple):
    """Words of one text where the other has others."""

    ours: Sequence[str]
    theirs: Sequence[str]

    def is_filled(self, plain: set[str]) -> bool:
        """Whether it is a slot: a few words with a fact in them on both sides, or a longer list of facts."""
        longest = max(len(self.ours), len(self.theirs))
        facts = [_facts(side, plain) for side in self]
        if longest <= _LONGEST_SLOT:
            return min(facts) > 0
        return longest <= _LONGEST_LIST and all(2 * n >= len(side) > 0 for n, side in zip(facts, self, strict=True))


def likeness(text: set[str], other: set[str]) -> Likeness:
    """Return how many shingles of a text another has; all 0 if either has none."""
    shared = len(text & other)
    if not shared:
        return Likeness(0.0, 0.0, 0)
    return Likeness(shared / (len(text) + len(other) - shared), shared / len(text), shared)


def is_same_form(text: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two texts, as their words, differ as two weather reports do: by the facts that are filled in."""
    text, other = text[:_ALIGNED_WORDS], other[:_ALIGNED_WORDS]
    plain = {word for word in (*text, *other) if word.islower()}
    differences = list(_differences(text, other))
    filled = [slot for slot in differences if slot.is_filled(plain)]
    facts = sum(_facts(slot.ours, plain) for slot in filled)
    numbers = sum(min(map(_numbers, slot)) for slot in filled)
    by_facts = len(filled) >= max(_LEAST_SLOTS, _SLOTS_OF_DIFFERENCES * len(differences))
    by_numbers = numbers >= max(_LEAST_NUMBERS, _NUMBERS_IN_SLOTS * _numbers(text))
    return by_numbers or (by_facts and facts >= _FACTS_IN_SLOTS * _facts(text, plain))


def is_update(text: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether half of the numbers are the same, and no name is another where both have a few words."""
    text, other = text[:_ALIGNED_WORDS], other[:_ALIGNED_WORDS]
    plain = {word for word in (*text, *other) if word.islower()}
    differences = list(_differences(text, other))
    slots = [slot for slot in differences if max(map(len, slot)) <= _LONGEST_SLOT and min(map(len, slot))]
    if any(_facts(side, plain) > _numbers(side) for slot in slots for side in slot):
        return False
    changed = (sum(map(_numbers, sides)) for sides in zip(*differences, strict=True))
    return all(new <= _UPDATED * _numbers(whole) for new, whole in zip(changed, (text, other), strict=True))


def begin_otherwise(text: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether both have much of their own before anything that they share: that may be a fixed paragraph."""
    passages = (block for block in _blocks(text[:_ALIGNED_WORDS], other[:_ALIGNED_WORDS]) if block.size >= _PASSAGE)
    first = next(passages, None)
    return first is not None and min(first.a, first.b) >= _OWN_BEGINNING


def _differences(text: Sequence[str], other: Sequence[str]) -> Iterator[_Difference]:
    ours = theirs = 0
    for block in _blocks(text, other):
        if block.a > ours or block.b > theirs:
            yield _Difference(text[ours : block.a], other[theirs : block.b])
        ours, theirs = block.a + block.size, block.b + block.size


def _blocks(text: Sequence[str], other: Sequence[str]) -> Sequence[MatchingBlock]:
    """Return the words in a row that both have in the same order; the last is empty, at the end of both."""
    low, other_low = [word.lower() for word in text], [word.lower() for word in other]
    return LCSseq.opcodes(low, other_low).as_matching_blocks()


def _facts(some: Sequence[str], plain: set[str]) -> int:
    """Return how many are numbers or names: capitalised, and nowhere written small. German nouns count as names."""
    return sum(_is_number(word) or (word[0].isupper() and word.lower() not in plain) for word in some)


def _numbers(some: Sequence[str]) -> int:
    return sum(map(_is_number, some))


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word))
