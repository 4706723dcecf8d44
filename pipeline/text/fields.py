"""JSON objects of a corpus: read within bounds, and our names for what they hold under many keys."""

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from pipeline.model import Refusal

# json.loads stops at a depth that hangs on its caller's; articles of the wild nest 5 to 10 deep.
MAX_DEPTH = 200

# First one wins. `fields` of a source replaces the keys of a name, and may call the name by any of them:
# { text = "content" } is { article_body = "content" }.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "url": ("url", "canonical_url", "link", "uri"),
    "crawl_date": ("crawl_date",),
    "article_body": ("article_body", "articleBody", "text", "body", "content", "maintext", "fulltext", "article"),
    "headline": ("headline", "title"),
    "description": ("description", "summary", "teaser", "abstract"),
    "authors": ("authors", "author", "byline", "creator"),
    "date_published": (
        *("date_published", "datePublished", "published", "published_at", "publication_date", "publish_date"),
        *("pub_date", "pubDate", "date_publish", "date", "timestamp"),
    ),
    "date_modified": ("date_modified", "dateModified", "modified", "updated", "updated_at", "date_modify"),
    "in_language": ("in_language", "inLanguage", "language", "lang"),
    "publisher": ("publisher", "source", "site_name", "sitename", "outlet"),
    "article_section": ("article_section", "articleSection", "section", "category"),
    "genre": ("genre",),
    "keywords": ("keywords", "tags", "topics"),
    "image_url": ("image_url", "image", "top_image"),
    "is_accessible_for_free": ("is_accessible_for_free", "isAccessibleForFree"),
}
NAMES = tuple(alias for aliases in ALIASES.values() for alias in aliases)
_NO_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[\]{}]+', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def json_object(text: str) -> dict[str, Any] | Refusal:
    """Return the JSON object that text is; a Refusal where it is none, or nested deeper than MAX_DEPTH."""
    brackets = _NO_BRACKETS.sub("", text)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        return Refusal("too_deep", f"JSON nested deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(text)
    except ValueError as error:
        return Refusal("invalid_json", str(error)[:200])
    return (
        value if isinstance(value, dict) else Refusal("invalid_json", f"a JSON {type(value).__name__}, not an object")
    )


def value_of(item: Mapping[str, object], name: str, fields: Mapping[str, str]) -> object | None:
    """Return the first value that says something under the keys of `name`; None where all are absent or blank."""
    for key in keys_of(name, fields):
        value = at(item, key)
        if value not in (None, "", [], {}) and not (isinstance(value, str) and value.isspace()):
            return value
    return None


def keys_of(name: str, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys that may hold `name`: those that `fields` gives it, else the usual ones."""
    own = tuple(fields[alias] for alias in ALIASES[name] if alias in fields)
    return own or ALIASES[name]


def at(item: Mapping[str, object], key: str) -> object | None:
    """Return the value under `key`, where "meta.title" reaches into objects; None if there is none."""
    if (found := item.get(key)) is not None or "." not in key:
        return found
    value: object = item
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
