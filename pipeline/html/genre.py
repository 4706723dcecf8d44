"""The kind of text a page labels itself as: live blog, opinion, gallery and the like. It reads no running text."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

MAX_PARTS = 20
# Schema.org's types say it best; Open Graph's only what is played.
_TYPES = {
    "liveblogposting": "liveblog",
    "opinionnewsarticle": "opinion",
    "analysisnewsarticle": "analysis",
    "reviewnewsarticle": "review",
    "backgroundnewsarticle": "background",
    "reportagenewsarticle": "report",
    "satiricalarticle": "satire",
    "advertisercontentarticle": "advertisement",
    "review": "review",
}
_OPEN_GRAPH = {"video": "video", "music": "audio"}
# "Anzeige: Mann bedroht Nachbarn" is of the police, "Podcast: how radio lives on" of radio.
_NO_PREFIX = frozenset({"advertisement", "audio"})
# A section of this name holds whatever is new, or concerts.
_NO_FILE = frozenset({"live"})
_BEFORE_COLON = re.compile(r"\s*[:|]\s|：")
_LIVE = re.compile(r"(?:^|[-_/])(?:live-?blog|news-?blog|live-?ticker)(?=[-_/.,]|$)")


def find_genre(
    types: Iterable[str],
    og_type: str | None,
    titles: Iterable[str | None],
    section: str | None,
    url: str | None,
) -> str | None:
    """Return the kind of a text by its types, titles, section and address, in this order; None when none tells."""
    typed = next((_TYPES[name] for name in types if name in _TYPES), None)
    played = _OPEN_GRAPH.get((og_type or "").casefold().partition(".")[0])
    names = _names()
    prefixed = (names.get(_plain(label)) for label in _prefixes(titles))
    filed = (names.get(_plain(label)) for label in (section or "", *_folders(url)) if _plain(label) not in _NO_FILE)
    called = next((kind for kind in prefixed if kind and kind not in _NO_PREFIX), None)
    return (
        typed
        or played
        or called
        or next(filter(None, filed), None)
        or ("liveblog" if _LIVE.search(_address(url)) else None)
    )


def _prefixes(titles: Iterable[str | None]) -> Iterator[str]:
    for title in titles:
        if title and (colon := _BEFORE_COLON.search(title[:60])):
            yield title[: colon.start()]


def _folders(url: str | None) -> list[str]:
    """Return the parts of an address but the last, which is about the story."""
    return list(islice(filter(None, _address(url).split("/")[:-1]), MAX_PARTS))


def _address(url: str | None) -> str:
    try:
        return unquote(urlsplit((url or "")[:2000]).path).casefold().rstrip("/")
    except ValueError:
        return ""


def _plain(label: str) -> str:
    """Return a label without case, accents, blanks and punctuation, as addresses write it."""
    return "".join(filter(str.isalnum, normalize("NFKD", label[:100].casefold())))


@cache
def _names() -> dict[str, str]:
    data = tomllib.loads((files("pipeline.html") / "genres.toml").read_text("utf-8"))
    return {_plain(name): genre for genre, names in data.items() for listed in names.values() for name in listed}
