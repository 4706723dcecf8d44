"""The words of a sentence that say that someone speaks, each with the noun phrase that names the speaker."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.text.lexicon import Lexicon
from pipeline.text.phrases import Phrase, described_twice, read_phrase
from pipeline.text.reading import FILLER, Token
from pipeline.text.saying import after_quotation, auxiliary, verb_of_saying

_FARTHEST = 40
"""Tokens between a verb and the first word of its subject."""
_FARTHEST_NAMED = 8
"""Tokens before a relative pronoun among which the one whom it stands for begins."""
_MOST_QUOTING = 6
"""Tokens behind "quotes" among which the one who is quoted begins."""
_MOST_SKIPPED, _LONGEST_PLACE, _MOST_COMMAS = 4, 5, 4


class Found(NamedTuple):
    """One cue: the token of the verb (or the last of a source phrase), its lemma, and the speaker's phrase."""

    start: int
    end: int
    verb: str
    kind: str
    """`says`, `judges` (a verb of opinion) or `source`."""
    phrase: Phrase
    genitive: bool
    rival: Phrase | None = None
    """What stands behind the verb, should the word before it be no name: "Ergänzend sagte Keller"."""


def telling(lows: Sequence[str], lex: Lexicon) -> list[int]:
    """Return where words, given in lower case, may tell that someone speaks: few are, and no others are looked at."""
    listed = {low for low in set(lows) if low.partition("-")[0] in lex.telling or low[0] == FILLER}
    sources = {*lex.sources} - listed
    found = [at for at, low in enumerate(lows) if low in listed or (low in sources and _begins_source(lows, at, lex))]
    behind = (at + k for at in found if lows[at][0] == FILLER for k in (2, 3) if lows[at + k - 1 : at + k] == [","])
    return sorted({*found, *(at for at in behind if at < len(lows))})


def _begins_source(lows: Sequence[str], at: int, lex: Lexicon) -> bool:
    return any(tuple(lows[at : at + len(phrase)]) == phrase for phrase in lex.sources[lows[at]])


def find_cues(words: Sequence[Token], told: Sequence[int], lex: Lexicon) -> Iterator[Found]:
    """Yield the cues of a sentence's tokens in order; `told` is where it holds telling words."""
    for at in told:
        word = words[at]
        source = _source(words, at, lex) if word.low in lex.sources else None
        if source:
            yield source
        elif lex.has("sources_after", word.low):
            yield from _source_before(words, at, lex)
        else:
            yield from _verb(words, at, lex)


def _source(words: Sequence[Token], at: int, lex: Lexicon) -> Found | None:
    for phrase in lex.sources[words[at].low]:
        after = at + len(phrase)
        if tuple(word.low for word in words[at:after]) != phrase:
            continue
        bare = lex.has("bare_source_needs_comma", phrase[0])
        speaker = read_phrase(words, after, lex, oblique=not bare)
        if speaker is None or (bare and not _bare_source(words, at, speaker, lex)):
            continue
        genitive = lex.genitive_s and len(phrase) > 1 and phrase[-1] != "von"
        return Found(words[at].start, speaker.end, " ".join(phrase), "source", speaker, genitive)
    return None


def _bare_source(words: Sequence[Token], at: int, speaker: Phrase, lex: Lexicon) -> bool:
    if speaker.kind == "unknown" and not speaker.name[0].isupper():
        return False
    if at == 0:
        parted = speaker.last < len(words) and words[speaker.last].text == ","
        return parted or (speaker.kind == "role" and not lex.nouns_capitalised)  # "So der Minister" is no source
    dated = any(word.text.isdigit() for word in words[at : speaker.last + 1])
    return not words[at - 1].text[0].isalnum() and speaker.kind != "pronoun" and not dated


def _source_before(words: Sequence[Token], at: int, lex: Lexicon) -> Iterator[Found]:
    for first in range(max(0, at - 8), at):
        speaker = read_phrase(words, first, lex, oblique=True)
        if speaker and speaker.last == at:
            yield Found(speaker.start, words[at].end, words[at].low, "source", speaker, False)
            return


