"""The lake made again from raw/ by the present code, in place or beside it, and what is other than before."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipeline import alarms, commits, difference, homes, objects, plan, run, store
from pipeline.difference import Difference, Turn
from pipeline.errors import ConfigurationError
from pipeline.progress import Progress, during
from pipeline.run import LedgerRow
from pipeline.settings import Settings


class Rebuilt(NamedTuple):
    """How each batch ended, what differs from the lake before, and the file that says so."""

    ledger: list[LedgerRow]
    differences: list[Difference]
    turns: list[Turn]
    report: Path


def rebuild(settings: Settings, progress: Progress, months: Sequence[str] = (), into: Path | None = None) -> Rebuilt:
    """Make the lake, or all of the batches that have rows in some months, from raw/; what is finished is not redone.

    A batch that fails keeps what it had; one that was never published is left alone. `into` is a home of its own, which
    shares raw/ and leaves this lake alone.
    """
    batch_ids = _batches(settings, months)
    target = settings if into is None else _beside(settings, into)
    before = settings.home if into else _snapshot(settings)
    if not months:
        commits.forget(target, batch_ids)
    left_out = {batch: why for batch in batch_ids if (why := alarms.never_published(settings, batch))}
    taken = [batch for batch in batch_ids if batch not in left_out]
    ledger = run.night(target, taken, progress, fresh=not months, trends=False)
    ledger += [LedgerRow(batch, 0, {}, why) for batch, why in left_out.items()]
    scratch = store.make_directory(target.work / "rebuild")
    with during(progress, "compare"):
        differences, turns = difference.compare(before, homes.whole(target.lake).parent, scratch)
    report = target.reports / "rebuild.json"
    store.write_json(
        report, {"differences": differences, "columns": turns, "months": list(months), "before": str(before)}
    )
    shutil.rmtree(scratch)
    return Rebuilt(ledger, differences, turns, report)


def _batches(settings: Settings, months: Sequence[str]) -> list[str]:
    planned = plan.batches(settings)
    if not months:
        return planned
    found = [batch for batch in planned if {*months} & {*commits.last(settings, batch).get("months", ())}]
    if not found:
        raise ConfigurationError(
            f"no batch has rows in {', '.join(months)}; `newsmill sql` shows the months of a table"
        )
    return found


def _beside(settings: Settings, into: Path) -> Settings:
    """Return a home that shares raw/; ConfigurationError if something else is there."""
    if objects.place(into):
        raise ConfigurationError(
            f"{homes.location(into)}: a lake is made beside this one in a directory of this machine"
        )
    raw = into / "raw"
    if raw.is_symlink() and raw.resolve() == settings.raw.resolve():
        return replace(settings, home=into)
    if into.exists() and any(into.iterdir()):
        raise ConfigurationError(f"{into}: not empty, and no rebuild of {settings.home}; name a new directory")
    store.make_directory(into)
    raw.symlink_to(homes.whole(settings.raw).resolve(), target_is_directory=True)
    return replace(settings, home=into)


def _snapshot(settings: Settings) -> Path:
    """Return a home whose lake is the present one, by links to its files: these are replaced, never written to.

    One that an interrupted rebuild left is kept: what differs is told from the state before it.
    """
    home = settings.work / "rebuild" / "before"
    if not home.exists():
        unfinished = home.with_name("linking")
        shutil.rmtree(unfinished, ignore_errors=True)
        for path in sorted(homes.whole(settings.lake).glob("*/month=*/data.parquet")):
            link = unfinished / path.relative_to(settings.home)
            store.make_directory(link.parent)
            os.link(path, link)
        store.make_directory(unfinished)
        store.rename(unfinished, home)
    return home
