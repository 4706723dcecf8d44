"""Payload bytes to one parsed tree: encodings, binary data, what makes the parser drop text. Extracts nothing."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import charset_normalizer
from lxml import etree, html
from lxml.etree import _Element

from pipeline.model import Refusal

MAX_UNPACKED = 20_000_000
# trafilatura spends 0.13 ms an element; the largest of 640 real pages has 9,748.
MAX_ELEMENTS = 50_000

_BINARY = (
    *(b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x7fELF"),
    *(
        b"OggS",
        b"ID3",
        b"wOFF",
        b"wOF2",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"\xd0\xcf\x11\xe0",
        b"II*\0",
        b"MM\0*",
    ),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([\w.:-]{1,40})", re.IGNORECASE)
# Browsers read these labels as windows-1252, and so do the pages that use them.
_WESTERN = frozenset({"iso8859-1", "ascii"})
# Text codecs of Python that no page is in; punycode is quadratic.
_NOT_FOR_PAGES = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined"})
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"]
_LIKELY += ["iso8859_2", "shift_jis", "euc_jp", "euc_kr", "gb18030", "big5", "tis_620"]
_SAMPLE = 50_000

_OTHER_MEDIA = re.compile(
    r"(?:image|audio|video|font)/|.*\b(?:json\w*|javascript|ecmascript|css|csv|pdf|rss|atom|rdf)\b", re.IGNORECASE
)
_OTHER_STARTS = ("{", "[", "warc/")
# Atomic: "<!---->" repeated can be read in more ways than there are atoms.
_PROLOG = re.compile(r"(?>\s+|\ufeff|<!--.*?-->|<[?!](?!--)[^>]*>)*+", re.DOTALL)
_FIRST_TAG = re.compile(r"<([\w:]{1,40})")
_OTHER_ROOTS = frozenset({"rss", "feed", "rdf:rdf", "channel", "urlset", "sitemapindex", "svg", "opml", "smil"})
_HTML_TAG = re.compile(
    r"<(?:html|head|body|meta|p|div|article|section|main|span|h[1-6]|table|t[rd]|[uo]l|li|blockquote|br)\b(?![:.-])",
    re.IGNORECASE,
)
_FIRST_PART = 100_000

_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE_REFERENCE = re.compile(r"&#(?:[xX]0{0,9}([dD][89a-fA-F][0-9a-fA-F]{2})|0{0,9}(5[5-7]\d{3}));?")


class Page(NamedTuple):
    """A parsed page: the root element, and what had to be mended to parse it."""

    root: _Element
    flags: tuple[str, ...]


def parse_page(payload: bytes, declared: tuple[str | None, ...] = (), media_type: str | None = None) -> Page | Refusal:
    """Return the tree of an HTML payload, or a Refusal when it is no text, no HTML, too deep, too large or empty."""
    if media_type and _OTHER_MEDIA.match(media_type[:200]):
        return Refusal("not_html", f"served as {media_type[:200]}")
    if payload.startswith(b"\x1f\x8b"):
        unpacked = _unpack(payload)
        if isinstance(unpacked, Refusal):
            return unpacked
        payload = unpacked
    if kind := _binary(payload):
        return Refusal("not_html", f"the bytes begin like {kind}")
    decoded = decode(payload, declared)
    if decoded is None:
        return Refusal(
            "undecodable", f"neither UTF-8 nor {', '.join(filter(None, declared)) or 'any detectable encoding'}"
        )
    text, replaced = decoded
    if not _is_markup(text):
        return Refusal("not_html", f"no HTML: the text begins with {text[:40]!r}")
    text, mended = _mend(text)
    flags = (*(["replaced_bytes"] if replaced else []), *mended)
    return _parse(text.encode("utf-8", "replace"), flags)


def cut(leaving: Mapping[_Element, str]) -> None:
    """Take elements out of their trees and leave words in the place of each; the text behind them stays."""
    parents = {element: parent for element in leaving if (parent := element.getparent()) is not None}
    for parent in dict.fromkeys(parents.values()):
        _cut_children(parent, leaving)


def _cut_children(parent: _Element, leaving: Mapping[_Element, str]) -> None:
    # Texts are joined once: a thousand joins to one growing text would be quadratic.
    before: _Element | None = None
    words = [parent.text or ""]
    for child in [*parent, None]:
        if child is not None and child in leaving:
            words += [leaving[child], child.tail or ""]
            parent.remove(child)
            continue
        if len(words) > 1 and before is None:
            parent.text = "".join(words) or None
        elif len(words) > 1 and before is not None:
            before.tail = "".join(words) or None
        if child is not None:
            before, words = child, [child.tail or ""]


def select(root: _Element, path: str) -> list[_Element]:
    """Return the elements that an XPath names, in page order."""
    return cast(list[_Element], root.xpath(path))


def text_within(element: _Element) -> str:
    """Return the text of an element and all below it."""
    return "".join(str(part) for part in element.itertext())


def bounded_text(element: _Element, most: int) -> str:
    """Return the text of an element and all below it, or "" when that is longer than `most`."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        length += len(part)
        if length > most:
            return ""
        parts.append(str(part))
    return "".join(parts)


