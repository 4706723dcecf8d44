"""Homes in an object store: their files are objects, and a directory of this machine, the mirror, has copies of them.

The path of a file in a mirror says which object it stands for, so nothing is registered or handed on. A copy counts
only while a note beside the mirror has the object's ETag for this very file, so that neither a kill nor another process
can pair bytes with a wrong ETag. The mirror may be deleted at any time. A process that asked an object store once must
not be forked: the threads that wait for its answers are not in the fork.
"""

import errno
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from uuid import uuid4

import obstore
from obstore import exceptions
from obstore.store import ObjectStore, from_url

from pipeline.errors import ConfigurationError, TransientError

MIRROR = "newsmill-mirror"
_URL = re.compile(r"(s3|gs|az):/{1,2}([a-z0-9][a-z0-9._-]+(?:/(?!\.{1,2}(?:/|$)|@(?:/|$))[\w.=+,@~ -]+)*)/?", re.ASCII)
"""No keys before the bucket, which would be told with every error, and no name that a directory cannot have."""
_PATH = re.compile(rf"(.*)/{MIRROR}/(s3|gs|az):/(.+?)/@(?:/(.*))?", re.DOTALL)
_OURS = re.compile(r"(tmp|locks/hosts|work/duplicates|work/rebuild)(/|$)|.*(\.part|/\.[0-9a-f]{32}\.tmp)$", re.DOTALL)
"""What is of one machine alone: scratch, how long a host rests, caches, a chunk that is being fetched."""
_RETRY: Any = {
    "max_retries": 10,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=15), "base": 2},
}
_CLIENT: Any = {"allow_http": True, "connect_timeout": timedelta(seconds=10)}
"""HTTP is spoken where the endpoint that was set says so."""
_PIECE = 8 * 2**20
QUICK_SECONDS = 10.0
"""What a request of a few bytes may take that others wait for: a lock passes on after three times that."""


class ChangedError(Exception):
    """An object is not the version any more that was to be replaced; read it again."""


class Place(NamedTuple):
    """An object: its home, as a URL, its key in it, and the file that says which ETag the copy in the mirror has."""

    home: str
    key: str
    note: Path


Tag = Mapping[str, str]
"""What a store calls a version: its `e_tag` and, where it compares by that alone as Google's does, its `version`."""


class Version(NamedTuple):
    """A version of a file: where its bytes are, None without a file, and what an object store calls it."""

    path: Path | None
    tag: Tag | None = None


NEW = Version(None)
"""What an object is over that is only to be written if there is none."""


def mirror(url: str, cache: Path) -> Path | None:
    """Return the mirror of the home at a URL, None if this is no URL of an object store."""
    found = _URL.fullmatch(url)
    return cache / MIRROR / f"{found[1]}:" / found[2] / "@" if found else None


def place(path: Path) -> Place | None:
    """Return the object that a path stands for, None if it is a file of this machine."""
    text = os.fspath(path)
    if f"/{MIRROR}/" not in text:
        return None
    found = _PATH.fullmatch(text)
    key = found[4] or "" if found else ""
    if found is None or _OURS.match(key):
        return None
    return Place(f"{found[2]}://{found[3]}", key, Path(f"{found[1]}/newsmill-etags/{found[2]}:/{found[3]}/{key}.json"))


def fetch(path: Path, at: Place) -> Path:
    """Return the copy of an object in the mirror, fetched if it is not the present version; FileNotFoundError."""
    known = noted(path, at)
    options: Any = {"if_none_match": known["e_tag"]} if known else None
    with _asking(at):
        try:
            answer = obstore.get(_store(at), at.key, options=options)
        except exceptions.NotModifiedError:
            return path
        except FileNotFoundError:
            path.unlink(missing_ok=True)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid4().hex}.tmp")
        try:
            with temporary.open("wb") as file:
                for piece in answer.stream(min_chunk_size=_PIECE):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())  # a note must not outlive the bytes when the power fails
            settle(temporary, path, at, _tag(answer.meta))
        finally:
            temporary.unlink(missing_ok=True)
    return path


@contextmanager
def version(path: Path, at: Place, scratch: Path) -> Iterator[Version]:
    """Yield the present version of an object, whose copy nobody replaces meanwhile."""
    pinned = scratch / f".{uuid4().hex}.tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        yield _pinned(path, at, pinned)
    finally:
        pinned.unlink(missing_ok=True)


def _pinned(path: Path, at: Place, pinned: Path) -> Version:
    while True:
        try:
            os.link(fetch(path, at), pinned)
        except FileNotFoundError:
            return Version(None)
        if tag := noted(pinned, at):
            return Version(pinned, tag)
        pinned.unlink()  # another process fetched another version at this moment


def put(temporary: Path, path: Path, at: Place, over: Version | None = None) -> None:
    """Make a file the object, and the copy in the mirror; ChangedError if the object is not the version `over`."""
    mode: Any = None if over is None else over.tag or "create"
    settle(temporary, path, at, _put(_store(at), at, temporary, mode))


def _put(store: ObjectStore, at: Place, content: Path | bytes, mode: Any) -> Tag:
    """Put an object and return what its version is called; ChangedError if another is there than is to be replaced.

    Who creates one may be refused because of somebody else's creation that comes to nothing: that is tried again.
    """
    for seconds in (0.1, 0.3, 1.0, 3.0, 10.0):
        with _asking(at):
            try:
                return _tag(obstore.put(store, at.key, content, mode=mode, chunk_size=_PIECE))
            except (exceptions.PreconditionError, exceptions.AlreadyExistsError):
                if mode != "create" or exists(at):
                    raise ChangedError(at.key) from None
            except FileNotFoundError as error:
                raise ConfigurationError(f"{at.home}: no such bucket; create it, or set NEWSMILL_HOME") from error
        time.sleep(seconds)
    raise TransientError(f"{at.home}/{at.key}: refused as if it were there, and it is not; run it again")


