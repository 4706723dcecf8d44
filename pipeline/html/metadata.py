"""What a page states about its article: JSON-LD first, then meta tags. Nothing is read from the running text here."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from lxml.etree import _Element

from pipeline.html import dateline
from pipeline.html.byline_elements import find_bylines
from pipeline.html.bylines import bare, find_authors
from pipeline.html.dom import bounded_text
from pipeline.html.genre import find_genre
from pipeline.html.headline import find_headline
from pipeline.html.jsonld import JsonLd, Node, clean, is_news, many, read_jsonld, text_of, types
from pipeline.html.links import base_url, canonical_url, resolve, site
from pipeline.model import NewsDate
from pipeline.text.language import code
from pipeline.text.rights import SIGNALS

MAX_VALUES = 20
MAX_KEYWORDS = 50

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
_TITLES = ("og:title", "headline", "twitter:title", "dc.title", "parsely-title", "sailthru.title", "cxenseparse:title")
_KEYWORDS = ("article:tag", "news_keywords", "keywords", "parsely-tags")
_SECTIONS = ("article:section", "og:article:section", "section", "articlesection", "parsely-section")
_FREE = {"true": True, "yes": True, "free": True, "false": False, "no": False, "locked": False}
_NO_NAME = re.compile(r"://|^@")
_TAGS = ("meta", "script", "h1", "h2", "title", "ol", "ul", "base", "link")


class Metadata(NamedTuple):
    """The stated fields of an article; None or empty where the page states nothing."""

    base_url: str | None
    """What relative addresses on the page are relative to."""
    canonical_url: str | None
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
    stated_body: str | None
    """articleBody as the page's JSON-LD has it: undecoded and unchecked."""
    rights: tuple[tuple[str, str], ...]
    """Names and contents of the meta tags that may reserve rights."""


def read_metadata(root: _Element, url: str | None, timezone: str, captured_at: datetime) -> Metadata:
    """Return what the page states, and the authors it shows where it states no person."""
    tags = _tags(root)
    jsonld, meta = read_jsonld(tags["script"], url), read_meta(tags["meta"])
    article = jsonld.article
    base = base_url(tags["base"], url)
    publisher = _publisher(jsonld, meta)
    sites = _sites(jsonld, meta, publisher, url)
    authors, agencies = find_authors(_bylines(root, jsonld, meta), sites)
    headline = _headline(root, tags, article, meta, sites)
    section = _section(jsonld, meta, tags, headline)
    return Metadata(
        base_url=base,
        canonical_url=canonical_url(tags["link"], base, url),
        headline=headline,
        description=text_of(article.get("description"), 5000) or _meta(meta, *_DESCRIPTIONS),
        authors=authors,
        agencies=agencies,
        published=dateline.find_published(root, jsonld, meta, url, timezone, captured_at),
        modified=dateline.find_modified(jsonld, meta, timezone, captured_at),
        publisher=publisher,
        article_section=section,
        genre=find_genre(types(article), _meta(meta, "og:type"), (headline, _meta(meta, "og:title")), section, url),
        keywords=_keywords(article, meta),
        image_url=_image(jsonld, meta, base),
        is_accessible_for_free=_free(article, meta),
        correction_note=text_of(article.get("correction"), 1000),
        language=_language(root, article, meta),
        stated_body=body if isinstance(body := article.get("articleBody"), str) else None,
        rights=tuple((name, value) for name in SIGNALS for value in meta.get(name, ())),
    )


def _tags(root: _Element) -> dict[str, list[_Element]]:
    """Return the elements that state something, by tag in page order; one walk, as each costs 0.2 ms a page."""
    tags: dict[str, list[_Element]] = {name: [] for name in _TAGS}
    for element in root.iter(*_TAGS):
        tags[element.tag].append(element)
    return tags


