"""Quotation marks of a text, paired; what stands between them is not judged here."""

import re
from typing import NamedTuple

from pipeline.text.reading import MASK

_CLOSERS = {
    "„": '“”"',
    "“": '”"“',
    "”": '”"',
    '"': '"”“',
    "«": "»",
    "»": "«",
    "‚": "‘’",
    "‘": "’",
    "'": "'",
    "‹": "›",
    "›": "‹",
    "「": "」",
    "『": "』",
    "《": "》",
}
_MARK = re.compile(rf"[„“”\"«»‚‘’'‹›「」『』《》]|\n[ \t]*\n|{MASK}+")
_INWARD = re.compile(r"(?<![^\s(])»(?=\w)")
_OUTWARD = re.compile(r"(?<![^\s(’'])«")
_ONLY_OPEN, _ONLY_CLOSE, _POINTED, _SINGLE = "„‚「『《", "’」』》", "«»‹›", "‚‘’'‹›"
_BEFORE_OPENING = set("([{—–-/:„“\"«‚‘»'\n\t \u00a0\u202f" + MASK)
_DEEPEST = 4
"""Quotations inside quotations; an article that nests deeper has lost its closing marks."""
_MOST_PARAGRAPHS = 6


class Quoted(NamedTuple):
    """Text between two marks, marks excluded; `close` is None if the closing mark is missing."""

    start: int
    end: int
    open: str | None
    close: str | None
    at: int
    """Where the opening mark is."""


class _Opened(NamedTuple):
    at: int
    mark: str
    paragraph: int
    paragraph_end: int | None


def pair_marks(text: str) -> list[Quoted]:
    """Return what stands between marks, in order; an unclosed one reaches to the next or the paragraph's end."""
    inward = "»" in text and len(_INWARD.findall(text)) > len(_OUTWARD.findall(text))
    found: list[Quoted] = []
    open_: list[_Opened] = []
    paragraph = 0
    for match in _MARK.finditer(text):
        mark, at = match.group(), match.start()
        if mark[0] == "\n" and open_ and paragraph - open_[0].paragraph < _MOST_PARAGRAPHS:
            paragraph += 1
            found += _given_up(open_[1:], at)
            open_ = [open_[0]._replace(paragraph_end=open_[0].paragraph_end or at)]
        elif mark[0] in "\n" + MASK:
            paragraph += 1
            found += _given_up(open_, at)
            open_ = []
        elif _opens(text, at, mark, inward):
            open_ = _pushed(open_, _Opened(at, mark, paragraph, None), found)
        elif (depth := _opener(open_, mark, text, at)) is not None:
            found += _given_up(open_[depth + 1 :], at)
            found.append(Quoted(open_[depth].at + 1, at, open_[depth].mark, mark, open_[depth].at))
            del open_[depth:]
    found += _given_up(open_, len(text))
    return _settled(text, found)


def _opens(text: str, at: int, mark: str, inward: bool) -> bool:
    if mark in _POINTED:
        return (mark in "»›") == inward
    if mark in _ONLY_CLOSE:
        return False
    after = text[at + 1] if at + 1 < len(text) else " "
    if mark in _ONLY_OPEN:
        return mark != "‚" or after.isalnum()
    opening = (at == 0 or text[at - 1] in _BEFORE_OPENING) and not after.isspace()
    return opening and (after.isalpha() or after in '"“„' if mark == "'" else after not in ",.;:!?)")


def _opener(open_: list[_Opened], mark: str, text: str, at: int) -> int | None:
    if mark in "’'" and at + 1 < len(text) and text[at + 1].isalnum() and at and text[at - 1].isalnum():
        return None
    return next((k for k in range(len(open_) - 1, -1, -1) if mark in _CLOSERS[open_[k].mark]), None)


def _pushed(open_: list[_Opened], new: _Opened, found: list[Quoted]) -> list[_Opened]:
    """Open one more; opened anew in a later paragraph, or with too many open, the first was never closed."""
    reopened = bool(open_) and open_[0].paragraph < new.paragraph and new.mark not in _SINGLE
    if reopened or len(open_) >= _DEEPEST:
        found += _given_up(open_[:1], new.at)
        open_ = open_[1:]
    return [*open_, new]


def _given_up(opened: list[_Opened], at: int) -> list[Quoted]:
    return [Quoted(o.at + 1, o.paragraph_end or at, o.mark, None, o.at) for o in opened if o.mark not in _SINGLE]


def _settled(text: str, found: list[Quoted]) -> list[Quoted]:
    """In order, without blanks at the ends; an unclosed one ends where the next begins; empty ones are dropped."""
    found.sort(key=lambda q: (q.start, -q.end))
    settled = []
    for quoted, following in zip(found, [*found[1:], None], strict=False):
        end = quoted.end
        if quoted.close is None and following and following.at < end:
            end = following.at
        inner = text[quoted.start : end]
        start = quoted.start + len(inner) - len(inner.lstrip())
        end = start + len(inner.strip())
        if any(c.isalnum() for c in inner):
            settled.append(quoted._replace(start=start, end=end))
    return settled
