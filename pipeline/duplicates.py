"""The table `duplicates`: a month is computed from its articles, those of the look-back window, earlier duplicates.

It works like make. commits/duplicates/<month>.json names the files that a month was computed from; they are compared
with those that are there. So it does not matter who changed an articles file, nor when a run was killed: whoever comes
next computes what is not of the present articles, month by month, until a file comes out as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline import articles_file, contracts, homes, lake, sketches, store
from pipeline.articles_file import State
from pipeline.clusters import rows
from pipeline.comparison import Comparison
from pipeline.copies import Copy
from pipeline.errors import IntegrityError
from pipeline.progress import Progress, counted, silent
from pipeline.settings import Settings
from pipeline.sketches import Sketch
from pipeline.sketching import sketch

TABLE = "duplicates"


class Record(NamedTuple):
    """How and from what a month's duplicates were computed: digests by month; the digest of their file, if any."""

    method: str
    articles: dict[str, str]
    earlier: dict[str, str]
    state: State
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Present:
    """What is recorded of each month, and the state that its articles are in."""

    settings: Settings
    records: dict[str, Record]
    states: dict[str, State]

    @classmethod
    def of(cls, settings: Settings, suspicious: bool = False) -> "Present":
        """Return what is there now. Only articles files that were replaced since are read; if suspicious, all are."""
        found = {path.stem: _record(path) for path in homes.matching(settings.commits / TABLE, "*.json")}
        records = {month: record for month, record in found.items() if record}
        before = {month: record.state for month, record in records.items() if not suspicious}
        months = lake.months_of(settings, "articles")
        states = {month: articles_file.state(settings, month, before.get(month)) for month in months}
        return cls(settings, records, {month: state for month, state in states.items() if state})

    @property
    def months(self) -> list[str]:
        """All months that have articles or duplicates, or had them."""
        return sorted({*self.records, *self.states, *lake.months_of(self.settings, TABLE)})

    def is_outdated(self, month: str) -> bool:
        """Return whether a month's duplicates are not those of the articles and earlier duplicates that are there."""
        if month not in self.records or month not in self.states:
            return True
        record = self.records[month]
        if record.sha256 != digest(self.settings, month):
            return True
        return (record.articles, record.earlier) != (self.articles(month), self.earlier(month))

    def articles(self, month: str) -> dict[str, str]:
        """Return the digests of the articles files that a month's duplicates depend on."""
        return {one: self.states[one].sha256 for one in window(self.settings, month) if one in self.states}

    def earlier(self, month: str) -> dict[str, str]:
        """Return the digests of the earlier duplicates that they depend on."""
        records = {one: self.records[one] for one in window(self.settings, month)[:-1] if one in self.records}
        return {one: record.sha256 for one, record in records.items() if record.sha256}


def outdated(settings: Settings) -> list[str]:
    """Return the months whose duplicates are not those of the articles and earlier duplicates that are there now."""
    present = Present.of(settings)
    return [month for month in present.months if present.is_outdated(month)]


def window(settings: Settings, month: str) -> list[str]:
    """Return the months that a month's duplicates depend on, itself the last."""
    day = date.fromisoformat(f"{month}-01")
    first, months = day - timedelta(settings.look_back_days), [month]
    while day > first:
        day = (day - timedelta(1)).replace(day=1)
        months.insert(0, f"{day:%Y-%m}")
    return months


def prepare_sketch(settings: Settings, month: str) -> None:
    """Have what is compared of a month's articles at hand."""
    with articles_file.opened(settings, [month], Present.of(settings).states) as files:
        for file in files:
            sketch(settings, file)


def prepare_pairs(settings: Settings, part: int) -> None:
    """Have the likely pairs of the outdated months at hand that one part of the buckets shows."""
    present = Present.of(settings)
    for month in filter(present.is_outdated, present.months):
        with _comparison(present, month) as compared:
            if compared:
                compared.prepare(part)


