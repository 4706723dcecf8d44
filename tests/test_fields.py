"""Mining over the invented cases: no measure may fall below its floor, and a floor falls only with its reason."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fields.failures import report
from tests.fields.floors import PATH, figures, measure_all
from tests.fields.gold import LANGUAGES, Case, Row, place, read_cases, read_lines
from tests.fields.measures import Counts, Measured, Mined, by_language, common, compare, mined, pairs, same_name, total
from tests.floors import below, read_floors

CASES = [case for language in LANGUAGES for case in read_cases(language)]
LEAST = {"de": 24, "en": 16, "fr": 10, "es": 10}
# What a floor may lag behind: less than one row counts for in most measures.
SLACK = 0.02


@pytest.fixture(scope="module")
def measured() -> list[tuple[Case, Measured]]:
    return measure_all()


def test_no_measure_falls_below_its_floor(measured: list[tuple[Case, Measured]]) -> None:
    fallen = below(figures(measured), read_floors(PATH))
    assert not fallen, "\n".join([*fallen, *report([])])


def test_no_floor_lags_behind_what_is_reached(measured: list[tuple[Case, Measured]]) -> None:
    reached = {
        group: {name: value - SLACK for name, value in some.items()} for group, some in figures(measured).items()
    }
    assert below(read_floors(PATH), reached) == [], "raise them: python -m tests.fields.floors"


def test_there_are_cases_in_each_language_each_with_words_of_its_own() -> None:
    assert {name: len(read_cases(name)) for name in LANGUAGES} == LEAST
    assert len({case.id for case in CASES}) == len({case.text for case in CASES}) == len(CASES)


def test_gold_is_written_as_rows_of_the_tables_are() -> None:
    for case in CASES:
        for quote in [*(case.marked or ()), *(case.told or ())]:
            assert quote["kind"] in ("direct", "mixed", "scare", "title", "indirect"), case.id
            assert quote["speaker"] is None or quote["kind"] not in ("scare", "title"), case.id
        for claim in case.claims or ():
            low, high = claim["value_low"], claim["value_high"]
            assert low is None or high is None or low <= high, case.id
            assert (low is None, high is None) == (claim["qualifier"] in ("up_to", "under"), claim["qualifier"] in ("over", "at_least"))  # fmt: skip
            assert claim["modality"] in ("asserted", "reported", "denied")
            assert claim["event"] in (None, "KILL", "WOUND", "ARREST", "KIDNAP", "REFUGEES", "PROTEST", "AFFECT")
            assert claim["object"] is None or claim["unit"] in ("people", "things"), case.id
            assert all(claim[name] is None or same_name_in(claim[name], case.text) for name in ("object", "place", "claimant"))  # fmt: skip
        assert all(name["name"].casefold() in case.text.casefold() for name in case.names or ()), case.id


def same_name_in(name: str, text: str) -> bool:
    return all(word.casefold()[:5] in text.casefold() for word in name.split())


def ideal(case: Case) -> Mined:
    """Return what would be mined if the gold were found as it stands."""
    quotes = [*(case.marked or ()), *(case.told or ())]
    return Mined(case.text, list(map(found, quotes)), list(map(found, case.claims or ())), list(case.names or ()))


def found(row: Row) -> Row:
    return row | {"char_start": row["start"], "char_end": row["end"]}


def test_the_gold_read_as_it_stands_is_perfect_and_nothing_read_is_nothing_right() -> None:
    assert {value for some in figures([(c, compare(c, ideal(c))) for c in CASES]).values() for value in some.values()} == {1.0}  # fmt: skip
    nothing = [(case, compare(case, Mined(case.text, [], [], []))) for case in CASES]
    assert {value for some in figures(nothing).values() for value in some.values()} == {0.0}


def changed(table: str, **values: object) -> Callable[[Mined], Mined]:
    def change(got: Mined) -> Mined:
        rows = {name: [row | values for row in getattr(got, name)] for name in (table,)}
        return Mined(**(got._asdict() | rows))

    return change


@pytest.mark.parametrize(
    ("measure", "broken"),
    [
        ("quotes", lambda got: got._replace(quotes=got.quotes[1:])),
        ("kind", changed("quotes", kind="title")),
        ("speaker recall", changed("quotes", speaker=None, speaker_surface=None)),
        ("speaker precision", changed("quotes", speaker="Nobody Else")),
        ("indirect precision", lambda got: got._replace(quotes=[row | {"kind": "indirect"} for row in got.quotes])),
        ("claims", changed("claims", value_low=7.0)),
        ("qualifier", changed("claims", qualifier="nearly")),
        ("unit", changed("claims", unit="XXX")),
        ("object", changed("claims", object="x")),
        ("event", changed("claims", event="AFFECT")),
        ("claimant precision", changed("claims", claimant="Nobody Else")),
        ("claimant recall", changed("claims", claimant=None)),
        ("modality", changed("claims", modality="denied")),
        ("place recall", changed("claims", place=None)),
        ("LOC", changed("names", label="PER")),
    ],
)
def test_broken_mining_is_noticed(measure: str, broken: Callable[[Mined], Mined]) -> None:
    fallen = below(figures([(case, compare(case, broken(ideal(case)))) for case in CASES]), read_floors(PATH))
    assert {f"{group}.{measure}" for group in ("all", *LANGUAGES)} <= set(fallen)


def test_a_failure_is_told_by_its_words() -> None:
    lines = "\n".join(report(["wetter"]))
    assert not lines or all(line.startswith("de_wetter_unwetter: ") for line in lines.splitlines())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna Keller", "Keller", True),
        ("der Polizei", "Polizei", True),
        ("Behörde", "Behörden", True),
        ("Innenminister Karl Brandt", "Karl Brandt", True),
        ("Anna Keller", "Anna Brandt", False),
        ("", "Anna", False),
        (None, None, False),
    ],
)
def test_names_are_compared_as_a_reader_would(one: str | None, other: str | None, same: bool) -> None:
    assert same_name(one, other) is same is same_name(other, one)


def test_rows_are_taken_for_one_another_once_and_the_nearest_first() -> None:
    assert common((0, 10), (5, 15)) == pytest.approx(1 / 3)
    wanted, got = [{"at": (0, 10)}, {"at": (0, 9)}], [{"at": (0, 9)}]
    assert pairs(wanted, got, 0.5) == [(wanted[1], got[0])]


def test_counts_of_articles_are_added_before_shares_are_taken() -> None:
    both = total([{"claims": Counts(1, 1, 1, 1)}, {"claims": Counts(0, 3, 0, 1)}])["claims"]
    assert (both.precision, both.recall, round(both.f1, 4)) == (0.25, 0.5, 0.3333)
    assert [name for name, _ in by_language([(CASES[0], {}), (CASES[-1], {}), (CASES[-1], {})])] == ["all", "es", "de"]


def test_words_are_found_in_their_text_and_named_where_they_are_not() -> None:
    assert place("Der Wind war stark, der Regen nicht.", "der Regen ... nicht", 0) == (20, 35)
    with pytest.raises(AssertionError, match="Sturm"):
        place("Der Wind war stark.", "Sturm", 0)


def test_gold_files_of_both_kinds_are_read(tmp_path: Path) -> None:
    text = "„Der Wind ist stark“, sagte Anna Keller."
    quote = {"start": 1, "end": 19, "kind": "direct", "speaker": "Anna Keller", "speaker_surface": "Anna Keller"}
    speech = {"kind": "direct", "spans": [[0, 20]], "speaker_surface": "Anna Keller", "speaker_spans": [[28, 39]]}
    rows = [
        {"id": "a", "lang": "de", "text": text, "quotes": [quote], "claims": [], "entities": [{"name": "Anna Keller", "label": "PER"}]},
        {"id": "b", "lang": "de", "text": text, "quotes": [speech]},
        {"id": "c", "gold": {}},
    ]  # fmt: skip
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    first, second = [compare(case, mined(case)) for case in read_lines(path)]
    assert {first[name].f1 for name in ("quotes", "kind", "speaker given", "speaker", "PER")} == {1.0}
    assert {second[name].f1 for name in ("direct", "direct, speaker given", "direct, speaker")} == {1.0}
