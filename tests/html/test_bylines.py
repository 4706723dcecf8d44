from collections.abc import Iterator

import pytest

from pipeline.html.bylines import find_authors


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Ann Bee", ("Ann Bee",)),
        ("Von Ann Bee und Carl Dee", ("Ann Bee", "Carl Dee")),
        ("Par Ann Bee, Carl Dee et Eve Eff", ("Ann Bee", "Carl Dee", "Eve Eff")),
        ("Ann Bee (Photo: Carl Dee/House)", ("Ann Bee",)),
        ("Ann Bee – Reporter", ("Ann Bee",)),
        ("Ann Bee in Lindenau", ("Ann Bee",)),
        ("Ann Bee, Jr.", ("Ann Bee, Jr",)),
        ("Vonda Aust", ("Vonda Aust",)),
        ("https://example.org/authors/ann-bee", ()),
        ("ann@example.org", ()),
        ("12 | 34", ()),
    ],
)
def test_bylines_become_names(byline: str, authors: tuple[str, ...]) -> None:
    assert find_authors([[byline]], set())[0] == authors


def test_agencies_stand_apart_from_persons() -> None:
    assert find_authors([["Ann Bee, DPA"]], set()) == (("Ann Bee",), ("dpa",))


def test_an_agency_alone_is_the_author_as_stated() -> None:
    assert find_authors([["dpa/AFP"]], set()) == (("dpa/AFP",), ("dpa", "AFP"))


def test_a_person_in_a_later_group_comes_before_the_house() -> None:
    assert find_authors([["The Post"], ["ab"], ["Ann Bee"]], {"thepost"})[0] == ("Ann Bee",)
    assert find_authors([["The Post"], ["ab"]], {"thepost"})[0] == ("The Post",)


def test_later_groups_are_not_asked_when_a_person_is_known() -> None:
    def groups() -> Iterator[list[str]]:
        yield ["Ann Bee"]
        raise AssertionError

    assert find_authors(groups(), set())[0] == ("Ann Bee",)


def test_names_in_scripts_without_blanks_are_whole() -> None:
    assert find_authors([["김지은"]], set())[0] == ("김지은",)


def test_a_hostile_byline_costs_no_time() -> None:
    assert len(find_authors([["a b, ([({" * 100_000]], set())[0]) <= 20
