"""URLs as identities: two addresses of one page become one string, those of two pages stay two."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from courlan import normalize_url

LONGEST = 4000
# A closed list: courlan 1.4 would also drop `cid`, `eid`, `gallery` and bare keys, which name articles.
_TRACKERS = (
    *(r"utm_\w+", "fbclid", "gclid", "gclsrc", "dclid", "msclkid", "twclid", "ttclid", "yclid", "igshid", "igsh"),
    *("gbraid", "wbraid", "mc_[ce]id", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", r"hsa_\w+", "ref_src", "ref_url"),
    r"(?:mtm|pk|piwik|itm|ga|ns)_(?:source|medium|campaign|content|term|kwd|keyword|cid|mchannel|linkname|fee)",
    *(r"at_(?:medium|campaign\w*|custom\d+|link\w*|format|ptr_name|bbc_team)", "vero_id", "oly_(?:anon|enc)_id"),
    *("wt_z?mc", "xtor", "cmp", "cmpid", "ito", "ocid", "smid", "s_cid", "__twitter_impression", "guccounter"),
    *("guce_referrer", "guce_referrer_sig", "phpsessid", "jsessionid", r"aspsessionid\w*"),
)
_DROPPED = re.compile(rf"(?:amp;)?(?:{'|'.join(_TRACKERS)})(?:=.*)?", re.IGNORECASE | re.DOTALL)
# PHP-Nuke calls an article `sid`, phpBB a session; a site's `ref` may be a number, a channel ("rss") is a word.
_BY_VALUE = re.compile(
    r"(?:sid|sessionid)=(?=\d*[a-z])(?=[a-z]*\d)[a-z\d]{20,}|(?:ref|referr?er)=[a-z_.-]*", re.IGNORECASE
)
_PATH_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_PATH = "/%!$&'()*+,;=:@~"
_QUERY = _PATH + "?[]{}|^`\\"


def normalise_url(url: str | None) -> str | None:
    """Return the address in one spelling, without user, session, trackers and fragment; None unless it is http(s).

    A fragment stays where it names the page ("#!/story"). Escapes are kept as they are.
    """
    url = (url or "").strip()
    if len(url) > LONGEST or not url.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        host = _host(parts.scheme, parts.netloc.rpartition("@")[2])
        path = quote(_resolved(_PATH_SESSION.sub("", parts.path)), _PATH)
        query = quote(_filtered(parts.query), _QUERY)
        fragment = quote(parts.fragment, _QUERY) if parts.fragment[:1] == "!" != parts.fragment else ""
    except ValueError:
        return None
    found = urlunsplit((parts.scheme, host, path, query, fragment))
    return found if parts.hostname and host.isprintable() and " " not in host and len(found) <= LONGEST else None


def _host(scheme: str, host: str) -> str:
    return urlsplit(str(normalize_url(f"{scheme}://{host.removesuffix(':')}"))).netloc


def _resolved(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    slash = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return "/" + "/".join(kept) + slash


def _filtered(query: str) -> str:
    """Return the query without trackers, sorted by key as it is escaped: values of one key keep their order."""
    pairs = [pair for pair in query.split("&") if pair and not (_DROPPED.fullmatch(pair) or _BY_VALUE.fullmatch(pair))]
    return "&".join(sorted(pairs, key=lambda pair: quote(pair.partition("=")[0], _QUERY)))
