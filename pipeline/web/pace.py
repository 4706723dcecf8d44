"""Turns at a host: one request at a time and starts some seconds apart, across all threads and processes of a machine.

A host has a lock file, held (flock) while a request to it is under way; it keeps when the last one started and until
when the host wants peace. filelock would poll, and empties the file at each turn. Times are of the monotonic clock,
which all processes of a machine share and nobody can set.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_ROOM = 64


class Turn(NamedTuple):
    """The right to send one request now."""

    descriptor: int
    clock: Callable[[], float]

    def start(self) -> None:
        """Note that a request goes out now, or that the host has it.

        The former for those who come after a kill; the latter so that the host never sees two starts closer than
        the delay, however long the first was on its way.
        """
        self._write(self.clock(), 0.0)

    def rest(self, seconds: float) -> None:
        """Keep everybody from the host for so long."""
        now = self.clock()
        self._write(now, now + seconds)

    def _write(self, started: float, free: float) -> None:
        os.pwrite(self.descriptor, f"{started:.6f} {free:.6f}".ljust(_ROOM).encode(), 0)


@contextmanager
def turn(
    path: Path,
    delay: float,
    longest: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Turn]:
    """Wait for a turn at the host of this lock file and hold it; the kernel frees the lock when a process dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        seconds = waiting(os.pread(descriptor, _ROOM, 0), delay, longest, clock())
        if seconds:
            sleep(seconds)
        yield Turn(descriptor, clock)
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a process forked meanwhile has the descriptor too
        os.close(descriptor)


def waiting(kept: bytes, delay: float, longest: float, now: float) -> float:
    """Return the seconds until the next start, from what a lock file holds: 0 for nothing or nonsense.

    A time further ahead than anyone waits is of another life of the machine.
    """
    try:
        started, free = (float(word) for word in kept.split())
    except ValueError:
        return 0.0
    next_start = max(started + delay, free)
    return next_start - now if started <= now and 0 < next_start - now <= longest + 1 else 0.0
