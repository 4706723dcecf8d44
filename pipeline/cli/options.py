"""What the commands share: the app, their options and how a night ends."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812  # the option is called date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline import homes
from pipeline.errors import ConfigurationError, HeldBackError, NewsmillError
from pipeline.progress import Progress, silent
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.run import LedgerRow

# Modules that import pandas, pyarrow or trafilatura are imported by commands that need them: --help takes 0.2 s, not 3.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Log = Literal["text", "json", "quiet"]
log: ContextVar[Log] = ContextVar("log", default="text")
"""What this call of the command line was asked to write to standard error."""

Home = Annotated[Path | None, typer.Option(help="Where the data lives; default $NEWSMILL_HOME or ./var.")]
Sources = Annotated[
    Path | None, typer.Option(help="The sources.toml; default $NEWSMILL_SOURCES or seeds/sources.toml.")
]
Names = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be given again.")]
Day = Annotated[str | None, typer.Option("--date", help="The batch's date, YYYY-MM-DD; default today (UTC).")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that extract at the same time.")]


@app.callback()
def logging(
    form: Annotated[
        Log,
        typer.Option("--log", help="What goes to stderr: bars on a terminal, or JSON lines, or nothing but errors."),
    ] = "text",
) -> None:
    """News in, tables out."""
    log.set(form)


def progress() -> AbstractContextManager[Progress]:
    """Return what is told how far the work is, in the form that was asked for."""
    from pipeline import console

    if log.get() == "quiet":
        return nullcontext(silent)
    return console.lines() if log.get() == "json" else console.bars()


def fail(error: Exception, message: str) -> None:
    """Say on standard error why the command failed, in one line."""
    if log.get() == "json":
        event = {"event": "error", "error": type(error).__name__, "message": message}
        message = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds")} | event)
    elif isinstance(error, NewsmillError):
        message = f"{type(error).__name__}: {message}"
    print(message, file=sys.stderr)


def settings_of(home: Path | None, sources: Path | None, workers: int = 1) -> Settings:
    """Return what options and environment say."""
    return Settings.from_environment(home, sources, workers)


def existing(home: Path | None) -> Settings:
    """Return the settings of a home that has something in it; ConfigurationError if not."""
    from pipeline import tombstones

    settings = settings_of(home, None)
    if not homes.is_folder(settings.raw):
        raise ConfigurationError(f"{settings.home}: nothing was loaded there; give --home or set NEWSMILL_HOME")
    tombstones.read(settings)  # by which copies of what was taken down go from the mirror of an object store
    return settings


def day_of(text: str | None) -> Date:
    """Return the date given, else today (UTC); ConfigurationError if it is none."""
    return date_of("--date", text) or datetime.now(UTC).date()


def date_of(option: str, text: str | None) -> Date | None:
    """Return the date given with an option, None if none is given; ConfigurationError if it is none."""
    try:
        return Date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"{option} {text}: {error}; write it as YYYY-MM-DD") from error


def finish(settings: Settings, ledger: Sequence["LedgerRow"]) -> None:
    """Show how batches ended and what the lake holds; HeldBackError if any was not published."""
    from pipeline import console, lookup

    console.ledger(ledger)
    console.rows(["table", "rows", "months"], lookup.sizes(settings))
    held = [row.batch_id for row in ledger if row.held_back]
    if held:
        raise HeldBackError(f"not published: {', '.join(held)}; the reasons stand above and in {settings.reports}")
