"""Workers that die: what they were at is named, the others go on, and no process is left behind."""

import ctypes
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from pipeline import nursery as nurseries
from pipeline import workers
from pipeline.errors import ConfigurationError, IntegrityError, TransientError
from pipeline.model import Reason
from pipeline.workers import Lost, WorkerDiedError, Workers

ROOT = Path(__file__).parent.parent
NOTHING = "pipeline.workers:nothing"
WORDS = [["a", "b"], ["c"], ["d", "e", "f"], [], ["g"]]


def killed_twice(marks: Path) -> None:
    with marks.open("a") as file:
        file.write("x")
    if marks.stat().st_size < 3:
        os.kill(os.getpid(), signal.SIGKILL)


class TwoArgumentsError(Exception):
    """Can be pickled and not be read again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def shouted(words: Sequence[str]) -> list[str]:
    """Return the words in capitals, unless one of them is deadly."""
    for word in words:
        if word == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "segfault":
            ctypes.string_at(0)
        elif word == "eat":
            bytearray(2**40)
        elif word == "leave":
            os._exit(3)
        elif word == "spin":
            re.match(r"(a+)+$", "a" * 60 + "b")  # one call into C that takes years and holds the interpreter
        elif word == "err":
            raise IntegrityError("a.parquet: damaged")
        elif word.startswith("once:"):  # as if somebody else killed it, at its first two tries
            killed_twice(Path(word[5:]))
    return [word.upper() for word in words]


def process_id(_: object = None) -> int:
    return os.getpid()


def sleeping(_: object) -> None:
    time.sleep(600)


def started(count: int) -> AbstractContextManager[Workers]:
    return workers.started(count, cpu_seconds=1, memory=8 * 2**30, prepare=NOTHING)


def alive(process: int) -> bool:
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(process: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while alive(process) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(process)


@pytest.fixture
def two() -> Iterator[Workers]:
    with started(2) as pool:
        yield pool


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_results_come_in_order_whatever_the_number_of_workers(count: int) -> None:
    with started(count) as pool:
        assert list(pool.each(shouted, WORDS)) == [["A", "B"], ["C"], ["D", "E", "F"], [], ["G"]]


@pytest.mark.parametrize(
    ("deadly", "reason", "detail"),
    [
        ("segfault", "crashed", "its process was ended by SIGSEGV"),
        ("eat", "crashed", "its process ran out of memory"),
        ("spin", "cpu_limit", "more than 1 seconds of processor time"),
    ],
)
def test_a_deadly_item_is_named_and_takes_none_along(two: Workers, deadly: str, reason: Reason, detail: str) -> None:
    found = list(two.each(shouted, [["a"], ["b", deadly, "c"], ["d"], ["e"]]))
    assert found == [["A"], ["B"], Lost(deadly, reason, detail), ["C"], ["D"], ["E"]]


def test_many_deaths_leave_as_many_workers_as_before(two: Workers) -> None:
    found = list(two.each(shouted, [["segfault", "a"]] * 4))
    assert [item for item in found if not isinstance(item, Lost)] == [["A"]] * 4
    assert len(set(two.calls([process_id] * 40))) <= 2


def test_what_a_call_raises_is_raised_to_who_asked_and_kills_nobody(two: Workers) -> None:
    before = {two.call(process_id) for _ in range(8)}
    with pytest.raises(IntegrityError, match=r"a\.parquet"):
        list(two.each(shouted, [["err"]]))
    assert {two.call(process_id) for _ in range(8)} & before


def test_a_call_of_our_own_that_dies_can_be_tried_again(two: Workers) -> None:
    with pytest.raises(WorkerDiedError, match="SIGKILL"):
        two.call(shouted, ["kill"])


def test_time_spent_on_one_call_is_not_counted_against_the_next() -> None:
    with started(1) as pool:
        for _ in range(4):
            assert pool.submit(half_a_second).result() < 1


def half_a_second() -> float:
    start = time.process_time()
    while time.process_time() < start + 0.5:
        pass
    return time.process_time() - start


@pytest.mark.parametrize("ending", ["kill", "leave"])
def test_who_kills_a_worker_from_outside_condemns_no_item(two: Workers, ending: str) -> None:
    with pytest.raises(TransientError, match=r"killed from outside.*fewer --workers"):
        list(two.each(shouted, [["a", ending]]))
    assert list(two.each(shouted, [["a"]])) == [["A"]]


def test_what_was_killed_from_outside_is_tried_again(two: Workers, tmp_path: Path) -> None:
    word = f"once:{tmp_path / 'tries'}"
    assert list(two.each(shouted, [["a", word]])) == [["A"], [word.upper()]]


def test_a_call_of_our_own_outlives_one_kill(two: Workers, tmp_path: Path) -> None:
    (tmp_path / "tries").write_text("x")
    word = f"once:{tmp_path / 'tries'}"
    assert two.call(shouted, [word]) == [word.upper()]


def two_arguments(_: object) -> None:
    raise TwoArgumentsError("a", "b")


def a_lock(_: object) -> object:
    return threading.Lock()


def test_what_cannot_be_sent_back_is_told_and_loses_no_item(two: Workers) -> None:
    with pytest.raises(RuntimeError, match="TwoArgumentsError: a and b"):
        list(two.each(two_arguments, [["a"]]))
    with pytest.raises(TypeError, match="pickle"):
        list(two.each(a_lock, [["a"]]))


def test_a_call_that_cannot_begin_loses_no_item(two: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None: ...

    unknown.__qualname__ = "unknown"
    monkeypatch.setattr(sys.modules[__name__], "unknown", unknown, raising=False)
    with pytest.raises(TransientError, match=r"could not begin a call: .*unknown"):
        list(two.each(unknown, [["a"]]))


def least_hard_limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
    resource.setrlimit(resource.RLIMIT_AS, (7 * 2**30, 7 * 2**30))


def test_hard_limits_of_the_environment_are_kept() -> None:
    with workers.started(1, 1000, 8 * 2**30, "tests.test_workers:least_hard_limit") as pool:
        assert list(pool.each(limits, [["a"]])) == [(100, 7 * 2**30)]
        assert pool.call(limits) == (100, 7 * 2**30)


def limits(_: object = None) -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]


def test_memory_is_limited_for_documents_only(two: Workers) -> None:
    assert next(two.each(limits, [["a"]]))[1] == 8 * 2**30
    assert two.call(limits) == (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_a_limit_below_what_a_worker_takes_is_named() -> None:
    with workers.started(1, 1, 2**20, NOTHING) as pool, pytest.raises(ConfigurationError, match="WORKER_BYTES"):
        list(pool.each(shouted, [["a"]]))


def unable() -> None:
    os._exit(5)


def failing() -> None:
    raise ImportError("no module named lornsund")


@pytest.mark.parametrize(
    ("prepare", "error", "text"),
    [("unable", TransientError, "was killed; run again"), ("failing", ConfigurationError, "ImportError: .*lornsund")],
)
def test_a_worker_that_cannot_start_is_no_fault_of_the_item(prepare: str, error: type[Exception], text: str) -> None:
    with workers.started(1, 1, 0, f"tests.test_workers:{prepare}") as pool, pytest.raises(error, match=text):
        list(pool.each(shouted, [["a"]]))


@pytest.mark.parametrize("begun", [False, True])
def test_after_the_nursery_was_killed_there_are_workers_again(begun: bool) -> None:
    with started(1) as pool:
        if begun:
            pool.call(process_id)
        nursery = nurseries.of_this_process(NOTHING)
        nursery.process.send_signal(signal.SIGKILL)
        nursery.process.wait()
        with pytest.raises(TransientError, match="was killed; run again"):
            list(pool.each(shouted, [["a"]]))
    with started(1) as pool:
        assert list(pool.each(shouted, [["a"]])) == [["A"]]


def two_at_once() -> None:
    """Prepare nothing, for a nursery of this test's own."""


