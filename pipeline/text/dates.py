"""Dates as publishers write them: a value, how exact it is, and the string it came from; nothing is guessed."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed_zone
from functools import cache
from zoneinfo import ZoneInfo

from pipeline.model import NewsDate, Origin, Precision
from pipeline.text.normalise import fold_line

Moment = tuple[datetime, Precision]

LONGEST = 120
# The CLDR month names of these take 0.2 s to load, once; dateparser would take 3.9 s.
MONTH_LOCALES = (
    *("de", "de_AT", "en", "en_GB", "fr", "es", "ca", "it", "pt", "nl", "da", "sv", "nb", "fi", "is", "pl", "cs", "sk"),
    *("hu", "ro", "hr", "sl", "sr", "bs", "sq", "mk", "bg", "el", "et", "lv", "lt", "tr", "ru", "uk", "be", "ar", "fa"),
    *("he", "id"),
)
_MORE_MONTHS = {"de": {"mrz": 3, "feber": 2}, "fr": {"fevrier": 2, "aout": 8, "decembre": 12}}
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip

_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_COMPACT = re.compile(r"(\d{8})(\d{4}|\d{6})")
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})"
    r"(?:[ ]?[Tt ](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"(?:[ ]?(?P<offset>Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?:\[[\w/]+\])?)?"
    r"|(?P<day_offset>Z|[+-]\d\d:\d\d))?"
)

_WORD = r"[^\W\d_]{3,14}"
_DAY_MONTH = rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|[.ºª°])?[ -]?(?:(?:de|of)[ ])?(?P<month>{_WORD})"
_MONTH_DAY = rf"(?<!\w)(?P<month>{_WORD})\.?[ ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_CLOCK_ONLY = r"[ ,|\u2013-]*(?:um[ ]|at[ ]|à[ ])?[\d:h.]{0,8}[ ]?(?:uhr|[ap]\.?m\.?)?"
_DAYS = (
    re.compile(rf"{_DAY_MONTH}\.?,?(?:[ ]del?[ ]|[- ]){_YEAR}", re.IGNORECASE),
    re.compile(rf"{_MONTH_DAY},?[ ]{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_MONTH_DAY}(?=[ ][\d:]{{8}}(?:[ ][+\w-]{{3,5}})?[ ]{_YEAR})", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}[ ]?[년年][ ]?(?P<month>\d{{1,2}})[ ]?[월月][ ]?(?P<day>\d{{1,2}})[ ]?[일日]"),
    re.compile(rf"(?<!\d){_YEAR}(?P<mark>[./-])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?!\d)"),
)
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_WHOLE_MONTH = re.compile(rf"(?P<month>{_WORD})\.?,?[ ](?:del?[ ])?{_YEAR}", re.IGNORECASE)
_DAY_OF_NO_YEAR = tuple(
    re.compile(rf"(?:{_WORD}\.?,?[ ])?{day}(?!\w)\.?(?={_CLOCK_ONLY}$)", re.IGNORECASE)
    for day in (_DAY_MONTH, _MONTH_DAY)
)
_TIME = re.compile(
    r"(?<![\d:.+])(?P<hour>[01]?\d|2[0-4])(?:(?P<mark>[:h.])(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?(?![\d:])"
    r"(?P<unit>[ ]?(?:[ap]\.?m\b|uhr\b|h\b))?",
    re.IGNORECASE,
)
_NAMED_ZONE = re.compile(rf"\W{{0,2}}({'|'.join(_ZONES)})(?!\w|[ ]?[+-]\d)", re.IGNORECASE)
_OFFSET = re.compile(
    r"(?:\W{0,2}(?:utc|gmt)[ ]?([+-])(\d|0\d|1[0-4])(?::?([0-5]\d))?|[ ]?([+-])(0\d|1[0-4]):?([0-5]\d))(?![\d:])",
    re.IGNORECASE,
)
# "10:00 JST", "10:00 -3", "10:00 (Europe/Athens)", "10:00 Eastern Time": the hour of a place that is not known here.
_ELSEWHERE = re.compile(r"\W{0,2}(?:[A-Z]{2,5}(?!\w)|[A-Z][a-z]+/[A-Z]|(?:\w{1,20} ){1,2}[Tt]ime\b)|[ ]?[+-]\d")


def parse_date(
    raw: str, origin: Origin, timezone: str, captured_at: datetime, language: str | None = None
) -> NewsDate | None:
    """Return the date that `raw` writes, in `timezone` unless it names an offset; None when it is no date.

    Two-digit years and days without a year are taken from the past of `captured_at`; "05/08/2017" is read by language
    and zone, and is None where these leave it open.
    """
    text = fold_line(raw[: 2 * LONGEST])
    if len(text) > LONGEST:
        return None
    zone = ZoneInfo(timezone)
    try:
        found = _exact(text, zone) or _written(text, zone, captured_at.date(), language)
        return _news_date(found, origin, text)
    except (ValueError, OverflowError):
        return None


@cache
def month_words() -> frozenset[str]:
    """Return the lower-cased names and abbreviations of months in all the languages that dates are read in."""
    return frozenset(word for numbers in _month_names().values() for word in numbers)


def split_header(text: str, timezone: str) -> tuple[NewsDate | None, str]:
    """Return the date of a leading "date 2017-08 " and the text behind it; (None, text) without such a header."""
    header = re.match(r"\s*date[ \t:]+(\d{4}\S{0,30})(?:\s+|$)", text)
    if header is None:
        return None, text
    try:
        published = _news_date(_exact(header[1], ZoneInfo(timezone)), "header", header[1])
    except (ValueError, OverflowError):
        return None, text
    return (published, text[header.end() :]) if published else (None, text)


def _news_date(found: Moment | None, origin: Origin, raw: str) -> NewsDate | None:
    return found and NewsDate(found[0].astimezone(UTC), found[0].date(), found[1], origin, raw)


def _exact(text: str, zone: ZoneInfo) -> Moment | None:
    if match := _YEAR_OR_MONTH.fullmatch(text):
        return datetime(int(match[1]), int(match[2] or 1), 1, tzinfo=zone), "month" if match[2] else "year"
    if match := _EPOCH.fullmatch(text):
        if hour := _hour_stamp(text):
            return hour.replace(tzinfo=zone), "hour"
        return datetime.fromtimestamp(int(match[1]), zone) + timedelta(milliseconds=int(match[2] or 0)), "second"
    iso = _ISO.fullmatch(_COMPACT.sub(r"\1T\2", text))
    if iso is None:
        return None
    clock = [int(part) for part in iso.group("hour", "minute", "second") if part]
    offset = iso["offset"] or iso["day_offset"]
    precisions: tuple[Precision, ...] = ("day", "hour", "minute", "second")
    at = _moment(date.fromisoformat(iso["day"]), *clock)
    return at.replace(tzinfo=_iso_zone(offset) if offset else zone), precisions[len(clock)]


def _hour_stamp(text: str) -> datetime | None:
    """Return the hour that ten digits write as 2017081712; None where they can only be seconds since 1970."""
    if len(text) != 10 or not text.startswith(("19", "20")):
        return None
    with suppress(ValueError):
        return datetime.strptime(text, "%Y%m%d%H")
    return None


def _iso_zone(offset: str) -> fixed_zone:
    hours, minutes = ("00", "00") if offset.isalpha() else (offset[1:3], offset[3:].lstrip(":") or "00")
    return _offset(offset[0], hours, minutes)


def _offset(sign: str, hours: str, minutes: str) -> fixed_zone:
    behind = timedelta(hours=int(hours), minutes=int(minutes))
    return fixed_zone(-behind if sign == "-" else behind)


def _moment(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """Return the moment of a day; 24:00 is the next midnight, and later times are a ValueError."""
    if (hour, minute, second) == (24, 0, 0):
        return datetime.combine(day, time()) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, minute, second)


def _written(text: str, zone: ZoneInfo, today: date, language: str | None) -> Moment | None:
    if match := _WHOLE_MONTH.fullmatch(text):
        month = _month(match["month"], language)
        return (datetime(int(match["year"]), month, 1, tzinfo=zone), "month") if month else None
    found = next(_days(text, zone, today, language), None)
    if found is None:
        return None
    day, start, end = found
    return _at_clock(day, f"{text[:start]} {text[end:]}", zone)


def _days(text: str, zone: ZoneInfo, today: date, language: str | None) -> Iterator[tuple[date, int, int]]:
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            if month := _month(match["month"], language):
                yield date(int(match["year"]), month, int(match["day"])), *match.span()
    for match in _NUMERIC.finditer(text):
        if day := _numeric_day(match, zone, today, language):
            yield day, *match.span()
    for pattern in _DAY_OF_NO_YEAR:
        yearless = pattern.match(text)
        if yearless and (month := _month(yearless["month"], language)):
            day = date(today.year, month, int(yearless["day"]))
            yield day if day <= today else day.replace(year=today.year - 1), *yearless.span()


def _numeric_day(match: re.Match[str], zone: ZoneInfo, today: date, language: str | None) -> date | None:
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if len(match[4]) == 2:
        year += today.year // 100 * 100
        year -= 100 if year > today.year + 1 else 0
    day_first = _day_first(match[2], zone.key, language)
    if first > 12 or second > 12:
        day_first = first > 12
    if day_first is None:
        return None
    return date(year, second, first) if day_first else date(year, first, second)


def _day_first(mark: str, zone: str, language: str | None) -> bool | None:
    if language == "en-us" and mark != ".":
        return False
    if mark == "." or (language is not None and language != "en"):
        return True
    if zone.startswith(("America/", "US/")):
        return False
    return True if "/" in zone and not zone.startswith("Etc/") else None


def _at_clock(day: date, rest: str, zone: ZoneInfo) -> Moment:
    for match in _TIME.finditer(rest):
        unit, mark = (match["unit"] or "").strip().lower(), (match["mark"] or "").lower()
        if not unit and mark not in (":", "h"):
            continue
        hour = int(match["hour"])
        if unit[:1] in ("a", "p") and hour <= 12:
            hour = hour % 12 + (12 if unit[0] == "p" else 0)
        behind = rest[match.end() :]
        named = _zone_behind(behind)
        if named is None and _ELSEWHERE.match(behind):
            break
        value = _moment(day, hour, int(match["minute"] or 0), int(match["second"] or 0))
        precision: Precision = "second" if match["second"] else "minute" if match["minute"] else "hour"
        return value.replace(tzinfo=named or zone), precision
    return _moment(day).replace(tzinfo=zone), "day"


def _zone_behind(text: str) -> fixed_zone | None:
    if match := _OFFSET.match(text):
        return _offset(match[1] or match[4], match[2] or match[5], match[3] or match[6] or "00")
    match = _NAMED_ZONE.match(text)
    return fixed_zone(timedelta(hours=_ZONES[match[1].lower()])) if match else None


def _month(word: str, language: str | None) -> int | None:
    if word.isdecimal():
        return int(word)
    word = word.casefold()
    names = _month_names()
    own = names.get((language or "")[:2], {}).get(word)
    if own:
        return own
    # "listopad" is October in Croatian and November in Polish: a word that two languages read differently is no month.
    others = {numbers[word] for numbers in names.values() if word in numbers}
    return others.pop() if len(others) == 1 else None


@cache
def _month_names() -> dict[str, dict[str, int]]:
    from babel.dates import get_month_names

    names: dict[str, dict[str, int]] = {}
    for locale in MONTH_LOCALES:
        language = names.setdefault(locale[:2], dict(_MORE_MONTHS.get(locale, {})))
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    language.setdefault(name.casefold().rstrip("."), number)
    return names
