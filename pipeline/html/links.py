"""Addresses on a page: which site they belong to, the page's own canonical one, the links of its article body."""

import posixpath
import re
from collections.abc import Iterator
from unicodedata import is_normalized
from urllib.parse import unquote, urljoin, urlsplit

from lxml.etree import _Element
from tld import get_fld

from pipeline.html.dom import bounded_text, select, text_within
from pipeline.html.jsonld import clean
from pipeline.model import Link
from pipeline.text.normalise import fold_line
from pipeline.text.urls import normalise_url

MAX_LINKS = 1_000
MAX_URL = 4_000
# Shorter blocks than this ("Politics") are found in any body, so they must be a whole paragraph of it.
_TELLING = 40
_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "th", "dd", "dt"})
_BLOCKS |= {"figcaption", "div", "section", "article", "body"}
_FRONT_PAGE = re.compile(r"[./]*(?:index\.\w{2,5})?;?", re.IGNORECASE)


def site(url: str | None) -> str | None:
    """Return the registered domain of a URL, or the host when that is an address; None when it has no host.

    Private suffixes count: two blogs under one hoster are two sites. Under an unknown top level two labels are one.
    """
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    if not host or ":" in host or host.rpartition(".")[2].isdigit():
        return host
    return get_fld(f"http://{host}", fail_silently=True, search_private=True) or ".".join(host.split(".")[-2:])


def resolve(base: str | None, href: str | None) -> str | None:
    """Return an absolute http(s) URL without fragment; None for other schemes, malformed and overlong ones."""
    if not href or len(href) > MAX_URL:
        return None
    try:
        url = urljoin(base or "", href.strip()).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and url.isprintable() else None


def base_url(root: _Element, url: str | None) -> str | None:
    """Return what relative addresses on the page are relative to."""
    base = root.find(".//base[@href]")
    return resolve(url, base.get("href") if base is not None else None) or resolve(None, url)


def canonical_url(root: _Element, url: str | None) -> str | None:
    """Return rel=canonical, normalised; None unless it is of the same site as `url` and not the front page."""
    links = select(root, "(//link[translate(@rel, 'CANOIL', 'canoil') = 'canonical'][@href])[1]")
    # A front page may hide behind a tracker, which is gone once the address is an identity.
    found = normalise_url(resolve(base_url(root, url), links[0].get("href"))) if links else None
    if found is None or site(found) != site(url):
        return None
    parts = urlsplit(found)
    path = posixpath.normpath(unquote(parts.path))
    return None if _FRONT_PAGE.fullmatch(path) and not parts.query else found


def find_links(root: _Element, body: str, url: str | None) -> list[Link]:
    """Return the links in those blocks of the page whose text is in the body, in page order, each address once."""
    base, home = base_url(root, url), site(url)
    found: dict[str, Link] = {}
    for anchor in _anchors(root, body):
        target = resolve(base, anchor.get("href"))
        if target and target not in found and target != url:
            found[target] = Link(target, clean(text_within(anchor), 500), site(target) == home)
        if len(found) == MAX_LINKS:
            break
    return list(found.values())


def _anchors(root: _Element, body: str) -> Iterator[_Element]:
    paragraphs = {line.removeprefix("- ") for line in body.split("\n")}
    flat = " ".join(body.split())
    kept: dict[_Element, bool] = {}
    for anchor in root.iter("a"):
        # Most links are in menus: their words alone tell that they are not in the body.
        if " ".join(text_within(anchor).split()) not in flat:
            continue
        block = next((parent for parent in anchor.iterancestors() if parent.tag in _BLOCKS), None)
        if block is None or anchor.get("href") is None:
            continue
        if block not in kept:
            text = _bounded_text(block, len(flat))
            kept[block] = text in paragraphs or (len(text) >= _TELLING and text in flat)
        if kept[block]:
            yield anchor


def _bounded_text(block: _Element, most: int) -> str:
    """Return the text of a block in one line, or "" when it is longer than the body it may be in."""
    text = bounded_text(block, 2 * most + 1000)
    return " ".join(text.split()) if "\xad" not in text and is_normalized("NFC", text) else fold_line(text)
