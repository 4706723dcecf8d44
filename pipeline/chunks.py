"""One chunk through capture, extract and mine: files in, files out, and again whenever asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline import archive, contracts, plan, stages, store, version
from pipeline.errors import IntegrityError
from pipeline.model import Capture, Chunk, Known, Plan, Refusal
from pipeline.settings import Settings

STAGES = ("capture", "extract", "mine")
COUNTED = ("captures", "rows_in", "rows_out", "rows_rejected")
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """One chunk of a planned batch and where its files are."""

    settings: Settings
    plan: Plan
    chunk: Chunk

    @property
    def in_place(self) -> bool:
        """Whether the chunk is a slice of a WARC that is referenced, not copied."""
        return self.plan.inputs[self.chunk.first].in_place

    @property
    def warc(self) -> Path:
        """The WARC file that holds the chunk's captures."""
        if self.in_place:
            return Path(self.plan.root, self.plan.inputs[self.chunk.first].path)
        return self.settings.raw / self.plan.batch_id / f"{self.chunk.id}.warc.gz"

    def output(self, stage: str, table: str) -> Path:
        """The Parquet file of one table of one stage."""
        return self.settings.work / self.plan.batch_id / stage / self.chunk.id / f"{table}.parquet"

    def marker(self, stage: str) -> Path:
        """The file that is written last by a stage: who wrote the outputs, and the counts."""
        return self.settings.work / self.plan.batch_id / stage / f"{self.chunk.id}.json"


def place(settings: Settings, ref: str) -> Place:
    """Return the chunk that `<batch>/<chunk>` names; SourceError if it was never planned."""
    batch_id, _, chunk_id = ref.partition("/")
    made = plan.load(settings, batch_id)
    return Place(settings, made, plan.chunk(made, chunk_id))


def capture(settings: Settings, ref: str) -> Counts:
    """Put a chunk's documents into raw/ if they are not there; return how many; SourceError if the source changed."""
    here = place(settings, ref)
    count = here.chunk.documents
    if here.in_place:
        count = sum(1 for _ in plan.documents(here.plan, here.chunk))
    elif not here.warc.exists():
        midnight = datetime.combine(here.plan.date, time(), UTC)
        documents = plan.documents(here.plan, here.chunk)
        archive.write(here.warc, documents, here.plan.source, here.plan.batch_id, midnight, _known(here))
    return _mark(here, "capture", dict(zip(COUNTED, (count, count, count, 0), strict=True)))


def extract(settings: Settings, ref: str) -> Counts:
    """Write a chunk's captures, articles, embeds, links and rejects below work/ and return its counts."""
    here = place(settings, ref)
    if done := _done(here, "extract"):
        return done
    known = _known(here)
    frames = stages.extract(captures(here), here.plan, lambda key: _current(here, known.get(key)), version.extractor(),
                            settings.max_document_bytes)  # fmt: skip
    tables = {name: contracts.conform(name, frame) for name, frame in frames.items()}
    found, planned = len(tables["captures"]), here.chunk.documents
    if found != planned:
        raise IntegrityError(f"{here.warc}: {found} captures in chunk {ref}, {planned} were planned; restore the file")
    return _finish(here, "extract", tables, planned, len(tables["articles"]))


def mine(settings: Settings, ref: str) -> Counts:
    """Write a chunk's quotes, claims and mentions below work/ and return its counts."""
    here = place(settings, ref)
    if done := _done(here, "mine"):
        return done
    articles, embeds = (store.read_table(here.output("extract", name)).to_pandas() for name in ("articles", "embeds"))
    tables = {name: contracts.conform(name, frame) for name, frame in stages.mine(articles, embeds).items()}
    return _finish(here, "mine", tables, len(articles), sum(map(len, tables.values())))


def read(settings: Settings, ref: str) -> dict[str, pa.Table]:
    """Return all tables of a chunk that went through the stages; IntegrityError if work/ lacks some."""
    here = place(settings, ref)
    parts = [(name, here.output("extract", name)) for name in stages.EXTRACTED]
    parts += [(name, here.output("mine", name)) for name in stages.MINED]
    tables: dict[str, pa.Table] = {}
    for name, path in parts:
        table = store.read_table(path)
        tables[name] = pa.concat_tables([tables[name], table]) if name in tables else table
    return tables


