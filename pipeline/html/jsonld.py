"""JSON-LD of a page as plain dicts: bounded, tolerant of what publishers break. It decides nothing about an article."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from lxml.etree import _Element

from pipeline.text.normalise import fold_line

Node = dict[str, Any]

MAX_SCRIPT = 1_000_000
MAX_SCRIPTS = 50
MAX_NODES = 2_000
_ARTICLE = 3
_NEWS = 5

# What describes the article itself, best first; a page, or a film on it, only where a site has nothing better.
_RANKS = {
    "liveblogposting": 5,
    "reportagenewsarticle": 5,
    "analysisnewsarticle": 5,
    "opinionnewsarticle": 5,
    "backgroundnewsarticle": 5,
    "reviewnewsarticle": 5,
    "askpublicnewsarticle": 5,
    "satiricalarticle": 5,
    "advertisercontentarticle": 5,
    "newsarticle": 5,
    "report": 4,
    "article": 4,
    "blogposting": 4,
    "scholarlyarticle": 4,
    "socialmediaposting": 3,
    "techarticle": 3,
    "webpage": 2,
    "itempage": 2,
    "videoobject": 1,
}
_TELLING = ("headline", "datePublished", "author", "description", "articleBody", "publisher", "mainEntityOfPage")
# Other articles hang below these keys: updates of a live blog, teasers, comments.
_ELSEWHERE = frozenset({"liveBlogUpdate", "hasPart", "isPartOf", "itemListElement", "comment", "review", "mentions"})
_ELSEWHERE |= {"citation", "relatedLink", "isBasedOn", "about"}
_DECODER = json.JSONDecoder(strict=False)
_WRAPPER = re.compile(r"[\s/*;]*+(?:<!--)?[\s/*]*+(?:<!\[CDATA\[)?[\s/*]*+")
_BETWEEN = re.compile(r"[\s,;]*+(?=[\[{])")
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_ENDS = {"{": "}", "[": "]"}
_PART = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_SALVAGED = {
    key: re.compile(rf'"{key}"\s{{0,9}}:\s{{0,9}}"((?:[^"\\]|\\.){{1,500}})"')
    for key in ("headline", "datePublished", "dateModified", "articleSection", "description")
}
_SALVAGED_TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(\w{1,40})"')
_SALVAGED_AUTHOR = re.compile(r'"author"\s{0,9}:\s{0,9}[\[{][^\]}]{0,300}?"name"\s{0,9}:\s{0,9}"([^"\\]{1,100})"')
_TAG = re.compile(r"<[^<>]{0,500}>")


class JsonLd(NamedTuple):
    """The page's article node (empty when there is none), every node that has an @id, the trail of breadcrumbs."""

    article: Node
    by_id: dict[str, Node]
    trail: Node | None = None

    def follow(self, value: Any) -> Any:
        """Return the node that `{"@id": ...}` refers to, else the value itself."""
        if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value


def read_jsonld(scripts: Iterable[_Element], url: str | None = None) -> JsonLd:
    """Return the JSON-LD in script elements; broken ones give what can be salvaged, unreadable ones nothing.

    Of several articles that one speaks whose address is `url`, then the one of the most telling type.
    """
    best: Node = {}
    trail: Node | None = None
    worth = (False, 0, 0)
    by_id: dict[str, Node] = {}
    path = _path(url)
    for node in _nodes(scripts):
        # A node of nothing but its @id is a reference.
        if isinstance(node.get("@id"), str) and len(node) > 1:
            by_id.setdefault(node["@id"], node)
        kinds = types(node)
        rank = max((_RANKS.get(kind, 0) for kind in kinds), default=0)
        if rank and (found := _worth(node, rank, path)) > worth:
            best, worth = node, found
        if "breadcrumblist" in kinds and not trail:
            trail = node
    return JsonLd(best, by_id, trail)


def types(node: Node) -> list[str]:
    """Return the lower-cased schema.org types of a node, without their address."""
    return [value.rsplit("/", 1)[-1].casefold() for value in many(node.get("@type")) if isinstance(value, str)]


def is_news(node: Node) -> bool:
    """Return whether a node is a news article, not a page or the post of a blog."""
    return any(_RANKS.get(name) == _NEWS for name in types(node))


def many(value: Any) -> list[Any]:
    """Return a JSON value as a list: itself, or the only member, or nothing for null."""
    return value if isinstance(value, list) else [] if value is None else [value]


