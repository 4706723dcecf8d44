"""Dates that a page shows beside its headline, with the mark-up that tells what they are dates of."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile

from lxml.etree import _Element

from pipeline.html.heading import find_heading, following, is_elsewhere, small_text, words
from pipeline.model import NewsDate
from pipeline.text.dates import LONGEST, parse_date

# How many elements are looked at behind the headline, and in the boxes around it before it.
MAX_CLOSE = 40
MAX_BEHIND = 80
MAX_BEFORE = 60
MAX_READ = 60

_YEAR = re.compile(r"(?:19|20)\d\d|\d[./-]\d{1,2}[./-]\d\d(?!\d)")
_DIGIT = re.compile(r"\d")
_CHANGED = re.compile(
    r"updat|modif|aktualis|geändert|stand\b|mis à jour|actualiz|aggiorn|bijgewerkt|gewijzigd|opdater|oppdater|uppdater|"
    r"uppfær|päivit|zaktual|güncel|обновл|更新|수정|last (?:edit|chang)|atualiz|kommentar|comment",
    re.IGNORECASE,
)
_PUBLISHED = frozenset({"entry", "published", "publish", "pubdate", "publication", "post", "created"})
_LABEL = re.compile(
    r"^\W*(?:(?:first\s)?(?:published|posted|created|erschienen|veröffentlicht|erstellt|publié|publicado|pubblicato|"
    r"gepubliceerd|publicerad|publisert|udgivet|opublikowano|date|datum|data|fecha|le|on|am|vom|den|el|il|op|dnia)"
    r"\b\W*){1,3}",
    re.IGNORECASE,
)
# What is left of a dateline without its label begins with its date, and holds little else.
_DATELINE = re.compile(r"(?:[^\W\d_]{2,14}[,.]*\s*){0,2}\d(?!\d?\.?\s?[-–]\s?\d\d?\.).{3,50}", re.DOTALL)
# Behind its year a dateline has the hour of the day and the day of the week: other words are those of a sentence.
_WORD = re.compile(r"[^\W\d_]+")
_OF_CLOCK = re.compile(
    r"[A-Z]{2,5}|(?i:h|hrs?|hours|a|à|as|às|at|am|pm|[ap]|m|las|los|alle|ore|le|um|uhr|kl|klo|klokken|om|uur|saat|ora|o|"
    r"godz|god|г|в|року|min|mins|t|z|local|time|de|del|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|lun|mar|mer|mié|jeu|"
    r"jue|ven|vie|sam|sáb|dim|dom|mo|di|mi|do|fr|sa|so|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo)|[年月日時时分秒午前後后上下火水木金土曜星期周一二三四五六"
    r"년월일시분초오전후화수목금토요]+"
)
_NAMED = re.compile(
    r"(?<![a-z])(?:dates?|time(?:data)?|datum|fecha|data|publish(?:ed)?|publication|posted|created|erschienen)(?![a-z])|"
    r"(?:[a-z]date|datetime|timestamp)(?![a-z])"
)
_EMPHASIS = frozenset({"b", "strong", "em", "i"})
_PARTS = re.compile(r"[\n|•·]|\s[–—/-]\s")


def find_shown(root: _Element, timezone: str, captured_at: datetime, marked: bool = False) -> NewsDate | None:
    """Return the day that a page shows near its headline as that of publication; None when it shows none.

    Only a day that is `marked` is taken where that is asked for: a <time>, or an element that is named a date.
    """
    heading = find_heading(root)
    if heading is None:
        return None
    around = frozenset(heading.iterancestors())
    language = _language(root)
    for element in islice(filter(_is_dated, _near(heading)), MAX_READ):
        if marked and not _is_marked(element):
            continue
        if not is_elsewhere(element, around) and not _CHANGED.search(_about(element)):
            found = _read(element, timezone, captured_at, language)
            if found and found.precision not in ("month", "year") and found.day <= captured_at.date():
                return found
    return None


def _language(root: _Element) -> str | None:
    stated = (root.get("lang") or "").casefold().replace("_", "-")
    return stated if stated == "en-us" else stated[:2] or None


def _near(heading: _Element) -> Iterator[_Element]:
    behind = following(heading)
    yield from islice(behind, MAX_CLOSE)
    box = next(islice(heading.iterancestors(), 2, None), None)
    before = [] if box is None else [*islice(takewhile(lambda one: one is not heading, box.iter()), MAX_BEFORE + 1)]
    yield from before[1:][::-1] if len(before) <= MAX_BEFORE else []
    yield from islice(behind, MAX_BEHIND)


def _is_dated(element: _Element) -> bool:
    return element.tag == "time" or any(
        text is not None and len(text) < 2 * LONGEST and _YEAR.search(text) for text in (element.text, element.tail)
    )


def _is_marked(element: _Element) -> bool:
    named = (" ".join((*words(one), one.get("itemprop", ""))) for one in (element, *islice(element.iterancestors(), 2)))
    return element.tag == "time" or any(map(_NAMED.search, named))


def _about(element: _Element) -> str:
    """Return what is said of a date: the names of its element, the text that it begins with, and a label before it."""
    before, parent = element.getprevious(), element.getparent()
    around = before.tail if before is not None else parent.text if parent is not None else None
    label = "" if before is None else small_text(before)
    # WordPress themes name every date "updated", for the hAtom format asks for one.
    named = set() if words(element) & _PUBLISHED else words(element)
    said = (element.get("itemprop", ""), element.text or "", around or "", "" if _DIGIT.search(label) else label)
    return " ".join([*named, *(text[-LONGEST:] for text in said)])


def _read(element: _Element, timezone: str, captured_at: datetime, language: str | None) -> NewsDate | None:
    goes_on = element.tag in _EMPHASIS and _WORD.search(element.tail or "")
    texts = ["" if goes_on else element.text or "", element.tail or ""]
    if element.tag == "time":
        texts = [small_text(element), element.get("datetime", "")]
    for text in texts:
        for part in _PARTS.split(text[: 2 * LONGEST]):
            if _CHANGED.search(part):
                continue
            line = _LABEL.sub("", part.strip())
            if _is_dateline(line):
                found = parse_date(line, "text", timezone, captured_at, language)
                if found:
                    return found
    return None


def _is_dateline(line: str) -> bool:
    """Return whether a line is a date, with no more behind it than its hour, zone and day of the week."""
    year = _YEAR.search(line)
    behind = _WORD.findall(line, year.end()) if year and _DATELINE.fullmatch(line) else None
    return behind is not None and all(map(_OF_CLOCK.fullmatch, behind))
