"""How fast pages come from the web into raw/, with archiving: prints pages a second, and processor time a page.

    python -m benchmarks.fetching [--hosts 20] [--articles 100]

The server is a process of its own on loopback (tests/web), pages are about 30 kB, there is no delay between requests.
"""

import argparse
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline import run
from pipeline.settings import Settings


@contextmanager
def served(hosts: int, articles: int) -> Iterator[int]:
    """Yield the port of a test web with so many publishers; every name below .example is this machine meanwhile."""
    command = [sys.executable, "-m", "tests.web", "--hosts", str(hosts), "--articles", str(articles)]
    real = socket.getaddrinfo
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        socket.getaddrinfo = lambda host, *more, **named: real("127.0.0.1", *more, **named)
        try:
            yield port
        finally:
            socket.getaddrinfo = real
            server.terminate()


def main() -> None:
    """Plan and capture one batch and print what it took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hosts", type=int, default=20)
    options.add_argument("--articles", type=int, default=100)
    given = options.parse_args()
    with served(given.hosts, given.articles) as port, tempfile.TemporaryDirectory() as scratch:
        urls = [f"http://host-{number}.example:{port}/feed.xml" for number in range(given.hosts)]
        sources = Path(scratch, "sources.toml")
        more = "allow_private = true\ndelay_seconds = 0\nmax_pages = 100000\n"
        sources.write_text(f'[sources.web]\nkind = "feed"\nurls = {urls}\n{more}')
        settings = Settings(home=Path(scratch, "home"), sources=sources, chunk_documents=100_000)
        batch_ids = run.plan_night(settings, datetime.now(UTC).date())
        (group,) = run.chunk_groups(settings, batch_ids)
        wall, cpu = time.monotonic(), _cpu()
        pages = sum(run.capture_chunk(settings, ref)["captures"] for ref in group)
        wall, cpu = time.monotonic() - wall, _cpu() - cpu
        size = sum(path.stat().st_size for path in settings.raw.rglob("0*.warc.gz"))
    speed = f"{pages / wall:.0f} a second, {1000 * cpu / pages:.2f} CPU ms each"
    print(f"{pages} pages, {size / pages / 1000:.1f} kB each in raw/: {speed}")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
