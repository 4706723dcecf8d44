"""What the feeds and sitemaps of a source list on a day: asked for, archived, read."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from pipeline import archive, fetching
from pipeline.errors import SourceError
from pipeline.model import NewsDate, Source, Target
from pipeline.readers import feed, sitemap
from pipeline.readers.listing import Entries, Entry
from pipeline.readers.listing import Fault as Unlisted
from pipeline.settings import Settings
from pipeline.text.dates import parse_date
from pipeline.warc import ours, record
from pipeline.warc.payload import Fault
from pipeline.web.send import Answer

READ: Mapping[str, Callable[[bytes, str, str | None], Entries]] = {"feed": feed.entries, "sitemap": sitemap.entries}
MOST_SITEMAPS = 200
"""Of one batch: an index of a large publisher has one a day for twenty years, of which only the last days are asked."""


class Listing(NamedTuple):
    """What a source lists, and targets for what of it could not be had or read."""

    entries: list[Entry]
    failed: list[Target]
    ages: list[timedelta]
    """How old each dated entry was when it was listed."""


def ask(settings: Settings, source: Source, batch_id: str, day: date) -> Listing:
    """Return what the source lists; SourceError if none of its addresses gave a list."""
    waiting, asked = deque(source.urls), set[str]()
    found, records = Listing([], [], []), list[bytes]()
    lists = 0
    with fetching.web(settings, source) as web:
        while waiting and len(asked) < MOST_SITEMAPS:
            url = waiting.popleft()
            if url in asked:
                continue
            asked.add(url)
            answer = web.get(url)
            records += fetching.records(answer, ours.record_id(batch_id, url))
            listed = None if answer.outcome else _read(answer, source)
            if listed is None:
                found.failed.append(Target(url, fault=(answer.outcome or "connection", answer.detail)))
                continue
            lists += bool(listed.entries or listed.sitemaps or not listed.faults)
            recent = partial(_is_recent, source, day, answer.exchanges[-1].began_at)
            waiting += [each.url for each in filter(recent, listed.sitemaps)]
            found.entries.extend(listed.entries if source.kind == "feed" else filter(recent, listed.entries))
            found.failed.extend(_unlisted(url, fault) for fault in listed.faults)
            found.ages.extend(_ages(source, answer.exchanges[-1].began_at, listed))
    archive.keep(settings.raw / batch_id / "lists.warc.gz", records)
    if not lists:
        why = "; ".join(f"{each.url}: {' '.join(each.fault or ())}" for each in found.failed[:3])
        raise SourceError(f"source {source.id} lists nothing: {why[:1000]}; mend `urls`, or run the batch again later")
    return found


def missed(source: Source, day: date) -> list[Target]:
    """Return targets that say of each address of the source that it was not asked on that day."""
    fault: Fault = ("missed", f"{day} was over before it was asked")
    return [Target(url, fault=fault) for url in source.urls]


def _read(answer: Answer, source: Source) -> Entries:
    last = answer.exchanges[-1]
    payload, fault = last.payload()
    found = READ[source.kind](payload, last.url, record.content_type(last.header("content-type") or "")[1])
    return found._replace(faults=(*found.faults, Unlisted("damaged", 1, fault[1]))) if fault else found


def _unlisted(url: str, fault: Unlisted) -> Target:
    return Target(f"{url}#{fault.reason}", fault=("unlisted", f"{fault.times} times {fault.reason}: {fault.detail}"))


def _is_recent(source: Source, day: date, now: datetime, entry: Entry) -> bool:
    """Return whether what a sitemap lists is not older than `window_days`; what has no date is not."""
    days = [moment.day for moment in _dates(source, now, entry)]
    return not days or max(days) >= day - timedelta(days=source.window_days)


def _ages(source: Source, now: datetime, listed: Entries) -> list[timedelta]:
    return [now - moment.instant for entry in listed.entries for moment in _dates(source, now, entry)]


def _dates(source: Source, now: datetime, entry: Entry) -> list[NewsDate]:
    stated = (parse_date(text, "feed", source.timezone, now) for text in (entry.updated, entry.published) if text)
    return [moment for moment in stated if moment]
