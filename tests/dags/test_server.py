"""`make airflow` for real: the servers on loopback, a run that fails in one chunk, that chunk cleared alone by REST."""

import json
import stat
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from pipeline import run
from pipeline.settings import Settings
from tests.dags.chat import chat
from tests.dags.serving import serving

Call = Callable[..., Any]

pytestmark = [pytest.mark.airflow_server, pytest.mark.timeout(600)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    from dags.__main__ import configure

    configure(tmp_path / "airflow" / "airflow.cfg")
    return tmp_path / "airflow"


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a chat service was posted; its address is in the environment."""
    with chat() as (address, posted):
        monkeypatch.setenv("AIRFLOW__NEWSMILL__FAILURE_WEBHOOK", address)
        yield posted


@pytest.fixture
def server(home: Path, sources: Path, notices: list[str]) -> Iterator[str]:
    """The address of a running Airflow; afterwards none of its processes is left."""
    with serving(home) as address:
        yield address


@pytest.fixture
def call(server: str, home: Path) -> Call:
    """Ask the REST API as the user whose password `make airflow` prints."""
    passwords = home / "simple_auth_manager_passwords.json.generated"
    headers = {"Content-Type": "application/json"}

    def ask(method: str, path: str, body: object = None, read: Callable[[Any], Any] = json.load) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(server + path, data, headers, method=method), timeout=60) as answer:
            return read(answer)

    credentials = {"username": "admin", "password": json.loads(passwords.read_text())["admin"]}
    headers["Authorization"] = f"Bearer {ask('POST', '/auth/token', credentials)['access_token']}"
    return ask


def test_a_failed_chunk_is_told_and_cleared_alone_and_the_run_ends_green(
    call: Call, server: str, home: Path, sources: Path, tmp_path: Path, notices: list[str]
) -> None:
    assert mode(home) == 0o700
    assert {mode(path) for path in (home / "airflow.cfg", *home.glob("*.generated"))} == {0o600}
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{server}/api/v2/dags", timeout=60)

    settings = Settings.from_environment()
    run.plan_night(settings, date(2026, 3, 1))
    text = sources.parent / "beta" / "2026-03-01" / "2026-03-01-0.txt"
    kept = text.rename(tmp_path / "away.txt")
    runs = "/api/v2/dags/ingest_nightly/dagRuns"
    run_id = call("POST", runs, {"logical_date": "2026-03-02T03:00:00Z"})["dag_run_id"]
    assert finished(call, f"{runs}/{run_id}") == "failed"
    assert published(settings) == ["alpha-2026-03-01", "gamma-2026-03-01"]
    assert states(call, f"{runs}/{run_id}", "failed") == {("work.capture", 1), ("watcher", -1)}

    (notice,) = notices
    assert "ingest_nightly failed" in notice
    assert "batch beta-2026-03-01 was held back" in notice
    assert f"{server}/dags/ingest_nightly/runs/{quote(run_id, safe='')}/plugin/newsmill-run" in notice

    tabs(call, server, run_id, settings)

    kept.rename(text)
    chosen = {"task_ids": [["work.capture", 1]], "include_downstream": True, "only_failed": False, "dry_run": False}
    call("POST", "/api/v2/dags/ingest_nightly/clearTaskInstances", {"dag_run_id": run_id} | chosen)
    assert finished(call, f"{runs}/{run_id}") == "success"
    assert published(settings) == ["alpha-2026-03-01", "beta-2026-03-01", "gamma-2026-03-01"]
    tries = {(ti["task_id"], ti["map_index"]): ti["try_number"] for ti in instances(call, f"{runs}/{run_id}")}
    assert [tries["work.capture", index] for index in (0, 1, 2)] == [1, 2, 1]


def tabs(call: Call, server: str, run_id: str, settings: Settings) -> None:
    """See that the tabs are there, show the batches of the run, and are shown to nobody who is not logged in."""
    (plugin,) = call("GET", "/api/v2/plugins")["plugins"]
    href = {view["destination"]: view["href"] for view in plugin["external_views"]}["dag_run"]
    path = href.replace("{DAG_ID}", "ingest_nightly").replace("{RUN_ID}", quote(run_id, safe=""))
    report = settings.reports / "alpha-2026-03-01" / "report.html"
    report.write_text("<!doctype html><title>Alpha</title>", encoding="utf-8")
    shown = call("GET", path, read=read_text)
    assert "/newsmill/reports/alpha-2026-03-01" in shown
    assert "held back" in shown
    assert "Alpha" in call("GET", "/newsmill/reports/alpha-2026-03-01", read=read_text)
    with urlopen(server + path, timeout=60) as answer:
        assert answer.url.startswith(f"{server}/auth/login")  # or wherever the login leads
        assert "alpha-2026-03-01" not in answer.read().decode()


def read_text(answer: Any) -> str:
    return str(answer.read().decode())


def instances(call: Call, run_path: str) -> list[dict[str, Any]]:
    return list(call("GET", f"{run_path}/taskInstances?limit=100")["task_instances"])


def states(call: Call, run_path: str, state: str) -> set[tuple[str, int]]:
    return {(ti["task_id"], ti["map_index"]) for ti in instances(call, run_path) if ti["state"] == state}


def finished(call: Call, run_path: str) -> str:
    deadline = time.monotonic() + 240
    while (state := call("GET", run_path)["state"]) not in ("success", "failed"):
        assert time.monotonic() < deadline, instances(call, run_path)
        time.sleep(1)
    return str(state)


def published(settings: Settings) -> list[str]:
    return sorted(path.stem for path in settings.commits.glob("*.json"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
