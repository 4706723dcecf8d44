"""What a robots.txt means for us, as RFC 9309 has it. Pure: fetching it is not done here.

protego reads the rules and gives the longest match the say. Which group is ours is settled before, because protego
takes `User-agent: news` for newsmill too and a version behind the name for another robot, and needs quadratic time for
a file of user agents (half a megabyte of them: minutes).
"""

import re
from typing import Literal, NamedTuple

from protego import Protego

from pipeline.web.failure import Failure, Outcome

MOST_BYTES = 500 * 2**10  # what RFC 9309 asks a robot to read at least
NEVER = 10**9  # seconds; a number of hundreds of digits is no float
Decision = Literal["allowed", "denied", "absent", "unreachable", "too_slow", "not_asked"]
_OF_THE_HOST = frozenset({"dns", "tls", "refused_address", "connection", "timeout"})
_AGENT = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^\s#/]*)", re.IGNORECASE)


class Rules(NamedTuple):
    """What an origin lets us do: `delay` is how many seconds it wants between requests.

    `failure` is why nothing may be asked for when robots.txt is unreachable.
    """

    decision: Decision
    delay: float = 0.0
    robots: Protego | None = None
    name: str = "*"
    failure: tuple[Outcome, str] | None = None


def read_rules(content: bytes, token: str) -> Rules:
    """Return the rules of a robots.txt for the robot named `token` (lower case); nonsense is skipped."""
    text = content[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff")
    robots = Protego.parse("\n".join(_own_line(line, token) for line in text.splitlines()))
    rate = robots.request_rate(token)
    pause = min(rate.seconds, NEVER) / min(rate.requests, NEVER) if rate else 0.0
    return Rules("allowed", max(robots.crawl_delay(token) or 0.0, pause), robots, token)


def without(failure: Failure) -> Rules:
    """Return the rules of an origin whose robots.txt is not to be had.

    A 4xx other than 429, and redirects without end, mean that there is none; all else that nothing may be asked for.
    """
    is_absent = 400 <= failure.status < 500 and failure.status != 429
    if is_absent or failure.outcome == "too_many_redirects":
        return Rules("absent")
    return Rules("unreachable", failure=(failure.outcome, failure.detail))


def decide(rules: Rules, url: str, longest_wait: float) -> Decision:
    """Return whether a URL may be asked for: `allowed` and `absent` mean yes."""
    if rules.robots is None:
        return rules.decision
    if not rules.robots.can_fetch(url, rules.name):
        return "denied"
    return "allowed" if rules.delay <= longest_wait else "too_slow"


def refusal(rules: Rules, decision: Decision, url: str) -> Failure:
    """Return why a URL is not asked for: where the host itself cannot be reached, that is the reason."""
    if decision == "too_slow":
        return Failure("robots_denied", f"robots.txt asks for {rules.delay:g} s between requests")
    if rules.failure is None:
        return Failure("robots_denied", f"robots.txt forbids {url[:200]}")
    outcome, detail = rules.failure
    return Failure(outcome if outcome in _OF_THE_HOST else "robots_denied", f"robots.txt: {outcome}, {detail}")


def _own_line(line: str, token: str) -> str:
    """Return a User-agent line with our name, * or ? (some other robot); other lines as they are."""
    match = _AGENT.match(line)
    if match is None:
        return line
    name = match[1].lower()
    return f"User-agent: {name if name in (token, '*') else '?'}"
