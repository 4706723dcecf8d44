"""Who an article names in full, so that a surname or a role later on can be led back to the name."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.text.lexicon import Lexicon, given_names
from pipeline.text.phrases import person_name, proper
from pipeline.text.reading import Token, tokens

_UPPER = "".join(c for c in map(chr, range(0x250)) if c.isupper())
_RUN = re.compile(
    rf"[{_UPPER}][\w’'‑-]*"
    rf"(?:(?:(?<=\b[{_UPPER}])\.)?[ \u00a0]"
    rf"(?:(?:von|van|de|del|della|der|la|bin|ibn|al|el|zu|da|di) ){{0,2}}[{_UPPER}][\w’'‑-]*){{0,6}}"
)
_NEAR = 70
_MOST_WORDS = 5
_MANY = 50


class Named(NamedTuple):
    """One mention of a full name."""

    start: int
    name: str


@dataclass
class People:
    """The full names of an article by last name and by the role that stands with them, in order of appearance."""

    by_surname: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    certain: list[Named] = field(default_factory=list)
    """Names with a known given name or a role: those a pronoun may stand for."""
    by_role: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))

    def full_name(self, name: str, position: int) -> str | None:
        """Return the fullest name that a (sur)name stands for at a position, None if the article has none longer."""
        known = self.by_surname.get(_key(name)) or self.by_surname.get(_key(name.removesuffix("s")))
        if not known:
            return None
        words = {_key(word) for word in name.split()}
        fit = [n for n in known if words <= {_key(word) for word in n.name.split()} | {_key(name.removesuffix("s"))}]
        return _nearest(fit, position, most_words=True)

    def only_one(self, position: int) -> str | None:
        """Return the person who alone was surely named before a position."""
        names = {named.name.rsplit(" ", 1)[-1]: named.name for named in self.certain[:_MANY] if named.start < position}
        return next(iter(names.values())) if len(names) == 1 else None

    def with_role(self, role: str, position: int) -> str | None:
        """Return the one person last named with a role before a position (or first after it)."""
        return _nearest(self.by_role.get(role, []), position)


def _key(name: str) -> str:
    return name.rsplit(" ", 1)[-1].casefold()


def _nearest(known: list[Named], position: int, *, most_words: bool = False) -> str | None:
    if not known:
        return None
    if most_words:
        known = (
            [n for n in known if len(n.name.split()) == max(len(n.name.split()) for n in known)]
            if len(known) < 50
            else known[-50:]
        )
    before = [n for n in known if n.start <= position]
    return (before[-1] if before else known[0]).name


def find_people(text: str, lex: Lexicon) -> People:
    """Return who is named in full in a text."""
    people = People()
    for match in _RUN.finditer(text):
        words = tokens(text, match.start(), match.end())
        while words and not proper(words[0], lex):
            words.pop(0)
        if not words:
            continue
        name = person_name(words, lex)
        if not name or not 2 <= len(name.split()) <= _MOST_WORDS:
            continue
        certain = _personal(name, words, lex)
        if certain:
            people.certain.append(Named(words[0].start, name))
        if certain or not (lex.nouns_capitalised or any(lex.organization(word.low) for word in words)):
            _remember(people, name, words, text, lex)
    return people


def _personal(name: str, words: list[Token], lex: Lexicon) -> bool:
    """Whether a capitalised run is surely a person's name: by the given name, or by a role or title before it."""
    given = all(part in given_names() for part in name.split()[0].split("-"))
    roles = any(lex.role(word.low) or lex.has("titles", word.low) for word in words)
    return given or roles


def _remember(people: People, name: str, words: list[Token], text: str, lex: Lexicon) -> None:
    named = Named(words[0].start, name)
    people.by_surname[_key(name)].append(named)
    if name.endswith("s") and lex.genitive_s:
        people.by_surname[_key(name[:-1])].append(Named(named.start, name[:-1]))
    for role in _roles(words, text, lex):
        people.by_role[role].append(named)


def _roles(words: list[Token], text: str, lex: Lexicon) -> list[str]:
    start, end = words[0].start, words[-1].end
    before = re.split(r"[.;:!?\n]", text[max(0, start - _NEAR) : start])[-1].rstrip()
    around = (
        tokens(before, 0, len(before))[-8:]
        if before.endswith(",") or not before
        else tokens(before, 0, len(before))[-2:]
    )
    after = re.match(r", ([^.,;:!?\n]{3,70})", text[end : end + _NEAR])
    around = [*around, *words, *(tokens(after.group(1), 0, 40)[:4] if after else [])]
    return list(dict.fromkeys(role for word in around if (role := lex.role(word.low))))
