"""A home in an object store, seen from several machines: each has a mirror of its own and no other memory."""

import errno
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pyarrow as pa
import pytest

from pipeline import (
    archive,
    blanking,
    homes,
    leases,
    lines,
    maintenance,
    object_locks,
    objects,
    plan,
    settings,
    store,
    tombstones,
    vacated,
    verdicts,
)
from pipeline.errors import ConfigurationError, TransientError
from pipeline.model import Document, Refusal, Source
from pipeline.objects import ChangedError, Version
from pipeline.settings import Settings
from tests.buckets import BUCKET, Bucket, Request, machine, running

SCHEMA = pa.schema([("number", pa.int64())])


@pytest.fixture(scope="module")
def served() -> Iterator[Bucket]:
    with running(Bucket()) as bucket:
        yield bucket


@pytest.fixture
def bucket(served: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    served.refuse = lambda _: None
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(urllib.request.Request(f"{served.endpoint}/moto-api/reset", method="POST"))
    urllib.request.urlopen(urllib.request.Request(f"{served.endpoint}/{BUCKET}", method="PUT"))
    objects._connected.cache_clear()
    served.seen.clear()
    return served


@pytest.fixture
def two(bucket: Bucket, tmp_path: Path) -> tuple[Settings, Settings]:
    return machine(tmp_path / "one"), machine(tmp_path / "two")


@pytest.mark.parametrize("text", ["s3://news/at/home", "s3:/news/at/home", "s3://news/at/home/"])
def test_a_url_is_a_home_whose_mirror_is_in_the_cache(text: str, tmp_path: Path) -> None:
    home = machine(tmp_path, home=text).home
    assert home.is_relative_to(tmp_path)
    place = objects.place(home / "raw" / "a" / "plan.json")
    assert place is not None
    assert place[:2] == ("s3://news/at/home", "raw/a/plan.json")


@pytest.mark.parametrize(
    "text",
    [
        *("http://news/home", "s3://", "s3://news/a?b", "ftp://news", "S3://news/a", "s3://key:secret@news/a"),
        *("s3://news/../a", "s3://news/@/a", "s3://news/a/@", "s3://news/a\nb"),
    ],
)
def test_a_url_of_anything_else_is_no_home(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no home") as told:
        machine(tmp_path, home=text)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("name", ["tmp/a", "work/duplicates/2026-03/a", "locks/hosts/a", "raw/b/0000.warc.gz.part"])
def test_scratch_and_caches_are_of_one_machine_whatever_the_home_is_called(name: str, tmp_path: Path) -> None:
    assert objects.place(machine(tmp_path, home="s3://news/tmp/work").home / name) is None
    assert objects.place(tmp_path / "var" / "raw" / "a") is None


def test_what_one_machine_writes_another_reads(two: tuple[Settings, Settings]) -> None:
    first, second = two
    store.write_json(first.commits / "a.json", {"n": 1})
    assert homes.exists(second.commits / "a.json")
    assert store.read_json(second.commits / "a.json") == {"n": 1}
    store.write_json(second.commits / "a.json", {"n": 2})
    assert store.read_json(first.commits / "a.json") == {"n": 2}
    store.remove(first.commits / "a.json")
    assert store.find_json(second.commits / "a.json") is None
    assert not homes.exists(second.commits / "a.json")
    assert not (second.commits / "a.json").exists()


def test_what_is_as_it_was_is_not_fetched_again(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    path = two[0].lake / "articles" / "month=2026-03" / "data.parquet"
    store.write_tables(path, SCHEMA, [pa.table({"number": range(10)}, SCHEMA)], two[0].home / "tmp")
    for _ in range(3):
        assert store.read_table(path).num_rows == 10
    assert (bucket.counts("GET", 200), bucket.counts("GET", 304)) == (0, 3)


def test_a_copy_that_was_tampered_with_or_half_noted_does_not_count(two: tuple[Settings, Settings]) -> None:
    path = two[0].commits / "a.json"
    store.write_json(path, {"n": 1})
    path.write_text("{}")
    assert store.read_json(path) == {"n": 1}


def test_a_mirror_may_be_deleted(two: tuple[Settings, Settings]) -> None:
    path = two[0].commits / "a.json"
    store.write_json(path, {"n": 1})
    path.unlink()
    assert store.read_json(path) == {"n": 1}


def test_files_are_found_by_patterns_as_on_a_disk(two: tuple[Settings, Settings], tmp_path: Path) -> None:
    names = ("a/plan.json", "b/plan.json", "b/0000.warc.gz", "b/verdicts/0000.extract.json", "ab/x.json")
    found = []
    for raw in (two[0].raw, tmp_path / "disk" / "raw"):
        for name in names:
            store.write_json(raw / name, name)
        patterns = ("*/plan.json", "*", "**/*.json", "a*/*", "b/verdicts/*.extract.json", "c/*")
        found.append([[path.relative_to(raw).as_posix() for path in homes.matching(raw, each) if path.is_file()]
                      for each in patterns])  # fmt: skip
    assert found[0] == found[1]
    assert [homes.is_folder(two[1].raw / name) for name in ("a", "b", "c", "ab")] == [True, True, False, True]


def test_all_below_a_directory_is_fetched_and_what_is_gone_goes(two: tuple[Settings, Settings]) -> None:
    first, second = two
    for month in ("2026-01", "2026-02"):
        store.write_json(first.lake / month / "a.json", month)
    assert sorted(path.parent.name for path in homes.whole(second.lake).rglob("*.json")) == ["2026-01", "2026-02"]
    store.remove(first.lake / "2026-01" / "a.json")
    assert [path.parent.name for path in homes.whole(second.lake).rglob("*.json")] == ["2026-02"]


def test_after_a_takedown_on_one_machine_the_mirrors_of_others_keep_nothing_of_it(
    two: tuple[Settings, Settings], bucket: Bucket
) -> None:
    first, second = two
    names = ("raw/b/0000.warc.gz", "reports/b/report.html", "work/b/mine/0000.json", "lake/a/m/data.parquet")
    for name in (*names, "raw/b/plan.json"):
        store.write_json(first.home / name, "what it told")
        homes.here(second.home / name)
    order = first.commits / "takedowns" / "o.json"
    store.write_json(order, {})
    tombstones.add(first, ["article"])
    for name in (names[0], names[3]):
        store.write_json(first.home / name, "blank")
    assert tombstones.read(second)
    for name in names[1:3]:
        store.remove(first.home / name)
    store.remove(order)
    assert tombstones.read(second)
    assert not [name for name in names[:3] if (second.home / name).exists()]
    assert (second.home / names[3]).read_text().strip() == '"blank"'  # what a query has open is replaced, not removed
    assert (second.raw / "b" / "plan.json").exists()
    bucket.seen.clear()
    assert tombstones.read(second)
    assert len(bucket.seen) == 1


def test_maintenance_lets_old_and_changed_copies_go_and_no_object(two: tuple[Settings, Settings]) -> None:
    first, second = two
    paths = {name: second.home / name for name in ("raw/b/0000.warc.gz", "raw/b/plan.json", "lake/a/m/data.parquet")}
    for name, path in paths.items():
        store.write_json(first.home / name, name)
        homes.here(path)
    store.write_json(first.raw / "b" / "plan.json", "another")
    for days, gone in ((0, ["raw/b/plan.json"]), (2, ["raw/b/0000.warc.gz"])):
        now = datetime.now(UTC) + timedelta(days=days)
        for dry_run in (True, False):
            freed = [item.path for item in maintenance.maintain(second, now, 1, dry_run) if item.what == "copy"]
            assert [path.relative_to(second.home).as_posix() for path in freed if path in paths.values()] == gone
    assert [path.exists() for path in paths.values()] == [False, False, True]
    assert [store.read_json(path) for path in paths.values()] == [
        "raw/b/0000.warc.gz",
        "another",
        "lake/a/m/data.parquet",
    ]


def test_what_a_rebuild_put_aside_on_this_machine_is_found_by_who_looks_for_it(two: tuple[Settings, Settings]) -> None:
    path = two[0].work / "rebuild" / "before" / "data.parquet"
    store.write_json(path, 1)
    store.write_json(two[0].work / "b" / "a.parquet", 1)
    assert homes.matching(two[0].work, "**/*.parquet") == [two[0].work / "b" / "a.parquet", path]
    assert homes.matching(two[1].work, "**/*.parquet") == [two[1].work / "b" / "a.parquet"]


def test_of_a_file_of_which_little_is_read_little_is_fetched(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    path, content = two[0].raw / "b" / "0000.warc.gz", bytes(range(256)) * 8192
    with store.replacing(path) as temporary:
        temporary.write_bytes(content)
    bucket.seen.clear()
    with homes.opened(two[1].raw / "b" / "0000.warc.gz") as file:
        file.seek(1_000_001)
        assert file.read(100) == content[1_000_001:1_000_101]
        assert (file.seek(0, 2), file.read(1)) == (len(content), b"")
    assert [request.ranged for request, _ in bucket.seen if request.method == "GET"] == [True]
    assert not (two[1].raw / "b" / "0000.warc.gz").exists()


def test_lines_and_names_of_two_machines_are_all_kept(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(16):
            threads.submit(lines.append, two[number % 2].commits / "intents" / "b", f"2026-{number:02d}")
            threads.submit(lines.add_names, two[number % 2].raw / "tombstones", [f"{number:064x}"])
    assert len(set(lines.read(two[0].commits / "intents" / "b"))) == 16
    bucket.seen.clear()
    assert len(lines.names(two[1].raw / "tombstones")) == 16
    assert bucket.counts("GET") == 1


def test_a_version_is_only_replaced_while_it_is_the_present_one(two: tuple[Settings, Settings]) -> None:
    first, second = (each.commits / "a.json" for each in two)
    for there in ({}, {"n": 1}):
        with homes.version(first, two[0].home / "tmp") as before:
            store.write_json(second, {"n": 1, **there, "by": "another"} if there else {"n": 1})
            with pytest.raises(ChangedError):
                store.write_json(first, {"n": 3}, before)
        assert store.read_json(first)["n"] == 1


def test_a_pinned_version_stays_what_it_was(two: tuple[Settings, Settings]) -> None:
    first, second = (each.commits / "a.json" for each in two)
    store.write_json(first, {"n": 1})
    with homes.version(first, two[0].home / "tmp") as before:
        store.write_json(second, {"n": 2})
        assert store.read_json(first) == {"n": 2}
        assert before.path is not None
        assert store.read_json(before.path) == {"n": 1}
    assert not list((two[0].home / "tmp").iterdir())


def test_a_month_without_rows_loses_its_file_and_whoever_read_it_before_notices(
    two: tuple[Settings, Settings],
) -> None:
    first, second = (each.lake / "a" / "month=2026-01" / "data.parquet" for each in two)
    store.write_tables(first, SCHEMA, [pa.table({"number": [1]}, SCHEMA)], two[0].home / "tmp")
    with homes.version(second, two[1].home / "tmp") as late:
        store.swap(first, two[0].home / "tmp", lambda before: store.write_tables(first, SCHEMA, [], over=before))
        assert not homes.exists(second)
        with pytest.raises(ChangedError):
            store.write_tables(second, SCHEMA, [pa.table({"number": [2]}, SCHEMA)], over=late)


def test_who_is_never_the_faster_gives_up_with_an_error_that_a_retry_heals(two: tuple[Settings, Settings]) -> None:
    def attempt(_: Version) -> None:
        raise ChangedError

    with mock.patch("time.sleep"), pytest.raises(TransientError, match="replaced 20 times"):
        store.swap(two[0].commits / "a.json", two[0].home / "tmp", attempt)


def test_a_lock_is_held_by_one_machine_at_a_time(two: tuple[Settings, Settings]) -> None:
    inside, most = [0], [0]

    def work(number: int) -> None:
        with store.locked(two[number % 2].home / "locks" / "2026-03.lock"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(12)))
    assert most == [1]


def test_the_lock_of_a_dead_machine_is_taken_over_and_that_of_a_living_one_is_not(
    two: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_locks, "LEASE_SECONDS", 1.2)
    paths = [each.home / "locks" / "a.lock" for each in two]
    with store.locked(paths[0]):
        monkeypatch.setattr(store, "LOCK_SECONDS", 2.5)
        with pytest.raises(TransientError, match="by another machine"), store.locked(paths[1]):
            pass
    at = objects.place(paths[0])
    assert at is not None
    objects.write(at, b"a-machine-that dies 0", objects.read(at)[1])
    monkeypatch.setattr(store, "LOCK_SECONDS", 60.0)
    with store.locked(paths[1]):
        assert threading.active_count() > 1


def test_the_lock_of_a_dead_process_of_this_machine_is_free_at_once(two: tuple[Settings, Settings]) -> None:
    path = two[0].home / "locks" / "a.lock"
    store.make_directory(path.parent)
    at = objects.place(path)
    assert at is not None
    objects.write(at, f"{object_locks._machine(path)} dead 0".encode())
    with mock.patch.object(store, "LOCK_SECONDS", 20.0), store.locked(path):
        pass


def test_a_lock_stays_with_its_holder_when_the_answer_to_its_renewal_is_lost(
    two: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_locks, "LEASE_SECONDS", 0.9)
    monkeypatch.setattr(store, "LOCK_SECONDS", 2.0)
    lost, write = [0], objects.write

    def lose(at: objects.Place, content: bytes, over: objects.Tag | None = None) -> objects.Tag:
        made = write(at, content, over)
        if content.endswith(b" 1") and not lost[0]:  # it is sent again after that, and meets itself
            lost[0] += 1
            raise ChangedError(at.key)
        return made

    monkeypatch.setattr(objects, "write", lose)
    paths = [each.home / "locks" / "a.lock" for each in two]
    with store.locked(paths[0]), pytest.raises(TransientError, match="by another machine"), store.locked(paths[1]):
        pass
    assert lost == [1]


def test_who_was_silent_until_another_took_its_lock_is_told_when_it_lets_go(
    two: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_locks, "LEASE_SECONDS", 0.3)
    paths = [each.home / "locks" / "a.lock" for each in two]
    monkeypatch.setattr(object_locks._Renewing, "run", lambda _: None)
    over = pytest.raises(TransientError, match="another may hold it now")
    with over, store.locked(paths[0]), store.locked(paths[1]):
        pass
    with store.locked(paths[0]):
        pass


def test_who_was_silent_for_as_long_as_a_lock_stays_writes_nothing_more(
    two: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_locks, "LEASE_SECONDS", 0.3)
    monkeypatch.setattr(object_locks._Renewing, "run", lambda _: None)
    first, second = (each.raw / "b" / "known.json" for each in two)
    store.write_json(second, 0)
    with store.locked(two[0].home / "locks" / "plan.b.lock"):
        store.write_json(first, 1)
        time.sleep(0.4)
        for change in (partial(store.write_json, first, 2), partial(store.remove, first)):
            with pytest.raises(TransientError, match="run it again"):
                change()
    assert store.read_json(second) == 1
    store.write_json(first, 3)


def test_who_was_stopped_while_planning_gets_the_plan_that_another_machine_made(
    two: tuple[Settings, Settings], tmp_path: Path
) -> None:
    source, day = Source(id="b", kind="text", path="in"), date(2026, 3, 1)
    made = []
    for number, there in enumerate(two):
        store.write_json(tmp_path / "in" / f"{number}.txt", number)
        with mock.patch("pipeline.homes.exists", return_value=False):  # it looked before there was one
            made.append(plan.make(there, source, tmp_path, day))
    assert made[0] is not None
    assert made[0] == made[1] == plan.load(two[0], "b-2026-03-01")
    assert len(made[0].inputs) == 1


def test_what_two_machines_blank_or_note_in_one_file_at_once_is_all_kept(
    two: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, day = "b-2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)
    paths = [each.raw / batch / "0000.warc.gz" for each in two]
    documents = [Document(name, name.encode() * 99, 0, 0, url=f"http://b.example/{name}") for name in "xy"]
    archive.write(paths[0], documents, Source(id="b", kind="text", path="b"), batch, day, {})
    captures = list(archive.read(paths[0], "0000.warc.gz", two[0].raw))
    work = []
    for number, there in enumerate(two):
        found, gone = captures[number], blanking.takedown(None, f"{number}")
        mark = blanking.Mark(found.offset, found.record_length, gone, True)
        work += [partial(blanking.blank_out, paths[number], [mark])]
        work += [partial(vacated.add, there, batch, [found._replace(taken_down=gone)])]
        work += [
            partial(verdicts.add, verdicts.path(there, batch, "0000", "extract"), str(number), Refusal("crashed", ""))
        ]
    fetch, reading = objects.fetch, threading.Barrier(2)

    def both_first(path: Path, at: objects.Place) -> Path:
        found = fetch(path, at)
        with suppress(threading.BrokenBarrierError):
            reading.wait(0.3)
        return found

    monkeypatch.setattr(objects, "fetch", both_first)
    with ThreadPoolExecutor(2) as threads:
        for at_once in (work[0::3], work[1::3], work[2::3]):
            list(threads.map(lambda call: call(), at_once))
    assert all(capture.taken_down for capture in archive.read(paths[0], "0000.warc.gz", two[0].raw))
    assert len(vacated.read(two[0], batch, "0000.warc.gz")) == 2
    assert len(verdicts.of_batch(two[0], batch, "extract")) == 2


def test_a_plan_does_not_ask_for_each_night_before_it(
    two: tuple[Settings, Settings], tmp_path: Path, bucket: Bucket
) -> None:
    source, day = Source(id="b", kind="text", path="in"), date(2026, 3, 1)
    store.write_json(tmp_path / "in" / "a.txt", "text")
    for other in ("a-2026-02-28", "b-2026-02-20", "b-2025-01-01", "b-2026-03-02", "ba-2026-02-28"):
        store.write_json(two[1].raw / other / "plan.json", {})
    bucket.seen.clear()
    assert plan.make(two[0], source, tmp_path, day) is not None
    assert len(bucket.seen) < 30
    baseline = store.read_json(two[0].raw / "b-2026-03-01" / "baseline.json")
    assert baseline == {"missing": [], "nights": [], "silent": []}
    assert homes.between(two[0].raw, "b-2025-12-01", "b-2026-03-01") == ["b-2026-02-20"]


def test_an_archive_that_another_machine_was_faster_to_fetch_or_to_load_stays(
    two: tuple[Settings, Settings], bucket: Bucket
) -> None:
    """It may have been indexed, published and blanked since; who was stopped meanwhile has other or older bytes."""
    paths = [each.raw / "b-2026-03-01" / "0000.warc.gz" for each in two]
    store.write_json(paths[0], "first")
    part = paths[1].with_name("0000.warc.gz.part")
    store.make_directory(part.parent)
    part.write_text("second")
    store.rename(part, paths[1])
    document = Document(source_key="a", payload=b"a", start=0, end=1)
    source = Source(id="b", kind="text", path="b")
    assert archive.write(paths[1], [document], source, "b-2026-03-01", datetime(2026, 3, 1, tzinfo=UTC), {}) == 1
    assert not part.exists()
    assert [store.read_json(path) for path in paths] == ["first", "first"]


def test_a_renewal_that_is_never_answered_does_not_cost_the_lock(
    two: tuple[Settings, Settings], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_locks, "LEASE_SECONDS", 1.5)
    monkeypatch.setattr(objects, "QUICK_SECONDS", 0.3)
    hanging = [1]

    def hang(request: Request) -> int | None:
        if request.method == "PUT" and hanging.pop() if hanging else False:
            time.sleep(3)
        return None

    path = two[0].home / "locks" / "a.lock"
    with store.locked(path):
        bucket.refuse = hang
        time.sleep(2)
        store.write_json(two[0].raw / "a.json", 1)
    assert not hanging


def test_a_lock_object_that_a_rule_of_the_bucket_deletes_does_no_harm(two: tuple[Settings, Settings]) -> None:
    path = two[0].home / "locks" / "a.lock"
    with pytest.raises(TransientError, match="run it again"), store.locked(path):
        store.remove(path)
    with store.locked(two[1].home / "locks" / "a.lock"):
        pass


class Generations(BaseHTTPRequestHandler):
    """What Google's store does with one object: it compares generations, and no ETag."""

    there: ClassVar[list[bytes]] = []

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        wanted = self.headers["x-goog-if-generation-match"]
        if wanted not in (None, str(len(self.there))):
            self.send_error(412)
            return
        self.there.append(content)
        self.answer(b"")

    def do_GET(self) -> None:
        if self.there:
            self.answer(self.there[-1])
        else:
            self.send_error(404)

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{hash(self.there[-1])}"')
        self.send_header("x-goog-generation", str(len(self.there)))
        self.send_header("Last-Modified", "Sun, 01 Mar 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_store_that_compares_generations_is_told_the_one_that_is_to_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Generations) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        key = {"gcs_base_url": f"http://127.0.0.1:{server.server_port}", "disable_oauth": True}
        key |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(key))
        one, two = (machine(tmp_path / name, home="gs://news/at").commits / "intents" / "b" for name in ("1", "2"))
        for path, month in ((one, "2026-01"), (two, "2026-02"), (one, "2026-03"), (two, "2026-04")):
            lines.append(path, month)
        assert lines.read(two) == ["2026-01", "2026-02", "2026-03", "2026-04"]
        server.shutdown()


def test_a_lease_is_as_old_as_the_last_step(two: tuple[Settings, Settings]) -> None:
    leases.take(two[0], ["b-2026-03-01"])
    assert leases.is_taken(two[1], "b-2026-03-01", 0)
    assert not leases.is_taken(two[1], "b-2026-03-01", 4e9)


def test_a_directory_is_put_aside_with_what_says_that_it_is_whole_first(
    two: tuple[Settings, Settings], bucket: Bucket
) -> None:
    folder = two[0].work / "b"
    for name in ("extract/0000/articles.parquet", "extract/0000.json"):
        store.write_json(folder / name, name)
    aside = store.put_aside(folder, two[0].home / "tmp")
    assert (aside / "extract" / "0000.json").exists()
    assert not homes.is_folder(two[1].work / "b")


def test_a_store_that_is_busy_for_a_while_is_asked_again(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    left = [3]

    def busy(_: object) -> int | None:
        left[0] -= 1
        return 503 if left[0] >= 0 else None

    bucket.refuse = busy
    store.write_json(two[0].commits / "a.json", {"n": 1})
    assert store.read_json(two[1].commits / "a.json") == {"n": 1}


def test_a_creation_that_is_refused_though_nothing_is_there_is_tried_again(
    two: tuple[Settings, Settings], bucket: Bucket
) -> None:
    left = [1, 1]
    bucket.refuse = lambda request: 412 if request.conditional and left and left.pop() else None
    path = store.make_directory(two[0].raw / "b") / "0000.warc.gz"
    with store.replacing(path, over=objects.NEW) as temporary:
        temporary.write_bytes(b"captured")
    assert homes.here(two[1].raw / "b" / "0000.warc.gz").read_bytes() == b"captured"


@pytest.mark.parametrize(("home", "status", "what"), [("s3://nowhere/a", 0, "no such bucket"), (None, 403, "refused")])
def test_a_wrong_bucket_or_key_is_a_configuration_error_and_asked_once(
    bucket: Bucket, tmp_path: Path, home: str | None, status: int, what: str
) -> None:
    bucket.refuse = lambda _: status or None
    there = machine(tmp_path, home=home or f"s3://{BUCKET}/a")
    with pytest.raises(ConfigurationError, match=what):
        store.write_json(there.commits / "a.json", {})
    with pytest.raises(ConfigurationError, match=what):
        homes.is_folder(there.raw)
    assert len(bucket.seen) == 2


def test_what_a_store_calls_its_refusal_is_told(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    bucket.refuse = lambda _: 403
    with pytest.raises(ConfigurationError, match=r"access is refused \(AccessDenied"):
        store.read_json(two[0].commits / "a.json")


def test_a_full_disk_of_a_mirror_is_no_fault_of_the_lake(two: tuple[Settings, Settings]) -> None:
    path = two[1].lake / "a" / "month=2026-01" / "data.parquet"
    store.write_tables(two[0].lake / path.relative_to(two[1].lake), SCHEMA, [pa.table({"number": [1]}, SCHEMA)])
    full = OSError(errno.ENOSPC, "No space left on device", str(path))
    with mock.patch("os.fsync", side_effect=full), pytest.raises(TransientError, match="no room"):
        store.read_table(path)
    assert not list(path.parent.iterdir())


def test_a_large_file_goes_in_parts_and_comes_back_as_it_was(two: tuple[Settings, Settings], bucket: Bucket) -> None:
    content = bytes(range(256)) * 40_000
    with store.replacing(two[0].raw / "b" / "0000.warc.gz") as temporary:
        temporary.write_bytes(content)
    assert bucket.counts("POST") == 2
    assert homes.here(two[1].raw / "b" / "0000.warc.gz").read_bytes() == content


def test_the_environment_names_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NEWSMILL_CACHE", raising=False)
    assert settings.Settings.from_environment(Path("gs://news")).home.is_relative_to(tmp_path / "newsmill")
