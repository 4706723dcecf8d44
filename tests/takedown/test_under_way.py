"""Takedowns while other batches are under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from pipeline import run, store
from pipeline.audit import Checked
from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.takedown import homes
from tests.takedown.homes import ARTICLE, DAYS, TELLING, faults, take_down, telling

IT = Wanted(articles=[ARTICLE])


@pytest.fixture(scope="module")
def expected(small: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The lake when it is taken down after both nights."""
    settings = homes.copied(small, tmp_path_factory.mktemp("expected") / "home")
    take_down(settings, IT)
    return homes.lake(settings)


def chunks(settings: Settings, batch_ids: list[str], *steps: Callable[[Settings, str], Any]) -> None:
    for group in run.chunk_groups(settings, batch_ids):
        for ref in group:
            for step in steps:
                step(settings, ref)


STEPS = {
    "planned": (),
    "captured": (run.capture_chunk,),
    "extracted": (run.capture_chunk, run.extract_chunk),
    "mined": (run.capture_chunk, run.extract_chunk, run.mine_chunk),
}


@pytest.mark.parametrize("stopped", [*STEPS, "checked", "published"])
def test_a_takedown_in_the_middle_of_another_batch_is_safe(
    first: Settings, expected: dict[str, bytes], tmp_path: Path, stopped: str
) -> None:
    """The batches of a night are stopped after a step, and go on after the takedown as if nothing had happened."""
    settings = homes.copied(first, tmp_path / "home")
    batch_ids = run.plan_night(settings, DAYS[1])
    chunks(settings, batch_ids, *STEPS.get(stopped, STEPS["mined"]))
    checked = run.check(settings, batch_ids) if stopped in ("checked", "published") else None
    if checked and stopped == "published":
        publish(settings, checked)
    take_down(settings, IT)
    chunks(settings, batch_ids, *STEPS["mined"])
    checked = checked or run.check(settings, batch_ids)
    assert checked.held == []
    if stopped != "published":
        publish(settings, checked)
    run.commit(settings, checked.passed)
    assert telling(settings, TELLING) == []
    assert faults(settings) == []
    if stopped == "planned":  # what would have been a revisit was kept whole and then blanked: it is longer
        expected = homes.rebuilt(settings, tmp_path / "again")
    assert homes.lake(settings) == expected


def publish(settings: Settings, checked: Checked) -> None:
    for month in checked.months:
        run.publish_month(settings, checked.passed, month)


def test_a_takedown_waits_for_who_began_to_publish_before_there_were_tombstones(
    first: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = homes.copied(first, tmp_path / "home")
    batch_ids = run.plan_night(settings, DAYS[1])
    chunks(settings, batch_ids, *STEPS["mined"])
    checked = run.check(settings, batch_ids)
    reading, going = Event(), Event()
    write = store.write_tables

    def slow(*args: Any, **kwargs: Any) -> int:
        reading.set()
        going.wait(60)
        return write(*args, **kwargs)

    monkeypatch.setattr(store, "write_tables", slow)
    with ThreadPoolExecutor(2) as threads:
        publishing = threads.submit(publish, settings, checked)
        reading.wait(60)
        taking = threads.submit(take_down, settings, IT)
        with pytest.raises(TimeoutError):
            taking.result(2)
        going.set()
        publishing.result(120), taking.result(120)
    run.commit(settings, checked.passed)
    assert telling(settings, TELLING) == []
    assert faults(settings) == []
