from collections.abc import Iterator

import pytest

from pipeline.html.bylines import find_authors, is_person, split_byline


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
        ("Capital Von Ann Bee", ("Ann Bee",)),
        ("Posted by Ann Bee, Carl Dee and Eve Eff - Harbour Team", ("Ann Bee", "Carl Dee", "Eve Eff")),
        ("Ann Bee, Political Correspondent", ("Ann Bee",)),
        ("Ann Bee, Redakteurin", ("Ann Bee",)),
        ("Ann Bee Senior Contributor", ("Ann Bee",)),
        ("Ann Bee, Redaktion Wirtschaft", ("Ann Bee",)),
        ("Gastautor Ann Bee", ("Ann Bee",)),
        ("Hafen-Experte Carl Dee", ("Carl Dee",)),
        ("Bee, Ann", ("Ann Bee",)),
        ("Redaktion, Ann Bee", ("Ann Bee",)),
        ("Ann Bee; Dr. Ann Bee", ("Ann Bee",)),
        ("Dr. Ann Bee", ("Dr. Ann Bee",)),
        ("Ann Bee / Carl Dee\nEve Eff", ("Ann Bee", "Carl Dee", "Eve Eff")),
        ("Ann Bee y Carl Dee", ("Ann Bee", "Carl Dee")),
        ("José Bee y Dee", ("José Bee y Dee",)),
        ("Da Silva", ("Da Silva",)),
        ("Di Ann Bee", ("Ann Bee",)),
        ("ANN BEE", ("ANN BEE",)),
        ("김지은 기자", ("김지은",)),
        ("作者：王小明", ("王小明",)),
        ("No Author", ()),
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


def test_a_role_alone_stands_as_it_is_stated() -> None:
    assert find_authors([["By Staff Writer"]], set())[0] == ("Staff Writer",)


@pytest.mark.parametrize("name", ["Ann Bee", "Ann van de Bee", "A. B. Cee", "Éve O’Dee-Eff", "김지은", "王小明"])
def test_names_of_persons_are_told_by_their_shape(name: str) -> None:
    assert is_person(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann",
        "ann bee",
        "More Posts",
        "Ann Bee 2",
        "News Editor",
        "van de",
        "Ann met the mayor",
        "한국의항구가닫혔다",
    ],
)
def test_other_words_are_no_names_of_persons(text: str) -> None:
    assert not is_person(text)


def test_a_hostile_byline_costs_no_time() -> None:
    for text in ("a b, ([({", "By ", "Von A. ", "A, B", "-", "\n", "Redakteurin "):
        assert len(find_authors([[text * 100_000]], set())[0]) <= 20


@pytest.mark.parametrize("name", ["Par Andersson", "Av Cohen", "Da Silva"])
def test_a_first_name_that_is_also_a_word_of_bylines_stays(name: str) -> None:
    assert split_byline(name) == [name]
    assert split_byline("Par Ann Bee") == ["Ann Bee"]
    assert split_byline("Par AFP") == ["AFP"]
