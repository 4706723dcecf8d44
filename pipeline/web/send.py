"""The one polite send function: everything that is fetched comes by way of Web.get.

There are no cookies, no proxies, no credentials. Threads may call it at the same time; a slow host holds only those who
ask it.
"""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from types import TracebackType
from typing import NamedTuple

from pipeline.web import robots
from pipeline.web.address import look_up
from pipeline.web.exchange import Exchange
from pipeline.web.failure import Failure, Outcome
from pipeline.web.host import Hosts
from pipeline.web.manners import Manners
from pipeline.web.robots import Decision, Rules
from pipeline.web.talk import Headers, Limit
from pipeline.web.target import Target, next_target, read_target
from pipeline.web.wire import MOST_HEADERS, LookUp

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ROBOTS = Limit(robots.MOST_BYTES + MOST_HEADERS, cut=True)
_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?")


class Validators(NamedTuple):
    """What the answer to `url` said of itself the last time: sent to that URL alone, whatever redirects there."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


class Answer(NamedTuple):
    """What asking for a URL came to.

    `outcome` is None for a whole answer with status 200, or 304 to validators: the last of `exchanges`. Those before it
    are redirects and tries that failed; `robots` are those for robots.txt, which the first URL of an origin brings.
    """

    url: str
    exchanges: tuple[Exchange, ...]
    outcome: Outcome | None
    detail: str
    robots_decision: Decision
    robots: tuple[Exchange, ...]


class _Trail:
    """What happened on the way to an answer."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.robots: list[Exchange] = []
        self.decision: Decision = "not_asked"


class Web:
    """The web as one batch of a source sees it: robots.txt is asked for once an origin. `locks` is as in Hosts."""

    def __init__(
        self,
        manners: Manners,
        locks: Path,
        look_up: LookUp = look_up,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._manners = manners
        self._hosts = Hosts(manners, locks, look_up, clock, sleep)
        self._rules: dict[str, Rules] = {}
        self._asking: dict[str, Lock] = {}

    def __enter__(self) -> "Web":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hosts.close()

    def get(self, url: str, validators: Validators | None = None) -> Answer:
        """Return what came of asking for a URL: whatever the network does is an outcome, never an exception."""
        trail, outcome, detail = _Trail(), None, ""
        try:
            self._page(read_target(url), validators, trail)
        except Failure as failure:
            outcome, detail = failure.outcome, failure.detail
        return Answer(url, tuple(trail.exchanges), outcome, detail, trail.decision, tuple(trail.robots))

    def _page(self, target: Target, validators: Validators | None, trail: _Trail) -> None:
        def ask(each: Target) -> Exchange:
            rules = self._permission(each, trail)
            headers = [*self._headers(each), *_conditions(each.url, validators)]
            delay = max(self._manners.delay, rules.delay)
            return self._hosts.ask(each, delay, headers, Limit(self._manners.max_bytes), trail.exchanges)

        last = _follow(target, ask)
        if last.status != 200 and not (last.status == 304 and _conditions(last.url, validators)):
            raise Failure("http_error", f"status {last.status}", status=last.status)

    def _permission(self, target: Target, trail: _Trail) -> Rules:
        """Return the rules that let us ask; Failure if they do not."""
        with self._asking.setdefault(target.origin, Lock()):
            rules = self._rules.get(target.origin) or self._robots(target, trail.robots)
            self._rules[target.origin] = rules
        trail.decision = robots.decide(rules, target.url, self._manners.longest_wait)
        if trail.decision in ("allowed", "absent"):
            return rules
        raise robots.refusal(rules, trail.decision, target.url)

    def _robots(self, target: Target, kept: list[Exchange]) -> Rules:
        def ask(each: Target) -> Exchange:
            return self._hosts.ask(each, self._manners.delay, self._headers(each), ROBOTS, kept)

        try:
            last = _follow(target._replace(path="/robots.txt"), ask)
        except Failure as failure:
            return robots.without(failure)
        if last.status // 100 != 2:
            return robots.without(Failure("http_error", f"status {last.status}", status=last.status))
        content, fault = last.payload(20 * robots.MOST_BYTES)
        if fault is not None and not content:
            return robots.without(Failure("bad_response", fault[1]))
        return robots.read_rules(content, self._manners.token)

    def _headers(self, target: Target) -> Headers:
        return [
            ("Host", target.authority),
            ("User-Agent", self._manners.user_agent),
            ("Accept", ACCEPT),
            ("Accept-Encoding", "gzip"),  # what pipeline/warc and every other reader of archives can unpack
        ]


def _follow(target: Target, ask: Callable[[Target], Exchange]) -> Exchange:
    """Return the first exchange that is no redirect."""
    asked: list[Target] = []
    while target not in asked and len(asked) <= MOST_REDIRECTS:
        asked.append(target)
        exchange = ask(target)
        location = exchange.header("location")
        if exchange.status not in REDIRECTS or location is None:
            return exchange
        target = next_target(target, location)
    raise Failure(
        "too_many_redirects", f"{len(asked)} requests led {'back ' if target in asked else ''}to {target.url}"
    )


def _conditions(url: str, validators: Validators | None) -> Headers:
    """Return the headers that ask for a page only if it changed; a validator that is no header is left out."""
    if validators is None or validators.url != url:
        return []
    pairs = ("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified)
    return [(name, value) for name, value in pairs if value and _SENDABLE.fullmatch(value)]
