"""The DAGs as Airflow sees them, and both run in process over three small sources."""

import ast
import sqlite3
import sys
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import run
from pipeline.settings import Settings
from pipeline.store import write_json
from tests.web.publisher import Publisher
from tests.web.server import serve

DAG_FILE = Path(__file__).parents[2] / "dags" / "ingest.py"
TASKS = [
    "plan",
    "divide",
    "work.capture",
    "work.extract",
    "work.mine",
    "check",
    "publish",
    "commit",
    "outdated",
    "sketch",
    "match",
    "duplicates",
    "report",
    "watcher",
]
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
]


@pytest.fixture(scope="module")
def dags(airflow_home: Path) -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DAG_FILE.parent))
    assert bag.import_errors == {}
    return {name: dag for name, dag in bag.dags.items() if name.startswith("ingest_")}


@pytest.fixture
def ran(airflow_home: Path, sources: Path) -> Any:
    """Call with a DAG id, and a day or a configuration: the finished run and the states of its task instances."""
    from dags import ingest

    def run_dag(dag_id: str, day: date = FIRST, **conf: Any) -> tuple[str, dict[str, str]]:
        end = datetime(day.year, day.month, day.day, 2, tzinfo=UTC) + timedelta(days=1)
        finished = getattr(ingest, dag_id)().test(logical_date=end, run_conf=conf or None)
        states = {(ti.task_id, ti.map_index): str(ti.state) for ti in finished.get_task_instances()}
        return str(finished.state), {
            f"{name}[{index}]" if index >= 0 else name: s for (name, index), s in states.items()
        }

    return run_dag


def test_both_dags_have_the_same_tasks(dags: dict[str, Any]) -> None:
    assert {name: [task.task_id for task in dag.topological_sort()] for name, dag in dags.items()} == {
        "ingest_nightly": TASKS,
        "ingest_corpus": TASKS,
    }


def test_each_part_of_the_buckets_is_one_task(dags: dict[str, Any]) -> None:
    from pipeline.comparison import PARTS

    assert dags["ingest_nightly"].get_task("match").op_kwargs_expand_input.value == {"part": list(range(len(PARTS)))}


def test_the_nightly_dag_makes_up_for_missed_nights_one_at_a_time(dags: dict[str, Any]) -> None:
    nightly = dags["ingest_nightly"]
    assert nightly.max_active_runs == 1
    assert type(nightly.timetable).__name__ == "CronDataIntervalTimetable"
    assert dags["ingest_corpus"].schedule is None


