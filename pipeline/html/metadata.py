"""What a page states about its article: JSON-LD first, then meta tags. Nothing is read from the running text here."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from lxml.etree import _Element

from pipeline.html import dateline
from pipeline.html.bylines import bare, find_authors
from pipeline.html.dom import text_within
from pipeline.html.jsonld import JsonLd, clean, many, read_jsonld, text_of, types
from pipeline.html.links import base_url, resolve, site
from pipeline.model import NewsDate
from pipeline.text.language import code

MAX_VALUES = 20
MAX_KEYWORDS = 50

_GENRES = {
    "liveblogposting": "liveblog",
    "opinionnewsarticle": "opinion",
    "analysisnewsarticle": "analysis",
    "reviewnewsarticle": "review",
    "backgroundnewsarticle": "background",
    "reportagenewsarticle": "report",
    "satiricalarticle": "satire",
    "advertisercontentarticle": "advertisement",
    "videoobject": "video",
}
_AUTHORS: tuple[str, ...] = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
)
_AUTHORS += ("sailthru.author", "byl", "citation_author", "cxenseparse:author")
_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description", "dcterms.description")
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_KEYWORDS = ("article:tag", "news_keywords", "keywords", "parsely-tags")
_TITLE_PARTS = re.compile(r"\s+[|–—•·»:-]\s+|\s*\|\s*")
_QUOTES = re.compile("[\"'„“”«»‘’‚`´]")


class Metadata(NamedTuple):
    """The stated fields of an article; None or empty where the page states nothing."""

    headline: str | None
    description: str | None
    authors: tuple[str, ...]
    agencies: tuple[str, ...]
    published: NewsDate | None
    modified: datetime | None
    publisher: str | None
    article_section: str | None
    genre: str | None
    keywords: tuple[str, ...]
    image_url: str | None
    is_accessible_for_free: bool | None
    correction_note: str | None
    language: str | None


def read_metadata(
    root: _Element, url: str | None, timezone: str, captured_at: datetime, find_byline: Callable[[_Element], str | None]
) -> Metadata:
    """Return what the page states; `find_byline` looks for a visible author where no person is stated."""
    jsonld, meta = read_jsonld(root), read_meta(root)
    article = jsonld.article
    publisher = text_of(jsonld.follow(article.get("publisher")), 200) or _meta(
        meta, "og:site_name", "publisher", "dc.publisher"
    )
    groups = [one for one in _stated_authors(jsonld) if isinstance(one, dict) and "organization" in "".join(types(one))]
    names = [
        publisher,
        _meta(meta, "og:site_name"),
        *_host_names(url),
        *(name for one in groups for name in _names(one)),
    ]
    sites = {bare(name) for name in names if name}
    authors, agencies = find_authors(_bylines(root, jsonld, meta, find_byline), sites)
    return Metadata(
        headline=_headline(root, article, meta, sites),
        description=text_of(article.get("description"), 5000) or _meta(meta, *_DESCRIPTIONS),
        authors=authors,
        agencies=agencies,
        published=dateline.find_published(root, jsonld, meta, url, timezone, captured_at),
        modified=dateline.find_modified(jsonld, meta, timezone, captured_at),
        publisher=publisher,
        article_section=text_of(article.get("articleSection"), 200)
        or _meta(meta, "article:section", "section", "dc.subject"),
        genre=next((_GENRES[name] for name in types(article) if name in _GENRES), None),
        keywords=_keywords(article, meta),
        image_url=_image(root, article, meta, url),
        is_accessible_for_free=_free(article, meta),
        correction_note=text_of(article.get("correction"), 1000),
        language=_language(root, article, meta),
    )


def read_meta(root: _Element) -> dict[str, list[str]]:
    """Return the contents of all meta tags by lower-cased property, name or itemprop, in page order."""
    found: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        value = (tag.get("content") or "").strip()
        values = found.setdefault(name.strip().casefold(), [])
        if value and len(values) < MAX_VALUES:
            values.append(value)
    return found


def _meta(meta: dict[str, list[str]], *names: str) -> str | None:
    return next((text for text in (clean(value, 5000) for value in _values(meta, names)) if text), None)


def _values(meta: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return next((meta[name] for name in names if meta.get(name)), [])


def _headline(root: _Element, article: dict[str, Any], meta: dict[str, list[str]], sites: set[str]) -> str | None:
    """Return the title that most places agree on, without the name of the site; the first of the best."""
    headings = [clean(text_within(heading)) for heading in list(root.iter("h1"))[:3]]
    title = root.find(".//title")
    elsewhere = [text_of(article.get("headline")), _meta(meta, "og:title"), _meta(meta, "twitter:title", "dc.title")]
    places = [
        *(headings if len(headings) == 1 else []),
        *elsewhere,
        clean(title.text or "") if title is not None else None,
    ]
    places += headings if len(headings) > 1 else []
    candidates = [_without_site(place, sites) for place in places if place and bare(place) not in sites]
    votes = Counter(_key(candidate) for candidate in candidates)
    return max(candidates, key=lambda candidate: votes[_key(candidate)], default=None)


def _without_site(title: str, sites: set[str]) -> str:
    while (cuts := list(_TITLE_PARTS.finditer(title))) and bare(title[cuts[-1].end() :]) in sites:
        title = title[: cuts[-1].start()]
    if cuts and bare(title[: cuts[0].start()]) in sites:
        title = title[cuts[0].end() :]
    return title


def _key(text: str) -> str:
    return " ".join(_QUOTES.sub("", text).casefold().split())


def _host_names(url: str | None) -> tuple[str, ...]:
    domain = site(url) or ""
    return (domain, f"www.{domain}", domain.partition(".")[0])


def _bylines(
    root: _Element, jsonld: JsonLd, meta: dict[str, list[str]], find_byline: Callable[[_Element], str | None]
) -> Iterator[list[str]]:
    yield [name for author in _stated_authors(jsonld) for name in _names(author)]
    for tag in _AUTHORS:
        yield meta.get(tag, [])
    yield [find_byline(root) or ""]


def _stated_authors(jsonld: JsonLd) -> list[Any]:
    return [jsonld.follow(value) for value in many(jsonld.article.get("author"))[:MAX_VALUES]]


def _names(author: Any) -> list[str]:
    if isinstance(author, dict) and not author.get("name"):
        return [
            " ".join(
                filter(None, (text_of(author.get(part), 100) for part in ("givenName", "additionalName", "familyName")))
            )
        ]
    values = many(author.get("name")) if isinstance(author, dict) else [author]
    return [name for value in values if (name := text_of(value, 300))]


def _keywords(article: dict[str, Any], meta: dict[str, list[str]]) -> tuple[str, ...]:
    stated = [value for value in many(article.get("keywords")) if isinstance(value, str)] or _values(meta, _KEYWORDS)
    separator = r"[,;]" if len(stated) == 1 else r"$^"
    words = (clean(word, 100) for value in stated for word in re.split(separator, value[:5000]))
    return tuple(dict.fromkeys(word for word in words if word))[:MAX_KEYWORDS]


def _image(root: _Element, article: dict[str, Any], meta: dict[str, list[str]], url: str | None) -> str | None:
    first = next(iter(many(article.get("image"))), None)
    stated = first.get("url") if isinstance(first, dict) else first
    values = [*(value for value in many(stated) if isinstance(value, str)), *_values(meta, _IMAGES)]
    base = base_url(root, url)
    return next((found for value in values if (found := resolve(base, value))), None)


def _free(article: dict[str, Any], meta: dict[str, list[str]]) -> bool | None:
    stated = str(article.get("isAccessibleForFree", "")).rsplit("/", 1)[-1].casefold()
    tier = (_meta(meta, "article:content_tier") or "").casefold()
    return {"true": True, "false": False}.get(stated, {"free": True, "locked": False}.get(tier))


def _language(root: _Element, article: dict[str, Any], meta: dict[str, list[str]]) -> str | None:
    stated = (root.get("lang"), article.get("inLanguage"), *_values(meta, ("og:locale", "content-language")))
    return next((known for value in stated if isinstance(value, str) and (known := code(value))), None)
