"""Kills and disk faults over whole nights, counted: nothing is lost, doubled or mixed, and a rerun gives a clean run.

    nice -n 10 python -m benchmarks.kills [--seed 1] [--folder DIR] [PART...]

Parts are steps, moments, workers, fetched, airflow (300 kills together) and faults (100); by default all.
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq

from pipeline import plan, run
from pipeline.settings import Settings
from tests import kills
from tests.kills import Nights, Trial
from tests.web.publisher import Publisher
from tests.web.reply import Reply, Request
from tests.web.server import serve

FEW = ("harbour_wire", "courier")
"""The sources of nights by Airflow, of which each task takes a third of a second."""
ARTICLES = 24
SECONDS = 0.8
"""What fetching them takes at least, so that kills meet all of its moments."""


def steps(trial: Trial) -> None:
    trial.prepare()
    trial.trials(120, 0, kills.killed_at_a_step)


def moments(trial: Trial) -> None:
    trial.prepare()
    trial.trials(60, 0, kills.killed_at_a_moment)


def workers(trial: Trial) -> None:
    trial.prepare()
    trial.trials(40, 2, kills.killed_at_a_moment)
    trial.trials(20, 2, kills.worker_killed)


def faults(trial: Trial) -> None:
    trial.prepare()
    trial.trials(80, 0, kills.befallen)
    trial.trials(20, 2, kills.befallen)


def fetched(trial: Trial) -> None:
    """Fetched nights are never the same twice: they are compared with a clean run from their own raw/."""
    herald = Publisher(host="herald.example", articles=ARTICLES, listed=ARTICLES, padding=4000)
    site = {path: slow(page) if "/news/" in path else page for path, page in herald.site(1).items()}
    with here(), serve({"herald.example": site}) as web:
        path = trial.nights.folder / "sources.toml"
        url = web.url("herald.example", "/feed.xml")
        path.write_text(f'[sources.herald]\nkind = "feed"\nurls = ["{url}"]\nallow_private = true\ndelay_seconds = 0\n')
        nights, today = Nights(trial.nights.folder, sources=path), datetime.now(UTC).date()
        fetching = Fetched(trial, nights, nights.settings("home"))
        trial.steps = 150
        began = time.monotonic()
        fetching.finish(today)
        trial.seconds = (time.monotonic() - began) / 2
        for befall, number in ((kills.killed_at_a_moment, 20), (kills.killed_at_a_step, 10)):
            while sum(fetching.killed.values()) < number:
                fetching.killed.update(fetching.befallen(befall, today))
            trial.counts += fetching.killed
            fetching.killed.clear()


@dataclass
class Fetched:
    """A home of a source that is fetched."""

    trial: Trial
    nights: Nights
    settings: Settings
    killed: Counter[str] = field(default_factory=Counter)

    def befallen(self, befall: kills.Befall, today: object) -> list[str]:
        """Let a night go wrong a few times, finish it, and return what happened."""
        shutil.rmtree(self.settings.home, ignore_errors=True)
        told: list[str] = []
        while not told or (self.trial.chance.random() < 0.6):
            self.trial.nights, before = self.nights, self.trial.nights
            end, what = befall(self.trial, self.settings, today)  # type: ignore[arg-type]
            self.trial.nights = before
            told.append(what)
            if end.code not in (0, 1, -9, -25) or "Traceback" in end.words:
                self.trial.wrong.append(f"fetched, {what}: {end.code} {end.words[-2000:]}")
            self.trial.wrong += list(kills.unsound(self.settings))
        self.finish(today)
        return [f"fetched, {what}" for what in told if what != "missed"]

    def finish(self, today: object) -> None:
        """Run the night in peace and compare it with a clean run from what it fetched."""
        end = self.nights.child(self.settings, today)  # type: ignore[arg-type]
        clean = self.nights.settings("clean")
        shutil.rmtree(clean.home, ignore_errors=True)
        shutil.copytree(self.settings.raw, clean.raw)
        run.night(clean, plan.batches(clean), kills.silent)
        found, wanted = kills.contents(self.settings), kills.contents(clean)
        files = self.settings.lake.glob("captures/*/*")
        captures = [key for path in files for key in pq.read_table(path)["source_key"].to_pylist()]
        if end.code or found != wanted or not ARTICLES == len(set(captures)) == len(captures):
            said = f"{end.words[-500:]} {len(captures)} captures, as a clean run: {found == wanted}"
            self.trial.wrong.append(f"fetched, finished with {end.code}: {said}")
        self.trial.counts["compared"] += 1


def slow(page: object) -> Callable[[Request], Reply]:
    """Return a page that takes its time."""

    def answer(request: Request) -> Reply:
        assert callable(page)
        reply = page(request)
        return Reply(
            status=reply.status, headers=reply.headers, body=reply.body, pause=SECONDS / ARTICLES / 2, piece=4096
        )

    return answer


@contextmanager
def here() -> Iterator[None]:
    """Have every name below .example be this machine."""
    real = socket.getaddrinfo

    def lookup(host: str | bytes | None, *more: object, **named: object) -> object:
        own = isinstance(host, str) and host.endswith(".example")
        return real("127.0.0.1" if own else host, *more, **named)  # type: ignore[arg-type]

    with mock.patch.object(socket, "getaddrinfo", lookup):
        yield


def airflow(trial: Trial) -> None:
    """Kill `python -m dags run`, in forks of a process that has imported Airflow."""
    home = trial.nights.folder / "airflow"
    os.environ |= {"AIRFLOW_HOME": str(home), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
    subprocess.run([sys.executable, "-W", "ignore", "-m", "dags", "configure", str(home / "airflow.cfg")], check=True)
    prepared = "from airflow.utils.db import initdb; initdb()"
    subprocess.run([sys.executable, "-W", "ignore", "-c", prepared], check=True)
    import dags.ingest  # noqa: F401  (once for all children)
    from dags.__main__ import run_nights

    def main(settings: Settings, day: object, names: tuple[str, ...]) -> int:
        os.environ["NEWSMILL_HOME"] = str(settings.home)
        return run_nights([day])  # type: ignore[list-item]

    sources = tomllib.loads(kills.SEEDS.read_text("utf-8"))["sources"]
    few = [(name, sources[name]["kind"], kills.SEEDS.parent / sources[name]["path"]) for name in FEW]
    lines = [f'[sources.{name}]\nkind = "{kind}"\npath = "{place}"\n' for name, kind, place in few]
    path = trial.nights.folder / "sources.toml"
    path.write_text("".join(lines), "utf-8")
    os.environ["NEWSMILL_SOURCES"] = str(path)
    trial.nights = Nights(trial.nights.folder, (), path, 256, main)
    trial.prepare()
    settings, number = trial.home(1)
    trial.seconds = trial.nights.child(settings, kills.DAYS[number]).seconds
    trial.trials(30, 1, kills.killed_at_a_moment, again=0.8)


PARTS = {part.__name__: part for part in (steps, moments, workers, fetched, airflow, faults)}


def main() -> None:
    """Run some parts and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="where homes are made; a file system in memory is ten times as fast"
    )
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    kills.load()
    for name in given.parts or PARTS:
        folder = Path(tempfile.mkdtemp(prefix=f"kills-{name}-", dir=given.folder))
        trial, began = Trial(Nights(folder), random.Random(given.seed)), time.monotonic()
        with kills.remembering():
            PARTS[name](trial)
        told = {"part": name, "seconds": round(time.monotonic() - began)} | kills.summary(trial)
        print(json.dumps(told, indent=1), flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
