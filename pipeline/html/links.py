"""Addresses on a page: which site they belong to, the page's own canonical one, the links of its article body."""

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from lxml.etree import _Element
from tld import get_fld

from pipeline.html.dom import text_within
from pipeline.html.jsonld import clean
from pipeline.model import Link
from pipeline.text.urls import normalise_url

MAX_LINKS = 1_000
MAX_URL = 4_000
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
    return _domain(host)


# Most links of a page, and of the pages beside it, are to few hosts.
@lru_cache(maxsize=4_096)
def _domain(host: str) -> str:
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


def base_url(bases: Iterable[_Element], url: str | None) -> str | None:
    """Return what relative addresses on a page with these <base> elements are relative to; None for nothing."""
    stated = next((base.get("href") for base in bases if base.get("href")), None)
    return resolve(url, stated) or resolve(None, url)


def canonical_url(links: Iterable[_Element], base: str | None, url: str | None) -> str | None:
    """Return rel=canonical, normalised; None unless it is of the same site as `url` and not the front page."""
    links = (link for link in links if link.get("rel", "").lower() == "canonical" and link.get("href"))
    # A front page may hide behind a tracker, which is gone once the address is an identity.
    found = normalise_url(resolve(base, next((link.get("href") for link in links), None)))
    if found is None or site(found) != site(url):
        return None
    parts = urlsplit(found)
    path = posixpath.normpath(unquote(parts.path))
    return None if _FRONT_PAGE.fullmatch(path) and not parts.query else found


def find_links(anchors: Iterable[_Element], base: str | None, url: str | None) -> list[Link]:
    """Return the links of some <a> elements of the page, resolved, in their order, each address once."""
    home = site(url)
    found: dict[str, Link] = {}
    for anchor in anchors:
        target = resolve(base, anchor.get("href"))
        if target and target not in found and target != url:
            found[target] = Link(target, clean(text_within(anchor), 500), site(target) == home)
        if len(found) == MAX_LINKS:
            break
    return list(found.values())