def count_elements(root: _Element) -> int:
    """Return how many elements a tree has."""
    return int(cast(float, root.xpath("count(//*)")))


def decode(payload: bytes, declared: tuple[str | None, ...] = ()) -> tuple[str, bool] | None:
    """Return the text and whether bytes had to be replaced; None when no encoding gives text.

    Valid UTF-8 wins over any declaration; `declared` and the page's own <meta> come before detection.
    """
    mark = next((encoding for bom, encoding in _BOMS if payload.startswith(bom)), None)
    if mark:
        return payload.decode(mark, "replace"), False
    try:
        return payload.decode("utf-8"), False
    except UnicodeDecodeError:
        text = payload.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    # A page in another encoding hardly ever holds a valid UTF-8 sequence; one with a few broken bytes holds many.
    if len(text) - len(text.encode("ascii", "ignore")) > 10 * bad:
        return text, True
    for encoding in _encodings(payload, declared):
        try:
            return payload.decode(encoding), False
        except (UnicodeDecodeError, LookupError):
            continue
    return None if bad > len(text) // 20 else (text, True)


def _encodings(payload: bytes, declared: tuple[str | None, ...]) -> Iterator[str]:
    own = _META_CHARSET.search(payload, 0, 4096)
    for label in (*declared, own and own[1].decode("ascii", "replace")):
        if label and (known := _codec(label)):
            yield known
    best = charset_normalizer.from_bytes(payload[:_SAMPLE], cp_isolation=_LIKELY).best()
    if best:
        yield best.encoding


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return None
    return None if name in _NOT_FOR_PAGES else "cp1252" if name in _WESTERN else name


def _unpack(payload: bytes) -> bytes | Refusal:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(payload)) as packed:
            unpacked = packed.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        return Refusal("undecodable", f"damaged gzip data: {error}")
    if len(unpacked) > MAX_UNPACKED:
        return Refusal("too_large", f"more than {MAX_UNPACKED} bytes after gzip decompression")
    return unpacked


def _binary(payload: bytes) -> str | None:
    head = payload[:1024]
    if head.startswith(_BINARY) or head[4:8] == b"ftyp":
        return repr(head[:8])
    if not head.startswith(tuple(bom for bom, _ in _BOMS)) and head.count(0) * 10 > len(head):
        return repr(head[:8])
    return None


def _is_markup(text: str) -> bool:
    """Return whether a text is HTML; feeds, sitemaps, other XML, JSON, archives and plain text are not."""
    start = text[:_FIRST_PART].lstrip("\ufeff \t\r\n\f").casefold()
    if start.startswith(_OTHER_STARTS) or (start.startswith("<?xml") and "<html" not in start):
        return False
    first = _FIRST_TAG.match(start, _end_of_prolog(start))
    return not (first and first[1] in _OTHER_ROOTS) and _HTML_TAG.search(start) is not None


def _end_of_prolog(text: str) -> int:
    prolog = _PROLOG.match(text)
    return prolog.end() if prolog else 0


def _mend(text: str) -> tuple[str, list[str]]:
    flags = []
    text = _UNPRINTABLE.sub("", text)
    if _SURROGATE_REFERENCE.search(text):
        # "&#xD83D;&#xDE00;" is one character of JavaScript; half of one is nothing.
        text = _SURROGATE_REFERENCE.sub(_surrogate, text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    start = text.find("<!--", max(0, text.rfind("-->")))
    if start >= 0 and not _in_script(text, start):
        text = text[:start] + text[start:].replace("<!--", "")
        flags.append("unclosed_comment")
    return text, flags


def _surrogate(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0xD800 <= code <= 0xDFFF else match[0]


def _in_script(text: str, at: int) -> bool:
    before = text[:at].lower()
    return before.rfind("<script") > before.rfind("</script")


def _parse(markup: bytes, flags: tuple[str, ...]) -> Page | Refusal:
    # libxml2 stops without a word at depth 256, and at 2,048 when asked for huge trees.
    for huge in (False, True):
        parser = html.HTMLParser(
            encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=huge
        )
        try:
            root = html.document_fromstring(markup, parser=parser)
        except etree.ParserError:
            return Refusal("empty_body", "no element and no text")
        if not any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
            break
        flags = (*flags, "huge_tree")
    else:
        return Refusal("too_deep", "elements are nested deeper than 2048; what follows them is lost")
    count = count_elements(root)
    if count > MAX_ELEMENTS:
        return Refusal("too_large", f"{count} elements, {MAX_ELEMENTS} are allowed")
    return Page(root, flags)
