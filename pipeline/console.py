"""What the command line shows: progress bars and tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from pipeline.run import LedgerRow

out, err = Console(), Console(stderr=True)
COUNTED = ("extracted", "unchanged")


class Reporter:
    """Shows how far each step is, one bar a step."""

    def __init__(self, bars: Progress) -> None:
        """Begin without bars."""
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Set the bar of a step."""
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, total=total)
        self.bars.update(self.tasks[step], completed=done, total=total)


@contextmanager
def progress() -> Iterator[Reporter]:
    """Yield what `run` and `verify` tell how far they are; the bars go when it is over."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        yield Reporter(bars)


def rows(columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table; None is blank, and text of articles is never read as markup."""
    table = Table()
    for column in columns:
        table.add_column(Text(str(column)))
    for value in values:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in value))
    out.print(table)


def ledger(batches: Sequence[LedgerRow]) -> None:
    """Print how batches ended."""
    values = []
    for row in batches:
        rest = ", ".join(f"{name} {count}" for name, count in sorted(row.outcomes.items()) if name not in COUNTED)
        values.append(
            [row.batch_id, row.captures, *(row.outcomes.get(name, 0) for name in COUNTED), rest, row.held_back]
        )
    rows(["batch", "captures", *COUNTED, "other outcomes", "held back"], values)
