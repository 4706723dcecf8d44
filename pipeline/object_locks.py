"""Locks between machines that share an object store: an object that its holder writes anew while it holds it.

Who waits and sees the object unchanged for longer than a holder would leave it takes it over: no clocks are compared.
Such a lock saves work that would be in vain. What is published is safe without it, by conditional writes.
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
from pipeline.errors import TransientError
from pipeline.objects import ChangedError, Place

LEASE_SECONDS = 30.0
RENEWALS = 3
"""How often a holder writes its lock in that time."""
_FREE = b"free"


@contextmanager
def held(at: Place, path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock object of a lock file that this process holds; TransientError if others do for so many seconds."""
    owner = f"{_machine(path)} {uuid4().hex}"
    etag = _take(at, owner, path, seconds)
    ended = threading.Event()
    renewing = _Renewing(at, owner, etag, ended)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        with suppress(ChangedError, TransientError):  # somebody took it over, or will
            objects.write(at, _FREE, renewing.etag)


def _take(at: Place, owner: str, path: Path, seconds: float) -> str:
    began, seen, since, wait = time.monotonic(), "", 0.0, 0.05
    while time.monotonic() - began < seconds:
        body, etag = _present(at)
        if etag != seen:
            seen, since = etag, time.monotonic()
        dead = _machine(path) == body.split()[0] if body else False  # of this machine, whose lock file is ours
        if body.startswith(owner):
            return etag
        if body in ("", _FREE.decode()) or dead or time.monotonic() - since > LEASE_SECONDS:
            with suppress(ChangedError):
                return objects.write(at, f"{owner} 0".encode(), etag or None)
        time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  (that many do not ask at once)
        wait = min(wait * 1.5, 2.0)
    raise TransientError(f"{path}: still locked after {seconds:.0f} s by another machine; try again")


def _present(at: Place) -> tuple[str, str]:
    try:
        body, meta = objects.read(at)
    except FileNotFoundError:
        return "", ""
    return body.decode("ascii", "replace"), str(meta["e_tag"])


class _Renewing(threading.Thread):
    """Writes a lock anew until it is released or lost; `etag` is that of its last writing."""

    def __init__(self, at: Place, owner: str, etag: str, ended: threading.Event) -> None:
        super().__init__(daemon=True, name="lock")
        self.at, self.owner, self.etag, self.ended = at, owner, etag, ended

    def run(self) -> None:
        number = 0
        while not self.ended.wait(LEASE_SECONDS / RENEWALS):
            number += 1
            try:
                self.etag = objects.write(self.at, f"{self.owner} {number}".encode(), self.etag)
            except ChangedError:
                return
            except TransientError:
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
