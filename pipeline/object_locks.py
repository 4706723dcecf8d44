"""Locks between machines that share an object store: an object that its holder writes anew while it holds it.

Who waits and sees the object unchanged for longer than a holder would leave it takes it over: no clocks are compared.
Such a lock saves work that would be in vain. What is published is safe without it, by conditional writes. Who was
stopped for so long that another may have taken over writes nothing more, and is told to do its work again.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

from pipeline import objects
from pipeline.errors import ConfigurationError, TransientError
from pipeline.objects import ChangedError, Place, Tag

LEASE_SECONDS = 30.0
RENEWALS = 3
"""How often a holder writes its lock in that time."""
_FREE = "free"
_held: ContextVar[tuple["_Renewing", ...]] = ContextVar("held", default=())


@contextmanager
def held(at: Place, path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock object of a lock file that this process holds; TransientError if others do for so many seconds.

    TransientError at the end if another machine took it over meanwhile.
    """
    owner = f"{_machine(path)} {uuid4().hex}"
    renewing = _Renewing(at, owner, *_take(at, owner, path, seconds))
    renewing.start()
    mark = _held.set((*_held.get(), renewing))
    try:
        yield
    finally:
        _held.reset(mark)
        renewing.ended.set()
        renewing.join()
        kept = _release(at, owner, renewing.tag)
    if not kept:
        raise _passed(at)


def changing(path: Path) -> Place | None:
    """Return the object that is to be changed with a path, None for a file of this machine.

    TransientError if a lock that is held here may be another machine's by now, because this one was stopped.
    """
    at = objects.place(path)
    for lock in _held.get() if at else ():
        if lock.lost or _now() - lock.written > LEASE_SECONDS:
            raise _passed(lock.at)
    return at


def _passed(at: Place) -> TransientError:
    return TransientError(
        f"{at.home}/{at.key}: this machine was silent for {LEASE_SECONDS:.0f} s, another may hold it now; run it again"
    )


def _now() -> float:
    """The clock of waiting goes on while a machine sleeps, where there is such a one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _take(at: Place, owner: str, path: Path, seconds: float) -> tuple[Tag, float]:
    """Return the version of a lock that is ours now, and when it was asked for."""
    began, since, wait = time.monotonic(), 0.0, 0.05
    seen: Tag | None = None
    while (now := time.monotonic()) - began < seconds:
        asked = _now()
        body, tag = _present(at)
        if tag != seen:
            seen, since = tag, now
        dead = bool(body) and body.split()[0] == _machine(path)  # of this machine, whose lock file is ours
        if body.startswith(owner) and tag:
            return tag, asked
        if not body or body.startswith(_FREE) or dead or now - since > LEASE_SECONDS:
            with suppress(ChangedError):
                return objects.write(at, f"{owner} 0".encode(), tag), asked
        time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  (that many do not ask at once)
        wait = min(wait * 1.5, 2.0)
    raise TransientError(f"{path}: still locked after {seconds:.0f} s by another machine; try again")


def _present(at: Place) -> tuple[str, Tag | None]:
    try:
        body, tag = objects.read(at)
    except FileNotFoundError:
        return "", None
    return body.decode("ascii", "replace"), tag


def _rewrite(at: Place, owner: str, content: str, tag: Tag) -> Tag:
    """Write a lock that is ours; ChangedError if it is not any more."""
    try:
        return objects.write(at, content.encode(), tag)
    except ChangedError:  # perhaps by our last writing, whose answer was lost on its way
        body, now = _present(at)
        if now and body == content:
            return now
        if now and body.startswith(owner):
            return objects.write(at, content.encode(), now)
        raise


def _release(at: Place, owner: str, tag: Tag) -> bool:
    """Let others have a lock, and return whether it was ours until now."""
    try:
        _rewrite(at, owner, f"{_FREE} {owner}", tag)
    except ChangedError:
        return False
    except (TransientError, ConfigurationError):  # others wait until it is over
        pass
    return True


class _Renewing(threading.Thread):
    """Writes a lock anew until it is released or lost; `tag` and `written` are of its last writing."""

    def __init__(self, at: Place, owner: str, tag: Tag, written: float) -> None:
        super().__init__(daemon=True, name="lock")
        self.at, self.owner, self.tag, self.written = at, owner, tag, written
        self.ended, self.lost = threading.Event(), False

    def run(self) -> None:
        number = 0
        while not self.ended.wait(LEASE_SECONDS / RENEWALS):
            number, asked = number + 1, _now()
            try:
                self.tag = _rewrite(self.at, self.owner, f"{self.owner} {number}", self.tag)
                self.written = asked
            except ChangedError:
                self.lost = True
                return
            except (TransientError, ConfigurationError):  # a key may be refused while it is replaced
                continue


def _machine(path: Path) -> str:
    """Return the name of this mirror, by which a lock is known whose holder is dead."""
    file = path.parent / "machine"
    if not file.exists():
        made = path.parent / f".{uuid4().hex}.tmp"
        made.write_text(uuid4().hex, encoding="ascii")
        with suppress(FileExistsError):
            os.link(made, file)
        made.unlink()
    return file.read_text("ascii")
