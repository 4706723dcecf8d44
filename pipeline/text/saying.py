"""Which words of a sentence are verbs of saying: by lists, by their place, and not where they are negated or nouns."""

from collections.abc import Sequence
from itertools import takewhile

from pipeline.text.lexicon import Lexicon
from pipeline.text.reading import FILLER, Token

_FAR = 14
"""An auxiliary or a separable verb's particle more tokens away belongs to another verb."""
_BESIDE, _AT_END = 3, 2
"""Tokens before a verb, and at the end of its clause, among which a word that negates it stands."""
_ENDING = 2
"""Letters of an ending that tells a verb wherever it stands."""


def verb_of_saying(words: Sequence[Token], at: int, lex: Lexicon) -> tuple[str | None, str]:
    """Return the lemma and the kind (`says`, `judges`) of a verb that says something; None for any other word."""
    low = words[at].low.partition("-")[0]
    if is_noun(words, at, lex) or negated(words, at, lex):
        return None, ""
    for particle, lemma in lex.separable.get(low, ()):
        if any(
            word.low == particle and _closes(words, at + k + 1) for k, word in enumerate(words[at + 1 : at + 1 + _FAR])
        ):
            return lemma, "says"
    if low in lex.verbs:
        return lex.verbs[low], "says"
    if low in lex.opinions:
        return lex.opinions[low], "judges"
    return (low, "says") if _unlisted(words, at, lex) else (None, "")


def negated(words: Sequence[Token], at: int, lex: Lexicon) -> bool:
    """Whether a verb says that something is not said: "never said", "niemand sagte", "bestätigte es nicht, dass"."""
    before = list(takewhile(_is_word, (words[k] for k in range(at - 1, max(-1, at - 1 - _BESIDE), -1))))
    if any(lex.has("negations", word.low) and not lex.has("not_negating", after.low)
           for word, after in zip(before, [words[at], *before], strict=False)):  # fmt: skip
        return True
    clause = list(takewhile(_is_word, (words[k] for k in range(at + 1, min(len(words), at + 1 + _FAR)))))
    return lex.nouns_capitalised and any(lex.has("negations", word.low) for word in clause[-_AT_END:])


def _is_word(word: Token) -> bool:
    return word.text[0].isalnum()


def is_noun(words: Sequence[Token], at: int, lex: Lexicon) -> bool:
    """Return whether a form that is a noun too is one here: "about reports", "the claim", "rejected claims"."""
    if at == 0 or not lex.has("nouns_too", words[at].low):
        return False
    before = words[at - 1].low
    if lex.has("conjunctions", before) or lex.has("and", before):
        return False
    led = any(lex.has(name, before) for name in ("prepositions", "determiners", "oblique", "auxiliaries", "within"))
    told = before in lex.verbs or before in lex.opinions
    return led or told or before.endswith(tuple(end for end in lex.sets["verb_endings"] if len(end) >= _ENDING))


def _unlisted(words: Sequence[Token], at: int, lex: Lexicon) -> bool:
    """Whether a word that no list has stands behind a quotation and looks like a verb: "...", mused the king."""
    word = words[at]
    sets = ("function", "conjunctions")
    ordinary = any(lex.has(name, word.low) for name in sets) or lex.has("auxiliaries", word.low.partition("-")[0])
    if ordinary or not word.low.endswith(tuple(lex.sets["verb_endings"])) or not word.text[0].islower():
        return False
    return words[at - 1].text == "," and after_quotation(words, at) if at else False


def after_quotation(words: Sequence[Token], at: int) -> bool:
    """Whether only a mark and a comma part the token from quoted text before it."""
    before = words[max(0, at - 3) : at]
    return any(word.text[0] == FILLER for word in before) and bool(before) and not before[-1].text[0].isalnum()


def _closes(words: Sequence[Token], at: int) -> bool:
    """Whether a clause ends here: with a particle it does, with a preposition of the same form it does not."""
    return at + 1 >= len(words) or not words[at + 1].text[0].isalnum()


def auxiliary(words: Sequence[Token], at: int, lex: Lexicon) -> int:
    """Return where the auxiliary of a verb is, the verb's own place if it has none."""
    for back in range(at - 1, max(-1, at - _FAR), -1):
        if not words[back].text[0].isalnum() and words[back].text != "-":
            break
        if lex.has("auxiliaries", words[back].low.partition("-")[0]):
            return back
    return at
