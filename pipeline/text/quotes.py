"""Quotations of an article, with kind and speaker; marks count in every language, speakers need a lexicon."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.text.attribution import SURE, Attribution, Voices, carried_on, find_voices, framed, who_says_quote
from pipeline.text.hearsay import Indirect, find_indirect
from pipeline.text.kinds import QuoteKind, fragment_kind, is_sentence, plain_kind
from pipeline.text.language import detect
from pipeline.text.lexicon import Lexicon, lexicon
from pipeline.text.marks import Quoted, pair_marks
from pipeline.text.reading import MASK, Span, without
from pipeline.text.speakers import SpeakerKind

_COMMA_WORD = re.compile(r",\s+(\w+)")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|\Z)")
_REPEATED = re.compile(r"\s{0,9}\n\s{0,9}[„“\"«»]")
_WHO = ("speaker", "speaker_surface", "speaker_start", "speaker_kind")
_BACKWARD = ("verb_after", "verb_before", "source_phrase", "continued")
_ANOTHER = re.compile(r"[“”\"»«’,]{0,3},? {1,2}(\w[\w’'-]*(?: \w[\w’'-]*){0,3}) (\w{3,})(?=[.;]|, )")
"""Behind a quotation the subject and the verb of who says it: “...,” Hill countered."""
_SOON = 60
"""Characters behind a quotation in which the next may be its second half."""
_STILL_SPEAKS = 600
"""Characters behind a quotation over which its speaker may go on."""
_JOINED = re.compile(r"\W{0,6}(?:\w{1,10}\W{1,6}){0,2}")
"""What joins two quotations of one speaker: „...“ und „...“."""
_TURN = re.compile(r"(\w+):\s{0,4}\Z")
_LONG_ENOUGH = 60
"""Characters below which a quotation is taken to be in the language of the article."""
_GLANCE = 300
_LITTLE_WORDS = {"de": 0.35, "en": 0.35}
"""Share of little words by which a quotation is surely in a language; of es and fr such words are Portuguese too.

