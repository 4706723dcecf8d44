"""How sure a difference between two extractions is: measures as functions of sums over pages, and a bootstrap of them.

A measure gives each page some columns and computes its figure from their sums, so that drawing pages again and again is
one product of matrices.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.pages.measures import Hits

Array = np.ndarray[Any, np.dtype[np.float64]]
Columns = Callable[[Hits], tuple[float, ...] | None]

ROUNDS = 4000
SEED = 20260301


def text_columns(hits: Hits) -> tuple[float, ...] | None:
    """Return precision, whether it is defined, recall, whether it is defined."""
    if hits.shingles is None:
        return None
    hit, more, less = hits.shingles
    return (hit / ((hit + more) or 1), float(hit + more > 0), hit / ((hit + less) or 1), float(hit + less > 0))


def text_p(sums: Array) -> Array:
    """Return precision averaged over pages."""
    return sums[..., 0] / np.maximum(sums[..., 1], 1)


def text_r(sums: Array) -> Array:
    """Return recall averaged over pages."""
    return sums[..., 2] / np.maximum(sums[..., 3], 1)


def text_f1(sums: Array) -> Array:
    """Return the F1 of both."""
    return 2 * text_p(sums) * text_r(sums) / np.maximum(text_p(sums) + text_r(sums), 1e-9)


def segments_f1(sums: Array) -> Array:
    """Return the F1 over the segments of all pages."""
    return 2 * sums[..., 0] / np.maximum(2 * sums[..., 0] + sums[..., 1] + sums[..., 2], 1)


def segments_p(sums: Array) -> Array:
    """Return which part of the segments found was wanted."""
    return sums[..., 0] / np.maximum(sums[..., 0] + sums[..., 1], 1)


def ratio(sums: Array) -> Array:
    """Return the first column by the second: a share of pages, or of segments."""
    return sums[..., 0] / np.maximum(sums[..., 1], 1e-9)


def field_columns(name: str) -> Callable[[Hits], tuple[float, ...] | None]:
    """Return how a page counts for one field."""
    return lambda hits: (float(hits.fields[name]), 1.0) if name in hits.fields else None


def recall_columns(hits: Hits) -> tuple[float, ...] | None:
    """Return the segments found of those wanted."""
    return hits.segments and (float(hits.segments[0]), float(hits.segments[0] + hits.segments[2]))


MEASURES: dict[str, tuple[Columns, Callable[[Array], Array]]] = {
    "text F1": (text_columns, text_f1),
    "text precision": (text_columns, text_p),
    "text recall": (text_columns, text_r),
    "segments F1": (lambda hits: hits.segments, segments_f1),
    "segments precision": (lambda hits: hits.segments, segments_p),
    "segments recall": (recall_columns, ratio),
    **{name: (field_columns(name), ratio) for name in ("title", "authors", "date")},
}


def resampled(columns: Sequence[tuple[float, ...]]) -> Array:
    """Return the sums of columns over pages drawn again and again; the same pages for every measure of as many."""
    table = np.asarray(columns, dtype=np.float64)
    drawn = np.random.default_rng(SEED).multinomial(len(table), [1 / len(table)] * len(table), size=ROUNDS)
    return drawn @ table


def interval(values: Array, form: str) -> str:
    """Return the middle 95 % of resampled values."""
    low, high = np.quantile(values, (0.025, 0.975))
    return f"[{low:{form}}, {high:{form}}]"
