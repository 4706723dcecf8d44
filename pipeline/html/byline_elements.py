"""Bylines that a page shows: what it marks as an author near the headline, then lines that begin with "By"."""

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import cast

from ahocorasick_rs import AhoCorasick
from lxml.etree import _Element

from pipeline.html.bylines import is_led, is_pen_name, is_person, split_byline
from pipeline.html.dom import bounded_text
from pipeline.html.heading import LONGEST, find_heading, following, is_elsewhere, small_text, words
from pipeline.text.normalise import fold_line

MAX_MARKED = 200
MAX_LOOKED = 20_000
# How many elements behind the headline are looked at for a line that is led by "By".
MAX_LINES = 250
MAX_BEFORE = 20
_LONGEST_PEN_NAME = 40
_LONGEST_LABEL = 60
# A paragraph of names alone is shorter than this, the first of the text longer.
_LONGEST_NAMES = 80
_LONGEST_PARAGRAPH = 20_000
# Cheap and wide, for most elements end here: what it finds is judged by whole words below.
# An automaton: a regular expression takes two and a half times as long.
_WIDE = AhoCorasick([
    "uthor", "utor", "yline", "uteur", "edakt", "erfasser", "riter", "ournalist", "ontributor", "oster", "creator",
    "/staff/", "eporter", "olumnist", "/profil", "/by/",
])  # fmt: skip
_ATTRIBUTES = frozenset({"class", "id", "rel", "itemprop", "property", "href"})
_NAMING = frozenset({
    "author", "authors", "byline", "bylines", "autor", "autores", "autoren", "autorin", "auteur", "auteurs",
    "autore", "autori", "redakteur", "redakteurin", "verfasser", "writer", "writers", "journalist", "journalists",
    "contributor", "contributors", "poster",
})  # fmt: skip
_BESIDE = frozenset({
    "bio", "biography", "description", "avatar", "image", "img", "photo", "foto", "picture", "comment",
    "comments", "follow", "social", "twitter", "email", "mail", "related", "count", "role", "job", "position",
    "desc", "more", "posts", "articles", "teaser", "date", "time", "location", "place", "type", "card",
})  # fmt: skip
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|i|e)?|auteurs?|redaktion|staff|journalists?|reporters?|contributors?|"
    r"columnists?|profile?s?|by)/[^/?#]{2,80}(?:[/?#]|$)",
    re.IGNORECASE,
)
# "By Election Day", "By Popular Demand": no byline, whatever its capitals.
_NO_PERSON = frozenset({
    "day", "night", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "election", "demand",
    "popular", "default", "design", "law", "contrast", "richtung", "nach", "bis", "zu", "road", "sea", "air", "hand",
})  # fmt: skip
_EMPHASIS = frozenset({"strong", "b", "em", "i"})
_LINES = frozenset({
    "p", "div", "span", "li", "td", "th", "dt", "dd", "address", "em", "strong", "b", "i", "small", "a",
})  # fmt: skip


def find_bylines(root: _Element) -> Iterator[list[str]]:
    """Return groups of names that the page shows as its authors, the surest first; none where it shows none."""
    heading = find_heading(root)
    if heading is None:
        yield from _marked(root.iter(), frozenset())
        yield from _led(root.iter(), frozenset())
        return
    around = frozenset(heading.iterancestors())
    yield from _marked(following(heading), around)
    yield from _led(following(heading), around)
    yield from _alone(following(heading), around)
    before = [*takewhile(lambda one: one is not heading, root.iter())]
    yield from _led(iter(before[-MAX_BEFORE:]), around)
    yield from _marked(iter(before), around)


def _marked(elements: Iterator[_Element], around: frozenset[_Element]) -> Iterator[list[str]]:
    likely = islice(filter(_is_likely, islice(elements, MAX_LOOKED)), MAX_MARKED)
    ranked = [(rank, one) for one in likely if (rank := _rank(one)) and not is_elsewhere(one, around)]
    for wanted in (3, 2, 1):
        chosen = next((one for rank, one in ranked if rank == wanted and _names(one)), None)
        if chosen is not None:
            box = _box(chosen)
            yield _shortest([name for _, one in ranked if box in (one, *one.iterancestors()) for name in _names(one)])


def _is_likely(element: _Element) -> bool:
    values = cast(list[str], element.values())
    # The names of attributes are asked for only where one tells: three quarters of the time went into them.
    if values and _WIDE.find_matches_as_indexes(" ".join(values)):
        told = any(_WIDE.find_matches_as_indexes(str(value)) for name, value in element.items() if name in _ATTRIBUTES)
        return told or element.tag == "address"
    return element.tag == "address"


