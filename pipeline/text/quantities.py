"""What numbers count: qualifier, range, unit and object of each number that counts people, things, money or a share."""

import re
from itertools import pairwise
from math import inf
from typing import NamedTuple

from pipeline.text.lexicon import Lexicon
from pipeline.text.numbers import Number, find_numbers
from pipeline.text.qualifiers import Qualifier, Words, patterns
from pipeline.text.reading import tokens
from pipeline.text.units import Unit, find_unit

_WORD_BEFORE = re.compile(r"([\w.§-]+)\s\Z")
_NUMBER_BEFORE = re.compile(r"\d\s?\Z")
_BEFORE = 60
_LAST_WORD = re.compile(r"(\w[^\s\W]*(?:[.'’][^\s\W]*)*)\s*\Z")
_BESIDE = 12
"""Characters between a number and "one" beside it."""
_WHOLES = frozenset((*range(2, 11), 100, 1000))
"""Of so many are shares told."""
_BESIDE_VERB = 24
"""Characters in which a verb of change stands before "from"."""
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}(?!\d)")
_NAMED = 1e6
"""From here on a number is written with its scale: of "900 to 1 million" nobody can say what the first one is."""
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


def find_quantities(text: str, lex: Lexicon) -> list[Quantity]:
    """Return what the numbers of a text count, in order; time, measures and numbers that count nothing are left out."""
    words = patterns(lex.language)
    found: list[Quantity] = []
    numbers = _without_shares(text, find_numbers(text, lex), words)
    skip = False
    for number, following in zip(numbers, [*numbers[1:], None], strict=False):
        if skip:
            skip = False
            continue
        to = following if following and _linked(text, number, following, words, lex) else None
        if to and _is_changed(text, number, to, words, lex):
            continue
        if to is None and (_is_article(text, number, found, words) or _severed(text, number, words, lex)):
            continue
        quantity = _range(text, number, to, words, lex) if to else _single(text, number, words, found, lex)
        skip = to is not None
        if quantity:
            found.append(quantity)
    return found


def _is_article(text: str, number: Number, found: list[Quantity], words: Words) -> bool:
    """Whether "one" is an article: all but "and one policeman" beside a number, "at least one" and "one or more"."""
    if number.value != 1 or not number.in_words or (found and number.start - found[-1].end < _BESIDE):
        return False
    return _last_word(text, number.start) not in words.leads and not words.more.match(text, number.end)


def _last_word(text: str, end: int) -> str:
    before = _LAST_WORD.search(text, max(0, end - 30), end)
    return before[1].lower().replace("’", "'") if before else ""


def _without_shares(text: str, numbers: list[Number], words: Words) -> list[Number]:
    """Return the numbers but for both of "one in five"; of "32 von 61 Stimmen" the whole counts what follows."""
    shares = {
        at
        for at, (part, whole) in enumerate(pairwise(numbers))
        if part.value < whole.value and whole.value in _WHOLES and words.share.fullmatch(text, part.end, whole.start)
    }
    return [number for at, number in enumerate(numbers) if at not in shares and at - 1 not in shares]


def _linked(text: str, number: Number, following: Number, words: Words, lex: Lexicon) -> bool:
    symbol = words.symbol.search(text, number.end, following.start) if following.start - number.end < 12 else None
    between = text[number.end : symbol.start() if symbol else following.start]
    if len(between) > 12 or number.value >= following.value or not words.link.fullmatch(between):
        return False
    led = words.between.search(text, max(0, number.start - 12), number.start)
    if symbol and any(c.isalpha() for c in between):
        own = words.symbol.search(text, max(0, number.start - 6), number.start)
        led = words.led.search(text, max(0, number.start - _BESIDE_VERB), number.start)
        return not led and own is not None and own[1] == symbol[1] and not _changes(text, own.start(), lex)
    return bool(led) if between.strip() in words.pairs else True


