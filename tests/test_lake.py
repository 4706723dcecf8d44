"""The storage promise on the real publishing code: random histories, kills at any write, and readers meanwhile."""

import ast
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipeline import commits, contracts, identity, lake, preparation, store
from pipeline.errors import HeldBackError, IntegrityError
from pipeline.settings import Settings
from tests import rows

MONTHS = ("2026-01", "2026-02", "2026-03")


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it on purpose."""


@contextmanager
def killed_after(steps: int | None) -> Iterator[None]:
    """Let `steps` calls that change the disk pass, then die in the next."""
    left = [10**9 if steps is None else steps]

    def dying(call: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return call(*args, **kwargs)

        return step

    patches = [mock.patch.object(os, name, dying(getattr(os, name))) for name in ("replace", "fsync", "unlink")]
    with patches[0], patches[1], patches[2]:
        yield


class Batch:
    """A batch of a few captures; code 2 mends late ones and dates odd ones elsewhere, as a changed rule would."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.id = f"s-2026-03-{number + 1:02d}"
        self.captures: list[dict[str, Any]] = [
            {"key": f"k{i}", "url": f"http://u{rng.randint(0, 2)}.example/a", "text": f"text {rng.randint(0, 2)}",
             "month": rng.choice(MONTHS[:2]), "odd": rng.random() < 0.3, "late": rng.random() < 0.2}
            for i in range(rng.randint(1, 3))
        ]  # fmt: skip

    def prepare(self, settings: Settings, code: int) -> list[str]:
        seen = [capture for capture in self.captures if code == 2 or not capture["late"]]
        made = [rows.article(self.id, capture["key"], capture["url"], capture["text"]) for capture in seen]
        months = [MONTHS[2] if capture["odd"] and code == 2 else capture["month"] for capture in seen]
        quotes = [{name: row[name] for name in ("batch_id", "capture_id", "article_id", "version_id")} for row in made]
        ids = {row["capture_id"]: row["article_id"] for row in made}
        captures = [
            {"batch_id": self.id, "capture_id": (key := identity.capture_id(self.id, capture["key"])),
             "article_id": ids.get(key), "outcome": "extracted" if key in ids else "rejected"}
            for capture in self.captures
        ]  # fmt: skip
        prepared = preparation.Preparation(settings, self.id)
        tables = {
            "articles": rows.table("articles", made),
            "quotes": rows.table("quotes", quotes),
            "captures": rows.table("captures", captures),
        }
        prepared.add(tables, {"articles": months, "quotes": months, "captures": [MONTHS[2]] * len(captures)})
        prepared.finish(True)
        return commits.touched(settings, self.id, preparation.prepared(settings, self.id))


def publish(settings: Settings, batches: list[Batch], code: int) -> None:
    months = sorted({month for batch in batches for month in batch.prepare(settings, code)})
    ids = [batch.id for batch in batches]
    for month in months:
        lake.publish_month(settings, ids, month)
    for batch in ids:
        commits.commit(settings, batch, {})


def contents(settings: Settings) -> dict[str, bytes]:
    return {
        str(path.relative_to(settings.lake)): path.read_bytes() for path in sorted(settings.lake.rglob("*.parquet"))
    }


def bury(settings: Settings, url: str) -> None:
    path = settings.raw / "tombstones" / identity.tombstone(identity.digest32(url))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


