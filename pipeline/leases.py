"""Which batches are being worked on: a file in work/<batch>/ as old as the last step that used the others there.

A step takes the lease when it begins; who puts work files away looks at it under the same lock, so that neither is
between the other's look and deed. Nothing is held while a step works: none takes a day, and no lease is younger.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pipeline import homes, store
from pipeline.settings import Settings


def take(settings: Settings, batch_ids: Iterable[str]) -> None:
    """Note that work on these batches goes on: their work files stay for as long as `newsmill maintain` lets them."""
    with held(settings):
        for batch_id in set(batch_ids):
            store.touch(settings.work / batch_id / "lease")


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Keep all others from taking a lease; for as long as one look takes."""
    with store.locked(settings.home / "locks" / "work.lock"):
        yield


def is_taken(settings: Settings, batch_id: str, since: float) -> bool:
    """Return whether a step of the batch began, or a file of its work changed, since that time (as in st_mtime)."""
    return any(item.changed > since for item in homes.items(settings.work / batch_id))
