import tomllib
from importlib.resources import files

import pytest

from pipeline.html.genre import find_genre


def genre(
    title: str | None = None, section: str | None = None, path: str = "/a", types: tuple[str, ...] = ()
) -> str | None:
    return find_genre(types, "article", (title,), section, f"https://gull.example{path}")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Liveblog: Strike at the harbour", "liveblog"),
        ("Kommentar: Der Hafen gehört allen", "opinion"),
        ("Opinion | The harbour is ours", "opinion"),
        ("En direct : la grève au port", "liveblog"),
        ("社説：港は誰のものか", "opinion"),
        ("Analysis: Who gains", "analysis"),
        ("Review: A film on gulls", "review"),
        ("Strike: a review of the week", None),
        ("Live music returns", None),
    ],
)
def test_a_title_says_what_it_is_before_its_colon(title: str, kind: str | None) -> None:
    assert genre(title) == kind


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("Opinión", "opinion"),
        ("Op-Ed", "opinion"),
        ("Bildergalerien", "gallery"),
        ("Videos", "video"),
        ("Economy", None),
    ],
)
def test_a_section_says_what_its_articles_are(section: str, kind: str | None) -> None:
    assert genre(section=section) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/opinion/2023/03/strike", "opinion"),
        ("/meinung/kolumnen/hafen.html", "opinion"),
        ("/opini%C3%B3n/puerto", "opinion"),
        ("/news/harbour-strike-liveblog-12.html", "liveblog"),
        ("/news/opinion", None),
        ("/news/in-my-opinion/", None),
        ("/news/alive-blogs", None),
    ],
)
def test_an_address_says_it_in_its_folders(path: str, kind: str | None) -> None:
    assert genre(path=path) == kind


def test_the_type_of_the_data_comes_first() -> None:
    assert genre("Opinion: Ours", types=("newsarticle", "liveblogposting")) == "liveblog"
    assert find_genre((), "video.other", (), None, None) == "video"


def test_a_broken_address_says_nothing() -> None:
    assert find_genre((), None, (None,), None, "https://[broken/opinion/x") is None


def test_no_name_means_two_kinds() -> None:
    data = tomllib.loads((files("pipeline.html") / "genres.toml").read_text("utf-8"))
    named = [(name.casefold(), kind) for kind, names in data.items() for listed in names.values() for name in listed]
    assert len({name for name, _ in named}) == len(set(named))
    assert {kind for name, kind in named if genre(section=name) != kind and name != "live"} == set()


@pytest.mark.parametrize(
    "title", ["Werbung: Was Firmen dürfen", "Anzeige: Mann bedroht Nachbarn", "Podcast: how radio lives on"]
)
def test_what_a_story_is_about_is_not_its_kind(title: str) -> None:
    assert genre(title) is None


def test_a_section_of_what_is_new_holds_no_live_blogs() -> None:
    assert genre(section="Live") is None
    assert genre("Live: Strike at the harbour") == "liveblog"
    assert genre(section="Podcasts") == "audio"
