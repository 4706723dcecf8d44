"""A deployment at work: its .env, its REST API, a corpus for it, and the lake that the command line makes of that."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.deploy.containers import ROOT, Deployment, loopback

API = "http://127.0.0.1:8080"
RUNS = "/api/v2/dags/ingest_nightly/dagRuns"
GREEN_WITHIN = 900
STORED = {
    "NEWSMILL_STORE": "s3://newsmill/home",
    "AWS_ENDPOINT_URL": "http://s3:9000",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
}
"""What is set for the store of profile `s3`."""
STORY = """\
 date 2026-03 In the harbour of Port {number} at least {number} people were injured in a fire.

“The fire broke out around midnight”, said fire chief Runa Feldmark. “We do not know the cause yet.”
"""
FILLER = "The {number} ships that left on the day before were seen again off Lower Feldmark with {number} crates.\n\n"


class Airflow:
    """The REST API of a deployment, asked as the user whose password `make secrets` wrote."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.headers = {"Content-Type": "application/json"}
        password = deployment.services["api-server"]["environment"]["ADMIN_PASSWORD"]
        token = self.ask("POST", "/auth/token", {"username": "admin", "password": password})["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer; what ended is started again, and a server that is not there yet is asked again."""
        data = None if body is None else json.dumps(body).encode()
        deadline = time.monotonic() + 120
        while True:
            self.deployment.tend()
            try:
                with urlopen(Request(API + path, data, self.headers, method=method), timeout=30) as answer:
                    return json.load(answer)
            except (URLError, TimeoutError, ConnectionError) as error:
                if 400 <= getattr(error, "code", 500) < 500 or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def begin(self, day: date) -> str:
        """Trigger the night of a day and return the path of its run."""
        run = self.ask("POST", RUNS, {"logical_date": f"{day + timedelta(days=1)}T03:00:00Z"})
        return f"{RUNS}/{run['dag_run_id']}"

    def finish(self, run: str) -> tuple[str, dict[str, int]]:
        """Wait for the end of a run; return its state and how often each task that had to be was tried again."""
        deadline = time.monotonic() + GREEN_WITHIN
        while (state := self.ask("GET", run)["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, self.instances(run)
            time.sleep(1)
        tries = {f"{ti['task_id']}[{ti['map_index']}]": ti["try_number"] for ti in self.instances(run)}
        return state, {name: number - 1 for name, number in tries.items() if number > 1}

    def instances(self, run: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"{run}/taskInstances?limit=100")["task_instances"])


def corpus(place: Path, days: list[date], articles: int, paragraphs: int = 60) -> Path:
    """Write four sources, each one chunk a day, and return their directory."""
    place.mkdir(exist_ok=True)
    place.chmod(0o755)  # the containers' user is another one
    for name in "abcd":
        for day in days:
            folder = place / name / str(day)
            folder.mkdir(parents=True)
            for number in range(articles):
                text = STORY.format(number=number + 20) + "".join(
                    FILLER.format(number=number) for _ in range(paragraphs)
                )
                (folder / f"{day}-{number}.txt").write_text(f"{text}\n{name}", encoding="utf-8")
    entries = [f'[sources.{name}]\nkind = "text"\npath = "{name}/{{date}}"\nlanguage = "en"\n' for name in "abcd"]
    (place / "sources.toml").write_text("\n".join(entries), encoding="utf-8")
    return place


def local_lake(home: Path, sources: Path, days: list[date]) -> dict[str, bytes]:
    """Return the lake that `newsmill run` makes of some days."""
    own = os.environ | {"NEWSMILL_HOME": str(home), "NEWSMILL_SOURCES": str(sources / "sources.toml")}
    for day in days:
        command = [f"{sys.prefix}/bin/newsmill", "run", "--date", str(day)]
        subprocess.run(command, cwd=ROOT, env=own, check=True, capture_output=True)
    return lake(home)


@contextmanager
def running(place: Path, corpus: Path, **settings: str) -> Iterator[Airflow]:
    """The deployment of a new .env, its DAG unpaused."""
    env_file, home = place / ".env", place / "home"
    subprocess.run(["make", "secrets", f"ENV_FILE={env_file}", f"DATA={home}"], cwd=ROOT, check=True)
    settings |= {"NEWSMILL_HOME": str(home), "NEWSMILL_SOURCES_DIRECTORY": str(corpus)}
    profiles = ["celery"] * ("NEWSMILL_EXECUTOR" in settings) + ["s3"] * ("NEWSMILL_STORE" in settings)
    with env_file.open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    begun = time.monotonic()
    with loopback():
        deployment = Deployment(place, env_file, profiles)
        try:
            deployment.up()
            assert "s3" not in profiles or deployment.healthy("s3")  # which makes the bucket
            airflow = Airflow(deployment)
            print(f"all parts are up after {time.monotonic() - begun:.0f} s")
            yield airflow
        finally:
            deployment.down()


def verified(cache: Path) -> dict[str, bytes]:
    """Return the lake in the store, as another machine fetches it, after nothing in it disagreed."""
    own = os.environ | STORED | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "NEWSMILL_CACHE": str(cache)}
    own["NEWSMILL_HOME"] = own.pop("NEWSMILL_STORE")
    subprocess.run([f"{sys.prefix}/bin/newsmill", "verify"], cwd=ROOT, env=own, check=True)
    return lake(cache / "newsmill-mirror" / "s3:" / "newsmill" / "home" / "@")


def unpaused(airflow: Airflow) -> None:
    """Unpause the DAG as soon as it is there, and wait for the run of the last night, which finds nothing."""
    deadline = time.monotonic() + 180
    while not airflow.ask("GET", "/api/v2/dags?dag_id_pattern=ingest_nightly")["dags"]:
        assert time.monotonic() < deadline, airflow.deployment.log("dag-processor")
        time.sleep(1)
    airflow.ask("PATCH", "/api/v2/dags/ingest_nightly?update_mask=is_paused", {"is_paused": False})


def lake(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted((home / "lake").rglob("*.parquet"))}
