"""What stands before and behind the text of an article: title, bylines and dates, bios, credits, contacts."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.html.bylines import bare
from pipeline.html.lines import DATE, Line, fits, has_address, is_quoted, is_sentence, reads_on
from pipeline.html.phrases import Phrase

_FIRST_LINES = 12
# So many characters of running text may stand before a title that is not the page's, and before a byline.
_BEFORE_TITLE = 300
_BEFORE_BYLINE = 400
_BEHIND = 200
# A sentence that has the title in it is longer than this many titles.
_LONGEST_TITLE = 1.3
# Small words that may stand beside the dates of a byline.
_MOST_WORDS = 2
_WORD = re.compile(r"\w+")
# So many of the words behind "Reporting by" are names, at least.
_LEAST_NAMED = 0.5
_TITLE_NAME = re.compile(r"(?<![a-z])(?:title|headline|heading)(?![a-z])")
# A day and the time of it, and nothing behind them: words such as "Friday" and "at" may be in any language.
_CLOCK_LAST = re.compile(r"(?:19|20)\d\d\D{1,8}\d{1,2}[:.h]\d\d\D{0,8}$")
_INITIALS = re.compile(
    r"[(\[][a-zäöü.]{2,6}(?:[/, -]{1,2}[a-zäöü.]{2,6}){0,4}[)\]]|[a-zäöü]{2,5}(?:/[A-Za-zÄÖÜäöü]{2,5}){1,4}"
)


class Stated(NamedTuple):
    """What a page states of its article, as far as it may be repeated in the body."""

    headline: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    language: str | None = None


def head(lines: Sequence[Line], reasons: list[str | None], stated: Stated) -> None:
    """Mark titles, bylines and dates before the text begins, and what stands before the title."""
    title, summary = bare(stated.headline or ""), bare(stated.description or "")[:60]
    authors = [name for author in stated.authors if len(name := bare(author)) >= 5]
    words = _words(stated.headline or "")
    before = 0
    begun = False
    for at, line in enumerate(lines):
        early = at < _FIRST_LINES and before < _BEFORE_BYLINE
        summarises = early and bool(summary) and bare(line.block.text[:400]).startswith(summary)
        if _is_title(line, title, early):
            reasons[at] = reasons[at] or "title"
            if at < _FIRST_LINES and before < _BEFORE_TITLE and not begun:
                reasons[:at] = [reason or "header" for reason in reasons[:at]]
        elif early and not (before or begun or summarises or reasons[at]) and _is_other_title(line, words):
            reasons[at] = "title"
        elif early and _is_byline(line, authors):
            reasons[at] = reasons[at] or "byline"
        begun = begun or summarises
        if line.prose and not reasons[at]:
            before += len(line.block.text)


def tail(lines: Sequence[Line], reasons: list[str | None], stated: Stated) -> None:
    """Mark bios, credits, contacts and calls to action behind the text."""
    authors = [name for author in stated.authors if " " in author and len(name := bare(author)) >= 5]
    publisher = bare(stated.publisher or "")
    total = sum(len(line.block.text) for line in lines if line.prose)
    most = max(min(_BEHIND, total // 6), total // 12)
    behind = 0
    for at in range(len(lines) - 1, -1, -1):
        reasons[at] = reasons[at] or _last(lines[at], authors, publisher)
        if not reasons[at]:
            behind += len(lines[at].block.text)
        if behind > most:
            break


def _is_title(line: Line, title: str, early: bool) -> bool:
    text = line.block.text
    if not early and not len(title) <= len(text) <= 2 * len(title):
        return False
    own = bare(text[:400])
    if len(own) >= 12 and own == title:
        return True
    if not early or len(own) < 6:
        return False
    if line.block.tag == "h1":
        return True
    if not title or (len(own) > _LONGEST_TITLE * len(title) and is_sentence(text)):
        return False
    return (title in own and len(own) <= len(title) + 50) or (own in title and len(own) >= 0.6 * len(title))


def _is_other_title(line: Line, words: set[str]) -> bool:
    """Return whether a heading before all text is the title in words that differ from those stated."""
    if line.block.tag not in ("h1", "h2"):
        return False
    own = _words(line.block.text)
    named = line.block.box.named if line.block.box else ""
    shared = len(own & words)
    return (shared > 2 and shared >= 0.4 * min(len(own), len(words))) or (
        _TITLE_NAME.search(named) is not None and "sub" not in named
    )


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text[:400].casefold()))


def _is_byline(line: Line, authors: Sequence[str]) -> bool:
    text = line.block.text
    if len(text) > 120:
        return False
    if not any(map(str.isalpha, text)):
        return True
    opening = [phrase for phrase in line.phrases if phrase.kind == "byline" and phrase.place != "whole"]
    if _is_dated(text) and (opening or not _has_words(text) or _CLOCK_LAST.search(text)):
        return True
    dates = 0 if text.endswith((".", "?", "!")) else len(DATE.findall(text))
    if any(_names(text, author, (45 if opening else 30) + 25 * dates, bool(opening)) for author in authors):
        return True
    return any(dates > 1 or _opens_byline(text, phrase) for phrase in opening)


def _is_dated(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return len(text) <= 80 and digits >= 0.15 * len(bare(text)) and DATE.search(text) is not None


def _has_words(text: str) -> bool:
    """Return whether a line says something besides its dates: it ends as a sentence, or has words in small letters."""
    words = [word for word in _WORD.findall(DATE.sub(" ", text)) if len(word) > 1 and word[0].islower()]
    return len(words) > _MOST_WORDS or is_sentence(text)


def _names(text: str, author: str, most: int, led: bool) -> bool:
    """Return whether a line is an author's name and few letters more: no sentence, and no words of theirs."""
    own = bare(text)
    if author not in own or len(own) > len(author) + most:
        return False
    before, _, said = text.replace("：", ":").partition(":")
    if len(said.split()) > 1 and bare(before).endswith(author) and not DATE.search(said):
        return False
    return led or own == author or not is_sentence(text)


