"""What one word may be in a noun phrase: looked up once for each distinct word of a language, not for each token."""

import re
from functools import lru_cache
from typing import NamedTuple

from pipeline.text.lexicon import LONGEST_KEPT, Lexicon, given_names
from pipeline.text.reading import Token

_ADJECTIVE = re.compile(r"(?:e|en|er|es|em)\Z")
_SIBILANT = re.compile(r"[sßxz]es\Z")
_DOCUMENTS = ("erklärung", "mitteilung", "bericht", "berichten", "studie")


class Traits(NamedTuple):
    """What a word may be in a noun phrase."""

    proper: bool
    """Part of a name."""
    titled: bool
    role: str | None
    organization: str | None
    document: bool
    modifies: bool
    """An adjective, or where nouns are small any word that is not of those that phrases end before."""


def traits(word: Token, lex: Lexicon) -> Traits:
    """Return what a token may be."""
    find = _traits if len(word.text) <= LONGEST_KEPT else _traits.__wrapped__
    return find(word.text, word.low, lex)


@lru_cache(maxsize=32_768)
def _traits(text: str, low: str, lex: Lexicon) -> Traits:
    return Traits(
        proper=capitalised(text) and low not in lex.no_names,
        titled=low in lex.sets["titles"],
        role=lex.role(low),
        organization=lex.organization(low),
        document=low in lex.sets["documents"] or (lex.nouns_capitalised and low.endswith(_DOCUMENTS)),
        modifies=_modifies(text, low, lex),
    )


def _modifies(text: str, low: str, lex: Lexicon) -> bool:
    verbal = low in lex.verbs or low in lex.opinions or low in lex.sets["auxiliaries"]
    if verbal or low in lex.sets["function"] or low in lex.sets["times"]:
        return False
    if not (text[0].isalpha() or text[-1].isalpha()):
        return False
    return not lex.nouns_capitalised or bool(_ADJECTIVE.search(low))


def capitalised(word: str) -> bool:
    """Whether a word starts like a name or a German noun ("86-Jährige" too)."""
    return word[0].isupper() or (word[0].isdigit() and word.rpartition("-")[2][:1].isupper())


def proper(word: Token, lex: Lexicon) -> bool:
    """Whether a token can be part of a name."""
    return traits(word, lex).proper


def is_given(word: str) -> bool:
    """Whether a word is a given name, or several with hyphens."""
    given = given_names()
    return word in given or ("-" in word and all(part in given for part in word.split("-")))


def without_genitive(name: str, surface: str) -> str:
    """Return a German name without its genitive ending; "-es" goes behind a sibilant where an article stands."""
    if surface.lower().startswith(("des ", "eines ")) and _SIBILANT.search(name):
        return name[:-2]
    return name.removesuffix("s")
