"""What words in marks are: speech, a part of the reporter's sentence, a title, or marks of distance."""

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.text.attribution import Attribution
from pipeline.text.lexicon import Lexicon
from pipeline.text.marks import Quoted

QuoteKind = Literal["direct", "mixed", "scare", "title", "indirect"]

_LAST_WORD = re.compile(r"([\w’'-]+)[\s:]*\Z")
_STARTS_SENTENCE = re.compile(r"(?:\A|[.!?:…\n][“”\"»«’)]*\s*|\s[–—-]\s)\Z")
_WORD = re.compile(r"\w[\w’'-]*")
_LONGEST_TITLE, _SHORTEST_SENTENCE, _SHORTEST_CLAUSE = 7, 4, 6
_SURELY_CLAUSE = 8
"""Words behind a comma or a colon that are a clause, whoever says them: of 15 in 700 German articles 14 are."""
_FEWEST_OWN = 2
"""Words that nobody is said to say are marked for distance up to here, where they begin like no name."""


def plain_kind(text: str, quoted: Quoted) -> QuoteKind:
    """Return the kind of a quotation in a language without a lexicon, by its length and its first letter."""
    words = _words(text, quoted)
    if len(words) >= _SHORTEST_SENTENCE and (text[quoted.end - 1] in ".!?…" or text[quoted.start].isupper()):
        return "direct"
    return "mixed" if len(words) > 2 else "scare"


def is_sentence(text: str, quoted: Quoted, lex: Lexicon) -> bool:
    """Whether the words in marks are a sentence of their own."""
    words = len(_words(text, quoted))
    first = text[quoted.start]
    ends = text[quoted.end - 1] in ".!?…,"
    if opens(text, quoted) and (first.isupper() or first.isdigit() or not first.isalnum()):
        return words >= _SHORTEST_SENTENCE or (ends and words > 1)
    clause = _word_before(text, quoted).lower() in lex.sets["clause_words"] and words > _SHORTEST_SENTENCE
    return clause or (first.isupper() and ends and words >= _SHORTEST_SENTENCE)


def fragment_kind(
    text: str, quoted: Quoted, said: Attribution | None, lex: Lexicon, *, goes_on: bool, hearsay: bool
) -> QuoteKind:
    """Return the kind of words in marks inside a sentence.

    `goes_on`: the quotation before ends just before them; `hearsay`: the mood of their sentence is that of reports.
    """
    words = _words(text, quoted)
    last = _word_before(text, quoted)
    if last.lower() in lex.sets["scare"] or not words:
        return "scare"
    if said and _is_half(text, quoted, words, said, goes_on=goes_on):
        return "direct"
    if last.lower() in lex.sets["wording"]:
        return "mixed"
    if _is_uttered(text, quoted, said) and not _of_a_work(last, lex):
        return "direct"
    if _capital(words[0]) and _is_title(words, last, lex):
        return "title"
    if len(words) == 1 and not _singled_out(words[0], last, said, lex, hearsay=hearsay):
        return "scare"
    if said is None:
        return "mixed" if len(words) > (_FEWEST_OWN if words[0][0].islower() else _SHORTEST_SENTENCE) else "scare"
    return "direct" if _is_clause(text, quoted, words, said, lex, goes_on=goes_on) else "mixed"


def opens(text: str, quoted: Quoted) -> bool:
    """Whether a sentence begins, or a colon stands, before the opening mark."""
    return bool(_STARTS_SENTENCE.search(text, max(0, quoted.at - 8), quoted.at))


def _is_uttered(text: str, quoted: Quoted, said: Attribution | None) -> bool:
    """Whether words, however few, stand for themselves: behind a colon or a sentence, and said or ended like one."""
    if said is None or not opens(text, quoted) or text[quoted.start].islower():
        return False
    led_in = ":" in text[max(0, quoted.at - 2) : quoted.at] and said.speaker.kind != "unknown"
    beside = said.method in ("verb_after", "source_phrase") or (led_in and said.method == "verb_before")
    return beside or text[quoted.end - 1] in ".!?…"


def _of_a_work(last: str, lex: Lexicon) -> bool:
    return bool(lex.organization(last.lower())) or last.lower() in lex.sets["titled"]


def _is_half(text: str, quoted: Quoted, words: Sequence[str], said: Attribution, *, goes_on: bool) -> bool:
    """Whether the words are half of „Das“, sagte sie, „ist gut.“, or the whole of „Gut so“, sagte sie."""
    if goes_on and text[quoted.end - 1] in ".!?" and len(words) > 1:
        return text[max(0, quoted.at - 2) : quoted.at].startswith(",")
    told = said.method == "verb_after" or (said.method == "source_phrase" and len(words) > 1)
    return told and opens(text, quoted) and text[quoted.start].isupper()


def _is_title(words: Sequence[str], last: str, lex: Lexicon) -> bool:
    if len(words) > _LONGEST_TITLE:
        return False
    return _of_a_work(last, lex) or _name_like(words, lex)


def _name_like(words: Sequence[str], lex: Lexicon) -> bool:
    """Every word but the small ones is capitalised; in German two at least, since one may be any noun."""
    capitals = [word for word in words if _capital(word)]
    small = [word for word in words if word.lower() in lex.sets["function"] or word.lower() in lex.sets["links"]]
    return len(capitals) + len(small) >= len(words) and len(capitals) >= 1 + lex.nouns_capitalised


def _singled_out(word: str, last: str, said: Attribution | None, lex: Lexicon, *, hearsay: bool) -> bool:
    """Whether one word is somebody's: the sentence says so, and of a German noun the word before it too."""
    if said is None or (not hearsay and said.method not in ("verb_before", "verb_after", "source_phrase")):
        return False
    return not (lex.nouns_capitalised and _capital(word)) or last.lower() in lex.sets["judged"]


def _is_clause(
    text: str, quoted: Quoted, words: Sequence[str], said: Attribution, lex: Lexicon, *, goes_on: bool
) -> bool:
    """Whether words inside a sentence are a clause of their own: "...", sagt er, "und dann ging ich."."""
    if len(words) >= _SHORTEST_CLAUSE and lex.has("clause_starts", words[0].lower()):
        return any(lex.has("finite", word.lower()) for word in words[1:])
    if len(words) <= _SHORTEST_SENTENCE or text[quoted.at - 1 : quoted.at].isalnum():
        return False
    led_in = text[max(0, quoted.at - 2) : quoted.at].rstrip().endswith((",", ":"))
    if said.method == "verb_after":
        return led_in or opens(text, quoted)
    if led_in and len(words) >= _SURELY_CLAUSE:
        return True
    return led_in and (said.method == "source_phrase" or (goes_on and text[quoted.end - 1] in ".!?"))


def _words(text: str, quoted: Quoted) -> list[str]:
    return _WORD.findall(text, quoted.start, quoted.end)


def _capital(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit()


def _word_before(text: str, quoted: Quoted) -> str:
    match = _LAST_WORD.search(text, max(0, quoted.at - 40), quoted.at)
    return match.group(1) if match else ""
