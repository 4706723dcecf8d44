"""When a page was published: JSON-LD, meta tags, address and visible text, in this order; never the clock of now."""

import re
from datetime import MAXYEAR, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lxml.etree import _Element

from pipeline.html.date_elements import find_shown
from pipeline.html.date_search import search_date
from pipeline.html.dom import select
from pipeline.html.heading import is_elsewhere
from pipeline.html.jsonld import JsonLd
from pipeline.model import NewsDate, Origin
from pipeline.text.dates import parse_date

_PUBLISHED: tuple[str, ...] = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
)
_PUBLISHED += ("article:published", "parsely-pub-date", "cxenseparse:recs:publishtime", "sailthru.date")
_PUBLISHED += ("dc.date.issued", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "pubdate")
_PUBLISHED += ("publishdate", "publish-date", "publication_date", "date")
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_DATE = r"(?:((?:19|20)\d\d)([/_-])(\d{1,2})\2(\d{1,2})|(20[012]\d)([01]\d)([0-3]\d))"
# A date that is whole segments of a path is the publisher's filing; one in a slug may be what the story is about.
_FILED = re.compile(rf"(?<=/){_DATE}(?=/|$)")
_IN_SLUG = re.compile(rf"(?<!\d){_DATE}(?!\d)")
_NOT_PATH = re.compile(r"^[\w+.-]{1,20}://[^/?#]*|[?#].*$", re.DOTALL)
_ROUGH = ("month", "year")
# A change so much later than the publication may show a later day.
_LATER = timedelta(hours=6)
# A day without an hour is kept as its midnight; read in UTC it would be the day before.
_CENTRAL = ZoneInfo("Europe/Berlin")
_CENTRAL_LANGUAGES = frozenset({"de", "fr", "it", "nl", "da", "sv", "nb", "no", "pl", "cs", "sk", "hu", "hr", "sl"})
_UTC_STAMP = re.compile(r"(?:Z|[+-]00:?00)\s*$", re.IGNORECASE)
MAX_TIMES = 20


def find_published(
    root: _Element, jsonld: JsonLd, meta: dict[str, list[str]], url: str | None, timezone: str, captured_at: datetime
) -> NewsDate | None:
    """Return the date of first publication, as exact as the publisher gives it; None when unknown."""
    written: list[tuple[str, Origin]] = [
        (value, "jsonld") for value in _texts(jsonld.article, "datePublished", "dateCreated")
    ]
    written += [(value, "meta") for value in _values(meta, _PUBLISHED)]
    written += [(value, "jsonld") for value in _texts(jsonld.article, "uploadDate")]
    stated = _stated(_parsed(written, timezone, captured_at))
    filed = _url_date(_FILED, url, timezone, captured_at)
    if stated is None:
        return filed or _unstated(root, url, timezone, captured_at)
    agreed = _agreed(stated, filed) if filed else stated
    sure = agreed.day == stated.day if filed else stated.origin == "jsonld" and not _is_loose(stated)
    shown = None if sure else find_shown(root, timezone, captured_at)
    if filed:
        return stated if shown and shown.day == stated.day else agreed
    if shown and stated.origin == "meta" and not _is_near(stated, shown):
        shown = find_shown(root, timezone, captured_at, marked=True)
    if shown is None:
        return _of_midnight(stated, (root.get("lang") or "")[:2].casefold())
    return _as_shown(stated, shown, find_modified(jsonld, meta, timezone, captured_at))


def find_modified(jsonld: JsonLd, meta: dict[str, list[str]], timezone: str, captured_at: datetime) -> datetime | None:
    """Return the instant of the last change that the page states; None when it states none."""
    written: list[tuple[str, Origin]] = [(value, "jsonld") for value in _texts(jsonld.article, "dateModified")]
    written += [(value, "meta") for value in _values(meta, _MODIFIED)]
    found = next(iter(_parsed(written, timezone, captured_at)), None)
    return found and found.instant


def _unstated(root: _Element, url: str | None, timezone: str, captured_at: datetime) -> NewsDate | None:
    return (
        _time_element(root, timezone, captured_at)
        or find_shown(root, timezone, captured_at)
        or _url_date(_IN_SLUG, url, timezone, captured_at)
        or search_date(root, timezone, captured_at)
    )