def _rank(element: _Element) -> int:
    """Return how surely an element names the author: 3 by vocabulary, 2 by class, 1 by address, 0 not at all."""
    own = words(element)
    if own & _BESIDE:
        return 0
    stated = f"{element.get('rel', '')} {element.get('itemprop', '')} {element.get('property', '')}".split()
    if "author" in stated or "creator" in stated:
        return 3
    if own & _NAMING or (element.tag == "address" and _is_of_person(element)):
        return 2
    return int(_is_profile(element))


def _is_of_person(address: _Element) -> bool:
    """Return whether an <address> is that of an author, and not where something happens."""
    inner = islice(address.iterdescendants(), 10)
    named = any(_is_profile(one) or words(one) & _NAMING or one.get("rel") == "author" for one in inner)
    return named or _begins(address)


def _is_profile(element: _Element) -> bool:
    return element.tag == "a" and _PROFILE.search(str(element.get("href", ""))[:500]) is not None


def _box(element: _Element) -> _Element:
    """Return the largest of the three boxes around a byline that holds little else."""
    box = element
    for parent in islice(element.iterancestors(), 3):
        if not small_text(parent):
            break
        box = parent
    return box


def _names(element: _Element) -> list[str]:
    """Return the persons that an element names; else its text, where that is one line, short enough for a pen name."""
    text = small_text(element)
    lines = text.split("\n")
    persons = [name for line in lines for name in split_byline(line) if is_person(name)]
    if len(lines) > 1:
        # Among lines of labels no name of one word can be told from them.
        persons = [name for name in persons if " " in name]
    if persons or len(lines) > 1 or len(text) > _LONGEST_PEN_NAME:
        return persons
    return [name for name in split_byline(text) if is_pen_name(name)][:1]


def _shortest(names: list[str]) -> list[str]:
    """Return the persons (else pen names) once each, without those that hold another: "Ann Bee Berlin", "Ann Bee"."""
    names = [name for name in names if is_person(name)] or names
    return [
        name
        for name in dict.fromkeys(names)
        if not any(f" {other} " in f" {name} " for other in names if other != name)
    ]


def _led(elements: Iterator[_Element], around: frozenset[_Element]) -> Iterator[list[str]]:
    for element in islice(elements, MAX_LINES):
        if element.tag in _LINES and _begins(element) and not is_elsewhere(element, around):
            # "By" may stand in an element of its own.
            alone = is_led(f"{small_text(element)} x")
            names = _first_line(element) or (_first_line(element.getnext()) if alone else [])
            if names and _are_persons(names, small_text(element).split("\n")[0]):
                yield names


def _are_persons(names: list[str], line: str) -> bool:
    # "Source: The title of what is cited, of which a part is written as names are" is longer than a label and names.
    sure = len(line) <= len(" ".join(names)) + _LONGEST_LABEL and all(map(is_person, names))
    return sure and not _NO_PERSON & set(" ".join(names).casefold().split())


def _alone(elements: Iterator[_Element], around: frozenset[_Element]) -> Iterator[list[str]]:
    """Yield the names of a paragraph of nothing but names, emphasised, where the first full paragraph follows it."""
    for element in islice(elements, MAX_LINES):
        if element.tag == "p":
            if _is_full(element) and not is_elsewhere(element, around):
                return
            names = _emphasised(element, small_text(element))
            if names and _is_full(element.getnext()) and not is_elsewhere(element, around):
                yield names


def _emphasised(paragraph: _Element, text: str) -> list[str]:
    """Return the persons that are all of an emphasised paragraph; [] for any other."""
    if len(paragraph) != 1 or paragraph[0].tag not in _EMPHASIS or "\n" in text:
        return []
    beside = f"{paragraph.text or ''}{paragraph[0].tail or ''}".strip()
    names = [] if beside or text.endswith((":", ".", "!", "?")) else split_byline(text)
    named = all(is_person(name) and 2 <= len(name.split()) <= 3 for name in names)
    return names if named and len(" ".join(names)) > 0.7 * len(text) else []


def _is_full(element: _Element | None) -> bool:
    return (
        element is not None and element.tag == "p" and len(bounded_text(element, _LONGEST_PARAGRAPH)) > _LONGEST_NAMES
    )


def _first_line(element: _Element | None) -> list[str]:
    return [] if element is None else split_byline(small_text(element).split("\n")[0])


def _begins(element: _Element) -> bool:
    """Return whether the first words of an element lead a byline, or are all that leads it."""
    first = element.text
    if not first or first.isspace():
        inner = islice(element.iterdescendants(), 5)
        first = next((text for one in inner for text in (one.text, one.tail) if text and not text.isspace()), "")
    return bool(first) and is_led(f"{fold_line(first[:LONGEST])} x")
