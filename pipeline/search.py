"""Articles by words: month after month, newest first, so that only as much is read as is shown."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import query
from pipeline.errors import ConfigurationError
from pipeline.progress import Progress, counted, during, silent

TERM = re.compile(r'"([^"]*)"|(\S+)')
BEFORE, AFTER = 90, 150
"""Characters of context on each side of the first word found."""
PIECE = 100

SHOWN = "CREATE TEMP TABLE shown AS SELECT article_id, capture_id FROM shown_at('infinity')"
MONTHS = """
SELECT DISTINCT month FROM articles
WHERE month >= coalesce(strftime($since::DATE, '%Y-%m'), '') AND month <= coalesce(strftime($until::DATE, '%Y-%m'), '9')
ORDER BY month DESC
"""
IN_MONTH = """
SELECT article_id, source_id, published_on, headline, description, article_body, url
FROM articles SEMI JOIN shown USING (article_id, capture_id)
WHERE month = $month
  AND coalesce(published_on, valid_from::DATE) >= coalesce($since::DATE, '0001-01-01')
  AND coalesce(published_on, valid_from::DATE) <= coalesce($until::DATE, '9999-12-31')
  AND source_id = coalesce($source, source_id) AND in_language IS NOT DISTINCT FROM coalesce($language, in_language)
  AND list_bool_and([contains(strip_accents(lower(concat_ws(' ', headline, description, article_body))), term)
                     FOR term IN $terms::VARCHAR[]])
ORDER BY coalesce(published_on, valid_from::DATE) DESC, article_id
"""


class Hit(NamedTuple):
    """An article as it stands now, and its text around the first word that was found."""

    article_id: str
    source_id: str
    published_on: date | None
    headline: str | None
    url: str | None
    context: str


def terms(words: Sequence[str]) -> list[str]:
    """Return what is looked for: words, and phrases in double quotes; ConfigurationError if there is nothing."""
    found = [_fold(phrase or word) for phrase, word in TERM.findall(" ".join(words))]
    if not any(found):
        raise ConfigurationError("nothing to search for; give words, or a phrase in quotation marks")
    return [term for term in found if term]


def hits(
    home: Path, wanted: Sequence[str], since: date | None = None, until: date | None = None,
    source: str | None = None, language: str | None = None, progress: Progress = silent,
) -> Iterator[Hit]:  # fmt: skip
    """Yield the present articles that have all terms, newest first; case and accents do not count, parts of words do.

    Months outside of the span are not read, and none before it is needed.
    """
    with query.connect(home) as connection:
        with during(progress, "read what is shown"):
            connection.execute(SHOWN)
        span = {"since": since, "until": until}
        for (month,) in counted(progress, "months, newest first", connection.execute(MONTHS, span).fetchall()):
            values = span | {"month": month, "source": source, "language": language, "terms": list(wanted)}
            found = connection.execute(IN_MONTH, values)
            while rows := found.fetchmany(PIECE):
                yield from (_hit(row, wanted) for row in rows)


def _hit(row: tuple[Any, ...], wanted: Sequence[str]) -> Hit:
    article_id, source_id, published_on, headline, description, body, url = row
    texts = [text for text in (body, description, headline) if text]
    context = next((found for text in texts if (found := _context(text, wanted))), texts[0][:AFTER] if texts else "")
    return Hit(article_id, source_id, published_on, headline, url, context)


def _context(text: str, wanted: Sequence[str]) -> str | None:
    """Return the text around the first term in it, white space folded; None if none is in it."""
    folded, places = [], []
    for place, character in enumerate(text):
        for part in _fold(character):
            folded.append(part)
            places.append(place)
    flat = "".join(folded)
    found = [at for term in wanted if (at := flat.find(term)) >= 0]
    if not found:
        return None
    at = places[min(found)]
    start, end = max(0, at - BEFORE), min(len(text), at + AFTER)
    shown = " ".join(text[start:end].split())
    return ("…" if start else "") + shown + ("…" if end < len(text) else "")


def _fold(text: str) -> str:
    """Return text as DuckDB's strip_accents(lower(...)) makes it."""
    parts = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))
