"""Commands that bring news in: run, load, try, sources, status."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import (
    Day,
    Home,
    Names,
    Sources,
    Workers,
    app,
    day_of,
    existing,
    finish,
    progress,
    settings_of,
)
from pipeline.progress import during
from pipeline.settings import Settings
from pipeline.workers import expect

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


@app.command()
def run(
    sources: Sources = None, source: Names = None, date: Day = None, workers: Workers = 1, home: Home = None
) -> None:
    """Run one night: every source of sources.toml, or some, on one date."""
    settings = settings_of(home, sources, workers)
    expect()
    from pipeline import run

    day = day_of(date)
    late = day < day_of(None) - timedelta(days=1)
    _night(settings, partial(run.plan_night, settings, day, source or (), late))


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="A file or directory of documents.")],
    kind: Annotated[str | None, typer.Option(help="text, jsonl, html, warc, warc_list; default by the ending.")] = None,
    source: Annotated[str | None, typer.Option(help="The source id; default from the path.")] = None,
    date: Day = None,
    workers: Workers = 1,
    home: Home = None,
) -> None:
    """Load any corpus as one batch of a source that needs no sources.toml."""
    settings = settings_of(home, None, workers)
    expect()
    from pipeline import run

    _night(settings, partial(run.plan_corpus, settings, path, day_of(date), kind, source))


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

    for table, frame in trial.frames(settings_of(home, sources), name, day_of(date), documents).items():
        if len(frame):
            console.out.print(f"{table}: {len(frame)} rows")
            shown = [column for column in TRIED[table] if column in frame]
            console.rows(shown, frame[shown].astype(object).where(frame[shown].notna(), None).values.tolist())


@app.command("sources")
def list_sources(sources: Sources = None, date: Day = None, home: Home = None) -> None:
    """List the sources and how many files, feeds or sitemaps each has for a date."""
    from pipeline import console
    from pipeline import sources as catalogue

    settings, day = settings_of(home, sources), day_of(date)
    values = [
        [source.id, source.kind, source.path or source.urls[0],
         len(source.urls or catalogue.inputs(source, settings.sources.parent, day))]
        for source in catalogue.load(settings.sources).values()
    ]  # fmt: skip
    console.rows(["source", "kind", "where", "number"], values)


@app.command()
def status(home: Home = None) -> None:
    """Show the last batch of each source: what came, what was refused, what was held back."""
    from pipeline import console, run

    settings = existing(home)
    console.ledger(run.report(settings, run.last(settings)))


def _night(settings: Settings, plan: Callable[[], list[str]]) -> None:
    from pipeline import run

    with progress() as told:
        with during(told, "plan"):
            batch_ids = plan()
        ledger = run.night(settings, batch_ids, told)
    finish(settings, ledger)