class Histories(RuleBasedStateMachine):
    """Any history of runs, reruns, kills and changed code ends, after one more run of every batch, as one clean run."""

    @initialize(seed=st.integers(0, 2**32), count=st.integers(1, 4))
    def begin(self, seed: int, count: int) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.settings = Settings(home=Path(self.directory.name, "home"))
        self.batches = [Batch(number, random.Random(seed + number)) for number in range(count)]
        self.buried: list[str] = []

    @rule(numbers=st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True), code=st.sampled_from([1, 2]),
          steps=st.none() | st.integers(0, 60))  # fmt: skip
    def publish(self, numbers: list[int], code: int, steps: int | None) -> None:
        chosen = [self.batches[number % len(self.batches)] for number in numbers]
        try:
            with killed_after(steps):
                publish(self.settings, list({batch.id: batch for batch in chosen}.values()), code)
        except Killed:
            pass

    @rule(number=st.integers(0, 2))
    def take_down(self, number: int) -> None:
        if len(self.buried) < 1:
            self.buried.append(f"http://u{number}.example/a")
            bury(self.settings, self.buried[0])

    @rule()
    def lose_work_files(self) -> None:
        for path in sorted(self.settings.work.rglob("*.parquet")):
            path.unlink()

    def teardown(self) -> None:
        if not hasattr(self, "settings"):
            return
        with self.directory:
            for batch in reversed(self.batches):
                publish(self.settings, [batch], 2)
            clean = Settings(home=Path(self.directory.name, "clean"))
            for url in self.buried:
                bury(clean, url)
            publish(clean, self.batches, 2)
            assert contents(self.settings) == contents(clean)


