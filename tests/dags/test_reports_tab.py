"""The pages of the plugin as a browser gets them, with Airflow's own logins."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.settings import Settings
from pipeline.store import write_json

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
]
BATCH = "alpha-2026-03-01"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with two batches, one of which has a report."""
    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    settings = Settings.from_environment()
    for batch, held_back in ((BATCH, None), ("beta-2026-03-02", "it has <b>too few</b> captures")):
        ended = {"captures": 1200, "outcomes": {}, "held_back": held_back}
        write_json(settings.reports / batch / "ledger.json", ended)
    (settings.reports / BATCH / "report.html").write_text("<!doctype html><title>Alpha</title>", encoding="utf-8")
    (tmp_path / "secret.html").write_text("not for you", encoding="utf-8")
    return settings


@pytest.fixture
def stranger(airflow_home: Path) -> Iterator["TestClient"]:
    """A browser that is not logged in."""
    import newsmill_reports as tab
    from airflow.api_fastapi.app import create_auth_manager
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    create_auth_manager().init()
    server = FastAPI()
    server.mount(tab.PREFIX, tab.app)
    with TestClient(server, follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(stranger: "TestClient") -> "TestClient":
    """A browser with the cookie that Airflow's login gives."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    stranger.cookies.set(
        "_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ann", role="viewer"))
    )
    return stranger


@pytest.mark.parametrize("path", [f"reports/{BATCH}", "dags/ingest_nightly", "dags/ingest_nightly/runs/one"])
def test_who_is_not_logged_in_is_led_to_the_login_and_back(stranger: "TestClient", home: Settings, path: str) -> None:
    answer = stranger.get(f"/newsmill/{path}")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fnewsmill%2F" + path.replace("/", "%2F")
    assert "Alpha" not in answer.text


def test_a_forged_login_is_refused(stranger: "TestClient", home: Settings) -> None:
    stranger.cookies.set("_token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.")
    answer = stranger.get(f"/newsmill/reports/{BATCH}")
    assert answer.status_code == 403
    assert "Alpha" not in answer.text


def test_a_report_is_shown_as_it_is_and_may_run_no_scripts(browser: "TestClient", home: Settings) -> None:
    answer = browser.get(f"/newsmill/reports/{BATCH}")
    assert answer.content == (home.reports / BATCH / "report.html").read_bytes()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "gamma-2026-03-01",
        "corpus",
        "%2e%2e",
        "%2e%2e%2fsecret",
        "..%2f..%2fsecret.html",
        f"{BATCH}%00",
        "takedowns",
        f"{BATCH}%0a",
    ],
)
def test_what_is_no_batch_with_a_report_is_not_found(browser: "TestClient", home: Settings, name: str) -> None:
    answer = browser.get(f"/newsmill/reports/{name}")
    assert answer.status_code == 404
    assert "not for you" not in answer.text


def test_the_tab_of_a_dag_lists_the_latest_batches_first(browser: "TestClient", home: Settings) -> None:
    (home.reports / "corpus.html").write_text("all of it", encoding="utf-8")
    shown = browser.get("/newsmill/dags/ingest_nightly").text
    assert shown.index("corpus") < shown.index("beta-2026-03-02") < shown.index(BATCH)
    assert f'<a href="/newsmill/reports/{BATCH}">' in shown
    assert "reports/beta-2026-03-02" not in shown  # it has none yet
    assert "held back: it has &lt;b&gt;too few&lt;/b&gt; captures" in shown
    assert browser.get("/newsmill/reports/corpus").text == "all of it"


def test_the_tab_of_a_run_lists_the_batches_that_it_planned(
    browser: "TestClient", home: Settings, airflow_home: Path
) -> None:
    planned(airflow_home, "manual__2026-03-02T02:00:00+00:00", [BATCH, "../secret"])
    shown = browser.get("/newsmill/dags/ingest_nightly/runs/manual__2026-03-02T02%3A00%3A00%2B00%3A00").text
    assert BATCH in shown
    assert "beta-2026-03-02" not in shown
    assert "secret" not in shown


def test_a_run_that_planned_nothing_says_so(browser: "TestClient", home: Settings) -> None:
    shown = browser.get("/newsmill/dags/ingest_nightly/runs/<script>alert(1)<%2Fscript>").text
    assert "Nothing was planned" in shown or "Not Found" in shown
    assert "<script>" not in shown


def test_airflow_finds_the_tabs(airflow_home: Path) -> None:
    from airflow import plugins_manager

    views, _ = plugins_manager._get_ui_plugins()
    assert {(view["destination"], view["href"]) for view in views} == {
        ("dag", "/newsmill/dags/{DAG_ID}"),
        ("dag_run", "/newsmill/dags/{DAG_ID}/runs/{RUN_ID}"),
    }


def planned(airflow_home: Path, run_id: str, batches: list[str]) -> None:
    """Let a run of ingest_nightly have planned some batches. Plain SQL, because no task instance is there to refer to."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType

    with create_session() as session:
        run = DagRun("ingest_nightly", run_id, run_type=DagRunType.MANUAL, run_after=datetime(2026, 3, 2, tzinfo=UTC))
        session.add(run)
        session.flush()
        number = run.id
    row = (number, "ingest_nightly", run_id, "plan", "return_value", json.dumps(json.dumps(batches)))
    columns = "dag_run_id, dag_id, run_id, task_id, key, value, map_index, dag_result, timestamp"
    with closing(sqlite3.connect(airflow_home / "airflow.db")) as database, database:
        database.execute(f"INSERT INTO xcom ({columns}) VALUES (?, ?, ?, ?, ?, ?, -1, 0, '2026-03-02')", row)
