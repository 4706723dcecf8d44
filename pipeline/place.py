"""Where a chunk of a planned batch lies: its captures in raw/ or in a WARC of the source, its outputs below work/."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import archive, blanking, homes, index, plan, vacated, verdicts
from pipeline.model import FETCHED, Capture, Chunk, Plan
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """One chunk of a planned batch and where its files are."""

    settings: Settings
    plan: Plan
    chunk: Chunk

    @property
    def ref(self) -> str:
        """What the chunk is called: `<batch>/<chunk>`."""
        return f"{self.plan.batch_id}/{self.chunk.id}"

    @property
    def in_place(self) -> bool:
        """Whether the chunk is a slice of a WARC that is referenced, not copied."""
        return self.plan.source.kind not in FETCHED and self.plan.inputs[self.chunk.first].in_place

    @property
    def warc(self) -> Path:
        """The WARC file that holds the chunk's captures."""
        if self.in_place:
            return Path(self.plan.root, self.plan.inputs[self.chunk.first].path)
        return self.settings.raw / self.plan.batch_id / f"{self.chunk.id}.warc.gz"

    @property
    def filename(self) -> str:
        """What `captures` calls that file."""
        return self.plan.inputs[self.chunk.first].path if self.in_place else self.warc.name

    def holds(self, filename: str, offset: int) -> bool:
        """Return whether the record at that place is of this chunk."""
        return filename == self.filename and (not self.in_place or self.chunk.start <= offset < self.chunk.end)

    @property
    def index(self) -> Path:
        """The file that says what was archived where."""
        return plan.index_of(self.settings, self.plan.batch_id, self.chunk.id)

    def output(self, stage: str, table: str) -> Path:
        """The Parquet file of one table of one stage."""
        return self.settings.work / self.plan.batch_id / stage / self.chunk.id / f"{table}.parquet"

    def verdicts(self, stage: str) -> Path:
        """The file of what documents came to that killed their worker in that stage."""
        return verdicts.path(self.settings, self.plan.batch_id, self.chunk.id, stage)

    def marker(self, stage: str) -> Path:
        """The file that is written last by a stage: who wrote the outputs, and the counts."""
        return self.settings.work / self.plan.batch_id / stage / f"{self.chunk.id}.json"


def place(settings: Settings, ref: str) -> Place:
    """Return the chunk that `<batch>/<chunk>` names; SourceError if it was never planned."""
    batch_id, _, chunk_id = ref.partition("/")
    made = plan.load(settings, batch_id)
    return Place(settings, made, plan.chunk(made, chunk_id))


def captures(here: Place, first: int = 0, last: int | None = None) -> Iterator[Capture]:
    """Yield a chunk's captures from where their bytes are kept; all, or those from one ordinal up to another.

    One whose bytes were damaged since has a fault that says so; IntegrityError if the file cannot be read at all.
    """
    indexed = entries(here)[first:last]
    vacant = {gone.offset: gone for gone in vacated.read(here.settings, here.plan.batch_id, here.filename)}
    with archive.opened(here.warc, little=len(indexed) == 1) as file:
        for entry in indexed:
            found = vacant.get(entry.offset)
            yield found or index.capture(file, here.warc, here.filename, here.settings.raw, entry)


def entries(here: Place) -> Sequence[index.Entry]:
    """Return the chunk's index; as its bytes are now, if it was archived before there were such."""
    return index.read(here.index) if homes.exists(here.index) else tuple(measured(here))


def measured(here: Place) -> Iterator[index.Entry]:
    """Yield the index of a chunk's archive as it is now; IntegrityError if a record in it is not sound."""
    start, end = (here.chunk.start, here.chunk.end) if here.in_place else (0, None)
    replaced = plan.keys(here.plan, here.chunk) if here.in_place else {}
    found = enumerate(vacated.captures(here.settings, here.plan.batch_id, here.warc, here.filename, start, end))
    entries = (index.entry(item)._replace(source_key=replaced.get(ordinal, item.source_key)) for ordinal, item in found)
    return index.measured(here.warc, entries)


def vacate(here: Place, gone: Collection[Capture]) -> None:
    """Note captures of the chunk that were taken down, and blank those that are there again in an archive of ours."""
    vacated.add(here.settings, here.plan.batch_id, gone)
    if not here.in_place:
        blanking.blank_out(here.warc, list(blanking.marks(here.warc, blanking.deaths(gone))))
    forget(here, {capture.offset for capture in gone})


def remaining(here: Place, gone: Collection[Capture]) -> list[int]:
    """Return at which offsets the chunk's file has, still or again, what was taken down; none if it is gone."""
    at = {capture.offset for capture in gone if here.holds(capture.filename, capture.offset)}
    if not at or not homes.exists(here.warc):
        return []
    if not here.in_place:
        return [mark.offset for mark in blanking.marks(here.warc, blanking.deaths(gone))]
    with archive.opened(here.warc) as file:
        there = [entry for entry in entries(here) if entry.offset in at]
        found = [index.capture(file, here.warc, here.filename, here.settings.raw, entry) for entry in there]
    pairs = zip(there, found, strict=True)
    return [entry.offset for entry, capture in pairs if not index.is_lost(entry, capture)]


def forget(here: Place, offsets: Collection[int]) -> None:
    """Let the chunk's index say nothing more of captures that were taken down, at these offsets of its archive."""
    indexed = entries(here) if homes.exists(here.index) else ()
    gone = [entry._replace(digest="", size=0) for entry in indexed if entry.offset in offsets]
    if gone:
        ours = not here.in_place and homes.exists(here.warc)
        anew = {entry.offset: entry for entry in (index.measured(here.warc, gone) if ours else gone)}
        known = [anew.get(entry.offset, entry) for entry in indexed]
        if known != list(indexed):
            index.write(here.index, known)
