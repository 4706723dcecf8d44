"""Planned addresses become captures: hosts beside each other, the addresses of one host one after the other.

What is fetched goes at once to <chunk>.warc.gz.part, which gets its name when all is there: a try that is killed
leaves what it has, and the next asks only for the rest.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import BinaryIO
from urllib.parse import urlsplit

from pipeline import archive, store
from pipeline.errors import SourceError
from pipeline.model import Document, Known, Reason, Source, Target
from pipeline.settings import Settings
from pipeline.warc import ours, record
from pipeline.warc.frames import frames
from pipeline.web.manners import Manners
from pipeline.web.send import Answer, Validators, Web

TRUNCATED = {"too_large": "length", "timeout": "time", "connection": "disconnect"}
"""How WARC/1.1 says why a payload is not whole, by outcome."""
MOST_SECONDS = 3 * 3600.0
"""What fetching a chunk may take: the batches of a night are published together."""
HOSTS = 32
"""How many hosts are asked at the same time."""


def web(settings: Settings, source: Source) -> Web:
    """Return the web as one batch of a source sees it."""
    manners = Manners(
        user_agent=settings.user_agent,
        delay=source.delay_seconds,
        allow_private=source.allow_private,
        ca_file=settings.sources.parent / source.ca_file if source.ca_file else None,
        max_bytes=settings.max_document_bytes,
    )
    try:
        return Web(manners, settings.hosts)
    except OSError as error:  # of which ssl.SSLError is one
        raise SourceError(f"source {source.id}: {manners.ca_file} cannot be used ({error}); mend `ca_file`") from error


def fetch(
    settings: Settings, source: Source, batch_id: str, path: Path, targets: Sequence[Target], known: Mapping[str, Known]
) -> None:
    """Put what each target came to into raw/<batch>/<file>, each durably; a failure is a capture with a fault."""
    part = part_of(path)
    store.make_directory(path.parent)
    with store.writing(path), part.open("ab+") as file:
        there = _resume(file, batch_id)
        waiting = [target for target in targets if target.url not in there]
        for document in _documents(settings, source, batch_id, waiting, known):
            before = known.get(document.source_key)
            date = document.captured_at or datetime.now(UTC)
            file.write(archive.members(document, source, batch_id, date, before, settings.raw))
            file.flush()
            os.fdatasync(file.fileno())
    store.rename(part, path)


def part_of(path: Path) -> Path:
    """Return where what is fetched for a file of raw/ is until all is there."""
    return path.with_name(f"{path.name}.part")


def lock_of(settings: Settings, batch_id: str, chunk_id: str) -> Path:
    """Return the lock file that is held by who fetches a chunk."""
    return settings.home / "locks" / f"fetch.{batch_id}.{chunk_id}.lock"


def sound_end(part: Path) -> int:
    """Return where the last whole capture ends in a file of an unfinished fetch."""
    with part.open("rb") as file:
        return _sound(file, part.parent.name)[1]


def _resume(file: BinaryIO, batch_id: str) -> set[str]:
    """Return the source keys of the sound beginning of a file, and cut off what follows it."""
    keys, end = _sound(file, batch_id)
    file.truncate(end)
    return keys


def _sound(file: BinaryIO, batch_id: str) -> tuple[set[str], int]:
    keys, end = set[str](), 0
    for frame in frames(file):
        key = None if frame.fault else ours.source_key(record.header(frame.data), batch_id)
        if frame.fault:
            break
        if key is not None:
            keys.add(key)
            end = frame.end  # the records beside a capture come before it: those of an unfinished one go
    return keys, end


def _documents(
    settings: Settings, source: Source, batch_id: str, targets: Sequence[Target], known: Mapping[str, Known]
) -> Iterator[Document]:
    hosts: dict[str, deque[Target]] = {}
    for target in targets:
        if target.fault:
            yield _silent(target, *target.fault)
        else:
            hosts.setdefault(urlsplit(target.url).netloc, deque()).append(target)
    if hosts:
        with web(settings, source) as sent:
            yield from _beside(list(hosts.values()), partial(_document, sent, settings, batch_id, known))


def _beside(hosts: Sequence[deque[Target]], fetch: Callable[[Target], Document]) -> Iterator[Document]:
    end = monotonic() + MOST_SECONDS
    threads = ThreadPoolExecutor(min(HOSTS, len(hosts)), "host")
    under_way = {threads.submit(fetch, targets.popleft()): targets for targets in hosts}
    try:
        while under_way:
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                targets = under_way.pop(future)
                while targets and monotonic() > end:
                    yield _silent(
                        targets.popleft(), "timeout", f"not asked: its chunk had taken {MOST_SECONDS:.0f} seconds"
                    )
                if targets:
                    under_way[threads.submit(fetch, targets.popleft())] = targets
                yield future.result()
    finally:
        threads.shutdown(cancel_futures=True)


def _document(sent: Web, settings: Settings, batch_id: str, known: Mapping[str, Known], target: Target) -> Document:
    before = known.get(target.url)
    header = archive.header_of(before, settings.raw) if before else None
    validators = Validators(header.url or "", before.etag, before.last_modified) if before and header else None
    if header is not None and target.published is None:  # an article that is no longer listed keeps its date
        target = target._replace(published=ours.note(header, ours.STATED_DATE))
    answer = sent.get(target.url, validators)
    document = _received(answer, target, batch_id) if answer.exchanges else _unanswered(answer, target, batch_id)
    whole = not answer.exchanges or 300 <= answer.exchanges[-1].status < 400
    cut = None if whole else TRUNCATED.get(answer.outcome or "")
    notes = [(ours.ROBOTS, answer.robots_decision), *([("WARC-Truncated", cut)] if cut else [])]
    return document._replace(notes=(*notes, *_stated(target)))


def _received(answer: Answer, target: Target, batch_id: str) -> Document:
    last = answer.exchanges[-1]
    *beside, data = records(answer, ours.record_id(batch_id, target.url))
    parsed = record.parse(data)
    fault = (answer.outcome, answer.detail) if answer.outcome else parsed.fault
    return Document(
        source_key=target.url,
        payload=parsed.payload,
        start=0,
        end=0,
        url=last.url,
        captured_at=last.began_at,
        media_type=parsed.media_type,
        charset=parsed.charset,
        record=data,
        fault=fault,
        beside=tuple(beside),
        not_modified=fault is None and parsed.status == 304,
    )


def _unanswered(answer: Answer, target: Target, batch_id: str) -> Document:
    beside = tuple(records(answer, ours.record_id(batch_id, target.url)))
    return _silent(target, answer.outcome or "connection", answer.detail)._replace(beside=beside)


def records(answer: Answer, part_of: str) -> Iterator[bytes]:
    """Yield the WARC records of all requests and responses of an answer, the final response last."""
    for number, exchange in enumerate((*answer.robots, *answer.exchanges)):
        place = exchange.url, exchange.address, exchange.began_at, str(number), part_of
        yield ours.exchanged("request", exchange.request, *place)
        yield ours.exchanged("response", exchange.response, *place)


def _silent(target: Target, reason: Reason, detail: str) -> Document:
    return Document(target.url, b"", 0, 0, target.url, None, fault=(reason, detail), notes=_stated(target))


def _stated(target: Target) -> tuple[tuple[str, str], ...]:
    return ((ours.STATED_DATE, target.published),) if target.published else ()
