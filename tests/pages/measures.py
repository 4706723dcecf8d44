"""How close what was read from a page is to its gold, page by page and over many.

Text is measured as in scrapinghub's article-extraction-benchmark (multisets of four words in a row; precision and recall
averaged over pages), segments as in trafilatura's evaluation (those that must, and must not, be in the text).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import mean
from typing import Any, NamedTuple

from pipeline.model import Article, NewsDate

_WORD, _BLANKS = re.compile(r"\w+"), re.compile(r"\s+")
_MARKS = str.maketrans(dict.fromkeys("„“”«»", '"') | dict.fromkeys("‘’‚", "'") | dict.fromkeys("–—‐", "-"))
_BY = re.compile(r"^(by|von|par|por|di|van|door|av|af)\s+")
_UNSPACED = {"ja", "zh", "th"}
_RUN = 4


class Reading(NamedTuple):
    """What an extraction says of a page, in the form that is compared; day is None where no day is known."""

    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    day: str | None = None
    language: str | None = None
    genre: str | None = None
    section: str | None = None
    paywall: bool | None = None
    embeds: tuple[str, ...] = ()


class Hits(NamedTuple):
    """What was right on one page: shingles and segments as (found, too much, missed), fields as right or not."""

    shingles: tuple[float, float, float] | None
    segments: tuple[int, int, int] | None
    fields: dict[str, bool]


FIELDS: dict[str, Callable[[Any, Reading], bool]] = {
    "title": lambda gold, read: norm_title(gold) == norm_title(read.title),
    "authors": lambda gold, read: _names(gold) == _names(read.authors),
    "date": lambda gold, read: gold == read.day,
    "language": lambda gold, read: gold == read.language,
    "genre": lambda gold, read: gold == (read.genre or ""),
    "section": lambda gold, read: gold.casefold() == (read.section or "").casefold(),
    "paywall": lambda gold, read: gold == read.paywall,
    "embeds": lambda gold, read: tuple(gold) == read.embeds,
}


def reading(article: Article | None) -> Reading:
    """Return what is compared of an article; nothing where there is none."""
    if article is None:
        return Reading()
    return Reading(
        text=article.article_body,
        title=article.headline,
        authors=article.authors,
        day=_day(article.published),
        language=article.in_language,
        genre=article.genre,
        section=article.article_section,
        paywall=article.is_accessible_for_free is False if article.is_accessible_for_free is not None else None,
        embeds=tuple(post.platform for post in article.embeds),
    )


def _day(published: NewsDate | None) -> str | None:
    exact = published is not None and published.precision in ("second", "minute", "hour", "day")
    return published.day.isoformat() if published is not None and exact else None


def compare(gold: dict[str, Any], read: Reading) -> Hits:
    """Return what was right of those fields that the gold has; a field that it lacks is not measured."""
    text = unicodedata.normalize("NFC", read.text)
    wanted = {name: gold[name] for name in FIELDS if name in gold}
    return Hits(
        shingles=_shares(gold["text"], text, gold.get("language")) if "text" in gold else None,
        segments=_segments(gold, text) if "with" in gold else None,
        fields={name: FIELDS[name](value, read) for name, value in wanted.items()},
    )


def _shares(gold: str, text: str, language: str | None) -> tuple[float, float, float]:
    wanted, found = (shingles(unicodedata.normalize("NFC", one), language) for one in (gold, text))
    both = (wanted & found).total()
    parts = (both, found.total() - both, wanted.total() - both)
    return tuple(part / (sum(parts) or 1) for part in parts)  # type: ignore[return-value]


def shingles(text: str, language: str | None = None) -> Counter[tuple[str, ...]]:
    """Return the runs of four words, or of four characters where a language parts no words."""
    words = _WORD.findall(text)
    if language in _UNSPACED:
        words = list("".join(words))
    runs = (tuple(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1)))
    return Counter(run for run in runs if run)


def _segments(gold: dict[str, Any], text: str) -> tuple[int, int, int]:
    flat = _BLANKS.sub(" ", text)
    kept, taken = ([_BLANKS.sub(" ", one).strip() in flat for one in gold[name]] for name in ("with", "without"))
    return sum(kept), sum(taken), len(kept) - sum(kept)


def norm_title(title: str | None) -> str:
    """Return a title without quotation marks, case and the kind of its dashes."""
    plain = unicodedata.normalize("NFKC", title or "").translate(_MARKS).replace('"', "").replace("'", "").casefold()
    return _BLANKS.sub(" ", plain).strip(" .|-:")


def _names(authors: Iterable[str]) -> set[str]:
    bare = (_BY.sub("", unicodedata.normalize("NFKC", one).casefold().strip()) for one in authors)
    return {_BLANKS.sub(" ", re.sub(r"[^\w\s]", " ", one)).strip() for one in bare} - {""}


def figures(pages: Sequence[Hits]) -> dict[str, float]:
    """Return each measure over some pages, those without gold left out."""
    found: dict[str, float] = {}
    if texts := [page.shingles for page in pages if page.shingles]:
        found |= text_figures(texts)
    if parts := [page.segments for page in pages if page.segments]:
        found |= segment_figures(parts)
    for name in FIELDS:
        if right := [page.fields[name] for page in pages if name in page.fields]:
            found[name] = mean(right)
    return found


def text_figures(pages: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    """Return precision and recall averaged over pages, a page counted where it has either, and their F1."""
    precision = mean([hit / (hit + more) if hit else 0.0 for hit, more, _ in pages if hit + more] or [0.0])
    recall = mean([hit / (hit + less) if hit else 0.0 for hit, _, less in pages if hit + less] or [0.0])
    both = precision + recall
    return {"text": 2 * precision * recall / both if both else 0.0, "text_p": precision, "text_r": recall}


def segment_figures(pages: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    """Return F1, precision and recall over all segments of all pages together."""
    hit, more, less = (sum(page[part] for page in pages) for part in range(3))
    return {
        "segments": 2 * hit / max(1, 2 * hit + more + less),
        "segments_p": hit / max(1, hit + more),
        "segments_r": hit / max(1, hit + less),
    }


def page_f1(page: Hits) -> float:
    """Return how well one page's text fits, by its segments where there is no full text in the gold."""
    hit, more, less = page.shingles or page.segments or (0, 0, 0)
    return 2 * hit / ((2 * hit + more + less) or 1)
