"""An article cut into sentences and tokens; words, marks and offsets only, no meaning."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple

FILLER = "\ufffc"
"""Stands for each character of a quotation while the sentence around it is read."""

MASK = "\x1e"
"""Stands for each character that belongs to an embedded post; ends sentences and quotations."""

HYPHEN = "\xad"
"""Says where a word may be parted at the end of a line; no part of the word."""

POSSESSIVE = re.compile(r"['’]s?\Z")
"""What ends a name in the possessive: an apostrophe, or one and s."""

Span = tuple[int, int]

_TOKEN = re.compile(rf"((?:[ldjmnstcLDJMNSTC]|[Qq]u)['’](?=\w)|\w+(?:[-’'‑{HYPHEN}]\w+)*|{FILLER}+|[^\w\s{HYPHEN}])")
_STOP = re.compile(rf"[.!?…][\"”“»«’‘')\]]{{0,4}}\s+(?=\S)|\n[ \t]*\n\s*|:\n|{MASK}+\s*")
_WORD_BEFORE = re.compile(r"[\w.]{1,12}\Z")
_LONGEST_SENTENCE = 2_000


class Token(NamedTuple):
    """A word, a run of quoted text, or one punctuation mark."""

    start: int
    end: int
    text: str
    low: str


# A third of the cost of Token(...): most of what it costs to cut a text is to make tokens.
_new_token = partial(tuple.__new__, Token)


class Words(NamedTuple):
    """The tokens of a text in columns, which cost a third of as many tokens."""

    starts: Sequence[int]
    ends: Sequence[int]
    texts: Sequence[str]
    lows: Sequence[str]

    def between(self, first: int, last: int) -> list[Token]:
        """Return the tokens from one number up to another."""
        starts, ends, texts, lows = self
        columns = zip(starts[first:last], ends[first:last], texts[first:last], lows[first:last], strict=True)
        return list(map(_new_token, columns))


def columns(text: str, start: int, end: int, most: int = 0) -> Words:
    """Return the tokens of text[start:end] in columns (the first `most` of them), with offsets into text."""
    part = text[start:end]  # a search of the whole text at each of its quotations would be quadratic
    parts = _TOKEN.split(part, most)
    bounds = list(accumulate(map(len, parts), initial=start))
    texts = [word.replace(HYPHEN, "") for word in parts[1::2]] if HYPHEN in part else parts[1::2]
    lows = [word.lower() for word in texts]
    if "’" in part:
        lows = [low.replace("’", "'") for low in lows]
    return Words(bounds[1:-1:2], bounds[2::2], texts, lows)


def tokens(text: str, start: int, end: int, most: int = 0) -> list[Token]:
    """Return the tokens of text[start:end] (the first `most` of them), with offsets into text."""
    words = columns(text, start, end, most)
    return list(map(_new_token, zip(*words, strict=True)))


def sentences(text: str, abbreviations: frozenset[str]) -> list[Span]:
    """Return the spans of the sentences in order; a very long one is cut."""
    bounds = [0, *(match.end() for match in _STOP.finditer(text) if _ends(text, match, abbreviations)), len(text)]
    return [
        (cut, min(cut + _LONGEST_SENTENCE, end))
        for start, end in pairwise(bounds)
        for cut in range(start, end, _LONGEST_SENTENCE)
    ]


def _ends(text: str, stop: re.Match[str], abbreviations: frozenset[str]) -> bool:
    if "\n\n" in stop.group() or stop.group()[0] in f"\n:{MASK}":
        return True
    following = text[stop.end()]
    if following.islower() or following in ",;":
        return False
    if stop.group()[0] != "." or not stop.group()[1].isspace():
        return True
    before = _WORD_BEFORE.search(text, max(0, stop.start() - 12), stop.start())
    word = before.group().lower() if before else ""
    ordinal_or_initial = (len(word) <= 2 and word.isdigit()) or len(word) == 1
    return not (ordinal_or_initial or word in abbreviations)


def place(spans: Sequence[Span], position: int) -> int:
    """Return the index of the last span that starts at or before position, 0 if none does."""
    return max(0, bisect_right(spans, (position, 1 << 62)) - 1)


def without(text: str, spans: Sequence[Span], filler: str) -> str:
    """Return the text with every character inside the spans replaced, of the same length."""
    parts, last = [], 0
    for start, end in sorted(spans):
        if end > last:
            start = max(start, last)
            parts += [text[last:start], filler * (end - start)]
            last = end
    return "".join([*parts, text[last:]])
