"""The words of one language, read from data/<language>/*.toml; no text is read here."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

Gender = Literal["f", "m"]

_GERMAN_ENDINGS = ("", "s", "es", "n", "en", "e", "er", "r", "in", "innen")
_PLURAL_ENDINGS = ("", "s")
_NO_NAMES = ("function", "times", "conjunctions")
_SMALL = (*_NO_NAMES, "determiners", "pronouns")
_TELLING = ("according", "by", "reported", "reporting", "subjunctive")
_HARDLY_TELLING = ("that", "subjunctive_weak")
LONGEST_KEPT = 60
"""Characters of a word of which caches keep what they know: thousands of long words would fill the memory."""
_SHORTEST_HEAD = 4
"""A shorter word is never taken for the end of a compound: "Bruno" is no "UNO"."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """What a language says with which words; every word is lower case."""

    language: str
    nouns_capitalised: bool
    genitive_s: bool
    sets: Mapping[str, frozenset[str]]
    verbs: Mapping[str, str]
    """Forms of verbs of saying -> their lemma."""
    opinions: Mapping[str, str]
    separable: Mapping[str, tuple[tuple[str, str], ...]]
    """Forms -> (particle that must follow, lemma)."""
    telling: frozenset[str]
    """Words by which a sentence may tell that someone speaks, but for those that sources begin with; few tokens are."""
    hardly: frozenset[str]
    """Those of them that tell it only beside others."""
    quiet: frozenset[str]
    """Words that no noun phrase begins with."""
    sources: Mapping[str, tuple[tuple[str, ...], ...]]
    """Phrases that a source follows, by their first word, longest first."""
    roles: Mapping[str, str]
    organizations: Mapping[str, str]
    endings: frozenset[str]
    """The last letters of roles and organisations; most words end otherwise."""
    genders: Mapping[str, str]
    counts: Mapping[str, Any]
    number_words: Mapping[str, float]
    """Number words beside the regular ones: dozens, and "one" in all its forms."""
    scales: Mapping[str, float]
    currencies: Mapping[str, str]
    persons: frozenset[str]
    events: Mapping[str, str]
    small: frozenset[str]
    """Words that no name begins with."""
    no_names: frozenset[str]
    """Words that are no part of a name, however they are written."""

    def has(self, name: str, word: str) -> bool:
        """Whether a word, in lower case, is in the named set."""
        return word in self.sets[name]

    def role(self, word: str) -> str | None:
        """Return the role that a word names ("minister" for "Verteidigungsministers"), None for other words."""
        return _head_of(self, "roles", word)

    def organization(self, word: str) -> str | None:
        """Return the kind of organisation that a word names ("ministerium"), None for other words."""
        return _head_of(self, "organizations", word)

    def is_person(self, word: str) -> bool:
        """Whether a noun counts people."""
        return next(
            (
                part in self.persons
                for part in self.tails(word)
                if part in self.persons or self.has("not_persons", part)
            ),
            False,
        )

    def tails(self, word: str) -> Iterable[str]:
        """Yield the word and, where nouns are written in one, what it ends with, longest first."""
        last = word.lower().rsplit("-", 1)[-1]
        yield word.lower()
        yield last
        if self.nouns_capitalised:
            yield from (last[k:] for k in range(1, min(len(last), 40) - _SHORTEST_HEAD + 1))


def _head_of(lex: "Lexicon", kind: str, word: str) -> str | None:
    return (_head if len(word) <= LONGEST_KEPT else _head.__wrapped__)(lex, kind, word)


@lru_cache(maxsize=65_536)
def _head(lex: Lexicon, kind: str, word: str) -> str | None:
    heads = lex.roles if kind == "roles" else lex.organizations
    low = word.lower()
    if not lex.endings.intersection((low[-_SHORTEST_HEAD:], low.rpartition("-")[2][-_SHORTEST_HEAD:])):
        return None
    return next((heads[part] for part in lex.tails(word) if part in heads), None)


@cache
def lexicon(language: str | None) -> Lexicon | None:
    """Return the lexicon of an ISO 639-1 language, None where there is none."""
    folder = files("pipeline.text") / "data" / (language or "none")
    if language is None or not language.isalpha() or not (folder / "speech.toml").is_file():
        return None
    speech = tomllib.loads((folder / "speech.toml").read_text("utf-8"))
    counts = tomllib.loads((folder / "counts.toml").read_text("utf-8"))
    return _compiled(language, speech, counts)


def _compiled(language: str, speech: Mapping[str, Any], counts: Mapping[str, Any]) -> Lexicon:
    compounds, sets = bool(speech["nouns_capitalised"]), _all_sets(speech, counts)
    genders = {word: gender for gender, words in speech["organizations"].items() for word in words.split()}
    verbs = ({verb: verb for verb in speech["verbs"]} if compounds else {}) | _forms(speech["verbs"])
    opinions, separable = _forms(speech["opinions"]), _separable(speech["separable"])
    sources = _phrases(speech["sources_before"])
    surely = frozenset([*verbs, *opinions, *separable]).union(sets["sources_after"], *(sets[name] for name in _TELLING))
    roles, organizations = _inflected(speech["roles"].split(), compounds), _inflected(genders, compounds)
    telling = surely.union(*(sets[name] for name in _HARDLY_TELLING))
    return Lexicon(
        language=language,
        nouns_capitalised=compounds,
        genitive_s=bool(speech["genitive_s"]),
        sets=sets,
        verbs=verbs,
        opinions=opinions,
        separable=separable,
        telling=telling,
        hardly=telling - surely,
        quiet=sets["function"] - sets["determiners"] - sets["pronouns"] - sets["titles"],
        sources=sources,
        roles=roles,
        organizations=organizations,
        endings=frozenset(word[-_SHORTEST_HEAD:] for word in (*roles, *organizations)),
        genders=genders,
        counts=counts,
        number_words=_values(counts["words"]) | dict.fromkeys(counts["one"].split(), 1.0),
        scales=_values(counts["scales"]),
        currencies=_phrase_codes(counts["currencies"]),
        persons=_persons(counts["persons"]["suffixes"].split(), compounds),
        events=_phrase_codes(counts["events"]),
        small=frozenset().union(*(sets[name] for name in _SMALL)),
        no_names=frozenset().union(*(sets[name] for name in _NO_NAMES)),
    )


@cache
def given_names() -> Mapping[str, Gender | None]:
    """Return given names of any language, capitalised, with whose they are; None for those of both."""
    names = tomllib.loads((files("pipeline.text") / "data" / "names.toml").read_text("utf-8"))
    men: dict[str, Gender | None] = dict.fromkeys(names["given"].split(), "m")
    return men | dict.fromkeys(names["women"].split(), "f") | dict.fromkeys(names["either"].split(), None)


def _all_sets(speech: Mapping[str, Any], counts: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    head = 0 if counts["noun_first"] else -1
    money = (phrase.split("_")[head] for phrases in counts["currencies"].values() for phrase in phrases.split())
    return (
        _sets(speech)
        | _sets(counts)
        | _sets({name: counts[name]["words"] for name in ("measures", "percent")})
        | _sets(counts["measures"] | {"fillers": counts["qualifiers"]["fillers"]} | counts["persons"])
        | {"money": frozenset(money)}
    )


def _phrase_codes(listed: Mapping[str, str]) -> dict[str, str]:
    return {phrase.replace("_", " "): code for code, phrases in listed.items() for phrase in phrases.split()}


def _sets(speech: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in speech.items() if isinstance(words, str)}


def _forms(lemmas: Mapping[str, str]) -> dict[str, str]:
    return {form: lemma for lemma, forms in lemmas.items() for form in forms.split()}


def _values(words: Mapping[str, str]) -> dict[str, float]:
    return {word: float(value) for value, listed in words.items() for word in listed.split()}


def _separable(lemmas: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for lemma, entry in lemmas.items():
        particle, forms = entry.split(":")
        for form in forms.split():
            found[form] = (*found.get(form, ()), (particle.strip(), lemma))
    return found


def _phrases(text: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    phrases = sorted((tuple(line.split()) for line in text.splitlines() if line.strip()), key=lambda p: (-len(p), p))
    return {first: tuple(p for p in phrases if p[0] == first) for first in sorted({p[0] for p in phrases})}


def _inflected(words: Iterable[str], compounds: bool) -> dict[str, str]:
    endings = _GERMAN_ENDINGS if compounds else _PLURAL_ENDINGS
    listed = list(words)
    forms = {word + ending: word for word in reversed(listed) for ending in endings}
    return forms | {word: word for word in listed}


def _persons(words: Iterable[str], compounds: bool) -> frozenset[str]:
    return frozenset(_inflected(words, compounds)) if compounds else frozenset(words)
