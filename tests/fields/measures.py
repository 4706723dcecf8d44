"""How close what was mined from a text is to its gold, article by article and over many.

Spans are compared without white space, so that a gold text and the article made of it may differ in it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from pipeline.text.claims import find_claims
from pipeline.text.embeds import find_posts
from pipeline.text.mentions import find_mentions
from pipeline.text.normalise import fold
from pipeline.text.quotes import find_quotes
from pipeline.text.reading import Span
from tests.fields.gold import Case, Row

KINDS, SPOKEN = ("direct", "mixed", "scare", "title"), ("direct", "mixed")
LABELS = ("PER", "ORG", "LOC")
# What share of two spans must be common to both: of quotations, of those of quotes-de, of reports, of claims.
_MARKED, _DIRECT, _TOLD, _CLAIMED = 0.8, 0.6, 0.5, 0.3
_WORD = re.compile(r"\w+")
_ENDING = re.compile(r"(?<=\w{3})(?:en|er|es|[sne])$")
_LITTLE = frozenset(
    [
        "der",
        "die",
        "das",
        "des",
        "dem",
        "den",
        "ein",
        "eine",
        "einer",
        "eines",
        "the",
        "a",
        "an",
        "le",
        "la",
        "les",
        "el",
        "los",
        "las",
        "l",
        "d",
        "de",
        "du",
        "del",
        "of",
        "von",
    ]
)


class Counts(NamedTuple):
    """Rows found and how many of them are right, rows wanted and how many of them were met."""

    right: int
    found: int
    met: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of right ones among those found, 0 of none."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of those wanted that were met, 0 of none."""
        return self.met / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


Measured = dict[str, Counts]
Pairs = list[tuple[Row, Row]]


class Mined(NamedTuple):
    """The rows of one text, in the form that is compared."""

    text: str
    quotes: list[Row]
    claims: list[Row]
    names: list[Row]


def mine(text: str, language: str | None, masked: Sequence[Span] = ()) -> Mined:
    """Return the rows of a text, as the stage of mining finds them."""
    quotes = find_quotes(text, language, masked)
    claims = find_claims(text, language, masked, quotes)
    names = find_mentions(text, language, masked)
    return Mined(text, *([row._asdict() for row in rows] for rows in (quotes, claims, names)))


def mined(case: Case) -> Mined:
    """Return what is found in the text of a case, posts in it left out as in a corpus."""
    text = fold(case.text)
    return mine(text, case.language, [(post.char_start, post.char_end) for post in find_posts(text, "UTC")])


def compare(case: Case, found: Mined) -> Measured:
    """Return what is right of the tables that the case has gold for."""
    here, there = _solid(case.text), _solid(found.text)
    quotes, claims = (_at(rows, there, "char_start", "char_end") for rows in (found.quotes, found.claims))
    counts: Measured = {}
    if case.marked is not None:
        counts |= _marked(_at(case.marked, here), [row for row in quotes if row["kind"] != "indirect"])
    if case.told is not None:
        counts |= _told(_at(case.told, here), quotes)
    if case.told is not None and case.marked is None:
        counts |= _direct(_at(case.told, here), quotes, here, there)
    if case.claims is not None:
        counts |= _claims(_at(case.claims, here), claims)
    if case.names is not None:
        counts |= {label: _names(case.names, found.names, label) for label in LABELS}
    return counts


def _solid(text: str) -> list[int]:
    """Return for each offset how many characters that are not blank stand before it."""
    return [0, *accumulate(not character.isspace() for character in text)]


def _at(rows: Iterable[Row], solid: Sequence[int], start: str = "start", end: str = "end") -> list[Row]:
    return [row | {"at": (solid[row[start]], solid[row[end]])} for row in rows]


def common(one: Span, other: Span) -> float:
    """Return the part of two spans together that is common to both."""
    both = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return both / ((one[1] - one[0]) + (other[1] - other[0]) - both) if both else 0.0


def pairs(
    wanted: Sequence[Row], found: Sequence[Row], least: float, fits: Callable[[Row, Row], bool] = lambda _, __: True
) -> Pairs:
    """Return which rows are taken for one another, each once, those with most in common first."""
    near = [
        (share, number, other)
        for number, row in enumerate(wanted)
        for other, candidate in enumerate(found)
        if (share := common(row["at"], candidate["at"])) > least and fits(row, candidate)
    ]
    taken: dict[int, int] = {}
    for _, number, other in sorted(near, reverse=True):
        if number not in taken and other not in taken.values():
            taken[number] = other
    return [(wanted[number], found[other]) for number, other in taken.items()]


def _counts(right: int, found: int, wanted: int) -> Counts:
    return Counts(right, found, right, wanted)


def _share(hits: Iterable[bool]) -> Counts:
    every = list(hits)
    return _counts(sum(every), len(every), len(every))


def _marked(wanted: list[Row], found: list[Row]) -> Measured:
    matched = pairs(wanted, found, _MARKED)
    kinds = {"wanted": Counter(row["kind"] for row in wanted), "found": Counter(row["kind"] for row in found)}
    same = Counter(row["kind"] for row, other in matched if row["kind"] == other["kind"])
    spoken = [(row, other) for row, other in matched if row["kind"] in SPOKEN and row["speaker"]]
    given = [other for _, other in spoken if other["speaker"] or other["speaker_surface"]]
    idle = [other for row, other in matched if other["speaker"] and not (row["kind"] in SPOKEN and row["speaker"])]
    right = sum(_is_speaker(row, other) for row, other in spoken)
    return {
        "quotes": _counts(len(matched), len(found), len(wanted)),
        **{f"quotes, {kind}": _counts(same[kind], kinds["found"][kind], kinds["wanted"][kind]) for kind in KINDS},
        "kind": _share(row["kind"] == other["kind"] for row, other in matched),
        "speech or not": _share((row["kind"] in SPOKEN) == (other["kind"] in SPOKEN) for row, other in matched),
        "speaker given": _counts(len(given), len(spoken), len(spoken)),
        "speaker": _counts(right, len(given) + len(idle), len(spoken)),
    }


