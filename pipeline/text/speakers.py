"""Who speaks: what the noun phrases of an article stand for, surnames, roles and pronouns led back to names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipeline.text.cues import Found
from pipeline.text.lexicon import Gender, Lexicon
from pipeline.text.people import Named, People
from pipeline.text.phrases import Phrase, read_phrase
from pipeline.text.reading import FILLER, Token
from pipeline.text.traits import is_given, without_genitive

SpeakerKind = Literal["person", "organization", "role", "unknown"]

_INFLECTED = ("e", "en", "er", "es", "em")
_LONGEST_UNINFLECTED = 4
_STILL_ACTS = 200
"""Characters behind a person acting over which another who is named does not take over the pronouns."""
_AGED = re.compile(r"(?i)\b(der|die) (?:\w+ )?\d{1,3}-jährige\Z")
"""Somebody named before, by age: "sagte der 54-Jährige"."""


class Speaker(NamedTuple):
    """Who speaks: the fullest name, the words in the text and where they start, what kind it is, how sure that is.

    The name is None for a pronoun that nobody is found for.
    """

    name: str | None
    surface: str
    start: int
    kind: SpeakerKind
    sure: float


class Cue(NamedTuple):
    """A place in a sentence that says who speaks, and how."""

    start: int
    end: int
    verb: str
    kind: str
    speaker: Speaker


@dataclass
class Listener:
    """Reads an article from its beginning and remembers who spoke, for the pronouns to come."""

    frame: str
    people: People
    lex: Lexicon
    persons: dict[Gender | None, Named] = field(default_factory=dict)
    latest: Speaker | None = None
    bodies: dict[str, list[Named]] = field(default_factory=dict)

    def subject(self, words: Sequence[Token]) -> Speaker | None:
        """Return the person or body that a sentence begins with."""
        phrase = read_phrase(words, 0, self.lex)
        if phrase is None or not self._somebody(phrase):
            return None
        speaker = self._resolve(phrase, genitive=False)
        if speaker is None or speaker.name is None or speaker.kind not in ("person", "organization"):
            return None
        self._remember(speaker)
        return speaker

    def _remember(self, speaker: Speaker) -> None:
        if speaker.kind == "person" and speaker.name in self.people.certain:
            self.persons[self.people.genders.get(speaker.name)] = Named(speaker.start, speaker.name)

    def _known(self, phrase: Phrase) -> bool:
        return phrase.kind == "unknown" and self.people.full_name(phrase.name, phrase.start) is not None

    def cue(self, found: Found, words: Sequence[Token]) -> Cue | None:
        """Return a cue with the speaker that its phrase stands for, None if that is nobody."""
        phrase = self._likelier(found)
        inner = self._author(phrase, words) if phrase.kind == "document" else None
        speaker = self._resolve(inner or phrase, genitive=found.genitive)
        if speaker is None:
            return None
        self.latest = speaker if speaker.name else self.latest
        self._remember(speaker)
        return Cue(found.start, found.end, found.verb, found.kind, speaker)

    def _likelier(self, found: Found) -> Phrase:
        """Return the phrase before a verb, or the one behind it if only that is surely somebody."""
        rival = found.rival
        if rival is None or self._known(found.phrase):
            return found.phrase
        article = self.frame[rival.start : rival.end].split()[0].lower()
        if rival.kind == "role":
            somebody = article in ("die", "ein", "eine") or (article == "der" and _gender_of(rival.head) == "m")
        else:
            somebody = rival.kind in ("person", "pronoun") or (rival.kind == "organization" and article != "der")
        return rival if somebody or self._known(rival) else found.phrase

    def agent(self, words: Sequence[Token]) -> Speaker | None:
        """Return who acts in a sentence that leads to a quotation: who it begins with, or who follows its verb."""
        for at in range(len(words)):
            if words[at].text[0] == FILLER:
                return None
            phrase = read_phrase(words, at, self.lex) if at == 0 or self._may_follow(words[at - 1]) else None
            if phrase and self._somebody(phrase):
                speaker = self._resolve(phrase, genitive=False)
                if speaker and (speaker.name or phrase.kind == "pronoun"):
                    self._remember(speaker)
                    return speaker
        return None

    def _somebody(self, phrase: Phrase) -> bool:
        """Whether a phrase names who acts; "Jeder Kontakt" is nobody, though two words of it are capitalised."""
        first = phrase.name.split()[0]
        if phrase.kind == "person" and self.lex.nouns_capitalised and not phrase.head and not is_given(first):
            adjective = len(first) > _LONGEST_UNINFLECTED and first.endswith(_INFLECTED)
            return not adjective or self.people.full_name(phrase.name, phrase.start) is not None
        named = phrase.kind == "unknown" and is_given(phrase.name)
        return named or phrase.kind in ("person", "organization", "role", "pronoun") or self._known(phrase)

    def _may_follow(self, word: Token) -> bool:
        """Whether a subject may stand behind a word: in German a verb or an adverb, elsewhere none."""
        if self.lex.has("leading", word.low):
            return True
        begun = any(self.lex.has(name, word.low) for name in ("prepositions", "determiners", "oblique", "links"))
        return self.lex.nouns_capitalised and word.text[0].islower() and not begun

    def _author(self, phrase: Phrase, words: Sequence[Token]) -> Phrase | None:
        """Whose document it is: "einer Erklärung des Ministeriums" -> the ministry."""
        inside = [k for k, word in enumerate(words) if word.start >= phrase.start and word.end <= phrase.end]
        linked = (k for k in inside[1:] if self.lex.has("links", words[k].low))
        at = next(linked, None)
        if at is None:
            return None
        led = self.lex.has("oblique", words[at].low) or self.lex.has("determiners", words[at].low)
        return read_phrase(words, at if led else at + 1, self.lex, oblique=True)

    def _resolve(self, phrase: Phrase, *, genitive: bool) -> Speaker | None:
        surface = self.frame[phrase.start : phrase.end]
        if phrase.kind == "pronoun":
            return self._pronoun(phrase, surface)
        if phrase.kind == "organization":
            return Speaker(self._body(phrase), surface, phrase.start, "organization", 1.0)
        if phrase.kind == "role":
            return self._role(phrase, surface)
        if phrase.kind == "document":
            return self._document(phrase, surface)
        if self.lex.nouns_capitalised and (aged := _AGED.search(surface)):
            person = self._who("f" if aged.group(1).lower() == "die" else "m", phrase.start)
            return Speaker(person or phrase.name, surface, phrase.start, "person", 0.75)
        full = self.people.full_name(phrase.name, phrase.start)
        if full:
            return Speaker(full, surface, phrase.start, "person", 1.0)
        name = without_genitive(phrase.name, surface) if genitive else phrase.name
        return Speaker(name, surface, phrase.start, "person" if phrase.kind == "person" else "unknown", 0.9)

    def _pronoun(self, phrase: Phrase, surface: str) -> Speaker | None:
        if self.lex.has("pronouns", phrase.head) or not phrase.head:
            person = self._stands_for(phrase)
            return Speaker(person, surface, phrase.start, "person", 0.75 if person else 0.4)
        return self.latest._replace(surface=surface, start=phrase.start, sure=0.75) if self.latest else None

    def _stands_for(self, phrase: Phrase) -> str | None:
        """Return who a pronoun stands for, who then is of its gender; None if nobody of it is named before."""
        gender: Gender | None = "f" if self.lex.has("pronouns_f", phrase.head) else None
        gender = "m" if self.lex.has("pronouns_m", phrase.head) else gender
        name = self._who(gender, phrase.start)
        if name and gender and self.people.genders.get(name) is None:
            self.people.genders[name] = gender
            if self.persons.get(None, Named(0, "")).name == name:
                self.persons[gender] = self.persons.pop(None)
        return name

    def _who(self, gender: Gender | None, position: int) -> str | None:
        """Return who of a gender spoke or acted last, or another who was named well after."""
        fitting: tuple[Gender | None, ...] = (gender, None) if gender else ("f", "m", None)
        actor = max((self.persons[of] for of in fitting if of in self.persons), default=None)
        named = self.people.latest(position, gender)
        if actor and (named is None or named.start - actor.start <= _STILL_ACTS):
            return actor.name
        return named.name if named else None

    def _role(self, phrase: Phrase, surface: str) -> Speaker:
        gender = _gender_told(surface, phrase.head, self.lex)
        named = self.people.with_role(phrase.head, phrase.start, gender) if _definite(surface, self.lex) else None
        if named:
            return Speaker(named, surface, phrase.start, "person", 0.85)
        alone = self.people.only_one(phrase.start, gender or "m") if self._points_back(surface) else None
        if alone:
            return Speaker(alone, surface, phrase.start, "person", 0.6)
        return Speaker(phrase.name, surface, phrase.start, "role", 0.9)

    def _points_back(self, surface: str) -> bool:
        """Whether a German role with nothing but its article is that of somebody already named."""
        return self.lex.nouns_capitalised and len(surface.split()) == 2 and surface.split()[0].lower() in ("der", "die")

    def _document(self, phrase: Phrase, surface: str) -> Speaker | None:
        if " " in phrase.name or "-" in phrase.name:
            return Speaker(phrase.name, surface, phrase.start, "unknown", 0.7)
        return self.latest._replace(surface=surface, start=phrase.start, sure=0.75) if self.latest else None

    def _body(self, phrase: Phrase) -> str:
        base = self.lex.organization(phrase.head) or phrase.head
        known = self.bodies.setdefault(base, [])
        fuller = [n.name for n in known if len(n.name) > len(phrase.name)] if phrase.name.lower() == base else []
        known.append(Named(phrase.start, phrase.name))
        del known[:-20]
        return fuller[-1] if fuller else phrase.name


def _gender_of(role: str) -> Gender:
    return "f" if role.endswith("in") else "m"


def _gender_told(surface: str, role: str, lex: Lexicon) -> Gender | None:
    """Return the gender that the words of a role tell: by an article of one gender, in German by the role's ending."""
    words = [word.lower() for word in surface.split()]
    if lex.nouns_capitalised and role.endswith("e"):
        return "f" if words[0] == "die" else "m" if words[0] == "der" else None
    if lex.nouns_capitalised:
        return "f" if any(word.endswith("in") and lex.role(word) == role for word in words) else _gender_of(role)
    if lex.has("determiners_f", words[0]):
        return "f"
    return "m" if lex.has("determiners_m", words[0]) else None


def _definite(surface: str, lex: Lexicon) -> bool:
    first = surface.split()[0].lower()
    return first not in ("ein", "eine", "einer", "eines", "einem", "a", "an", "un", "une", "una")
