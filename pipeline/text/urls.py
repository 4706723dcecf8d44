"""URLs as identities: two addresses of one page become one string."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from courlan import normalize_url

# courlan 1.4 drops utm_*, fbclid and their like and sorts the query, but keeps these and the fragment.
TRACKERS = re.compile(
    r"(?:wt_mc|wt_zmc|xtor|phpsessid|jsessionid|sid|sessionid|cmp|ns_\w+|mc_[ce]id|ito|ocid)", re.IGNORECASE
)
LONGEST = 4000


def normalise_url(url: str | None) -> str | None:
    """Return the address in one spelling, without fragment, session ids and trackers; None unless it is http(s)."""
    if not url or len(url) > LONGEST or not url.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(str(normalize_url(url.strip())))
        query = [(key, value) for key, value in parse_qsl(parts.query, True) if not TRACKERS.fullmatch(key)]
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return str(urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", urlencode(query), "")))
