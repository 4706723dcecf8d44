from pipeline.html.metadata import Metadata, read_metadata
from tests.html import CAPTURED, URL, tree


def read(head: str, body: str = "") -> Metadata:
    root = tree(f"<html><head>{head}</head><body>{body}<p>Text</p></body></html>")
    return read_metadata(root, URL, "Europe/Berlin", CAPTURED)


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
    assert read(house, '<h1>Harbour closed</h1><p class="byline">By Ann Bee</p>').authors == ("Ann Bee",)
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


def test_a_wall_is_stated_in_many_ways() -> None:
    for said in ('"False"', '"http://schema.org/False"', '"no"', "false"):
        assert (
            read(jsonld(f'{{"@type": "NewsArticle", "isAccessibleForFree": {said}}}')).is_accessible_for_free is False
        )
    part = '{"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".wall"}'
    assert read(jsonld(f'{{"@type": "NewsArticle", "hasPart": {part}}}')).is_accessible_for_free is False
    assert (
        read(
            jsonld(f'{{"@type": "NewsArticle", "isAccessibleForFree": true, "hasPart": [{part}]}}')
        ).is_accessible_for_free
        is False
    )
    assert read('<meta itemprop="isAccessibleForFree" content="true">').is_accessible_for_free is True


def test_the_section_is_stated_or_the_first_of_the_breadcrumbs() -> None:
    items = ",".join(
        f'{{"@type": "ListItem", "position": {n}, "item": {{"@id": "/{n}", "name": "{name}"}}}}'
        for n, name in enumerate(("Start", "Economy", "Ports", "Harbour closed"))
    )
    trail = jsonld(f'{{"@type": "BreadcrumbList", "itemListElement": [{items}]}}')
    assert read(trail).article_section == "Economy"
    assert read(trail + '<meta property="article:section" content="News">').article_section == "News"
    shown = '<ol itemtype="https://schema.org/BreadcrumbList"><li><b itemprop="name">{}</b></li></ol>'
    names = "Start</b></li><li><b itemprop='name'>Ports</b></li><li><b itemprop='name'>Harbour closed"
    assert read("", shown.format(names)).article_section == "Ports"
    assert read("", shown.format("Start</b></li><li><b itemprop='name'>Closed")).article_section is None


def test_a_list_of_sections_gives_the_first() -> None:
    assert read('<meta property="article:section" content="Ports, Sea, News">').article_section == "Ports"
    assert (
        read('<meta property="article:section" content="Science, Technology">').article_section == "Science, Technology"
    )


def test_a_publisher_is_a_name_not_an_address() -> None:
    head = '<meta name="publisher" content="https://social.example/gull"><meta name="application-name" content="Gull">'
    assert read(head).publisher == "Gull"


def test_an_image_that_the_data_refer_to_is_followed() -> None:
    node = '{"@graph": [{"@type": "NewsArticle", "image": {"@id": "#i"}}, {"@id": "#i", "contentUrl": "/i.jpg"}]}'
    assert read(jsonld(node)).image_url == "https://www.kuestenbote.example/i.jpg"


def test_keywords_may_be_terms() -> None:
    node = '{"@type": "NewsArticle", "keywords": [{"@type": "DefinedTerm", "name": "harbour"}, "strike"]}'
    assert read(jsonld(node)).keywords == ("harbour", "strike")


def test_the_genre_is_what_the_page_calls_itself() -> None:
    assert read(jsonld('{"@type": ["NewsArticle", "ReviewNewsArticle"]}')).genre == "review"
    assert read('<meta property="og:title" content="Kommentar: Der Hafen">', "<h1>Der Hafen</h1>").genre == "opinion"
    assert read("<title>Der Hafen</title>").genre is None


def test_the_language_is_stated_in_the_page_or_its_data() -> None:
    assert read('<meta http-equiv="content-language" content="de-AT">').language == "de"
    assert read(jsonld('{"@type": "NewsArticle", "inLanguage": "fr"}')).language == "fr"
