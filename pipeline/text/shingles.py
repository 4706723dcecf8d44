"""The words by which texts are compared: without posts and lines that are not the article's own, some in a row."""

import re
from collections.abc import Iterable, Sequence

from pipeline.text.reading import without

MOST_CHARACTERS = 200_000
"""Of a text; what is behind them is not compared. The shingles of a text of 20 MB would take a gigabyte."""

# Han and kana are written without blanks: each character is a word there.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"\d+(?:[.,:]\d+)+|[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_LONGEST_LINE = 300
# Credits and pointers to other pages: a publisher has them below every text, whoever wrote it.
_NOT_OWN = re.compile(
    r"\W*(?:©|\(c\)|copyright\b|all rights reserved|alle rechte vorbehalten|tous droits réservés"
    r"|(?:quelle|source|fuente|fonte|bron)n?s?:|mit material|with files from|avec (?:afp|reuters)"
    r"|(?:additional )?(?:reporting|editing|writing) by|read (?:more|also|next)\b|(?:see|lire) (?:also|aussi)\b"
    r"|à lire|lesen sie|lies auch|mehr zum thema|more (?:on|about) this|lee también|leggi anche|lees ook"
    r"|sign up (?:for|to)|subscribe (?:to|now)|abonnieren sie|newsletter\b|follow us|folgen sie)",
    re.IGNORECASE,
)


def own_text(body: str, posts: Iterable[tuple[int, int]]) -> str:
    """Return the first MOST_CHARACTERS of a body, without posts (at these places), credits, pointers to other pages."""
    lines = without(body[:MOST_CHARACTERS], list(posts), " ").split("\n")
    return "\n".join(line for line in lines if len(line) > _LONGEST_LINE or not _NOT_OWN.match(line))


def words(text: str) -> list[str]:
    """Return the words of a text as they are written, a number with its fraction as one."""
    return _WORD.findall(text)


def shingles(text_words: Sequence[str], in_a_row: int = 3) -> set[str]:
    """Return every so many words in a row, in lower case; none of a text that has fewer."""
    low = [word.lower() for word in text_words]
    return {" ".join(row) for row in zip(*(low[start:] for start in range(in_a_row)), strict=False)}
