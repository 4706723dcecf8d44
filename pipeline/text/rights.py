"""What a page and its HTTP header reserve: text and data mining (TDMRep), and use by learning machines (noai)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SIGNALS = ("tdm-reservation", "tdm-policy", "x-robots-tag", "robots", "newsmill")
"""Names of the headers and meta tags that say something of rights."""
NO_AI = frozenset({"noai", "noimageai"})
MAX_TERMS = 2000
# Directives of X-Robots-Tag that have a value behind their colon; before any other colon stands a robot's name.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


class Rights(NamedTuple):
    """`tdm_reserved` is None where nothing is said; `no_ai` has noai, noimageai; `terms` is an address of a policy."""

    tdm_reserved: bool | None = None
    no_ai: tuple[str, ...] = ()
    terms: str | None = None


def rights(headers: Iterable[tuple[str, str]], meta: Mapping[str, Sequence[str]], robot: str = "newsmill") -> Rights:
    """Return what is reserved; nonsense says nothing. A page's own meta wins over its header, as TDMRep has it.

    `meta` are contents by lower-case name; signals for other robots than `robot` are not ours.
    """
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name.strip().lower(), []).append(value.strip())
    own = robot.lower()
    spoken = {word for value in sent.get("x-robots-tag", ()) for word in _directives(value, own)}
    spoken |= {word for name in ("robots", own) for value in meta.get(name, ()) for word in _words(value)}
    reserved = (_reserved(values.get("tdm-reservation", ())) for values in (meta, sent))
    terms = (value.strip() for values in (meta, sent) for value in values.get("tdm-policy", ()))
    return Rights(
        next((each for each in reserved if each is not None), None),
        tuple(sorted(spoken & NO_AI)),
        next((each for each in terms if _is_address(each)), None),
    )


def _reserved(values: Sequence[str]) -> bool | None:
    """Return what the values say; where they differ, that it is reserved."""
    stated = {part.strip() for value in values for part in value.split(",")} & {"0", "1"}
    return "1" in stated if stated else None


def _directives(value: str, robot: str) -> set[str]:
    """Return the directives of one X-Robots-Tag that are for all robots or for this one."""
    found: set[str] = set()
    named = robot
    for part in value.lower().split(","):
        head, colon, rest = part.partition(":")
        if colon and head.strip() not in _VALUED:
            named, part = head.strip(), rest
        if named in (robot, "*"):
            found |= _words(part)
    return found


def _words(value: str) -> set[str]:
    return set(value.lower().replace(",", " ").split())


def _is_address(value: str) -> bool:
    return len(value) <= MAX_TERMS and value.isprintable() and value.lower().startswith(("http://", "https://"))
