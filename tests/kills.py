"""Nights that are killed or whose disk fails, in forks of a process that has loaded everything, and what is left of them.

A child runs the command line, so that its exit code and its last words are what a user gets. Its worker processes come
from nurseries that are branches of one that lives on, and end with the child as those of any run do.
"""

import hashlib
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import psutil
import pyarrow as pa

from pipeline import archive, checks, loading, nursery, run, store, verify
from pipeline.checks import Breach
from pipeline.nursery import Nursery
from pipeline.settings import Settings
from pipeline.workers import CHECKS, DOCUMENTS
from tests import faults
from tests.faults import DEADLY, KINDS, Fault

SEEDS = Path(__file__).parent.parent / "seeds" / "sources.toml"
DAYS = (date(2026, 3, 1), date(2026, 3, 2))
ARMED = "tests.faults:in_workers"
Lake = dict[str, bytes]
Check = Callable[[str, pa.Table], list[Breach]]
CHECK_ROWS, CHECK_TABLE = checks.check_rows, checks.check_table


def load() -> None:
    """Load what documents and checks need."""
    loading.prepare()
    checks.prepare()


@contextmanager
def remembering() -> Iterator[None]:
    """Have this process and its forks evaluate the rules once for the same rows: most of a small night's time."""
    answers: dict[tuple[str, str, bytes], list[Breach]] = {}

    def remembered(check: Check) -> Check:
        def once(name: str, table: pa.Table) -> list[Breach]:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())
            key = check.__name__, name, hashlib.sha256(sink.getvalue()).digest()
            if key not in answers:
                answers[key] = check(name, table)
            return answers[key]

        return once

    with (
        mock.patch.object(checks, "check_rows", remembered(CHECK_ROWS)),
        mock.patch.object(checks, "check_table", remembered(CHECK_TABLE)),
    ):
        yield


def contents(settings: Settings) -> Lake:
    """Return all files of the lake."""
    return {
        str(path.relative_to(settings.lake)): path.read_bytes() for path in sorted(settings.lake.rglob("*.parquet"))
    }


def silent(*_: object) -> None:
    """Tell nobody."""


@dataclass
class End:
    """How a child ended: its exit code, negative for a signal, what it wrote, and after how many seconds."""

    code: int
    words: str
    seconds: float


