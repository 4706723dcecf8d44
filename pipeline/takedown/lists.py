"""Feeds and sitemaps that name what is taken down: in the words of the publisher, often with its beginning."""

import html
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from pipeline import blanking, homes
from pipeline.blanking import Mark
from pipeline.model import Takedown
from pipeline.warc import ours, record
from pipeline.warc.frames import frames

SHORTEST = 12
"""Characters of a headline or address by which a list is known to name it: shorter ones are in lists of anything."""
FOLLOWS = re.compile(r"[\w/%&?=-]")
"""What in a list makes of an address another one."""


def marks(
    paths: Sequence[Path], words: Collection[str], gone: Takedown, suspect: Collection[Path] = ()
) -> Iterator[tuple[Path, list[Mark]]]:
    """Yield for each file of lists the records to blank: those in which an address or headline stands.

    In files that are suspect also those that were damaged since: nobody can tell what they name.
    """
    patterns = sorted({_plain(word) for word in words if len(word) >= SHORTEST})
    named = AhoCorasick(patterns)
    for path in paths:
        yield path, list(_marks(path, named, patterns, gone, path in suspect))


def _marks(path: Path, named: AhoCorasick, patterns: list[str], gone: Takedown, suspect: bool) -> Iterator[Mark]:
    with homes.here(path).open("rb") as file:
        for frame in frames(file):
            parsed = record.parse(frame.data)
            if ours.taken_down(parsed.header) or blanking.is_empty(file, frame.start, frame.end):
                continue
            if _names(parsed, named, patterns) or (suspect and frame.fault):
                yield Mark(frame.start, frame.end - frame.start, gone, is_capture=False)


def _names(parsed: record.Record, named: AhoCorasick, patterns: list[str]) -> bool:
    text = _plain(parsed.payload.decode(_codec(parsed), "replace"))
    return any(
        not (patterns[number].startswith("http") and FOLLOWS.match(text, end))
        for number, _, end in named.find_matches_as_indexes(text, overlapping=True)
    )


def _codec(parsed: record.Record) -> str:
    """Only UTF-16 hides an address, which is ASCII, from who reads UTF-8."""
    return "utf-16" if parsed.payload[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _plain(text: str) -> str:
    """XML, HTML and JSON escape an address in ways of their own, and HTML inside XML twice."""
    return " ".join(html.unescape(html.unescape(text.replace("\\/", "/"))).split())
