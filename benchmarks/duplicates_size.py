"""Likely copies of 50,000 new texts among many known ones: seconds, memory, and datasketch's LSH beside it.

    python -m benchmarks.duplicates_size 100000 1000000 10000000 [--datasketch] [--folder DIR]

The known signatures are synthetic, of three months and in the product's own files (0.7 kB each). A fifth of the new
ones are copies of known ones, two thirds of whose values are the same. Buckets are as uneven as those of news: a tenth
of all texts is made from one of 300 forms, the most used of which has a sixth of these, and shares half of its buckets
with them. Of the product all is measured but the reading of texts: whom to compare, likely copies, their signatures.
Of datasketch the index in memory is built, which every process has to do anew, and then asked; both are printed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.memory import peak_mib
from pipeline import sketches, sketching
from pipeline.comparison import PARTS, Comparison
from pipeline.settings import Settings
from pipeline.signatures import BANDS, VALUES
from pipeline.sketches import BUCKETS, DOCUMENT

NEW, FORMS = 50_000, 300
MONTHS = ("2026-01", "2026-02", "2026-03")
TODAY = date(2026, 3, 31)
Known = tuple[NDArray[np.uint32], NDArray[np.uint32]]


def signatures(count: int, seed: int) -> Known:
    """Return the MinHash values and buckets of texts, a tenth of them made from forms."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**32, (count, VALUES), np.uint32)
    buckets = rng.integers(0, 2**32, (count, BUCKETS), np.uint32)
    forms = np.random.default_rng(0)
    weights = 1 / np.arange(1, FORMS + 1)
    made = rng.choice(count, count // 10, replace=False)
    which = rng.choice(FORMS, len(made), p=weights / weights.sum())
    kinds, same = forms.random((FORMS, BUCKETS)) < 0.5, forms.random((FORMS, VALUES)) < 0.4
    form_buckets, form_values = (forms.integers(0, 2**32, (FORMS, n), np.uint32) for n in (BUCKETS, VALUES))
    buckets[made] = np.where(kinds[which], form_buckets[which], buckets[made])
    values[made] = np.where(same[which], form_values[which], values[made])
    return values, buckets


def documents(count: int, month: str, today: bool, seed: int) -> NDArray[Any]:
    """Return what is known of texts of a month, or of today."""
    rng = np.random.default_rng(seed)
    made = np.zeros(count, DOCUMENT)
    for name in ("article", "version", "content"):
        made[name] = rng.integers(1, 256, (count, 16), np.uint8).view("S16").reshape(-1)
    first = date.fromisoformat(f"{month}-01").toordinal() - date(1970, 1, 1).toordinal()
    made["day"] = first + (30 if today else rng.integers(0, 28, count))
    made["instant"], made["shingles"] = rng.integers(0, 2**40, count), 400
    made["words"] = 402
    return made


def copied(known: Known, seed: int) -> Known:
    """Return new texts, a fifth of which are copies: with two thirds of the values and the buckets that this leaves."""
    rng = np.random.default_rng(seed)
    values, buckets = signatures(NEW, seed)
    copies, originals = np.arange(NEW // 5), rng.integers(0, len(known[0]), NEW // 5)
    kept = rng.random((len(copies), VALUES)) < 2 / 3
    values[copies] = np.where(kept, known[0][originals], values[copies])
    whole = np.zeros((len(copies), BUCKETS), np.bool_)
    whole[:, :BANDS] = kept.reshape(len(copies), BANDS, -1).all(axis=2)
    buckets[copies] = np.where(whole, known[1][originals], buckets[copies])
    return values, buckets


def write(settings: Settings, month: str, digest: str, parts: list[tuple[NDArray[Any], Known]]) -> None:
    """Store a sketch of these texts."""
    path = sketches.path_of(settings, month, digest)
    path.mkdir(parents=True)
    described, values, buckets = (np.concatenate(column) for column in zip(*((d, *k) for d, k in parts), strict=True))
    sketching.write(path, described, values.astype(np.uint8), buckets)


def build(settings: Settings, known: int) -> None:
    """Store the sketches of the known texts, and that of the last month with the new ones."""
    for number, month in enumerate(MONTHS):
        texts = signatures(known // 3, number)
        described = documents(known // 3, month, False, number)
        write(settings, month, f"{'before':_<16}", [(described, texts)])
    new = documents(NEW, month, True, 9), copied(texts, 9)
    write(settings, month, f"{'now':_<16}", [(described, texts), new])


def compare(settings: Settings) -> None:
    """Print what the product takes to find likely copies, in this process."""
    before = [sketch for month in MONTHS if (sketch := sketches.load(settings, month, f"{'before':_<16}"))]
    last = sketches.load(settings, MONTHS[-1], f"{'now':_<16}")
    assert last is not None
    compared = Comparison(settings, [], [*before[:-1], last], before)
    started, clock = time.process_time(), time.monotonic()
    own = len(compared.own)
    chosen = time.process_time() - started
    found = sum(len(pairs.own) for part in range(len(PARTS)) for pairs in compared.likely(part))
    spent, wall = time.process_time() - started, time.monotonic() - clock
    peak = peak_mib()
    print(
        f"newsmill: {own} of {len(last.days)} compared, {found} likely pairs, {spent:.1f} s of processor time "
        f"({chosen:.1f} to choose whom to compare), {wall:.1f} s by the clock, at most {peak} MiB",
        flush=True,
    )


def datasketch(known: int) -> None:
    """Print what datasketch takes for the same signatures."""
    from datasketch import MinHash, MinHashLSH

    def hashed(texts: Known) -> Iterator[MinHash]:
        for row in texts[0]:
            yield MinHash(VALUES, hashvalues=row.astype(np.uint64), scheme="legacy")

    index = MinHashLSH(num_perm=VALUES, params=(BANDS, VALUES // BANDS))
    started = time.process_time()
    for month in range(len(MONTHS)):
        texts = signatures(known // 3, month)
        for number, made in enumerate(hashed(texts)):
            index.insert((month, number), made, check_duplication=False)
    built = time.process_time()
    found = sum(len(index.query(made)) for made in hashed(copied(texts, 9)))
    asked = time.process_time() - built
    peak = peak_mib()
    print(
        f"datasketch: {found} likely pairs, {built - started:.1f} s of processor time to build, {asked:.1f} to ask, "
        f"at most {peak} MiB",
        flush=True,
    )


def main() -> None:
    """Print what each size takes, each measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[100_000])
    parser.add_argument("--datasketch", action="store_true", help="also in datasketch, which must be installed")
    parser.add_argument("--folder", type=Path, help="where to put files: 1.1 kB a text")
    parser.add_argument("--compare", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.compare:
        return datasketch(given.sizes[0]) if given.datasketch else compare(Settings(home=given.folder))
    for size in given.sizes:
        print(f"{NEW} new among {size} known", flush=True)
        with tempfile.TemporaryDirectory(dir=given.folder) as home:
            build(Settings(home=Path(home)), size)
            command = [sys.executable, "-m", "benchmarks.duplicates_size", str(size), "--compare", "--folder", home]
            subprocess.run(command, check=True)
            if given.datasketch:
                subprocess.run([*command, "--datasketch"], check=True)
    return None


if __name__ == "__main__":
    main()
