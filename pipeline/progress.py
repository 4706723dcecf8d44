"""How far work is, told to whoever shows it. Nothing that is computed depends on it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Told (step, done, of) as work goes on, from any thread; of 0 if nobody knows how much it will be."""


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def counted(progress: Progress, step: str, items: Sequence[T]) -> Iterator[T]:
    """Yield the items, and tell before each and after the last how many are done."""
    for done, item in enumerate(items):
        progress(step, done, len(items))
        yield item
    if items:
        progress(step, len(items), len(items))


@contextmanager
def during(progress: Progress, step: str) -> Iterator[None]:
    """Tell when something begins and ends of which nothing is known between."""
    progress(step, 0, 0)
    yield
    progress(step, 1, 1)