@dataclass
class Nights:
    """Runs nights in children; everything lies below `folder`."""

    folder: Path
    names: tuple[str, ...] = ()
    sources: Path = SEEDS
    chunk_documents: int = 8
    """Small chunks make many steps."""
    main: "Callable[[Settings, date, tuple[str, ...]], int] | None" = None
    """What a child runs in place of the command line."""
    base: Nursery | None = None

    def settings(self, name: str, workers: int = 0) -> Settings:
        """Return the settings of a home."""
        return Settings(
            home=self.folder / name, sources=self.sources, chunk_documents=self.chunk_documents, workers=workers
        )

    def child(self, settings: Settings, day: date, fault: Fault | faults.Steps | None = None,
              meet: Callable[[int], None] = lambda _: None) -> End:  # fmt: skip
        """Run `newsmill run --date` in a fork with a fault, and `meet` it from outside."""
        words, began = self.folder / "words", time.monotonic()
        with self._nurseries(settings.workers, fault) as nurseries:
            pid = os.fork()
            if pid == 0:
                _command(settings, day, fault, nurseries, words, self.names, self.main or _main)
        meet(pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return End(code, words.read_text("utf-8", "replace") if words.exists() else "", time.monotonic() - began)

    def close(self) -> None:
        """End the nursery of all children's workers."""
        if self.base is not None:
            self.base.end(os.getpid())

    @contextmanager
    def _nurseries(self, workers: int, fault: Fault | faults.Steps | None) -> Iterator[list[Nursery]]:
        """Yield two branches of the nursery that has loaded all, which end when the child does."""
        if workers == 0:
            yield []
            return
        if self.base is None or not self.base.alive:
            os.environ[faults.SPEC] = str(self.folder / "fault.json")
            self.base = nursery._opened("tests.kills:load")
        if isinstance(fault, Fault):
            faults.tell_workers(fault)
        else:
            (self.folder / "fault.json").unlink(missing_ok=True)
        branches = [self.base.branch(ARMED) for _ in range(2)]
        try:
            yield branches
        finally:
            for branch in branches:
                branch.control.close()


def _command(
    settings: Settings, day: date, fault: Fault | faults.Steps | None, nurseries: list[Nursery], words: Path,
    names: tuple[str, ...], main: Callable[[Settings, date, tuple[str, ...]], int],
) -> None:  # fmt: skip
    """Be the command; never returns."""
    status = 70
    try:
        file = words.open("w", encoding="utf-8")
        for handle in (1, 2):
            os.dup2(file.fileno(), handle)
        sys.stdout = sys.stderr = file  # pytest has put others there
        if nurseries:
            checks.check_rows, checks.check_table = CHECK_ROWS, CHECK_TABLE  # workers look for them by their names
            parent = SimpleNamespace(poll=lambda: None)  # the process is the parent's to wait for
            for name, branch in zip((DOCUMENTS, CHECKS), nurseries, strict=True):
                nursery._nurseries[os.getpid(), name] = Nursery(parent, branch.control)  # type: ignore[arg-type]
        elif fault is not None:
            faults.install(fault)
        status = main(settings, day, names)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _main(settings: Settings, day: date, names: tuple[str, ...]) -> int:
    from pipeline import cli
    from pipeline.cli import ingest

    arguments = ["newsmill", "run", "--date", str(day), *(word for name in names for word in ("--source", name))]
    with (
        mock.patch.object(ingest, "settings_of", return_value=settings),
        mock.patch.object(ingest, "expect"),
        mock.patch.object(sys, "argv", arguments),
    ):
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            return 70
    return 0


@dataclass
class Trial:
    """Kills and faults over homes of two nights, each home judged after each, finished and compared now and then."""

    nights: Nights
    chance: random.Random
    seconds: float = 0.0
    steps: int = 0
    before: Lake = field(default_factory=dict)
    after: list[Lake] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Run both nights in peace: what they take, and what every other home must come to."""
        clean, steps = self.nights.settings("clean"), faults.Steps()
        for number, day in enumerate(DAYS, 1):
            began, before = time.monotonic(), steps.count
            with faults.installed(steps):
                run.night(clean, run.plan_night(clean, day, self.nights.names), silent)
            self.seconds, self.steps = time.monotonic() - began, steps.count - before
            self.after.append(contents(clean))
            shutil.copytree(clean.home, self.nights.folder / f"clean-{number}")

    def home(self, workers: int) -> tuple[Settings, int]:
        """Return a new home before one of the nights, and which."""
        settings, number = self.nights.settings("home", workers), self.chance.randrange(len(DAYS))
        shutil.rmtree(settings.home, ignore_errors=True)
        if number:
            shutil.copytree(self.nights.folder / f"clean-{number}", settings.home)
        return settings, number

    def trials(self, kills: int, workers: int, befall: "Befall", again: float = 0.7) -> None:
        """Have so many nights go wrong; with a chance of `again` the same night goes wrong once more."""
        done = 0
        while done < kills:
            settings, number = self.home(workers)
            while True:
                end, what = befall(self, settings, DAYS[number])
                self.judge(settings, number, end, what)
                done += what != "missed"
                if done >= kills or self.chance.random() > again:
                    break
            self.finish(settings, number)
            print(dict(self.counts), f"{len(self.wrong)} wrong", file=sys.stderr, flush=True)

    def judge(self, settings: Settings, number: int, end: End, what: str) -> None:
        """Note what is wrong with a home after something happened to a night in it."""
        self.counts[what] += 1
        self.counts[f"exit {end.code}"] += 1
        here = f"{what} on night {number + 1} with {settings.workers} workers"
        if end.code not in (0, 1, -signal.SIGKILL, -signal.SIGXFSZ):
            self.wrong.append(f"{here}: exit code {end.code}: {end.words[-2000:]}")
        if "Traceback" in end.words:
            self.wrong.append(f"{here}: a traceback: {end.words[-2000:]}")
        if end.code == 1 and not all(word in end.words for word in ("TransientError: ", "run again")):
            self.wrong.append(f"{here}: not told what to do: {end.words[-500:]}")
        known = [self.after[number], self.after[number - 1] if number else {}]
        for name, data in contents(settings).items():
            if data not in [lake.get(name) for lake in known]:
                self.wrong.append(f"{here}: {name} is neither as before nor as after")
        self.wrong += [f"{here}: {fault}" for fault in unsound(settings)]

    def finish(self, settings: Settings, number: int) -> None:
        """Run the night once more, in peace; the lake must be that of a clean run."""
        end = self.nights.child(settings, DAYS[number])
        if end.code:
            self.wrong.append(f"a rerun ends with {end.code}: {end.words[-500:]}")
        found, wanted = contents(settings), self.after[number]
        self.wrong += [f"{name} differs from a clean run" for name in found.keys() | wanted if found.get(name) != wanted.get(name)]  # fmt: skip
        self.counts["compared"] += 1
        if self.chance.random() < 0.2:
            self.wrong += [str(each) for each in verify.verify(settings, silent) if each.fault]


Befall = Callable[[Trial, Settings, date], tuple[End, str]]


def unsound(settings: Settings) -> Iterator[str]:
    """Yield files that have their name and are not whole."""
    for path in settings.home.rglob("*"):
        try:
            if path.name.endswith(".parquet"):
                for _ in store.read_batches(path):
                    pass
            elif path.name.endswith(".json"):
                store.read_json(path)
            elif path.name.endswith(".warc.gz") and path.is_relative_to(settings.raw) and path.name[0].isdigit():
                list(archive.read(path, path.name, settings.raw))
        except Exception as error:  # whatever it is
            yield f"{path.relative_to(settings.home)}: {error}"


def killed_at_a_moment(trial: Trial, settings: Settings, day: date) -> tuple[End, str]:
    """Kill a night after a random time."""

    def meet(pid: int) -> None:
        time.sleep(trial.chance.uniform(0, trial.seconds))
        os.kill(pid, signal.SIGKILL)

    end = trial.nights.child(settings, day, meet=meet)
    if end.code == 0:
        trial.seconds = max(0.2, trial.seconds * 0.95)  # nothing was left to do, or what was timed was slow
    return end, "killed at a moment" if end.code < 0 else "missed"


def killed_at_a_step(trial: Trial, settings: Settings, day: date) -> tuple[End, str]:
    """Kill a night before, in or after a random step."""
    fault = Fault(trial.chance.choice(DEADLY), trial.chance.randrange(trial.steps), trial.chance.randrange(4000))
    end = trial.nights.child(settings, day, fault)
    return end, f"killed {fault.kind} a step" if end.code < 0 else "missed"


def worker_killed(trial: Trial, settings: Settings, day: date) -> tuple[End, str]:
    """Kill one of the processes that work for a night, whichever, after a random time."""
    killed: list[int] = []

    def meet(pid: int) -> None:
        time.sleep(trial.chance.uniform(0, trial.seconds))
        own = {trial.nights.base.process.pid} if trial.nights.base else set()
        found = [each.pid for base in own for each in psutil.Process(base).children(recursive=True)]
        if found:
            killed.append(trial.chance.choice(found))
            os.kill(killed[0], signal.SIGKILL)

    end = trial.nights.child(settings, day, meet=meet)
    return end, "killed a worker or nursery" if killed else "missed"


def befallen(trial: Trial, settings: Settings, day: date) -> tuple[End, str]:
    """Have a step of a night go wrong in one of all ways."""
    most = 12 if settings.workers else trial.steps
    fault = Fault(trial.chance.choice(KINDS), trial.chance.randrange(most), trial.chance.randrange(4000))
    end = trial.nights.child(settings, day, fault)
    spent = (
        (trial.nights.folder / "fault.json").exists() if settings.workers else end.code == 0 and fault.kind != "slow"
    )
    return end, "missed" if spent else f"fault: {fault.kind}"


def summary(trial: Trial) -> dict[str, Any]:
    """Return what happened and what is wrong."""
    return {"counts": dict(sorted(trial.counts.items())), "wrong": trial.wrong}
