"""What can be set from outside; the only reader of the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read by great_expectations when it is imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the data lives and how large the pieces are, in bytes; `chunk_*` bound what one task holds in memory."""

    home: Path
    sources: Path = Path("seeds/sources.toml")
    workers: int = 1
    chunk_documents: int = 256
    chunk_bytes: int = 32 * 2**20
    max_document_bytes: int = 20 * 2**20
    check_bytes: int = 32 * 2**20

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
    def commits(self) -> Path:
        """The directory of what each batch published."""
        return self.home / "commits"

    @property
    def reports(self) -> Path:
        """The directory of ledgers and check results, by batch."""
        return self.home / "reports"

    @classmethod
    def from_environment(cls, home: Path | None = None, sources: Path | None = None, workers: int = 1) -> "Settings":
        """Return settings, from NEWSMILL_HOME and NEWSMILL_SOURCES where nothing is given; any value is a path."""
        return cls(
            home=(home or Path(os.environ.get("NEWSMILL_HOME") or "var")).absolute(),
            sources=(sources or Path(os.environ.get("NEWSMILL_SOURCES") or "seeds/sources.toml")).absolute(),
            workers=workers,
        )
