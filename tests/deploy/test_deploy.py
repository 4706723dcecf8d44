"""The compose file for real, but for Docker: nights under both executors, and under Celery while its parts are killed.

Under Celery the home is in an object store.

Every lake is, byte for byte, what `newsmill run` makes.
"""

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from tests.deploy.containers import Deployment, lacking
from tests.deploy.deployed import STORED, Airflow, corpus, lake, local_lake, running, unpaused, verified

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(bool(lacking()), reason=f"lacks {', '.join(lacking())}"),
]

DAYS = [date(2026, 3, 1), date(2026, 3, 2)]
WORKERS = ("worker-1", "worker-2")
FAULTS = (
    ((Deployment.kill, "worker-1"), (Deployment.kill, "redis")),
    ((Deployment.kill, "scheduler"), (Deployment.stop, "postgres")),
)
"""What is done to a night, each in the middle of a chunk and after the one before it was got over."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("deploy") / "sources", DAYS, articles=100)


def show_memory(airflow: Airflow) -> None:
    for name, container in airflow.deployment.containers.items():
        if container.alive:
            print(f"{name}: {airflow.deployment.memory(name) / 2**20:.0f} MiB")


def wait_until(holds: Callable[[], bool], airflow: Airflow) -> None:
    """Wait for something that comes to hold within minutes, while what ended is started again."""
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline, [
            airflow.deployment.log(name)[-2000:] for name in airflow.deployment.containers
        ]
        airflow.deployment.tend()
        time.sleep(0.2)


def test_the_parts_become_healthy_and_a_night_under_the_local_executor_gives_the_same_bytes(
    sources: Path, tmp_path: Path
) -> None:
    begun = time.monotonic()
    with running(tmp_path, sources) as airflow:
        unpaused(airflow)
        assert airflow.finish(airflow.begin(DAYS[0])) == ("success", {})
        print(f"the first night is green after {time.monotonic() - begun:.0f} s")
        names = [name for name in airflow.deployment.containers if name != "init"]
        assert [name for name in names if not airflow.deployment.healthy(name)] == []
        show_memory(airflow)
    assert lake(tmp_path / "home") == local_lake(tmp_path / "local", sources, DAYS[:1])


def test_nights_under_celery_end_green_with_the_same_bytes_in_a_store_whatever_is_killed(
    sources: Path, tmp_path: Path
) -> None:
    with running(tmp_path, sources, NEWSMILL_EXECUTOR="CeleryExecutor", **STORED) as airflow:
        unpaused(airflow)
        deployment = airflow.deployment
        for day, faults in zip(DAYS, FAULTS, strict=True):
            begun, run = time.monotonic(), airflow.begin(day)
            for fault, name in faults:
                wait_until(partial(at_work, deployment, name), airflow)
                fault(deployment, name)
                wait_until(partial(deployment.healthy, name), airflow)
            state, again = airflow.finish(run)
            done = " and ".join(f"{fault.__name__} {name}" for fault, name in faults)
            print(f"{done}: {state} in {time.monotonic() - begun:.0f} s, tried again: {again or 'nothing'}", flush=True)
            assert state == "success"
            assert again or "worker-1" not in done
        show_memory(airflow)
        stored = verified(tmp_path / "cache")
    assert stored == local_lake(tmp_path / "local", sources, DAYS)


def at_work(deployment: Deployment, name: str) -> bool:
    """Return whether documents are being worked on: in that worker, or in any where it is not one."""
    return any(deployment.works(worker) for worker in WORKERS if name not in WORKERS or name == worker)
