"""What numbers count: qualifier, range, unit and object of each number that counts people, things, money or a share."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, NamedTuple

from pipeline.text.lexicon import Lexicon, lexicon
from pipeline.text.numbers import Number, find_numbers
from pipeline.text.units import Unit, find_unit

Qualifier = Literal["exact", "over", "at_least", "about", "up_to", "under", "nearly", "range"]

_PERCENT = frozenset(("per cent", "pour cent", "por ciento"))
_WORD_BEFORE = re.compile(r"([\w.§-]+)\s\Z")
_NUMBER_BEFORE = re.compile(r"\d\s?\Z")
_BEFORE = 60
_LAST_WORD = re.compile(r"(\w[^\s\W]*(?:[.'’][^\s\W]*)*)\s*\Z")
_BESIDE = 12
"""Characters between a number and "one" beside it."""
_LOW_ONLY, _HIGH_ONLY = ("over", "at_least"), ("up_to", "under")


class Quantity(NamedTuple):
    """A number with what it counts; start and end take in the qualifier and the counted noun."""

    start: int
    end: int
    low: float | None
    high: float | None
    qualifier: Qualifier
    unit: str
    object: str | None


class _Words(NamedTuple):
    """The patterns of one language, each anchored where a number begins or ends."""

    qualifier: re.Pattern[str]
    qualifiers: Mapping[str, Qualifier]
    leads: frozenset[str]
    """The words that may stand before a number when a qualifier does."""
    symbol: re.Pattern[str]
    symbol_ends: frozenset[str]
    percent: frozenset[str]
    more: re.Pattern[str]
    link: re.Pattern[str]
    between: re.Pattern[str]
    pairs: frozenset[str]
    """What links a range only after "between"."""


@cache
def _patterns(language: str) -> _Words:
    lex = lexicon(language)
    assert lex is not None, language
    counts = lex.counts
    phrases: dict[str, Qualifier] = {
        phrase: name
        for name, text in counts["qualifiers"].items()
        if name != "fillers"
        for phrase in text.strip().splitlines()
    }
    fillers = _either(lex.sets["fillers"])
    symbols = [word for word in lex.currencies if not word[-1].isalpha() or len(word) == 3]
    return _Words(
        qualifier=re.compile(rf"(?<!\w)({_either(phrases)})(?:\s+(?:{fillers}))*\s*\Z", re.IGNORECASE),
        qualifiers=phrases,
        leads=frozenset(phrase.split()[-1] for phrase in (*phrases, *counts["qualifiers"]["fillers"].split())),
        symbol=re.compile(rf"(?<!\w)({_either(symbols)})[ \u00a0]?\Z", re.IGNORECASE),
        symbol_ends=frozenset(word[-1] for word in symbols),
        percent=lex.sets["percent"] | _PERCENT,
        more=re.compile(rf"\+| (?:{counts['and_more']})\b", re.IGNORECASE),
        link=re.compile(rf"\s?[-–]\s?|\s(?:{counts['range_link']}|{counts['between_link']})\s", re.IGNORECASE),
        between=re.compile(rf"(?<!\w)(?:{counts['between']})\s+\S?\Z", re.IGNORECASE),
        pairs=frozenset(counts["between_link"].split("|")),
    )


def _either(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("\\ ", r"\s+") for word in longest_first)


def find_quantities(text: str, lex: Lexicon) -> list[Quantity]:
    """Return what the numbers of a text count, in order; time, measures and numbers that count nothing are left out."""
    words = _patterns(lex.language)
    found: list[Quantity] = []
    numbers = find_numbers(text, lex)
    skip = False
    for number, following in zip(numbers, [*numbers[1:], None], strict=False):
        if skip:
            skip = False
            continue
        to = following if following and _linked(text, number, following, words) else None
        if to is None and (_is_article(text, number, found, words) or _severed(text, number, words, lex)):
            continue
        quantity = _range(text, number, to, words, lex) if to else _single(text, number, words, found, lex)
        skip = to is not None
        if quantity:
            found.append(quantity)
    return found


def _is_article(text: str, number: Number, found: list[Quantity], words: _Words) -> bool:
    """Whether "one" is an article: all but "and one policeman" beside a number, "at least one" and "one or more"."""
    if number.value != 1 or not number.in_words or (found and number.start - found[-1].end < _BESIDE):
        return False
    return _last_word(text, number.start) not in words.leads and not words.more.match(text, number.end)


def _last_word(text: str, end: int) -> str:
    before = _LAST_WORD.search(text, max(0, end - 30), end)
    return before[1].lower() if before else ""


def _linked(text: str, number: Number, following: Number, words: _Words) -> bool:
    symbol = words.symbol.search(text, number.end, following.start) if following.start - number.end < 12 else None
    between = text[number.end : symbol.start() if symbol else following.start]
    if len(between) > 12 or number.value >= following.value or not words.link.fullmatch(between):
        return False
    if symbol and any(c.isalpha() for c in between):
        return False
    pair = between.strip() in words.pairs
    return not pair or bool(words.between.search(text, max(0, number.start - 12), number.start))


def _severed(text: str, number: Number, words: _Words, lex: Lexicon) -> bool:
    """Whether the number is the rest of a year span or a score ("2024-26"), or vague ("several dozen")."""
    if number.start > 1 and text[number.start - 1] in "-–" and text[number.start - 2].isdigit():
        return True
    before = _WORD_BEFORE.search(text, max(0, number.start - 30), number.start)
    return before is not None and before.group(1).lower() in lex.sets["vague_before"]


def _range(text: str, low: Number, high: Number, words: _Words, lex: Lexicon) -> Quantity | None:
    start, symbol = _symbol(text, low.start, words, lex)
    unit = find_unit(text, high, symbol or _symbol(text, high.start, words, lex)[1], words.percent, lex)
    if unit is None or (unit.unit == "things" and _labelled(text, start, low, "exact", lex)):
        return None
    led = words.between.search(text, max(0, start - 12), start)
    same_scale = high.value >= 1000 * low.value and 0 < low.value < 1000 <= high.value and not low.grouped
    value = low.value * _scale_of(high.value) if same_scale else low.value
    return Quantity(led.start() if led else start, unit.end, value, high.value, "range", unit.unit, unit.object)


def _scale_of(value: float) -> float:
    return next(scale for scale in (1e12, 1e9, 1e6, 1e3) if value >= scale)


def _single(text: str, number: Number, words: _Words, found: list[Quantity], lex: Lexicon) -> Quantity | None:
    start, symbol = _symbol(text, number.start, words, lex)
    qualifier: Qualifier = "exact"
    if _last_word(text, start) in words.leads and (
        match := words.qualifier.search(text, max(0, start - _BEFORE), start)
    ):
        start, qualifier = match.start(1), words.qualifiers[" ".join(match.group(1).lower().split())]
    if more := words.more.match(text, number.end):
        number, qualifier = number._replace(end=more.end()), "at_least"
    unit = find_unit(text, number, symbol, words.percent, lex)
    if unit is None or (unit.unit == "things" and _labelled(text, start, number, qualifier, lex)):
        return None
    if unit.unit in ("people", "things") and _numbered(text, number, lex):
        return None
    an_article = number.value == 1 and number.in_words and qualifier not in ("at_least", "up_to")
    if an_article and not _coordinated(text, start, unit, found, lex):
        return None
    value = number.value
    if unit.unit == "percent" and start and text[start - 1] in "-–−":
        start, value = start - 1, -value
    low = None if qualifier in _HIGH_ONLY else value
    high = None if qualifier in _LOW_ONLY else value
    return Quantity(start, unit.end, low, high, qualifier, unit.unit, unit.object)


def _symbol(text: str, start: int, words: _Words, lex: Lexicon) -> tuple[int, str | None]:
    before = text[max(0, start - 6) : start].rstrip(" \u00a0")
    if before[-1:].lower() not in words.symbol_ends:
        return start, None
    match = words.symbol.search(text, max(0, start - 6), start)
    if match is None or _NUMBER_BEFORE.search(text, max(0, match.start(1) - 2), match.start(1)):
        return start, None  # "10 € 15 CHF": the sign is that of the number before it
    return match.start(1), lex.currencies[match.group(1).lower()]


def _labelled(text: str, start: int, number: Number, qualifier: Qualifier, lex: Lexicon) -> bool:
    """Whether the number is a year, or names something ("Artikel 5 Absätze") instead of counting."""
    before = _WORD_BEFORE.search(text, max(0, start - 30), start)
    labelled = before is not None and before.group(1).lower().rstrip(".") in lex.sets["labels"]
    since = text[start : number.start].strip().lower() in lex.sets["since"]
    return (qualifier == "exact" and (number.year_like or labelled)) or (since and number.year_like)


def _numbered(text: str, number: Number, lex: Lexicon) -> bool:
    """Whether the number belongs to the word before it, whatever follows: "Windows 11 users", "iPhone 15"."""
    before = _WORD_BEFORE.search(text, max(0, number.start - 30), number.start)
    if number.in_words or before is None:
        return False
    word = before[1].rstrip(".")
    mixed = not word.isupper() and any(c.isupper() for c in word.replace("-", "")[1:])
    return (mixed and "-" not in word) or any(part in lex.sets["numbered"] for part in lex.tails(word))


def _coordinated(text: str, start: int, unit: Unit, found: list[Quantity], lex: Lexicon) -> bool:
    """Whether "one" counts: "two tourists and one policeman"."""
    between = text[found[-1].end : start] if found and start - found[-1].end < _BESIDE else ""
    return unit.unit == "people" and between.strip() in lex.sets["last_link"]
