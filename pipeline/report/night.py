"""What the report of one batch says, losses first: numbers of its files and of its rows, of its months alone."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from pipeline import commits, homes, plan, query, run, store
from pipeline.errors import ConfigurationError, IntegrityError
from pipeline.measures import MEASURES, Measures
from pipeline.report import times
from pipeline.settings import Settings

GOOD = ("extracted", "unchanged", "not_modified")
_WORK = {"captures": "extract", "articles": "extract", "rejects": "*", "quotes": "mine", "mentions": "mine"}
"""Tables of a batch that is in no month, and the stage whose files in work/ have them."""
_OUTCOMES = {
    "extracted": "new articles, or new versions of known ones",
    "unchanged": "the text is as it was",
    "not_modified": "the server said so",
    "taken_down": "taken down since",
    "rejected": "read, and refused",
}


class Outcome(NamedTuple):
    """How many captures ended so, and whether that is a loss."""

    name: str
    number: int
    words: str
    lost: bool


class Example(NamedTuple):
    """One refused document or row."""

    document: str
    detail: str


class Loss(NamedTuple):
    """What was refused for one reason, some of it, and the command that tries it again."""

    reason: str
    table: str
    number: int
    examples: list[Example]
    command: str


class Trend(NamedTuple):
    """One measure in the nights before and in this one; the band and the verdict once it is judged."""

    measure: str
    nights: list[tuple[str, float]]
    day: str
    value: float
    usual: float | None
    low: float | None
    high: float | None
    severity: str | None


Counts = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Night:
    """A batch as its report shows it."""

    batch_id: str
    source_id: str
    day: str
    published: bool
    held_back: str | None
    warning: str | None
    captures: int
    articles: int
    outcomes: list[Outcome]
    losses: list[Loss]
    trends: list[Trend]
    good_nights: int
    checks: list[dict[str, Any]]
    breaches: int
    stages: list[dict[str, Any]]
    took: list[times.Time]
    slowest: list[times.Slow]
    languages: Counts
    days: Counts
    speakers: Counts
    places: Counts
    copies: Counts
    rows: Counts

    @property
    def lost(self) -> int:
        """Captures that gave no article and should have."""
        return sum(one.number for one in self.outcomes if one.lost)

    @property
    def usable(self) -> int:
        """Captures that show an article, new or known."""
        return sum(one.number for one in self.outcomes if one.name in GOOD)


def read(settings: Settings, batch_id: str) -> Night:
    """Return what is known of a batch; ConfigurationError if that is nothing, IntegrityError if a file is damaged."""
    folder = settings.reports / batch_id
    if not homes.exists(plan.path_of(settings, batch_id)) and not homes.is_folder(folder):
        raise ConfigurationError(f"no batch {batch_id!r} in {settings.home}; `newsmill status` lists the last ones")
    (row,) = run.report(settings, [batch_id])
    ledger, checks = _json(folder / "ledger.json"), _json(folder / "checks.json")
    trends, timings = _json(folder / "trends.json"), _json(folder / "timings.json")
    published = row.held_back is None and bool(commits.last(settings, batch_id))
    with query.connect(settings.home) as connection:
        try:
            found = _rows(connection, settings, batch_id, published)
            slowest = times.slowest(timings, connection)
        except duckdb.Error as error:
            raise IntegrityError(f"{settings.lake}: {error}; `newsmill verify` names the file") from error
    return Night(
        batch_id=batch_id, source_id=batch_id[:-11], day=batch_id[-10:], published=published,
        held_back=row.held_back, warning=row.warning, captures=row.captures, articles=ledger.get("articles", 0),
        outcomes=_outcomes(row.outcomes), trends=list(_trends(settings, batch_id, trends)),
        good_nights=trends.get("good_nights", 0), checks=checks.get("shown", []), breaches=checks.get("breaches", 0),
        took=times.stages(timings), slowest=slowest,
        **found,
    )  # fmt: skip


def _json(path: Path) -> dict[str, Any]:
    return store.find_json(path) or {}


def _outcomes(counts: dict[str, int]) -> list[Outcome]:
    known = [name for name in _OUTCOMES if counts.get(name)]
    others = sorted((name for name in counts if name not in _OUTCOMES), key=lambda name: (-counts[name], name))
    return [
        Outcome(name, counts[name], _OUTCOMES.get(name, "no document came of it"), name not in (*GOOD, "taken_down"))
        for name in (*known, *others)
    ]


def _trends(settings: Settings, batch_id: str, trends: dict[str, Any]) -> Iterator[Trend]:
    """Yield each measure beside the nights that were frozen with the plan."""
    if not trends:
        return
    frozen = _json(settings.raw / batch_id / "baseline.json").get("nights", [])
    nights = [(night["day"], Measures(**night["measures"])) for night in frozen]
    judged = {one["measure"]: one for one in trends["trends"]}
    for measure in MEASURES:
        value = measure.value(Measures(**trends["measures"]), [])
        past = [(day, known) for day, one in nights if (known := measure.value(one, [])) is not None]
        one = judged.pop(measure.name, {})
        value = one.get("value", value)
        if value is not None:
            band = one.get("median"), one.get("low"), one.get("high"), one.get("severity")
            yield Trend(measure.name, past, batch_id[-10:], value, *band)
    for one in judged.values():
        yield Trend(
            one["measure"], [], batch_id[-10:], one["value"], one["median"], one["low"], one["high"], one["severity"]
        )


def _rows(connection: duckdb.DuckDBPyConnection, settings: Settings, batch_id: str, published: bool) -> dict[str, Any]:
    """Return what the rows of a batch tell; those of one that is not published are still in work/."""
    for table in _WORK:
        _view(connection, settings, batch_id, table, published)

    def counts(sql: str) -> Counts:
        return [(str(name), int(number)) for name, number in connection.sql(sql).fetchall()]

    runs = connection.sql("FROM runs WHERE batch_id = ? AND month = ?", params=[batch_id, batch_id[-10:-3]])
    return {
        "losses": _losses(connection, batch_id, published),
        "stages": sorted(runs.to_arrow_table().to_pylist(), key=_order) if published else [],
        "rows": [(table, connection.table(f"own_{table}").count("*").fetchall()[0][0]) for table in _WORK],
    } | {name: counts(sql) for name, sql in _COUNTS.items()}


def _order(run: dict[str, Any]) -> int:
    return ("capture", "extract", "mine", "check").index(run["stage"])


_COUNTS = {
    "languages": "SELECT coalesce(in_language, 'unknown'), count(*) n FROM own_articles GROUP BY 1 ORDER BY n DESC, 1",
    "days": """
        FROM (
            SELECT coalesce(published_on::VARCHAR, 'undated') AS day, count(*)
            FROM own_articles GROUP BY 1 ORDER BY day = 'undated' DESC, day DESC LIMIT 31
        )
        ORDER BY day = 'undated', day
    """,
    "speakers": """
        SELECT speaker, count(*) n FROM own_quotes WHERE speaker IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT 8
    """,
    "places": """
        SELECT name, count(DISTINCT article_id) n FROM own_mentions WHERE label = 'LOC'
        GROUP BY 1 ORDER BY n DESC, 1 LIMIT 8
    """,
    "copies": """
        SELECT coalesce(original.publisher, original.source_id, 'unknown'), count(DISTINCT own_articles.version_id) n
        FROM own_articles
        JOIN duplicates ON
            duplicates.article_id = own_articles.article_id AND duplicates.version_id = own_articles.version_id
            AND kind IS NOT NULL
        LEFT JOIN articles AS original ON original.version_id = matched_version_id
        GROUP BY 1 ORDER BY n DESC, 1 LIMIT 8
    """,
}


def _view(
    connection: duckdb.DuckDBPyConnection, settings: Settings, batch_id: str, table: str, published: bool
) -> None:
    """Have `own_<table>` be the batch's rows: of its months, or of work/, or none."""
    if published:
        months = [*commits.last(settings, batch_id)["tables"].get(table, {})]
        rows = connection.table(table).filter(_among("month", months)).filter(_among("batch_id", [batch_id]))
    else:
        files = homes.matching(settings.work / batch_id, f"{_WORK[table]}/*/{table}.parquet")
        empty = connection.table(table).limit(0)
        rows = connection.read_parquet([str(homes.here(path)) for path in files]) if files else empty
    rows.create_view(f"own_{table}")