def text_of(value: Any, most: int = 1000) -> str | None:
    """Return a JSON value as one line of text, entities decoded and tags removed; None when it holds none."""
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("text")
    if not isinstance(value, str):
        return None
    return clean(value, most)


def clean(value: str, most: int = 1000) -> str | None:
    """Return markup as one line of text: entities decoded twice, as publishers encode twice; None when empty."""
    value = value[: 4 * most]
    if "&" in value:
        value = unescape(unescape(value))
    return fold_line(_TAG.sub(" ", value))[:most].strip() or None


def _worth(node: Node, rank: int, path: str) -> tuple[bool, int, int]:
    # Any page, the film on it too, has the address of the page; only among articles it tells which is the page's own.
    own = rank >= _ARTICLE and path != "" and any(_path(address) == path for address in _addresses(node))
    return own, rank, sum(bool(node.get(key)) for key in _TELLING)


def _addresses(node: Node) -> Iterator[str]:
    for value in (node.get("url"), node.get("mainEntityOfPage"), node.get("@id")):
        address = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(address, str):
            yield address


def _path(address: str | None) -> str:
    """Return the path of an address, by which it is known again under another scheme, host or campaign."""
    try:
        return unquote(urlsplit((address or "")[:2000]).path).rstrip("/")
    except ValueError:
        return ""


def _nodes(scripts: Iterable[_Element]) -> Iterator[Node]:
    data = (one for one in scripts if "ld+json" in one.get("type", "").casefold())
    left = MAX_NODES
    for script in islice(data, MAX_SCRIPTS):
        queue = deque(_load(script.text or ""))
        while queue and left:
            value, left = queue.popleft(), left - 1
            if isinstance(value, dict):
                yield value
                queue += [
                    inner for key, inner in value.items() if key not in _ELSEWHERE and isinstance(inner, dict | list)
                ]
            elif isinstance(value, list):
                queue += [inner for inner in value[:MAX_NODES] if isinstance(inner, dict | list)]


def _load(text: str) -> list[Any]:
    if len(text) > MAX_SCRIPT:
        return [_salvage(text[:MAX_SCRIPT])]
    text = text[match.end() :] if (match := _WRAPPER.match(text)) else text
    if text.startswith(("{&quot;", "[{&quot;")):
        text = unescape(text)
    for mend in (str, _without_commas, _closed):
        try:
            return _decode(mend(text))
        except (ValueError, RecursionError):
            continue
    return [_salvage(text)]


def _decode(text: str) -> list[Any]:
    """Return the JSON values at the start of a text, of which there may be several; ValueError when there is none."""
    value, end = _DECODER.raw_decode(text)
    values = [value]
    while len(values) < MAX_SCRIPTS and (gap := _BETWEEN.match(text, end)):
        try:
            value, end = _DECODER.raw_decode(text, gap.end())
        except ValueError:
            break
        values.append(value)
    return values


def _without_commas(text: str) -> str:
    return _TRAILING_COMMA.sub("", text)


def _closed(text: str) -> str:
    """Return JSON without trailing commas and with the quote and brackets that its end lacks."""
    text = text.rstrip(" \t\r\n,\\")
    open_ends: list[str] = []
    for part in _PART.findall(text):
        if part in _ENDS:
            open_ends.append(_ENDS[part])
        elif part in "}]" and open_ends:
            open_ends.pop()
        elif part[-1] != '"' or len(part) == 1:
            open_ends.append('"')
    return _without_commas(text + "".join(reversed(open_ends)))


def _salvage(text: str) -> Node:
    """Return what can be read of data that are no JSON, such as texts with quotes in them; nothing without a date."""
    if '"datePublished"' not in text:
        return {}
    found: Node = {
        key: match[1].replace('\\"', '"').replace("\\/", "/")
        for key, rule in _SALVAGED.items()
        if (match := rule.search(text))
    }
    kinds = (match[1] for match in islice(_SALVAGED_TYPE.finditer(text), MAX_SCRIPTS))
    author = _SALVAGED_AUTHOR.search(text)
    return found | {
        "@type": next((kind for kind in kinds if _RANKS.get(kind.casefold(), 0) >= _ARTICLE), "Article"),
        "author": {"name": author[1]} if author else None,
    }