The model takes a tenth of the time of finding quotations, and says the same of all that these words tell.
"""


class Quote(NamedTuple):
    """A quotation, body[char_start:char_end] without its marks: what kind it is, and who says it if the text tells."""

    char_start: int
    char_end: int
    quotation: str
    kind: QuoteKind
    open_mark: str | None
    close_mark: str | None
    in_language: str | None
    verb: str | None
    speaker: str | None
    speaker_surface: str | None
    speaker_start: int | None
    speaker_kind: SpeakerKind | None
    attribution_method: str | None
    attribution_confidence: float | None


def find_quotes(body: str, language: str | None, masked: Sequence[Span] = ()) -> list[Quote]:
    """Return the quotations of a body in order of appearance; nothing inside a masked span is read."""
    lex = lexicon(language)
    text = without(body, masked, MASK)
    found = [_ended(text, quoted, lex) for quoted in pair_marks(text)]
    found = [quoted for quoted in found if _has_words(text[quoted.start : quoted.end])]
    if lex is None:
        return [_quote(body, quoted, plain_kind(text, quoted), None, language) for quoted in found]
    voices = find_voices(framed(text, [(quoted.start, quoted.end) for quoted in found], lex), lex)
    quotes = _back_over_paragraphs(text, _with_speakers(body, text, found, voices, lex))
    quotes += [_indirect(body, told, lex.language) for told in find_indirect(text, voices)]
    return sorted(quotes, key=lambda quote: (quote.char_start, -quote.char_end))


def _has_words(quotation: str) -> bool:
    """Whether a quotation is neither masked nor blank: a mark that nothing closes may stand before ", said X"."""
    return MASK not in quotation and bool(quotation.strip())


def _indirect(body: str, told: Indirect, language: str) -> Quote:
    return _quote(body, Quoted(told.start, told.end, None, None, told.start), "indirect", told.said, language)


def _ended(text: str, quoted: Quoted, lex: Lexicon | None) -> Quoted:
    """Return a quotation, if it has no closing mark cut before ", said X", else at the end of its first sentence."""
    if quoted.close is not None or _REPEATED.match(text, quoted.end):
        return quoted
    said = (m for m in _COMMA_WORD.finditer(text, quoted.start, quoted.end) if lex and _says(m.group(1), lex))
    if match := next(said, None):
        return quoted._replace(end=quoted.start + len(text[quoted.start : match.start()].rstrip()))
    stop = _SENTENCE_END.search(text, quoted.start, quoted.end)
    return quoted._replace(end=stop.end()) if stop else quoted


def _says(word: str, lex: Lexicon) -> bool:
    return word in lex.verbs or word in lex.separable


def _with_speakers(body: str, text: str, found: Sequence[Quoted], voices: Voices, lex: Lexicon) -> list[Quote]:
    quotes: list[Quote] = []
    before: _Last | None = None
    reach = 0
    for quoted in found:
        if quoted.end <= reach:
            quotes.append(_quote(body, quoted, plain_kind(text, quoted), None, lex.language))
            continue
        reach = quoted.end
        kind, said = _judged(text, quoted, voices, before, lex)
        quotes.append(_quote(body, quoted, kind, said, lex.language))
        if said and kind in ("direct", "mixed"):
            before = _Last(quoted.end, voices.at(quoted.end), said)
    return quotes


def _back_over_paragraphs(text: str, quotes: list[Quote]) -> list[Quote]:
    """Return quotations with the speaker of the last paragraph for those that it goes on from, never closed before."""
    for at in range(len(quotes) - 2, -1, -1):
        quote, last = quotes[at], quotes[at + 1]
        goes_on = quote.open_mark is not None and quote.close_mark is None and _REPEATED.match(text, quote.char_end)
        named = last.speaker is not None and last.attribution_method in _BACKWARD and quote.speaker is None
        if goes_on and named and quote.kind == "direct" and last.char_start - quote.char_end < _SOON:
            quotes[at] = quote._replace(
                **{name: getattr(last, name) for name in _WHO}, attribution_method="continued",
                attribution_confidence=SURE["continued"],
            )  # fmt: skip
    return quotes


@dataclass(frozen=True)
class _Last:
    """The quotation before, whose speaker may go on speaking."""

    end: int
    sentence: int
    said: Attribution


def _judged(
    text: str, quoted: Quoted, voices: Voices, before: _Last | None, lex: Lexicon
) -> tuple[QuoteKind, Attribution | None]:
    sentence = is_sentence(text, quoted, lex)
    asked = text[quoted.end - 1] in "?!"
    led = ":" in text[max(0, quoted.at - 2) : quoted.at]
    said = who_says_quote(voices, quoted.start, quoted.end, fragment=led or not sentence, asked=asked)
    here = voices.at(quoted.start)
    if said is None and not sentence and (voices.hearsay[here] or voices.subjects[here]):
        said = _carried(text, quoted, voices, before, lex, sentence=voices.hearsay[here])
    goes_on = before is not None and quoted.start - before.end < _SOON
    kind = (
        "direct" if sentence else fragment_kind(text, quoted, said, lex, goes_on=goes_on, hearsay=voices.hearsay[here])
    )
    if kind in ("scare", "title"):
        return kind, None
    return kind, said or _carried(text, quoted, voices, before, lex, sentence=sentence)


def _carried(
    text: str, quoted: Quoted, voices: Voices, before: _Last | None, lex: Lexicon, *, sentence: bool
) -> Attribution | None:
    """Return the speaker that the context gives: who acts in the sentence, acted in the one before, or was speaking."""
    here = voices.at(quoted.start)
    if _another_says(text, quoted, lex):
        return None
    near = before is not None and quoted.start - before.end < _STILL_SPEAKS and here - before.sentence <= 2
    spoke = before if near else None
    if spoke and (voices.hearsay[here] or _joined(text, spoke.end, quoted.at, lex)):
        return carried_on(spoke.said.speaker, "continued")
    if voices.hearsay[here] and (went_on := voices.went_on(here)):
        return carried_on(went_on, "continued")
    if agent := voices.agents[here]:
        return carried_on(agent, "subject")
    if ":" in text[max(0, quoted.at - 2) : quoted.at] or (not sentence and not spoke):
        return None
    earlier = _earlier(voices, here, spoke.sentence if spoke else -1)
    if earlier is None and spoke is None and here > 1:
        together = "\n\n" not in text[voices.sentences[here - 2][0] : quoted.at]
        return _acted(voices, here - 2) if together else None
    between = voices.cues[here - 1] if spoke and spoke.said.speaker.name and here - 1 > spoke.sentence else ()
    unknown = any(cue.speaker.name is None for cue in between)  # "She laughed." of nobody known is not the one before
    return earlier or (carried_on(spoke.said.speaker, "continued") if spoke and not unknown else None)


def _another_says(text: str, quoted: Quoted, lex: Lexicon) -> bool:
    """Whether a verb that no list has follows a quotation with a subject of its own."""
    match = _ANOTHER.match(text, quoted.end)
    if match is None or "," not in text[quoted.end - 1 : match.start(1)]:
        return False
    first, verb = match.group(1).split()[0], match.group(2)
    begins = first[0].isupper() or lex.has("determiners", first) or lex.has("pronouns", first)
    return begins and verb[0].islower() and verb.endswith(tuple(lex.sets["verb_endings"]))


def _earlier(voices: Voices, here: int, spoke: int) -> Attribution | None:
    """Return who acted in the sentence before, unless the last quotation is there, or whose words it reports."""
    if here == 0:
        return None
    acted = _acted(voices, here - 1) if here - 1 != spoke else None
    told = voices.went_on(here - 1) if voices.hearsay[here - 1] else None
    return acted or (carried_on(told, "continued") if told else None)


def _joined(text: str, end: int, at: int, lex: Lexicon) -> bool:
    """Whether one speaker goes on: not behind "Keller:", which names another, though behind "Und:"."""
    if not _JOINED.fullmatch(text, end, at):
        return False
    another = _TURN.search(text, end, at)
    return another is None or another.group(1).lower() in lex.sets["function"]


def _acted(voices: Voices, number: int) -> Attribution | None:
    cues = [
        cue
        for cue in voices.cues[number]
        if cue.speaker.name and (cue.speaker.kind != "unknown" or cue.speaker.surface[0].islower())
    ]
    if cues:
        return carried_on(cues[-1].speaker, "continued")
    if voices.hearsay[number] and (went_on := voices.went_on(number)):
        return carried_on(went_on, "continued")
    subject = voices.subjects[number]
    return carried_on(subject, "subject") if subject else None


def _quote(body: str, quoted: Quoted, kind: QuoteKind, said: Attribution | None, language: str | None) -> Quote:
    speaker = said.speaker if said else None
    quotation = body[quoted.start : quoted.end]
    return Quote(
        char_start=quoted.start,
        char_end=quoted.end,
        quotation=quotation,
        kind=kind,
        open_mark=quoted.open,
        close_mark=quoted.close,
        in_language=(_language_of(quotation, language) if quoted.open else None) or language,
        verb=said.verb if said else None,
        speaker=speaker.name if speaker else None,
        speaker_surface=body[speaker.start : speaker.start + len(speaker.surface)] if speaker else None,
        speaker_start=speaker.start if speaker else None,
        speaker_kind=speaker.kind if speaker else None,
        attribution_method=said.method if said else None,
        attribution_confidence=said.confidence if said else None,
    )


def _language_of(quotation: str, language: str | None) -> str | None:
    """Return the language of a quotation, None if it is short or the model is unsure."""
    lex = lexicon(language)
    if len(quotation) < _LONG_ENOUGH:
        return None
    if lex and lex.language in _LITTLE_WORDS:
        words = quotation[:_GLANCE].lower().split()
        if sum(word in lex.sets["function"] for word in words) >= _LITTLE_WORDS[lex.language] * len(words):
            return language
    return detect(quotation)[0]
