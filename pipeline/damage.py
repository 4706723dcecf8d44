"""Records that were damaged after they were archived: which, and what the lake would lose with them. Mends nothing."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline import archive, homes, identity, index, lake, markers, place, plan, query, store, verdicts
from pipeline.model import Plan, Refusal
from pipeline.place import Place
from pipeline.settings import Settings

SHOWN = ("extracted", "unchanged", "not_modified")
"""Outcomes of captures that show an article."""
NAMED = 5
RELYING = """
SELECT DISTINCT batch_id
FROM (
    SELECT later.batch_id, later.outcome
    FROM captures AS later JOIN captures AS lost USING (source_id, document_key)
    WHERE lost.capture_id IN (FROM chosen) AND later.batch_id > lost.batch_id
        AND later.outcome IN ('extracted', 'unchanged', 'not_modified', 'rejected')
    QUALIFY dense_rank() OVER (PARTITION BY lost.capture_id ORDER BY later.batch_id) = 1
)
WHERE outcome IN (FROM outcomes)
ORDER BY 1
"""


class Lost(NamedTuple):
    """A record whose bytes are no longer what was archived: its capture, its address or key, the range in its file."""

    capture_id: str
    document: str
    warc: Path
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.warc} bytes {self.start}..{self.end}"


def found(here: Place) -> Iterator[Lost]:
    """Yield what is damaged in a chunk's archive now, nothing if it was not archived yet.

    IntegrityError if the file cannot be read at all.
    """
    if not homes.exists(here.warc) and not homes.exists(here.index):
        return
    for entry, capture in zip(place.entries(here), place.captures(here), strict=True):
        if index.is_lost(entry, capture):
            yield _lost(here, entry)


def of_batch(settings: Settings, batch_id: str) -> list[Lost]:
    """Return what is damaged in a batch's archives now; errors as `found`."""
    made = plan.load(settings, batch_id)
    return [lost for chunk in made.chunks for lost in found(Place(settings, made, chunk))]


def give_up(settings: Settings, batch_id: str) -> list[Lost]:
    """Return what is damaged in a batch, having written down that its next run is to publish the batch without it."""
    made = plan.load(settings, batch_id)
    given = []
    for chunk in made.chunks:
        here = Place(settings, made, chunk)
        for lost in found(here):
            detail = f"{here.filename} bytes {lost.start}..{lost.end}: given up"
            verdicts.add(here.verdicts("extract"), lost.capture_id, Refusal("damaged_record", detail))
            given.append(lost)
    return given


def relying(settings: Settings, capture_ids: Collection[str], outcomes: Collection[str]) -> list[str]:
    """Return the batches whose captures of the same documents come next and have one of these outcomes, in order."""
    with query.connect(settings.home) as connection:
        connection.register("chosen", _column(capture_ids))
        connection.register("outcomes", _column(outcomes))
        return [later for (later,) in connection.execute(RELYING).fetchall()]


def _column(values: Collection[str]) -> pa.Table:
    return pa.table({"value": pa.array(sorted(values), pa.large_string())})


def holding(settings: Settings, made: Plan) -> str | None:
    """Return why a batch must not be published as it was extracted, None if it may.

    Rows that the lake has are not given for bytes that were damaged since; nor is a file taken for damaged whole that
    was put in the place of another.
    """
    lost = [_lost(here, place.entries(here)[ordinal]) for here, ordinal in _noted(settings, made)]
    if not lost:
        return None
    if len(lost) == sum(chunk.documents for chunk in made.chunks):
        return f"none of its {len(lost)} records is what was archived, as {lost[0]}; {archive.RESTORE}"
    shown = _shown(settings, made)
    gone = [item for item in lost if item.capture_id in shown]
    if not gone:
        return None
    named = ", ".join(map(str, gone[:NAMED])) + (", ..." if len(gone) > NAMED else "")
    advice = f"{archive.RESTORE}, or `newsmill damage {made.batch_id} --give-up` publishes the batch without them"
    return f"of {len(gone)} articles in the lake the archived bytes are damaged: {named}; {advice}"


def _noted(settings: Settings, made: Plan) -> Iterator[tuple[Place, int]]:
    for chunk in made.chunks:
        for ordinal in markers.lost(settings, f"{made.batch_id}/{chunk.id}"):
            yield Place(settings, made, chunk), ordinal


def _lost(here: Place, entry: index.Entry) -> Lost:
    capture_id = identity.capture_id(here.plan.batch_id, entry.source_key)
    return Lost(capture_id, entry.url or entry.source_key, here.warc, entry.offset, entry.offset + entry.length)


def _shown(settings: Settings, made: Plan) -> set[str]:
    """Return the captures of the batch that show an article in the lake now."""
    path = lake.path_of(settings, "captures", f"{made.date:%Y-%m}")
    if not homes.exists(path):
        return set()
    rows = store.read_table(path, ["capture_id", "outcome"], [("batch_id", "=", made.batch_id)]).to_pylist()
    return {row["capture_id"] for row in rows if row["outcome"] in SHOWN}
