"""How Newsmill behaves on the web: who it says it is, how long it waits, how much it takes."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigurationError

_USER_AGENT = re.compile(r"(?P<token>[A-Za-z][A-Za-z0-9_.-]{0,63})(?:[/ (][\x20-\x7e]{0,200})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What holds for every request; seconds and bytes. ConfigurationError for a user agent that is no header.

    `delay` lies between the starts of two requests to one host, unless its robots.txt asks for more; one that asks for
    more than `longest_wait` is not fetched, and no Retry-After above it is waited for. `total_seconds` bound one
    request from its first byte to the last of its answer. `ca_file` is trusted beside the system's authorities.
    `patience` URLs of a host in a row may fail before the others are not asked any more.
    """

    user_agent: str
    delay: float = 1.0
    allow_private: bool = False
    ca_file: Path | None = None
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    total_seconds: float = 60.0
    longest_wait: float = 60.0
    max_bytes: int = 20 * 2**20
    tries: int = 3
    patience: int = 3

    def __post_init__(self) -> None:
        if not _USER_AGENT.fullmatch(self.user_agent) or self.user_agent.endswith(" "):
            raise ConfigurationError(
                f"NEWSMILL_USER_AGENT={self.user_agent!r}: must be ASCII like 'newsmill/1.0 (+https://your.site/bot)'"
            )
        if not 0 <= self.delay <= self.longest_wait:
            raise ConfigurationError(f"delay {self.delay}: must be between 0 and {self.longest_wait} seconds")

    @property
    def token(self) -> str:
        """The name by which robots.txt speaks of us: what stands before the version."""
        match = _USER_AGENT.fullmatch(self.user_agent)
        assert match is not None
        return match["token"].lower()
