"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed: bytes to entries. Reads no files and no network."""

from collections.abc import Iterator
from typing import Any

from pipeline.model import Refusal
from pipeline.readers.listing import (
    MAX_ENTRIES,
    Entries,
    Entry,
    Fault,
    date_of,
    language_of,
    rest,
    text_of,
    title_of,
    usable,
)
from pipeline.readers.markup import MAX_VALUE, Item, Markup, Value, read_markup
from pipeline.text.fields import json_object
from pipeline.text.targets import Unusable, target

ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
MAX_JSON = 8 * 2**20  # its values are in memory at once, at twenty times its bytes when it is hostile
_WEB = ("http://", "https://")


def entries(payload: bytes, url: str, charset: str | None = None) -> Entries:
    """Return what a feed lists, in its order; what is no feed, broken or unusable is in faults. Never raises.

    `url` is where the payload came from in the end; `charset` what the HTTP header says.
    """
    text, faults = text_of(payload, charset)
    if text.startswith("{"):
        return _json_feed(text, url, faults)
    if not text.startswith("<"):
        return Entries(faults=faults or (Fault("not_a_feed", 1, repr(text[:60])),))
    return of_markup(read_markup(text, url), faults)


def of_markup(markup: Markup, faults: tuple[Fault, ...]) -> Entries:
    """Return the entries of a parsed feed."""
    faults = (*faults, *markup.faults)
    if markup.root not in ROOTS:
        return Entries(faults=(Fault("not_a_feed", 1, f"the root element is {markup.root[:60]!r}"), *faults))
    language = language_of(markup.about.text("language")) or language_of(markup.about.attributes.get("lang"))
    found, more = usable(_entry(item, language) for item in markup.items)
    return Entries(found, faults=(*faults, *more))


def _entry(item: Item, language: str | None) -> Entry | Unusable:
    place = _place(item)
    if isinstance(place, Unusable):
        return place
    return Entry(
        place,
        date_of(item.text("pubdate", "published", "issued", "date")),
        date_of(item.text("updated", "modified")),
        title_of(item.text("title")),
        language_of(item.text("language")) or language_of(item.attributes.get("lang")) or language,
    )


def _place(item: Item) -> str | Unusable:
    refused = Unusable("no_link", (item.text("title", "guid", "id") or "")[:200])
    for value in _links(item):
        place = target(value.text, value.base)
        if isinstance(place, str):
            return place
        refused = place if refused.reason == "no_link" else refused
    return refused


def _links(item: Item) -> Iterator[Value]:
    """Yield what may be the address of an item, best first: the original before that of a counting service."""
    yield from (value for value in item.values.get("origlink", ()) if value.text)
    links = item.values.get("link", [])
    yield from (value for value in links if value.text)
    linked = [value for value in links if not value.text and value.attributes.get("href")]
    linked = [value for value in linked if value.attributes.get("rel", "alternate").lower() == "alternate"]
    for value in sorted(linked, key=lambda each: "html" not in each.attributes.get("type", "html")):
        yield value._replace(text=value.attributes["href"])
    guids = [
        value for value in item.values.get("guid", ()) if value.attributes.get("ispermalink", "").lower() != "false"
    ]
    yield from (value for value in (*guids, *item.values.get("id", ())) if value.text.lower().startswith(_WEB))
    if about := item.attributes.get("about"):
        yield Value(about, {}, item.base)


def _json_feed(text: str, url: str, faults: tuple[Fault, ...]) -> Entries:
    if len(text) > MAX_JSON:
        return Entries(faults=(*faults, Fault("too_large", 1, f"more than {MAX_JSON} characters of JSON")))
    top = json_object(text)
    items = top.get("items") if isinstance(top, dict) else None
    if isinstance(top, Refusal) or not isinstance(items, list):
        detail = top.detail if isinstance(top, Refusal) else "a JSON object without a list of items"
        return Entries(faults=(*faults, Fault("not_a_feed", 1, detail)))
    language = language_of(_string(top, "language"))
    found, more = usable(_json_entry(item, url, language) for item in items[:MAX_ENTRIES])
    return Entries(found, faults=(*faults, *more, *rest(len(items))))


def _json_entry(item: object, url: str, language: str | None) -> Entry | Unusable:
    if not isinstance(item, dict):
        return Unusable("no_link", f"a JSON {type(item).__name__}, not an object")
    named = _string(item, "id") or ""
    link = _string(item, "url") or _string(item, "external_url") or (named if named.startswith(_WEB) else "")
    place = target(link, url) if link else Unusable("no_link", named[:200])
    if isinstance(place, Unusable):
        return place
    return Entry(
        place,
        date_of(_string(item, "date_published")),
        date_of(_string(item, "date_modified")),
        title_of(_string(item, "title")),
        language_of(_string(item, "language")) or language,
    )


def _string(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value[: 2 * MAX_VALUE].encode("utf-8", "replace").decode() if isinstance(value, str) else None