def _verb(words: Sequence[Token], at: int, lex: Lexicon) -> Iterator[Found]:
    lemma, kind = verb_of_saying(words, at, lex)
    if not lemma:
        return
    finite = auxiliary(words, at, lex)
    if finite and lex.has("relatives", words[finite - 1].low):
        speaker = _antecedent(words, finite - 1, lex)
        found = [Found(speaker.start, words[at].end, lemma, kind, speaker, False)] if speaker else []
        yield from found
        return
    before = _suffixed(words, finite, lex) or _as_saying(words, finite, lex) or _left(words, finite, lex)
    begins = finite == 0 or not lex.has(
        "and", words[finite - 1].low
    )  # "und nannte die Lage ernst" has its object there
    doubtful = begins if before is None else before.kind == "unknown" and before.start == words[0].start
    after = _right(words, finite, at, lex, judges=kind == "judges") if doubtful else None
    quoted = _quoted(words, at, before, lex) if finite == at and lex.has("quoting", words[at].low) else None
    speaker = quoted or before or after or _left_out(words, finite, lex)
    if speaker:
        start, end = min(speaker.start, words[finite].start), max(speaker.end, words[at].end)
        yield Found(start, end, lemma, kind, speaker, False, after if before else None)


def _antecedent(words: Sequence[Token], at: int, lex: Lexicon) -> Phrase | None:
    """Return whom a relative pronoun stands for: who is named just before it."""
    end = at - (at > 0 and words[at - 1].text == ",")
    phrases = (read_phrase(words, first, lex, oblique=True) for first in range(max(0, end - _FARTHEST_NAMED), end))
    return next((phrase for phrase in phrases if phrase and phrase.last == end), None)


def _quoted(words: Sequence[Token], at: int, subject: Phrase | None, lex: Lexicon) -> Phrase | None:
    """Return whom a newspaper quotes: "Das Blatt zitiert den Minister mit den Worten ..."; a person quotes aloud."""
    bare = subject is not None and not any(
        word.start == subject.start and lex.has("determiners", word.low) for word in words[:at]
    )
    if subject and (subject.kind in ("person", "pronoun", "role") or (bare and subject.kind == "unknown")):
        return None
    for first in range(at + 1, min(len(words), at + _MOST_QUOTING)):
        if words[first].text[0] == FILLER:
            return None
        phrase = read_phrase(words, first, lex, oblique=True)
        if phrase and phrase.kind in ("person", "role"):
            return phrase
    return None


