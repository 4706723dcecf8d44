"""Stock phrases of the trade by language: what a line that is not the article's text says. No page is read here."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.text.normalise import fold_line

# Of longer lines, which are paragraphs, only the beginning is looked at.
_LONGEST = 400
_BEGINNING = 160
LONGEST_WHOLE = 80
# Names of a photographer and an agency.
_LONGEST_END = 60
_LETTERS = str.maketrans(
    {"İ": "i", "ı": "i", "’": "'", "‘": "'", "´": "'", "`": "'", "‑": "-", "–": "-", "\u0307": "", "ⓒ": "©", "Ⓒ": "©"}
)
_LEADING = re.compile(r"[^\w©]+")
_TRAILING = re.compile(r"[\W\d]+$")
# Scripts that write words without blanks: a phrase may end anywhere in a line.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]")
_PUNCTUATION = re.compile(r"\s{0,2}[:|/>»→©\-：｜／\[(]")


class Phrase(NamedTuple):
    """One phrase found in a line: what it is a sign of, and where it stands: whole start within end."""

    kind: str
    place: str
    words: int
    end: int
    pointed: bool
    """Whether a colon or the like follows."""

    @property
    def strong(self) -> bool:
        """Return whether it says something by itself: a single word does only before a colon."""
        return self.pointed or self.words > 1


def bare_line(text: str) -> str:
    """Return the head of a line as phrases are compared: case, kinds of apostrophes and leading marks do not count."""
    line = text if len(text) <= _LONGEST else text[:_BEGINNING]
    line = line.translate(_LETTERS).casefold().replace("\u0307", "").replace("(c)", "©")
    return line[match.end() :] if (match := _LEADING.match(line)) else line


def find_phrases(line: str) -> list[Phrase]:
    """Return the stock phrases of any language in a line that `bare_line` made, none on nonsense."""
    automaton, listed = _phrases()
    length = len(_TRAILING.sub("", line) if len(line) <= LONGEST_WHOLE else line) or len(line)
    found = []
    for number, start, end in automaton.find_matches_as_indexes(line, overlapping=True):
        for place, kind, words in listed[number]:
            if _fits(line, place, start, end, length):
                found.append(Phrase(kind, place, words, end, _points(line, start, end)))
    return found


def is_unspaced(letter: str) -> bool:
    """Return whether a letter is of a script that writes words without blanks, or with blanks few phrases end at."""
    return _UNSPACED.match(letter) is not None


def _fits(line: str, place: str, start: int, end: int, length: int) -> bool:
    if place in ("whole", "start") and start:
        return False
    if place == "whole":
        return end >= length
    if place == "end" and not (start and len(line) - end <= _LONGEST_END and _points(line, start, end)):
        return False
    return not (_joined(line, start) or _joined(line, end))


def _points(line: str, start: int, end: int) -> bool:
    return line[start] == "©" or _PUNCTUATION.match(line, end) is not None


def _joined(line: str, at: int) -> bool:
    """Return whether a word goes on across this place of a line."""
    if not 0 < at < len(line):
        return False
    before, after = line[at - 1], line[at]
    return before.isalnum() and after.isalnum() and not _UNSPACED.match(before)


@cache
def _phrases() -> tuple[AhoCorasick, tuple[tuple[tuple[str, str, int], ...], ...]]:
    entries: dict[str, list[tuple[str, str, int]]] = {}
    for place, kind, phrase in _listed():
        words = 2 if _UNSPACED.search(phrase) or "©" in phrase else len(phrase.split())
        entries.setdefault(bare_line(fold_line(phrase)), []).append((place, kind, words))
    automaton = AhoCorasick(list(entries), matchkind=MatchKind.Standard)
    return automaton, tuple(tuple(dict.fromkeys(signs)) for signs in entries.values())


def _listed() -> Iterator[tuple[str, str, str]]:
    folder = files("pipeline.html") / "data"
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")):
        for place, kinds in tomllib.loads((folder / name).read_text("utf-8")).items():
            for kind, phrases in kinds.items():
                yield from ((place, kind, phrase) for phrase in phrases.splitlines() if phrase.strip())
