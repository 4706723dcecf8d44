"""What a feed or sitemap lists: entries that can be asked for, and a count of what cannot, with its reason."""

import html
import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from pipeline.html.encoding import as_utf8
from pipeline.text.targets import Unusable, UnusableReason
from pipeline.warc.payload import decode

MAX_BYTES = 50 * 2**20  # what sitemaps.org allows a sitemap, and a hundred times the largest feeds of newsrooms
MAX_ENTRIES = 50_000  # the same rule's number of URLs
MAX_TITLE = 1000
MAX_DATE = 100
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_DECLARED = re.compile(rb"\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")

FaultReason = Literal["empty", "undecodable", "damaged", "too_large", "too_many", "not_a_feed"] | UnusableReason


class Fault(NamedTuple):
    """What could not be read or used, how often, and what the first of them was."""

    reason: FaultReason
    times: int
    detail: str


class Entry(NamedTuple):
    """One page that is listed. `url` is a target; dates are as written; `updated` is only what calls itself so."""

    url: str
    published: str | None = None
    updated: str | None = None
    title: str | None = None
    language: str | None = None


class Entries(NamedTuple):
    """All that a payload lists, in its order, doubles included; `sitemaps` are what a sitemap index leads to."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()


def text_of(payload: bytes, charset: str | None) -> tuple[str, tuple[Fault, ...]]:
    """Return the payload as text, unpacked where it is gzip, and what went wrong; nothing of what is too large."""
    unpacked, broken = decode(payload, content="gzip, gzip", limit=MAX_BYTES)
    if len(unpacked) > MAX_BYTES or (broken and broken[0] == "too_large"):
        return "", (Fault("too_large", 1, f"more than {MAX_BYTES} bytes"),)
    faults = (Fault("damaged", 1, broken[1]),) if broken else ()
    declared = _DECLARED.match(unpacked)
    found = as_utf8(unpacked, (charset, declared[1].decode() if declared else None))
    if found is None:
        return "", (*faults, Fault("undecodable", 1, "no encoding gives text"))
    text = found[0].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return text, faults if text or faults else (Fault("empty", 1, "no text"),)


def usable(found: Iterable[Entry | Unusable]) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Return the entries and a fault for each reason why others are none."""
    entries: list[Entry] = []
    counts: Counter[UnusableReason] = Counter()
    first: dict[UnusableReason, str] = {}
    for each in found:
        if isinstance(each, Entry):
            entries.append(each)
        else:
            counts[each.reason] += 1
            first.setdefault(each.reason, each.detail)
    return tuple(entries), tuple(Fault(reason, count, first[reason]) for reason, count in counts.items())


def rest(listed: int) -> tuple[Fault, ...]:
    """Return the fault of listing more than is read."""
    more = listed - MAX_ENTRIES
    return (Fault("too_many", more, f"only the first {MAX_ENTRIES} are read"),) if more > 0 else ()


def unescaped(text: str) -> str:
    """Return text with its character references read once; & without a semicolon is one of an address."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def date_of(text: str | None) -> str | None:
    """Return a date as written; None for what is empty or too long to be one."""
    date = " ".join((text or "").split())
    return date if 0 < len(date) <= MAX_DATE else None


def title_of(text: str | None) -> str | None:
    """Return a title as one line; RSS titles are often escaped twice."""
    return " ".join(unescaped(text or "").split())[:MAX_TITLE] or None


def language_of(text: str | None) -> str | None:
    """Return a language tag as written; None for what cannot be one."""
    tag = (text or "").strip()
    return tag if 0 < len(tag) <= 35 and tag.isascii() and tag.replace("-", "").replace("_", "").isalnum() else None