Histories.TestCase.settings = hypothesis_settings(
    max_examples=25, stateful_step_count=5, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_histories_end_as_one_clean_run() -> None:
    many = hypothesis_settings(
        max_examples=200, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Histories, settings=many)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_a_month_that_was_published_but_not_committed_is_emptied_when_the_rule_changed(home: Settings) -> None:
    batch = Batch(0, random.Random(1))
    batch.captures = [capture | {"odd": True, "late": False, "month": MONTHS[0]} for capture in batch.captures]
    for month in batch.prepare(home, 1):
        lake.publish_month(home, [batch.id], month)
    publish(home, [batch], 2)
    assert lake.months_of(home, "articles") == [MONTHS[2]]


def test_a_taken_down_article_is_in_no_table_and_its_captures_say_so(home: Settings) -> None:
    batch = Batch(0, random.Random(1))
    batch.captures = [
        capture | {"late": False, "url": f"http://u{number}.example/a"} for number, capture in enumerate(batch.captures)
    ]
    publish(home, [batch], 2)
    bury(home, "http://u0.example/a")
    publish(home, [batch], 2)
    gone = identity.digest32("http://u0.example/a")
    for table in ("articles", "quotes"):
        assert all(
            gone not in store.read_table(path)["article_id"].to_pylist()
            for path in (home.lake / table).rglob("*.parquet")
        )
    captures = [
        row for path in (home.lake / "captures").rglob("*.parquet") for row in store.read_table(path).to_pylist()
    ]
    assert {row["outcome"] for row in captures if row["article_id"] == gone} == {"taken_down"}
    assert {row["outcome"] for row in captures if row["article_id"] != gone} <= {"extracted"}


def test_what_was_taken_down_while_a_publisher_was_silent_and_lost_its_lock_is_not_published(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, clean = Batch(0, random.Random(1)), Settings(home=tmp_path / "clean")
    bury(clean, batch.captures[0]["url"])
    publish(clean, [batch], 2)
    write, silent = store.write_tables, [True]

    def taken_down_first(*args: Any, **kwargs: Any) -> int:
        if silent.pop() if silent else False:
            bury(home, batch.captures[0]["url"])
        return write(*args, **kwargs)

    monkeypatch.setattr(lake, "locked", lambda *_: nullcontext())  # it passed to the machine that takes down
    monkeypatch.setattr(store, "write_tables", taken_down_first)
    publish(home, [batch], 2)
    assert contents(home) == contents(clean)


def test_a_batch_that_was_not_checked_is_not_published(home: Settings) -> None:
    with pytest.raises(IntegrityError, match="not checked"):
        lake.publish_month(home, ["s-2026-03-01"], MONTHS[0])


def test_a_batch_that_was_held_back_is_not_published(home: Settings) -> None:
    preparation.Preparation(home, "s-2026-03-01").finish(False)
    with pytest.raises(HeldBackError):
        lake.publish_month(home, ["s-2026-03-01"], MONTHS[0])


def test_lost_work_files_are_an_error_and_never_lost_rows(home: Settings) -> None:
    batch = Batch(0, random.Random(1))
    publish(home, [batch], 2)
    before = contents(home)
    batch.prepare(home, 2)
    for path in home.work.rglob("*.arrow"):
        path.unlink()
    with pytest.raises(IntegrityError, match="run it again"):
        lake.publish_month(home, [batch.id], MONTHS[2])
    assert contents(home) == before


def test_a_file_of_an_older_contract_gets_its_new_columns_as_nulls(home: Settings) -> None:
    publish(home, [Batch(0, random.Random(1))], 2)
    path = next(iter(sorted((home.lake / "articles").rglob("*.parquet"))))
    old = store.read_table(path).drop(["correction_note"])
    store.write_tables(path, old.schema, [old])
    lake.publish_month(home, [], path.parent.name.removeprefix("month="))
    assert store.read_table(path).schema.names == contracts.contract("articles").schema.names


def test_merging_more_runs_than_fit_at_once_gives_the_same_bytes(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [rows.article("s-2026-03-01", f"k{i}", f"http://u{i}.example/", "text") for i in range(60)]
    files = []
    for fan_in in (100, 3):
        monkeypatch.setattr(preparation, "FAN_IN", fan_in)
        prepared = preparation.Preparation(home, "s-2026-03-01")
        for row in made:
            prepared.add({"articles": rows.table("articles", [row])}, {"articles": [MONTHS[0]]})
        prepared.finish(True)
        lake.publish_month(home, ["s-2026-03-01"], MONTHS[0])
        files.append(contents(home))
    assert files[0] == files[1]
    assert sum(len(store.read_table(path)) for path in home.lake.rglob("*.parquet")) == 60


def test_streams_out_of_order_are_refused() -> None:
    tables = [pa.table({"k": ["b", "c"]}), pa.table({"k": ["a"]})]
    with pytest.raises(IntegrityError, match="not sorted"):
        list(preparation.merge([iter(tables)], ["k"]))


READER = """
import sys, duckdb
from pathlib import Path
lake, stop = Path(sys.argv[1]), Path(sys.argv[2])
query = f"SELECT count(*), count(DISTINCT capture_id), count(DISTINCT article_body) FROM read_parquet('{lake}/articles/*/*.parquet', hive_partitioning=true, union_by_name=true)"
seen = {}
while not stop.exists():
    row = duckdb.execute(query).fetchone()
    seen[row] = seen.get(row, 0) + 1
print(seen)
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rows_a_month", [20, 6000])
def test_a_reader_in_a_loop_sees_whole_months_alone_during_200_publishes(home: Settings, rows_a_month: int) -> None:
    def prepare(text: str) -> None:
        made = [
            rows.article("s-2026-03-01", f"k{i}", f"http://u{i}.example/", "0" * 64) | {"article_body": text}
            for i in range(rows_a_month)
        ]
        prepared = preparation.Preparation(home, "s-2026-03-01")
        prepared.add({"articles": rows.table("articles", made)}, {"articles": [MONTHS[0]] * len(made)})
        prepared.finish(True)

    prepared = [home.work / "s-2026-03-01", home.work / "other"]
    for text in ("one", "two"):
        prepare(text)
        if text == "one":
            prepared[0].rename(prepared[1])
    lake.publish_month(home, ["s-2026-03-01"], MONTHS[0])
    stop = home.home / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(home.lake), str(stop)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(200):
        prepared[0].rename(home.work / "spare")
        prepared[1].rename(prepared[0])
        (home.work / "spare").rename(prepared[1])
        lake.publish_month(home, ["s-2026-03-01"], MONTHS[0])
    stop.touch()
    seen = ast.literal_eval(reader.communicate()[0])
    assert reader.returncode == 0
    assert seen.keys() == {(rows_a_month, rows_a_month, 1)}
    assert seen.popitem()[1] > 50
