"""Calls in other processes, which may die of a document: by a signal, of memory or of processor time.

Why not a library: concurrent.futures and loky drop all that is under way when one worker dies and do not say on what;
multiprocessing.Pool waits for ever; billiard limits wall-clock time, which depends on what else the machine does;
pebble is LGPL. multiprocessing's forkserver imports the caller's main module in every worker, refuses to run below
daemonic processes, as some of Airflow's executors are, and cannot be used again after a fork.

So each worker has a pipe and a thread that waits for it, and is forked by a nursery. Only what a document can do by
itself is held against it; a worker that anybody else killed is replaced, and its work is done again.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from pipeline import nursery, nursing
from pipeline.errors import TransientError
from pipeline.model import Reason
from pipeline.nursery import Nursery, Worker

T = TypeVar("T")
R = TypeVar("R")
DOCUMENTS, CHECKS = "pipeline.loading:prepare", "pipeline.checks:prepare"
"""What workers load that extract and mine, and what those load on top of it that check."""
OWN_DOING = frozenset((signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE))
"""Signals that a process brings upon itself; SIGKILL comes from outside, often from a kernel short of memory."""
TRIES = 3
"""How often an item is tried alone when its worker is killed from outside."""


class WorkerDiedError(TransientError):
    """A worker died while it worked on a call; `reason` is None if it was killed from outside."""

    def __init__(self, reason: Reason | None, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"a worker died twice, {self.detail}; run again"


class Lost(NamedTuple, Generic[T]):
    """What killed its worker twice, the second time alone, and how."""

    item: T
    reason: Reason
    detail: str


@dataclass(slots=True)
class Workers:
    """`count` processes to call functions in; with 0 they are called in this one, and nothing guards it."""

    count: int
    cpu_seconds: int = 0
    memory: int = 0
    _nursery: Nursery | None = None
    _threads: ThreadPoolExecutor | None = None
    _own: threading.local = field(default_factory=threading.local)
    _alive: dict[int, Worker] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def submit(self, function: Callable[..., R], *args: Any, bounded: bool = True) -> "Future[R]":
        """Return the result to come of a call, whose exception it raises; WorkerDiedError if the worker dies of it.

        A `bounded` call may not take more than `cpu_seconds` of processor time and `memory` bytes of address space.
        """
        if self._threads is not None and self._nursery is not None:
            limits = (self.cpu_seconds, self.memory) if bounded else (0, 0)
            return self._threads.submit(self._call, self._nursery, limits, function, args)
        future: Future[R] = Future()
        try:
            future.set_result(function(*args))
        except Exception as error:  # as in a worker: it is raised where the result is asked for
            future.set_exception(error)
        return future

    def call(self, function: Callable[..., R], *args: Any) -> R:
        """Return the result of an unbounded call; WorkerDiedError if the worker dies of it twice."""
        return next(self.calls([partial(function, *args)]))

    def calls(self, functions: Sequence[Callable[[], R]]) -> Iterator[R]:
        """Yield the results of such calls, which are all begun at once and can be made again, in order."""
        for function, future in [(function, self.submit(function, bounded=False)) for function in functions]:
            try:
                yield future.result()
            except WorkerDiedError:
                yield self.submit(function, bounded=False).result()

    def each(self, function: Callable[[Sequence[T]], R], groups: Sequence[Sequence[T]]) -> Iterator[R | Lost[T]]:
        """Yield the results of groups in order. A group whose worker dies is tried again item by item."""
        for group, future in [(group, self.submit(function, group)) for group in groups]:
            try:
                yield future.result()
            except WorkerDiedError:
                yield from (self._alone(function, item) for item in group)

    def close(self) -> None:
        """Kill all workers at once; a call that is under way raises TransientError."""
        with self._lock:
            self._closed = True
            doomed = list(self._alive.values())
            self._alive.clear()
            for worker in doomed:
                self._kill(worker)
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in doomed:
            if self._nursery is not None:
                with suppress(TransientError):
                    self._nursery.ended(worker)

    def _kill(self, worker: Worker) -> None:
        if self._nursery is not None and self._nursery.alive:  # else it has died with it: the id may be another's
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)

    def _alone(self, function: Callable[[Sequence[T]], R], item: T) -> R | Lost[T]:
        detail = ""
        for _ in range(TRIES):
            try:
                return self.submit(function, [item]).result()
            except WorkerDiedError as error:
                if error.reason:
                    return Lost(item, error.reason, error.detail)
                detail = error.detail
        raise TransientError(
            f"a worker was killed from outside ({detail}), often by the kernel for lack of memory; "
            "run again with fewer --workers"
        )

    def _call(self, own: Nursery, limits: tuple[int, int], function: Callable[..., R], args: tuple[Any, ...]) -> R:
        request = pickle.dumps((*limits, function, args))
        worker = self._worker(own)
        try:
            worker.pipe.send_bytes(request)
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._death(own, worker) from error
        done, value = nursery.unpacked(answer)
        if done:
            return value  # type: ignore[no-any-return]
        raise value

    def _worker(self, own: Nursery) -> Worker:
        """Return the worker of this thread, a new one if it has none."""
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = own.fork(self.memory)
            with self._lock:
                self._alive[worker.pid] = self._own.worker = worker
                if self._closed:
                    self._kill(worker)
        return worker

    def _death(self, own: Nursery, worker: Worker) -> Exception:
        with self._lock:
            if self._closed:
                return TransientError("stopped")
            del self._alive[worker.pid]
        self._own.worker = None
        return _reason(os.waitstatus_to_exitcode(own.ended(worker)), self.cpu_seconds)


def expect() -> None:
    """Have all loaded that extraction and mining need, beside what this process does until it starts workers."""
    nursery.of_this_process(DOCUMENTS)


@contextmanager
def started(count: int, cpu_seconds: int, memory: int, prepare: str, after: str | None = None) -> Iterator[Workers]:
    """Yield `count` workers, killed at the end; `prepare` is the `module:function` that loads what they all need.

    With `after` it loads that beside the workers that were prepared by `after`, and shares what they have loaded.
    """
    if count == 0:
        yield Workers(0)
        return
    own = nursery.of_this_process(prepare, after)
    workers = Workers(count, cpu_seconds, memory, own, ThreadPoolExecutor(count, "worker"))
    try:
        yield workers
    finally:
        workers.close()


def nothing() -> None:
    """Prepare nothing."""


def _reason(code: int, cpu_seconds: int) -> WorkerDiedError:
    if code == -signal.SIGXCPU:
        return WorkerDiedError("cpu_limit", f"more than {cpu_seconds} seconds of processor time")
    if code == nursing.OUT_OF_MEMORY:
        return WorkerDiedError("crashed", "its process ran out of memory")
    reason: Reason | None = "crashed" if -code in OWN_DOING else None
    return WorkerDiedError(reason, f"its process {nursery.ending(code)}")
