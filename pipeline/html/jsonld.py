"""JSON-LD of a page as plain dicts: bounded, tolerant of what publishers break. It decides nothing about an article."""

import json
import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from lxml.etree import _Element

from pipeline.html.dom import select
from pipeline.text.normalise import fold_line

Node = dict[str, Any]

MAX_SCRIPT = 1_000_000
MAX_SCRIPTS = 50
MAX_NODES = 2_000

# What describes the article itself, best first; WebPage only where a site has nothing better.
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
    "videoobject": 2,
    "webpage": 1,
    "itempage": 1,
}
_TELLING = ("headline", "datePublished", "author", "description", "articleBody", "publisher", "mainEntityOfPage")
# Other articles hang below these keys: updates of a live blog, teasers, comments.
_ELSEWHERE = frozenset({"liveBlogUpdate", "hasPart", "isPartOf", "itemListElement", "comment", "review", "mentions"})
_ELSEWHERE |= {"citation", "relatedLink", "isBasedOn", "about"}
_WRAPPER = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_SALVAGED = {
    key: re.compile(rf'"{key}"\s{{0,9}}:\s{{0,9}}"((?:[^"\\]|\\.){{1,500}})"')
    for key in ("headline", "datePublished", "dateModified", "articleSection", "description")
}
_TAG = re.compile(r"<[^<>]{0,500}>")


class JsonLd(NamedTuple):
    """The page's article node (empty when there is none), and every node that has an @id."""

    article: Node
    by_id: dict[str, Node]

    def follow(self, value: Any) -> Any:
        """Return the node that `{"@id": ...}` refers to, else the value itself."""
        if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value


def read_jsonld(root: _Element) -> JsonLd:
    """Return the JSON-LD of a page; broken scripts give what can be salvaged, unreadable ones nothing."""
    best: Node = {}
    by_id: dict[str, Node] = {}
    for node in _nodes(root):
        if isinstance(node.get("@id"), str):
            by_id.setdefault(node["@id"], node)
        if _worth(node) > _worth(best):
            best = node
    return JsonLd(best, by_id)


def types(node: Node) -> list[str]:
    """Return the lower-cased schema.org types of a node, without their address."""
    return [value.rsplit("/", 1)[-1].casefold() for value in many(node.get("@type")) if isinstance(value, str)]


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


def _worth(node: Node) -> tuple[int, int]:
    rank = max((_RANKS.get(name, 0) for name in types(node)), default=0)
    return (rank, sum(bool(node.get(key)) for key in _TELLING)) if rank else (0, 0)


def _nodes(root: _Element) -> Iterator[Node]:
    scripts = select(root, "//script[contains(translate(@type, 'LD', 'ld'), 'ld+json')]")
    left = MAX_NODES
    for script in scripts[:MAX_SCRIPTS]:
        queue = deque([_load(script.text or "")])
        while queue and left:
            value, left = queue.popleft(), left - 1
            if isinstance(value, dict):
                yield value
                queue += [
                    inner for key, inner in value.items() if key not in _ELSEWHERE and isinstance(inner, dict | list)
                ]
            elif isinstance(value, list):
                queue += [inner for inner in value[:MAX_NODES] if isinstance(inner, dict | list)]


def _load(text: str) -> Any:
    if len(text) > MAX_SCRIPT:
        return _salvage(text[:MAX_SCRIPT])
    for attempt in (text, _TRAILING_COMMA.sub("", _WRAPPER.sub("", text))):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt.strip())[0]
        except (ValueError, RecursionError):
            continue
    return _salvage(text)


def _salvage(text: str) -> Node:
    if '"datePublished"' not in text:
        return {}
    found = {
        key: match[1].replace('\\"', '"').replace("\\/", "/")
        for key, rule in _SALVAGED.items()
        if (match := rule.search(text))
    }
    return {"@type": "Article"} | found
