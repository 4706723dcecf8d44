"""What can be set from outside; the only reader of the environment."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline import objects
from pipeline.errors import ConfigurationError

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read by great_expectations when it is imported

USER_AGENT = "newsmill/0.1 (+https://example.org/contact)"  # to be replaced: publishers must be able to reach you
DOCUMENT_SECONDS = 300  # ten times what mining 20 MB of quotations and numbers takes
LOOK_BACK_DAYS = 90
WORKER_BYTES = 4 * 2**30  # 1.6 GB are taken before the first document, 2.4 after mining 17 MB of quotations


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the data lives and how large the pieces are, in bytes; `chunk_*` bound what one task holds in memory.

    `workers` processes extract and mine; with 0 this one does, and a document that kills it ends the run. In a worker a
    document may take `document_seconds` of processor time and `worker_bytes` of address space. Copies are looked for
    among what was published up to `look_back_days` before.
    """

    home: Path
    sources: Path = Path("seeds/sources.toml")
    workers: int = 1
    chunk_documents: int = 256
    chunk_bytes: int = 32 * 2**20
    max_document_bytes: int = 20 * 2**20
    check_bytes: int = 32 * 2**20
    user_agent: str = USER_AGENT
    host_locks: Path | None = None
    document_seconds: int = DOCUMENT_SECONDS
    worker_bytes: int = WORKER_BYTES
    look_back_days: int = LOOK_BACK_DAYS

    @property
    def raw(self) -> Path:
        """The directory of plans, WARC files and tombstones."""
        return self.home / "raw"

    @property
    def work(self) -> Path:
        """The directory of stage outputs, which may be deleted at any time."""
        return self.home / "work"

    @property
    def lake(self) -> Path:
        """The directory of published tables."""
        return self.home / "lake"

    @property
    def hosts(self) -> Path:
        """The directory of lock files, by which one host is asked for one thing at a time."""
        return self.host_locks or self.home / "locks" / "hosts"

    @property
    def commits(self) -> Path:
        """The directory of what each batch published."""
        return self.home / "commits"

    @property
    def reports(self) -> Path:
        """The directory of ledgers and check results, by batch."""
        return self.home / "reports"

    @classmethod
    def from_environment(cls, home: Path | None = None, sources: Path | None = None, workers: int = 1) -> "Settings":
        """Return settings, from NEWSMILL_* where nothing is given; ConfigurationError for no number."""
        return cls(
            home=_home(str(home or os.environ.get("NEWSMILL_HOME") or "var")),
            sources=(sources or Path(os.environ.get("NEWSMILL_SOURCES") or "seeds/sources.toml")).absolute(),
            workers=workers,
            user_agent=os.environ.get("NEWSMILL_USER_AGENT") or USER_AGENT,
            document_seconds=_number("NEWSMILL_DOCUMENT_SECONDS", DOCUMENT_SECONDS),
            worker_bytes=_number("NEWSMILL_WORKER_BYTES", WORKER_BYTES),
            look_back_days=_number("NEWSMILL_LOOK_BACK_DAYS", LOOK_BACK_DAYS, 7_000),
        )


def _home(text: str) -> Path:
    """Return the directory of a home; of one in an object store its mirror. ConfigurationError for a URL of no such."""
    cache = Path(os.environ.get("NEWSMILL_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "newsmill")
    if found := objects.mirror(text, cache.expanduser().absolute()):
        return found
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:(/|$)", text):
        shown = re.sub(r"[^/]*@", "...@", text)  # keys have no place there, nor in what is told
        raise ConfigurationError(f"{shown}: no home; give a directory, or s3://, gs:// or az:// with a bucket")
    return Path(text).absolute()


def _number(name: str, default: int, most: int = 2**62 - 1) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value[:20]) <= most):
        raise ConfigurationError(f"{name}={value}: must be a whole number from 1 to {most}")
    return int(value)
