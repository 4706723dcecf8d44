"""htmldate, asked for the date of a page that states none, without what it would guess or be slow at."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from itertools import islice

import htmldate
from htmldate import extractors
from htmldate.settings import CLEANING_LIST
from lxml import etree
from lxml.etree import _Element

from pipeline.html.dom import count_elements, cut, select
from pipeline.html.heading import is_elsewhere
from pipeline.model import NewsDate
from pipeline.text.dates import month_words, parse_date

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
    exact = found is not None and found.precision not in ("month", "year")
    return datetime(*found.day.timetuple()[:3]) if found and exact else None


# Before the first page, as htmldate remembers what these gave.
extractors.get_external_parser = _Dates
extractors.dateutil_parse = _read_whole_date
# Loading dateparser's takes 0.4 s; of what they let pass only months that we know are read.
extractors.month_words = month_words


def search_date(root: _Element, timezone: str, captured_at: datetime) -> NewsDate | None:
    """Return the date that htmldate finds on a page, without a day or month that it filled in; None for none."""
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
    gone = [*visible.iter(*CLEANING_LIST, "style"), *select(visible, "//script[contains(@type, 'ld+json')]")]
    gone += [time for time in islice(visible.iter("time"), MAX_TIMES) if is_elsewhere(time, frozenset())]
    scripts = list(visible.iter("script"))
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