def _among(column: str, values: Sequence[str]) -> duckdb.Expression:
    wanted = [duckdb.ConstantExpression(value) for value in values or [""]]
    return duckdb.ColumnExpression(column).isin(*wanted)


def _losses(connection: duckdb.DuckDBPyConnection, batch_id: str, published: bool) -> list[Loss]:
    found = connection.sql("""
        SELECT
            reason, table_name, count(*) AS n,
            arg_min({'row': left(row_json, 4000), 'detail': left(detail, 400)}, capture_id, 3) AS examples
        FROM own_rejects GROUP BY ALL ORDER BY n DESC, reason, table_name
    """).fetchall()
    source, day = batch_id[:-11], date.fromisoformat(batch_id[-10:])
    again = f"newsmill run --source {source} --date {day}"  # replay knows what is published, and nothing else
    return [
        Loss(
            reason, table, number, [Example(_document(one["row"]), one["detail"] or "") for one in examples],
            f"newsmill replay --reason {reason} --source {source} --since {day}" if published else again,
        )
        for reason, table, number, examples in found
    ]  # fmt: skip


def _document(row_json: str | None) -> str:
    """Return what a refused row calls its document."""
    try:
        row = json.loads(row_json or "{}")
    except ValueError:  # cut short
        return (row_json or "")[:200]
    return str(next((row[name] for name in ("url", "document_key", "source_key", "capture_id") if row.get(name)), ""))
