"""Commands that keep the lake sound: verify, damage, accept, rebuild, replay, maintain."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Home, Workers, app, date_of, day_of, existing, finish, progress, settings_of
from pipeline.errors import ConfigurationError, HeldBackError, IntegrityError
from pipeline.progress import counted
from pipeline.settings import Settings
from pipeline.workers import expect


@app.command()
def verify(home: Home = None) -> None:
    """Check digests, ledgers, commits and contracts; exit 1 if anything disagrees."""
    from pipeline import verify

    with progress() as told:
        findings = list(verify.verify(existing(home), told))
    for finding in findings:
        print(f"{'FAULT' if finding.fault else 'note '} {finding.what}: {finding.where}: {finding.detail}")
    faults = sum(finding.fault for finding in findings)
    print(f"verified: {faults} faults" if faults else "verified: nothing disagrees")
    raise typer.Exit(1 if faults else 0)


@app.command()
def accept(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    date: Annotated[str, typer.Option(help="The batch's date, YYYY-MM-DD.")],
    why: Annotated[str | None, typer.Option(help="What you found, for those who look later.")] = None,
    workers: Workers = 1,
    home: Home = None,
) -> None:
    """Publish a batch that is unlike the nights before it, after you looked at it; it is then normal for its source."""
    settings = settings_of(existing(home).home, None, workers)
    expect()
    from pipeline import run

    with progress() as told:
        ledger = run.accept(settings, f"{source}-{day_of(date)}", why, told)
    finish(settings, ledger)


@app.command()
def damage(
    batch: Annotated[str | None, typer.Argument(help="A batch, as in `newsmill status`; default all.")] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Let its next run publish the batch without them.")
    ] = False,
    home: Home = None,
) -> None:
    """List records that were damaged since they were archived, with their byte ranges; exit 1 if there are any."""
    from pipeline import plan

    settings = existing(home)
    if give_up and batch is None:
        raise ConfigurationError("--give-up without a batch; name the batch whose records cannot be restored")
    with progress() as told:
        found = [
            line
            for name in counted(told, "archives", [batch] if batch else plan.batches(settings))
            for line in _damaged(settings, name, give_up)
        ]
    print(*found, sep="\n", end="\n" if found else "")
    lost = sum(line.startswith(("DAMAGED", "UNREADABLE")) for line in found)
    print(f"damaged records or files: {lost}")
    raise typer.Exit(1 if lost else 0)


def _damaged(settings: Settings, batch_id: str, give_up: bool) -> list[str]:
    from pipeline import damage

    try:
        if give_up:
            given = damage.give_up(settings, batch_id)
            later = damage.relying(settings, {item.capture_id for item in given}, ("unchanged", "not_modified"))
            return [
                *(f"GIVEN UP {batch_id}: {item}: {item.document}" for item in given),
                *(f"RUN AGAIN {name}, after {batch_id}: it has captures of the same text" for name in later),
            ]
        return [f"DAMAGED {batch_id}: {item}: {item.document}" for item in damage.of_batch(settings, batch_id)]
    except IntegrityError as error:
        return [f"UNREADABLE {batch_id}: {error}"]


@app.command()
def rebuild(
    month: Annotated[
        list[str] | None, typer.Option(help="Only batches with rows in this month, YYYY-MM; may be given again.")
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Another home to make it in; this lake stays as it is.")] = None,
    workers: Workers = 1,
    home: Home = None,
) -> None:
    """Make the lake again from raw/ with the present code, and tell what is other than before."""
    settings = settings_of(existing(home).home, None, workers)
    beside = into and settings_of(into, None).home
    expect()
    from pipeline import console, rebuild

    with progress() as told:
        found = rebuild.rebuild(settings, told, month or (), beside)
    console.differences(found)
    finish(replace(settings, home=beside or settings.home), found.ledger)


@app.command()
def replay(
    reason: Annotated[str, typer.Option(help="Why they were refused, as in `rejects`.")],
    source: Annotated[str | None, typer.Option(help="Only captures of this source.")] = None,
    since: Annotated[str | None, typer.Option(help="Only batches of this date or later, YYYY-MM-DD.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show which captures; change nothing.")] = False,
    workers: Workers = 1,
    home: Home = None,
) -> None:
    """Try captures again that were refused for a reason; all other rows stay as they are."""
    settings = settings_of(existing(home).home, None, workers)
    expect()
    from pipeline import console, replay

    selected = replay.select(settings, reason, source, date_of("--since", since))
    if dry_run:
        columns = ["batch_id", "capture_id", "outcome", "warc_filename", "offset"]
        console.rows(columns, [[getattr(item, name) for name in columns] for item in selected])
        return
    with progress() as told:
        found = replay.replay(settings, selected, told)
    console.replayed(found)
    if failed := [item.batch_id for item in found if item.problem]:
        raise HeldBackError(f"not replayed: {', '.join(failed)}; the reasons stand above")


@app.command()
def maintain(
    days: Annotated[int, typer.Option(min=1, help="Keep what was used in so many days.")] = 14,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    home: Home = None,
) -> None:
    """Remove work files of published batches, what killed runs left, old reports, lock files and copies of objects."""
    from pipeline import console, maintenance

    with progress() as told:
        freed = list(maintenance.maintain(existing(home), datetime.now(UTC), days, dry_run, told))
    for item in freed if dry_run else ():
        print(f"would go: {item.what} {item.path}: {item.files} files, {item.bytes} bytes")
    console.rows(["what", "number", "files", "bytes"], maintenance.totals(freed))
