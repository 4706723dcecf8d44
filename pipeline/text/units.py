"""What stands behind a number and says what it counts: percent, money, people or things; no qualifier, no value."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.text.lexicon import Lexicon
from pipeline.text.numbers import Number
from pipeline.text.reading import Token, tokens

_UNIT = re.compile(
    r"[ \u00a0\u202f-]?((?i:per cent|pour cent|por ciento)(?!\w)|[^\W\d_]+(?:-[^\W\d_]+)*(?:\$|(?!\w))|[^\w\s](?!\w))"
)
_BEFORE, _AFTER = 60, 90
_MOST_MODIFIERS, _MOST_WORDS, _MOST_CURRENCY_WORDS = 4, 12, 3
_MONEY_FROM = 1e6
"""Pounds weigh, a million of them are money."""


class Unit(NamedTuple):
    """What a number counts, and where that ends; only people and things have an object."""

    end: int
    unit: str
    object: str | None


def find_unit(text: str, number: Number, symbol: str | None, percent: frozenset[str], lex: Lexicon) -> Unit | None:
    """Return what a number counts, None for a measure or nothing; `symbol` is the currency that stands before it."""
    if symbol:
        return Unit(number.end, symbol, None)
    match = _UNIT.match(text, number.end)
    whole = match[1].lower() if match else ""
    parts = whole.split("-", 3)
    for low in ("-".join(parts[:count]) for count in range(len(parts), 0, -1)):  # "Euro-Kredit", "US-Dollar-Kredit"
        if match and low in percent:
            return Unit(match.start(1) + len(low), "percent", None)
        if match and low in lex.currencies and (low not in lex.sets["measures"] or number.value >= _MONEY_FROM):
            if low in lex.sets["weights"] and number.value < _MONEY_FROM and _weighs(text, match.end(), lex):
                return None
            longer = _money(tokens(text, number.end, number.end + _AFTER, _MOST_CURRENCY_WORDS + 1), lex)
            return longer or Unit(match.start(1) + len(low), lex.currencies[low], None)
    if whole in lex.sets["measures"] or not text[number.end : number.end + 4].lstrip()[:1].isalpha():
        return None
    line = text.find("\n", number.end, number.end + _AFTER)
    after = tokens(text, number.end, line if line >= 0 else min(len(text), number.end + _AFTER), _MOST_WORDS)
    counted = _money(after, lex) or _counted(after, number, lex)
    before = tokens(text, max(0, number.start - _BEFORE), number.start) if counted and counted.unit == "things" else []
    if counted and any(word.low in lex.sets["people_verbs"] for word in before[-6:]):
        return counted._replace(unit="people")
    return counted


def _weighs(text: str, end: int, lex: Lexicon) -> bool:
    """Whether what was weighed follows: "zehn Pfund Mehl", "dix livres de farine"."""
    words = tokens(text, end, end + _AFTER, 1)
    return bool(words) and (
        words[0].low in lex.sets["partitive"] or (lex.nouns_capitalised and words[0].text[0].isupper())
    )


def _money(after: Sequence[Token], lex: Lexicon) -> Unit | None:
    """Return the currency that tokens begin with: "de euros", "Hong Kong dollars"."""
    at = next((k for k, word in enumerate(after) if word.low not in lex.sets["partitive"]), 0)
    for end in range(min(len(after), at + _MOST_CURRENCY_WORDS), at, -1):
        code = lex.currencies.get(" ".join(word.low for word in after[at:end]))
        if code and (end - at > 1 or after[at].low not in lex.sets["measures"]):
            return Unit(after[end - 1].end, code, None)
    return None


def _counted(after: Sequence[Token], number: Number, lex: Lexicon) -> Unit | None:
    """Return the counted noun: the first capitalised one in German, the first plural elsewhere."""
    at = 0
    while at < len(after) and after[at].low in lex.sets["partitive"]:
        at += 1
    for word in after[at : at + _MOST_MODIFIERS + 1]:
        if not word.text[0].isalpha() or word.low in lex.sets["measures"] or lex.has("times", word.low):
            return None
        if lex.has("money", word.low):
            return None
        if _is_noun(word, number, lex):
            last = _compound(after, word, lex)
            return Unit(last.end, "people" if lex.is_person(last.text) else "things", last.text)
        if (
            (lex.has("function", word.low) and word.low not in lex.sets["fillers"])
            or word.low in lex.verbs
            or lex.has("auxiliaries", word.low)
        ):
            return None
        if lex.counts["noun_first"] and word.low not in lex.sets["fillers"]:
            return None
    return None


def _compound(after: Sequence[Token], word: Token, lex: Lexicon) -> Token:
    """Return the noun that ends "guest rooms" and "Volks- und Raiffeisenbanken"."""
    rest = [token for token in after if token.start >= word.end][:3]
    if lex.nouns_capitalised:
        hyphened = (
            len(rest) == 3
            and rest[0].text == "-"
            and rest[1].low in lex.sets["last_link"]
            and rest[2].text[0].isupper()
        )
        return rest[2] if hyphened else word
    singular = not word.low.endswith("s") and rest and rest[0].low.endswith("s") and rest[0].text[0].islower()
    return rest[0] if singular and not lex.counts["noun_first"] and not lex.has("function", rest[0].low) else word


def _is_noun(word: Token, number: Number, lex: Lexicon) -> bool:
    if word.low in lex.sets["fillers"] or lex.has("function", word.low):
        return False
    if lex.nouns_capitalised:
        return word.text[0].isupper()
    plural = word.low.endswith(tuple(lex.counts["noun_endings"].split())) and not word.low.endswith(
        tuple(lex.counts["singular_endings"].split())
    )
    return lex.is_person(word.text) or (number.value != 1 and plural and word.text[0].islower())
