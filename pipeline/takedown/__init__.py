"""Taking articles down: out of the lake, raw/, work/ and reports/, for good and with a proof.

The steps of `take_down` are in an order that any other process may run beside, and that a kill may end anywhere:
1. The order is written to commits/takedowns/, and is carried out from there by the next takedown if this one is killed.
2. Tombstones are set up. Whoever publishes from now on leaves out what has one, and whoever extracts blanks it.
3. Month files are written anew, under their locks, where they still hold any of it, commits note their digests, and
   duplicates are computed again.
4. The records in raw/ are blanked; their places, and those in WARC files that are not ours, are noted, and not read
   again. The indexes of both forget what was there.
5. work/ and reports/ are cleared, the proof is written, and the order is dropped.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from pipeline import blanking, commits, duplicates, homes, identity, lake, plan, query, store, tombstones, vacated
from pipeline.errors import IntegrityError, TransientError
from pipeline.place import Place, forget
from pipeline.progress import Progress, counted
from pipeline.settings import Settings
from pipeline.takedown import clearing, order, unfinished
from pipeline.takedown.order import Order, left, make, saved
from pipeline.takedown.selection import Wanted

__all__ = ["Order", "Wanted", "finish", "left", "make", "saved", "take_down"]


def take_down(settings: Settings, wanted: Order, progress: Progress) -> Path:
    """Take down what an order names and return the file of the proof; giving it again changes nothing."""
    order.save(settings, wanted)
    return _carry_out(settings, wanted, progress)


def finish(settings: Settings, progress: Progress) -> tuple[list[Path], list[str]]:
    """Carry out the orders that a kill left behind; return the proofs, and why others cannot be carried out."""
    proofs, problems = [], []
    for path in saved(settings):
        try:
            proofs.append(_carry_out(settings, order.load(path), progress))
        except IntegrityError as error:  # one that cannot be carried out does not stand in the way of others
            problems.append(f"{path.name}: {error}")
    return proofs, problems


def _carry_out(settings: Settings, wanted: Order, progress: Progress) -> Path:
    tombstones.add(settings, wanted.ids)
    months = _months(settings, wanted)
    for month in counted(progress, "lake", months):
        lake.bury(settings, month)
    unread = {*wanted.unread, *_of_each(settings, wanted, commits.recount)}
    duplicates.refresh(settings, progress)
    left_alone = unfinished.blank(settings, wanted.marks)
    whole = [(name, marks) for name, marks in wanted.marks.items() if not name.endswith(unfinished.SUFFIX)]
    for name, marks in counted(progress, "raw", whole):
        blanking.blank_out(settings.raw / name, marks)
    _vacate(settings, wanted)
    unread |= {*_forget(settings, wanted), *(f"{name}: {why}" for name, why in left_alone.items())}
    clearing.clear(settings, tombstones.read(settings))
    unread |= set(_of_each(settings, wanted, clearing.clear_reports))
    if months := _months(settings, wanted):
        raise TransientError(f"{', '.join(months)}: another program wrote there meanwhile; give the takedown again")
    path = settings.reports / "takedowns" / f"{wanted.id}.json"
    store.write_json(path, _proof(settings, wanted, left_alone) | {"unread": sorted(unread)})
    order.drop(settings, wanted)
    return path


def _of_each(settings: Settings, wanted: Order, work: Callable[[Settings, str], object]) -> Iterator[str]:
    """Do something for each batch; yield why it cannot be done for one of which a file is damaged."""
    for batch_id in wanted.batch_ids:
        try:
            work(settings, batch_id)
        except IntegrityError as error:
            yield f"{batch_id}: {error}"


def _vacate(settings: Settings, wanted: Order) -> None:
    """Note the captures, so that their batches do not read their places again."""
    for batch_id in wanted.batch_ids:
        own = [each for each in wanted.captures if each.batch_id == batch_id and not each.is_unfinished]
        vacated.add(settings, batch_id, [each.vacant for each in own])


def _forget(settings: Settings, wanted: Order) -> Iterator[str]:
    """Let the indexes of archives say nothing more of it; yield why one that is damaged cannot."""
    for batch_id in wanted.batch_ids:
        own = [each for each in wanted.captures if each.batch_id == batch_id]
        try:
            made = plan.load(settings, batch_id)
            for here in (Place(settings, made, chunk) for chunk in made.chunks):
                forget(here, {each.offset for each in own if here.holds(each.filename, each.offset)})
        except IntegrityError as error:
            yield f"{batch_id}: {error}"


def _months(settings: Settings, wanted: Order) -> list[str]:
    """Return the months that hold any of it, once whoever published before there were tombstones is done."""
    for month in {*lake.months_of(settings), *lake.locks(settings)}:
        with lake.locked(settings, month):
            pass
    with query.connect(settings.home) as connection:
        return sorted({month for months in order.rows(connection, wanted.captures).values() for month in months})


def _proof(settings: Settings, wanted: Order, left_alone: Collection[str]) -> dict[str, Any]:
    """Return what was done, by hashes and places: no text, and no address of an article."""
    articles = {capture.article_id for capture in wanted.captures} - {None}
    return {
        "id": wanted.id,
        "articles": len(articles),
        "captures": len(wanted.captures),
        "batches": wanted.batch_ids,
        "tombstones": sorted(map(identity.tombstone, wanted.ids)),
        "rows": wanted.rows,
        "files": list(_files(settings, wanted)),
        "blanked": [
            {"path": f"raw/{name}", "offset": mark.offset, "length": mark.length}
            for name, marks in wanted.marks.items()
            for mark in marks
            if name not in left_alone
        ],
        "left_to_their_owners": [
            {"path": str(path), "offset": offset, "length": length} for path, offset, length in left(settings, wanted)
        ],
        "cleared": list(wanted.work),
    }


def _files(settings: Settings, wanted: Order) -> Iterator[dict[str, str | None]]:
    for name, before in wanted.before.items():
        path = settings.home / name
        yield {
            "path": name,
            "sha256_before": before,
            "sha256_after": store.sha256(path) if homes.exists(path) else None,
        }
