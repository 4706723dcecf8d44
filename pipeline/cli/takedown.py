"""The command that takes articles down."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import Home, app, existing, progress
from pipeline.errors import IntegrityError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.takedown import Order


@app.command()
def takedown(
    articles: Annotated[list[str] | None, typer.Argument(metavar="ARTICLE_ID...", show_default=False)] = None,
    url_prefix: Annotated[list[str] | None, typer.Option(help="What addresses begin with.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="A source, with whatever else captured its articles.")
    ] = None,
    author: Annotated[list[str] | None, typer.Option(help="An author, as `authors` has the name.")] = None,
    speaker: Annotated[list[str] | None, typer.Option(help="Who is quoted, as `quotes` has the name.")] = None,
    post: Annotated[
        list[str] | None, typer.Option(help="Address of an embedded post, or handle of its author.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="All that was taken down before and came again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Take whole articles down for good: by id, or by all options given. An option given twice takes either."""
    from pipeline import takedown as removal

    settings = existing(home)
    wanted = removal.Wanted(
        articles or (), url_prefix or (), source or (), author or (), speaker or (), post or (), again
    )
    with progress() as told:
        proofs, problems = ([], []) if dry_run else removal.finish(settings, told)
        order = removal.make(settings, wanted, datetime.now(UTC), told)
    _show(settings, order)
    if not dry_run and not order.is_done:
        yes or typer.confirm("This cannot be taken back. Take it down?", abort=True)
        with progress() as told:
            proofs.append(removal.take_down(settings, order, told))
    for path in proofs:
        print(f"taken down; the proof is {path}")
    if problems:
        raise IntegrityError(f"begun before, and not to be ended: {'; '.join(problems)}")


def _show(settings: Settings, order: "Order") -> None:
    from pipeline import console
    from pipeline import takedown as removal

    articles = {capture.article_id for capture in order.captures} - {None}
    console.out.print(f"{len(articles)} articles, {len(order.captures)} captures, {len(order.batch_ids)} batches")
    rows = [(table, month, count) for table, months in order.rows.items() for month, count in months.items()]
    marks = [(f"raw/{name}", mark.offset, mark.length) for name, found in order.marks.items() for mark in found]
    place = ("offset", "bytes")
    if rows:
        console.rows(["table", "month", "rows"], rows)
    if marks:
        console.rows(["record", *place], marks)
    if order.work:
        console.rows(["working file"], [(name,) for name in order.work])
    if order.unread:
        console.rows(["cannot be read; what it has of it goes when it is run"], [(each,) for each in order.unread])
    if order.outside:
        console.rows(["not ours: its owner must remove it", *place], removal.left(settings, order))
    if order.is_done:
        console.out.print(
            "Nothing of it is left below the home." if order.captures else "Nothing of that kind is there."
        )
