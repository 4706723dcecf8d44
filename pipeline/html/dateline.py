"""When a page was published: JSON-LD, meta tags, address and visible text, in this order; never the clock of now."""

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import htmldate
from htmldate import extractors
from htmldate.settings import CLEANING_LIST
from lxml import etree
from lxml.etree import _Element

from pipeline.html.date_elements import find_shown
from pipeline.html.dom import count_elements, cut, select
from pipeline.html.heading import is_elsewhere
from pipeline.html.jsonld import JsonLd
from pipeline.model import NewsDate, Origin
from pipeline.text.dates import month_words, parse_date

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
_UTC_STAMP = re.compile(r"(?:Z|[+-]00:?00)\s*$", re.IGNORECASE)
# Above this htmldate stays with its fast patterns: a page of 20,000 date-like elements took it more than 25 s.
MAX_SEARCHED = 5_000
MAX_SCRIPTS = 500
MAX_TIMES = 20


class _Dates:
    """What htmldate asks to read a date: ours, since dateparser compiles 205 locales (3.9 s in every process)."""

    @staticmethod
    def get_date_data(text: str) -> dict[str, datetime | None]:
        return {"date_obj": _whole_date(text)}


def _read_whole_date(text: str, fuzzy: bool = False) -> datetime:
    """Return a date as dateutil does, which fills what is not written from the clock of now: here a ValueError."""
    found = _whole_date(text)
    if found is None:
        raise ValueError(text)
    return found


def _whole_date(text: str) -> datetime | None:
    """Return a date of which year, month and day are written; None for any other text."""
    # The far future as base: a date without a year falls out of htmldate's range instead of getting a wrong one.
    found = parse_date(text, "text", "UTC", datetime.max.replace(tzinfo=UTC)) if re.search(r"\d{4}", text) else None
    exact = found is not None and found.precision not in _ROUGH
    return datetime(*found.day.timetuple()[:3]) if found and exact else None


# Before the first page, as htmldate remembers what these gave.
extractors.get_external_parser = _Dates
extractors.dateutil_parse = _read_whole_date
# Loading dateparser's takes 0.4 s; of what they let pass only months that we know are read.
extractors.month_words = month_words


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
        or _searched(root, timezone, captured_at)
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


def _as_shown(stated: NewsDate, shown: NewsDate | None, modified: datetime | None) -> NewsDate:
    """Return the stated date, read to the day that the page shows; that day itself where a meta tag differs from it.

    Meta tags often tell when a page was made or imported. A day shown that is that of the last change is no help.
    """
    if shown is None or shown.day == stated.day:
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


def _searched(root: _Element, timezone: str, captured_at: datetime) -> NewsDate | None:
    thorough = count_elements(root) <= MAX_SEARCHED
    latest = captured_at.date().isoformat()
    visible = _visible(root)
    found = htmldate.find_date(visible, extensive_search=thorough, original_date=True, max_date=latest)
    if not found:
        return None
    if found.endswith("-01") and not _shows_first(visible, found):
        # A year alone is that of a copyright line.
        return None if found.endswith("-01-01") else parse_date(found[:7], "text", timezone, captured_at)
    return parse_date(found, "text", timezone, captured_at)


def _visible(root: _Element) -> _Element:
    """Return a copy of a page without what htmldate would misread, or would drop in quadratic time."""
    visible = deepcopy(root)
    # htmldate takes the first date of any JSON-LD, that of a teaser as well.
    gone = [*visible.iter(*CLEANING_LIST), *select(visible, "//script[contains(@type, 'ld+json')]")]
    gone += [time for time in islice(visible.iter("time"), MAX_TIMES) if is_elsewhere(time, frozenset())]
    scripts = list(visible.iter("script", "style"))
    cut(dict.fromkeys([*gone, *(scripts if len(scripts) > MAX_SCRIPTS else ())], ""))
    for link in visible.iter("link"):
        link.set("href", re.split("[?#]", link.get("href", ""), maxsplit=1)[0])
    return visible


def _shows_first(root: _Element, day: str) -> bool:
    """Return whether the page writes this first of a month: htmldate also gives it for "August 2017" and "(c) 2017"."""
    year = day[:4]
    text = etree.tostring(root, encoding="unicode")
    month = f"0?{int(day[5:7])}"
    numeric = rf"{year}(\D){month}\1 ?0?1\b|\b0?1\D{month}\D{year}|\b{month}/0?1/{year}|{year}{day[5:7]}01"
    written = rf"\b0?1(?:st|er|[.ºª])? (?:de |of )?[^\W\d]{{3,12}}\.?,? (?:de )?{year}"
    rule = re.compile(rf"{numeric}|{written}|[^\W\d]{{3,12}}\.? 0?1(?:st)?,? {year}")
    # Nothing but what is around a year is looked at: the page took 9 ms.
    years = (match.span() for match in re.finditer(year, text))
    return any(rule.search(text, max(0, start - 40), end + 10) for start, end in years)
