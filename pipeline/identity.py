"""Ids and months as functions of what they name: no clock, no counter, no other row."""

import hashlib
from datetime import date, datetime, timedelta

from pipeline.model import NewsDate

EARLIEST = date(1990, 1, 1)
AHEAD = timedelta(days=2)  # clocks and time zones of publishers run ahead; more than this is an error in the page


def digest32(*parts: str) -> str:
    """Return the first 32 hex digits of the SHA-256 of the parts, parted by NUL (which no part holds)."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def capture_id(batch_id: str, source_key: str) -> str:
    """Return the id of a capture, unique as source keys are unique in a batch."""
    return digest32(batch_id, source_key)


def article_id(url: str | None, source_id: str, source_key: str) -> str:
    """Return the id of an article: of its normalised canonical URL, else of its key in its source."""
    return digest32(url) if url else digest32(source_id, source_key)


def version_id(article_id: str, content_sha256: str) -> str:
    """Return the id of one text of an article."""
    return digest32(article_id, content_sha256)


def tombstone(article_id: str) -> str:
    """Return the name under raw/tombstones/ of a taken-down article."""
    return hashlib.sha256(article_id.encode()).hexdigest()


def plausible(published: NewsDate | None, captured_at: datetime) -> bool:
    """Return whether a publication date lies between 1990 and the capture plus two days; True without a date."""
    return published is None or EARLIEST <= published.day <= (captured_at + AHEAD).date()


def month(published_on: date | None, captured_at: datetime) -> str:
    """Return the `YYYY-MM` partition of an article and of all rows of its capture."""
    day = published_on if published_on is not None else captured_at.date()
    return f"{day.year:04d}-{day.month:02d}"
