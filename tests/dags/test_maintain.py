"""The weekly DAG, in process."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import run
from pipeline.settings import Settings

DAG_FILE = Path(__file__).parents[2] / "dags" / "maintain.py"

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
]


@pytest.fixture
def weekly(airflow_home: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DAG_FILE))
    assert bag.import_errors == {}
    assert list(bag.dags) == ["maintain"]
    return bag.dags["maintain"]


def test_it_runs_every_week_without_making_up_for_missed_ones(weekly: Any) -> None:
    assert weekly.timetable.expression == "0 12 * * 0"
    assert not weekly.catchup
    assert weekly.max_active_runs == 1
    (task,) = weekly.tasks
    assert task.retries == 2
    assert task.execution_timeout is not None


def test_a_run_removes_the_work_files_of_an_old_published_batch(airflow_home: Path, sources: Path) -> None:
    from dags import maintain

    settings = Settings.from_environment(workers=0)
    run.night(settings, run.plan_night(settings, date(2026, 3, 1), ["alpha"]), lambda *_: None)
    for path in [*settings.work.rglob("*"), settings.work / "alpha-2026-03-01"]:
        os.utime(path, (0, 0))
    finished = maintain.maintain().test(run_conf={"days": 7})
    assert str(finished.state) == "success"
    assert [path.name for path in settings.work.iterdir()] == ["duplicates"]  # signatures of the months that are there
    assert list(settings.lake.rglob("*.parquet"))
