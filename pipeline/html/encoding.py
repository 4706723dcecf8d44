"""Bytes of any encoding to UTF-8: declared, sniffed, lying or mixed. Knows nothing of tags but <meta charset>."""

import codecs
import re
from collections.abc import Iterator
from itertools import islice

import charset_normalizer

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([\w.:-]{1,40})", re.IGNORECASE)
# What browsers read under these labels, and what the pages that use them hold.
_READ_AS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
# Text codecs of Python that no page is in; punycode is quadratic.
_NOT_FOR_PAGES = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined"})
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"]
_LIKELY += ["iso8859_2", "shift_jis", "euc_jp", "euc_kr", "gb18030", "big5", "tis_620"]
_SAMPLE = 50_000
_STRAY = re.compile("[\udc80-\udcff]+")
# Hardly a word of a language that windows-1252 was made for has four such characters in a row.
_NOT_WESTERN = re.compile("[^\0-\xa0\ufffd]{4}")
# UTF-8 that was read as windows-1252 and written as UTF-8 again: "Ã¼", "Å¼", "Ð¼", "â€œ", or with a control character.
_TWICE = re.compile(
    rb"\xc3(?:[\x83-\x85\x8e-\x91]\xc2[\x80-\x9f\xa1-\xbf]|\xa2\xe2\x82\xac|[\xa0-\xae]\xc2[\x81\x8d\x8f\x90\x9d])"
)
_CERTAIN = 3
_LOOKED_AT = 30


def _as_western(byte: int) -> str:
    """Return the character that browsers show for a byte of windows-1252, where five bytes are control characters."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_WESTERN = {_as_western(byte): byte for byte in range(0x80, 0x100)}
_TAIL = "".join(re.escape(_as_western(byte)) for byte in range(0x80, 0xC0))
_WRITTEN_TWICE = re.compile(f"[\xc2-\xdf][{_TAIL}]|[\xe0-\xef][{_TAIL}]{{2}}")
_EUROPEAN = re.compile("[\xa0-\u024f\u0370-\u052f\u2010-\u2044\u20ac\u2122]")


def as_utf8(payload: bytes, declared: tuple[str | None, ...] = ()) -> tuple[bytes, tuple[str, ...]] | None:
    """Return the payload as valid UTF-8 and what had to be mended; None when no encoding gives text.

    Valid UTF-8 wins over any declaration; `declared` and the page's own <meta> come before detection.
    """
    if mark := wide(payload):
        return payload.decode(mark, "replace").lstrip("\ufeff").encode(), ()
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        found = _other(payload, declared)
        return found and (found[0].encode("utf-8", "replace"), found[1])
    if text.isascii():
        return _stateful(payload), ()
    if _twice(payload) < _CERTAIN:
        return payload, ()
    return _WRITTEN_TWICE.sub(_once, text).encode(), ("mojibake",)


def wide(payload: bytes) -> str | None:
    """Return the encoding that a byte order mark or the zeros between Latin letters show."""
    for mark, encoding in _BOMS:
        if payload.startswith(mark):
            return encoding
    head = payload[:1024]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) * 4 > len(head) and min(odd, even) * 20 < len(head):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _stateful(payload: bytes) -> bytes:
    """Return Japanese of e-mail as UTF-8: all its bytes are ASCII, and escapes switch to other characters."""
    if b"\x1b$" not in payload:
        return payload
    return payload.decode("iso2022_jp_2", "replace").encode()


def _other(payload: bytes, declared: tuple[str | None, ...]) -> tuple[str, tuple[str, ...]] | None:
    text = payload.decode("utf-8", "surrogateescape")
    stray = len(_STRAY.findall(text))
    valid = _STRAY.sub("", text)
    # A page in another encoding hardly ever holds a valid UTF-8 sequence; one with a few broken bytes holds many.
    if _foreign_letters(valid) > 3 * stray:
        return _STRAY.sub(_mended, text), ("replaced_bytes",)
    for encoding in _labels(payload, declared):
        if found := _decoded(payload, encoding):
            return found
    best = charset_normalizer.from_bytes(_foreign(payload), cp_isolation=_LIKELY).best()
    if best and (found := _decoded(payload, _READ_AS.get(best.encoding, best.encoding))):
        return found[0], ("guessed_encoding", *found[1])
    return None if stray > len(text) // 20 else (_STRAY.sub(_mended, text), ("replaced_bytes",))


def _labels(payload: bytes, declared: tuple[str | None, ...]) -> Iterator[str]:
    own = _META_CHARSET.search(payload, 0, 4096)
    for label in (*declared, own and own[1].decode("ascii", "replace")):
        if label and (known := _codec(label)):
            yield known


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip().lower().removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    return None if name in _NOT_FOR_PAGES or name == "utf-8" else _READ_AS.get(name, name)


def _decoded(payload: bytes, encoding: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the text in an encoding that all but a twentieth of its foreign letters fit; else None."""
    try:
        text = payload.decode(encoding, "replace")
    except (LookupError, ValueError):
        return None
    if encoding == "cp1252" and len(_NOT_WESTERN.findall(text)) >= 3:
        return None
    replaced = text.count("\ufffd")
    return (text, ("replaced_bytes",) if replaced else ()) if replaced * 20 <= _foreign_letters(text) else None


def _foreign_letters(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _foreign(payload: bytes) -> bytes:
    """Return the start of what a page says between its tags in other than ASCII characters."""
    said = (piece.rpartition(b">")[2] for piece in payload.split(b"<"))
    return b"\n".join(piece for piece in said if not piece.isascii())[:_SAMPLE] or payload[:_SAMPLE]


def _mended(match: re.Match[str]) -> str:
    """Return what a lone byte is in windows-1252, from which authors paste; longer runs are cut UTF-8 sequences."""
    codes = [ord(character) - 0xDC00 for character in match[0]]
    if len(codes) > 1 and max(codes) > 0x9F:
        return "\ufffd"
    return "".join(bytes([code]).decode("cp1252", "replace") for code in codes)


def _twice(payload: bytes) -> int:
    """Return how often the start of a page shows that it was encoded twice; notes in scripts are nobody's text."""
    starts = (match.start() for match in islice(_TWICE.finditer(payload), _LOOKED_AT))
    return sum(payload.rfind(b"<script", 0, at) <= payload.rfind(b"</script", 0, at) for at in starts)


def _once(match: re.Match[str]) -> str:
    try:
        found = bytes(_WESTERN[character] for character in match[0]).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return match[0]
    return found if _EUROPEAN.fullmatch(found) else match[0]
