"""A store that fails: one chosen call that changes the disk is refused, cut short, slow, or the last thing a process does.

Steps are counted: calls of os that change the disk, and the writing of each new file, which pyarrow does by itself. The
errors of the latter are the kernel's own: the file is a link to /dev/full (ENOSPC) or to /proc/self/mem (EIO), or may
only have so many bytes (EFBIG, or a signal in the middle of a write).
"""

import errno
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from unittest import mock

from pipeline import store
from pipeline.objects import Version

Kind = Literal["full", "broken", "short", "slow", "before", "within", "after"]
"""What befalls a step: ENOSPC, EIO, EFBIG amid a file, a third of a second, or death before, in or after it."""
KINDS: tuple[Kind, ...] = get_args(Kind)
DEADLY: tuple[Kind, ...] = ("before", "within", "after")
CALLS = ("replace", "rename", "fsync", "fdatasync", "unlink", "mkdir")
SPEC = "NEWSMILL_TEST_FAULT"
"""The environment variable that names the file with the fault of the worker processes."""
_ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO, "short": errno.EFBIG}
_DEVICES = {"full": "/dev/full", "broken": "/proc/self/mem"}


@dataclass
class Fault:
    """What befalls step number `step`; a file gets `size` bytes of what is written to it."""

    kind: Kind
    step: int
    size: int = 100
    claim: Path | None = None
    """A file that is there until the fault happened, so that it happens in one of many processes."""

    def is_due(self) -> bool:
        """Count a step; return whether it is the one."""
        self.step -= 1
        if self.step != -1:
            return False
        try:
            if self.claim is not None:
                self.claim.unlink()
        except FileNotFoundError:
            return False
        return True


class Steps:
    """Counts steps and lets nothing befall them."""

    def __init__(self) -> None:
        self.count = 0

    def is_due(self) -> bool:
        """Count a step."""
        self.count += 1
        return False


@contextmanager
def installed(fault: Fault | Steps) -> Iterator[None]:
    """Have the fault happen in this process, for a while."""
    with ExitStack() as stack:
        for patch in _patches(fault):
            stack.enter_context(patch)
        yield


def install(fault: Fault | Steps) -> None:
    """Have the fault happen in this process until it ends: one that was forked for it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if isinstance(fault, Fault) and fault.kind == "within":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    for patch in _patches(fault):
        patch.start()


def _patches(fault: Fault | Steps) -> "list[mock._patch[Any]]":
    calls = [mock.patch.object(os, name, _called(fault, getattr(os, name))) for name in CALLS]
    return [*calls, mock.patch.object(store, "replacing", _written(fault, store.replacing))]


def in_workers() -> None:
    """Have the fault that the environment tells of happen in one of the workers that are forked from this process."""
    path = Path(os.environ[SPEC])
    if path.exists():
        install(Fault(**json.loads(path.read_text("utf-8")), claim=path))


def tell_workers(fault: Fault) -> None:
    """Write down which fault that is."""
    spec = {name: value for name, value in asdict(fault).items() if name != "claim"}
    Path(os.environ[SPEC]).write_text(json.dumps(spec), encoding="utf-8")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _called(fault: Fault | Steps, call: Callable[..., Any]) -> Callable[..., Any]:
    def once(*args: Any, **kwargs: Any) -> Any:
        if not fault.is_due():
            return call(*args, **kwargs)
        assert isinstance(fault, Fault)
        if fault.kind in _ERRORS:
            code = _ERRORS[fault.kind]
            raise OSError(code, os.strerror(code), args[0] if isinstance(args[0], str | Path) else None)
        if fault.kind == "slow":
            time.sleep(0.3)
        elif fault.kind != "after":
            die()
        result = call(*args, **kwargs)
        if fault.kind == "after":
            die()
        return result

    return once


Replacing = Callable[..., AbstractContextManager[Path]]


def _written(fault: Fault | Steps, replacing: Replacing) -> Replacing:
    @contextmanager
    def once(path: Path, scratch: Path | None = None, over: Version | None = None) -> Iterator[Path]:
        with replacing(path, scratch, over) as temporary:
            if not fault.is_due():
                yield temporary
                return
            assert isinstance(fault, Fault)
            with _befallen(fault, temporary):
                yield temporary

    return once


@contextmanager
def _befallen(fault: Fault, temporary: Path) -> Iterator[None]:
    if fault.kind in _DEVICES:
        temporary.symlink_to(_DEVICES[fault.kind])
    elif fault.kind == "slow":
        time.sleep(0.3)
    elif fault.kind == "before":
        die()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if fault.kind in ("short", "within"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    if fault.kind == "after":
        die()
