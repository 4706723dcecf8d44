"""How the sketch of an articles file is made. Another sketch of that month gives the signatures of the texts it has.

All texts are read for their digests, 20 times as fast as signatures are made. Ids would not do: white space may differ
within a version, and a batch that is published again may tell something else by the same capture.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline import sketches, store
from pipeline.articles_file import ArticlesFile, Text
from pipeline.settings import Settings
from pipeline.signatures import NEAR_BUCKETS, VALUES, signature
from pipeline.sketches import ARTICLE, BUCKETS, DOCUMENT, EXACT, Sketch
from pipeline.text.likeness import LEAST_SHARED
from pipeline.text.shingles import MOST_CHARACTERS, own_text, words

_META = [
    "article_id", "version_id", "content_sha256",
    "published_on", "date_published", "date_published_precision", "valid_from",
]  # fmt: skip
_AT_ONCE = 65_536
_NEVER = np.iinfo(np.int64).max


def sketch(settings: Settings, articles: ArticlesFile) -> Sketch:
    """Return the sketch of a month's articles, made if it is not there; IntegrityError if they cannot be read."""
    digest = articles.state.sha256
    path = sketches.path_of(settings, articles.month, digest)
    if not sketches.is_whole(path):
        store.make_directory(path.parent)
        scratch = store.make_directory(store.aside(path.parent))
        try:
            spool = _Spool.of(scratch, articles.rows)
            _fill(spool, articles, sketches.other(settings, articles.month))
            made = store.make_directory(scratch / "whole")
            write(made, spool.documents, spool.values, spool.keys)
            sketches.put(made, path)
        finally:
            shutil.rmtree(scratch)
    return sketches.read(path, articles.month, digest)


@dataclass(frozen=True, slots=True)
class _Spool:
    """The arrays of a sketch in the order of the articles file."""

    documents: NDArray[Any]
    values: NDArray[np.uint8]
    keys: NDArray[np.uint32]

    @classmethod
    def of(cls, scratch: Path, rows: int) -> "_Spool":
        return cls(
            _mapped(scratch / "documents", DOCUMENT, (rows,)),
            _mapped(scratch / "values", np.uint8, (rows, VALUES)),
            _mapped(scratch / "keys", np.uint32, (rows, BUCKETS)),
        )


