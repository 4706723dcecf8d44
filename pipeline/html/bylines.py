"""Author names out of bylines: one name each, persons apart from agencies. No page is read here."""

import re
from collections.abc import Iterable

from pipeline.html.jsonld import clean

MAX_AUTHORS = 20
_LONGEST = 2000

_BY = (
    r"by|von|vom|par|por|di|da|av|af|door|przez|od|oleh|autor(?:en|in)?|authors?|auteurs?|autore|autori|autores|"
    r"forfatter|skribent|text(?:e|o|er)?|texto|testo|tekst|författare|journalist"
)
_LABELS = r"redaktion|redakteur(?:in)?|quelle|source|fuente|bron"
_PREFIX = re.compile(
    r"^\W{0,3}(?:(?:written|words|reported|posted|published|story|article|post author|erstellt|geschrieben|verfasst|"
    r"veröffentlicht|publié|écrit|escrito|publicado|scritto|ein (?:artikel|kommentar|beitrag)|eine (?:analyse|kolumne)|"
    r"text|bericht|kommentar|protokoll|interview)\s*:?\s+)?"
    rf"(?:{_BY}|(?:{_LABELS})(?=\s*:))(?:\s*[:：|]\s*|\s+)(?=\S)|"
    r"^(?:责任编辑|責任編集|作者|记者|記者|編集|文|글)\s*[:：＝=]\s*",
    re.IGNORECASE,
)
# "Da Silva", "Par Andersson" alone are names.
_SURNAME = re.compile(r"(?:D[ia]|Par|Av|Af|Od) [^\W\d_a-zß-ÿ][\w'’-]+")
# "Capital Von Ann Bee": a label that a template puts before the byline.
_LABELLED = re.compile(r"^[^\s,;]{1,30}(?:\s[^\s,;]{1,30}){0,2}\s(?:By|Von|Par|Por)\s(?=[^\W\d_a-zß-ÿ][^,;]{2,60}$)")
_BETWEEN = re.compile(
    r"\s*(?:[;|/•·\n、]|,(?!\s*(?:jr|sr|md|phd|ii|iii)\b)|\s&|\s(?:and|und|et|og|och|en|ja|oraz|with|mit|avec|con)"
    r"(?=\s)|\s[yei](?=\s+[^\W\d_]\S*\s+\S))\s*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[<{][^()\[\]<>{}]{0,200}[)\]>}]?")
# A name is over where a function, a house or a place begins.
_AFTER = re.compile(
    r"\s+(?:(?:illustrations?|fotos?|photos?|bilder|video|grafik)\b|[–—-]\s|@\w|"
    r"(?:in|for|für|aus|at|pour|special to|updated|published)\s).*$|\s+(?:기자|記者|记者)$",
    re.IGNORECASE,
)
_REVERSED = re.compile(r"\s*([^\W\d_][\w'’-]+),\s*([^\W\d_][\w'’.-]+(?:\s[^\W\d_][\w'’.-]*)?)\s*")
_ADDRESS = re.compile(r"https?:|www\.|\w@\w+\.\w", re.IGNORECASE)
_ROLE = (
    r"(?:(?:\w{1,20}-?)?(?:korrespondent|redakteur|reporter|journalist|autor|expert)(?:e|in|innen)?|(?:chef)?redaktion|"
    r"\w{0,15}correspond[ae]nt\w{0,3}|(?:co-?)?editors?|writers?|staff|freelance|columnists?|reporters?|producers?|"
    r"contributors?|journalists?|journaliste|rédact(?:ion|eur|rice)|redac(?:ción|tor|tora)|redazione|redactie|"
    r"periodista|giornalista|admin(?:istrator)?|webmaster|newsdesk|newsroom|author|verfasser(?:in)?|"
    r"volontär(?:in)?|kolumnist(?:in)?|leit(?:er|erin|ung)|mitarbeiter(?:in)?)"
)
_ROLES = re.compile(rf"(?<!\w){_ROLE}(?!\w)", re.IGNORECASE)
_LEADING_ROLE = re.compile(rf"^(?i:(?:[\w-]{{2,40}}-)?{_ROLE})\s+(?=[^\W\d_a-zß-ÿ]\S*\s+[^\W\d_a-zß-ÿ])")
_TRAILING_ROLE = re.compile(
    r"\s+(?:(?:senior|former|chief|political|special|deputy|managing|contributing|freelance)\s+)*"
    r"(?:\w{0,15}correspondent|(?:\w{1,20}-)?(?:korrespondent|redakteur)(?:in)?|editor|writer|columnist|reporter|contributor|"
    r"journalist(?:in)?)\b.*$",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"(?:no|unknown|anonymous|guest|default) (?:author|user)|n/?a|none|null|undefined", re.IGNORECASE)
