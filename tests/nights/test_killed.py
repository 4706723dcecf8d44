"""Fetching that is killed: the next try asks only for what is missing, and the archive is sound."""

import os
import random
import signal
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline import archive, run, verify
from pipeline.settings import Settings
from tests.nights.test_fetched import configured, names, rows, source
from tests.web.publisher import Publisher
from tests.web.reply import Reply, Request
from tests.web.server import Page, serve

POINTS = 20
ARTICLES = 30
SECONDS = 0.6
"""What fetching all of them takes at least."""
DAY = date(2026, 3, 1)

__all__ = ["names"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def slow(page: Page) -> Page:
    """Return a page that takes its time, so that kills meet all of its moments."""

    def answer(request: Request) -> Reply:
        assert callable(page)
        reply = page(request)
        return Reply(
            status=reply.status, headers=reply.headers, body=reply.body, pause=SECONDS / ARTICLES / 4, piece=4096
        )

    return answer


def killed(settings: Settings, ref: str, after: float) -> int:
    """Capture a chunk in a child that is killed after so many seconds; return its exit status."""
    child = os.fork()
    if child == 0:
        run.capture_chunk(settings, ref)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_fetching_that_is_killed_asks_again_only_for_what_is_missing(tmp_path: Path) -> None:
    herald = Publisher(host="herald.example", articles=ARTICLES, listed=ARTICLES, padding=8000)
    site = {path: slow(page) if "/news/" in path else page for path, page in herald.site(1).items()}
    chance = random.Random(7)
    ends = Counter[int]()
    with serve({"herald.example": site}) as web:
        for point in range(POINTS):
            folder = tmp_path / f"{point}"
            folder.mkdir()
            settings = configured(folder, source("herald", web.url("herald.example", "/feed.xml")))
            (batch,) = run.plan_night(settings, DAY)
            web.log.clear()
            ends[killed(settings, f"{batch}/0000", chance.uniform(0.05, 1.5 * SECONDS))] += 1
            run.capture_chunk(settings, f"{batch}/0000")
            path = settings.raw / batch / "0000.warc.gz"
            captures = [found.source_key for found in archive.read(path, path.name, settings.raw)]
            assert len(captures) == len(set(captures)) == ARTICLES
            asked = Counter(each.target for each in web.asked() if "/news/" in each.target)
            assert len(asked) == ARTICLES
            assert sum(asked.values()) <= ARTICLES + 2  # what was under way, and what had come and was not yet written
            with path.open("rb") as file:
                assert sum(record.rec_type == "response" for record in ArchiveIterator(file)) >= ARTICLES
        assert ends[-signal.SIGKILL] >= POINTS // 2, ends
        run.night(settings, [batch], lambda *_: None)
        assert rows(settings, "captures", "count(*), count(DISTINCT source_key)") == [(ARTICLES, ARTICLES)]
        assert list(verify.verify(settings, lambda *_: None)) == []
