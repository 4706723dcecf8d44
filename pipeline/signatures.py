"""Signatures: what texts are compared by before they are read. The same text has the same one in every process.

rensa makes them: 2,900 texts a second, three times as many as datasketch, and as code of our own in NumPy. The 32
bands of four values find 89 % of the copies of which 40 % was replaced or cut. With the least eight of all eight words
in a row it is 99 %, as whole sentences stay in such copies. They cost a quarter more buckets.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from pipeline.text.shingles import shingles

VALUES, BANDS = 128, 32
LONG_ROW, LONG_ROWS = 8, 8
NEAR_BUCKETS = BANDS + LONG_ROWS
_SEED = 1
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Signature(NamedTuple):
    """How many shingles a text has, the last byte of each of their MinHash values, and its buckets."""

    shingles: int
    values: NDArray[np.uint8]
    buckets: NDArray[np.uint32]


def signature(text_words: Sequence[str]) -> Signature:
    """Return the signature of a text; all texts of less than three words have the same."""
    found = shingles(text_words)
    values, long = _least(found, VALUES), _least(shingles(text_words, LONG_ROW), LONG_ROWS)
    mixed = np.zeros(BANDS, np.uint64)
    for row in values.reshape(BANDS, -1).T:
        mixed = (mixed ^ row) * _MIX
        mixed ^= mixed >> np.uint64(29)
    buckets = np.concatenate([mixed >> np.uint64(32), long]).astype(np.uint32)
    return Signature(len(found), values.astype(np.uint8), buckets)


def similarity(values: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the estimated similarity of each two rows, off by 0.04; bytes of unlike values agree one time in 256."""
    agreeing = (values == others).mean(axis=1, dtype=np.float64)
    estimated: NDArray[np.float64] = np.maximum(0.0, (agreeing * 256 - 1) / 255)
    return estimated


def _least(found: set[str], count: int) -> NDArray[np.uint64]:
    made = RMinHash(num_perm=count, seed=_SEED)
    made.update(list(found))
    return np.array(made.digest(), np.uint64)
