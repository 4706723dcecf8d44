"""Does what is stored agree with itself: payloads, ledgers, commits, files, contracts? Changes nothing."""

from collections.abc import Iterator

from pipeline import alarms, commits, plan, query
from pipeline.progress import Progress, counted, during
from pipeline.run import report
from pipeline.settings import Settings
from pipeline.verify import raw, rows
from pipeline.verify.finding import Finding

__all__ = ["Finding", "verify"]


def verify(settings: Settings, progress: Progress) -> Iterator[Finding]:
    """Yield every disagreement in raw/, commits/ and lake/; none means that each row leads back to its bytes."""
    unreadable = list(rows.unreadable(settings))
    yield from unreadable
    if unreadable:
        return
    known = sorted({*plan.batches(settings), *commits.batches(settings)})
    lost = {batch_id: list(raw.frozen(settings, batch_id)) for batch_id in known}
    yield from (finding for found in lost.values() for finding in found)
    committed = {batch_id: commits.last(settings, batch_id) for batch_id, found in lost.items() if not found}
    for batch_id, commit in counted(progress, "raw", list(committed.items())):
        if commit:
            yield from raw.raw(settings, batch_id)
            if alarm := alarms.standing(settings, batch_id):
                yield Finding("in alarm", batch_id, alarm, fault=False)
        else:
            yield Finding("planned, not published", batch_id, _reason(settings, batch_id))
    with during(progress, "files"):
        yield from rows.files(settings)
    with during(progress, "commits"):
        yield from rows.committed(settings)
        yield from rows.duplicated(settings)
    with during(progress, "rows"), query.connect(settings.home) as connection:
        yield from rows.balance(settings, [batch_id for batch_id, commit in committed.items() if commit], connection)
        yield from rows.ledgers(connection)
        yield from rows.buried(settings, connection)
        yield from rows.versions(connection)


def _reason(settings: Settings, batch_id: str) -> str:
    row = report(settings, [batch_id])[0]
    return row.held_back or "its run did not end: run it again"