def counts(settings: Settings, ref: str, stage: str) -> Counts:
    """Return what a finished stage counted; IntegrityError if it did not finish."""
    path = place(settings, ref).marker(stage)
    if not path.exists():
        raise IntegrityError(
            f"{path}: stage {stage} of {ref} did not finish, or work/ was deleted; run the batch again"
        )
    return store.read_json(path)["counts"]  # type: ignore[no-any-return]


def unfinished(settings: Settings, batch_id: str) -> str | None:
    """Return what a batch still lacks before it can be checked, None if nothing."""
    if not plan.path_of(settings, batch_id).exists():
        return "the batch has no plan"
    made = plan.load(settings, batch_id)
    lacking = [
        chunk.id for chunk in made.chunks if not all(_done(Place(settings, made, chunk), stage) for stage in STAGES)
    ]
    return f"not through its stages: chunks {', '.join(lacking)}" if lacking else None


def captures(here: Place) -> Iterator[Capture]:
    """Yield a chunk's captures from where their bytes are kept."""
    start, end = (here.chunk.start, here.chunk.end) if here.in_place else (0, None)
    name = here.plan.inputs[here.chunk.first].path if here.in_place else here.warc.name
    replaced = plan.keys(here.plan, here.chunk) if here.in_place else {}
    for ordinal, found in enumerate(archive.read(here.warc, name, here.settings.raw, start, end)):
        yield found._replace(source_key=replaced.get(ordinal, found.source_key))


def reread(settings: Settings, batch_id: str, filename: str, offset: int) -> Capture:
    """Return one capture by its place; IntegrityError if its bytes are not there or not what was recorded."""
    made = plan.load(settings, batch_id)
    in_place = any(item.in_place and item.path == filename for item in made.inputs)
    path = Path(made.root, filename) if in_place else settings.raw / batch_id / filename
    return archive.read_at(path, filename, settings.raw, offset)


def _known(here: Place) -> dict[str, Known]:
    return plan.known(here.settings, here.plan.batch_id, here.chunk.id)


def _current(here: Place, known: Known | None) -> Known | None:
    """Return the previous capture with the hash that the present code makes of it, by the source as it was then.

    An upgrade of ours must not look like an edit of theirs. Its digest is left out when the source was configured
    otherwise: then equal bytes may say something else now.
    """
    if known is None or known.content_sha256 is None:
        return known
    source = plan.load(here.settings, known.batch_id).source
    if source != here.plan.source:
        known = known._replace(digest="")
    if known.extractor == version.extractor():
        return known
    before = reread(here.settings, known.batch_id, known.filename, known.offset)
    article = stages.read_article(before, source, here.settings.max_document_bytes)
    if isinstance(article, Refusal):
        return known._replace(article_id=None, content_sha256=None)
    found = stages.identify(article, before._replace(source_key=known.document_key), source)
    return known._replace(article_id=found["article_id"], content_sha256=found["content_sha256"])


def _done(here: Place, stage: str) -> Counts | None:
    """The same code has nothing to add to its own finished output."""
    path = here.marker(stage)
    if not path.exists():
        return None
    value: dict[str, Any] = store.read_json(path)
    return value["counts"] if value["made_by"] == _made_by(here) else None


def _made_by(here: Place) -> list[str]:
    planned = plan.sha256(here.settings, here.plan.batch_id)
    return [version.code_version(), version.extractor(), str(here.settings.max_document_bytes), planned]


def _finish(here: Place, stage: str, tables: dict[str, pa.Table], rows_in: int, rows_out: int) -> Counts:
    for name, table in tables.items():
        store.write_rows(here.output(stage, name), table)
    rejected = len(tables["rejects"]) if "rejects" in tables else 0
    return _mark(here, stage, dict(zip(COUNTED, (here.chunk.documents, rows_in, rows_out, rejected), strict=True)))


def _mark(here: Place, stage: str, counts: Counts) -> Counts:
    store.write_json(here.marker(stage), {"made_by": _made_by(here), "counts": counts})
    return counts