def _mapped(path: Path, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    return np.lib.format.open_memmap(path, "w+", kind, shape)


def _fill(spool: _Spool, articles: ArticlesFile, earlier: Sketch | None) -> None:
    known = _Known.of(earlier)
    first = 0
    for meta in articles.groups(_META):
        here = slice(first, first + meta.num_rows)
        documents = _documents(meta, first)
        documents["text"] = [_digest(text) for text in articles.texts(np.arange(here.start, here.stop))]
        old, rows = known.find(documents["text"])
        part = _Spool(documents, spool.values[here], spool.keys[here])
        if earlier is not None:
            _repeat(part, rows, earlier, old)
        new = np.setdiff1d(np.arange(meta.num_rows), rows)
        _sign(part, new, articles.texts(first + new))
        part.keys[:, EXACT], part.keys[:, ARTICLE] = _head(documents["content"]), _head(documents["article"])
        spool.documents[here] = documents
        first = here.stop


def _repeat(part: _Spool, rows: NDArray[np.intp], earlier: Sketch, old: NDArray[np.intp]) -> None:
    for name in ("words", "shingles"):
        part.documents[name][rows] = earlier.documents[name][old]
    part.values[rows], part.keys[rows] = earlier.values[old], earlier.keys[old]


def _sign(part: _Spool, rows: NDArray[np.intp], texts: Iterator[Text]) -> None:
    for row, text in zip(rows, texts, strict=True):
        compared = words(own_text(text.body, text.posts))
        made = signature(compared)
        part.documents["words"][row], part.documents["shingles"][row] = len(compared), made.shingles
        part.values[row] = made.values
        part.keys[row, :NEAR_BUCKETS] = made.buckets


@dataclass(frozen=True, slots=True)
class _Known:
    """The digests of the texts that an earlier sketch is of, sorted, and their numbers there."""

    texts: NDArray[Any]
    numbers: NDArray[np.intp]

    @classmethod
    def of(cls, earlier: Sketch | None) -> "_Known":
        texts = np.empty(0, "S16") if earlier is None else earlier.documents["text"]
        numbers = np.argsort(texts)
        return cls(texts[numbers], numbers)

    def find(self, texts: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the numbers of those that were known, and their rows among these."""
        if not len(self.texts):
            return np.empty(0, np.intp), np.empty(0, np.intp)
        places = np.searchsorted(self.texts, texts).clip(max=len(self.texts) - 1)
        rows = np.flatnonzero(self.texts[places] == texts)
        return self.numbers[places[rows]], rows


def _digest(text: Text) -> bytes:
    """Return the digest of all that is compared of a text."""
    compared = text._replace(body=text.body[:MOST_CHARACTERS])
    return hashlib.sha256("\0".join(map(str, compared)).encode("utf-8", "surrogatepass")).digest()[:16]


def _documents(meta: pa.Table, first: int) -> NDArray[Any]:
    documents = np.zeros(meta.num_rows, DOCUMENT)
    for name in ("article", "version", "content"):
        column = "content_sha256" if name == "content" else f"{name}_id"
        documents[name] = [bytes.fromhex(value[:32]) for value in meta[column].to_pylist()]
    documents["row"] = np.arange(first, first + meta.num_rows)
    seen = meta["valid_from"]
    days = pc.coalesce(meta["published_on"], seen.cast(pa.timestamp("us")).cast(pa.date32(), safe=False))
    documents["day"] = days.cast(pa.int32()).to_numpy()
    exact = pc.is_in(meta["date_published_precision"], pa.array(["second", "minute", "hour"], pa.large_string()))
    instants = pc.if_else(exact, meta["date_published"].cast(pa.int64()), None)
    documents["instant"] = pc.fill_null(instants, _NEVER).to_numpy()
    documents["seen"] = seen.cast(pa.int64()).to_numpy()
    return documents


def _head(ids: NDArray[Any]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(ids).view(np.dtype(">u4")).reshape(-1, 4)[:, 0].astype(np.uint32)


def write(path: Path, documents: NDArray[Any], values: NDArray[np.uint8], keys: NDArray[np.uint32]) -> None:
    """Store a sketch of versions in any order, given what is known of each, its MinHash values and its buckets."""
    order = _order(documents)
    for name, column in (("documents", documents), ("values", values), ("keys", keys)):
        with _new(path / f"{name}.npy", column.dtype, (len(order), *column.shape[1:])) as out:
            for start in range(0, len(order), _AT_ONCE):
                out[start : start + _AT_ONCE] = column[order[start : start + _AT_ONCE]]
    near = np.array(documents["shingles"][order] >= LEAST_SHARED)
    numbers = np.arange(len(order), dtype=np.uint64)
    with _new(path / "buckets.npy", np.dtype(np.uint64), (BUCKETS, len(order))) as out:
        for bucket in range(BUCKETS):
            mine = np.array(keys[:, bucket])[order].astype(np.uint64) << np.uint64(32) | numbers
            # Those that are too short for it stand behind all others, where they are hardly ever looked for.
            out[bucket] = np.sort(mine if bucket >= NEAR_BUCKETS else np.where(near, mine, numbers - len(order)))


def _order(documents: NDArray[Any]) -> NDArray[np.intp]:
    """Return the rows in the order of publication, each version once: as it was seen first.

    What was published at the same moment is ordered by when it was seen, then the longest comes first. An unknown time
    of day is behind all others of that day.
    """
    kept = _firsts(documents)
    shown = documents[kept]
    longest = -shown["words"].astype(np.int64)
    order = np.lexsort((shown["version"], shown["article"], longest, shown["seen"], shown["instant"], shown["day"]))
    rows: NDArray[np.intp] = kept[order]
    return rows


def _firsts(documents: NDArray[Any]) -> NDArray[np.intp]:
    order = np.lexsort((np.arange(len(documents)), documents["seen"], documents["version"]))
    versions = documents["version"][order]
    return np.sort(order[np.r_[True, versions[1:] != versions[:-1]]])


@contextmanager
def _new(path: Path, kind: np.dtype[Any], shape: tuple[int, ...]) -> Iterator[NDArray[Any]]:
    with store.replacing(path) as temporary:
        yield _mapped(temporary, kind, shape)
