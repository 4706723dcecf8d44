"""Persons, organisations and places that an article names, by lists and rules; rather silent than wrong."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeVar

from pipeline.text.lexicon import Lexicon, lexicon
from pipeline.text.names import Name, chains, kind
from pipeline.text.organizations import (
    defined_acronyms,
    find_acronyms,
    find_defined,
    find_headed,
    find_listed,
    find_teams,
)
from pipeline.text.persons import find_persons, find_surnames, fullest, surname
from pipeline.text.places import Found, find_places
from pipeline.text.reading import MASK, without
from pipeline.text.traits import is_given

Label = Literal["PER", "ORG", "LOC"]
Span = TypeVar("Span", Name, Found)

_NEXT_WORD = re.compile(r" ([^\W\d_]\w+)")


class Mention(NamedTuple):
    """A name at body[char_start:char_end]; `name` is the fullest form in the article, what follows it is of places."""

    char_start: int
    char_end: int
    surface: str
    name: str
    label: Label
    kb_id: str | None = None
    country_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def find_mentions(body: str, language: str | None, masked: Sequence[tuple[int, int]] = ()) -> list[Mention]:
    """Return the names in body in order of appearance, none overlapping, none inside the masked spans."""
    text = without(body, masked, MASK)
    words = lexicon(language)
    runs = chains(text, words)
    known = {word.text for run in runs for word in run}
    places = find_places(text, language)
    toponyms = {found.place.name for found in places}

    taken = bytearray(len(text))
    listed = list(find_listed(text, language))
    organizations = _apart(taken, (name for name in listed if " " in text[name.start : name.end]))
    organizations += _apart(taken, find_defined(text, words, toponyms))
    if language == "en":
        organizations += _apart(taken, find_teams(text, places))
    organizations += _apart(taken, find_headed(text, runs, words, toponyms))
    towns = _apart(taken, (found for found in places if _is_long_place(found)))
    persons = _apart(taken, find_persons(text, runs, words, known, toponyms))
    full = fullest(person.name for person in persons)
    persons = [person._replace(name=full.get(surname(person.name), person.name)) for person in persons]
    persons += _apart(taken, find_surnames(runs, full, known))
    organizations += _apart(taken, listed)
    names_of_persons = {part for person in persons for part in person.name.split()}
    towns += _apart(taken, (found for found in places if _is_place(text, found, names_of_persons, words)))
    organizations += _apart(taken, find_acronyms(text))
    return sorted(
        [*_named(text, persons, "PER"), *_named(text, _spelled_out(text, organizations), "ORG"), *_located(text, towns)]
    )


def _apart(taken: bytearray, candidates: Iterable[Span]) -> list[Span]:
    """Return the candidates that touch nothing taken so far, and take their place."""
    kept = []
    for name in candidates:
        start, end = name.start, name.end
        if taken.find(1, start, end) < 0:
            taken[start:end] = b"\1" * (end - start)
            kept.append(name)
    return kept


def _is_long_place(found: Found) -> bool:
    first, _, rest = found.place.name.partition(" ")
    return bool(rest) and not is_given(first)


def _is_place(text: str, found: Found, names_of_persons: set[str], words: Lexicon | None) -> bool:
    """Whether a name of a town is not that of a person and not the beginning of another name ("Boston Tigers")."""
    if found.place.languages is not None:
        return True
    if is_given(found.place.name) or found.place.name in names_of_persons:
        return False
    behind = _NEXT_WORD.match(text, found.end)
    if words is None or words.nouns_capitalised or behind is None or behind[1][0].islower():
        return True
    about = kind(behind[1], words)
    return about.small or about.role or about.given


def _spelled_out(text: str, organizations: Sequence[Name]) -> list[Name]:
    acronyms = defined_acronyms(text, organizations)
    return [name._replace(name=acronyms.get(name.name, name.name)) for name in organizations]


def _named(text: str, names: Iterable[Name], label: Label) -> list[Mention]:
    return [Mention(start, end, text[start:end], name, label) for start, end, name in names]


def _located(text: str, towns: Iterable[Found]) -> list[Mention]:
    return [
        Mention(start, end, text[start:end], at.name, "LOC", at.kb_id, at.country_code, at.latitude, at.longitude)
        for start, end, at in towns
    ]
