"""Locks between machines that share an object store: an object that its holder writes anew while it holds it.

Who waits and sees the object unchanged for longer than a holder would leave it takes it over: no clocks are compared.
Such a lock saves work that would be in vain. What is published is safe without it, by conditional writes; who was
stopped for so long that another took over is told when it lets go, and what it did is to be done again.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from pipeline import objects
from pipeline.errors import ConfigurationError, TransientError
from pipeline.objects import ChangedError, Place, Tag

LEASE_SECONDS = 30.0
RENEWALS = 3
"""How often a holder writes its lock in that time."""
_FREE = "free"


@contextmanager
def held(at: Place, path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock object of a lock file that this process holds; TransientError if others do for so many seconds.

    TransientError at the end if another machine took it over meanwhile.
    """
    owner = f"{_machine(path)} {uuid4().hex}"
    ended = threading.Event()
    renewing = _Renewing(at, owner, _take(at, owner, path, seconds), ended)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        kept = _release(at, owner, renewing.tag)
    if not kept:
        raise TransientError(f"{path}: another machine took it over, this one was silent for too long; run it again")


def _take(at: Place, owner: str, path: Path, seconds: float) -> Tag:
    began, since, wait = time.monotonic(), 0.0, 0.05
    seen: Tag | None = None
    while time.monotonic() - began < seconds:
        body, tag = _present(at)
        if tag != seen:
            seen, since = tag, time.monotonic()
        dead = bool(body) and body.split()[0] == _machine(path)  # of this machine, whose lock file is ours
        if body.startswith(owner) and tag:
            return tag
        if not body or body.startswith(_FREE) or dead or time.monotonic() - since > LEASE_SECONDS:
            with suppress(ChangedError):
                return objects.write(at, f"{owner} 0".encode(), tag)
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
    """Writes a lock anew until it is released or lost; `tag` is that of its last writing."""

    def __init__(self, at: Place, owner: str, tag: Tag, ended: threading.Event) -> None:
        super().__init__(daemon=True, name="lock")
        self.at, self.owner, self.tag, self.ended = at, owner, tag, ended

    def run(self) -> None:
        number = 0
        while not self.ended.wait(LEASE_SECONDS / RENEWALS):
            number += 1
            try:
                self.tag = _rewrite(self.at, self.owner, f"{self.owner} {number}", self.tag)
            except ChangedError:
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
