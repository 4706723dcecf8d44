"""Who an article names in full, so that a surname or a role later on can be led back to the name."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from pipeline.text.lexicon import Gender, Lexicon, given_names
from pipeline.text.phrases import is_complement, person_name
from pipeline.text.reading import HYPHEN, POSSESSIVE, Token, Words, columns
from pipeline.text.traits import capitalised, is_given

_UPPER = "".join(c for c in map(chr, range(0x250)) if c.isupper())
_RUN = re.compile(
    rf"[{_UPPER}][\w’'‑{HYPHEN}-]*"
    rf"(?:(?:(?<=\b[{_UPPER}])\.)?[ \u00a0]"
    rf"(?:(?:von|van|de|del|della|der|la|bin|ibn|al|el|zu|da|di) ){{0,2}}[{_UPPER}][\w’'‑{HYPHEN}-]*){{0,6}}"
)
_SPACED = re.compile(r"[ \u00a0]")
_CLAUSE = re.compile(r"(?s).*[.;:!?\n]")
_APPOSITION = re.compile(r", ([^.,;:!?\n]{3,70})")
_NEAR, _FEW_WORDS, _MOST_WORDS = 70, 4, 5
_ENDINGS = ("", "s", "'", "'s", "s'")
_MOST_BETWEEN = 12
"""Mentions of others that may stand between a pronoun and its person."""
_LONGEST_LIST = 16
"""Tokens of an enumeration of names."""
_MOST_NAMES = 50
"""Changes of name kept per surname and role; an article with more is a list of names."""


class Named(NamedTuple):
    """A full name and where it is first named after another of the same surname or role."""

    start: int
    name: str


@dataclass
class People:
    """The full names of an article by surname and by role, in order of appearance."""

    by_surname: dict[str, list[Named]] = field(default_factory=dict)
    by_role: dict[str, list[Named]] = field(default_factory=dict)
    certain: dict[str, int] = field(default_factory=dict)
    """Names with a known given name or a role, those that a pronoun may stand for, and where they come first."""
    genders: dict[str, Gender | None] = field(default_factory=dict)
    """Whether a name is a woman's, by its given name, title or role; None where nothing tells."""
    mentions: list[Named] = field(default_factory=list)
    """Where a certain person is named, by full name or surname, in order."""

    def knows(self, name: str) -> bool:
        """Whether somebody of the surname of a name is named in full."""
        key = _key(name)
        return key in self.by_surname or key.removesuffix("s") in self.by_surname

    def full_name(self, name: str, position: int) -> str | None:
        """Return the fullest name that a (sur)name stands for at a position, None if the article names none in full."""
        nominative = name.removesuffix("s")
        known = self.by_surname.get(_key(name)) or self.by_surname.get(_key(nominative), [])
        if len(known) == 1 and " " not in name:
            return known[0].name
        words = {word.casefold() for word in name.split()[:-1]}
        fit = [named for named in known if words <= set(named.name.casefold().split())]
        longest = max((len(named.name.split()) for named in fit), default=0)
        return _nearest([named for named in fit if len(named.name.split()) == longest], position)

    def latest(self, position: int, gender: Gender | None) -> Named | None:
        """Return the person named last before a position whom a pronoun of a gender may stand for."""
        after = bisect_left(self.mentions, (position,))
        named = reversed(self.mentions[max(0, after - _MOST_BETWEEN) : after])
        return next((n for n in named if self.fits(n.name, gender)), None)

    def only_one(self, position: int, gender: Gender) -> str | None:
        """Return the person of a gender who alone was named before a position, None if nobody or more than one was."""
        first = islice(self.certain.items(), _MOST_NAMES)
        named = {_key(name): name for name, start in first if start < position and self.fits(name, gender)}
        return next(iter(named.values())) if len(named) == 1 else None

    def fits(self, name: str, gender: Gender | None) -> bool:
        """Whether a pronoun of a gender may stand for a name; one that no rule tells fits any."""
        known = self.genders.get(name)
        return known is None or gender is None or known == gender

    def with_role(self, role: str, position: int, gender: Gender | None) -> str | None:
        """Return who of a gender alone was named with a role before a position, else first after it, else None."""
        known = [named for named in self.by_role.get(role, []) if self.fits(named.name, gender)]
        before = [set(named.name.split()) for named in known if named.start <= position]
        return _nearest(known, position) if all(words & before[-1] for words in before) else None


def _key(name: str) -> str:
    return name.rsplit(" ", 1)[-1].casefold()


def _nearest(known: Sequence[Named], position: int) -> str | None:
    before = [named for named in known if named.start <= position]
    return before[-1].name if before else known[0].name if known else None


