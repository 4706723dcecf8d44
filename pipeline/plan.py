"""The plan of a batch: everything it may ever know of its inputs and of the past, written once to raw/<batch>/."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from pipeline import alarms, archive, homes, index, listings, names_model, past, sources, store, targets, warc_lists
from pipeline.errors import IntegrityError, SourceError
from pipeline.model import FETCHED, WARC, Chunk, Document, Input, Plan, Reason, Source, Target, document_key
from pipeline.objects import NEW, ChangedError
from pipeline.readers import READERS
from pipeline.settings import Settings


class _Scanned(NamedTuple):
    """One document as seen while planning."""

    input: int
    start: int
    end: int
    size: int
    url: str | None
    source_key: str
    sha256: bytes
    captured_at: datetime | None
    fault: Reason | None


def batch_id(source: Source, day: date) -> str:
    """Return the id of one source on one day."""
    return f"{source.id}-{day.isoformat()}"


def path_of(settings: Settings, batch_id: str) -> Path:
    """Return where the plan of a batch is or would be."""
    return settings.raw / batch_id / "plan.json"


def make(settings: Settings, source: Source, root: Path, day: date, late: bool = False) -> Plan | None:
    """Return the batch's plan, writing it if there is none yet; None if the source has no input for that day.

    An existing plan is returned as it is, whatever the source looks like now. A fetched source is not asked when it is
    too `late`: what it lists now is not what it listed that day.
    """
    name = batch_id(source, day)
    with store.locked(settings.home / "locks" / f"plan.{name}.lock"):
        if homes.exists(path_of(settings, name)):
            return load(settings, name)
        if source.kind in FETCHED:
            return _fetched(settings, source, root, day, late)
        paths = sources.inputs(source, root, day)
        if not paths:
            return None
        source, root = warc_lists.placed(source, root)
        read = [_scan(number, path, root, source) for number, path in enumerate(paths)]
        inputs = tuple(item for item, _ in read)
        scanned = [document for _, documents in read for document in documents]
        plan = Plan(
            batch_id=name,
            date=day,
            source=names_model.pin(source, root),
            root=str(root),
            inputs=inputs,
            chunks=tuple(_chunks(scanned, inputs, source, settings)),
            repeated=(),
        )
        plan = replace(plan, repeated=tuple(_repeated(scanned, plan.chunks)))
        replaced = {(chunk, ordinal): key for chunk, ordinal, key in plan.repeated}
        places = zip(_places(plan.chunks), scanned, strict=True)
        keyed = [(chunk, item, replaced.get((chunk, ordinal), item.source_key)) for (chunk, ordinal), item in places]
        _write_indexes(settings, plan, keyed)
        return _write(settings, plan, [document_key(item.url, key) for _, item, key in keyed])


def index_of(settings: Settings, batch_id: str, chunk_id: str) -> Path:
    """Return where the index of a chunk is or would be."""
    return settings.raw / batch_id / f"{chunk_id}.index.parquet"


def _write_indexes(settings: Settings, plan: Plan, keyed: Sequence[tuple[str, _Scanned, str]]) -> None:
    """Write the indexes of chunks that are referenced in place, where others can damage them from now on."""
    for chunk, group in groupby(keyed, key=lambda item: item[0]):
        found = list(group)
        path = plan.inputs[found[0][1].input]
        if path.in_place:
            entries = index.measured(Path(plan.root, path.path), (_entry(item, key) for _, item, key in found))
            index.write(index_of(settings, plan.batch_id, chunk), entries)


def _entry(item: _Scanned, key: str) -> index.Entry:
    if item.captured_at is None:
        raise IntegrityError(f"{item.source_key}: a file in place has a record without a date")
    return index.Entry(item.start, item.end - item.start, "", key, item.source_key, item.url, item.captured_at,
                       f"sha256:{item.sha256.hex()}", item.size, item.fault)  # fmt: skip


def _fetched(settings: Settings, source: Source, root: Path, day: date, late: bool) -> Plan:
    """Return the plan of what to ask for; SourceError if no feed of the source can be read."""
    name = batch_id(source, day)
    source, hours = names_model.pin(source, root), None
    if late:
        chosen = listings.missed(source, day)
    else:
        listed = listings.ask(settings, source, name, day)
        hours = round(min(listed.ages) / timedelta(hours=1), 1) if listed.ages else None
        chosen = targets.choose(listed, past.seen(settings, name, source.id), source, day)
    chunks, rows = targets.chunks(chosen, settings.chunk_documents)
    plan = Plan(batch_id=name, date=day, source=source, root=str(root), inputs=(), chunks=chunks, newest_hours=hours)
    store.write_rows(store.make_directory(settings.raw / name) / "targets.parquet", rows)
    return _write(settings, plan, rows["url"].to_pylist())


def asked(settings: Settings, plan: Plan, chunk: Chunk) -> list[Target]:
    """Return what a chunk of a fetched batch asks for; IntegrityError if that is not what was planned."""
    path = settings.raw / plan.batch_id / "targets.parquet"
    found = targets.read(store.read_table(path, filters=[("chunk", "=", chunk.id)]))
    if targets.sha256(found) != chunk.sha256:
        raise IntegrityError(f"{path}: not the addresses that chunk {chunk.id} was planned with; {archive.RESTORE}")
    return found


def load(settings: Settings, batch_id: str) -> Plan:
    """Return the plan of a batch; SourceError if it was never planned."""
    return _present(path_of(settings, batch_id))[0]


def sha256(settings: Settings, batch_id: str) -> str:
    """Return the hex SHA-256 of a batch's plan."""
    return _present(path_of(settings, batch_id))[1]