def settle(temporary: Path, path: Path, at: Place, tag: Tag) -> None:
    """Make a file the copy of an object in the mirror."""
    about = temporary.stat()
    temporary.replace(path)
    at.note.parent.mkdir(parents=True, exist_ok=True)
    note = at.note.with_name(f".{uuid4().hex}.tmp")
    note.write_text(json.dumps([tag, about.st_ino, about.st_mtime_ns, about.st_size]), encoding="ascii")
    note.replace(at.note)


def noted(path: Path, at: Place) -> Tag | None:
    """Return the version that a copy is, None if it is not known of this very file."""
    with suppress(FileNotFoundError, ValueError):
        tag, *about = json.loads(at.note.read_text("ascii"))
        status = path.stat()
        if about == [status.st_ino, status.st_mtime_ns, status.st_size] and isinstance(tag, dict):
            return tag
    return None


def _tag(said: Mapping[str, Any]) -> Tag:
    return {name: said[name] for name in ("e_tag", "version") if said.get(name)}


def exists(at: Place) -> bool:
    """Return whether an object is there."""
    try:
        about(at)
    except FileNotFoundError:
        return False
    return True


def about(at: Place) -> Mapping[str, Any]:
    """Return what the store says of an object: `size`, `e_tag`, `last_modified`, ...; FileNotFoundError."""
    with _asking(at):
        return obstore.head(_store(at), at.key)


def read(at: Place) -> tuple[bytes, Tag]:
    """Return the few bytes of an object and which version they are; FileNotFoundError."""
    with _asking(at):
        answer = obstore.get(_store(at, QUICK_SECONDS), at.key)
        return bytes(answer.bytes()), _tag(answer.meta)


def read_range(at: Place, start: int, length: int, e_tag: str | None) -> bytes:
    """Return a range of the bytes of an object; TransientError if it is not that version any more."""
    options: Any = {"range": (start, start + length), "if_match": e_tag}
    with _asking(at):
        return bytes(obstore.get(_store(at), at.key, options=options).bytes())


def write(at: Place, content: bytes, over: Tag | None = None) -> Tag:
    """Make a few bytes a new object, or a version over that one, and return what it is called; ChangedError."""
    return _put(_store(at, QUICK_SECONDS), at, content, over or "create")


def remove(at: Place, keys: list[str]) -> None:
    """Remove objects of a home; missing ones are no error."""
    with _asking(at), suppress(FileNotFoundError):
        obstore.delete(_store(at), keys)


def listed(at: Place) -> Iterator[Mapping[str, Any]]:
    """Yield what the store says of each object below a directory: `path` in the home, `size`, `last_modified`, ..."""
    with _asking(at):
        for some in obstore.list(_store(at), at.key or None, chunk_size=1000):
            yield from some


def between(at: Place, first: str, last: str) -> Iterator[str]:
    """Yield the keys below a directory, in it, from `first` up to `last`, by one request if there are few.

    S3, Google and Azure list keys in their order.
    """
    start = f"{at.key}/"
    with _asking(at):
        for some in obstore.list(_store(at), at.key, offset=f"{start}{first}"[:-1], chunk_size=1000):
            for key in (each["path"].removeprefix(start) for each in some):
                if key >= last:
                    return
                if key >= first:
                    yield key


def matches(key: str, pattern: str) -> bool:
    """Return whether a key below a directory matches a pattern as pathlib has them; `**` stands at the beginning."""
    parts, wanted = PurePosixPath(key).parts, PurePosixPath(pattern).parts
    if wanted[0] == "**":
        parts, wanted = parts[-len(wanted[1:]) :], wanted[1:]
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


@contextmanager
def _asking(at: Place) -> Iterator[None]:
    """Turn what an object store refuses into errors that say what to do; a busy one was asked again meanwhile."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TransientError(f"{error}: no room for a copy of {at.home}/{at.key}; make some, run again") from error
    except exceptions.BaseError as error:
        said = str(error)
        if re.search(r"status code: 40[13]\b", said):
            raise ConfigurationError(f"{at.home}: access is refused ({_first(error)}); mend keys or rights") from error
        if "NoSuchBucket" in said:
            raise ConfigurationError(f"{at.home}: no such bucket; create it, or set NEWSMILL_HOME") from error
        if "169.254.169.254" in said or "metadata.google" in said:  # where machines of a cloud ask for theirs
            raise ConfigurationError(f"{at.home}: no credentials; set AWS_ACCESS_KEY_ID and its like") from error
        raise TransientError(f"{at.home}/{at.key}: {_first(error)}; run it again") from error


def _first(error: Exception) -> str:
    """Return what a store said, first its own word for it, such as ExpiredToken."""
    said = str(error)
    code = re.search(r"<Code>(\w+)</Code>", said)
    return f"{code[1]}: {said}".partition("\n")[0][:300] if code else said.partition("\n")[0][:300]


def _store(at: Place, seconds: float = 600.0) -> ObjectStore:
    """Return the store of an object, where a request may take so long: 8 MiB at 15 kB/s take ten minutes."""
    return _connected(at.home, os.getpid(), seconds)


@lru_cache(maxsize=8)
def _connected(home: str, process: int, seconds: float) -> ObjectStore:
    """A store keeps its connections, which no two processes may share."""
    return from_url(home, client_options=_CLIENT | {"timeout": timedelta(seconds=seconds)}, retry_config=_RETRY)
