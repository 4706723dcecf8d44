"""Asking one host: a turn, a connection, a few tries. Knows nothing of redirects and robots.txt."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from pipeline.store import make_directory
from pipeline.web import patience
from pipeline.web.address import look_up
from pipeline.web.exchange import Exchange
from pipeline.web.failure import Failure, Outcome
from pipeline.web.manners import Manners
from pipeline.web.pace import Turn, turn
from pipeline.web.talk import Headers, Limit, talk
from pipeline.web.target import Target
from pipeline.web.wire import LookUp, Wire, connect, trust

MOST_IDLE = 64  # connections kept for a next request; a process may often have a thousand files open


class Hosts:
    """Connections at rest, and the hosts that were given up: threads may ask at the same time.

    `locks` is the directory of lock files that all processes of the machine share.
    """

    def __init__(
        self,
        manners: Manners,
        locks: Path,
        look_up: LookUp = look_up,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._manners, self._locks, self._look_up = manners, make_directory(locks), look_up
        self._clock, self._sleep = clock, sleep
        self._trusted = trust(manners.ca_file)
        self._guard = Lock()
        self._idle: dict[str, Wire] = {}
        self._failures: dict[str, int] = {}
        self._given_up: dict[str, tuple[Outcome, str]] = {}

    def close(self) -> None:
        """End the connections at rest."""
        with self._guard:
            for wire in self._idle.values():
                wire.close()
            self._idle.clear()

    def ask(self, target: Target, delay: float, headers: Headers, limit: Limit, kept: list[Exchange]) -> Exchange:
        """Return a whole answer of the host that another try would not change; Failure without one.

        Every exchange is added to `kept`. After a failure that may pass the host rests before it is asked again, by
        whomever.
        """
        if target.host in self._given_up:
            raise Failure(*self._given_up[target.host])
        longest = self._manners.longest_wait
        for attempt in range(1, self._manners.tries + 1):
            with turn(self._locks / quote(target.host, ""), delay, longest, self._clock, self._sleep) as mine:
                try:
                    return self._try(mine, target, headers, limit, kept)
                except Failure as problem:
                    failure, seconds = problem, patience.pause(attempt, problem.retry_after, datetime.now(UTC))
                    if failure.passing:
                        mine.rest(min(seconds, longest))
            if not failure.passing or seconds > longest:
                break
        raise self._judge(target, failure, attempt, seconds)

    def _try(self, mine: Turn, target: Target, headers: Headers, limit: Limit, kept: list[Exchange]) -> Exchange:
        wire = self._taken(target.origin) or connect(target, self._manners, self._trusted, self._look_up)
        wire.begin(self._manners)
        mine.start()
        exchange, failure = talk(wire, target, headers, limit, datetime.now(UTC), mine.start)
        kept.append(exchange)
        self._keep(target.origin, wire)
        if failure is not None:
            raise failure
        if patience.is_passing(exchange.status):
            again = exchange.header("retry-after")
            raise Failure("http_error", f"status {exchange.status}", True, exchange.status, again)
        self._failures.pop(target.host, None)
        return exchange

    def _judge(self, target: Target, failure: Failure, tries: int, seconds: float) -> Failure:
        """Return the failure with what was done about it; a host that wants peace or fails on and on is given up."""
        detail = failure.detail + (f" ({tries} tries)" if tries > 1 else "")
        is_late = failure.passing and seconds > self._manners.longest_wait
        if is_late:
            detail += f", Retry-After {seconds:.0f} s is more than {self._manners.longest_wait:.0f}"
        if failure.outcome in ("timeout", "connection") or failure.status in patience.BUSY:
            self._failures[target.host] = self._failures.get(target.host, 0) + 1
            if is_late or self._failures[target.host] >= self._manners.patience:
                self._given_up[target.host] = failure.outcome, f"not asked, as the host was given up: {detail}"
        return Failure(failure.outcome, detail, status=failure.status)

    def _taken(self, origin: str) -> Wire | None:
        """Return the connection at rest to an origin, if it still stands."""
        with self._guard:
            wire = self._idle.pop(origin, None)
        if wire is None or wire.is_usable():
            return wire
        wire.close()
        return None

    def _keep(self, origin: str, wire: Wire) -> None:
        """Keep a connection for the next request, if there can be one; the one longest at rest ends where many are."""
        if not wire.is_open():
            return
        with self._guard:
            surplus = [self._idle.pop(origin, None)]
            self._idle[origin] = wire
            surplus += [self._idle.pop(next(iter(self._idle)))] if len(self._idle) > MOST_IDLE else []
        for old in filter(None, surplus):
            old.close()