def _as_saying(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    """Return whom "The paper quoted Ruth Adler as saying" quotes."""
    if lex.nouns_capitalised or finite == 0 or not lex.has("like", words[finite - 1].low):
        return None
    phrases = (read_phrase(words, first, lex) for first in range(max(0, finite - 8), finite - 1))
    return next((phrase for phrase in phrases if phrase and phrase.last == finite - 1), None)


def _suffixed(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    """Return the pronoun of "dit-elle" and "a-t-il dit", or the one that Spanish leaves out behind a quotation."""
    word = words[finite]
    if lex.has("pronouns", word.low.rpartition("-")[2]) and "-" in word.low:
        return Phrase(word.start, word.end, word.text, word.low.rpartition("-")[2], "pronoun", finite + 1)
    left_out = lex.sets["pronoun_left_out"] and after_quotation(words, finite)
    alone = finite + 1 >= len(words) or not words[finite + 1].text[0].isalnum()
    if left_out and alone:
        return Phrase(word.start, word.end, word.text, "", "pronoun", finite + 1)
    return None


def _left_out(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    """Return the pronoun that Spanish leaves out where a clause begins with its verb: "Además, ha pedido ..."."""
    if not lex.sets["pronoun_left_out"] or (finite and words[finite - 1].text[0].isalnum()):
        return None
    word = words[finite]
    return Phrase(word.start, word.end, word.text, "", "pronoun", finite + 1)


def _left(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    if lex.nouns_capitalised and finite + 1 < len(words) and lex.has("pronouns", words[finite + 1].low):
        return None
    if finite and lex.has("while_saying", words[finite - 1].low):
        subject = read_phrase(words, 0, lex)
        return subject if subject and subject.kind in ("person", "role", "organization") else None
    begin = finite
    while (
        begin > max(0, finite - _FARTHEST)
        and (words[begin - 1].text[0].isalnum() or words[begin - 1].text == "-")
        and not lex.has("conjunctions", words[begin - 1].low)
    ):
        begin -= 1
    if begin == finite:
        return _before_bracket(words, finite, lex) or _before_comma(words, finite, lex)
    begin += lex.nouns_capitalised and _leads(words[begin], lex)
    for first in range(begin, begin + 1 if lex.nouns_capitalised else finite):
        speaker = read_phrase(words, first, lex)
        if speaker and (speaker.last == finite or (first == begin and speaker.last < finite)):
            return speaker
    return None


def _before_bracket(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    """Return the subject of "Klaus Meier (SPD) sagte"."""
    opening = (at for at in range(finite - 2, max(0, finite - 8), -1) if words[at].text == "(")
    at = next(opening, None) if finite and words[finite - 1].text == ")" else None
    return _left(words, at, lex) if at is not None else None


def _before_comma(words: Sequence[Token], finite: int, lex: Lexicon) -> Phrase | None:
    """Return the subject of "Klaus Meier, Leiter des Amtes, sagte"."""
    if finite == 0 or words[finite - 1].text not in (",", "–", "—"):
        return None
    found: list[Phrase] = []
    commas = 0
    at = finite - 1
    while at > max(0, finite - _FARTHEST) and commas < _MOST_COMMAS and not _ends_clause(words[at]):
        at -= 1
        if words[at].text in (",", "–", "—") or at == 0 or _ends_clause(words[at]):
            commas += 1
            phrase = read_phrase(words, at if at == 0 else at + 1, lex)
            found += [phrase] if phrase and phrase.last < finite and not words[phrase.last].text[0].isalnum() else []
            if found and found[-1].kind == "person":
                return found[-1]
    return found[-1] if found else None


def _leads(word: Token, lex: Lexicon) -> bool:
    """Whether a clause begins with a word that a subject may follow all the same: "Auch die Polizei sagte"."""
    return lex.has("leading", word.low)


def _ends_clause(word: Token) -> bool:
    return word.text[0] in f'{FILLER}:;“”"«»'


def _right(words: Sequence[Token], finite: int, verb: int, lex: Lexicon, *, judges: bool) -> Phrase | None:
    parted = any(word.text == "," for word in words[max(0, finite - 2) : finite])
    if not (lex.nouns_capitalised or lex.sets["inverts"] or parted or after_quotation(words, finite)):
        return None
    at = verb + 1 if verb == finite + 1 else finite + 1
    for _ in range(_MOST_SKIPPED):
        if at >= len(words):
            return None
        expletive = lex.has("expletives", words[at].low)
        if expletive and not judges:
            return _impersonal(words, at + 1, lex)
        beyond = _beyond_place(words, at, lex)
        if not expletive and not _skippable(words[at], lex) and beyond == at:
            break
        at = max(at + 1, beyond)
    return described_twice(words, read_phrase(words, at, lex), words[finite], lex)


def _beyond_place(words: Sequence[Token], at: int, lex: Lexicon) -> int:
    """Return the token behind "am Montag" or "in der Sitzung", the token itself if no such words begin there."""
    if not (lex.nouns_capitalised and lex.has("circumstance", words[at].low)):
        return at
    end = at + 1
    while end < min(len(words), at + _LONGEST_PLACE) and words[end].text[0].islower():
        end += 1
    while end < min(len(words), at + _LONGEST_PLACE) and words[end].text[0].isupper():
        end += 1
    return end if words[end - 1].text[0].isupper() else at


def _skippable(word: Token, lex: Lexicon) -> bool:
    opens = lex.has("determiners", word.low) or lex.has("pronouns", word.low) or lex.has("oblique", word.low)
    beside = not lex.nouns_capitalised and lex.has("prepositions", word.low)  # who is spoken to or of stands behind
    ordinary = lex.has("function", word.low) and not lex.has("conjunctions", word.low)
    return ordinary and not opens and not beside and word.text[0].islower()


def _impersonal(words: Sequence[Token], at: int, lex: Lexicon) -> Phrase | None:
    """Return the source of "heißt es in einer Erklärung des Ministeriums" or "In einer Erklärung heißt es"."""
    reach = range(at, min(len(words), at + _MOST_SKIPPED))
    behind = next((k for k in reach if lex.has("within", words[k].low)), None)
    if behind is not None:
        return read_phrase(words, behind + 1, lex, oblique=True)
    return read_phrase(words, 1, lex, oblique=True) if lex.has("within", words[0].low) else None
