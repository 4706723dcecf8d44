"""Words find the articles that have them, the newest first, and say where."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipeline import search
from pipeline.errors import ConfigurationError
from pipeline.search import Hit
from tests.test_query import article, capture, store


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    bodies = {
        "old": (
            "2026-10",
            3,
            date(2026, 10, 3),
            "Die Überfahrt fiel aus.\n\nDer Fährbetrieb ruht, sagte die Reederei.",
        ),
        "new": ("2026-11", 4, date(2026, 11, 4), "Vorwort. " * 40 + "Die Fähre fährt wieder. " + "Nachwort. " * 40),
        "gone": ("2026-11", 5, date(2026, 11, 5), "Eine Fähre, die niemand mehr sehen darf."),
    }
    captures = {name: capture(day, "extracted", name, name) for name, (_, day, _, _) in bodies.items()}
    for month in ("2026-10", "2026-11"):
        rows = [article(captures[name], article_body=body, published_on=on, in_language="de", headline=None)
                for name, (where, _, on, body) in bodies.items() if where == month]  # fmt: skip
        store(home, "articles", rows, month)
    store(home, "captures", [*captures.values(), capture(6, "taken_down", None, "gone")])
    return home


def found(home: Path, *words: str, **more: object) -> list[Hit]:
    return list(search.hits(home, search.terms(words), **more))  # type: ignore[arg-type]


def test_case_and_accents_do_not_count_and_parts_of_words_do(home: Path) -> None:
    assert [hit.article_id for hit in found(home, "FAHR")] == ["new", "old"]
    assert [hit.article_id for hit in found(home, "uberfahrt")] == ["old"]


def test_all_words_must_occur_and_a_phrase_as_it_stands(home: Path) -> None:
    assert [hit.article_id for hit in found(home, "fähr", "reederei")] == ["old"]
    assert [hit.article_id for hit in found(home, '"die fähre"')] == ["new"]
    assert found(home, '"fähre die"') == []


def test_the_answer_stands_in_its_context(home: Path) -> None:
    (hit,) = found(home, "wieder")
    assert "Die Fähre fährt wieder." in hit.context
    assert hit.context.startswith("…") and hit.context.endswith("…") and len(hit.context) <= 245


def test_what_was_taken_down_is_not_found(home: Path) -> None:
    assert found(home, "niemand") == []


def test_days_source_and_language_narrow_the_search(home: Path) -> None:
    assert [hit.article_id for hit in found(home, "fähr", since=date(2026, 11, 1))] == ["new"]
    assert [hit.article_id for hit in found(home, "fähr", until=date(2026, 10, 3))] == ["old"]
    assert found(home, "fähr", until=date(2026, 10, 2)) == []
    assert found(home, "fähr", source="other") == [] and found(home, "fähr", language="en") == []
    assert len(found(home, "fähr", source="paper", language="de")) == 2


def test_months_that_are_not_needed_are_not_read(home: Path) -> None:
    older = home / "lake" / "articles" / "month=2026-10" / "data.parquet"
    data = older.read_bytes()
    hits = search.hits(home, search.terms(["fähr"]))
    first = next(hits)
    older.write_bytes(data[:4] + bytes(len(data) // 2) + data[4 + len(data) // 2 :])  # its pages, not its footer
    try:
        assert first.article_id == "new"
        with pytest.raises(duckdb.Error):
            next(hits)
    finally:
        older.write_bytes(data)


def test_nothing_to_search_for_is_said_so() -> None:
    with pytest.raises(ConfigurationError, match="give words"):
        search.terms(["  ", '""'])
