"""What the command line shows: progress bars and tables."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Display
from rich.table import Table
from rich.text import Text

from pipeline.progress import Progress
from pipeline.rebuild import Rebuilt
from pipeline.replay import Replayed
from pipeline.run import LedgerRow
from pipeline.search import Hit

out, err = Console(), Console(stderr=True)
COUNTED = ("extracted", "unchanged")
SECONDS_BETWEEN = 5


class Rate(ProgressColumn):
    """How much is done in a second, or in a minute if that is less than one."""

    def render(self, task: Task) -> Text:
        """Return it, nothing as long as it is not known."""
        speed = task.finished_speed or task.speed
        return Text("" if not speed else f"{speed:,.1f}/s" if speed >= 1 else f"{60 * speed:,.1f}/min")


class Bars:
    """Shows how far each step is, one bar a step."""

    def __init__(self, shown: Display) -> None:
        """Begin without bars."""
        self.shown = shown
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Set the bar of a step."""
        if step not in self.tasks:
            self.tasks[step] = self.shown.add_task(step, total=total or None)
        self.shown.update(self.tasks[step], completed=done, total=total or None)


@contextmanager
def bars() -> Iterator[Progress]:
    """Yield what shows bars on standard error while it is a terminal; they go when it is over."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # What is printed meanwhile stays on standard output: rich would move it beside the bars.
    with Display(*columns, console=err, transient=True, redirect_stdout=False, disable=not err.is_terminal) as shown:
        yield Bars(shown)


class Lines:
    """Writes how far each step is as lines of JSON, some seconds apart."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with no step."""
        self.write, self.clock = write, clock
        self.begun: dict[str, float] = {}
        self.told: dict[str, float] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Write a line when a step begins, when it is done, and between if the last is some seconds old."""
        now = self.clock()
        if step in self.told and done != total and now - self.told[step] < SECONDS_BETWEEN:
            return
        self.told[step] = now
        seconds = now - self.begun.setdefault(step, now)
        rate = done / seconds if done and seconds else None
        left = None if rate is None or not total else round((total - done) / rate, 1)
        event: dict[str, Any] = {"event": "progress", "step": step, "done": done, "of": total or None}
        event |= {"seconds": round(seconds, 1), "per_second": rate and round(rate, 3), "seconds_left": left}
        self.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds")} | event))


@contextmanager
def lines() -> Iterator[Progress]:
    """Yield what writes lines of JSON to standard error."""
    yield Lines(partial(print, file=sys.stderr, flush=True))


def rows(columns: Sequence[str], values: Sequence[Sequence[Any]], most: int | None = None) -> None:
    """Print rows as a table, cells at most so long; None is blank, and text of articles is never read as markup."""
    table = Table()
    for column in columns:
        table.add_column(Text(str(column)))
    for value in values:
        table.add_row(*(Text(_cut("" if cell is None else str(cell), most)) for cell in value))
    out.print(table)


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[: most - 1]}…"


def hits(found: Sequence[Hit], wanted: Sequence[str]) -> None:
    """Print articles that were found, with the words in their context marked."""
    for hit in found:
        day = hit.published_on or "no date"
        out.print(Text(hit.headline or "(no headline)", style="bold"))
        out.print(Text(f"{day}  {hit.source_id}  {hit.article_id}", style="dim"))
        out.print(marked(hit.context, wanted), Text(hit.url or "", style="dim"), "", sep="\n")
    if not found:
        out.print("nothing found")


def marked(text: str, wanted: Sequence[str]) -> Text:
    """Return text in which the words looked for stand out, as far as they are written as they were asked."""
    shown = Text(text)
    shown.highlight_words(wanted, "bold yellow", case_sensitive=False)
    return shown


def replayed(batches: Sequence[Replayed]) -> None:
    """Print what became of captures that were tried again."""
    values: list[list[Any]] = []
    for batch in batches:
        values += [[batch.batch_id, was, now, count, None] for (was, now), count in batch.turns.items()]
    values += [[batch.batch_id, None, None, None, batch.problem] for batch in batches if batch.problem]
    rows(["batch", "was", "is", "captures", "problem"], values) if values else out.print("nothing to replay")
    for batch in batches:
        for later in batch.later:
            out.print(
                f"RUN AGAIN {later}, after {batch.batch_id}: it has captures of what was damaged there", soft_wrap=True
            )


def differences(found: Rebuilt) -> None:
    """Print what a rebuild made otherwise, by table and source, and in which columns."""
    sums: dict[tuple[str, str], list[int]] = {}
    for table, source, _, *counts in found.differences:
        before = sums.setdefault((table, source), [0, 0, 0])
        sums[table, source] = [a + b for a, b in zip(before, counts, strict=True)]
    if not sums:
        out.print("the lake is what it was before, row by row")
        return
    rows(["table", "source", "added", "changed", "gone"], [[*key, *counts] for key, counts in sums.items()])
    if found.turns:
        rows(["table", "column", "rows changed"], found.turns)
    out.print(f"by month: {found.report}", soft_wrap=True)


def ledger(batches: Sequence[LedgerRow]) -> None:
    """Print how batches ended."""
    values = []
    for row in batches:
        rest = ", ".join(f"{name} {count}" for name, count in sorted(row.outcomes.items()) if name not in COUNTED)
        values.append(
            [row.batch_id, row.captures, *(row.outcomes.get(name, 0) for name in COUNTED), rest, _remark(row)]
        )
    rows(["batch", "captures", *COUNTED, "other outcomes", "held back"], values)


def _remark(row: LedgerRow) -> str | None:
    return row.held_back or (f"published, with a warning: {row.warning}" if row.warning else None)