def test_every_task_is_retried_and_bounded_and_only_the_watcher_is_a_leaf(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        for task in dag.tasks:
            assert task.retries >= 2, task.task_id  # the loss of a worker costs one
            assert task.retry_exponential_backoff
            assert task.retry_policy is not None
            assert task.execution_timeout is not None
        assert [task.task_id for task in dag.leaves] == ["watcher"]


def test_the_retry_policy_gives_up_at_once_on_what_no_retry_can_heal(airflow_home: Path) -> None:
    from airflow.sdk import RetryAction

    from dags.ingest import TASK_DEFAULTS
    from pipeline.errors import ContractError, NewsmillError, SourceError, TransientError

    policy: Any = TASK_DEFAULTS["retry_policy"]
    decide = {
        error: policy.evaluate(error("x"), 1, 3).action
        for error in (SourceError, ContractError, TransientError, NewsmillError, OSError)
    }
    assert [error for error, action in decide.items() if action is RetryAction.FAIL] == [SourceError, ContractError]


def test_the_file_imports_nothing_but_the_airflow_sdk_when_it_is_parsed() -> None:
    top = [
        node
        for node in ast.parse(DAG_FILE.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    modules = {node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in top}
    foreign = {name for name in modules if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"airflow.sdk", "airflow.sdk.configuration", "airflow.sdk.exceptions", "newsmill_notice"}


@pytest.mark.parametrize(
    ("start", "logical", "after", "expected"),
    [
        ("2026-03-01T02:00", "2026-03-01T02:00", "2026-03-02T02:00", "2026-03-01"),
        (None, "2026-03-05T23:30", "2026-03-06T00:10", "2026-03-05"),
        (None, None, "2026-03-07T10:00", "2026-03-07"),
    ],
)
def test_a_run_has_a_date_with_or_without_an_interval(
    airflow_home: Path, start: str | None, logical: str | None, after: str, expected: str
) -> None:
    from dags.ingest import batch_date

    instants = [text and datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, logical, after)]
    dag_run = SimpleNamespace(data_interval_start=instants[0], logical_date=instants[1], run_after=instants[2])
    assert str(batch_date(dag_run)) == expected


def test_the_date_is_that_of_the_timetables_time_zone(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoneinfo import ZoneInfo

    from dags import ingest

    monkeypatch.setattr(ingest, "TIMEZONE", ZoneInfo("Pacific/Auckland"))
    night = datetime(2026, 3, 1, 13, tzinfo=UTC)  # two in the night of the 2nd over there
    assert ingest.batch_date(SimpleNamespace(data_interval_start=night)) == SECOND


@pytest.mark.slow
def test_two_nights_give_the_bytes_that_the_command_line_gives(ran: Any, airflow_home: Path, tmp_path: Path) -> None:
    assert [ran("ingest_nightly", day)[0] for day in (FIRST, SECOND)] == ["success", "success"]
    by_hand = Settings.from_environment(tmp_path / "by_hand")
    for day in (FIRST, SECOND):
        run.night(by_hand, run.plan_night(by_hand, day), lambda *_: None)
    assert lake(tmp_path / "home") == lake(tmp_path / "by_hand")
    assert "articles/month=2026-03/data.parquet" in lake(tmp_path / "home")
    assert set(asset_partitions(airflow_home)) == {"2026-03"}


def test_feeds_are_asked_for_the_last_night_only_and_the_others_are_missed(
    ran: Any, sources: Path, tmp_path: Path
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with serve({"127.0.0.1": Publisher(host="127.0.0.1", articles=2).site(1)}) as web:
        sources.write_text(
            f'[sources.herald]\nkind = "feed"\nurls = ["{web.url("127.0.0.1", "/feed.xml")}"]\n'
            "allow_private = true\ndelay_seconds = 0\n"
        )
        assert [ran("ingest_nightly", day)[0] for day in (FIRST, yesterday)] == ["success", "success"]
    settings = Settings.from_environment()
    ended = run.report(settings, run.reported(settings))
    assert [row.outcomes for row in ended] == [{"missed": 1}, {"extracted": 2}]


def test_a_corpus_given_by_parameters_becomes_one_batch(ran: Any, sources: Path, tmp_path: Path) -> None:
    state, tasks = ran(
        "ingest_corpus", path=str(sources.parent / "beta"), kind="text", source="attic", date="2026-03-09"
    )
    assert state == "success"
    assert tasks["work.mine[0]"] == "success"
    assert (tmp_path / "home" / "commits" / "attic-2026-03-09.json").exists()


def test_a_failed_chunk_holds_back_its_batch_alone_and_a_rerun_ends_green(
    ran: Any, sources: Path, tmp_path: Path
) -> None:
    settings = Settings.from_environment()
    run.plan_night(settings, FIRST)
    text = sources.parent / "beta" / "2026-03-01" / "2026-03-01-0.txt"
    kept = text.rename(tmp_path / "away.txt")

    state, tasks = ran("ingest_nightly")
    assert state == "failed"
    assert {name for name, state in tasks.items() if state == "failed"} == {"work.capture[1]", "watcher"}
    assert commits(settings) == ["alpha-2026-03-01", "gamma-2026-03-01"]

    kept.rename(text)
    state, tasks = ran("ingest_nightly")
    assert state == "success"
    assert set(tasks.values()) == {"success"}
    assert commits(settings) == ["alpha-2026-03-01", "beta-2026-03-01", "gamma-2026-03-01"]


def test_an_alarm_fails_the_run_by_name_and_a_warning_is_told_without_failing_it(
    ran: Any, airflow_home: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.from_environment()
    usual = {"captures": 2, "articles": 2, "refused": 0, "extracted": 2, "undated": 0, "languages": {"de": 2}}
    much = {"captures": 60, "articles": 60, "extracted": 60, "languages": {"de": 60}}
    for number in range(1, 15):
        day = SECOND - timedelta(number)
        for name, measures in (("alpha", usual | much | {"words": 30.0}), ("beta", usual | {"words": 330.0})):
            facts = {"months": [], "tables": {}, "measures": measures | {"missed": False}}
            write_json(settings.commits / f"{name}-{day}.json", facts)
    state, tasks = ran("ingest_nightly", SECOND)
    assert state == "failed"
    assert {name for name, state in tasks.items() if state == "failed"} == {"watcher"}
    said = " ".join(f"{capfd.readouterr().out}{caplog.text}".split())
    assert (
        "batch alpha-2026-03-02 was held back: trend alarm: captures 2, the last 14 good nights' median is 60" in said
    )
    assert "newsmill accept alpha --date 2026-03-02" in said
    assert "beta-2026-03-02 is published, but: trend alarm: median_words" in said
    assert not (settings.raw / "alpha-2026-03-02" / "accepted.json").exists()
    assert {"beta-2026-03-02", "gamma-2026-03-02"} <= set(commits(settings))
    assert "beta-2026-03-02" in str(asset_extras(airflow_home)[-1])


def test_a_night_without_news_ends_green_and_publishes_nothing(ran: Any, airflow_home: Path, tmp_path: Path) -> None:
    before = len(asset_partitions(airflow_home))
    state, tasks = ran("ingest_nightly", date(2026, 4, 1))
    assert state == "success"
    assert tasks["publish"] == tasks["commit"] == tasks["duplicates"] == "skipped"
    assert not (tmp_path / "home" / "lake").exists()
    assert len(asset_partitions(airflow_home)) == before


def test_a_plan_that_fails_fails_the_run_and_checks_nothing(ran: Any, sources: Path) -> None:
    sources.write_text("[sources.alpha]\nkind = 'telepathy'\npath = 'x'\n", encoding="utf-8")
    state, tasks = ran("ingest_nightly")
    assert state == "failed"
    assert {name for name, state in tasks.items() if state == "failed"} == {"plan", "watcher"}
    assert tasks["check"] == tasks["report"] == "skipped"


def test_run_prints_the_tables_and_tells_by_its_exit_code_whether_all_nights_ended_green(
    airflow_home: Path, sources: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dags.__main__ import run_nights

    assert run_nights([FIRST]) == 0
    assert "ingest_nightly of 2026-03-01: success" in (shown := capsys.readouterr().out)
    assert shown.index("from articles:") < shown.index("from claims:")
    page = Settings.from_environment().reports / f"gamma-{FIRST}" / "report.html"
    assert str(page) in shown and page.is_file()

    sources.write_text("", encoding="utf-8")
    assert run_nights([SECOND]) == 1
    assert "ingest_nightly of 2026-03-02: failed" in capsys.readouterr().out


def test_run_refuses_a_day_before_the_start_date(airflow_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dags.__main__ import run_nights

    assert run_nights([date(1999, 1, 1)]) == 2
    assert "start_date" in capsys.readouterr().err


def lake(home: Path) -> dict[str, str]:
    root = home / "lake"
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*.parquet"))
    }


def commits(settings: Settings) -> list[str]:
    return sorted(path.stem for path in settings.commits.glob("*.json"))


def asset_partitions(airflow_home: Path) -> list[str | None]:
    return asset_events(airflow_home, "partition_key")


def asset_extras(airflow_home: Path) -> list[str | None]:
    return asset_events(airflow_home, "extra")


def asset_events(airflow_home: Path, column: str) -> list[str | None]:
    connection = sqlite3.connect(airflow_home / "airflow.db")
    try:
        return [value for (value,) in connection.execute(f"SELECT {column} FROM asset_event ORDER BY id")]
    finally:
        connection.close()
