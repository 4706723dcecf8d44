"""Sitemaps: of pages, of sitemaps, of news, or as plain lists of addresses. Reads no files and no network."""

import re
from itertools import islice

from pipeline.readers import feed
from pipeline.readers.listing import MAX_ENTRIES, Entries, Entry, date_of, language_of, rest, text_of, title_of, usable
from pipeline.readers.markup import ITEMS, Item, read_markup
from pipeline.text.targets import Unusable, target

_LINE = re.compile(r"[^\r\n]+")


def entries(payload: bytes, url: str, charset: str | None = None) -> Entries:
    """Return what a sitemap lists, gzip or not; what is none, broken or unusable is in faults. Never raises.

    A feed is read as one, as sitemaps.org allows; what is no markup is a list with one address a line, # for comments.
    """
    text, faults = text_of(payload, charset)
    if not text.startswith("<"):
        lines = (line[0].strip() for line in _LINE.finditer(text))
        stated = (line for line in lines if line and not line.startswith("#"))
        found, more = usable(_line(line, url) for line in islice(stated, MAX_ENTRIES))
        return Entries(found, faults=(*faults, *more, *rest(MAX_ENTRIES + sum(1 for _ in stated))))
    markup = read_markup(text, url)
    if markup.root not in ITEMS:
        return feed.of_markup(markup, faults)
    found, more = usable(_entry(item) for item in markup.items)
    faults = (*faults, *markup.faults, *more)
    return Entries(sitemaps=found, faults=faults) if markup.root == "sitemapindex" else Entries(found, faults=faults)


def _line(line: str, url: str) -> Entry | Unusable:
    place = target(line, url) if "://" in line else Unusable("bad_url", line[:200])
    return Entry(place) if isinstance(place, str) else place


def _entry(item: Item) -> Entry | Unusable:
    place = target(item.text("loc") or "", item.base)
    if isinstance(place, Unusable):
        return place
    return Entry(
        place,
        date_of(item.text("publication_date")),
        date_of(item.text("lastmod")),
        title_of(item.text("title")),
        language_of(item.text("language")),
    )