def _present(path: Path) -> tuple[Plan, str]:
    try:
        status = homes.here(path).stat()
    except FileNotFoundError:
        raise SourceError(f"{path}: no such batch; `newsmill run` or `newsmill load` plans one") from None
    return _load(path, status.st_ino, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _load(path: Path, inode: int, written: int) -> tuple[Plan, str]:
    """A plan is asked for by every chunk and stage, and may list many thousand inputs."""
    value = store.read_json(path)
    plan = Plan(
        batch_id=value["batch_id"],
        date=date.fromisoformat(value["date"]),
        source=Source(**value["source"] | {"urls": tuple(value["source"].get("urls", ()))}),
        root=value["root"],
        inputs=tuple(Input(*item) for item in value["inputs"]),
        chunks=tuple(Chunk(*item) for item in value["chunks"]),
        repeated=tuple((chunk, ordinal, key) for chunk, ordinal, key in value["repeated"]),
        newest_hours=value.get("newest_hours"),
    )
    return plan, store.sha256(path)


def chunk(plan: Plan, chunk_id: str) -> Chunk:
    """Return the chunk of that id; SourceError if the plan has none."""
    found = next((item for item in plan.chunks if item.id == chunk_id), None)
    if found is None:
        raise SourceError(
            f"{plan.batch_id} has no chunk {chunk_id!r}; its chunks are 0000 to {len(plan.chunks) - 1:04d}"
        )
    return found


def differs(plan: Plan, paths: Sequence[Path]) -> bool:
    """Return whether the files of a source are other ones, by name and size, than when it was planned."""
    found = {(name_of(path, Path(plan.root)), path.stat().st_size) for path in paths}
    return found != {(item.path, item.size) for item in plan.inputs}


def batches(settings: Settings) -> list[str]:
    """Return the ids of all batches that were ever planned, sorted."""
    return [path.parent.name for path in homes.matching(settings.raw, "*/plan.json")]


def config_sha256(source: Source) -> str:
    """Return the hex SHA-256 of a source as configured."""
    return hashlib.sha256(json.dumps(_source(source), sort_keys=True).encode()).hexdigest()


def documents(plan: Plan, chunk: Chunk) -> Iterator[Document]:
    """Yield a chunk's documents from the source; SourceError at the end if they are not what was planned.

    A source key that an earlier document of the batch has is replaced, so that none is counted as another.
    """
    read = READERS[plan.source.kind]
    replaced = keys(plan, chunk)
    state, count = hashlib.sha256(), 0
    for item in plan.inputs[chunk.first : chunk.last]:
        start, end = (chunk.start, chunk.end) if chunk.last - chunk.first == 1 else (0, None)
        path = Path(plan.root, item.path)
        if not path.exists():
            raise SourceError(
                f"{path}: gone since {plan.batch_id} was planned; put it back, raw/ has no copy of this chunk yet"
            )
        for document in read(path, item.path, plan.source, start, end):
            state.update(_fingerprint(document.source_key, hashlib.sha256(document.payload).digest()))
            yield document._replace(source_key=replaced.get(count, document.source_key))
            count += 1
    if state.hexdigest() != chunk.sha256:
        raise SourceError(
            f"{plan.inputs[chunk.first].path} (chunk {chunk.id} of {plan.batch_id}): changed since it was planned; "
            f"restore the file, or load it as a batch of another date"
        )


def keys(plan: Plan, chunk: Chunk) -> dict[int, str]:
    """Return the source keys, by ordinal in the chunk, of documents whose own key an earlier one has."""
    return {ordinal: key for name, ordinal, key in plan.repeated if name == chunk.id}


def name_of(path: Path, root: Path) -> str:
    """Return what a source calls one of its files: the path below its root, or the whole path."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _fingerprint(source_key: str, payload_sha256: bytes) -> bytes:
    return hashlib.sha256(source_key.encode() + b"\0" + payload_sha256).digest()


def _scan(number: int, path: Path, root: Path, source: Source) -> tuple[Input, list[_Scanned]]:
    name, places = name_of(path, root), archive.Places()
    read = partial(READERS[source.kind], see=places.see) if source.kind in WARC else READERS[source.kind]
    documents = [_scanned(number, document) for document in read(path, name, source)]
    return Input(name, path.stat().st_size, store.sha256(path), places.in_place), documents


def _scanned(number: int, found: Document) -> _Scanned:
    payload, fault = found.payload, found.fault[0] if found.fault else None
    return _Scanned(number, found.start, found.end, len(payload), found.url, found.source_key,
                    hashlib.sha256(payload).digest(), found.captured_at, fault)  # fmt: skip


def _chunks(scanned: list[_Scanned], inputs: tuple[Input, ...], source: Source, settings: Settings) -> Iterator[Chunk]:
    sliced = source.kind in ("jsonl", *WARC)  # one of their files holds many documents, so a chunk is a slice of one
    number = documents = size = 0
    labels = []
    for before, item in zip([None, *scanned], scanned, strict=False):
        full = documents >= settings.chunk_documents or (documents and size + item.size > settings.chunk_bytes)
        apart = before is None or (before.input, before.start) != (
            item.input,
            item.start,
        )  # one gzip member may hold many
        if (full and apart) or (sliced and before is not None and before.input != item.input):
            number, documents, size = number + 1, 0, 0
        labels.append(number)
        documents, size = documents + 1, size + item.size
    for label, group in groupby(zip(labels, scanned, strict=True), key=lambda pair: pair[0]):
        members = [item for _, item in group]
        state = hashlib.sha256(b"".join(_fingerprint(item.source_key, item.sha256) for item in members))
        first, last = members[0], members[-1]
        yield Chunk(f"{label:04d}", first.input, last.input + 1, first.start, last.end, len(members), state.hexdigest())


def _repeated(scanned: list[_Scanned], chunks: tuple[Chunk, ...]) -> Iterator[tuple[str, int, str]]:
    """Repeated keys are numbered by occurrence, so that a document keeps its key when others come between."""
    given = {item.source_key for item in scanned}
    seen: Counter[str] = Counter()
    for (chunk, ordinal), item in zip(_places(chunks), scanned, strict=True):
        seen[item.source_key] += 1
        if seen[item.source_key] > 1:
            key = f"{item.source_key}#{seen[item.source_key]}"
            while key in given:
                key += "#"
            given.add(key)
            yield chunk, ordinal, key


def _places(chunks: tuple[Chunk, ...]) -> Iterator[tuple[str, int]]:
    return ((chunk.id, ordinal) for chunk in chunks for ordinal in range(chunk.documents))


def _source(source: Source) -> dict[str, object]:
    return asdict(source) | {"fields": dict(source.fields)}


def _write(settings: Settings, plan: Plan, keys: Sequence[str]) -> Plan:
    """Write the plan, which is there when all is, and before it what is known of its documents and its source.

    Return the one that is there then.
    """
    past.freeze(settings, plan.batch_id, plan.source.id, keys, [chunk for chunk, _ in _places(plan.chunks)])
    alarms.freeze(settings, plan.source.id, plan.date)
    value = {name: getattr(plan, name) for name in ("batch_id", "root", "inputs", "chunks", "repeated", "newest_hours")}
    value |= {"date": plan.date.isoformat(), "source": _source(plan.source)}
    try:
        store.write_json(path_of(settings, plan.batch_id), value, over=NEW)
    except ChangedError:  # another machine was faster, or the answer to our own writing was lost
        return load(settings, plan.batch_id)
    return plan
