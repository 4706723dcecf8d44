"""The process that workers are forked from, as its caller sees it; what it does itself is in `nursing`.

It is fresh, has one thread and has imported everything, so a worker is ready in 10 ms and shares that memory; started
from scratch it would take 700. It tells how its workers ended, and they end with it, as it does with its last caller.
"""

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from typing import Any, NamedTuple

from pipeline.errors import ConfigurationError, TransientError

MESSAGE = 4096
"""Bytes that one side may say at once."""
_KILLED = "the process that starts the workers was killed; run again"


class Worker(NamedTuple):
    """A process that answers calls, and the pipe to it."""

    pid: int
    pipe: Connection


@dataclass(frozen=True, slots=True)
class Nursery:
    """The process that forks the workers and knows how they ended. Its memory is what they all share."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def alive(self) -> bool:
        """Whether workers can still be had of it."""
        try:
            return self.process.poll() is None and bool(self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:  # it has nothing to say, but could
            return True
        except OSError:
            return False

    def branch(self, prepare: str) -> "Nursery":
        """Return another nursery, forked from this one, that has loaded more; it ends with this one."""
        ours, theirs = _sockets()
        with theirs:
            self._ask(f"branch {prepare}", theirs.fileno())
        return Nursery(self.process, ours)

    def fork(self, memory: int) -> Worker:
        """Return a new worker for calls of so much address space; an error that says why if there can be none."""
        try:
            ours, theirs = Pipe()
        except OSError as error:
            raise TransientError(f"no worker can be started: {error} (ulimit -n)") from error
        with theirs:
            pid = int(self._ask(f"fork {memory}", theirs.fileno()))
        worker = Worker(pid, ours)
        try:
            done, value = unpacked(ours.recv_bytes())
        except (OSError, EOFError) as error:
            code = os.waitstatus_to_exitcode(self.ended(worker))
            raise TransientError(f"a worker {ending(code)} before it could begin; run again") from error
        if not done:
            self.ended(worker)
            raise value
        return worker

    def ended(self, worker: Worker) -> int:
        """Return the wait status of a worker that has closed its pipe or was killed; TransientError if none knows."""
        worker.pipe.close()
        return int(self._ask(f"wait {worker.pid}"))

    def end(self, pid: int) -> None:
        """End the nursery, if this is the process that it is of, and with it whatever it and its branches forked."""
        if os.getpid() == pid:
            self.control.close()
            self.process.kill()
            self.process.wait()

    def _ask(self, request: str, *handles: int) -> str:
        try:
            with self.lock:
                socket.send_fds(self.control, [request.encode()], handles)
                answer = self.control.recv(MESSAGE).decode()
        except OSError as error:
            raise TransientError(_KILLED) from error
        if not answer:
            raise TransientError(_KILLED)
        what, _, rest = answer.partition(" ")
        if what == "unprepared":
            raise ConfigurationError(f"no worker can be started: {rest}")
        if what == "unforked":
            raise TransientError(f"no worker can be started: {rest} (out of memory, or of processes: ulimit -u)")
        return what


_nurseries: dict[tuple[int, str], Nursery] = {}
_locks: dict[int, threading.RLock] = {}


def of_this_process(prepare: str, after: str | None = None) -> Nursery:
    """Return this process's nursery, a new one if it has none (a forked child has not) or it was killed.

    With `after` it is a branch of the nursery that is prepared by that, whose memory it shares.
    """
    pid = os.getpid()
    with _locks.setdefault(pid, threading.RLock()):
        nursery = _nurseries.get((pid, prepare))
        if nursery is None or not nursery.alive:
            nursery = of_this_process(after).branch(prepare) if after else _opened(prepare)
            _nurseries[pid, prepare] = nursery
            atexit.register(nursery.end, pid)
        return nursery


def _opened(prepare: str) -> Nursery:
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {!r}; "
    code += "from pipeline import nursing; nursing.nurse({}, {!r})"
    ours, theirs = _sockets()
    try:
        with theirs:
            command = [sys.executable, "-c", code.format(sys.path, theirs.fileno(), prepare)]
            process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
    except OSError as error:
        raise TransientError(f"no worker can be started: {error} (ulimit -n, ulimit -u)") from error
    return Nursery(process, ours)


def _sockets() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except OSError as error:
        raise TransientError(f"no worker can be started: {error} (ulimit -n)") from error


def ending(code: int) -> str:
    """Return in words how a process ended, by its exit code, which is negative for a signal."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def unpacked(message: bytes) -> Any:
    """Return what a process of our own pickled."""
    return pickle.loads(message)  # noqa: S301
