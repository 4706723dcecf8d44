"""Two Celery workers beside one on the same chunks, and what a task costs beside its work; prints seconds.

    python -m benchmarks.workers [--articles N] [--rounds N]

Starts the services of docker-compose.yml as the tests of tests/deploy do: as root, with Debian's PostgreSQL and Redis.
Every worker takes one task at a time. A night of four single articles tells what the tasks cost, one of four chunks of
N articles what the work does.
"""

import argparse
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from tests.deploy.deployed import Airflow, corpus, running, unpaused

SMALL, LARGE = date(2026, 3, 1), date(2026, 3, 2)
WORK = ("work.capture", "work.extract", "work.mine")


class Night(NamedTuple):
    """Of one run: seconds from the first mapped task's start to the last one's end, CPU of all workers, its tasks."""

    wall: float
    cpu: float
    tasks: int

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, {self.cpu:.1f} CPU s, {self.tasks} tasks"


def night(airflow: Airflow, day: date, workers: int) -> Night:
    """Run one day and return what it took."""
    names = [f"worker-{number + 1}" for number in range(workers)]
    before = sum(map(airflow.deployment.cpu, names))
    run = airflow.begin(day)
    state, _ = airflow.finish(run)
    assert state == "success"
    done = [ti for ti in airflow.instances(run) if ti["state"] == "success"]
    mapped = [ti for ti in done if ti["task_id"] in WORK]
    starts, ends = ([datetime.fromisoformat(ti[key]) for ti in mapped] for key in ("start_date", "end_date"))
    wall = (max(ends) - min(starts)).total_seconds()
    return Night(wall, sum(map(airflow.deployment.cpu, names)) - before, len(done))


def measure(workers: int, articles: int) -> None:
    """Print what both nights take with so many workers."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        sources = corpus(Path(directory, "sources"), [SMALL], articles=1)
        corpus(sources, [LARGE], articles=articles)
        settings = {"NEWSMILL_WORKERS": str(workers), "NEWSMILL_WORKER_CONCURRENCY": "1"}
        with running(Path(directory), sources, NEWSMILL_EXECUTOR="CeleryExecutor", **settings) as airflow:
            unpaused(airflow)
            for day, name in ((SMALL, "four articles"), (LARGE, f"four chunks of {articles} articles")):
                print(f"{workers} workers, {name}: {night(airflow, day, workers)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    for _ in range(arguments.rounds):
        for count in (1, 2):
            measure(count, arguments.articles)
