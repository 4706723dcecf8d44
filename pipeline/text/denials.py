"""What a part of a sentence takes back: denials, rejected reports, negations; no claim is read here."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from pipeline.text.lexicon import Lexicon
from pipeline.text.reading import Token

_REACH = 8
"""Words between "rejected" and the reports that were."""


def parts(words: Sequence[Token], lex: Lexicon) -> Iterator[Sequence[Token]]:
    """Yield the parts of a sentence that may contradict each other: cut at semicolons, and at a comma and "but"."""
    first = 0
    for at, word in enumerate(words):
        if word.text == ";" or (word.text == "," and any(lex.has("contrasts", w.low) for w in words[at + 1 : at + 2])):
            yield words[first:at]
            first = at + 1
    yield words[first:]


def denies(words: Sequence[Token], lex: Lexicon) -> bool:
    """Whether a part denies, or rejects what is told: not "rejected an appeal" and not "was denied entry"."""
    lows = [word.low for word in words]
    if any(lex.has("denials", low) and not (at and lex.has("passive", lows[at - 1])) for at, low in enumerate(lows)):
        return True
    return _rejects(lows, lex) or _is_untrue(lows, lex)


def _rejects(lows: Sequence[str], lex: Lexicon) -> bool:
    apart = not lex.sets["apart"].isdisjoint(lows)
    told = [at for at, low in enumerate(lows) if lex.has("rumours", low)]
    for at, low in enumerate(lows):
        active = lex.has("rejecting", low) or (apart and lex.has("rejecting_apart", low))
        passive = lex.has("rejected", low) or (active and lex.has("passive", lows[at - 1] if at else ""))
        following = bisect_right(told, at)
        reached = lows[at : told[following]] if following < len(told) else [","]
        if (passive and following) or (active and len(reached) <= _REACH and "," not in reached):
            return True
    return False


def _is_untrue(lows: Sequence[str], lex: Lexicon) -> bool:
    line = f" {' '.join(lows)} "
    that = not lex.sets["that"].isdisjoint(lows)
    return that and any(f" {phrase.replace('_', ' ')} " in line for phrase in lex.sets["untrue"])


def negations(words: Sequence[Token], lex: Lexicon) -> list[int]:
    """Return where a sentence has words such as "nobody" and "not", but for those of "not only"."""
    return [
        word.start
        for at, word in enumerate(words)
        if lex.has("negations", word.low) and not any(lex.has("negations_end", w.low) for w in words[at + 1 : at + 2])
    ]
