"""Hostile pages through a whole load, each between two healthy pages of the same chunk, and what the bounds cost.

`python -m benchmarks.poison [words of names]` loads the pages of tests/hostile.py, then those without the hostile ones;
`--gold DIR` reads the pages of the `*.warc.gz` below DIR in workers with and without limits, in turn.
"""

import argparse
import gc
import importlib
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from pipeline import loading, page, query, run, workers
from pipeline.archive import read
from pipeline.model import Article, Capture, Source
from pipeline.settings import DOCUMENT_SECONDS, WORKER_BYTES, Settings
from pipeline.workers import Workers
from tests.hostile import INPUTS
from tests.hostile import page as healthy

DAY = date(2026, 3, 1)
TABLES = ("articles", "quotes", "claims", "mentions", "embeds", "links")
GROUP = 12


class Loaded(NamedTuple):
    """What became of the pages: outcome and reason or flags by name, all rows of the healthy ones, and the cost."""

    outcomes: dict[str, tuple[str, str]]
    neighbours: dict[str, list[Any]]
    held_back: str | None
    seconds: float
    mib: int


def corpus(folder: Path, names: Sequence[str], poisoned: bool) -> Path:
    """Write a healthy page before and after each hostile one, named in this order; without `poisoned` only those."""
    folder.mkdir(parents=True)
    for number, name in enumerate([*names, None]):
        told = f"<p>On day {number} of the strike “nobody came,” said Nils Brandt, and 14 people were hurt.</p>"
        (folder / f"{number:04}-healthy.html").write_bytes(healthy(told))
        if name is not None and poisoned:
            (folder / f"{number:04}-poison.html").write_bytes(INPUTS[name].make())
    return folder


def load(home: Path, folder: Path, names: Sequence[str]) -> Loaded:
    """Load a folder as one chunk in one worker, and return what came of it."""
    settings = Settings(home=home, workers=1, chunk_documents=10**6, chunk_bytes=2**50)
    with Peak() as peak:
        begun = time.monotonic()
        (ended,) = run.night(settings, run.plan_corpus(settings, folder, DAY, "html", "p"), lambda *_: None)
        seconds = time.monotonic() - begun
    with query.connect(home) as connection:
        found = connection.execute("""SELECT c.source_key, c.outcome, coalesce(r.reason, array_to_string(a.flags, ' '))
            FROM captures c LEFT JOIN rejects r USING (capture_id) LEFT JOIN articles a USING (capture_id)
            WHERE c.source_key LIKE '%poison%' ORDER BY c.source_key""").fetchall()
        neighbours = {
            table: connection.execute(f"""SELECT t.* FROM {table} t JOIN captures USING (capture_id)
                WHERE source_key LIKE '%healthy%' ORDER BY ALL""").fetchall() for table in TABLES
        }  # fmt: skip
    outcomes = {names[int(Path(key).name[:4])]: (outcome, told or "") for key, outcome, told in found}
    return Loaded(outcomes, neighbours, ended.held_back, seconds, peak.mib)


class Peak:
    """The largest resident memory of any process below this one, looked at a hundred times a second."""

    def __init__(self) -> None:
        self.mib = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        own = psutil.Process(os.getpid())
        while not self._ended.wait(0.01):
            for child in own.children(recursive=True):
                try:
                    self.mib = max(self.mib, child.memory_info().rss // 2**20)
                except psutil.Error:  # it has ended meanwhile
                    continue


def poison(names: Sequence[str]) -> tuple[Loaded, Loaded]:
    """Return what a load with the hostile pages gave, and one without."""
    with tempfile.TemporaryDirectory() as directory:
        loads = []
        for poisoned in (True, False):
            folder = corpus(Path(directory, str(poisoned), "pages"), names, poisoned)
            loads.append(load(Path(directory, str(poisoned), "home"), folder, names))
            shutil.rmtree(folder)
        return loads[0], loads[1]


SOURCE = Source(id="gold", kind="warc", path="gold")


def extracted(captures: Sequence[Capture]) -> tuple[float, int]:
    """Return the processor time that pages take, and how many gave an article."""
    gc.collect()
    begun = time.process_time()
    articles = sum(isinstance(page.html_article(capture, SOURCE), Article) for capture in captures)
    return time.process_time() - begun, articles


def throughput(gold: Path) -> Iterator[tuple[float, float, float]]:
    """Yield, a group of pages, the CPU seconds in this process, in a worker without limits and in one with them."""
    captures = [item for path in sorted(gold.rglob("*.warc.gz")) for item in read(path, path.name, gold)]
    loading.prepare()
    with (
        workers.started(1, 0, 0, workers.DOCUMENTS) as free,
        workers.started(1, DOCUMENT_SECONDS, WORKER_BYTES, workers.DOCUMENTS) as bound,
    ):
        for start in range(0, len(captures), GROUP):
            group = captures[start : start + GROUP]
            ways = [lambda g=group: extracted(g), lambda g=group: _sent(free, g), lambda g=group: _sent(bound, g)]
            spent = [0.0] * len(ways)
            for number in range(len(ways)):  # each way is the first as often as the others
                way = (number + start // GROUP) % len(ways)
                spent[way] = ways[way]()[0]
            yield spent[0], spent[1], spent[2]


def _sent(pool: Workers, group: Sequence[Capture]) -> tuple[float, int]:
    module = importlib.import_module("benchmarks.poison")  # a worker has another `__main__`
    return pool.submit(module.extracted, group).result()


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--gold", type=Path)
    options = parser.parse_args()
    if options.gold:
        spent = list(throughput(options.gold))
        for name, column in zip(("here", "worker", "bounded worker"), zip(*spent, strict=True), strict=True):
            print(f"{name}: {sum(column):.2f} CPU s")
        ratios = [bound / free for _, free, bound in spent]
        cuts = statistics.quantiles(ratios, n=20)
        print(f"bounded / free of {len(ratios)} groups: median {statistics.median(ratios):.3f}, "
              f"of nine tenths {cuts[0]:.3f} to {cuts[-1]:.3f}")  # fmt: skip
        return
    names = [name for name in INPUTS if all(word in name for word in options.words)]
    beside, alone = poison(names)
    for name, told in beside.outcomes.items():
        print(f"| {name} |", " | ".join(told), "|")
    same = beside.neighbours == alone.neighbours
    print(f"{len(names)} hostile pages among {len(names) + 1} healthy ones: {beside.seconds:.0f} s, peak of a process "
          f"{beside.mib} MiB; held back: {beside.held_back}; neighbours as alone: {same}; "
          f"{len(alone.neighbours['articles'])} alone: {alone.seconds:.0f} s, {alone.mib} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
