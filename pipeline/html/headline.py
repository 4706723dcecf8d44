"""The headline of an article: the heading that a page shows and its head confirms, else what its head agrees on."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.etree import _Element, iterwalk

from pipeline.html.bylines import bare
from pipeline.html.dom import bounded_text, select
from pipeline.html.jsonld import clean

MAX_HEADINGS = 40
MAX_PARTS = 50
LONGEST = 1_000
# So many of the words of two titles (Dice) are the same when they are two wordings of one headline.
ALIKE = 0.4
EQUAL = 1.0

_SEPARATOR = re.compile(r"\s+[|–—•·»«:/-]+\s+|\s*[|ㅣ｜]\s*")
# Titles in Chinese, Japanese and Korean end in the name of the site without blanks.
_TAIL_OF_IDEOGRAPHS = re.compile(r"(?<=[^\x00-\u2fff])\s?[-_－–—]\s?[^\x00-\u2fff]{1,12}$")
_GOES_ON = re.compile(r"\s*[|ㅣ｜·•–—_«»-]")
_CUT_SHORT = re.compile(r"\s*(?:\.\.\.|…)$")
_AFTER_KICKER = re.compile(r":\s+\S")
_WORD = re.compile(r"[^\W_]+")
_DAY = re.compile(r"\s*\d{1,2}([./-])\d{1,2}\1\d{4}")
_QUOTES = re.compile("[\"'„“”«»‘’‚`´]")

_NAMING = ("class", "id", "itemprop", "role", "aria-label", "data-testid")
_TRAIL = re.compile(r"bread-?_?crumb|brotkrume", re.IGNORECASE)
_LOGO = re.compile(r"\blogo|site-?_?(?:title|name|branding)", re.IGNORECASE)
_UNSEEN = re.compile(r"screen-?reader|sr-only|visually-?hidden|\baural\b|(?:^|\s)hidden(?:\s|$)", re.IGNORECASE)
_OF_ARTICLE = re.compile(r"(?:article|entry|post|story)[-_]{0,2}(?:title|head)", re.IGNORECASE)
_MAIN = re.compile(r"(?i:headline)|(?<![a-z])(?i:title|titel|titulo|titre|titolo)|Title")
_BESIDE = re.compile(
    r"kicker|over-?_?line|roof-?_?line|dach-?_?zeile|top-?_?line|eye-?_?brow|spitz-?_?marke|ober-?_?titel|sub-?_?line|"
    r"(?:pre|super|supra|sub)-?_?(?:title|headline|heading)|sur-?_?titre|ante-?_?titulo|volanta|cintillo|occhiello|"
    r"chapeu|strap-?_?line|label|unter-?_?(?:titel|zeile)|badge|category|rubri[ck]",
    re.IGNORECASE,
)
_APART = frozenset({"div", "p", "br", "small", "strong", "h2", "h3"})


class _Shown(NamedTuple):
    text: str
    whole: str


def find_headline(
    root: _Element, headings: Sequence[_Element], own: str | None, titles: Iterable[str | None], sites: set[str]
) -> str | None:
    """Return the headline without kicker and name of the site; None when the page has neither heading nor title.

    `headings` are the h1 and h2 in page order, `own` is what the data of a news article calls its headline, `titles`
    are the other ones that the head states, the most trusted first, `sites` the names of the site as `bare` gives them.
    """
    first = [one for one in headings if one.tag == "h1"][:MAX_HEADINGS]
    logos = [one for one in first if _is_logo(one)]
    sites = sites | {bare(bounded_text(logo, 100)) for logo in logos} - {""}
    own = _without_site(own, sites) if own else None
    stated = _stated([own, *titles], sites)
    others = [one for one in first if one not in logos]
    trails = [one for one in others if _is_elsewhere(one)]
    shown = _shown((one for one in others if one not in trails), stated, sites)
    visible, trusted = _likest(shown, stated, ALIKE), False
    if not visible:
        least = EQUAL if shown or trails else ALIKE
        instead = (_likest(_shown(some, stated, sites), stated, least) for some in _instead(root, headings))
        visible = next(filter(None, instead), None)
        trusted = least == EQUAL
    if own and visible:
        return _of_two(own, visible, trusted)
    spare = (*shown, *_shown(trails, stated, sites))
    return visible or own or _voted(stated) or (spare[0].text if spare else None)


def _instead(root: _Element, headings: Sequence[_Element]) -> Iterator[list[_Element]]:
    """Yield what may be the headline of a page whose h1 is the end of a trail, the name of the site or missing."""
    second = islice((one for one in headings if one.tag == "h2"), MAX_HEADINGS)
    yield [one for one in second if not _is_elsewhere(one)]
    marked = select(root, "//*[@itemprop='headline' and not(self::meta)]")[:MAX_HEADINGS]
    yield [one for one in marked if not _is_elsewhere(one)]


def _shown(headings: Iterable[_Element], stated: list[str], sites: set[str]) -> list[_Shown]:
    found = [one for heading in headings if (one := _read(heading, stated, sites))]
    return [one for one in found if one.text and bare(one.text) not in sites]


def _likest(shown: list[_Shown], stated: list[str], least: float) -> str | None:
    """Return the first of the headings that are most like a stated title; None when none is like one."""
    best, most = None, 0.0
    for one in shown:
        alike = max((_likeness(form, title) for title in stated for form in set(one)), default=EQUAL)
        if alike >= least and alike > most:
            best, most = one.text, alike
    return best


def _of_two(own: str, visible: str, trusted: bool) -> str:
    """Return the stated headline of a news article, or the visible one where the other is a line for search engines."""
    if bare(own).endswith(bare(visible)) and _AFTER_KICKER.search(own):
        return own
    less = bare(visible).startswith(bare(own)) or _is_less(own, visible)
    return visible if less or trusted or _likeness(visible, own) < ALIKE else own


def _likeness(text: str, title: str) -> float:
    """Return the share of words that a heading and a stated title have in common, from 0 to 1."""
    begins = " " in text and _key(title).startswith(_key(text))
    if begins or bare(text) == bare(title) or bare(text) == bare(_longest_part(title)):
        return EQUAL
    words, others = _words(text), _words(title)
    return 2 * len(words & others) / ((len(words) + len(others)) or 1)


def _words(text: str) -> set[str]:
    """Return the words of a text; pairs of letters where words are not parted."""
    found = _WORD.findall(text.casefold())
    return {part for word in found for part in (map("".join, pairwise(word)) if word[0] >= "\u3040" else (word,))}


def _is_logo(heading: _Element) -> bool:
    near = [heading, *islice(heading.iterancestors(), 2), *islice(heading.iterdescendants(), 3)]
    return any(_is_home(one.get("href")) or _LOGO.search(_marks(one)) for one in near)


def _is_home(href: str | None) -> bool:
    try:
        parts = urlsplit((href or "")[:300])
    except ValueError:
        return False
    # "/?p=7" is an article of a blog.
    return (parts.path or ("/" if parts.netloc else "")) == "/" and not re.search(r"\d", parts.query)


def _is_elsewhere(heading: _Element) -> bool:
    """Return whether a heading is part of a menu, a trail of breadcrumbs, a list or another column, or is not seen."""
    above, marks = list(islice(heading.iterancestors(), 5)), _marks(heading)
    return (
        _UNSEEN.search(marks) is not None
        or _TRAIL.search(marks) is not None
        or any(one.tag in ("nav", "aside", "footer") for one in above)
        or any(one.tag == "li" for one in above[:2])
        or (not _OF_ARTICLE.search(marks) and any(_TRAIL.search(_marks(one)) for one in above))
    )


def _marks(element: _Element) -> str:
    """Return what a page calls an element: its classes and the like, and the names of its data."""
    named = (str(name) for name in element.attrib if str(name).startswith("data-"))
    return " ".join((*(element.get(name, "")[:200] for name in _NAMING), *named))


def _read(heading: _Element, stated: list[str], sites: set[str]) -> _Shown | None:
    """Return the words of a heading: as they are stated, else without kicker and subtitle; and all of them."""
    whole = clean(bounded_text(heading, LONGEST))
    if not whole:
        return None
    inner = list(islice(heading.iterdescendants(), MAX_PARTS))
    if not inner or (stated and bare(stated[0]) == bare(whole)):
        return _Shown(_without_site(stated[0] if inner else whole, sites), whole)
    parts = {bare(text) for one in inner if (text := clean(bounded_text(one, LONGEST))) and " " in text}
    exact = next((title for title in stated if bare(title) in parts), None)
    main = [one for one in inner if _MAIN.search(_marks(one)) and not _BESIDE.search(_marks(one))]
    told = clean("".join(_pieces(main[0] if len(main) == 1 else heading)))
    return _Shown(_without_site(exact or told or whole, sites), whole)


def _pieces(heading: _Element) -> Iterator[str]:
    """Yield the text of a heading in pieces, with blanks where the page shows a gap, without what stands beside it."""
    walk = iterwalk(heading, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            if element is not heading:
                yield (" " if _ends(element) else "") + (element.tail or "")
        elif element is not heading and _BESIDE.search(_marks(element)):
            walk.skip_subtree()
        else:
            yield (" " if element.tag in _APART else "") + (element.text or "")


def _ends(element: _Element) -> bool:
    after = element.getnext()
    beside = after is not None and element.tag == after.tag == "span" and not element.tail
    return beside or element.tag in _APART


def _stated(titles: Iterable[str | None], sites: set[str]) -> list[str]:
    """Return the titles without the site, and without those that only continue another one or cut it short."""
    found = [_without_site(title[:LONGEST], sites) for title in titles if title and bare(title) not in sites]
    return [one for one in found if one and not any(_is_less(one, other) for other in found)]


def _is_less(one: str, other: str) -> bool:
    if one.startswith(other):
        return 10 < len(other) < len(one) and _GOES_ON.match(one, len(other)) is not None
    short = _CUT_SHORT.sub("", one)
    return short != one and other.startswith(short)


def _voted(stated: list[str]) -> str | None:
    """Return the title that most places state, the first of the best; of a lone one the longest part."""
    if len(stated) == 1:
        return _TAIL_OF_IDEOGRAPHS.sub("", _longest_part(stated[0]))
    votes = Counter(map(_key, stated))
    return max(stated, key=lambda title: votes[_key(title)], default=None)


def _longest_part(title: str) -> str:
    """Return the longest part of "headline - section - site" and of "site | headline", else the title."""
    parts = _SEPARATOR.split(title)
    return max(parts, key=len) if len(parts) > 2 or "|" in title else title


def _key(text: str) -> str:
    return " ".join(_QUOTES.sub("", text).casefold().split())


def _without_site(title: str, sites: set[str]) -> str:
    while (cuts := list(_SEPARATOR.finditer(title))) and bare(title[cuts[-1].end() :]) in sites:
        title = title[: cuts[-1].start()]
    if cuts and (bare(title[: cuts[0].start()]) in sites or _DAY.fullmatch(title, 0, cuts[0].start())):
        title = title[cuts[0].end() :]
    return title.strip()
