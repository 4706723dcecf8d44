"""Author names out of bylines: one name each, persons apart from agencies. No page is read here."""

import re
from collections.abc import Iterable

from pipeline.html.jsonld import clean

MAX_AUTHORS = 20

_PREFIX = re.compile(
    r"^(?:(?:written|words|reported|posted|story|geschrieben|ein artikel|eine analyse|ein kommentar|article)\s+)?"
    r"(?:by|von|vom|par|por|di|da|av|af|door|przez|autor(?:en|in)?|authors?|auteurs?|texte?|texto|quelle|source)"
    r"(?:\s*:\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:[;|/•\n]|,(?!\s*(?:jr|sr|md|phd|ii|iii)\b)|\s&|\s(?:and|und|et|y|e|og|och|en|with|mit|avec)(?=\s))\s*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[<{][^()\[\]<>{}]{0,200}[)\]>}]?")
# A name is over where a function or a place begins.
_AFTER = re.compile(r"\s+(?:[–—-]\s|@\w|(?:in|for|für|aus|at|pour)\s).*$", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www\.|\w@\w+\.\w", re.IGNORECASE)
_AGENCY_NAMES = (
    "dpa|AFP|Reuters|AP|APA|SID|KNA|epd|EFE|ANSA|TASS|Interfax|Xinhua|UPI|PTI|ANI|"
    "Keystone-SDA|SDA|Ritzau|NTB|TT|ANP|Belga|PAP|ČTK|MTI|Bloomberg|dpa-AFX|Europa Press|"
    "Associated Press|Agence France-Presse|Deutsche Presse-Agentur|Press Association|PA Media|"
    "RIA Novosti|Yonhap"
)
_AGENCIES = {name.casefold(): name for name in _AGENCY_NAMES.split("|")}


def find_authors(groups: Iterable[list[str]], sites: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the authors of the first group of bylines that names a person, and the agencies named until there.

    Names of sites (as `bare` gives them), agencies and single words are no persons, and are the authors only where no
    group names one: then the first group stands as it is.
    """
    agencies: dict[str, str] = {}
    weak: tuple[str, ...] = ()
    for group in groups:
        bylines = [_BRACKETS.sub(" ", byline[:2000]) for byline in group if not _ADDRESS.search(byline[:2000])]
        names = [name for byline in bylines for part in _BETWEEN.split(byline)[:MAX_AUTHORS] if (name := _name(part))]
        agencies |= {name.casefold(): _AGENCIES[name.casefold()] for name in names if name.casefold() in _AGENCIES}
        others = {
            name.casefold(): name for name in names if name.casefold() not in _AGENCIES and bare(name) not in sites
        }
        if any(_is_full(name) for name in others.values()):
            return tuple(others.values())[:MAX_AUTHORS], tuple(agencies.values())
        weak = weak or tuple(dict.fromkeys(name for byline in bylines if (name := _name(byline))))
    return weak[:MAX_AUTHORS], tuple(agencies.values())


def bare(name: str) -> str:
    """Return a name without case, blanks and punctuation, to compare it by."""
    return "".join(filter(str.isalnum, name.casefold()))


def _is_full(name: str) -> bool:
    """Return whether a name has two words, or is in a script that writes names as one."""
    return " " in name or not any(letter.isascii() for letter in name)


def _name(part: str) -> str:
    """Return a bare name; empty for a sentence or something without letters."""
    name = _PREFIX.sub("", clean(part, 200) or "")
    name = _AFTER.sub("", name).strip(" .,:;*-–—_\"'„“”©")
    return name if 1 < len(name) <= 60 and any(map(str.isalpha, name)) and len(name.split()) <= 6 else ""
