"""Numbers of a text, in digits with the separators of the language and in words; no dates, codes or what is counted."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind
from text_to_num import text2num

from pipeline.text.lexicon import Lexicon

_SPACED = re.compile(r"\d+(?:(?:[.,'’\u00a0\u202f]| (?=\d{3}(?!\d)))\d+)*")
_UNSPACED = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NEXT_WORD = re.compile(r"[ \u00a0\u202f-]?([^\W\d_]+)\.?")
_DIALLED = re.compile(r"(?<!\d)0\d{2,5}\Z")
_LAST_WORD = re.compile(r"([^\W\d_]+)\s\Z")
_FRACTION = re.compile(r"\d+[.,]\d+")
_LONGEST_DIGITS, _LONGEST_WORD, _MOST_WORDS = 24, 60, 8
_MOST = 1e15
"""No report counts further: larger ones are misprints, and further than the contract of claims."""
_LETTER_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}


class Number(NamedTuple):
    """A number: its offsets, its value, and whether it looks like a year, is written in words, groups its thousands."""

    start: int
    end: int
    value: float
    year_like: bool
    in_words: bool
    grouped: bool


def find_numbers(text: str, lex: Lexicon) -> list[Number]:
    """Return the numbers of a text in order; digits that are part of a word, a date, a time or a code are left out."""
    found: list[Number] = []
    numbers = [*_digits(text, lex), *_words(text, lex), *_fractions(text, lex)]
    for number in sorted(numbers, key=lambda number: (number.start, -number.end)):
        if not found or number.start >= found[-1].end:
            found.append(number)
    return [number for number in found if number.value <= _MOST]


def _digits(text: str, lex: Lexicon) -> Iterator[Number]:
    for match in (_SPACED if lex.counts["spaced_thousands"] else _UNSPACED).finditer(text):
        start, end = match.span()
        value = _value(match.group(), lex) if end - start <= _LONGEST_DIGITS else None
        if value is None or _glued(text, start):
            continue
        scale, after = _scale(text, end, lex)
        if scale == 1 and after < len(text) and _runs_on(text, after):
            continue
        plain = match.group().isdigit()
        year = scale == 1 and plain and end - start == 4 and 1000 <= value <= 2100
        yield Number(start, after, value * scale, year, False, scale > 1 or (not plain and value >= 1000))


def _value(digits: str, lex: Lexicon) -> float | None:
    if digits.isdecimal():
        return float(digits) if digits[0] != "0" or digits == "0" else None
    if _grouped(lex).fullmatch(digits):
        decimal = lex.counts["decimal"]
        return float(re.sub(rf"[^\d{decimal}]", "", digits).replace(decimal, "."))
    if _FRACTION.fullmatch(digits) and not (digits[0] == "0" and digits[1].isdigit()):
        return float(digits.replace(",", "."))
    return None


@cache
def _grouped(lex: Lexicon) -> re.Pattern[str]:
    """Return what matches digits with separators of thousands, and decimals behind them."""
    decimal, grouping = map(re.escape, (lex.counts["decimal"], lex.counts["thousands"]))
    spaces = "\u00a0\u202f " if lex.counts["spaced_thousands"] else ""
    return re.compile(rf"\d{{1,3}}(?:[{grouping}{spaces}]\d{{3}})+(?:{decimal}\d+)?")


def _glued(text: str, start: int) -> bool:
    """Whether the digits belong to what stands before them: a word, a date, a score, a code, a telephone number."""
    before = text[start - 1] if start else " "
    if before.isspace() and _DIALLED.search(text, max(0, start - 8), start - 1):
        return True
    if before in "-–−" and (start < 2 or text[start - 2].isspace() or text[start - 2] in "$€£"):
        return False
    return before.isalnum() or (
        before in "_-–/:.,+#§&=@°~" and not (before in "-–" and start > 1 and text[start - 2].isdigit())
    )


def _runs_on(text: str, end: int) -> bool:
    after, beyond = text[end], text[end + 1 : end + 2]
    if after in ":/" and beyond.isdigit():
        return True
    if after in "-‑" and beyond.isalpha():
        return True
    return after.isalpha() or after in "_@°"


def _scale(text: str, end: int, lex: Lexicon) -> tuple[float, int]:
    """Return by what the words behind a number multiply it, and where they end: "mil millones" is two of them."""
    scale, after = _one_scale(text, end, lex)
    more, last = _one_scale(text, after, lex) if 1 < scale < 1e6 and text[after - 1] != "." else (1, after)
    return scale * more, last


def _one_scale(text: str, end: int, lex: Lexicon) -> tuple[float, int]:
    word = _NEXT_WORD.match(text, end)
    if word is None:
        return 1, end
    low = word.group(1).lower()
    if low in lex.scales:
        dotted = text[word.end() - 1] == "." and len(low) <= 3
        return lex.scales[low], word.end() if dotted else word.end(1)
    if word.start(1) == end and low in _LETTER_SCALES and not lex.counts["spaced_thousands"]:
        return _LETTER_SCALES[low], word.end(1)
    return 1, end


def _words(text: str, lex: Lexicon) -> Iterator[Number]:
    run: list[re.Match[str]] = []
    links = lex.sets["last_link"]
    for match in _number_words(text, lex):
        if run and (text[run[-1].end() : match.start()] not in (" ", "-", "\u00a0") or len(run) >= _MOST_WORDS):
            yield from _spoken(run, lex)
            run = []
        if run or match[0].lower() not in links:
            run.append(match)
    yield from _spoken(run, lex)


def _number_words(text: str, lex: Lexicon) -> Iterator[re.Match[str]]:
    """Yield the number words and what links them, of the words that begin like one."""
    for _, start, _ in _beginnings(lex).find_matches_as_indexes(text):
        if start and (text[start - 1].isalpha() or (text[start - 1] == "-" and text[start - 2].isalpha())):
            continue
        match = _WORD.match(text, start)
        if match and len(match[0]) <= _LONGEST_WORD and _is_number_word(match[0].lower(), lex):
            yield match


def _fractions(text: str, lex: Lexicon) -> Iterator[Number]:
    """Yield parts of large numbers: "half a million", "anderthalb Milliarden"; not "two and a half million"."""
    matcher, values = _fraction_phrases(lex)
    for number, start, end in matcher.find_matches_as_indexes(text):
        whole = _NEXT_WORD.match(text, end)
        low = whole[1].lower() if whole and whole.start(1) > end else ""
        scale = lex.scales.get(low) or lex.number_words.get(low, 0.0)
        before = _LAST_WORD.search(text, max(0, start - 12), start)
        if whole and scale > 1 and not text[start - 1 : start].isalnum() and not _joins(before, lex):
            yield Number(start, whole.end(1), values[number] * scale, False, True, scale >= 1000)


def _joins(word: re.Match[str] | None, lex: Lexicon) -> bool:
    return word is not None and word[1].lower() in lex.sets["last_link"]


@cache
def _fraction_phrases(lex: Lexicon) -> tuple[AhoCorasick, list[float]]:
    """Return what finds the words for parts, and the part that each form of them is."""
    forms = {
        form: float(Fraction(part))
        for part, words in lex.counts["fractions"].items()
        for phrase in (word.replace("_", " ") for word in words.split())
        for form in (phrase, phrase.capitalize())
    }
    return AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest), list(forms.values())


@cache
def _beginnings(lex: Lexicon) -> AhoCorasick:
    """Return what finds the first three letters of all number words, and shorter ones with what parts them."""
    stems = lex.sets["spoken"].union(word[:3] for word in (*lex.number_words, *lex.sets["last_link"]))
    low = [stem + after for stem in sorted(stems) for after in (("",) if len(stem) == 3 else (" ", "\u00a0", "-"))]
    forms = dict.fromkeys(form for stem in low for form in (stem, stem.capitalize(), stem.upper()))
    return AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest)


def _spoken(run: list[re.Match[str]], lex: Lexicon) -> Iterator[Number]:
    """Yield the number that a run of number words makes, or each of the numbers that stand in a row."""
    while run and run[-1].group().lower() in lex.sets["last_link"]:
        run = run[:-1]
    if not run:
        return
    words = [match.group().lower() for match in run]
    value = None if words[0] in lex.sets["vague"] else _spoken_value(words, lex)
    if value is not None and value >= 1:
        yield Number(run[0].start(), run[-1].end(), value, False, True, value >= 1000)
    elif value is None and len(run) > 1:
        yield from _spoken(run[:1], lex)
        yield from _spoken(run[2:] if run[1].group().lower() in lex.sets["last_link"] else run[1:], lex)


def _spoken_value(words: list[str], lex: Lexicon) -> float | None:
    ones = lex.sets["one"]
    dozens = 0.0 if words[-1] in ones else lex.number_words.get(words[-1], 0.0)
    if dozens:
        factor = 1.0 if len(words) == 1 or words[0] in ones else _spoken_value(words[:-1], lex)
        return factor * dozens if factor else None
    if len(words) > 1 and words[0] in ones:
        scale = lex.scales.get(words[1]) if len(words) == 2 else None
        return scale or _number_word(" ".join(words), lex.language)
    return 1.0 if words[0] in ones else _number_word(" ".join(words), lex.language)


@lru_cache(maxsize=32_768)
def _is_number_word(low: str, lex: Lexicon) -> bool:
    return low in lex.number_words or low in lex.sets["last_link"] or _number_word(low, lex.language) is not None


def _number_word(words: str, language: str) -> float | None:
    if len(words) > _LONGEST_WORD:
        return None
    try:
        return float(text2num(words, language))
    except ValueError:
        return None