def _is_speaker(wanted: Row, found: Row) -> bool:
    return any(same_name(wanted[name], found["speaker"]) for name in ("speaker", "speaker_surface"))


def _told(wanted: list[Row], found: list[Row]) -> Measured:
    """Return the counts of reports; any but direct speech is met by one, recall is that of indirect speech alone."""
    reports = [row for row in wanted if row["kind"] != "direct"]
    told = [row for row in found if row["kind"] == "indirect"]
    matched = pairs(reports, told, _TOLD)
    met = sum(row["kind"] == "indirect" for row, _ in matched)
    return {"indirect": Counts(len(matched), len(told), met, sum(row["kind"] == "indirect" for row in reports))}


def _direct(wanted: list[Row], found: list[Row], here: Sequence[int], there: Sequence[int]) -> Measured:
    """Return the counts of direct speech by gold that marks its speakers in the text."""
    direct, got = ([row for row in rows if row["kind"] == "direct"] for rows in (wanted, found))
    matched = pairs(direct, got, _DIRECT)
    spoken = [(row, other) for row, other in matched if row["speaker_surface"]]
    given = [other for _, other in spoken if other["speaker"] or other["speaker_surface"]]
    right = sum(_is_marked_speaker(row, other, here, there) for row, other in spoken)
    return {
        "direct": _counts(len(matched), len(got), len(direct)),
        "direct, speaker given": _counts(len(given), len(spoken), len(spoken)),
        "direct, speaker": _counts(right, len(given), len(spoken)),
    }


def _is_marked_speaker(wanted: Row, found: Row, here: Sequence[int], there: Sequence[int]) -> bool:
    if (start := found["speaker_start"]) is not None:
        stands = there[start], there[min(start + len(found["speaker_surface"]), len(there) - 1)]
        if any(common((here[first], here[last]), stands) for first, last in wanted["speaker_spans"]):
            return True
    return any(same_name(wanted["speaker_surface"], found[name]) for name in ("speaker", "speaker_surface"))


def _claims(wanted: list[Row], found: list[Row]) -> Measured:
    matched = pairs(wanted, found, _CLAIMED, _same_values)
    counted = [(row, other) for row, other in matched if row["unit"] in ("people", "things")]
    counts = {
        "claims": _counts(len(matched), len(found), len(wanted)),
        "qualifier": _share(row["qualifier"] == other["qualifier"] for row, other in matched),
        "unit": _share((row["unit"] or "things") == other["unit"] for row, other in matched),
        "object": _share(row["object"] == other["object"] for row, other in counted),
        "event": _agreed(matched, "event", lambda one, other: one == other),
        "claimant": _agreed(matched, "claimant", same_name),
    }
    if wanted and all("modality" in row for row in wanted):
        counts["modality"] = _share(row["modality"] == other["modality"] for row, other in matched)
        counts["place"] = _agreed(matched, "place", same_name)
    return counts


def _same_values(wanted: Row, found: Row) -> bool:
    ends = [(wanted[name], found[name]) for name in ("value_low", "value_high")]
    return all(one is other if one is None or other is None else _near(one, other) for one, other in ends)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1, abs(one))


def _agreed(matched: Pairs, name: str, same: Callable[[str, str], bool]) -> Counts:
    """Return the counts of a column that may be null."""
    values = [(row[name], other[name]) for row, other in matched]
    right = sum(same(one, other) for one, other in values if one and other)
    return _counts(right, sum(bool(other) for _, other in values), sum(bool(one) for one, _ in values))


def _names(wanted: Iterable[Row], found: Iterable[Row], label: str) -> Counts:
    names, left = ([row["name"] for row in rows if row["label"] == label] for rows in (wanted, found))
    left = list(dict.fromkeys(left))
    total, right = len(left), 0
    for name in names:
        equal = (other for other in left if _stems(other) == _stems(name))
        alike = (other for other in left if same_name(other, name))
        if met := next(equal, None) or next(alike, None):
            left.remove(met)
            right += 1
    return _counts(right, total, len(names))


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two names may be of one: the same last word, or all words of one in the other, endings apart."""
    first, second = _stems(one or ""), _stems(other or "")
    if not first or not second:
        return False
    return first[-1] == second[-1] or set(first) <= set(second) or set(first) >= set(second)


def _stems(name: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", name).casefold())
    return [_ENDING.sub("", word) for word in words if word not in _LITTLE]


def total(measured: Iterable[Mapping[str, Counts]]) -> Measured:
    """Return the counts of many articles together."""
    sums: Measured = {}
    for counts in measured:
        for name, count in counts.items():
            sums[name] = Counts(*map(sum, zip(sums.get(name, Counts(0, 0, 0, 0)), count, strict=True)))
    return sums


def by_language(measured: Sequence[tuple[Case, Measured]]) -> Iterator[tuple[str, Measured]]:
    """Yield `all` and each language with its counts, the language with most articles first."""
    yield "all", total(counts for _, counts in measured)
    for language, _ in Counter(case.language for case, _ in measured).most_common():
        yield language, total(counts for case, counts in measured if case.language == language)
