"""A Web for tests: every name is 127.0.0.1, waiting takes no time and is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.web.manners import Manners
from pipeline.web.send import Web

USER_AGENT = "newsmill/0.1 (+https://example.org/bot)"


class Time:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(round(seconds, 3))


def local(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@contextmanager
def asking(folder: Path, look_up: Any = local, time: Time | None = None, **manners: Any) -> Iterator[Web]:
    """Yield a Web with these manners; without a delay unless one is given."""
    given: dict[str, Any] = {
        "user_agent": USER_AGENT,
        "delay": 0.0,
        "allow_private": True,
        "read_seconds": 2.0,
        "total_seconds": 5.0,
    }
    time = time or Time()
    with Web(Manners(**(given | manners)), folder / "locks", look_up, time.clock, time.sleep) as web:
        yield web
