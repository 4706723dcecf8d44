import json
import time

import pytest
from lxml.html import Element

from pipeline.html.jsonld import JsonLd, read_jsonld

URL = "https://www.gull.example/economy/strike.html?from=feed"


def data(*texts: str, url: str | None = URL) -> JsonLd:
    scripts = []
    for text in texts:
        script = Element("script", type="application/LD+json")
        script.text = text
        scripts.append(script)
    return read_jsonld(scripts, url)


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "NewsArticle", "headline": "Kept"}',
        '<!--\n{"@type": "NewsArticle", "headline": "Kept"}\n-->',
        '/*<![CDATA[*/ {"@type": "NewsArticle", "headline": "Kept"} /*]]>*/',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Kept",}\n//]]>',
        '{"@type": "NewsArticle", "headline": "Kept", "description": "two\nlines"}',
        '[{"@type": "NewsArticle", "headline": "Kept"},]',
        '{"@type": "NewsArticle", "headline": "Kept"};',
        '{"@type": "Organization"},\n{"@type": "NewsArticle", "headline": "Kept"}',
        '{"@graph": [{"@type": "WebPage"}, {"@type": "NewsArticle", "headline": "Kept"}',
        '{"@type": "NewsArticle", "headline": "Kept", "author": [{"name": "Ann',
        '{"@type": "NewsArticle", "headline": "Kept", "author": [{"name": "Ann \\',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;Kept&quot;}",
        '{"@type": "NewsArticle", "headline": "Kept", "datePublished": "2023-03-06", "description": "a "quoted" word"}',
    ],
)
def test_data_is_read_however_it_is_wrapped_or_broken(text: str) -> None:
    assert data(text).article["headline"] == "Kept"


def test_a_live_blog_too_long_or_broken_to_read_is_still_known() -> None:
    start = '{"@type": "LiveBlogPosting", "headline": "Strike: \\"no\\"", "datePublished": "2023-03-06", '
    updates = (
        '"author": [{"@type": "Person", "name": "Ann Bee"}], "liveBlogUpdate": [{"headline": "He says "no" to it"}'
    )
    for text in (start + updates, start + updates + ', {"articleBody": "word"}' * 60_000 + "]}"):
        article = data(text).article
        assert (article["@type"], article["headline"]) == ("LiveBlogPosting", 'Strike: "no"')
        assert article["author"] == {"name": "Ann Bee"}


@pytest.mark.parametrize("text", ["", "no data", "{", '"', "[[[", "null", "{]}", "7"])
def test_what_is_no_data_gives_nothing(text: str) -> None:
    assert data(text) == JsonLd({}, {})


@pytest.mark.parametrize(
    "mark",
    [
        {"url": "http://gull.example/economy/strike.html"},
        {"mainEntityOfPage": {"@type": "WebPage", "@id": "/economy/strike.html"}},
        {"@id": "https://www.gull.example/economy/strike.html#article"},
    ],
)
def test_the_article_of_this_address_speaks_not_the_one_with_more_to_say(mark: dict[str, object]) -> None:
    other = {
        "@type": "NewsArticle",
        "headline": "Other",
        "description": "x",
        "author": "A B",
        "url": "/economy/other.html",
    }
    own = {"@type": "Article", "headline": "Own"} | mark
    assert data(json.dumps([other, own])).article["headline"] == "Own"
    assert data(json.dumps([other, own]), url=None).article["headline"] == "Other"


def test_a_film_on_the_page_does_not_speak_for_it() -> None:
    film = {"@type": "VideoObject", "name": "Film", "description": "x", "url": URL}
    assert data(json.dumps([film, {"@type": "WebPage", "name": "Page"}])).article["name"] == "Page"
    assert data(json.dumps(film)).article["name"] == "Film"


def test_a_reference_is_followed_into_another_script() -> None:
    found = data('{"@type": "NewsArticle", "author": {"@id": "#a"}}', '{"@id": "#a", "@type": "Person", "name": "Ann"}')
    assert found.follow(found.article["author"])["name"] == "Ann"


def test_the_body_of_the_article_is_at_hand() -> None:
    assert data('{"@type": "NewsArticle", "articleBody": "All of it."}').article["articleBody"] == "All of it."


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "LiveBlogPosting", "liveBlogUpdate": ['
        + '{"headline": "a "b" c", "datePublished": "2023"},' * 25_000,
        "[" * 900_000,
        '{"a": "' + '\\"' * 450_000 + "\\",
        '{"a": ' + '"x' * 450_000,
        '{"headline": "' * 60_000,
        '"datePublished"' + '"author":[' * 90_000 + '"@type":"' * 9_000,
        "/*" * 450_000,
        "{&quot;" + "&amp;" * 180_000,
        "," * 900_000 + "}",
        '{"@type": "NewsArticle"}' * 40_000,
    ],
)
def test_a_megabyte_of_broken_data_costs_no_time(text: str) -> None:
    start = time.process_time()
    data(text)
    assert time.process_time() - start < 2
