"""Noun phrases that can name a speaker: read from tokens, with the name and the role in them."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pipeline.text.lexicon import Lexicon
from pipeline.text.reading import POSSESSIVE, Token
from pipeline.text.traits import Traits, capitalised, is_given, proper, traits

PhraseKind = Literal["person", "organization", "role", "pronoun", "document", "unknown"]

_ADJECTIVE = re.compile(r"(?:e|en|er|es|em)\Z")
_MOST_WORDS = 14
_MOST_LINKS = 3
_WOMAN = "in"
_NOMINATIVE = {"n": "es", "f": "e", "m": "er"}


class Phrase(NamedTuple):
    """A noun phrase: its offsets, the name in it or what it describes, its head (a role, a noun) and its kind."""

    start: int
    end: int
    name: str
    head: str
    kind: PhraseKind
    last: int
    """Index of the token after it."""


def read_phrase(words: Sequence[Token], at: int, lex: Lexicon, *, oblique: bool = False) -> Phrase | None:
    """Return the noun phrase at a token, None if there is none; `oblique` admits more cases than a subject's."""
    if at >= len(words):
        return None
    first = words[at]
    pointing = lex.has("pronouns", first.low) or (oblique and lex.has("demonstratives", first.low))
    if pointing and not (lex.nouns_capitalised and at + 1 < len(words) and proper(words[at + 1], lex)):
        return Phrase(first.start, first.end, first.text, first.low, "pronoun", at + 1)
    led = lex.has("determiners", first.low) or (oblique and lex.has("oblique", first.low))
    begin = at + led
    end = _run_end(words, begin, lex, led=led)
    if end == begin:
        return None
    known = [traits(word, lex) for word in words[begin:end]]
    nominal = (led and not lex.nouns_capitalised) or any(
        word.proper or word.role or word.organization for word in known
    )
    return _classified(words, at, begin, end, known, lex) if nominal else None


def described_twice(words: Sequence[Token], phrase: Phrase | None, verb: Token, lex: Lexicon) -> Phrase | None:
    """Return of "erklärt Chemiker und Autor Hans Meier" the name, which both nouns describe as the verb is singular."""
    if phrase is None or phrase.last >= len(words) or phrase.kind not in ("unknown", "role"):
        return phrase
    bare = lex.nouns_capitalised and words[phrase.last].start - phrase.start == len(phrase.name) + 1
    if not bare or verb.low.endswith("en") or not lex.has("and", words[phrase.last].low):
        return phrase
    second = read_phrase(words, phrase.last + 1, lex)
    return second if second and second.kind == "person" and second.start < second.end - len(second.name) else phrase


def _run_end(words: Sequence[Token], begin: int, lex: Lexicon, *, led: bool) -> int:
    named, most = False, min(len(words), begin + _MOST_WORDS)
    for at in range(begin, most):
        word = traits(words[at], lex)
        if word.proper or word.titled or (words[at].text == "." and _shortened(words, at, lex)):
            named = True
        elif not (_modifies(word, lex, named=named, led=led) or (named and _links_names(words, at, lex))):
            return at
    return max(begin, most)


def _modifies(word: Traits, lex: Lexicon, *, named: bool, led: bool) -> bool:
    if not word.modifies:
        return False
    if lex.nouns_capitalised:
        return not named
    return bool(word.role or word.organization or word.document) or (led and not named)


def _shortened(words: Sequence[Token], at: int, lex: Lexicon) -> bool:
    before = words[at - 1] if at else None
    return (
        before is not None
        and before.end == words[at].start
        and (lex.has("titles", before.low) or len(before.text) == 1)
    )


def _links_names(words: Sequence[Token], at: int, lex: Lexicon) -> bool:
    if not lex.has("particles", words[at].low):
        return False
    if lex.role(words[at - 1].low) or _complemented(words, at, lex):
        return False
    return any(proper(word, lex) for word in words[at + 1 : at + 2]) and not lex.organization(words[at - 1].low)


def _classified(words: Sequence[Token], at: int, begin: int, end: int, known: Sequence[Traits], lex: Lexicon) -> Phrase:
    run, last = words[begin:end], _linked_end(words, end, lex)
    name = None if _complemented(words, end, lex) else _name_in(run, known, lex, led=begin > at)
    told = list(zip(run, known, strict=True))
    head = next((word for word, is_ in reversed(told) if is_.role), None)
    body = next((word for word, is_ in told if is_.organization and not is_.role), None)
    document = next((word for word, is_ in told if is_.document), None)
    role = lex.role(head.low) or "" if head else ""

    def phrase(name: str, of: str, kind: PhraseKind, stop: int = last) -> Phrase:
        return Phrase(words[at].start, words[stop - 1].end, name, of, kind, stop)

    if document and not (name and head):
        return phrase(joined(words[begin:last]), document.low, "document")
    if body and not (name and head):
        return phrase(_nominative(words, begin, end, last, body, lex), body.low, "organization")
    if name:
        return phrase(name, role, _name_kind(name, head), end)
    if apposition := _apposition(words, last, lex):
        return phrase(apposition.name, role, "person", apposition.last)
    if head:
        return phrase(_nominative(words, begin, end, last, head, lex), role, "role")
    return phrase(joined(words[begin:last]), run[-1].low, "unknown")


