"""Markup in which a parser loses text, written anew: closed, balanced and shallow. For the few pages that need it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

# Linear: of all the "<" from which a quote is open at some place, no two are in the same state (in ' or in ").
_PIECE = re.compile(
    rb"<(?:(!--)|[!?][^<>]*>|(/?)([a-zA-Z][^\s/<>]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>|[^<>]*>))", re.DOTALL
)
_ATTRIBUTES = re.compile(rb"(?>\s++[^\s\"'<>/=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?|\s*+/)*+\s*+>")
_COMMENT_END = re.compile(rb"--!?>")
_BLOCK = re.compile(
    rb"<(?:p|div|article|section|main|aside|figure|h[1-6]|[uo]l|table|blockquote|header|footer|body)[\s>]",
    re.IGNORECASE,
)
_RAW = frozenset(b"script style title textarea xmp iframe noembed noframes".split())
_VOID = frozenset(b"area base br col embed frame hr img input link meta param source track wbr".split())
_ONCE = frozenset(b"html head body frameset".split())
_ENDS_ITSELF = frozenset(b"p li dt dd tr td th option".split())
_PARTS = frozenset(b"p h1 h2 h3 h4 h5 h6".split())
_INLINE = frozenset(b"a abbr b big cite em font i ins mark q s small span strong sub sup tt u".split())
UNREAD = ("noscript", "template", "select", "svg", "object", "video", "button")
_UNREAD = frozenset(name.encode() for name in UNREAD)
# libxml2 stops at 256; html, body and a paragraph come on top.
_MAX_DEPTH = 200


_Kind = Literal["start", "end", "whole"]


class _Piece(NamedTuple):
    kind: _Kind
    markup: bytes
    name: bytes = b""
    unclosed: bool = False


@dataclass
class _Page:
    """The page as far as it is written, and which elements are open in it."""

    written: list[bytes] = field(default_factory=list)
    open: list[tuple[bytes, int | None]] = field(default_factory=list)
    names: Counter[bytes] = field(default_factory=Counter)
    part: bytes = b""
    unclosed: bool = False

    def start(self, piece: _Piece) -> None:
        """Open an element; below 200 only paragraphs and headings are kept, one at a time."""
        if piece.name in _ENDS_ITSELF and self.open and self.open[-1][0] == piece.name:
            self.close()
        deep, parts = len(self.open) >= _MAX_DEPTH, piece.name in _PARTS
        if deep and parts:
            self.end(self.part)
            self.part = piece.name
        kept = parts or not deep
        self.open.append((piece.name, len(self.written) if kept else None))
        self.names[piece.name] += 1
        self.written.append(piece.markup if kept else _gap(piece.name))

    def end(self, name: bytes) -> None:
        """Close an element and all in it; an end without a start is nothing."""
        while self.names[name] and self.close(name) != name:
            pass

    def close(self, by: bytes | None = None) -> bytes:
        """Close the innermost element; one that is not read goes when the end of another element closes it."""
        name, at = self.open.pop()
        self.names[name] -= 1
        if len(self.open) >= _MAX_DEPTH and at is not None:
            self.part = b""
        if at is None:
            self.written.append(_gap(name))
        elif name in _UNREAD and name != by:
            self.unclosed = True
            self.written[at] = b""
        else:
            self.written.append(b"</%b>" % name)
        return name


def rebuild(text: bytes) -> tuple[bytes, bool]:
    """Return a page whose every element is closed at most 200 deep, and whether something in it was never closed.

    What encloses deeper text goes, the text and its paragraphs stay. An open comment or quote becomes text; an open
    script, style or title ends before the next block; an open element that no reader takes text from goes.
    """
    page = _Page()
    for piece in _pieces(text):
        page.unclosed |= piece.unclosed
        if piece.kind == "start":
            page.start(piece)
        elif piece.kind == "end":
            page.end(piece.name)
        else:
            page.written.append(piece.markup)
    while page.open:
        page.close()
    return b"".join(page.written), page.unclosed


def _pieces(text: bytes) -> Iterator[_Piece]:
    """Yield the text, the tags and the scripts of a page; comments and doctypes are left out."""
    lower = text.lower()
    endless: set[bytes] = set()
    at = 0
    while match := _PIECE.search(text, at):
        yield _text(text[at : match.start()])
        at = match.end()
        if match[1]:
            end = None if b"!--" in endless else _COMMENT_END.search(text, match.start() + 2)
            at = end.end() if end else at
            if not end:
                endless.add(b"!--")
                yield _Piece("whole", b"", unclosed=True)
        elif match[3]:
            piece = _tag(match)
            if piece.kind == "start" and piece.name in _RAW:
                piece, at = _raw(piece, text, lower, at, endless)
            yield piece
    yield _text(text[at:])


def _gap(name: bytes) -> bytes:
    return b"" if name in _INLINE else b" "


def _text(text: bytes) -> _Piece:
    return _Piece("whole", text.replace(b"<", b"&lt;"))


def _tag(match: re.Match[bytes]) -> _Piece:
    name = match[3].lower()
    if name == b"plaintext" or (match[2] and name in _ONCE):
        return _Piece("whole", b"", name)
    if match[2]:
        return _Piece("end", b"", name)
    markup = match[0]
    if not _ATTRIBUTES.fullmatch(match[4]):
        # Whatever follows a link that was never written to its end would be inside of it.
        markup = b"" if name in _INLINE else b"<%b>" % name
    kind: _Kind = "start" if markup and name not in _VOID | _ONCE else "whole"
    return _Piece(kind, markup, name)


def _raw(start: _Piece, text: bytes, lower: bytes, at: int, endless: set[bytes]) -> tuple[_Piece, int]:
    """Return an element whose content is no markup, and where it ends."""
    end = -1 if start.name in endless else lower.find(b"</" + start.name, at)
    if end < 0:
        endless.add(start.name)
        block = _BLOCK.search(text, at)
        end = block.start() if block else len(text)
    # Inside of a script a comment hides its end.
    content = text[at:end].replace(b"<!--", b"")
    return _Piece("whole", b"%b%b</%b>" % (start.markup, content, start.name), start.name, start.name in endless), end