_TITLE = re.compile(r"^(?:(?:dr|prof|dipl|mag|ing|med|rer|nat)\b\.?[\s-]*)+", re.IGNORECASE)
# Names of persons in scripts that write them as one word: Han, Hangul.
_WITHOUT_BLANK = re.compile("[\u4e00-\u9fff]{2,5}|[\uac00-\ud7af]{2,4}")
_LEAD = re.compile(rf"(?:{_BY})", re.IGNORECASE)
_NO_NAME = frozenset({
    "am", "on", "stand", "at", "uhr", "read", "more", "posts", "view", "articles", "published", "updated", "posted",
    "follow", "about", "contact", "home", "news", "print", "share", "veröffentlicht", "mehr", "artikel", "beiträge",
    "alle", "inhalte", "aktualisiert", "teilen", "drucken", "publié", "partager", "publicado", "más", "leggi",
    "the", "our", "your",
})  # fmt: skip
_NOT_BARE = re.compile(r"[\W_]+")
# The words of a name that begin with a small letter.
_PARTICLES = frozenset({
    "von", "van", "de", "der", "den", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le", "el",
    "al", "bin", "ibn", "ben", "y", "zu", "zum", "zur", "of", "ter", "ten", "af", "av", "e",
})  # fmt: skip
_AGENCY_NAMES = (
    "dpa|AFP|Reuters|AP|APA|SID|KNA|epd|EFE|ANSA|TASS|Interfax|Xinhua|UPI|PTI|ANI|IANS|"
    "Keystone-SDA|SDA|Ritzau|NTB|TT|ANP|Belga|PAP|ČTK|MTI|Bloomberg|dpa-AFX|Europa Press|"
    "Associated Press|The Associated Press|Agence France-Presse|Deutsche Presse-Agentur|Press Association|PA Media|"
    "RIA Novosti|Yonhap|Kyodo|Jiji|Lusa|AAP|Agencia EFE"
)
_AGENCIES = {name.casefold(): name for name in _AGENCY_NAMES.split("|")}


def find_authors(groups: Iterable[list[str]], sites: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the authors of the first group of bylines that names a person, and the agencies named until there.

    Names of sites (as `bare` gives them), agencies, roles and single words are no persons, and are the authors only
    where no group names one: then the first group stands as it is.
    """
    agencies: dict[str, str] = {}
    weak: tuple[str, ...] = ()
    for group in groups:
        bylines = [byline[:_LONGEST] for byline in group if not _ADDRESS.search(byline[:_LONGEST])]
        names = [name for byline in bylines for name in split_byline(byline)]
        agencies |= {name.casefold(): _AGENCIES[name.casefold()] for name in names if name.casefold() in _AGENCIES}
        others = _distinct(name for name in names if name.casefold() not in _AGENCIES and bare(name) not in sites)
        if any(map(_is_full, others)):
            return tuple(name for name in others if not _ROLES.search(name))[:MAX_AUTHORS], tuple(agencies.values())
        weak = weak or _distinct(name for byline in bylines if (name := _name(_BRACKETS.sub(" ", byline))))
    return weak[:MAX_AUTHORS], tuple(agencies.values())


def split_byline(byline: str) -> list[str]:
    """Return the names in a byline, roles behind a person left out; empty where there is none."""
    byline = _BRACKETS.sub(" ", byline[:_LONGEST])
    turned = _REVERSED.fullmatch(byline)
    if turned and not any(_ROLES.search(part) or part.casefold() in _AGENCIES for part in turned.groups()):
        return [f"{turned[2]} {turned[1]}"]
    parts = _BETWEEN.split(byline)[:MAX_AUTHORS]
    return [name for part in parts if (name := _name(part))]


def is_person(name: str) -> bool:
    """Return whether a name is written as those of persons are: two to five words with capitals, and no role."""
    words = name.split()
    if len(words) == 1:
        return _WITHOUT_BLANK.fullmatch(name) is not None
    shaped = (word in _PARTICLES or (word[0].isupper() and all(map(_in_name, word))) for word in words)
    sound = 1 < len(words) <= 5 and not _NO_NAME.intersection(map(str.casefold, words))
    return sound and all(shaped) and words[0][0].isupper() and not _ROLES.search(name)


def is_pen_name(name: str) -> bool:
    """Return whether a name may be a pen name or that of a group: a word, or two or three without digits."""
    words = name.casefold().split()
    return not _NO_NAME.intersection(words) and (
        len(words) == 1 or (len(words) <= 3 and all(map(_in_name, "".join(words))))
    )


def is_led(text: str) -> bool:
    """Return whether a text begins as a byline does: "By", "Von", "Author:"."""
    return _PREFIX.match(text) is not None


def bare(name: str) -> str:
    """Return a name without case, blanks and punctuation, to compare it by."""
    return _NOT_BARE.sub("", name.casefold())


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return names once each: the first spelling of those that differ by a title or by case only."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(bare(_TITLE.sub("", name)), name)
    return tuple(found.values())


def _in_name(letter: str) -> bool:
    return letter.isalpha() or letter in ".'’‘-"


def _is_full(name: str) -> bool:
    """Return whether a name has two words and no role, or is in a script that writes names as one."""
    return (" " in name and not _ROLES.search(name)) or not any(letter.isascii() for letter in name)


def _is_surname(name: str) -> bool:
    rest = name.partition(" ")[2]
    return bool(_SURNAME.fullmatch(name)) and rest.casefold() not in _AGENCIES and not _ROLES.search(rest)


def _name(part: str) -> str:
    """Return a bare name; empty for a sentence or something without letters."""
    name = clean(part, 200) or ""
    name = name if _is_surname(name) else _PREFIX.sub("", name)
    behind = _TRAILING_ROLE.search(name)
    name = name[: behind.start()] if behind and " " in name[: behind.start()] else name
    name = _LEADING_ROLE.sub("", _LABELLED.sub("", _AFTER.sub("", name))).strip(" .,:;*-–—_\"'„“”©|")
    sound = 1 < len(name) <= 60 and any(map(str.isalpha, name)) and len(name.split()) <= 6
    return "" if not sound or _NOBODY.fullmatch(name) or _LEAD.fullmatch(name) else name
