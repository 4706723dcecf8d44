"""URLs as what is asked of which host. Pure: nothing is looked up here.

There is no list of forbidden ports: all that a request can say to a strange port is an escaped path, and addresses that
are not public are refused whatever their port.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import idna

from pipeline.web.failure import Failure

LONGEST = 8000  # what common servers take as a request line
PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"  # underscores are in use, though no name of a host has them
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_BRACKETED = re.compile(r"[0-9a-f:.]{2,45}")
_PATH = "/%!$&'()*+,;=:@~"
_QUERY = _PATH + "?[]{}|^`\\"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Target(NamedTuple):
    """One thing to ask for. `host` is ASCII and lower case, `path` has the query and no fragment."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as in a Host header: with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What has one robots.txt and shares connections."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The URL as asked for."""
        return self.origin + self.path


def read_target(url: str) -> Target:
    """Return what a URL asks for, escaped where it must be; Failure (refused_url) for what is not ours to ask."""
    if len(url) > LONGEST or _CONTROL.search(url.strip()):
        raise Failure("refused_url", f"longer than {LONGEST} or with control characters: {url[:100]!r}")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        path = quote(parts.path, _PATH) or "/"
        query = "?" + quote(parts.query, _QUERY) if parts.query else ""
    except ValueError as error:
        raise Failure("refused_url", f"{error}: {url[:200]!r}") from error
    if parts.scheme not in PORTS or "@" in parts.netloc or port == 0:
        raise Failure("refused_url", f"not http(s), with a user name, or port 0: {url[:200]!r}")
    return Target(parts.scheme, _host(parts.hostname or "", url), port or PORTS[parts.scheme], path + query)


def next_target(base: Target, location: str) -> Target:
    """Return where a redirect leads; Failure (refused_url) as above."""
    try:
        joined = urljoin(base.url, location.strip())
    except ValueError as error:
        raise Failure("refused_url", f"{error}: Location {location[:200]!r}") from error
    return read_target(joined)


def _host(name: str, url: str) -> str:
    if ":" in name:
        if _BRACKETED.fullmatch(name):
            return name
        raise Failure("refused_url", f"not an IPv6 address: {url[:200]!r}")
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Failure("refused_url", f"{error}: {url[:200]!r}") from error
    host = ascii_name.lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        raise Failure("refused_url", f"not the name of a host: {url[:200]!r}")
    return host
