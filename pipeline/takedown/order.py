"""What a takedown will do, found out before it does anything: rows, records and files. Only `save` and `drop` write."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import blanking, contracts, homes, identity, lake, plan, store, vacated
from pipeline.blanking import Mark
from pipeline.errors import IntegrityError
from pipeline.model import Capture, Takedown
from pipeline.place import Place, remaining
from pipeline.progress import Progress, counted, during
from pipeline.settings import Settings
from pipeline.takedown import clearing, lists
from pipeline.takedown.selection import Connection, Taken, Wanted, connect, select, told

DEAD = "article_id IN (SELECT id FROM ids) OR capture_id IN (SELECT id FROM ids)"
ROWS = {"captures": f"({DEAD}) AND outcome <> 'taken_down'",
        "duplicates": "article_id IN (SELECT id FROM ids) OR matched_article_id IN (SELECT id FROM ids)",
        "runs": "batch_id IN (SELECT id FROM ids) AND stage <> 'capture' AND rows_out IS NOT NULL"}  # fmt: skip


class Order(NamedTuple):
    """A takedown: records to blank by file below raw/, those in files that are not ours, rows by table and month.

    `work` are files below the home that may be deleted, `before` are digests of the others below it. `unread` are
    batches and files that cannot be looked at: what they have of it goes when they are run or restored. `noted` is
    whether the batches of all captures know that these were taken down.
    """

    id: str
    captures: tuple[Taken, ...]
    marks: Mapping[str, tuple[Mark, ...]]
    outside: tuple[Taken, ...]
    rows: Mapping[str, Mapping[str, int]]
    work: tuple[str, ...]
    before: Mapping[str, str]
    unread: tuple[str, ...] = ()
    noted: bool = False

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to take down below the home."""
        return self.noted and not (self.marks or self.rows or self.work)

    @property
    def ids(self) -> list[str]:
        """The ids that get tombstones: of articles, and of captures that gave none."""
        return sorted({capture.article_id or capture.capture_id for capture in self.captures})

    @property
    def batch_ids(self) -> list[str]:
        """The batches that captured any of it."""
        return sorted({capture.batch_id for capture in self.captures})


def make(settings: Settings, wanted: Wanted, now: datetime, progress: Progress) -> Order:
    """Return what taking down all that is wanted means; ConfigurationError if nothing was asked for."""
    connection, unread = connect(settings)
    with connection:
        captures = tuple(select(connection, wanted))
        marks = {} if not captures else {
            name: found for name, found in _marks(settings, captures, told(connection), progress) if found
        }  # fmt: skip
        found = rows(connection, captures)
    ids = "".join(sorted({capture.capture_id for capture in captures}))
    name = f"{now:%Y%m%dT%H%M%SZ}-{identity.digest32(ids)[:8]}"
    files = [settings.raw / file for file in marks]
    files += [lake.path_of(settings, table, month) for table, months in found.items() for month in months]
    before = {_below(settings, path): store.sha256(path) for path in sorted(files)}
    made = Order(
        name,
        captures,
        marks,
        tuple(_outside(settings, captures)),
        found,
        (),
        before,
        (*unread, *_gone(settings, captures)),
        _noted(settings, captures),
    )
    dead = {identity.tombstone(value) for value in made.ids}
    return made._replace(work=tuple(_below(settings, path) for path in clearing.holding(settings, dead)))


def left(settings: Settings, order: Order) -> list[tuple[Path, int, int]]:
    """Return the byte ranges in WARC files that are not ours, which their owner must remove."""
    roots = {capture.batch_id: plan.load(settings, capture.batch_id).root for capture in order.outside}
    return sorted({(Path(roots[each.batch_id], each.filename), each.offset, each.length) for each in order.outside})


def rows(connection: Connection, captures: tuple[Taken, ...]) -> dict[str, dict[str, int]]:
    """Return how many rows of each table and month in the lake go, or change, with these captures."""
    ids = [value for capture in captures for value in capture[:3] if value]
    connection.execute("CREATE OR REPLACE TEMP TABLE ids AS SELECT DISTINCT unnest($ids) AS id", {"ids": ids})
    counts: dict[str, dict[str, int]] = {}
    for table in contracts.TABLES:
        found = connection.execute(
            f"SELECT month, count(*) FROM {table} WHERE {ROWS.get(table, DEAD)} GROUP BY ALL ORDER BY ALL"  # noqa: S608
        ).fetchall()
        counts |= {table: dict(found)} if found else {}
    return counts


