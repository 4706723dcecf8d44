"""Runs of capitalised words, which is what names look like, and the word lists that tell them apart."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pipeline.text.lexicon import Lexicon

LONGEST_CHAIN = 7
PARTICLES = frozenset(
    ("von", "vom", "van", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "bin", "ibn", "al", "el", "ter")
)
# "der" is part of a name only behind another particle: "von der Heide", but "Leiter der Abteilung".
_SECOND_PARTICLES = frozenset(("der", "den", "la", "las", "los"))
_TOKEN = re.compile(r"[^\W\d_]\.(?=\s?[^\W\d_])|[^\W_]\w*(?:[-&’'][^\W_]\w*)*|[^\w\s]")
_POSSESSIVE = re.compile(r"[’']s?$")


class Word(NamedTuple):
    """A word at text[start:end]."""

    start: int
    end: int
    text: str


class Name(NamedTuple):
    """A name at text[start:end]; `name` is its form without endings."""

    start: int
    end: int
    name: str


class Lists(NamedTuple):
    """data/names.toml."""

    given: frozenset[str]
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
        given=frozenset(data["given"].split()),
        offices=tuple(data["offices"].split()),
        organizations=dict(_form_and_name(line) for line in data["organizations"].splitlines() if line),
        organization_words=frozenset(data["organization_words"].split()),
        organization_endings=tuple(data["organization_endings"].split()),
        no_acronyms=frozenset(data["not_organizations"].split()),
    )


def chains(text: str, words: Lexicon | None) -> list[list[Word]]:
    """Return the runs of capitalised words parted by one blank, with particles between but no small words in front."""
    return [chain for run in _runs(text) if (chain := _trimmed(run, words))]


def is_small(word: str, words: Lexicon | None) -> bool:
    """Whether a word is an article, a conjunction, a weekday or the like, which no name begins with."""
    return words is not None and word.lower() in words.small


def is_role(word: str, words: Lexicon | None) -> bool:
    """Whether a word is a title or names an office: "Dr.", "Verteidigungsministerin"."""
    low = word.lower().rstrip(".")
    return words is not None and (words.role(low) is not None or words.has("titles", low))


def is_office(word: str) -> bool:
    """Whether a word is an office or a form of address that a surname alone may follow."""
    low = word.lower().rstrip(".")
    return low.removesuffix("s").endswith(lists().offices) if len(low) > 4 else low in lists().offices


def is_given(word: str) -> bool:
    """Whether a word is a given name, or several with hyphens."""
    given = lists().given
    return word in given or all(part in given for part in word.split("-"))


def is_possessive(word: str) -> bool:
    """Whether a word ends with an apostrophe, or one and s."""
    return _POSSESSIVE.search(word) is not None


def base(word: str, known: set[str]) -> str:
    """Return a name without possessive marks, and without a genitive -s where the article also has it without."""
    word = _POSSESSIVE.sub("", word)
    return word[:-1] if word.endswith("s") and word[:-1] in known else word


def _form_and_name(line: str) -> tuple[str, str]:
    form, _, name = line.partition(" = ")
    return form, name or form


def _runs(text: str) -> Iterator[list[Word]]:
    chain: list[Word] = []
    particles: list[Word] = []
    for match in _TOKEN.finditer(text):
        if not chain and not text[match.start()].isupper():
            continue
        word = Word(match.start(), match.end(), match.group())
        joined = bool(chain) and _follows(text, (particles or chain)[-1], word) and len(chain) < LONGEST_CHAIN
        if joined and (word.text in PARTICLES or (particles and word.text in _SECOND_PARTICLES)):
            particles.append(word)
        elif word.text[0].isupper() and joined:
            chain += [*particles, word]
            particles = []
        else:
            if chain:
                yield chain
            chain, particles = ([word] if word.text[0].isupper() else []), []
    if chain:
        yield chain


def _follows(text: str, last: Word, word: Word) -> bool:
    return word.start == last.end + 1 and text[last.end] == " " and not is_possessive(last.text)


def _trimmed(chain: list[Word], words: Lexicon | None) -> list[Word]:
    start = 0
    while start < len(chain) and (is_small(chain[start].text, words) or chain[start].text in PARTICLES):
        start += 1
    return chain[start:]
