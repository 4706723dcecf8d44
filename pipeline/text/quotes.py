"""Quotations of an article, with kind and speaker; marks count in every language, speakers need a lexicon."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.text.attribution import Attribution, SpeakerKind, Voices, carried_on, find_voices, framed, who_says_quote
from pipeline.text.language import detect
from pipeline.text.lexicon import Lexicon, lexicon
from pipeline.text.marks import Quoted, pair_marks
from pipeline.text.reading import MASK, Span, without

QuoteKind = Literal["direct", "mixed", "scare", "title", "indirect"]

_COMMA_WORD = re.compile(r",\s+(\w+)")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|\Z)")
_REPEATED = re.compile(r"\s{0,9}\n\s{0,9}[„“\"«»]")
_LAST_WORD = re.compile(r"([\w’'-]+)[\s:]*\Z")
_STARTS_SENTENCE = re.compile(r"(?:\A|[.!?:…\n][“”\"»«’)]*\s*)\Z")
_WORD = re.compile(r"\w[\w’'-]*")
_LONGEST_TITLE, _SHORTEST_SENTENCE = 7, 4
_LONG_ENOUGH = 60
"""Characters below which a quotation is taken to be in the language of the article."""


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
    found = [quoted for quoted in found if MASK not in text[quoted.start : quoted.end]]
    if lex is None or not found:
        return [_quote(body, quoted, _plain_kind(text, quoted), None, language) for quoted in found]
    return _with_speakers(body, text, found, lex)


def _ended(text: str, quoted: Quoted, lex: Lexicon | None) -> Quoted:
    """Return a quotation, if it has no closing mark cut before ", said X", else at the end of its first sentence."""
    if quoted.close is not None or _REPEATED.match(text, quoted.end):
        return quoted
    said = (m for m in _COMMA_WORD.finditer(text, quoted.start, quoted.end) if lex and _says(m.group(1), lex))
    if match := next(said, None):
        return quoted._replace(end=match.start())
    stop = _SENTENCE_END.search(text, quoted.start, quoted.end)
    return quoted._replace(end=stop.end()) if stop else quoted


def _says(word: str, lex: Lexicon) -> bool:
    return word in lex.verbs or word in lex.separable


def _with_speakers(body: str, text: str, found: Sequence[Quoted], lex: Lexicon) -> list[Quote]:
    voices = find_voices(framed(text, [(quoted.start, quoted.end) for quoted in found]), lex)
    quotes: list[Quote] = []
    before: _Last | None = None
    reach = 0
    for quoted in found:
        if quoted.end <= reach:
            quotes.append(_quote(body, quoted, _plain_kind(text, quoted), None, lex.language))
            continue
        reach = quoted.end
        kind, said = _judged(text, quoted, voices, before, lex)
        quotes.append(_quote(body, quoted, kind, said, lex.language))
        if said and kind in ("direct", "mixed"):
            before = _Last(quoted.end, voices.at(quoted.end), said)
    return quotes


@dataclass(frozen=True)
class _Last:
    """The quotation before, whose speaker may go on speaking."""

    end: int
    sentence: int
    said: Attribution


def _plain_kind(text: str, quoted: Quoted) -> QuoteKind:
    words = _WORD.findall(text, quoted.start, quoted.end)
    if len(words) >= _SHORTEST_SENTENCE and (text[quoted.end - 1] in ".!?…" or text[quoted.start].isupper()):
        return "direct"
    return "mixed" if len(words) > 2 else "scare"


def _judged(
    text: str, quoted: Quoted, voices: Voices, before: _Last | None, lex: Lexicon
) -> tuple[QuoteKind, Attribution | None]:
    sentence = _is_sentence(text, quoted, lex)
    asked = text[quoted.end - 1] in "?!"
    led = ":" in text[max(0, quoted.at - 2) : quoted.at]
    said = who_says_quote(voices, quoted.start, quoted.end, fragment=led or not sentence, asked=asked)
    here = voices.at(quoted.start)
    if said is None and not sentence and (voices.hearsay[here] or voices.subjects[here]):
        said = _carried(text, quoted, voices, before, sentence=voices.hearsay[here])
    kind = "direct" if sentence else _fragment_kind(text, quoted, said, lex)
    if kind == "mixed" and said and _whole_clause(text, quoted, said, before):
        kind = "direct"
    if kind in ("scare", "title"):
        return kind, None
    return kind, said or _carried(text, quoted, voices, before, sentence=sentence)


def _whole_clause(text: str, quoted: Quoted, said: Attribution, before: _Last | None) -> bool:
    """Whether quoted words inside a sentence are a clause of their own: "...", sagt er, "und dann ging ich."."""
    if (
        len(_WORD.findall(text, quoted.start, quoted.end)) <= _SHORTEST_SENTENCE
        or text[quoted.at - 1 : quoted.at].isalnum()
    ):
        return False
    led_in = text[max(0, quoted.at - 2) : quoted.at].rstrip().endswith((",", ":"))
    goes_on = before is not None and quoted.start - before.end < 60 and text[quoted.end - 1] in ".!?"
    opens = bool(_STARTS_SENTENCE.search(text, max(0, quoted.at - 8), quoted.at))
    if said.method == "verb_after":
        return opens or led_in
    return led_in and (said.method == "source_phrase" or goes_on)


def _is_sentence(text: str, quoted: Quoted, lex: Lexicon) -> bool:
    words = len(_WORD.findall(text, quoted.start, quoted.end))
    first = text[quoted.start]
    opens = bool(_STARTS_SENTENCE.search(text, max(0, quoted.at - 8), quoted.at))
    ends = text[quoted.end - 1] in ".!?…,"
    if opens and (first.isupper() or first.isdigit() or not first.isalnum()):
        return words >= _SHORTEST_SENTENCE or (ends and words > 1)
    clause = _word_before(text, quoted) in lex.sets["clause_words"] and words > _SHORTEST_SENTENCE
    return clause or (first.isupper() and ends and words >= _SHORTEST_SENTENCE)


def _word_before(text: str, quoted: Quoted) -> str:
    match = _LAST_WORD.search(text, max(0, quoted.at - 40), quoted.at)
    return match.group(1).lower() if match else ""


def _fragment_kind(text: str, quoted: Quoted, said: Attribution | None, lex: Lexicon) -> QuoteKind:
    words = _WORD.findall(text, quoted.start, quoted.end)
    last = _word_before(text, quoted)
    if last in lex.sets["scare"]:
        return "scare"
    upper = bool(words) and (words[0][0].isupper() or words[0][0].isdigit())
    if upper and len(words) <= _LONGEST_TITLE and (last in lex.sets["titled"] or _name_like(words, lex)):
        return "title"
    if said is None:
        return "mixed" if len(words) > _SHORTEST_SENTENCE else "scare"
    return "mixed"


def _name_like(words: Sequence[str], lex: Lexicon) -> bool:
    """Every word but the small ones is capitalised; in German two at least, since one may be any noun."""
    capitals = [word for word in words if word[0].isupper() or word[0].isdigit()]
    small = [word for word in words if word.lower() in lex.sets["function"] or word.lower() in lex.sets["links"]]
    return len(capitals) + len(small) >= len(words) and len(capitals) >= 1 + lex.nouns_capitalised


def _carried(text: str, quoted: Quoted, voices: Voices, before: _Last | None, *, sentence: bool) -> Attribution | None:
    """Return the speaker that the context gives: the one who was speaking, or the person the sentence is about."""
    here = voices.at(quoted.start)
    between = text[before.end : quoted.start] if before and quoted.start - before.end < 600 else None
    if before and between is not None and "\n\n" not in between and here - before.sentence <= 2:
        return carried_on(before.said.speaker, "continued")
    if subject := voices.subjects[here]:
        return carried_on(subject, "subject")
    if not sentence or here == 0:
        return None
    if voices.cues[here - 1]:
        return carried_on(voices.cues[here - 1][-1].speaker, "continued")
    if before and between is not None and here - before.sentence <= 2:
        return carried_on(before.said.speaker, "continued")
    subject = voices.subjects[here - 1]
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
        in_language=(detect(quotation)[0] if len(quotation) >= _LONG_ENOUGH else None) or language,
        verb=said.verb if said else None,
        speaker=speaker.name if speaker else None,
        speaker_surface=speaker.surface if speaker else None,
        speaker_start=speaker.start if speaker else None,
        speaker_kind=speaker.kind if speaker else None,
        attribution_method=said.method if said else None,
        attribution_confidence=said.confidence if said else None,
    )
