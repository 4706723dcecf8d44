"""When to ask again. Pure: the clock is an argument.

tenacity would make the caller wait; here it is the host that rests, for every process of the machine.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BACKOFF = 1.0  # seconds before the second try, doubled for the third
BUSY = frozenset({429, 503})


def is_passing(status: int) -> bool:
    """Whether a later try may get another status."""
    return status == 429 or (500 <= status < 600 and status not in (501, 505))


def pause(attempt: int, retry_after: str | None, now: datetime) -> float:
    """Return the seconds between try number `attempt` and the next: what the server asks for, else ever longer."""
    backoff = BACKOFF * 2 ** (attempt - 1)
    asked = seconds_asked(retry_after or "", now)
    return backoff if asked is None else max(asked, BACKOFF)


def seconds_asked(retry_after: str, now: datetime) -> float | None:
    """Return what a Retry-After header asks for, which may be a date; None if it says nothing."""
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
