"""What the feeds and sitemaps of a source list on a day: asked for, archived, read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic
from typing import NamedTuple
from urllib.parse import quote

from pipeline import archive, fetching
from pipeline.errors import SourceError
from pipeline.model import NewsDate, Reason, Source, Target
from pipeline.readers import feed, sitemap
from pipeline.readers.listing import Entries, Entry
from pipeline.readers.listing import Fault as Unlisted
from pipeline.settings import Settings
from pipeline.text.dates import parse_date
from pipeline.warc import ours, record
from pipeline.warc.payload import Fault
from pipeline.web.send import Answer

READ: Mapping[str, Callable[[bytes, str, str | None], Entries]] = {"feed": feed.entries, "sitemap": sitemap.entries}
LISTS = "lists.warc.gz"
"""The file beside the plan of what the lists said."""
URL_MARKS = ":/?#[]@!$&'()*+,;=%"
MOST_LISTS = 200
"""Of one batch: an index of a large publisher has one a day for twenty years, of which only the last days are asked."""
MOST_BYTES = 100 * 2**20
"""Of all lists of a batch as they came: they are in memory until the batch is planned."""
MOST_SECONDS = 900.0
"""What asking a source's lists may take: until then no article of any source is fetched."""
IN_THE_FUTURE = timedelta(hours=-48)
"""An entry that is dated further ahead says nothing of how old a list is."""


class Listing(NamedTuple):
    """What a source lists, and targets for what of it could not be had or read."""

    entries: list[Entry]
    failed: list[Target]
    ages: list[timedelta]
    """How old each dated entry was when it was listed."""


def ask(settings: Settings, source: Source, batch_id: str, day: date) -> Listing:
    """Return what the source lists; SourceError if none of its addresses gave a list."""
    waiting, asked = dict.fromkeys(source.urls), set[str]()
    found, records = Listing([], [], []), list[bytes]()
    lists, end = 0, monotonic() + MOST_SECONDS
    with fetching.web(settings, source) as web:
        while waiting and len(asked) < MOST_LISTS and sum(map(len, records)) < MOST_BYTES and monotonic() < end:
            url = next(iter(waiting))
            del waiting[url]
            asked.add(url)
            answer = web.get(url)
            records += fetching.records(answer, ours.record_id(batch_id, url))
            listed = None if answer.outcome else _read(answer, source)
            if listed is None:
                found.failed.append(_target(url, answer.outcome or "connection", answer.detail))
                continue
            lists += bool(listed.entries or listed.sitemaps or not listed.faults)
            recent = partial(_is_recent, source, day, answer.exchanges[-1].began_at)
            waiting |= {each.url: None for each in filter(recent, listed.sitemaps) if each.url not in asked}
            found.entries.extend(listed.entries if source.kind == "feed" else filter(recent, listed.entries))
            found.failed.extend(_unlisted(url, listed.faults))
            found.ages.extend(_ages(source, answer.exchanges[-1].began_at, listed))
    if waiting:
        first = next(iter(waiting))
        found.failed.append(_target(first, "unlisted", f"{len(waiting)} lists were not asked: too many, large or slow"))
    archive.keep(settings.raw / batch_id / LISTS, records)
    if not lists:
        why = "; ".join(" ".join((*(each.fault or ()), each.url)) for each in found.failed[:3])
        raise SourceError(f"source {source.id} lists nothing: {why[:1000]}; mend `urls`, or run the batch again today")
    return found


def missed(source: Source, day: date) -> list[Target]:
    """Return targets that say of each address of the source that it was not asked on that day."""
    fault: Fault = ("missed", f"{day} was over before it was asked")
    return [_target(url, *fault) for url in dict.fromkeys(source.urls)]


def _read(answer: Answer, source: Source) -> Entries:
    last = answer.exchanges[-1]
    payload, fault = last.payload()
    found = READ[source.kind](payload, last.url, record.content_type(last.header("content-type") or "")[1])
    return found._replace(faults=(*found.faults, Unlisted("damaged", 1, fault[1]))) if fault else found


def _unlisted(url: str, faults: Sequence[Unlisted]) -> Iterator[Target]:
    """Yield a target for each reason why entries of a list cannot be used."""
    for reason in dict.fromkeys(fault.reason for fault in faults):
        same = [fault for fault in faults if fault.reason == reason]
        detail = f"{sum(fault.times for fault in same)} times {reason}: {same[0].detail}"
        yield _target(f"{url} {reason}", "unlisted", detail)


def _target(place: str, reason: Reason, detail: str) -> Target:
    """Return what tells of a list and not of a page: its key is no http(s) URL, so that no page has it."""
    return Target(f"{ours.URN}list:{quote(place, safe=URL_MARKS)}", fault=(reason, detail))


def _is_recent(source: Source, day: date, now: datetime, entry: Entry) -> bool:
    """Return whether what a sitemap lists is not older than `window_days`; what has no date is not."""
    days = [moment.day for moment in _dates(source, now, entry)]
    return not days or max(days) >= day - timedelta(days=source.window_days)


def _ages(source: Source, now: datetime, listed: Entries) -> list[timedelta]:
    ages = (now - moment.instant for entry in listed.entries for moment in _dates(source, now, entry))
    return [age for age in ages if age >= IN_THE_FUTURE]


def _dates(source: Source, now: datetime, entry: Entry) -> list[NewsDate]:
    stated = (parse_date(text, "feed", source.timezone, now) for text in (entry.updated, entry.published) if text)
    return [moment for moment in stated if moment]