def _is_changed(text: str, number: Number, to: Number, words: Words, lex: Lexicon) -> bool:
    """Whether a number is the old value of a change, "rose from 3 to 5"; the new one is then read by itself."""
    led = words.between.search(text, max(0, number.start - 12), number.start)
    paired = text[number.end : to.start].strip() in words.pairs
    return led is not None and not paired and _changes(text, led.start(), lex)


def _changes(text: str, end: int, lex: Lexicon) -> bool:
    """Whether one of the few words before a position says that something rose, fell or went."""
    return any(lex.has("changes", word.low) for word in tokens(text, max(0, end - _BESIDE_VERB), end))


def _severed(text: str, number: Number, words: Words, lex: Lexicon) -> bool:
    """Whether the number is the rest of a year span or a score ("2024-26"), or vague ("several dozen")."""
    if number.start > 1 and text[number.start - 1] in "-–" and text[number.start - 2].isdigit():
        return True
    before = _WORD_BEFORE.search(text, max(0, number.start - 30), number.start)
    return before is not None and before.group(1).lower() in lex.sets["vague_before"]


def _range(text: str, low: Number, high: Number, words: Words, lex: Lexicon) -> Quantity | None:
    start, symbol = _symbol(text, low.start, words, lex)
    unit = find_unit(text, high, symbol or _symbol(text, high.start, words, lex)[1], words.percent, lex)
    if unit is None or (unit.unit == "things" and _labelled(text, start, low, "exact", lex)):
        return None
    led = words.between.search(text, max(0, start - 12), start)
    least, most = _counted_value(text, low, unit), _counted_value(text, high, unit)
    scaled = _scaled(low, high)
    least = scaled if scaled < high.value else None if scaled < inf and high.value >= _NAMED else least
    if least is None or most is None or least >= most:
        return None
    return Quantity(led.start() if led else start, unit.end, least, most, "range", unit.unit, unit.object)


def _scaled(low: Number, high: Number) -> float:
    """Return the lower number in the scale of the higher one ("2 bis 3 Millionen"), infinity where it has its own."""
    if not 0 < low.value < 1000 <= high.value or low.grouped:
        return inf
    return low.value * next(scale for scale in (1e12, 1e9, 1e6, 1e3) if high.value >= scale)


def _counted_value(text: str, number: Number, unit: Unit) -> float | None:
    """Return the value of a number that counts, None for a part of a person; three decimals of people are thousands."""
    if unit.unit not in ("people", "things") or number.value >= 1000 or number.value.is_integer():
        return number.value
    if _THOUSANDS.match(text, number.start, number.end):
        return round(number.value * 1000)
    return None if unit.unit == "people" else number.value


def _single(text: str, number: Number, words: Words, found: list[Quantity], lex: Lexicon) -> Quantity | None:
    start, symbol = _symbol(text, number.start, words, lex)
    qualifier: Qualifier = "exact"
    if _last_word(text, start) in words.leads and (
        match := words.qualifier.search(text, max(0, start - _BEFORE), start)
    ):
        phrase = " ".join(match[1].lower().replace("’", "'").split())
        if not _says_of_what(text, match.start(1), words.topics.get(phrase), lex):
            start, qualifier = match.start(1), words.qualifiers[phrase]
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
    value = _counted_value(text, number, unit)
    if value is None:
        return None
    if unit.unit == "percent" and start and text[start - 1] in "-–−":
        start, value = start - 1, -value
    low = None if qualifier in _HIGH_ONLY else value
    high = None if qualifier in _LOW_ONLY else value
    return Quantity(start, unit.end, low, high, qualifier, unit.unit, unit.object)


def _says_of_what(text: str, start: int, topics: frozenset[str] | None, lex: Lexicon) -> bool:
    """Whether a qualifier is none behind the word before it: "ein Bericht über 30 Boote"."""
    return topics is not None and not topics.isdisjoint(lex.tails(_last_word(text, start) or "-"))


def _symbol(text: str, start: int, words: Words, lex: Lexicon) -> tuple[int, str | None]:
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