def _texts(node: dict[str, Any], *keys: str) -> list[str]:
    """Return what is written under some keys; numbers are seconds or milliseconds since 1970."""
    values = [node.get(key) for key in keys]
    return [str(value) for value in values if isinstance(value, str | int | float) and not isinstance(value, bool)]


def _values(meta: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [value for name in names for value in meta.get(name, ())]


def _parsed(written: list[tuple[str, Origin]], timezone: str, captured_at: datetime) -> list[NewsDate]:
    found = (parse_date(value, origin, timezone, captured_at) for value, origin in written)
    return [one for one in found if one]


def _stated(dates: list[NewsDate]) -> NewsDate | None:
    """Return the first date, read to the day or in the publisher's own offset where another place gives that."""
    if not dates:
        return None
    exact = [one for one in dates if one.precision not in _ROUGH]
    # A year in a meta tag may be that of a work cited; one in the JSON-LD of the article is its own.
    own = dates[0] if dates[0].origin == "jsonld" else None
    first = next((one for one in exact if own is None or _is_within(one, own)), dates[0])
    local = (one for one in exact if one.instant == first.instant and not _UTC_STAMP.search(one.raw))
    return next(local, first)


def _is_within(date: NewsDate, other: NewsDate) -> bool:
    """Return whether a date is no other than one that may be a month or a year only."""
    if other.precision not in _ROUGH:
        return date == other
    return date.day.year == other.day.year and (other.precision == "year" or date.day.month == other.day.month)


def _url_date(rule: re.Pattern[str], url: str | None, timezone: str, captured_at: datetime) -> NewsDate | None:
    match = rule.search(_NOT_PATH.sub("", url or ""))
    if match is None:
        return None
    year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
    found = parse_date(f"{year}-{month:0>2}-{day:0>2}", "url", timezone, captured_at)
    return found and found._replace(raw=match[0])


def _agreed(stated: NewsDate, filed: NewsDate) -> NewsDate:
    """Return the date that agrees with the address.

    A stamp in UTC does not tell the publisher's day, and one far from the address is of a later edit or import.
    """
    apart = abs((stated.day - filed.day).days)
    if stated.precision in _ROUGH:
        return filed
    if apart == 0 or (apart == 1 and not _UTC_STAMP.search(stated.raw)):
        return stated
    return stated._replace(day=filed.day) if apart == 1 else filed


def _is_loose(date: NewsDate) -> bool:
    """Return whether a date does not tell the publisher's day: a stamp in UTC, a month."""
    return date.precision in _ROUGH or _UTC_STAMP.search(date.raw) is not None


def _is_near(stated: NewsDate, shown: NewsDate) -> bool:
    """Return whether a day shown only makes a loose date exact."""
    if stated.precision in _ROUGH:
        return _is_within(shown, stated)
    return abs((shown.day - stated.day).days) <= int(_is_loose(stated))


def _of_midnight(stated: NewsDate, language: str) -> NewsDate:
    """Return a date whose stamp in UTC is the very midnight of Central Europe as the day that begins there and then."""
    if language not in _CENTRAL_LANGUAGES or stated.instant.year == MAXYEAR or not _UTC_STAMP.search(stated.raw):
        return stated
    local = stated.instant.astimezone(_CENTRAL)
    return stated._replace(day=local.date()) if f"{local:%H%M%S}" == "000000" else stated


def _as_shown(stated: NewsDate, shown: NewsDate, modified: datetime | None) -> NewsDate:
    """Return the stated date, read to the day that the page shows; that day itself where a meta tag differs from it.

    Meta tags often tell when a page was made or imported. A day shown that is that of the last change is no help.
    """
    if shown.day == stated.day:
        return stated
    if stated.precision in _ROUGH:
        return shown if _is_within(shown, stated) else stated
    if modified and modified - stated.instant > _LATER and abs((modified.date() - shown.day).days) <= 1:
        return stated
    if abs((shown.day - stated.day).days) == 1 and _is_loose(stated):
        return stated._replace(day=shown.day)
    return shown if stated.origin == "meta" else stated


def _time_element(root: _Element, timezone: str, captured_at: datetime) -> NewsDate | None:
    times = select(root, "//time[@datetime][@pubdate or contains(@itemprop, 'datePublished')]")[:MAX_TIMES]
    marked = [time for time in times if not is_elsewhere(time, frozenset())][:1]
    return next(iter(_parsed([(time.get("datetime", ""), "text") for time in marked], timezone, captured_at)), None)
