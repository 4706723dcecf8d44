"""An article cut into sentences and tokens; words, marks and offsets only, no meaning."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import NamedTuple

FILLER = "\ufffc"
"""Stands for each character of a quotation while the sentence around it is read."""

MASK = "\x1e"
"""Stands for each character that belongs to an embedded post; ends sentences and quotations."""

Span = tuple[int, int]

_TOKEN = re.compile(rf"(?:[ldjmnstcLDJMNSTC]|[Qq]u)['’](?=\w)|\w+(?:[-’'‑]\w+)*|{FILLER}+|[^\w\s]")
_STOP = re.compile(rf"[.!?…][\"”“»«’‘')\]]{{0,4}}\s+(?=\S)|\n[ \t]*\n\s*|:\n|{MASK}+\s*")
_WORD_BEFORE = re.compile(r"[\w.]{1,12}\Z")
_LONGEST_SENTENCE = 2_000


class Token(NamedTuple):
    """A word, a run of quoted text, or one punctuation mark."""

    start: int
    end: int
    text: str
    low: str


_new_token = tuple.__new__  # half the cost of Token(...), in what takes a fifth of mining


def tokens(text: str, start: int, end: int, most: int | None = None) -> list[Token]:
    """Return the tokens of text[start:end] (the first `most` of them), with offsets into text."""
    return [
        _new_token(Token, (*match.span(), word := match[0], word.lower().replace("’", "'")))
        for match in islice(_TOKEN.finditer(text, start, end), most)
    ]


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
