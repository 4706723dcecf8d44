from pipeline.html.metadata import Metadata, read_metadata
from tests.html import CAPTURED, URL, tree


def read(head: str, body: str = "", byline: str | None = None) -> Metadata:
    root = tree(f"<html><head>{head}</head><body>{body}<p>Text</p></body></html>")
    return read_metadata(root, URL, "Europe/Berlin", CAPTURED, lambda _: byline)


def jsonld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_the_title_that_most_places_agree_on_wins_without_the_site() -> None:
    found = read(
        '<title>Harbour closed - Küstenbote</title><meta property="og:site_name" content="Küstenbote">'
        '<meta property="og:title" content="You will not believe this harbour">',
        "<h1>“Harbour closed”</h1>",
    )
    assert found.headline == "“Harbour closed”"


def test_a_dash_inside_a_title_is_kept() -> None:
    assert read("<title>Harbour - a portrait</title>").headline == "Harbour - a portrait"


def test_the_best_article_node_speaks_not_a_teaser() -> None:
    found = read(
        jsonld(
            '[{"@type": "WebPage", "headline": "Page"},'
            '{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Teaser", "author": "T T",'
            ' "datePublished": "2020-01-01", "description": "x"}]},'
            '{"@type": ["NewsArticle"], "headline": "Caf&amp;eacute; &lt;b&gt;opens&lt;/b&gt;"}]'
        )
    )
    assert found.headline == "Café opens"
    assert found.published is None


def test_authors_in_every_usual_shape_are_names() -> None:
    shapes = (
        '{"@type": "Person", "givenName": "Ann", "familyName": "Bee"}',
        '["Ann Bee"]',
        '[{"@type": "Person", "name": "By Ann Bee"}]',
        '"Ann Bee"',
        '{"@type": "Person", "name": ["Ann Bee"]}',
    )
    for shape in shapes:
        assert read(jsonld(f'{{"@type": "NewsArticle", "author": {shape}}}')).authors == ("Ann Bee",)


def test_a_visible_byline_counts_where_only_the_house_is_stated() -> None:
    house = jsonld('{"@type": "NewsArticle", "author": {"@type": "Organization", "name": "Küstenbote"}}')
    assert read(house, byline="Ann Bee").authors == ("Ann Bee",)
    assert read(house).authors == ("Küstenbote",)


def test_a_comma_too_many_and_a_cdata_wrapper_do_no_harm() -> None:
    assert read(jsonld('//<![CDATA[\n{"@type": "NewsArticle", "headline": "Kept",}\n//]]>')).headline == "Kept"


def test_types_of_wrong_shape_are_ignored() -> None:
    found = read(
        jsonld(
            '{"@type": {"a": 1}, "author": 7, "keywords": {"x": []}, "image": [[]], "publisher": [3],'
            ' "headline": {"name": null}, "datePublished": 20230306, "articleSection": [[]]}'
        )
        + jsonld('{"@type": "NewsArticle", "author": [7, null, {"name": 3}], "image": [{"url": 4}], "keywords": 9}')
    )
    assert (found.authors, found.keywords, found.image_url) == ((), (), None)


def test_keywords_in_one_string_are_parted() -> None:
    assert read('<meta name="news_keywords" content="harbour; strike, harbour">').keywords == ("harbour", "strike")


def test_a_locked_article_is_not_free() -> None:
    assert read(jsonld('{"@type": "NewsArticle", "isAccessibleForFree": false}')).is_accessible_for_free is False
    assert read('<meta property="article:content_tier" content="free">').is_accessible_for_free is True
    assert read("").is_accessible_for_free is None
