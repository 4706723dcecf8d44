"""A chunk's documents into raw/, and the index of what was archived where."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from pipeline import alarms, archive, fetching, homes, index, past, plan, store, timings, vacated
from pipeline.errors import IntegrityError
from pipeline.markers import COUNTED, Counts, mark
from pipeline.model import FETCHED, Document
from pipeline.place import Place, measured, place
from pipeline.settings import Settings


def capture(settings: Settings, ref: str) -> Counts:
    """Put a chunk's documents into raw/ if they are not there; return how many; SourceError if the source changed."""
    here, watch = place(settings, ref), timings.start()
    if not here.in_place and not homes.exists(here.warc):
        _write(here)
    if not homes.exists(here.index):
        if here.in_place and not vacated.read(settings, here.plan.batch_id, here.filename):  # planned without an index
            sum(1 for _ in plan.documents(here.plan, here.chunk))  # ends with an error if the file changed since
        index.write(here.index, measured(here))
    count = len(index.read(here.index))
    counts = dict(zip(COUNTED, (count, count, count, 0), strict=True))
    return mark(here, "capture", counts, timings=timings.stopped(watch))


def _planned(here: Place) -> Iterator[Document]:
    """Yield what to archive; when it was what was planned, what was known of an archive that is gone goes too."""
    yield from plan.documents(here.plan, here.chunk)
    _forget(here)


def _forget(here: Place) -> None:
    store.remove(here.marker("extract"))
    store.remove(here.index)
    vacated.forget(here.settings, here.plan.batch_id, here.filename)


def _write(here: Place) -> None:
    if here.plan.source.kind in FETCHED:
        _fetch(here)
        return
    midnight = datetime.combine(here.plan.date, time(), UTC)
    known = past.known(here.settings, here.plan.batch_id, here.chunk.id)
    archive.write(here.warc, _planned(here), here.plan.source, here.plan.batch_id, midnight, known)


def _fetch(here: Place) -> None:
    settings, batch_id = here.settings, here.plan.batch_id
    with store.locked(fetching.lock_of(settings, batch_id, here.chunk.id)):
        if not homes.exists(here.warc):  # another try of this task may have been faster
            if alarms.never_published(settings, batch_id) is None:
                raise IntegrityError(
                    f"{here.warc}: gone since {batch_id} was published, and not to be had again; {archive.RESTORE}"
                )
            _forget(here)
            known = past.known(settings, batch_id, here.chunk.id)
            targets = plan.asked(settings, here.plan, here.chunk)
            fetching.fetch(settings, here.plan.source, batch_id, here.warc, targets, known)
