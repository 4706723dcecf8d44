"""What the keys of a source in sources.toml may be, and how to say so."""

import re
from collections.abc import Callable, Mapping
from typing import get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.model import Kind

LANGUAGE = re.compile(r"[a-z]{2,3}")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _is_path(value: object) -> bool:
    return _is_text(value) and "\\" not in str(value)


def _is_web_url(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s?#]+", value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _is_address(value: object) -> bool:
    """Return whether a value is the URL of a feed, which may have a query."""
    return isinstance(value, str) and _is_web_url(value.partition("?")[0]) and not re.search(r"[\s#]", value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_timezone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _is_charset(value: object) -> bool:
    try:
        return isinstance(value, str) and len("a".encode(value)) > 0
    except (LookupError, ValueError):
        return False


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(item) for item in value.values())


def is_base(value: object) -> bool:
    """Return whether a value is where the paths of a list of files start: file:// and an absolute directory."""
    return isinstance(value, str) and re.fullmatch(r"file:///[^\s?#]*", value) is not None


CHECKS: Mapping[str, Callable[[object], bool]] = {
    "kind": lambda value: value in get_args(Kind),
    "path": _is_path,
    "base_url": _is_web_url,
    "language": lambda value: isinstance(value, str) and LANGUAGE.fullmatch(value) is not None,
    "timezone": _is_timezone,
    "charset": _is_charset,
    "publisher": _is_text,
    "usage_terms": _is_text,
    "fields": _is_names,
    "min_articles": _is_count,
    "urls": lambda value: isinstance(value, list | tuple) and len(value) > 0 and all(map(_is_address, value)),
    "max_pages": _is_count,
    "window_days": _is_count,
    "delay_seconds": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 60,
    "allow_private": lambda value: isinstance(value, bool),
    "ca_file": _is_path,
    "skip_reserved": lambda value: isinstance(value, bool),
    "max_age_hours": _is_count,
    "names_model": _is_path,
}
EXPECTED: Mapping[str, str] = {
    "kind": f"kinds are {', '.join(get_args(Kind))}",
    "path": 'a file, directory or glob, relative to the folder of this file: path = "pages/{date}"',
    "base_url": 'the URL of the source\'s directory, without user and query: base_url = "https://news.example/"; '
    'of a warc_list, the directory in which its paths start: base_url = "file:///data/commoncrawl/"',
    "language": 'an ISO 639 code in lower case: language = "de"',
    "timezone": 'a name of the IANA time zone database: timezone = "Europe/Berlin"',
    "charset": 'an encoding that Python knows: charset = "windows-1252"',
    "publisher": "a text",
    "usage_terms": "a text",
    "fields": 'a table of names in the file: fields = { id = "uid", text = "content" }',
    "min_articles": "a whole number from 0",
    "urls": 'the feeds or sitemaps: urls = ["https://news.example/feed.xml"]',
    "max_pages": "a whole number from 0",
    "window_days": "a whole number from 0",
    "delay_seconds": "a number from 0 to 60",
    "allow_private": "true or false; true only for servers of your own network",
    "skip_reserved": "true or false",
    "ca_file": "a file of PEM certificates, relative to the folder of this file",
    "max_age_hours": "a whole number from 0",
    "names_model": 'the folder of a spaCy pipeline, relative to the folder of this file: names_model = "models/de"',
}
