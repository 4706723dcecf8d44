"""When a page was published: JSON-LD, meta tags, address and visible text, in this order; never the clock of now."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import htmldate
from htmldate import extractors
from lxml import etree
from lxml.etree import _Element

from pipeline.html.dom import count_elements, cut, select
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
_IN_URL = re.compile(
    r"(?<![\d])((?:19|20)\d\d)([/_-])(\d{1,2})\2(\d{1,2})(?!\d)|(?<!\d)(20[012]\d)([01]\d)([0-3]\d)(?!\d)"
)
_ROUGH = ("month", "year")
_UTC_STAMP = re.compile(r"(?:Z|[+-]00:?00)\s*$", re.IGNORECASE)
# Above this htmldate stays with its fast patterns: a page of 20,000 date-like elements took it more than 25 s.
MAX_SEARCHED = 5_000


class _Dates:
    """What htmldate asks to read a date: ours, since dateparser compiles 205 locales (3.9 s in every process)."""

    @staticmethod
    def get_date_data(text: str) -> dict[str, datetime | None]:
        # The far future as base: a date without a year falls out of htmldate's range instead of getting a wrong one.
        found = parse_date(text, "text", "UTC", datetime.max.replace(tzinfo=UTC)) if re.search(r"\d{4}", text) else None
        exact = found is not None and found.precision not in _ROUGH
        return {"date_obj": datetime(*found.day.timetuple()[:3]) if found and exact else None}


extractors.get_external_parser = _Dates


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
    in_url = _url_date(url, timezone, captured_at)
    if stated and in_url:
        return _agreed(stated, in_url)
    return stated or in_url or _time_element(root, timezone, captured_at) or _searched(root, timezone, captured_at)


def find_modified(jsonld: JsonLd, meta: dict[str, list[str]], timezone: str, captured_at: datetime) -> datetime | None:
    """Return the instant of the last change that the page states; None when it states none."""
    written: list[tuple[str, Origin]] = [(value, "jsonld") for value in _texts(jsonld.article, "dateModified")]
    written += [(value, "meta") for value in _values(meta, _MODIFIED)]
    found = next(iter(_parsed(written, timezone, captured_at)), None)
    return found and found.instant


def _texts(node: dict[str, Any], *keys: str) -> list[str]:
    return [node[key] for key in keys if isinstance(node.get(key), str)]


def _values(meta: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [value for name in names for value in meta.get(name, ())]


def _parsed(written: list[tuple[str, Origin]], timezone: str, captured_at: datetime) -> list[NewsDate]:
    found = (parse_date(value, origin, timezone, captured_at) for value, origin in written)
    return [one for one in found if one]


def _stated(dates: list[NewsDate]) -> NewsDate | None:
    """Return the first date exact to the day, read in the publisher's own offset where another place gives that."""
    exact = [one for one in dates if one.precision not in _ROUGH]
    first = next(iter(exact), None)
    local = (one for one in exact if first and one.instant == first.instant and not _UTC_STAMP.search(one.raw))
    return next(local, first)


def _url_date(url: str | None, timezone: str, captured_at: datetime) -> NewsDate | None:
    match = _IN_URL.search(url or "")
    if match is None:
        return None
    year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
    found = parse_date(f"{year}-{month:0>2}-{day:0>2}", "url", timezone, captured_at)
    return found and found._replace(raw=match[0])


def _agreed(stated: NewsDate, in_url: NewsDate) -> NewsDate:
    """Return the date that agrees with the address.

    A stamp in UTC does not tell the publisher's day, and one far from the address is of a later edit or import.
    """
    apart = abs((stated.day - in_url.day).days)
    if apart == 0 or (apart == 1 and not _UTC_STAMP.search(stated.raw)):
        return stated
    return stated._replace(day=in_url.day) if apart == 1 else in_url


def _time_element(root: _Element, timezone: str, captured_at: datetime) -> NewsDate | None:
    marked = select(root, "(//time[@datetime][@pubdate or contains(@itemprop, 'datePublished')])[1]")
    return next(iter(_parsed([(time.get("datetime", ""), "text") for time in marked], timezone, captured_at)), None)


def _searched(root: _Element, timezone: str, captured_at: datetime) -> NewsDate | None:
    thorough = count_elements(root) <= MAX_SEARCHED
    latest = captured_at.date().isoformat()
    visible = deepcopy(root)
    # htmldate takes the first date of any JSON-LD, that of a teaser as well.
    for script in select(visible, "//script[contains(@type, 'ld+json')]"):
        cut(script)
    found = htmldate.find_date(visible, extensive_search=thorough, original_date=True, max_date=latest)
    if not found:
        return None
    if found.endswith("-01") and not _shows_first(visible, found):
        # A year alone is that of a copyright line.
        return None if found.endswith("-01-01") else parse_date(found[:7], "text", timezone, captured_at)
    return parse_date(found, "text", timezone, captured_at)


def _shows_first(root: _Element, day: str) -> bool:
    """Return whether the page writes this first of a month: htmldate also gives it for "August 2017" and "(c) 2017"."""
    year = day[:4]
    text = etree.tostring(root, encoding="unicode")
    month = f"0?{int(day[5:7])}"
    numeric = rf"{year}\D{month}\D0?1\b|\b0?1\D{month}\D{year}|\b{month}/0?1/{year}|{year}{day[5:7]}01"
    written = rf"\b0?1(?:st|er|[.ºª])? (?:de |of )?[^\W\d]{{3,12}}\.?,? (?:de )?{year}"
    return re.search(rf"{numeric}|{written}|[^\W\d]{{3,12}}\.? 0?1(?:st)?,? {year}", text) is not None
