"""What happens in the nursery and inside the workers that it forks. Nothing here runs in the process that asks.

A worker may not take more than its limits for a document, and ends with its nursery.
"""

import ctypes
import gc
import os
import pickle
import pkgutil
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.errors import ConfigurationError, TransientError
from pipeline.nursery import MESSAGE, unpacked

OUT_OF_MEMORY, BROKEN = 77, 78
"""The exit statuses of a worker that could get no more memory, and of one that failed beside its call."""
LEAST_ROOM = 2**28
"""Bytes that a worker must be able to take for a document, or its limit is a mistake."""
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


def nurse(handle: int, prepare: str) -> None:
    """Fork workers and report their ends over a socket, until nobody holds its other end. Runs in the nursery."""
    control, own = socket.socket(fileno=handle), os.getpid()
    gc.disable()  # collections took a fifth of the time of loading
    refusal = _prepared(prepare)
    gc.enable()
    gc.set_threshold(20_000)  # at 700 collections took 3 % of extraction and mining
    gc.freeze()  # what was loaded is not looked at by collections, which would copy its pages in every worker
    while True:
        message, handles, _, _ = socket.recv_fds(control, MESSAGE, 1)
        if not message:
            return
        what, argument = message.decode().split()
        if what == "wait":
            answer = str(_status(int(argument)))
        else:
            serve = _serve if what == "fork" else _branch
            answer = refusal or _forked(control, partial(serve, handles[0], own, argument))
            os.close(handles[0])
        control.send(answer.encode("utf-8", "replace")[:MESSAGE])


def _prepared(prepare: str) -> str | None:
    """Return why there can be no workers, None if there can."""
    try:
        pkgutil.resolve_name(prepare)()
    except Exception as error:  # whatever it is, the one who asks for a worker is told
        return f"unprepared {_text(error)}"[: MESSAGE // 4]
    return None


def _status(pid: int) -> int:
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:  # it was asked for before
        return 0


def _forked(control: socket.socket, serve: Callable[[], None]) -> str:
    try:
        pid = os.fork()
    except OSError as error:
        return f"unforked {error}"
    if pid == 0:
        control.close()
        serve()
    return str(pid)


def _branch(handle: int, nursery: int, prepare: str) -> None:
    """Be a nursery too. Runs in what the nursery forked, and never returns."""
    try:
        _tie(nursery)
        nurse(handle, prepare)
    finally:
        os._exit(0)


def _serve(handle: int, nursery: int, memory: str) -> None:
    """Answer calls until there is nobody to answer to. Runs in a worker, and never returns."""
    pipe, status = Connection(handle), BROKEN
    try:
        _tie(nursery)
        pipe.send_bytes(_began(int(memory)))
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