def _opens_byline(text: str, phrase: Phrase) -> bool:
    """Return whether "By" and the like is followed by names: capitals, few words, no end of a sentence."""
    if phrase.place != "start":
        return len(text) <= 60
    rest = text.split()[phrase.words :]
    named = sum(word[0].isupper() for word in rest) >= 2 and not text.endswith((".", "?", "!", ":"))
    return phrase.pointed or (len(rest) <= 8 and named)


def _last(line: Line, authors: Sequence[str], publisher: str) -> str | None:
    text = line.block.text
    kinds = {phrase.kind: phrase for phrase in line.phrases if fits(line, phrase)}
    own = bare(text[:100])
    named = any(author in own for author in authors)
    address = has_address(line)
    if named and (len(text) <= 80 or "bio" in kinds or address):
        return "bio"
    if publisher and publisher in own and len(own) <= len(publisher) + 15 and "." not in text:
        return "credit"
    staff, call = kinds.get("staff"), kinds.get("call")
    if staff and staff.strong and (_credits(line, staff) or not reads_on(line, staff)):
        return "credit"
    if call and call.strong and not (is_quoted(line) or reads_on(line, call)):
        return "call_to_action"
    if address and " " not in text:
        return "contact"
    return "credit" if len(text) <= 30 and _INITIALS.fullmatch(text) else None


def _credits(line: Line, phrase: Phrase) -> bool:
    """Return whether a phrase such as "Reporting by" is not of a sentence: it ends one, or names follow it."""
    text = line.block.text
    rest = text.split()[phrase.words :]
    capitals = sum(word[0].isupper() for word in rest)
    return phrase.place == "within" or text.startswith("(") or capitals >= _LEAST_NAMED * len(rest)
