"""The whole way from WARC to lake beside other pipelines, on the gold pages several times over; prints the ratios.

    python -m benchmarks.corpus --gold DIR [--datatrove PYTHON] [--newsplease PYTHON]

DIR has pages/*.warc.gz. Each PYTHON is the interpreter of an environment with that program in it:

    uv venv --python 3.11 A && uv pip install --python A 'datatrove[io,processing]==0.10.1' lxml_html_clean
    uv venv --python 3.11 B && uv pip install --python B 'news-please==1.6.16'

(datatrove brings the trafilatura below 1.12 that it needs.) Programs run in turns, `--rounds` times; of each the median
wall time counts. Nothing else should run on the machine.
"""

import argparse
import ctypes
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pipeline.warc.frames import frames

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
LOAD = "from pipeline.cli import main; main()"
DATATROVE = """
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import ParquetWriter

if __name__ == "__main__":
    corpus, out, tasks = sys.argv[1:]
    extractor = Trafilatura(favour_precision=True, timeout=60)
    steps = [WarcReader(corpus, glob_pattern="*.warc.gz"), extractor, ParquetWriter(out)]
    LocalPipelineExecutor(pipeline=steps, tasks=int(tasks), workers=2, logging_dir=out + "-logs").run()
"""
NEWSPLEASE = """
import sys
from newsplease import NewsPlease
from warcio.archiveiterator import ArchiveIterator

path, most = sys.argv[1], int(sys.argv[2])
done = failed = 0
with open(path, "rb") as file:
    for record in ArchiveIterator(file):
        if record.rec_type == "response" and done + failed < most:
            try:
                done += NewsPlease.from_warc(record) is not None
            except Exception:
                failed += 1
print(done, failed)
"""


class Run(NamedTuple):
    """One program once over the corpus: seconds by the clock, processor seconds of all its processes."""

    wall: float
    cpu: float


def corpus(gold: Path, folder: Path, copies: int) -> int:
    """Write the gold WARC files so many times, with other URLs and record ids each time; return the pages."""
    pages = 0
    for source in sorted((gold / "pages").glob("*.warc.gz")):
        for copy in range(copies):
            with (
                source.open("rb") as file,
                (folder / f"{source.name.partition('.')[0]}-{copy}.warc.gz").open("wb") as out,
            ):
                for frame in frames(file):
                    pages += b"WARC-Type: response" in frame.data[:1000]
                    deflate = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
                    out.write(deflate.compress(renamed(frame.data, copy)) + deflate.flush())
    return pages


def renamed(record: bytes, copy: int) -> bytes:
    """Return a WARC record under an id and a URL of its own."""
    head, blank, rest = record.partition(b"\r\n\r\n")
    identity = re.search(rb"WARC-Record-ID: <([^>]*)>", head)
    other = uuid.uuid5(uuid.NAMESPACE_URL, f"{identity[1]!r} {copy}") if identity else uuid.uuid4()
    head = re.sub(rb"WARC-Record-ID: <[^>]*>", f"WARC-Record-ID: <urn:uuid:{other}>".encode(), head)
    target = re.search(rb"WARC-Target-URI: <?([^>\r\n]*)>?", head)
    if target:
        mark = b"&" if b"?" in target[1] else b"?"
        head = head.replace(target[0], b"WARC-Target-URI: " + target[1] + mark + b"copy=%d" % copy)
    return head + blank + rest


def timed(command: list[str], log: Path) -> Run:
    """Run a command and all that it starts to their end and return what they took; what they say goes to a file."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1)  # processes of datatrove outlive the one that started them
    start = time.monotonic()
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd=Path(__file__).parent.parent)
        _, status, used = os.wait4(process.pid, 0)
    wall, cpu = time.monotonic() - start, used.ru_utime + used.ru_stime
    with suppress(ChildProcessError):
        while True:
            used = os.wait3(0)[2]
            cpu += used.ru_utime + used.ru_stime
    if status:
        sys.exit(f"{' '.join(command[:4])} ... failed, see {log}")
    return Run(wall, cpu)


def main() -> None:
    """Time the programs in turns and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--datatrove", type=Path)
    parser.add_argument("--newsplease", type=Path)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--newsplease-pages", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare(given, Path(scratch))


def compare(given: argparse.Namespace, scratch: Path) -> None:
    """Make the corpus, run everything and print a table."""
    folder = scratch / "corpus"
    folder.mkdir()
    pages = corpus(given.gold, folder, given.copies)
    files = sorted(folder.iterdir())
    runs: dict[str, list[Run]] = {}
    log = Path(tempfile.gettempdir()) / "corpus-benchmark.log"
    for number in range(given.rounds):
        for workers in (1, 2):
            home = scratch / f"home-{number}-{workers}"
            load = ["load", str(folder), "--home", str(home), "--date", "2026-03-01", "--workers", str(workers)]
            runs.setdefault(f"newsmill, {workers} workers", []).append(timed([sys.executable, "-c", LOAD, *load], log))
        if given.datatrove:
            out = str(scratch / f"datatrove-{number}")
            script = scratch / "with_datatrove.py"
            script.write_text(DATATROVE)
            command = [str(given.datatrove), str(script), str(folder), out, str(len(files))]
            runs.setdefault("datatrove, 2 workers", []).append(timed(command, log))
    print(f"{pages} pages, {os.cpu_count()} cores, {given.rounds} rounds; log in {log}")
    wall = {name: statistics.median(run.wall for run in of) for name, of in runs.items()}
    for name, of in runs.items():
        cpu = statistics.median(run.cpu for run in of)
        speed = f"{wall[name]:7.1f} s {pages / wall[name]:6.1f} pages/s"
        print(f"{name:20} {speed} {cpu:7.1f} CPU s {pages / cpu:6.1f} pages/CPU s")
    one, two = wall["newsmill, 1 workers"], wall["newsmill, 2 workers"]
    print(f"two workers / one: {one / two:.2f}")
    if given.datatrove:
        print(f"newsmill / datatrove: {wall['datatrove, 2 workers'] / two:.2f}")
    if given.newsplease:
        path = next(path for path in files if path.name.startswith("scrapinghub"))
        used = timed([str(given.newsplease), "-c", NEWSPLEASE, str(path), str(given.newsplease_pages)], log)
        theirs = given.newsplease_pages / used.cpu
        ours = pages / statistics.median(run.cpu for run in runs["newsmill, 1 workers"])
        print(f"news-please: {theirs:.2f} pages/CPU s; newsmill / news-please a core: {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
