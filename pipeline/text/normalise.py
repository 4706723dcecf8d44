"""The form all text has before it is looked at: NFC, no control characters, paragraphs parted by an empty line."""

import hashlib
import re
import unicodedata

_BREAKS = {**dict.fromkeys(map(ord, "\v\f\x1c\x1d\x1e\x85\u2028"), "\n"), 0x2029: "\n\n"}
_CONTROLS = {code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
# A lone surrogate comes out of "\ud83d" in JSON and cannot be written as UTF-8.
_UNWANTED = dict.fromkeys([*_CONTROLS, *range(0xD800, 0xE000)])
_TABLE = {**_UNWANTED, **_BREAKS}

_BLANKS = re.compile(r"[^\S\n]+")
_LINE_EDGE = re.compile(r" ?\n ?")
_PARAGRAPH = re.compile(r"\n{2,}")


def _marks() -> str:
    codes = [code for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))]
    return "".join(map(chr, codes))


# NFC is quadratic in a run of combining marks (160,000 of them take 30 s); Unicode's stream-safe format allows 30.
_MARK_RUN = re.compile(f"([{_marks()}]{{30}})[{_marks()}]+")
_PERHAPS_MARKS = re.compile(
    "[^\x00-\u02ff]{31}"
)  # ten times as fast as the pattern above, and rare in words and blanks


def _thin_marks(text: str) -> str:
    return _MARK_RUN.sub(r"\1", text) if _PERHAPS_MARKS.search(text) else text


def fold(text: str) -> str:
    r"""Return NFC text without control characters, blanks folded, paragraphs parted by exactly "\n\n"; idempotent."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    text = _thin_marks(unicodedata.normalize("NFC", _thin_marks(text)))
    text = _LINE_EDGE.sub("\n", _BLANKS.sub(" ", text))
    return _PARAGRAPH.sub("\n\n", text).strip()


def fold_line(text: str) -> str:
    """Return text folded into one line without hyphenation hints, the form of values and of a page's paragraphs."""
    flat = " ".join(text.split())
    # Most lines are folded already: eight times as fast on the blocks of news pages. \x1f parts words in Python only.
    if flat.isprintable() and "\x1f" not in text and (flat.isascii() or _is_folded(flat)):
        return flat
    return " ".join(fold(text.translate(_INVISIBLE)).split())


def _is_folded(line: str) -> bool:
    return not _PERHAPS_MARKS.search(line) and unicodedata.is_normalized("NFC", line)


def content_sha256(headline: str | None, description: str | None, body: str) -> str:
    """Return the hex digest of an article's words; NFC, white space folded, a missing part equal to an empty one."""
    parts = (fold_line(part or "") for part in (headline, description, body))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