def find_people(text: str, words: Words, lex: Lexicon) -> People:
    """Return who is named in full in a text, which is given in words too."""
    people = People()
    named: list[Named] = []
    within: set[int] = set()
    for match in _RUN.finditer(text):
        if not _SPACED.search(match[0]):  # left out by the pattern it would be read again from each of its capitals
            continue
        first = bisect_left(words.starts, match.start())
        last = bisect_left(words.starts, match.end(), first)
        within.update(range(first, last))
        while first < last and not (capitalised(words.texts[first]) and words.lows[first] not in lex.no_names):
            first += 1
        first = _behind_complements(words, first, last, lex)
        run = words.between(first, last)
        name = person_name(run, lex) if run else None
        if name and 2 <= len(name.split()) <= _MOST_WORDS:
            _remember(people, name, run, _roles(text, words, first, last, lex), lex)
        if name:
            named.append(Named(run[0].start, name))
    named += (found for at, found in _alone(people, words) if at not in within)
    full = ((start, people.full_name(name, start)) for start, name in sorted(named) if people.knows(name))
    people.mentions += [
        Named(start, name) for start, name in full if name in people.certain and not _listed(words, start, lex)
    ]
    return people


def _behind_complements(words: Words, first: int, last: int, lex: Lexicon) -> int:
    """Return where a name begins that "Anwalt von Hans Meier" ends with, `first` if its words are of one name."""
    run = words.between(first, last)
    begins = (k for k in range(len(run) - 2, 0, -1) if is_complement(run[k], run[k + 1], lex))
    at = next(begins, None)
    return first if at is None or is_given(run[at - 1].text) else first + at + 1


def _listed(words: Words, start: int, lex: Lexicon) -> bool:
    """Whether no pronoun stands for a name here: one of "Anna Keller and Hans Meier", or where something is."""
    at = bisect_left(words.starts, start)
    before = words.lows[at - 1] if at else ""
    if lex.has("within", before) and not lex.nouns_capitalised:
        return True
    if at > 1 and lex.has("and", before) and words.texts[at - 2][0].isupper():
        return True
    reach = range(at, min(len(words.lows) - 1, at + _LONGEST_LIST))
    mark = "" if lex.nouns_capitalised else ","  # "Hans Meier, Maler und Anna Kellers Sohn" is one person
    end = next((k for k in reach if not (words.texts[k][0].isupper() or words.texts[k] == mark)), at)
    return lex.has("and", words.lows[end]) and words.texts[end + 1][0].isupper()


def _alone(people: People, words: Words) -> Iterator[tuple[int, Named]]:
    """Yield where words are the surname of somebody who is named in full."""
    forms = {surname + ending for surname in people.by_surname for ending in _ENDINGS}
    for at, low in enumerate(words.lows):
        if low in forms and words.texts[at][0].isupper():
            yield at, Named(words.starts[at], POSSESSIVE.sub("", words.texts[at]))


def _remember(people: People, name: str, words: Sequence[Token], roles: Sequence[str], lex: Lexicon) -> None:
    """Note a name; without a known given name, a role or a title only where nouns are not capitalised."""
    if is_given(name.split()[0]) or roles or any(lex.has("titles", word.low) for word in words):
        people.certain.setdefault(name, words[0].start)
        people.genders[name] = people.genders.get(name) or _gender(name, words, lex)
    elif lex.nouns_capitalised or any(lex.organization(word.low) for word in words):
        return
    _add(people.by_surname, _key(name), Named(words[0].start, name))
    if name.endswith("s") and lex.genitive_s:
        _add(people.by_surname, _key(name[:-1]), Named(words[0].start, name[:-1]))
    for role in roles:
        _add(people.by_role, role, Named(words[0].start, name))


def _gender(name: str, words: Sequence[Token], lex: Lexicon) -> Gender | None:
    """Return the gender that a title, the role of a woman or the given name tells."""
    for word in words:
        role = lex.role(word.low)
        if lex.has("titles_f", word.low) or (role and lex.nouns_capitalised and role.endswith("in")):
            return "f"
        if lex.has("titles_m", word.low):
            return "m"
    return given_names().get(name.split()[0].split("-")[0])


def _add(known: dict[str, list[Named]], key: str, named: Named) -> None:
    listed = known.setdefault(key, [])
    if len(listed) < _MOST_NAMES and (not listed or listed[-1].name != named.name):
        listed.append(named)


def _roles(text: str, words: Words, first: int, last: int, lex: Lexicon) -> list[str]:
    """Return the roles in "Minister Hans Meier", "der Minister des Innern, Hans Meier" and "Hans Meier, Minister"."""
    start, end = words.starts[first], words.ends[last - 1]
    clause = _CLAUSE.match(text, max(0, start - _NEAR), start)
    begin = bisect_left(words.starts, clause.end() if clause else start - _NEAR)
    few = 2 * _FEW_WORDS if begin < first and words.lows[first - 1] == "," else 2
    after = _APPOSITION.match(text, end, end + _NEAR)
    behind = columns(text, after.start(1), after.end(1), _FEW_WORDS).lows if after else []
    link = words.between(max(0, first - 1), first + 1)
    of_another = first > 0 and is_complement(link[0], link[1], lex)
    before = first if of_another else max(begin, first - few)  # "the lawyer of Hans Meier" is another
    near = (*words.lows[before:last], *behind)
    return list(dict.fromkeys(role for low in near if (role := lex.role(low))))
