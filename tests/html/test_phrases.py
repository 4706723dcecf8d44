"""The lists of stock phrases."""

import tomllib
from importlib.resources import files

import pytest

LANGUAGES = sorted(
    entry.name for entry in (files("pipeline.html") / "data").iterdir() if entry.name.endswith(".toml")
)  # fmt: skip


@pytest.mark.parametrize("name", LANGUAGES)
def test_phrases_are_listed_once_and_in_lower_case(name: str) -> None:
    places = tomllib.loads((files("pipeline.html") / "data" / name).read_text("utf-8"))
    assert places.keys() <= {"whole", "start", "within", "end"}
    for kinds in places.values():
        for phrases in kinds.values():
            listed = [phrase for phrase in phrases.splitlines() if phrase]
            assert sorted(set(listed)) == sorted(listed)
            assert [phrase for phrase in listed if phrase != phrase.strip().lower()] == []


def test_twenty_seven_languages_have_phrases() -> None:
    assert len(LANGUAGES) == 27
