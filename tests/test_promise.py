"""The promise on the sample corpus: whatever happens on the way, the lake is a function of raw/, plans and code."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipeline import identity, lake, plan, rebuild, run, verify, version
from pipeline.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds" / "sources.toml"
DAYS = (date(2026, 3, 1), date(2026, 3, 2))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3000),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def settings_of(home: Path, workers: int = 1) -> Settings:
    return Settings(home=home, sources=SEEDS, chunk_documents=8, workers=workers)


def nights(settings: Settings, names: tuple[str, ...] = ()) -> None:
    for day in DAYS:
        run.night(settings, run.plan_night(settings, day, names), silent)


def contents(settings: Settings) -> dict[str, bytes]:
    return {
        str(path.relative_to(settings.lake)): path.read_bytes() for path in sorted(settings.lake.rglob("*.parquet"))
    }


def differences(settings: Settings, expected: dict[str, bytes]) -> list[str]:
    found = contents(settings)
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def in_child(work: Callable[[], Any]) -> int:
    """Run `work` in a fork; return its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killing_itself_at(step: int, work: Callable[[], Any]) -> Callable[[], None]:
    """Return `work` with SIGKILL in place of its call number `step` of os that changes the disk.

    Parquet files are written by pyarrow, beside their place; a kill in such a write is left to tests/test_faults.py.
    """

    def dying() -> None:
        left = [step]

        def wrapped(call: Any) -> Any:
            def once(*args: Any, **kwargs: Any) -> Any:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return call(*args, **kwargs)

            return once

        for name in ("replace", "fsync", "unlink", "mkdir"):
            mock.patch.object(os, name, wrapped(getattr(os, name))).start()
        work()

    return dying


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_of(tmp_path_factory.mktemp("clean") / "home")
    nights(settings)
    return settings


@pytest.fixture(scope="module")
def expected(clean: Settings) -> dict[str, bytes]:
    found = contents(clean)
    assert len(found) > 30
    return found


@pytest.fixture
def copy(clean: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(clean.home, tmp_path / "home")
    return settings_of(tmp_path / "home")


@pytest.fixture
def replanned(copy: Settings) -> Settings:
    """A home with raw/ and its plans, and nothing else."""
    for name in ("lake", "commits", "work", "reports"):
        shutil.rmtree(copy.home / name)
    return copy


def test_a_second_home_gives_the_same_bytes(expected: dict[str, bytes], tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "elsewhere", workers=2)
    nights(settings)
    assert differences(settings, expected) == []


def test_a_second_run_gives_the_same_bytes(copy: Settings, expected: dict[str, bytes]) -> None:
    nights(copy)
    shutil.rmtree(copy.work)
    nights(copy)
    assert differences(copy, expected) == []
    assert [finding for finding in verify.verify(copy, silent) if finding.fault] == []


def test_a_kill_at_every_step_of_publishing_ends_as_a_clean_run(clean: Settings, tmp_path: Path) -> None:
    batch = "courier-2026-03-01"
    prepared = settings_of(tmp_path / "prepared")
    run.plan_night(prepared, DAYS[0], ["courier"])
    for ref in (ref for group in run.chunk_groups(prepared, [batch]) for ref in group):
        run.capture_chunk(prepared, ref), run.extract_chunk(prepared, ref), run.mine_chunk(prepared, ref)
    months = run.check(prepared, [batch]).months

    def publish(settings: Settings) -> None:
        for month in months:
            run.publish_month(settings, [batch], month)
        run.commit(settings, [batch])

    def copied(name: str) -> Settings:
        shutil.copytree(prepared.home, tmp_path / name)
        return settings_of(tmp_path / name)

    whole = copied("whole")
    publish(whole)
    steps = 0
    while True:
        settings = copied("killed")
        status = in_child(killing_itself_at(steps, partial(publish, settings)))
        if status == 0:
            break
        assert status == -signal.SIGKILL
        publish(settings)
        assert differences(settings, contents(whole)) == [], f"killed at step {steps}"
        assert not list((settings.commits / "intents").glob("*"))
        shutil.rmtree(settings.home)
        steps += 1
    assert steps > 40


def test_batches_in_reverse_order_give_the_same_bytes(replanned: Settings, expected: dict[str, bytes]) -> None:
    for batch in reversed(plan.batches(replanned)):
        run.night(replanned, [batch], silent)
    assert differences(replanned, expected) == []


def test_two_batches_at_the_same_time_give_the_same_bytes(replanned: Settings, expected: dict[str, bytes]) -> None:
    batches = plan.batches(replanned)
    children = []
    for half in (batches[::2], batches[1::2]):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for batch in half:
                    run.night(replanned, [batch], silent)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert differences(replanned, expected) == []


def test_many_workers_give_the_same_bytes(replanned: Settings, expected: dict[str, bytes]) -> None:
    several = Settings(home=replanned.home, sources=SEEDS, chunk_documents=8, workers=3)
    run.night(several, plan.batches(several), silent)
    assert differences(several, expected) == []


def test_rebuild_from_raw_alone_gives_the_same_bytes(replanned: Settings, expected: dict[str, bytes]) -> None:
    rebuild.rebuild(replanned, silent)
    assert differences(replanned, expected) == []


def test_rebuild_drops_what_no_batch_has(copy: Settings, expected: dict[str, bytes]) -> None:
    stray = lake.path_of(copy, "articles", "1999-01")
    stray.parent.mkdir(parents=True)
    shutil.copy(next((copy.lake / "articles").rglob("*.parquet")), stray)
    shutil.rmtree(copy.commits)
    rebuild.rebuild(copy, silent)
    assert differences(copy, expected) == []


def test_a_changed_date_rule_after_a_kill_ends_as_a_clean_run_of_the_changed_code(
    copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settings_of(copy.home, workers=0)  # worker processes would not have the changed rule
    shutil.rmtree(copy.work)
    in_child(killing_itself_at(90, partial(nights, here)))
    before = identity.month

    def moved(published_on: date | None, captured_at: Any) -> str:
        month = before(published_on, captured_at)
        return month if published_on is None or published_on.day % 2 else f"{published_on.year - 1}-06"

    monkeypatch.setattr(identity, "month", moved)
    monkeypatch.setattr(version, "code_version", lambda: "0.0.0+changed")
    in_child(killing_itself_at(150, partial(nights, here)))
    nights(here)
    changed = settings_of(tmp_path / "changed", workers=0)
    nights(changed)
    assert differences(copy, contents(changed)) == []


def test_airflow_and_the_command_line_give_the_same_bytes(tmp_path: Path) -> None:
    by_hand, by_airflow = (Settings(home=tmp_path / name, sources=SEEDS) for name in ("by_hand", "by_airflow"))
    nights(by_hand)
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "NEWSMILL_HOME": str(by_airflow.home),
        "NEWSMILL_SOURCES": str(SEEDS),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    python = [sys.executable, "-W", "ignore", "-m", "dags"]
    for arguments in (["configure", str(tmp_path / "airflow" / "airflow.cfg")], ["run", *map(str, DAYS)]):
        ran = subprocess.run(
            [*python, *arguments], env=environment, capture_output=True, text=True, cwd=SEEDS.parent.parent
        )
        assert ran.returncode == 0, ran.stderr
    assert differences(by_airflow, contents(by_hand)) == []
