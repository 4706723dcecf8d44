"""Word of a failed run, as a chat service gets it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.dags.chat import chat

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")]
RUN = SimpleNamespace(dag_id="ingest_nightly", run_id="scheduled__2026-03-02T02:00:00+00:00")


def test_a_failure_is_told_with_its_reason_and_where_the_reports_are(airflow_home: Path) -> None:
    import newsmill_notice

    with chat() as (address, posted):
        newsmill_notice.Webhook(address)({"dag_run": RUN, "exception": "batch alpha-2026-03-01 was held back"})
    (text,) = posted
    assert "batch alpha-2026-03-01 was held back" in text
    assert "http://127.0.0.1:8080/dags/ingest_nightly/runs/" in text
    assert text.endswith("scheduled__2026-03-02T02%3A00%3A00%2B00%3A00/plugin/newsmill-run")


def test_a_long_reason_is_cut_but_the_link_is_whole(airflow_home: Path) -> None:
    import newsmill_notice

    with chat() as (address, posted):
        newsmill_notice.Webhook(address)({"dag_run": RUN, "exception": "x" * 100_000})
    assert len(posted[0]) < 4000
    assert posted[0].endswith("newsmill-run")


def test_a_service_that_refuses_is_an_error_that_airflow_logs(airflow_home: Path) -> None:
    import newsmill_notice

    with chat(500) as (address, _), pytest.raises(Exception, match="500"):
        newsmill_notice.Webhook(address)({"dag_run": RUN})


def test_nobody_is_told_unless_an_address_is_set(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import newsmill_notice

    assert newsmill_notice.notifiers() == []
    monkeypatch.setenv("AIRFLOW__NEWSMILL__FAILURE_WEBHOOK", "http://127.0.0.1:9/hook")
    assert [notifier.url for notifier in newsmill_notice.notifiers()] == ["http://127.0.0.1:9/hook"]


def test_the_last_task_of_each_dag_tells(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("AIRFLOW__NEWSMILL__FAILURE_WEBHOOK", "http://127.0.0.1:9/hook")
    bag = DagBag(dag_folder=str(Path(__file__).parents[2] / "dags"))
    told = {task.task_id: task.on_failure_callback for dag in bag.dags.values() for task in dag.tasks}
    assert sorted(name for name, callbacks in told.items() if callbacks) == ["clean", "watcher"]
