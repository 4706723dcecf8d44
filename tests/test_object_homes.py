"""Whole nights in an object store, on several machines: the same lake as on a disk, whatever the store or a kill does."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from unittest import mock

import pytest

from pipeline import (
    commits,
    export,
    homes,
    lake,
    lookup,
    maintenance,
    objects,
    preparation,
    query,
    rebuild,
    replay,
    run,
    search,
    takedown,
    verify,
)
from pipeline.settings import Settings
from tests import rows
from tests.buckets import BUCKET, Bucket, Request, machine, running
from tests.conftest import DAYS, SEEDS

pytestmark = pytest.mark.slow
PUBLISHERS = 32


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with running(Bucket()) as bucket:
        for name, value in bucket.environment().items():
            monkeypatch.setenv(name, value)
        urllib.request.urlopen(urllib.request.Request(f"{bucket.endpoint}/moto-api/reset", method="POST"))
        urllib.request.urlopen(urllib.request.Request(f"{bucket.endpoint}/{BUCKET}", method="PUT"))
        objects._connected.cache_clear()
        yield bucket


def there(cache: Path) -> Settings:
    return replace(machine(cache, SEEDS), chunk_documents=8)


def night(settings: Settings, day: date) -> None:
    run.night(settings, run.plan_night(settings, day), silent)


def contents(settings: Settings) -> dict[str, bytes]:
    folder = homes.whole(settings.lake)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def findings(settings: Settings) -> list[verify.Finding]:
    return list(verify.verify(settings, silent))


def test_nights_of_two_machines_give_the_bytes_of_one_with_a_disk(
    sample: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    one, two = there(tmp_path / "one"), there(tmp_path / "two")
    night(one, DAYS[0])
    night(two, DAYS[1])
    assert contents(two) == contents(sample)
    before = len(bucket.seen)
    night(two, DAYS[0])
    asked = bucket.seen[before:]
    assert contents(one) == contents(sample)
    assert findings(one) == []
    listed = [request.key for request, _ in asked if request.method == "GET" and not request.key]
    print(f"requests of a rerun: {len(asked)}, of them lists: {len(listed)}")
    assert len(listed) <= 3  # of what duplicates were computed from; no step of a chunk or month lists anything

    new = there(tmp_path / "three")
    with query.connect(new.home) as connection:
        found = connection.sql("SELECT article_id FROM articles_current ORDER BY ALL").fetchall()
    for (article,) in found[:3]:
        assert lookup.payload(new, article) == lookup.payload(sample, article)
    assert not list(new.raw.rglob("*.warc.gz"))  # only the ranges of these records were fetched
    assert [hit.article_id for hit in search.hits(new.home, ["harbour"])] == [
        hit.article_id for hit in search.hits(sample.home, ["harbour"])
    ]
    parts = [export.export(each, tmp_path / name)["files"] for each, name in ((new, "a"), (sample, "b"))]
    assert parts[0] == parts[1]
    views = homes.here(new.home / "newsmill.sql").read_text("utf-8")
    assert "'s3://news/at/home/lake/articles/*/*.parquet'" in views


def test_a_takedown_a_rebuild_and_maintenance_are_as_on_a_disk(
    sample_copy: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    remote = there(tmp_path / "one")
    for day in DAYS:
        night(remote, day)
    with query.connect(sample_copy.home) as connection:
        row = connection.execute(
            "SELECT article_id FROM articles_current WHERE source_id = 'courier' ORDER BY ALL"
        ).fetchone()
    assert row is not None
    now = datetime(2026, 3, 9, tzinfo=UTC)
    for settings in (sample_copy, there(tmp_path / "two")):
        wanted = takedown.make(settings, takedown.Wanted(articles=[row[0]]), now, silent)
        assert takedown.take_down(settings, wanted, silent).name.endswith(".json")
    assert contents(remote) == contents(sample_copy)
    assert findings(remote) == []
    assert rebuild.rebuild(there(tmp_path / "three"), silent).differences == []
    assert contents(remote) == contents(sample_copy)
    for settings in (sample_copy, there(tmp_path / "two")):
        refused = replay.select(settings, "empty_body")
        assert refused
        assert not any(batch.problem for batch in replay.replay(settings, refused, silent))
    assert contents(remote) == contents(sample_copy)
    later = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1)
    freed = {item.what for item in maintenance.maintain(remote, later, 1)}
    assert "work" in freed
    assert not homes.matching(remote.work, "*/extract/*/*.parquet")
    night(remote, DAYS[0])
    assert contents(remote) == contents(sample_copy)


class Publisher:
    """One of many machines that publish to the same month, each one batch of one article."""

    def __init__(self, cache: Path, number: int) -> None:
        self.settings, self.id = machine(cache / str(number)), f"s{number:02d}-2026-03-01"
        made = [rows.article(self.id, "k", f"http://u{number}.example/a", f"text {number}")]
        captures = [{"batch_id": self.id, "capture_id": made[0]["capture_id"], "article_id": made[0]["article_id"],
                     "outcome": "extracted"}]  # fmt: skip
        self.tables = {"articles": rows.table("articles", made), "captures": rows.table("captures", captures)}

    def publish(self) -> None:
        prepared = preparation.Preparation(self.settings, self.id)
        prepared.add(self.tables, {name: ["2026-03"] for name in self.tables})
        prepared.finish(True)
        for month in commits.touched(self.settings, self.id, preparation.prepared(self.settings, self.id)):
            lake.publish_month(self.settings, [self.id], month)
        commits.commit(self.settings, self.id, {})


@pytest.mark.parametrize("locked", [True, False], ids=["with locks", "without any lock"])
def test_32_publishers_of_one_month_make_one_file_with_all_rows(bucket: Bucket, tmp_path: Path, locked: bool) -> None:
    publishers = [Publisher(tmp_path, number) for number in range(PUBLISHERS)]
    locks = nullcontext() if locked else mock.patch("pipeline.object_locks.held", return_value=nullcontext())
    with locks, ThreadPoolExecutor(PUBLISHERS) as threads:
        list(threads.map(Publisher.publish, publishers))
    new = machine(tmp_path / "new")
    found = homes.matching(new.lake / "articles", "*/*")
    assert [path.parent.name for path in found] == ["month=2026-03"]
    with query.connect(new.home) as connection:
        assert (
            connection.execute("SELECT count(*), count(DISTINCT batch_id) FROM articles").fetchone()
            == (PUBLISHERS,) * 2
        )
    refused = bucket.counts("PUT", 412, "at/home/lake/")
    told = (
        f"{len(bucket.seen)} requests, {refused} months and {bucket.counts('PUT', 412) - refused} others answered 412"
    )
    print(told)
    assert refused == 0 if locked else refused > 0
    assert len(bucket.seen) < 250 * PUBLISHERS


def test_a_store_that_refuses_for_a_while_only_takes_longer(sample: Settings, bucket: Bucket, tmp_path: Path) -> None:
    count = [0]

    def refuse(request: Request) -> int | None:
        count[0] += 1
        if count[0] % 19 == 0:
            return 503
        return 412 if request.conditional and count[0] % 7 == 0 else None

    bucket.refuse = refuse
    remote = there(tmp_path / "one")
    night(remote, DAYS[0])
    bucket.refuse = lambda _: None
    night(remote, DAYS[1])
    assert contents(remote) == contents(sample)
    answers = [answer for _, answer in bucket.seen]
    print(f"{len(answers)} requests, {answers.count(503)} answered 503, {answers.count(412)} 412")


NIGHT = """
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from pipeline import run
from pipeline.settings import Settings
settings = replace(Settings.from_environment(sources=Path(sys.argv[1])), workers=0, chunk_documents=8)
run.night(settings, run.plan_night(settings, date(2026, 3, 1)), lambda step, done, total: None)
"""


@pytest.mark.parametrize("where", ["lake/quotes/"])
def test_a_night_that_is_killed_while_it_publishes_is_ended_by_the_next(
    sample: Settings, bucket: Bucket, tmp_path: Path, where: str
) -> None:
    process: list[subprocess.Popen[bytes]] = []

    def kill(request: Request) -> int | None:
        if request.method == "PUT" and request.key.startswith(f"at/home/{where}"):
            bucket.refuse = lambda _: None
            os.kill(process[0].pid, signal.SIGKILL)
        return None

    bucket.refuse = kill
    environment = {"NEWSMILL_HOME": "s3://news/at/home", "NEWSMILL_CACHE": str(tmp_path / "one"), "PYTHONPATH": "."}
    environment = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process.append(subprocess.Popen([sys.executable, "-c", NIGHT, str(SEEDS)], env=environment))
    assert process[0].wait() == -signal.SIGKILL
    with mock.patch("pipeline.object_locks.LEASE_SECONDS", 1.0):
        for day in DAYS:
            night(there(tmp_path / "two"), day)
    assert contents(there(tmp_path / "three")) == contents(sample)
    assert findings(there(tmp_path / "three")) == []
