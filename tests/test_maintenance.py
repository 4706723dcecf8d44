"""What may go goes, nothing else, and a rerun afterwards gives the same lake."""

import os
import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline import audit, homes, leases, lines, maintenance, plan, run, store
from pipeline.settings import Settings

NOW = datetime.now(UTC)
DAY = date(2026, 3, 1)
WIRE = "harbour_wire-2026-03-01"
LITTER = f".{'0f' * 16}.tmp"
SIGNATURES = "work/duplicates/"
"""Below work/, but of months and not of a batch."""


def aged(*places: Path, days: float = 30) -> None:
    """Have everything below these places be so old."""
    then = (NOW - timedelta(days=days)).timestamp()
    for place in places:
        for path in [place, *place.rglob("*")] if place.is_dir() else [place]:
            os.utime(path, (then, then))


def maintained(settings: Settings, days: int = 14, dry_run: bool = False) -> list[maintenance.Freed]:
    return list(maintenance.maintain(settings, NOW, days, dry_run))


def held(settings: Settings, folder: str = "") -> dict[str, bytes]:
    """Return all files below a folder of the home."""
    files = (path for path in sorted((settings.home / folder).rglob("*")) if path.is_file())
    return {str(path.relative_to(settings.home)): path.read_bytes() for path in files}


@pytest.fixture
def home(sample_copy: Settings) -> Settings:
    """The sample after two nights, a month later."""
    settings = Settings(home=sample_copy.home, sources=sample_copy.sources, chunk_documents=8, workers=0)
    aged(settings.home)
    return settings


def test_what_an_abandoned_rebuild_keeps_of_the_lake_goes_and_that_of_a_new_one_stays(home: Settings) -> None:
    before = store.make_directory(home.work / "rebuild" / "before" / "lake" / "articles")
    file = next((home.lake / "articles").rglob("*.parquet"))
    os.link(file, before / "data.parquet")
    assert not [item for item in maintained(home) if item.path.name == "rebuild"]
    aged(home.work / "rebuild")
    assert [item.files for item in maintained(home) if item.path.name == "rebuild"] == [1]
    assert not before.exists() and file.exists()


def test_work_files_of_published_batches_go_and_all_else_stays(home: Settings) -> None:
    before = held(home)
    freed = maintained(home)
    work = [item for item in freed if item.what == "work"]
    assert sorted(item.path.name for item in work) == plan.batches(home)
    assert sum(item.bytes for item in work) == sum(
        len(data) for name, data in before.items() if name.startswith("work/") and not name.startswith(SIGNATURES)
    )
    assert held(home) == {
        name: data
        for name, data in before.items()
        if name.startswith(SIGNATURES) or not name.startswith(("work/", "locks/plan."))
    } | {"locks/maintain.lock": b""}
    assert list((home.home / "tmp").iterdir()) == []


def test_a_rerun_afterwards_gives_the_same_lake(home: Settings) -> None:
    before = held(home, "lake")
    maintained(home)
    (row,) = run.night(home, [WIRE], lambda *_: None)
    assert row.held_back is None
    assert held(home, "lake") == before


def test_a_second_time_there_is_nothing_left_to_do(home: Settings) -> None:
    assert maintained(home)
    aged(home.home)
    assert maintained(home) == []


def test_a_dry_run_tells_the_same_and_changes_nothing(home: Settings) -> None:
    (home.raw / WIRE / LITTER).write_bytes(b"half")
    aged(home.raw)
    before = held(home)
    told = maintained(home, dry_run=True)
    assert held(home) == before | {"locks/maintain.lock": b"", "locks/work.lock": b""}
    assert maintained(home) == told


@pytest.mark.parametrize("why", ["planned", "held back", "publishing", "just used"])
def test_nothing_goes_of_a_batch_that_is_not_done(home: Settings, why: str) -> None:
    if why == "planned":
        (home.commits / f"{WIRE}.json").unlink()
    elif why == "held back":
        ledger = home.reports / WIRE / "ledger.json"
        store.write_json(ledger, store.read_json(ledger) | {"held_back": "too few articles"})
    elif why == "publishing":
        lines.append(home.commits / "intents" / WIRE, "2026-03")
    aged(home.home)
    if why == "just used":
        leases.take(home, [WIRE])
    before = held(home, f"work/{WIRE}")
    freed = maintained(home)
    assert held(home, f"work/{WIRE}") == before
    assert WIRE not in {item.path.name for item in freed}
    assert (home.home / "locks" / f"plan.{WIRE}.lock").exists() == (why != "just used")


