"""The words before and between numbers that say how exact they are, as patterns of one language; no text is read."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, NamedTuple

from pipeline.text.lexicon import lexicon

Qualifier = Literal["exact", "over", "at_least", "about", "up_to", "under", "nearly", "range"]

_PERCENT = frozenset(("per cent", "pour cent", "por ciento"))


class Words(NamedTuple):
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
    led: re.Pattern[str]
    """What begins a range or a change, at any place."""
    pairs: frozenset[str]
    """What links a range only after "between"."""
    share: re.Pattern[str]
    topics: Mapping[str, frozenset[str]]
    """Qualifiers that say of what behind some words: "a dispute over 40 trees"."""


@cache
def patterns(language: str) -> Words:
    """Return the patterns of a language that has a lexicon."""
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
    return Words(
        qualifier=re.compile(rf"(?<!\w)({_either(phrases)})(?:\s+(?:{fillers}))*\s*\Z", re.IGNORECASE),
        qualifiers=phrases,
        leads=frozenset(phrase.split()[-1] for phrase in (*phrases, *counts["qualifiers"]["fillers"].split())),
        symbol=re.compile(rf"(?<!\w)({_either(symbols)})[ \u00a0]?\Z", re.IGNORECASE),
        symbol_ends=frozenset(word[-1] for word in symbols),
        percent=lex.sets["percent"] | _PERCENT,
        more=re.compile(rf"\+| (?:{counts['and_more']})\b", re.IGNORECASE),
        link=re.compile(rf"\s?[-–]\s?|-?\s(?:{counts['range_link']}|{counts['between_link']})\s", re.IGNORECASE),
        between=re.compile(rf"(?<!\w)(?:{counts['between']})\s+\S?\Z", re.IGNORECASE),
        led=re.compile(rf"(?<!\w)(?:{counts['between']})(?!\w)", re.IGNORECASE),
        pairs=frozenset(counts["between_link"].split("|")),
        share=re.compile(rf"\s(?:{counts['share_link']})\s"),
        topics={phrase: frozenset(listed.split()) for phrase, listed in counts["topics"].items()},
    )


def _either(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("\\ ", r"\s+").replace("'", "['’]") for word in longest_first)