def refresh(settings: Settings, progress: Progress = silent) -> list[str]:
    """Compute the duplicates of all outdated months and return the months whose file changed.

    What was prepared is used, the rest is done here. TransientError if another process is at it for too long.
    """
    changed = []
    with store.locked(settings.home / "locks" / "duplicates.lock"):
        present = Present.of(settings)
        for month in counted(progress, "duplicates", present.months):
            if not present.is_outdated(month):
                continue
            before = digest(settings, month)
            _compute(present, month)
            if digest(settings, month) != before:
                changed.append(month)
        sketches.drop_others(settings, {month: state.sha256 for month, state in present.states.items()})
    return changed


def forget(settings: Settings) -> None:
    """Have the duplicates of all months computed from nothing at the next refresh."""
    for path in homes.matching(settings.commits / TABLE, "*.json"):
        store.remove(path)


def method(settings: Settings) -> str:
    """Return which code, libraries and window decide what a duplicate is."""
    return f"{sketches.method()}-{settings.look_back_days}"


def digest(settings: Settings, month: str) -> str | None:
    """Return the digest of a month's duplicates, None if it has none."""
    path = lake.path_of(settings, TABLE, month)
    return store.sha256(path) if homes.exists(path) else None


def _record(path: Path) -> Record | None:
    """Return what a file records, None if it is damaged or of other code: the month is then computed anew."""
    try:
        value = store.read_json(path)
        sizes, changed, digest_then = value["state"]
        return Record(**value | {"state": State(tuple(sizes), tuple(changed), digest_then)})
    except (FileNotFoundError, IntegrityError, TypeError, KeyError, ValueError):
        return None


def _compute(present: Present, month: str) -> None:
    """Store a month's duplicates, then what they were computed from, also in `present`."""
    settings, earlier = present.settings, present.earlier(month)
    path, contract = lake.path_of(settings, TABLE, month), contracts.contract(TABLE)
    record = settings.commits / TABLE / f"{month}.json"
    with _comparison(present, month) as compared:
        found = _copies(settings, month, compared) if compared else iter(())
        stored = (store.read_table(lake.path_of(settings, TABLE, one)) for one in earlier)
        table = pa.Table.from_pylist(list(rows(found, stored)), contract.schema)
        ordered = table.sort_by([(name, "ascending") for name in contract.sort_key])
        store.write_tables(path, contract.schema, [ordered], settings.home / "tmp")
        lake.drop_empty(path.parent)
        if compared is None:
            store.remove(record)
            present.records.pop(month, None)
            return
        present.states.update({file.month: file.state for file in compared.files})
    made = Record(method(settings), present.articles(month), earlier, present.states[month], digest(settings, month))
    store.write_json(record, made._asdict())
    present.records[month] = made


def _copies(settings: Settings, month: str, compared: Comparison) -> Iterator[Copy]:
    """Yield a month's copies in the order of publication: those just found, and those that need not be compared."""
    found = {copy.version_id: copy for copy in compared.copies()}
    path = lake.path_of(settings, TABLE, month)
    if compared.before is not None and homes.exists(path):
        again = set(sketches.hex_of(compared.now[-1].documents["version"][compared.own]))
        for row in store.read_table(path).to_pylist():
            if row["kind"] and row["version_id"] not in again:
                found[row["version_id"]] = Copy(*(row[name] for name in Copy._fields))
    wanted = np.array([bytes.fromhex(version) for version in found], "S16")
    ordered = compared.now[-1].documents["version"]
    for version in sketches.hex_of(ordered[np.isin(ordered, wanted)]):
        yield found[version]


@contextmanager
def _comparison(present: Present, month: str) -> Iterator[Comparison | None]:
    settings = present.settings
    with articles_file.opened(settings, window(settings, month), present.states) as files:
        if not files or files[-1].month != month:
            yield None
            return
        now = [sketch(settings, file) for file in files]
        yield Comparison(settings, files, now, _before(present, month))


def _before(present: Present, month: str) -> list[Sketch] | None:
    """Return the sketches that the stored duplicates were computed from; None if they cannot be built upon."""
    record = present.records.get(month)
    if not record or record.method != method(present.settings) or record.sha256 != digest(present.settings, month):
        return None
    found = [sketches.load(present.settings, *one) for one in sorted(record.articles.items())]
    return None if None in found else [one for one in found if one]
