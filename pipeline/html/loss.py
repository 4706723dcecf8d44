"""Whether a tree holds all the text of its page; asked of every page, so cheap when nothing is amiss."""

import html
import re
from collections.abc import Iterator

from lxml.etree import _Element

from pipeline.html.repair import UNREAD

# One lost caption or notice is no lost article.
_ENOUGH = 100
_PARAGRAPH = re.compile(rb"<p[\s>]", re.IGNORECASE)
_CODE = ("script", "textarea")
_NO_PLACE = ("style", "title", "iframe", "noembed", "noframes")
# A comment inside of a comment shows that the outer one was meant to end before; those for old browsers may hold some.
_COMMENT = re.compile(rb"<!--\[if.*?-->|<!--(?:[^<-]|<(?!!--)|-(?!->))*+-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^<>]*>")


def swallows_text(markup: bytes, root: _Element) -> bool:
    """Return whether an element that no reader takes text from holds paragraphs because it is never closed."""
    holding = (element for element in root.iter(*UNREAD) if len(element) and next(element.iter("p"), None) is not None)
    full = {str(element.tag).encode() for element in holding if _length(_paragraphs(element)) > _ENOUGH}
    lower = markup.lower() if full else b""
    return any(lower.count(b"<" + name) > lower.count(b"</" + name) for name in full)


def _paragraphs(element: _Element) -> str:
    return "".join(str(text) for paragraph in element.iter("p") for text in paragraph.itertext())


def loses_text(markup: bytes, root: _Element) -> bool:
    """Return whether the markup says more than the tree, as when a quote or a comment ends paragraphs too late."""
    kept = sum(1 for _ in root.iter("p"))
    if len(_PARAGRAPH.findall(markup)) <= kept:
        return False
    shown = _without(_without(markup, b"script"), b"textarea")
    if len(_PARAGRAPH.findall(shown)) <= kept:
        return False
    shown = _COMMENT.sub(b"", shown)
    if len(_PARAGRAPH.findall(shown)) <= kept:
        return False
    said = _length(html.unescape(_TAG.sub(b" ", shown).decode("utf-8", "replace")))
    silent = sum(_length(text) for text in _silent(root))
    return said - _length("".join(str(text) for text in root.itertext())) + silent > _ENOUGH


def _silent(root: _Element) -> Iterator[str]:
    """Yield the texts that a tree holds but no reader sees: programs, and paragraphs in a style or a title."""
    for element in root.iter(*_CODE, *_NO_PLACE):
        text = element.text or ""
        if element.tag in _CODE or "<p" in text.lower():
            yield text


def _without(markup: bytes, name: bytes) -> bytes:
    """Return markup without what its scripts hold; a regular expression takes five times as long."""
    end = b"</" + name
    last = max(0, markup.rfind(end))
    first, *rest = markup[:last].split(b"<" + name)
    return first + b"".join(b"".join(part.partition(end)[1:]) for part in rest) + markup[last:]


def _length(text: str) -> int:
    return len("".join(text.split()))
