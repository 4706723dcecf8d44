"""A little of a source through all stages in memory, to see what it would give; nothing below the home is written."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path

import pandas as pd

from pipeline import archive, fetching, listings, names_model, plan, sources, stages, targets, version
from pipeline.model import FETCHED, Document, Plan, Source
from pipeline.readers import READERS
from pipeline.settings import Settings


def frames(settings: Settings, name: str, day: date, most: int) -> stages.Frames:
    """Return all frames of a source's first `most` documents; ConfigurationError if there is no such source."""
    root = settings.sources.parent
    source = names_model.pin(sources.choose(sources.load(settings.sources), [name])[0], root)
    made = Plan(batch_id=plan.batch_id(source, day), date=day, source=source, root=str(root), inputs=(), chunks=())
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "raw", made.batch_id, "0000.warc.gz")
        if source.kind in FETCHED:
            _fetch(replace(settings, home=Path(scratch), host_locks=settings.hosts), made, path, most)
        else:
            some = islice(_documents(source, root, day), most)
            archive.write(path, some, source, made.batch_id, datetime.combine(day, time(), UTC), {})
        captures = archive.read(path, path.name, Path(scratch, "raw"))
        extracted = stages.extract(captures, made, lambda _: None, version.extractor(), settings.max_document_bytes)
    names = names_model.finder(source.names_model, root)
    mined = stages.mine(extracted["articles"], extracted["embeds"], names=names)
    return extracted | mined | {"rejects": pd.concat([extracted["rejects"], mined["rejects"]])}


def _fetch(settings: Settings, made: Plan, path: Path, most: int) -> None:
    listed = listings.ask(settings, made.source, made.batch_id, made.date)
    chosen = targets.choose(listed, {}, made.source, made.date)[:most]
    fetching.fetch(settings, made.source, made.batch_id, path, chosen, {})


def _documents(source: Source, root: Path, day: date) -> Iterator[Document]:
    for path in sources.inputs(source, root, day):
        yield from READERS[source.kind](path, plan.name_of(path, root), source)
