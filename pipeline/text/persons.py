"""Persons: a given name, an office, an age or a verb of saying beside capitalised words; later, the surname alone."""

import re
from collections.abc import Iterable, Iterator

from pipeline.text.lexicon import Lexicon
from pipeline.text.names import Name, Word, base, is_possessive, kind

LONGEST_NAME = 5
_AGE = re.compile(r",? \(?\d{1,2}\)?[,)]")
_BEFORE = re.compile(r"([^\W\d_]{2,30}) $")
_BEHIND = re.compile(r" ([^\W\d_]{2,30})(?!\w)")
_REGNAL = re.compile(r"[IVX]+")


def find_persons(
    text: str, chains: list[list[Word]], words: Lexicon | None, known: set[str], places: set[str]
) -> Iterator[Name]:
    """Yield the persons named in chains, in order; `places` are words that alone are no surname."""
    for chain in chains:
        first, fewest = _beginning(text, chain, words)
        if first is None:
            continue
        name = _person(chain[first:])
        if len(name) >= fewest and not (len(name) == 1 and _is_place(name[0].text, places, words)):
            start, last = name[0].start, name[-1]
            yield Name(start, last.end, text[start : last.start] + base(last.text, known))


def _is_place(word: str, places: set[str], words: Lexicon | None) -> bool:
    genitive = words is not None and words.genitive_s and word.removesuffix("s") in places
    return word in places or genitive


def fullest(names: Iterable[str]) -> dict[str, str]:
    """Return the fullest name of each surname; a surname of several persons is left out."""
    bearers: dict[str, set[str]] = {}
    for name in names:
        bearers.setdefault(surname(name), set()).add(name)
    found = {}
    for last, shared in bearers.items():
        full = sorted((name for name in shared if " " in name), key=lambda name: (-len(name), name)) or [last]
        if len({name.split(" ", 1)[0] for name in full}) == 1:
            found[last] = full[0]
    return found


def find_surnames(chains: list[list[Word]], full: dict[str, str], known: set[str]) -> Iterator[Name]:
    """Yield the places where a surname of `full` stands alone."""
    for chain in chains:
        name = full.get(base(chain[0].text, known)) if len(chain) == 1 else None
        if name:
            yield Name(chain[0].start, chain[0].end, name)


def surname(name: str) -> str:
    """Return the last word of a name."""
    return name.rsplit(" ", 1)[-1]


def _beginning(text: str, chain: list[Word], words: Lexicon | None) -> tuple[int | None, int]:
    """Return where in the chain a person's name begins, None for no person, and how many words it needs."""
    for at, word in enumerate(chain[:-1]):
        if word.kind.given:
            return at, 2
    roles = 0
    while roles < len(chain) and chain[roles].kind.role:
        roles += 1
    if roles < len(chain) and chain[roles].kind.particle and chain[roles + 1].text[0].isupper():
        return None, 0  # "Sprecherin von Airbus", but "Ministerin von der Leyen"
    before = chain[roles - 1].kind.office if roles else _office_before(text, chain[0].start, words)
    if before is not None:
        return roles, 1 if before else 2
    if 2 <= len(chain) <= 4 and _is_beside_age_or_verb(text, chain, words):
        return 0, 2
    return None, 0


def _office_before(text: str, start: int, words: Lexicon | None) -> bool | None:
    """Return whether the role in front of a name is an office, None for no role; in German it is part of the chain."""
    if (words and words.nouns_capitalised) or not text[start - 2 : start - 1].islower():
        return None
    before = _BEFORE.search(text, max(0, start - 32), start)
    about = kind(before[1], words) if before and before[1].islower() else None
    return about.office if about and about.role else None


def _is_beside_age_or_verb(text: str, chain: list[Word], words: Lexicon | None) -> bool:
    start, end = chain[0].start, chain[-1].end
    if _AGE.match(text, end):
        return True
    if words is None or words.nouns_capitalised:
        return False
    beside = (_BEFORE.search(text, max(0, start - 32), start), _BEHIND.match(text, end))
    return any(match is not None and match[1] in words.verbs for match in beside)


def _person(chain: list[Word]) -> list[Word]:
    """Return the beginning of the chain that can be one person's name."""
    name: list[Word] = []
    for at, word in enumerate(chain[:LONGEST_NAME]):
        shout = len(word.text) > 2 and word.text.isupper() and not _REGNAL.fullmatch(word.text)
        small = word.text[0].isupper() and (word.kind.small or word.kind.role)
        if shout or small or (name and is_possessive(name[-1].text)) or _employs(chain[at:]):
            break
        name.append(word)
    while name and not name[-1].text[0].isupper():
        name.pop()
    return name


def _employs(rest: list[Word]) -> bool:
    """Whether particles lead to an organisation: "Eva Keller von der Stiftung"."""
    following = next((word for word in rest if not word.kind.particle), None)
    return following is not None and following is not rest[0] and following.kind.head
