"""Which bytes are a page, and what is mended in every page before it is parsed. Builds no tree."""

import re

_FIRST_PART = 100_000
_OTHER_STARTS = (b"{", b"[", b"warc/")
# Atomic: "<!---->" repeated can be read in more ways than there are atoms.
_PROLOG = re.compile(rb"(?>\s+|<!--.*?-->|<[?!](?!--)[^>]*>)*+", re.DOTALL)
_FIRST_TAG = re.compile(rb"<([\w:]{1,40})")
_OTHER_ROOTS = frozenset(
    {b"rss", b"feed", b"rdf:rdf", b"channel", b"urlset", b"sitemapindex", b"svg", b"opml", b"smil"}
)
_HTML_TAG = re.compile(
    rb"<(?:html|head|body|meta|p|div|article|section|main|span|h[1-6]|table|t[rd]|[uo]l|li|blockquote|br)\b(?![:.-])",
    re.IGNORECASE,
)

# NUL and the like cannot be set as text of a tree again, neither can U+FFFE and U+FFFF.
_UNPRINTABLE = bytes(code for code in range(32) if code not in b"\t\n\f\r")
# White space of HTML, which a tree cannot take either.
_FORM_FEED_AS_SPACE = bytes.maketrans(b"\f", b" ")
_NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_BAD_REFERENCE = re.compile(
    rb"&#(?:[xX]0*+([dD][89a-fA-F][0-9a-fA-F]{2}|[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[efEF]|(?<=0))(?![0-9a-fA-F])"
    rb"|0*+(5[5-7]\d{3}|6553[45]|[1-8]|1[124-9]|2\d|3[01]|(?<=0))(?!\d));?"
)
_END = re.compile(rb"</(?:html|body)\b[^<>]*>", re.IGNORECASE)


def is_markup(text: bytes) -> bool:
    """Return whether a text is HTML; feeds, sitemaps, other XML, JSON, archives and plain text are not."""
    start = text[:_FIRST_PART].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:5].lower().startswith(_OTHER_STARTS):
        return False
    if start[:5].lower() == b"<?xml" and b"<html" not in start.lower():
        return False
    prolog = _PROLOG.match(start)
    first = _FIRST_TAG.match(start, prolog.end() if prolog else 0)
    return not (first and first[1].lower() in _OTHER_ROOTS) and _HTML_TAG.search(start) is not None


def printable(text: bytes) -> bytes:
    """Return a page without the characters, bare or as references, that no tree can hold."""
    text = text.translate(_FORM_FEED_AS_SPACE, _UNPRINTABLE)
    if not text.isascii():
        text = _NO_CHARACTER.sub(b"", text)
    if _BAD_REFERENCE.search(text):
        # "&#xD83D;&#xDE00;" is one character of JavaScript; half of one is nothing.
        whole = _BAD_REFERENCE.sub(_half, text).decode("utf-8", "surrogatepass")
        text = whole.encode("utf-16", "surrogatepass").decode("utf-16", "ignore").encode()
    return text


def _half(match: re.Match[bytes]) -> bytes:
    code = int(match[1] or b"0", 16) or int(match[2] or b"0")
    if code < 32 or code >= 0xFFFE:
        return b" " if code == ord("\f") else b""
    return chr(code).encode("utf-8", "surrogatepass") if 0xD800 <= code <= 0xDFFF else match[0]


def open_ended(text: bytes) -> bytes:
    """Return a page without </body> and </html>: browsers show what comes after them, libxml2 drops it."""
    return _END.sub(b"", text)