def _complemented(words: Sequence[Token], end: int, lex: Lexicon) -> bool:
    """Whether a phrase goes on with whose it is, so that it names nobody: "Freunde | von Anna Keller"."""
    own = any(is_given(word.text) for word in words[max(0, end - 3) : end])
    said = words[end - 1].low.endswith(tuple(lex.sets["statements"]))  # "Die Aussage von Anna Keller lautet"
    return not (own or said) and end + 1 < len(words) and is_complement(words[end], words[end + 1], lex)


def is_complement(link: Token, word: Token, lex: Lexicon) -> bool:
    """Whether two words begin "of Anna Keller"; behind "des" or "der" a name may be of whom is described before."""
    if not lex.has("links", link.low) or lex.has("determiners", link.low) or lex.has("oblique", link.low):
        return False
    is_ = traits(word, lex)
    return is_.proper and (is_given(word.text) or is_.titled or bool(is_.role))


def _name_kind(name: str, head: Token | None) -> PhraseKind:
    if head is not None or " " in name:
        return "person"
    return "organization" if name.isupper() and len(name) > 1 else "unknown"


def person_name(run: Sequence[Token], lex: Lexicon, *, led: bool = False) -> str | None:
    """Return the name that ends a run of words once roles and titles are gone, None if the run only describes."""
    return _name_in(run, [traits(word, lex) for word in run], lex, led=led)


def _name_in(run: Sequence[Token], known: Sequence[Traits], lex: Lexicon, *, led: bool) -> str | None:
    described = (
        k
        for k in range(len(run) - 1, -1, -1)
        if known[k].role or known[k].titled or (run[k].text == "." and len(run[k - 1].text) > 1)
    )
    mark = next(described, -1)
    begin = next((k for k in range(mark + 1, len(run)) if known[k].proper), len(run))
    if begin == len(run) or not known[-1].proper or known[-1].organization:
        return None
    tail = list(run[begin:])
    if not lex.nouns_capitalised and known[begin].organization:
        tail = _from_given_name(tail) or tail
    if mark < 0 and lex.nouns_capitalised:
        tail = _from_given_name(tail) or (tail if not led else tail[1:] if len(tail) > 2 else [])
    return POSSESSIVE.sub("", joined(tail)) if tail else None


def _from_given_name(tail: list[Token]) -> list[Token]:
    return next((tail[k:] for k, word in enumerate(tail[:-1]) if is_given(word.text)), [])


def joined(words: Sequence[Token]) -> str:
    """Return the words with single blanks between them, as they were written otherwise."""
    return "".join((" " if k and word.start > words[k - 1].end else "") + word.text for k, word in enumerate(words))


def _linked_end(words: Sequence[Token], end: int, lex: Lexicon) -> int:
    for _ in range(_MOST_LINKS):
        if end >= len(words) or not lex.has("links", words[end].low):
            break
        begin = end + 1
        led = begin < len(words) and (lex.has("determiners", words[begin].low) or lex.has("oblique", words[begin].low))
        after = _run_end(words, begin + led, lex, led=True)
        if after == begin + led or not any(proper(w, lex) or not lex.nouns_capitalised for w in words[begin:after]):
            break
        end = after
    return end


def _apposition(words: Sequence[Token], last: int, lex: Lexicon) -> Phrase | None:
    if last + 1 >= len(words) or words[last].text != "," or not proper(words[last + 1], lex):
        return None
    end = _run_end(words, last + 1, lex, led=False)
    closed = end >= len(words) or not words[end].text.isalnum() or words[end].low in lex.verbs
    name = person_name(words[last + 1 : end], lex)
    if not name or not closed or " " not in name:
        return None
    return Phrase(words[last + 1].start, words[end - 1].end, name, "", "person", end)


def _nominative(words: Sequence[Token], begin: int, end: int, last: int, head: Token, lex: Lexicon) -> str:
    """Return the phrase as a dictionary has it: "des russischen Ministeriums" -> "russisches Ministerium"."""
    if not lex.nouns_capitalised:
        return POSSESSIVE.sub("", joined(words[begin:last]))
    base = lex.role(head.low) or lex.organization(head.low) or head.low
    gender = lex.genders.get(base, "f" if head.low.endswith(_WOMAN) else "m")
    at = head.low.rfind(base)
    woman = head.low.endswith(base + _WOMAN)
    noun = head.text[: at + len(base) + len(_WOMAN) * woman] if at >= 0 else head.text
    shaped = [
        word._replace(text=noun if word is head else word.text if capitalised(word.text) else _adjective(word, gender))
        for word in words[begin:end]
    ]
    return joined([*shaped, *words[end:last]])


def _adjective(word: Token, gender: str) -> str:
    return _ADJECTIVE.sub("", word.text) + _NOMINATIVE[gender]
