"""The process that workers are forked from, and what happens inside a worker.

It is fresh, has one thread and has imported everything, so a worker is ready in 10 ms and shares that memory; started
from scratch it would take 700. It tells how its workers ended, and they end with it, as it does with its last caller.
"""

import atexit
import ctypes
import gc
import os
import pickle
import pkgutil
import resource
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import ConfigurationError, TransientError

OUT_OF_MEMORY, BROKEN = 77, 78
"""The exit statuses of a worker that could get no more memory, and of one that failed beside its call."""
LEAST_ROOM = 2**28
"""Bytes that a worker must be able to take for a document, or its limit is a mistake."""
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)
_MESSAGE = 4096
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
        return self.process.poll() is None

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
        """End the nursery, if this is the process that it is of, and with it whatever it forked."""
        if os.getpid() == pid:
            self.control.close()
            self.process.kill()
            self.process.wait()

    def _ask(self, request: str, *handles: int) -> str:
        try:
            with self.lock:
                socket.send_fds(self.control, [request.encode()], handles)
                answer = self.control.recv(_MESSAGE).decode()
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
_locks: dict[int, threading.Lock] = {}


def of_this_process(prepare: str) -> Nursery:
    """Return this process's nursery, a new one if it has none (a forked child has not) or it was killed."""
    pid = os.getpid()
    with _locks.setdefault(pid, threading.Lock()):
        nursery = _nurseries.get((pid, prepare))
        if nursery is None or not nursery.alive:
            nursery = _nurseries[pid, prepare] = _opened(prepare)
            atexit.register(nursery.end, pid)
        return nursery


def _opened(prepare: str) -> Nursery:
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {!r}; "
    code += "from pipeline import nursery; nursery.nurse({}, {!r})"
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-c", code.format(sys.path, theirs.fileno(), prepare)]
            process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
    except OSError as error:
        raise TransientError(f"no worker can be started: {error} (ulimit -n, ulimit -u)") from error
    return Nursery(process, ours)


def ending(code: int) -> str:
    """Return in words how a process ended, by its exit code, which is negative for a signal."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def unpacked(message: bytes) -> Any:
    """Return what a process of our own pickled."""
    return pickle.loads(message)  # noqa: S301


def nurse(handle: int, prepare: str) -> None:
    """Fork workers and report their ends over a socket, until nobody holds its other end. Runs in the nursery."""
    control, own = socket.socket(fileno=handle), os.getpid()
    refusal = _prepared(prepare)
    gc.freeze()  # what was loaded is not looked at by collections, which would copy its pages in every worker
    while True:
        message, handles, _, _ = socket.recv_fds(control, _MESSAGE, 1)
        if not message:
            return
        what, number = message.split()
        if what == b"wait":
            answer = str(_status(int(number)))
        else:
            answer = refusal or _forked(control, own, handles[0], int(number))
            os.close(handles[0])
        control.send(answer.encode("utf-8", "replace")[:_MESSAGE])


def _prepared(prepare: str) -> str | None:
    """Return why there can be no workers, None if there can."""
    try:
        pkgutil.resolve_name(prepare)()
    except Exception as error:  # whatever it is, the one who asks for a worker is told
        return f"unprepared {_text(error)}"[: _MESSAGE // 4]
    return None


def _status(pid: int) -> int:
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:  # it was asked for before
        return 0


def _forked(control: socket.socket, nursery: int, handle: int, memory: int) -> str:
    try:
        pid = os.fork()
    except OSError as error:
        return f"unforked {error}"
    if pid == 0:
        control.close()
        _serve(Connection(handle), nursery, memory)
    return str(pid)


def _serve(pipe: Connection, nursery: int, memory: int) -> None:
    """Answer calls until there is nobody to answer to. Runs in a worker, and never returns."""
    status = BROKEN
    try:
        _tie(nursery)
        pipe.send_bytes(_began(memory))
        while True:
            pipe.send_bytes(_answer(pipe.recv_bytes()))
    except (EOFError, OSError):
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        os._exit(status)


def _began(memory: int) -> bytes:
    """Return the first message of a worker: an error if what may be taken is taken already."""
    if sys.platform == "linux" and memory:
        room = _least(memory, resource.RLIMIT_AS)
        taken = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        if room < taken + LEAST_ROOM:
            limit = "NEWSMILL_WORKER_BYTES" if room == memory else "ulimit -v"
            text = f"no worker can be started: {limit} allows {room} bytes, {taken} are taken before the first document"
            return pickle.dumps((False, ConfigurationError(text)))
    return pickle.dumps((True, None))


def _answer(request: bytes) -> bytes:
    """Return the pickled result of a call, or its exception; what cannot be pickled comes as its text."""
    try:
        cpu_seconds, memory, function, args = unpacked(request)
        _limit(cpu_seconds, memory)
    except MemoryError:
        raise
    except Exception as error:  # no document had a part in it
        return pickle.dumps((False, TransientError(f"a worker could not begin a call: {_text(error)}")))
    try:
        return pickle.dumps((True, function(*args)))
    except MemoryError:
        raise
    except Exception as error:  # the caller gets it; that its reason is an error of ours is seen there
        return _portable(error)


def _portable(error: Exception) -> bytes:
    try:
        answer = pickle.dumps((False, error))
        unpacked(answer)
    except Exception:  # an exception may need arguments that it does not keep, or hold what cannot be sent
        return pickle.dumps((False, RuntimeError(_text(error))))
    return answer


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _tie(nursery: int) -> None:
    """Have this process end with the nursery, also if that has ended already; it leaves no core file."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
        if os.getppid() != nursery:
            os._exit(0)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit(cpu_seconds: int, memory: int) -> None:
    """Have the kernel end this process after so many more seconds of its processor time, also inside one C call.

    Limits of the environment stay: whoever reaches those is killed by SIGKILL, which is not held against a document.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds if cpu_seconds else resource.RLIM_INFINITY
    _set_soft(resource.RLIMIT_CPU, seconds)
    if sys.platform == "linux":  # elsewhere it is not enforced, or counts what all processes share
        _set_soft(resource.RLIMIT_AS, memory or resource.RLIM_INFINITY)


def _set_soft(which: int, limit: int) -> None:
    resource.setrlimit(which, (_least(limit, which), resource.getrlimit(which)[1]))


def _least(limit: int, which: int) -> int:
    """Return the limit, or the environment's hard one if that is lower."""
    limits = [value for value in (limit, resource.getrlimit(which)[1]) if value != resource.RLIM_INFINITY]
    return min(limits, default=resource.RLIM_INFINITY)
