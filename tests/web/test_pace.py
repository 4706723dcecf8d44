"""Turns at a host: one at a time, some seconds apart, whatever processes do."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.manners import Manners
from pipeline.web.pace import turn, waiting
from pipeline.web.send import Web
from tests.web.client import USER_AGENT, Time, asking, local
from tests.web.reply import Reply
from tests.web.server import Site, serve


def take(path: Path, delay: float, clock: Time, rest: float = 0) -> list[float]:
    """Take a turn and return how long it had to wait."""
    before = len(clock.slept)
    with turn(path, delay, 60, clock.clock, clock.sleep) as mine:
        mine.start()
        if rest:
            mine.rest(rest)
    return clock.slept[before:]


def test_a_turn_waits_for_the_rest_of_the_delay(tmp_path: Path) -> None:
    clock = Time()
    assert take(tmp_path / "host", 2, clock) == []
    clock.now += 0.5
    assert take(tmp_path / "host", 2, clock) == [1.5]
    assert take(tmp_path / "other", 2, clock) == []
    clock.now += 2
    assert take(tmp_path / "host", 2, clock) == []
    assert take(tmp_path / "host", 0, clock) == []


def test_a_host_that_wants_peace_has_it_from_everybody(tmp_path: Path) -> None:
    clock = Time()
    take(tmp_path / "host", 1, clock, rest=30)
    assert take(tmp_path / "host", 0, clock) == [30]
    assert take(tmp_path / "host", 0, clock) == []


@pytest.mark.parametrize(
    "kept", [b"", b"\0" * 64, b"nonsense", b"1e400 0", b"nan nan", b"1 2 3", "\u0661 \u0662".encode()]
)
def test_a_damaged_lock_file_costs_no_time(kept: bytes) -> None:
    assert waiting(kept, 5, 60, 1000) == 0


@given(st.floats(), st.floats(), st.floats(0, 60), st.floats(0, 1e9))
def test_nobody_ever_waits_longer_than_the_longest_wait(started: float, free: float, delay: float, now: float) -> None:
    assert 0 <= waiting(f"{started} {free}".encode(), delay, 60, now) <= 61


def test_times_of_an_earlier_life_of_the_machine_are_not_waited_for() -> None:
    assert waiting(b"900000.0 900030.0", 5, 60, 12.0) == 0
    assert waiting(b"40.0 40.0", 5, 60, 12.0) == 0


def test_a_killed_process_gives_its_turn_free_and_its_start_is_remembered(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(target=_hold, args=(tmp_path / "host",))
    child.start()
    while not (tmp_path / "host").exists() or not (tmp_path / "host").read_bytes():
        time.sleep(0.01)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    slept: list[float] = []
    with turn(tmp_path / "host", 30, 60, sleep=slept.append):
        assert len(slept) == 1
        assert 20 < slept[0] <= 30


def _hold(path: Path) -> None:
    with turn(path, 0, 60) as mine:
        mine.start()
        time.sleep(60)


def test_waiting_for_a_turn_takes_no_processor_time(tmp_path: Path) -> None:
    holding = threading.Event()

    def hold() -> None:
        with turn(tmp_path / "host", 0, 60):
            holding.set()
            time.sleep(1)

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait()
    wall, thread = time.monotonic(), time.thread_time()
    with turn(tmp_path / "host", 0, 60):
        assert time.monotonic() - wall > 0.2
        assert time.thread_time() - thread < 0.01
    holder.join()


def test_four_processes_ask_a_host_one_at_a_time_and_with_its_delay(tmp_path: Path) -> None:
    sites: dict[str, Site] = {"quick.example": {"*": Reply(body=b"x")}, "slow.example": {"*": Reply(wait=0.15)}}
    with serve(sites) as server:
        spawn = multiprocessing.get_context("spawn")
        children = [spawn.Process(target=_ask, args=(tmp_path, list(sites), server.port)) for _ in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        assert [child.exitcode for child in children] == [0] * 4
        for host in sites:
            assert len(server.asked(host)) == 4 * 6
            assert server.most_at_once(host) == 1
            assert min(server.gaps(host)) > 0.1 - 1e-5


def _ask(folder: Path, hosts: list[str], port: int) -> None:
    with Web(Manners(user_agent=USER_AGENT, delay=0.1, allow_private=True), folder / "locks", local) as web:
        for number in range(5):
            assert [web.get(f"http://{host}:{port}/{number}").outcome for host in hosts] == [None, None]


def test_a_request_is_noted_before_its_answer_begins(tmp_path: Path) -> None:
    with serve({"herald.example": {"*": Reply(wait=0.5)}}) as server, asking(tmp_path) as web:
        asking_it = threading.Thread(target=web.get, args=(server.url("herald.example"),))
        asking_it.start()
        while not server.asked():
            time.sleep(0.01)
        assert (tmp_path / "locks" / "herald.example").read_bytes()
        asking_it.join()


def test_threads_ask_a_host_one_at_a_time_and_its_robots_txt_once(tmp_path: Path) -> None:
    with serve({"herald.example": {"*": Reply(body=b"x", wait=0.01)}}) as server, asking(tmp_path) as web:
        threads = [threading.Thread(target=web.get, args=(server.url("herald.example", f"/{n}"),)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.most_at_once("herald.example") == 1
        assert len(server.asked("herald.example", "/robots.txt")) == 1
        assert len(server.asked("herald.example")) == 9
