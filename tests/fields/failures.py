"""What mining gets wrong in the cases: `python -m tests.fields.failures [words of names]` prints a line for each."""

import sys
from collections.abc import Iterator

from tests.fields.gold import LANGUAGES, Case, Row, read_cases
from tests.fields.measures import KINDS, Mined, common, mined, same_name

_LIKE = 0.3
_QUOTE, _CLAIM = ("kind",), ("value_low", "value_high", "qualifier", "unit", "object", "event", "modality")
_NAMES = {"speaker", "claimant", "place"}


def failures(case: Case, found: Mined) -> Iterator[str]:
    """Yield what is missed, found too much, or wrong, of tables that the case has gold for."""
    marked = [row for row in found.quotes if row["kind"] in KINDS]
    told = [row for row in found.quotes if row["kind"] == "indirect"]
    yield from _differences("quote", case, case.marked, marked, (*_QUOTE, "speaker"))
    yield from _differences("indirect", case, case.told, told, (*_QUOTE, "speaker"))
    yield from _differences("claim", case, case.claims, found.claims, (*_CLAIM, "claimant", "place"))
    for label in ("PER", "ORG", "LOC"):
        wanted = {row["name"] for row in case.names or () if row["label"] == label}
        got = {row["name"] for row in found.names if row["label"] == label}
        missed = sorted(name for name in wanted if not any(same_name(name, other) for other in got))
        more = sorted(name for name in got if not any(same_name(name, other) for other in wanted))
        if case.names is not None and (missed or more):
            yield f"{label}: missed {missed}, too much {more}"


def _differences(
    table: str, case: Case, wanted: list[Row] | None, found: list[Row], columns: tuple[str, ...]
) -> Iterator[str]:
    left = list(found)
    for row in wanted or ():
        span = row["start"], row["end"]
        near = max(left, key=lambda other: common(span, (other["char_start"], other["char_end"])), default=None)
        if near is None or common(span, (near["char_start"], near["char_end"])) <= _LIKE:
            yield f"{table} missed: {case.text[slice(*span)]!r}"
            continue
        left.remove(near)
        wrong = [
            f"{name} {near[name]!r} not {row[name]!r}" for name in columns if name in row and not _same(name, row, near)
        ]
        if wrong:
            yield f"{table} {case.text[slice(*span)]!r}: {', '.join(wrong)}"
    if wanted is not None:
        yield from (f"{table} too much: {case.text[row['char_start'] : row['char_end']]!r}" for row in left)


def _same(name: str, row: Row, other: Row) -> bool:
    if row[name] == other[name]:
        return True
    if name in _NAMES:
        return same_name(row[name], other[name])
    return isinstance(row[name], float) and other[name] is not None and abs(row[name] - other[name]) < 0.01


def report(words: list[str]) -> Iterator[str]:
    """Yield each failure behind the name of its case."""
    for case in (case for language in LANGUAGES for case in read_cases(language)):
        if all(word in case.id for word in words):
            yield from (f"{case.id}: {line}" for line in failures(case, mined(case)))


if __name__ == "__main__":
    print(*report(sys.argv[1:]), sep="\n")