def is_in_place(settings: Settings, capture: Taken) -> bool:
    """Return whether a capture's record is in a WARC file that is referenced where it is; not if no plan tells."""
    try:
        inputs = plan.load(settings, capture.batch_id).inputs
    except IntegrityError:  # the proof names it, as its index cannot be found either; what lies in raw/ is blanked
        return False
    return any(item.in_place and item.path == capture.filename for item in inputs)


def saved(settings: Settings) -> list[Path]:
    """Return the files of orders that were begun and not carried out."""
    return homes.matching(settings.commits / "takedowns", "*.json")


def save(settings: Settings, order: Order) -> None:
    """Write an order down, durably, so that it can be carried out whatever happens."""
    store.write_json(_path(settings, order), order._asdict())


def load(path: Path) -> Order:
    """Return an order that was written down; IntegrityError if its file is damaged."""
    value: dict[str, Any] = store.read_json(path)
    marks = {file: tuple(map(_mark, found)) for file, found in value.pop("marks").items()}
    captures = tuple(Taken(*item) for item in value.pop("captures"))
    outside = tuple(Taken(*item) for item in value.pop("outside"))
    work, unread = (tuple(value.pop(name)) for name in ("work", "unread"))
    return Order(captures=captures, marks=marks, outside=outside, work=work, unread=unread, **value)


def drop(settings: Settings, order: Order) -> None:
    """Forget an order that was carried out."""
    store.remove(_path(settings, order))


def _mark(value: list[Any]) -> Mark:
    offset, length, gone, is_capture, fields = value
    return Mark(offset, length, Takedown(*gone), is_capture, fields and [(name, value) for name, value in fields])


def _path(settings: Settings, order: Order) -> Path:
    return settings.commits / "takedowns" / f"{order.id}.json"


def _marks(
    settings: Settings, captures: tuple[Taken, ...], words: set[str], progress: Progress
) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    for name, gone_there in counted(progress, "find", sorted(_files(settings, captures).items())):
        yield name, tuple(blanking.marks(settings.raw / name, blanking.deaths(gone_there)))
    listed = homes.matching(settings.raw, "*/lists.warc.gz")
    sources = {_source(capture.batch_id) for capture in captures}
    suspect = {path for path in listed if _source(path.parent.name) in sources}
    gone = blanking.takedown(captures[0].article_id, captures[0].capture_id)._replace(article_id=None)
    with during(progress, "find in lists"):
        for path, found in lists.marks(listed, words, gone, suspect):
            yield path.relative_to(settings.raw).as_posix(), tuple(found)


def _files(settings: Settings, captures: tuple[Taken, ...]) -> dict[str, list[Capture]]:
    """Return what is in which file of ours below raw/."""
    files: dict[str, list[Capture]] = {}
    for capture in captures:
        if not is_in_place(settings, capture):
            files.setdefault(f"{capture.batch_id}/{capture.filename}", []).append(capture.vacant)
    return files


def _gone(settings: Settings, captures: tuple[Taken, ...]) -> Iterator[str]:
    """Yield why nothing could be blanked in some files."""
    for name in sorted(_files(settings, captures)):
        if not homes.exists(settings.raw / name):
            yield f"{settings.raw / name}: gone; if it is restored, `newsmill takedown --again` blanks it"


def _source(batch_id: str) -> str:
    return batch_id[: -len("-YYYY-MM-DD")]


def _outside(settings: Settings, captures: tuple[Taken, ...]) -> Iterator[Taken]:
    """Yield what files of others still hold, and what cannot be looked for there."""
    theirs = [capture for capture in captures if is_in_place(settings, capture)]
    for batch_id in sorted({capture.batch_id for capture in theirs}):
        own = [capture for capture in theirs if capture.batch_id == batch_id]
        made = plan.load(settings, batch_id)
        for here in (Place(settings, made, chunk) for chunk in made.chunks):
            there = {each.offset: each for each in own if here.holds(each.filename, each.offset)}
            try:
                yield from (there[offset] for offset in remaining(here, [each.vacant for each in there.values()]))
            except IntegrityError:  # of its index
                yield from there.values()


def _noted(settings: Settings, captures: tuple[Taken, ...]) -> bool:
    whole = [capture for capture in captures if not capture.is_unfinished]
    files = {(capture.batch_id, capture.filename) for capture in whole}
    noted = {
        (batch_id, name, gone.offset) for batch_id, name in files for gone in vacated.read(settings, batch_id, name)
    }
    return all((capture.batch_id, capture.filename, capture.offset) in noted for capture in whole)


def _below(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.home).as_posix()