def read_meta(tags: Iterable[_Element]) -> dict[str, list[str]]:
    """Return the contents of meta tags by lower-cased property, name or itemprop, in page order."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv") or ""
        value = (tag.get("content") or "").strip()
        values = found.setdefault(name.strip().casefold(), [])
        if value and len(values) < MAX_VALUES:
            values.append(value)
    return found


def _meta(meta: dict[str, list[str]], *names: str) -> str | None:
    return next((text for text in (clean(value, 5000) for value in _values(meta, names)) if text), None)


def _values(meta: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return next((meta[name] for name in names if meta.get(name)), [])


def _publisher(jsonld: JsonLd, meta: dict[str, list[str]]) -> str | None:
    stated = text_of(jsonld.follow(next(iter(many(jsonld.article.get("publisher"))), None)), 200)
    names = (stated, *(_meta(meta, name) for name in ("og:site_name", "publisher", "dc.publisher", "application-name")))
    return next((name for name in names if name and not _NO_NAME.search(name)), None)


def _sites(jsonld: JsonLd, meta: dict[str, list[str]], publisher: str | None, url: str | None) -> set[str]:
    """Return what the site is called, as `bare` gives it."""
    groups = [one for one in _stated_authors(jsonld) if isinstance(one, dict) and "organization" in "".join(types(one))]
    named = (_meta(meta, name) for name in ("og:site_name", "application-name", "apple-mobile-web-app-title"))
    names = (publisher, *named, *_host_names(url), *(name for one in groups for name in _names(one)))
    return {bare(name) for name in names if name}


def _headline(
    root: _Element, tags: dict[str, list[_Element]], article: Node, meta: dict[str, list[str]], sites: set[str]
) -> str | None:
    own = text_of(article.get("headline"))
    document = clean(tags["title"][0].text or "") if tags["title"] else None
    titles = (None if is_news(article) else own, *(_meta(meta, name) for name in _TITLES), document)
    headings = [*tags["h1"], *tags["h2"]]
    return find_headline(root, headings, own if is_news(article) else None, titles, sites)


def _section(
    jsonld: JsonLd, meta: dict[str, list[str]], tags: dict[str, list[_Element]], headline: str | None
) -> str | None:
    """Return the first section that is stated, else the first of the breadcrumbs behind the front page."""
    stated = text_of(jsonld.article.get("articleSection"), 200) or _meta(meta, *_SECTIONS)
    if stated:
        parts = re.split(r"\s*[,;]\s*", stated)
        return parts[0] if len(parts) > 2 else stated
    # The first is the front page; the last is the article, often in other words.
    between = (_trail(jsonld) or _shown_trail(tags))[1:-1]
    return next((name for name in between if name and bare(name) != bare(headline or "")), None)


def _trail(jsonld: JsonLd) -> list[str | None]:
    items = [jsonld.follow(item) for item in many((jsonld.trail or {}).get("itemListElement"))[:MAX_VALUES]]
    return [text_of(item.get("name") or item.get("item"), 200) for item in items if isinstance(item, dict)]


def _shown_trail(tags: dict[str, list[_Element]]) -> list[str | None]:
    lists = (one for one in (*tags["ol"], *tags["ul"]) if "BreadcrumbList" in one.get("itemtype", ""))
    first = next(lists, None)
    named = () if first is None else (part for part in first.iterdescendants() if part.get("itemprop") == "name")
    return [clean(bounded_text(part, 200)) for part in islice(named, MAX_VALUES)]


def _host_names(url: str | None) -> tuple[str, ...]:
    domain = site(url) or ""
    return (domain, f"www.{domain}", domain.partition(".")[0])


def _bylines(root: _Element, jsonld: JsonLd, meta: dict[str, list[str]]) -> Iterator[list[str]]:
    yield [name for author in _stated_authors(jsonld) for name in _names(author)]
    for tag in _AUTHORS:
        yield meta.get(tag, [])
    yield from find_bylines(root)


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


def _keywords(article: Node, meta: dict[str, list[str]]) -> tuple[str, ...]:
    named = [value.get("name") if isinstance(value, dict) else value for value in many(article.get("keywords"))]
    stated = [value for value in named if isinstance(value, str)] or _values(meta, _KEYWORDS)
    separator = r"[,;]" if len(stated) == 1 else r"$^"
    words = (clean(word, 100) for value in stated for word in re.split(separator, value[:5000]))
    return tuple(dict.fromkeys(word for word in words if word))[:MAX_KEYWORDS]


def _image(jsonld: JsonLd, meta: dict[str, list[str]], base: str | None) -> str | None:
    first = jsonld.follow(next(iter(many(jsonld.article.get("image"))), None))
    stated = first.get("url") or first.get("contentUrl") if isinstance(first, dict) else first
    values = [*(value for value in many(stated) if isinstance(value, str)), *_values(meta, _IMAGES)]
    return next((found for value in values if (found := resolve(None, value) or resolve(base, value))), None)


def _free(article: Node, meta: dict[str, list[str]]) -> bool | None:
    """Return whether all of the article is for everybody; one part that is not is enough."""
    parts = [part for part in many(article.get("hasPart"))[:MAX_VALUES] if isinstance(part, dict)]
    stated = [node.get("isAccessibleForFree") for node in (article, *parts)]
    stated += [_meta(meta, "isaccessibleforfree"), _meta(meta, "article:content_tier")]
    said = [_FREE.get(str(value).strip().rsplit("/", 1)[-1].casefold()) for value in stated if value is not None]
    known = [value for value in said if value is not None]
    return all(known) if known else None


def _language(root: _Element, article: Node, meta: dict[str, list[str]]) -> str | None:
    own = (root.get("lang"), root.get("xml:lang"), article.get("inLanguage"))
    stated = (*own, *_values(meta, ("og:locale", "content-language", "language", "dc.language")))
    return next((known for value in stated if isinstance(value, str) and (known := code(value))), None)