def test_threads_that_start_at_once_share_a_nursery() -> None:
    barrier, found = threading.Barrier(4), []

    def ask() -> None:
        barrier.wait()
        found.append(nurseries.of_this_process("tests.test_workers:two_at_once"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({nursery.process.pid for nursery in found}) == 1


def test_closing_ends_calls_under_way_and_leaves_no_process() -> None:
    with started(2) as pool:
        processes = set(pool.calls([process_id] * 20))
        futures = [pool.submit(sleeping, None) for _ in range(6)]
        threading.Timer(0.3, pool.close).start()
        with pytest.raises(TransientError, match="stopped"):
            futures[0].result()
    assert all(gone(process) for process in processes)


SPINNING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts beside itself ignores it
from tests.test_workers import process_id, shouted, started
with started(2) as pool:
    print(*set(pool.calls([process_id] * 20)), flush=True)
    pool.submit(shouted, ["spin"], bounded=False).result()
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_die_with_their_parent_whatever_they_are_at(ending: signal.Signals) -> None:
    command = [sys.executable, "-c", SPINNING]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        processes = [int(word) for word in parent.stdout.readline().split()]
        nursery = psutil.Process(processes[0]).ppid()
        time.sleep(0.2)
        parent.send_signal(ending)
        assert parent.wait(20) != 0
    assert all(gone(process) for process in [*processes, nursery])


def test_a_forked_child_has_workers_of_its_own() -> None:
    with started(1) as pool:
        pool.call(process_id)
        child = os.fork()
        if child == 0:
            with started(1) as own:
                os._exit(0 if own.call(process_id) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert pool.call(shouted, ["a"]) == ["A"]


LOADED: list[int] = []


def load_more() -> None:
    """Note in which process this ran."""
    LOADED.append(os.getpid())


def loaded_in() -> list[int]:
    return LOADED


def test_what_a_branch_loads_is_loaded_once_and_not_by_the_workers_beside_it() -> None:
    more = "tests.test_workers:load_more"
    with started(1) as plain, workers.started(2, 0, 0, more, after=NOTHING) as loaded:
        (where,) = {tuple(found) for found in loaded.calls([loaded_in] * 20)}
        assert len(where) == 1
        assert where[0] not in {os.getpid(), *loaded.calls([process_id] * 20)}
        assert plain.call(loaded_in) == []


def test_a_branch_ends_with_the_nursery_and_can_be_had_again() -> None:
    more = "tests.test_workers:load_more"
    with workers.started(1, 0, 0, more, after=NOTHING) as loaded:
        (branch,) = loaded.call(loaded_in)
    nursery = nurseries.of_this_process(NOTHING)
    nursery.process.kill()
    nursery.process.wait()
    assert gone(branch)
    with workers.started(1, 0, 0, more, after=NOTHING) as loaded:
        assert loaded.call(loaded_in) != [branch]