def test_files_of_killed_processes_go_when_they_are_old(home: Settings) -> None:
    places = [home.home, home.raw / WIRE, home.work / "courier-2026-03-01" / "extract", home.home / "tmp", home.reports]
    for place in places:
        (place / LITTER).write_bytes(b"half")
    aged(home.home)
    new = home.raw / WIRE / f".{'1e' * 16}.tmp"
    new.write_bytes(b"being written")
    freed = [item for item in maintained(home) if item.what == "temporary"]
    assert {item.path for item in freed} == {place / LITTER for place in places if home.work not in place.parents}
    assert not list(home.home.rglob(LITTER))
    assert new.exists()


def test_nothing_else_in_raw_ever_goes(home: Settings) -> None:
    strange = ("0001.warc.gz.part", ".hidden", "notes.tmp", ".0f.tmp", LITTER.upper())
    for name in strange:
        (home.raw / WIRE / name).write_bytes(b"kept")
    aged(home.home, days=4000)
    before = held(home, "raw")
    maintained(home, days=1)
    assert held(home, "raw") == before


def test_what_was_put_aside_by_a_killed_run_goes(home: Settings) -> None:
    shutil.copytree(home.work / WIRE, home.home / "tmp" / LITTER)
    sketch = home.work / "duplicates" / "2026-03" / LITTER
    sketch.mkdir()
    for name in ("documents", "values"):
        (sketch / name).write_bytes(b"being made")
    os.utime(sketch / "documents", (0, 0))
    (freed,) = [item for item in maintained(home) if item.what == "temporary"]
    assert freed.files > 10
    assert sketch.exists()
    aged(sketch)
    assert [item.path for item in maintained(home) if item.what == "temporary"] == [sketch]
    assert list((home.home / "tmp").iterdir()) == []


def test_reports_go_after_a_year_but_the_last_of_each_source_stays(home: Settings) -> None:
    aged(home.reports, days=360)
    assert not [item for item in maintained(home) if item.what == "report"]
    audit.fail(home, "broken-2024-01-01", "no such file")  # never planned, and the last of its source
    aged(home.reports, days=370)
    gone = {item.path.name for item in maintained(home) if item.what == "report"}
    assert gone == {batch for batch in plan.batches(home) if batch.endswith("-2026-03-01")}
    assert (home.reports / "broken-2024-01-01").is_dir()


def test_a_night_that_runs_beside_it_ends_as_ever(home: Settings) -> None:
    """The batch ran a month ago, so that the night takes its old work files for its own."""
    before, rounds, begun, over = held(home, "lake"), list[int](), threading.Event(), threading.Event()

    def work() -> None:
        while begun.wait() and not over.is_set():
            rounds.append(len(maintained(home)))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(20):  # a loaded machine may give the first night all of its time
            (row,) = run.night(home, [WIRE], lambda *_: begun.set())
            assert row.held_back is None
            if len(rounds) > 2:
                break
    finally:
        over.set()
        begun.set()
        thread.join()
    assert len(rounds) > 2
    assert held(home, "lake") == before
    assert {path.name for path in home.work.iterdir()} == {WIRE, "duplicates"}


def test_a_file_that_goes_while_a_directory_is_looked_at_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    lstat = Path.lstat

    def gone(path: Path) -> os.stat_result:
        if path.name == "a":
            path.unlink()
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", gone)
    assert [item.path.name for item in homes.items(tmp_path)] == [tmp_path.name, "b"]


def test_two_never_hold_a_lock_whose_file_was_removed(home: Settings) -> None:
    path, inside, most = home.home / "locks" / f"plan.{WIRE}.lock", list[int](), list[int]()

    def holding() -> None:
        for _ in range(50):
            with store.locked(path):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    threads = [threading.Thread(target=holding) for _ in range(4)]
    for thread in threads:
        thread.start()
    removed = 0
    while any(thread.is_alive() for thread in threads):
        aged(path) if path.exists() else None
        removed += sum(item.what == "lock" for item in maintained(home))
    assert removed > 3
    assert max(most) == 1


def test_a_lock_that_is_held_stays(home: Settings) -> None:
    path = home.home / "locks" / f"plan.{WIRE}.lock"
    with FileLock(path):
        aged(path)
        assert path not in {item.path for item in maintained(home)}
        assert path.exists()
