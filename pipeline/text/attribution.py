"""Who says it: the sources that sentences name, led back to the fullest name in the article; for quotes and claims."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipeline.text.cues import Found, find_cues
from pipeline.text.lexicon import Lexicon
from pipeline.text.people import Named, People, find_people
from pipeline.text.phrases import Phrase, read_phrase
from pipeline.text.reading import FILLER, Span, Token, place, sentences, tokens, without

SpeakerKind = Literal["person", "organization", "role", "unknown"]
Method = Literal["verb_after", "verb_before", "source_phrase", "same_sentence", "continued", "subject"]

_SURE: dict[Method, float] = {
    "verb_after": 0.95,
    "verb_before": 0.9,
    "source_phrase": 0.85,
    "same_sentence": 0.7,
    "continued": 0.65,
    "subject": 0.5,
}
_TOUCHES = 12
"""Characters between a quotation and the verb that follows it: a mark, a comma, an adverb."""


_GOES_ON = 2
"""Sentences over which hearsay is still that of the last one who spoke."""


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


class Attribution(NamedTuple):
    """The speaker of a piece of text, the verb or source phrase (None if it is in another sentence), how found."""

    speaker: Speaker
    verb: str | None
    method: Method
    confidence: float


@dataclass(frozen=True)
class Voices:
    """An article read for who speaks: sentences, the cues in each, and the person each begins with."""

    sentences: Sequence[Span]
    cues: Sequence[Sequence[Cue]]
    subjects: Sequence[Speaker | None]
    hearsay: Sequence[bool]
    """Whether the mood of a sentence says that it is somebody's, not the article's."""

    def at(self, position: int) -> int:
        """Return the index of the sentence at a position."""
        return place(self.sentences, position)

    def went_on(self, number: int) -> Speaker | None:
        """Return who spoke last in one of the sentences just before this one."""
        cues = [
            cue
            for before in self.cues[max(0, number - _GOES_ON) : number]
            for cue in before
            if cue.kind != "judges" and cue.speaker.name
        ]
        return cues[-1].speaker if cues else None


def framed(text: str, quotations: Sequence[Span]) -> str:
    """Return the text with quotations filled, but for a full stop at their end, so that sentences can be told apart."""
    return without(text, [(start, end - (text[end - 1] in ".!?…")) for start, end in quotations], FILLER)


def find_voices(frame: str, lex: Lexicon) -> Voices:
    """Return who speaks in each sentence of a text whose quotations are filled with reading.FILLER."""
    spans = sentences(frame, lex.sets["abbreviations"])
    people = find_people(frame, lex)
    listener = _Listener(frame, people, lex, frozenset(people.certain))
    cues: list[list[Cue]] = []
    subjects: list[Speaker | None] = []
    hearsay: list[bool] = []
    for start, end in spans:
        words = tokens(frame, start, end)
        subjects.append(listener.subject(words))
        hearsay.append(any(lex.has("reported", word.low) for word in words))
        cues.append([cue for found in find_cues(words, lex) if (cue := listener.cue(found, words))])
    return Voices(spans, cues, subjects, hearsay)


@dataclass
class _Listener:
    """Reads an article from its beginning and remembers who spoke, for the pronouns to come."""

    frame: str
    people: People
    lex: Lexicon
    certain: frozenset[str] = frozenset()
    person: str | None = None
    latest: Speaker | None = None
    bodies: dict[str, list[Named]] = field(default_factory=dict)

    def subject(self, words: Sequence[Token]) -> Speaker | None:
        phrase = read_phrase(words, 0, self.lex)
        if phrase is None or phrase.kind == "document" or (phrase.kind == "unknown" and not self._known(phrase)):
            return None
        speaker = self._resolve(phrase, genitive=False)
        if speaker is None or speaker.name is None or speaker.kind not in ("person", "organization"):
            return None
        self._remember(speaker)
        return speaker

    def _remember(self, speaker: Speaker) -> None:
        if speaker.kind == "person" and speaker.name in self.certain:
            self.person = speaker.name

    def _known(self, phrase: Phrase) -> bool:
        return phrase.kind == "unknown" and self.people.full_name(phrase.name, phrase.start) is not None

    def cue(self, found: Found, words: Sequence[Token]) -> Cue | None:
        phrase = found.phrase
        inner = self._author(phrase, words) if phrase.kind == "document" else None
        speaker = self._resolve(inner or phrase, genitive=found.genitive)
        if speaker is None:
            return None
        self.latest = speaker if speaker.name else self.latest
        self._remember(speaker)
        return Cue(found.start, found.end, found.verb, found.kind, speaker)

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
        full = self.people.full_name(phrase.name, phrase.start)
        if full:
            return Speaker(full, surface, phrase.start, "person", 1.0)
        name = phrase.name[:-1] if genitive and phrase.name.endswith("s") else phrase.name
        return Speaker(name, surface, phrase.start, "person" if phrase.kind == "person" else "unknown", 0.9)

    def _pronoun(self, phrase: Phrase, surface: str) -> Speaker | None:
        if self.lex.has("pronouns", phrase.head):
            person = self.person or self.people.only_one(phrase.start)
            return Speaker(person, surface, phrase.start, "person", 0.75 if person else 0.4)
        return self.latest._replace(surface=surface, start=phrase.start, sure=0.75) if self.latest else None

    def _role(self, phrase: Phrase, surface: str) -> Speaker:
        named = self.people.with_role(phrase.head, phrase.start) if _definite(surface, self.lex) else None
        if named:
            return Speaker(named, surface, phrase.start, "person", 0.85)
        return Speaker(phrase.name, surface, phrase.start, "role", 0.9)

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


def _definite(surface: str, lex: Lexicon) -> bool:
    first = surface.split()[0].lower()
    return first not in ("ein", "eine", "einer", "eines", "einem", "a", "an", "un", "une", "una")


def who_says_quote(voices: Voices, start: int, end: int, *, fragment: bool, asked: bool) -> Attribution | None:
    """Return who says a quotation by its own sentence, None if that does not tell; `asked`: it ends in ? or !."""
    here = voices.at(start)
    cues = [cue for cue in voices.cues[here] if fragment or cue.kind != "judges"]
    after = cues + list(voices.cues[here + 1] if asked and here + 1 < len(voices.cues) else ())
    for cue in after:
        if 0 <= cue.start - end <= _TOUCHES:
            return _attribution(cue, "source_phrase" if cue.kind == "source" else "verb_after")
    before = [cue for cue in cues if cue.end <= start]
    if before:
        return _attribution(before[-1], "source_phrase" if before[-1].kind == "source" else "verb_before")
    return _attribution(cues[0], "source_phrase" if cues[0].kind == "source" else "same_sentence") if cues else None


def _attribution(cue: Cue, method: Method) -> Attribution:
    return Attribution(cue.speaker, cue.verb, method, round(_SURE[method] * cue.speaker.sure, 3))


def carried_on(speaker: Speaker, method: Method) -> Attribution:
    """Return the attribution of text whose speaker an earlier sentence names, or that begins with the speaker."""
    return Attribution(speaker, None, method, round(_SURE[method] * speaker.sure, 3))


def who_says_claim(voices: Voices, position: int) -> Attribution | None:
    """Return who states what stands at a position of a sentence, None if the sentence does not tell."""
    cues = [
        cue
        for cue in voices.cues[voices.at(position)]
        if cue.kind == "source" or (cue.kind == "says" and cue.speaker.kind != "unknown")
    ]
    cue = next((c for c in reversed(cues) if c.start <= position), None) or (cues[0] if cues else None)
    return _attribution(cue, "source_phrase" if cue.kind == "source" else "same_sentence") if cue else None
