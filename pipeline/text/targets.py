"""Links of feeds, sitemaps and lists as what may be asked for: one spelling a page, or why it cannot be used."""

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

import idna

from pipeline.text.urls import LONGEST, normalise_url

UnusableReason = Literal["no_link", "bad_scheme", "userinfo", "too_long", "bad_url"]
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\]")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?", re.DOTALL)
_PORTS = {"http": 80, "https": 443}
_FOLDED = re.compile(r"[\t\r\n]+\s*")


class Unusable(NamedTuple):
    """Why a link cannot be asked for."""

    reason: UnusableReason
    detail: str


def target(url: str, base: str) -> str | Unusable:
    """Return the link, resolved, as it is asked for and known by; Unusable for what is no http(s) page.

    It is the identity of normalise_url, but with the host in ASCII and never a fragment: servers do not see it.
    """
    link = _FOLDED.sub("", url.strip())
    if not link:
        return Unusable("no_link", "empty")
    if len(link) > LONGEST:
        return Unusable("too_long", f"{len(link)} characters: {link[:100]}")
    try:
        joined = urljoin(base, link)
        return _checked(joined, urlsplit(joined))
    except ValueError as error:  # of which idna.IDNAError is one
        return Unusable("bad_url", f"{str(error)[:100]}: {link[:200]}")


def _checked(url: str, parts: SplitResult) -> str | Unusable:
    if parts.scheme not in ("http", "https"):
        return Unusable("bad_scheme", url[:200])
    if "@" in parts.netloc:
        return Unusable("userinfo", f"{parts.scheme}://{parts.hostname}"[:200])
    found = urlsplit(normalise_url(parts._replace(netloc=_authority(parts), fragment="").geturl()) or "")
    if not found.netloc:
        return Unusable("bad_url", url[:200])
    asked = found._replace(netloc=_authority(found)).geturl()
    return Unusable("too_long", f"{len(asked)} characters: {asked[:100]}") if len(asked) > LONGEST else asked


def _authority(parts: SplitResult) -> str:
    """Return host and port in ASCII; ValueError for what cannot be looked up."""
    split = _AUTHORITY.fullmatch(parts.netloc)
    name, port = split.groups() if split else ("", None)
    name = name.removesuffix(".")
    host = (name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")).lower()
    number = int(port or _PORTS[parts.scheme])
    if not _HOST.fullmatch(host) or not 0 < number < 65_536:
        raise ValueError("no host and port that could be asked")
    return host if number == _PORTS[parts.scheme] else f"{host}:{number}"
