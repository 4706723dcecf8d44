"""Which addresses a fetched batch asks for: what its feeds list, and what was first seen in the last days."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from urllib.parse import urlsplit

import pyarrow as pa

from pipeline.listings import Listing
from pipeline.model import Chunk, Source, Target
from pipeline.past import Seen
from pipeline.readers.listing import Entry
from pipeline.text.dates import parse_date
from pipeline.warc.ours import URN

SCHEMA = pa.schema(
    [("chunk", pa.string()), ("url", pa.string()), ("published", pa.string()), ("fault", pa.list_(pa.string()))]
)


def choose(listed: Listing, past: Mapping[str, Seen], source: Source, day: date) -> list[Target]:
    """Return what to ask for: at most `max_pages` listed articles that are new or changed since, then recent ones.

    An article that the source first captured up to `window_days` before `day` is asked for again, listed or not.
    """
    since = day - timedelta(days=source.window_days)
    entries = {entry.url: entry for entry in reversed(listed.entries)}
    news = [
        url
        for url in dict.fromkeys(each.url for each in listed.entries)
        if _is_news(entries[url], past.get(url), source)
    ]
    recent = [url for url, seen in past.items() if seen.first_seen >= since]
    more = news[source.max_pages :]
    left = (
        [Target(f"{URN}list:max_pages", fault=("unlisted", f"{len(more)} listed pages above max_pages, {more[0]} ..."))]
        if more
        else []
    )
    chosen = dict.fromkeys([*news[: source.max_pages], *recent])
    return [*listed.failed, *left, *(Target(url, entries[url].published if url in entries else None) for url in chosen)]


def _is_news(entry: Entry, known: Seen | None, source: Source) -> bool:
    if known is None or known.last_asked is None:
        return True
    updated = parse_date(entry.updated, "feed", source.timezone, known.last_asked) if entry.updated else None
    return updated is not None and updated.instant > known.last_asked


def chunks(targets: Sequence[Target], most: int) -> tuple[tuple[Chunk, ...], pa.Table]:
    """Return chunks of about `most` targets, and the targets in their order; all of one host are in one chunk.

    So no two tasks of a batch ask the same host.
    """
    hosts: dict[str, list[Target]] = {}
    for target in {target.url: target for target in reversed(targets)}.values():
        hosts.setdefault("" if target.fault else urlsplit(target.url).netloc, []).append(target)
    packed: list[list[Target]] = [[]] if hosts else []
    for group in hosts.values():
        if packed[-1] and len(packed[-1]) + len(group) > most:
            packed.append([])
        packed[-1] += group
    starts = accumulate(map(len, packed), initial=0)
    made = tuple(
        _chunk(number, first, group) for number, (first, group) in enumerate(zip(starts, packed, strict=False))
    )
    rows = [
        {"chunk": chunk.id} | target._asdict() for chunk, group in zip(made, packed, strict=True) for target in group
    ]
    return made, pa.Table.from_pylist(rows, SCHEMA)


def read(rows: pa.Table) -> list[Target]:
    """Return the targets of rows that `chunks` made."""
    return [Target(row["url"], row["published"], row["fault"] and tuple(row["fault"])) for row in rows.to_pylist()]


def sha256(targets: Sequence[Target]) -> str:
    """Return the hex SHA-256 of the addresses, in order."""
    return hashlib.sha256("\n".join(target.url for target in targets).encode()).hexdigest()


def _chunk(number: int, first: int, targets: Sequence[Target]) -> Chunk:
    return Chunk(f"{number:04d}", first, first + len(targets), 0, 0, len(targets), sha256(targets))
