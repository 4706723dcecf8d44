"""What three readers recover of damaged WARC files: ours, warcio and fastwarc.

`python -m benchmarks.damage --gold DIR [--variants 1000] [--plain]` damages the `*.warc.gz` below DIR in memory, each
variant by a seed of its own; with `--plain` the same records without compression.
"""

import argparse
import hashlib
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fastwarc.warc import ArchiveIterator as FastWarc
from warcio.archiveiterator import ArchiveIterator as Warcio

from pipeline.readers import warc
from pipeline.warc import record as warcrecord
from pipeline.warc.frames import content_length, frames
from tests.damage import KINDS, Damaged, damaged

Key = tuple[str, str]
"""Record id and SHA-256 of a record's block: two readers write the header in their own ways."""


class Original(NamedTuple):
    """A record of the undamaged file: its place there, and what it is known by."""

    start: int
    end: int
    key: Key


class Answer(NamedTuple):
    """What a reader made of a file: records, byte ranges that it refused, and the error that ended it, if one did."""

    records: Iterable[Key]
    refused: Sequence[tuple[int, int]] = ()
    error: str | None = None


def index(data: bytes) -> list[Original]:
    """Return all records of an undamaged file."""
    return [Original(frame.start, frame.end, _of_record(frame.data)) for frame in frames(io.BytesIO(data))]


def _of_record(data: bytes) -> Key:
    header, _, rest = data.partition(b"\r\n\r\n")
    return _key(warcrecord.header(data).record_id or "", rest[: content_length(header + b"\r\n")])


def _key(record_id: str, block: bytes) -> Key:
    return record_id.strip("<>"), hashlib.sha256(block).hexdigest()


def newsmill(data: bytes) -> Answer:
    """Return what our reader makes of a file."""
    found = list(warc.documents(io.BytesIO(data), "damaged.warc.gz"))
    records = [_of_record(document.record) for document in found if document.record and not document.fault]
    return Answer(records, [(document.start, document.end) for document in found if document.fault])


def _other(read: Callable[[bytes], Iterator[Key]], data: bytes) -> Answer:
    records, error = [], None
    try:
        for key in read(data):
            records.append(key)
    except Exception as raised:  # whatever it raises ends its reading
        error = type(raised).__name__
    return Answer(records, (), error)


def _warcio(data: bytes) -> Iterator[Key]:
    for record in Warcio(io.BytesIO(data), no_record_parse=True):
        yield _key(record.rec_headers.get_header("WARC-Record-ID") or "", record.raw_stream.read())


def _fastwarc(data: bytes) -> Iterator[Key]:
    for record in FastWarc(io.BytesIO(data), parse_http=False):
        yield _key(record.record_id or "", record.reader.read())


READERS: dict[str, Callable[[bytes], Answer]] = {
    "newsmill": newsmill,
    "warcio": lambda data: _other(_warcio, data),
    "fastwarc": lambda data: _other(_fastwarc, data),
}


def judged(originals: Sequence[Original], variant: Damaged, answer: Answer) -> Counter[str]:
    """Return how many records were whole, recovered, lost without a word, and altered but passed as good."""
    got = Counter(answer.records)
    known = {original.key for original in originals}
    counts = Counter(files=1, errors=answer.error is not None)
    counts["altered"] = sum(count for key, count in got.items() if key not in known)
    for original in originals:
        whole, recovered = variant.is_whole(original.start, original.end), original.key in got
        counts["whole"] += whole
        counts["recovered"] += whole and recovered
        counts["recovered damaged"] += recovered and not whole
        if not recovered and answer.error is None:
            counts["silent"] += not told(variant, original, answer.refused)
    return counts


def told(variant: Damaged, original: Original, refused: Sequence[tuple[int, int]]) -> bool:
    """Return whether all that is left of a record lies in refused ranges; nothing is left of one cut out whole."""
    left = list(variant.left_of(original.start, original.end))
    return all(any(start <= first and last <= end for start, end in refused) for first, last in left)


def measured(files: Sequence[tuple[bytes, list[Original]]], variants: int) -> Iterator[tuple[str, str, Counter[str]]]:
    """Yield (reader, kind of damage, counts) of each variant; `microseconds` are of processor time."""
    kinds = list(KINDS)
    for number in range(variants):
        data, originals = files[number % len(files)]
        variant = damaged(data, kinds[number // len(files) % len(kinds)], random.Random(number))
        for name, read in READERS.items():
            begun = time.process_time()
            answer = read(variant.data)
            spent = time.process_time() - begun
            counts = judged(originals, variant, answer)
            counts["microseconds"] = round(spent * 1e6)
            yield name, variant.kind, counts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--variants", type=int, default=1000)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    files = []
    for path in sorted(options.gold.rglob("*.warc.gz")):
        data = path.read_bytes()
        if options.plain:
            data = b"".join(frame.data for frame in frames(io.BytesIO(data)))
        files.append((data, index(data)))
    totals: dict[tuple[str, str], Counter[str]] = {}
    for name, kind, counts in measured(files, options.variants):
        for key in ((name, kind), (name, "all")):
            totals.setdefault(key, Counter()).update(counts)
    print("| reader | damage | files | whole records | recovered | lost | and of damaged ones | ended by an error "
          "| lost without a word | altered, passed as good | CPU s |\n" + "|---" * 11 + "|")  # fmt: skip
    for (name, kind), found in sorted(totals.items()):
        lost = found["whole"] - found["recovered"]
        columns = [found["files"], found["whole"], f"{found['recovered'] / found['whole']:.2%}", lost,
                   found["recovered damaged"], found["errors"], found["silent"], found["altered"],
                   round(found["microseconds"] / 1e6, 1)]  # fmt: skip
        print("|", " | ".join(map(str, [name, kind, *columns])), "|", flush=True)


if __name__ == "__main__":
    main()
