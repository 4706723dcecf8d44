"""The command line: `newsmill --help`. Exit codes: 0 done, 1 contract or ledger off, 2 wrong usage or setting."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import date as Date  # noqa: N812  # the option is called date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import ConfigurationError, HeldBackError, NewsmillError
from pipeline.settings import Settings
from pipeline.workers import expect

if TYPE_CHECKING:
    from pipeline.run import LedgerRow

# Modules that import pandas, pyarrow or trafilatura are imported by commands that need them: --help takes 0.2 s, not 3.

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="News in, tables out."
)

TRIED = {
    "captures": ("source_key", "url", "outcome", "content_length"),
    "articles": (
        "headline",
        "published_on",
        "date_published_precision",
        "in_language",
        "authors",
        "word_count",
        "flags",
    ),
    "embeds": ("platform", "author_handle", "posted_at", "text"),
    "links": ("url", "anchor_text"),
    "rejects": ("reason", "detail"),
    "quotes": ("kind", "speaker", "quotation"),
    "claims": ("qualifier", "value_low", "value_high", "unit", "object", "event", "claimant"),
    "mentions": ("label", "name", "kb_id"),
}
"""Columns that `try` shows."""

Home = Annotated[Path | None, typer.Option(help="Where the data lives; default $NEWSMILL_HOME or ./var.")]
Sources = Annotated[
    Path | None, typer.Option(help="The sources.toml; default $NEWSMILL_SOURCES or seeds/sources.toml.")
]
Names = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be given again.")]
Day = Annotated[str | None, typer.Option("--date", help="The batch's date, YYYY-MM-DD; default today (UTC).")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that extract at the same time.")]


def main() -> None:
    """Run the command line and exit with its code; expected errors are one line on stderr, never a traceback."""
    try:
        app()
    except NewsmillError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
    except OSError as error:  # a path that the user named is a file, is not there, or may not be written
        print(f"{error.strerror}: {error.filename}", file=sys.stderr)
        sys.exit(2)


@app.command()
def run(
    sources: Sources = None, source: Names = None, date: Day = None, workers: Workers = 1, home: Home = None
) -> None:
    """Run one night: every source of sources.toml, or some, on one date."""
    settings = _settings(home, sources, workers)
    expect()
    from pipeline import run

    day = _day(date)
    _night(settings, run.plan_night(settings, day, source or (), late=day < _day(None) - timedelta(days=1)))


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="A file or directory of documents.")],
    kind: Annotated[str | None, typer.Option(help="text, jsonl, html or warc; default by the file's ending.")] = None,
    source: Annotated[str | None, typer.Option(help="The source id; default from the path.")] = None,
    date: Day = None,
    workers: Workers = 1,
    home: Home = None,
) -> None:
    """Load any corpus as one batch of a source that needs no sources.toml."""
    settings = _settings(home, None, workers)
    expect()
    from pipeline import run

    _night(settings, run.plan_corpus(settings, path, _day(date), kind, source))


@app.command("try")
def try_source(
    name: Annotated[str, typer.Argument(metavar="SOURCE")],
    sources: Sources = None,
    date: Day = None,
    documents: Annotated[int, typer.Option(min=1, help="How many documents to read.")] = 5,
    home: Home = None,
) -> None:
    """Read a little of a source and show what would come of it; write nothing."""
    from pipeline import console, trial

    for table, frame in trial.frames(_settings(home, sources), name, _day(date), documents).items():
        if len(frame):
            console.out.print(f"{table}: {len(frame)} rows")
            shown = [column for column in TRIED[table] if column in frame]
            console.rows(shown, frame[shown].astype(object).where(frame[shown].notna(), None).values.tolist())


@app.command("sources")
def list_sources(sources: Sources = None, date: Day = None, home: Home = None) -> None:
    """List the sources and how many files, feeds or sitemaps each has for a date."""
    from pipeline import console
    from pipeline import sources as catalogue

    settings, day = _settings(home, sources), _day(date)
    values = [
        [source.id, source.kind, source.path or source.urls[0],
         len(source.urls or catalogue.inputs(source, settings.sources.parent, day))]
        for source in catalogue.load(settings.sources).values()
    ]  # fmt: skip
    console.rows(["source", "kind", "where", "number"], values)


@app.command()
def status(home: Home = None) -> None:
    """Show the last batch of each source: what came, what was refused, what was held back."""
    from pipeline import console, plan, run

    settings = _existing(home)
    known = sorted({*plan.batches(settings), *run.reported(settings)})
    last = {batch.rsplit("-", 3)[0]: batch for batch in known}
    console.ledger(run.report(settings, list(last.values())))


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="One statement; without it they are read from standard input.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Show no more rows than this.")] = 100,
    home: Home = None,
) -> None:
    """Query the lake with DuckDB: all tables and views are there."""
    from pipeline import console, lookup
    from pipeline import query as views

    with views.connect(_existing(home).home) as connection:
        for statement in [query] if query else filter(str.strip, sys.stdin.read().split(";\n")):
            columns, found = lookup.answer(connection, statement, rows + 1)
            console.rows(columns, found[:rows])
            if len(found) > rows:
                console.out.print(f"the first {rows} rows; --rows shows more")


@app.command()
def show(
    article_id: str,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the archived bytes of its last capture to standard output.")
    ] = False,
    home: Home = None,
) -> None:
    """Show one article as it is now, or the very bytes it came from."""
    from pipeline import console, lookup

    settings = _existing(home)
    if raw:
        sys.stdout.buffer.write(lookup.payload(settings, article_id))
    else:
        console.rows(["column", "value"], list(lookup.article(settings, article_id).items()))


@app.command()
def verify(home: Home = None) -> None:
    """Check digests, ledgers, commits and contracts; exit 1 if anything disagrees."""
    from pipeline import console, verify

    with console.progress() as progress:
        findings = list(verify.verify(_existing(home), progress))
    for finding in findings:
        print(f"{'FAULT' if finding.fault else 'note '} {finding.what}: {finding.where}: {finding.detail}")
    faults = sum(finding.fault for finding in findings)
    print(f"verified: {faults} faults" if faults else "verified: nothing disagrees")
    raise typer.Exit(1 if faults else 0)


@app.command()
def rebuild(workers: Workers = 1, home: Home = None) -> None:
    """Make the whole lake again from raw/ with the present code."""
    settings = _settings(_existing(home).home, None, workers)
    expect()
    from pipeline import console, run

    with console.progress() as progress:
        ledger = run.rebuild(settings, progress)
    _finish(settings, ledger)


@app.command()
def docs(
    path: Annotated[Path | None, typer.Argument(help="The file to write; default standard output.")] = None,
) -> None:
    """Write the data dictionary, made from the contracts."""
    from pipeline import dictionary

    text = dictionary.data_dictionary()
    if path:
        path.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def _settings(home: Path | None, sources: Path | None, workers: int = 1) -> Settings:
    return Settings.from_environment(home, sources, workers)


def _existing(home: Path | None) -> Settings:
    settings = _settings(home, None)
    if not settings.raw.is_dir():
        raise ConfigurationError(f"{settings.home}: nothing was loaded there; give --home or set NEWSMILL_HOME")
    return settings


def _day(text: str | None) -> Date:
    try:
        return Date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as error:
        raise ConfigurationError(f"--date {text}: {error}; write it as YYYY-MM-DD") from error


def _night(settings: Settings, batch_ids: Sequence[str]) -> None:
    from pipeline import console, run

    with console.progress() as progress:
        ledger = run.night(settings, batch_ids, progress)
    _finish(settings, ledger)


def _finish(settings: Settings, ledger: Sequence["LedgerRow"]) -> None:
    from pipeline import console, lookup

    console.ledger(ledger)
    console.rows(["table", "rows", "months"], lookup.sizes(settings))
    held = [row.batch_id for row in ledger if row.held_back]
    if held:
        raise HeldBackError(f"not published: {', '.join(held)}; the reasons stand above and in {settings.reports}")
