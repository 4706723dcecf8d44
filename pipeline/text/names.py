"""Runs of capitalised words, which is what names look like, and the word lists that tell them apart."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from pipeline.text.lexicon import LONGEST_KEPT, Lexicon
from pipeline.text.reading import POSSESSIVE
from pipeline.text.traits import is_given

LONGEST_CHAIN = 7
PARTICLES = frozenset(
    ("von", "vom", "van", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "bin", "ibn", "al", "el", "ter")
)
# "der" is part of a name only behind another particle: "von der Heide", but "Leiter der Abteilung".
_SECOND_PARTICLES = ("der", "den", "la", "las", "los")
_JOINING = PARTICLES.union(_SECOND_PARTICLES)
_UPPER = "".join(c for c in map(chr, range(0x10000)) if c.isupper())
_REST = r"(?:\.(?=\s?[^\W\d_])|\w*(?:[-&’'][^\W_]\w*)*)"
_PARTICLE = rf"(?:{'|'.join(sorted(PARTICLES))}) (?:(?:{'|'.join(sorted(_JOINING))}) ){{0,3}}"
# What may not stand before a name is asked behind its first letter: `re` looks for a set of letters four times as fast.
_RUN = re.compile(rf"[{_UPPER}](?<!\w.)(?<!\w[-&’'].){_REST}(?:(?<![’']s) (?:{_PARTICLE})?[{_UPPER}]{_REST})*")
_LOWER_WORD = re.compile(r"\b[^\W\d_A-Z]\w*")


class Kind(NamedTuple):
    """What the lists say of a word: a title or office, an office or address that a surname alone may follow, ..."""

    role: bool
    office: bool
    given: bool
    small: bool
    """An article, a conjunction, a weekday or the like, which no name begins with."""
    particle: bool
    head: bool
    """A word for an organisation."""
    compound: bool
    """A German word that ends in one for an organisation and says which: "Außenministerium"."""


class Word(NamedTuple):
    """A word at text[start:end]."""

    start: int
    end: int
    text: str
    kind: Kind


class Name(NamedTuple):
    """A name at text[start:end]; `name` is its form without endings."""

    start: int
    end: int
    name: str


class Lists(NamedTuple):
    """data/names.toml."""

    offices: tuple[str, ...]
    organizations: Mapping[str, str]
    organization_words: frozenset[str]
    organization_endings: tuple[str, ...]
    no_acronyms: frozenset[str]


@cache
def lists() -> Lists:
    """Return the word lists of data/names.toml."""
    data = tomllib.loads((files("pipeline.text") / "data" / "names.toml").read_text("utf-8"))
    return Lists(
        offices=tuple(data["offices"].split()),
        organizations=dict(_form_and_name(line) for line in data["organizations"].splitlines() if line),
        organization_words=frozenset(data["organization_words"].split()),
        organization_endings=tuple(data["organization_endings"].split()),
        no_acronyms=frozenset(data["not_organizations"].split()),
    )


def chains(text: str, words: Lexicon | None) -> list[list[Word]]:
    """Return the runs of capitalised words parted by one blank, with particles between but no small words in front."""
    found: list[list[Word]] = []
    for match in _RUN.finditer(text):
        run = match[0]
        if " " in run:
            found += _chains(match.start(), run.split(" "), words)
        elif not (about := kind(run, words)).small:
            found.append([Word(*match.span(), run, about)])
    return found


def _chains(start: int, run: list[str], words: Lexicon | None) -> Iterator[list[Word]]:
    """Yield the chains of a run of words that begins at `start`; more than LONGEST_CHAIN words are several."""
    chain: list[Word] = []
    for word in run:
        about = kind(word, words)
        if len(chain) >= LONGEST_CHAIN and not about.particle:
            yield chain
            chain = []
        if chain or not (about.small or about.particle):
            chain.append(Word(start, start + len(word), word, about))
        start += len(word) + 1
    if chain:
        yield chain


def kind(word: str, words: Lexicon | None) -> Kind:
    """Return what the lists say of a word as it is written."""
    return (_kind if len(word) <= LONGEST_KEPT else _kind.__wrapped__)(word, words)


@lru_cache(maxsize=65_536)
def _kind(word: str, words: Lexicon | None) -> Kind:
    known, low = lists(), word.lower()
    plain, stem = low.rstrip("."), nominative(low, words)
    listed = stem in known.organization_words
    compound = not listed and _is_german(words) and stem.endswith(known.organization_endings)
    return Kind(
        role=words is not None and (words.role(plain) is not None or plain in words.sets["titles"]),
        office=plain.removesuffix("s").endswith(known.offices) if len(plain) > 4 else plain in known.offices,
        given=is_given(word),
        small=words is not None and low in words.small,
        particle=word in _JOINING,
        head=compound or listed,
        compound=compound,
    )


@lru_cache(maxsize=1)
def lower_words(text: str) -> frozenset[str]:
    """Return the words of a text that begin with a small letter, ordinary words; the last answer is kept."""
    return frozenset(_LOWER_WORD.findall(text))


def nominative(name: str, words: Lexicon | None) -> str:
    """Return a German name without the genitive -s of its last word, where that is a word for organisations."""
    if not name.endswith("s") or not _is_german(words):
        return name
    last = name[:-1].rsplit(" ", 1)[-1].lower()
    return name[:-1] if last in lists().organization_words or last.endswith(lists().organization_endings) else name


def is_possessive(word: str) -> bool:
    """Whether a word ends with an apostrophe, or one and s."""
    return POSSESSIVE.search(word) is not None


def base(word: str, known: set[str]) -> str:
    """Return a name without possessive marks, and without a genitive -s where the article also has it without."""
    if word[-1] not in "s’'":
        return word
    word = POSSESSIVE.sub("", word)
    return word[:-1] if word.endswith("s") and word[:-1] in known else word


def _is_german(words: Lexicon | None) -> bool:
    return words is not None and words.language == "de"


def _form_and_name(line: str) -> tuple[str, str]:
    form, _, name = line.partition(" = ")
    return form, name or form
