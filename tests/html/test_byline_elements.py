import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.html.byline_elements import find_bylines
from pipeline.html.bylines import find_authors
from tests.html import PARAGRAPHS, tree

HEADLINE = "<h1>Harbour closed for a day</h1>"


def shown(body: str, site: str = "") -> tuple[str, ...]:
    root = tree(f"<html><head><title>Harbour closed for a day - Bote</title></head><body>{body}</body></html>")
    return find_authors(find_bylines(root), {site} if site else set())[0]


@pytest.mark.parametrize(
    "byline",
    [
        '<a rel="author" href="/x">Ann Bee</a>',
        '<span itemprop="author">Ann Bee</span>',
        '<span itemprop="author"><span itemprop="name">Ann Bee</span></span>',
        '<div class="post-meta"><span class="byline">by <span class="author vcard">Ann Bee</span></span></div>',
        '<p class="articleAuthorName">Ann Bee</p>',
        '<p class="author">Ann Bee<br>Political Editor</p>',
        "<address>By Ann Bee<br>1 March 2023</address>",
        '<p>von <a href="/autoren/ann-bee">Ann Bee</a></p>',
        '<address><a href="/author/ann-bee">Ann Bee</a><br>1 March 2023</address>',
        '<ul class="authors"><li>Von Ann Bee</li></ul>',
        "<p>By Ann Bee</p>",
        "<p>| By <em>Ann Bee</em></p>",
        "<dl><dt>Auteur</dt><dd>Ann Bee</dd></dl>",
        "<p>Redaktion: Ann Bee (Sprecherin)</p>",
        "<p><em>Text von Ann Bee  Illustration von Carl Dee</em></p>",
    ],
)
def test_a_byline_behind_the_headline_is_found_however_it_is_marked(byline: str) -> None:
    assert shown(f"<article>{HEADLINE}{byline}<p>{PARAGRAPHS[0]}</p></article>") == ("Ann Bee",)


def test_all_authors_of_a_byline_are_found() -> None:
    links = '<a rel="author" href="/a">Ann Bee</a> and <a rel="author" href="/c">Carl Dee</a>'
    assert shown(f'{HEADLINE}<p class="byline">By {links}</p>') == ("Ann Bee", "Carl Dee")
    listed = '<li><a href="/authors/ann-bee">Ann Bee</a></li><li><a href="/authors/carl-dee">Carl Dee</a></li>'
    assert shown(f"{HEADLINE}<ul>{listed}</ul>") == ("Ann Bee", "Carl Dee")


@pytest.mark.parametrize(
    "elsewhere",
    [
        '<div class="comments"><span class="comment-author">Eve Eff</span></div>',
        '<aside><a rel="author" href="/e">Eve Eff</a></aside>',
        '<nav><a href="/authors/eve-eff">Eve Eff</a></nav>',
        '<div class="related-stories"><span class="author">Eve Eff</span></div>',
        '<figure><figcaption class="author">Eve Eff</figcaption></figure>',
        '<div class="author-bio">Eve Eff</div>',
        '<p class="author_location">Upper Lindenau</p>',
        '<p>The club lost to <a href="/sport/team/upper-lindenau">Upper Lindenau</a>.</p>',
        '<footer><span class="author">Eve Eff</span></footer>',
        "<p>By Eve Eff's own account it was a mistake to close the harbour, and she said so.</p>",
        "<p>Von Lindenau nach Harkstede fuhr an diesem Tag kein Schiff.</p>",
    ],
)
def test_names_in_other_boxes_and_in_the_text_are_no_authors(elsewhere: str) -> None:
    assert shown(f"{HEADLINE}{elsewhere}<p>{PARAGRAPHS[0]}</p>") == ()


def test_a_box_around_the_whole_page_is_no_other_box() -> None:
    page = f'<div class="content-sidebar-wrap">{HEADLINE}<p class="byline">By Ann Bee</p></div>'
    assert shown(page) == ("Ann Bee",)


def test_the_byline_under_the_headline_comes_before_one_of_a_teaser_above_it() -> None:
    teaser = '<div class="story"><h2>Ferry late again</h2><a rel="author" href="/e">Eve Eff</a></div>'
    assert shown(f'{teaser}{HEADLINE}<p class="author">Ann Bee</p>') == ("Ann Bee",)


def test_a_byline_above_the_headline_is_found_where_none_is_below() -> None:
    assert shown(f'<p class="author">Ann Bee</p>{HEADLINE}<p>{PARAGRAPHS[0]}</p>') == ("Ann Bee",)


def test_a_pen_name_is_an_author_where_it_is_marked() -> None:
    assert shown(f'{HEADLINE}<span class="byline">von <a rel="author" href="/a">Seebaer</a></span>') == ("Seebaer",)


def test_a_page_without_a_headline_may_still_have_a_byline() -> None:
    assert shown(f'<p class="byline">By Ann Bee</p><p>{PARAGRAPHS[0]}</p>') == ("Ann Bee",)


@pytest.mark.parametrize(
    "body",
    [
        '<div class="author">By ' * 240 + "<i></i>" * 20_000,
        '<div class="author">By Ann Bee</div>' * 20_000,
        "<p>By</p>" * 20_000,
        '<p class="author">' + "By A. " * 150_000,
        '<p class="author">' + " " * 1_000_000,
    ],
)
def test_a_hostile_page_costs_no_time(body: str) -> None:
    root = tree(f"<html><body>{HEADLINE}{body}</body></html>")
    start = time.process_time()
    find_authors(find_bylines(root), set())
    assert time.process_time() - start < 1.5


@given(st.text("By vonAn-Be,;/&\n.(É作者:", max_size=80))
def test_any_marked_text_gives_short_names_or_none(text: str) -> None:
    root = tree(f'<html><body>{HEADLINE}<p class="author">x</p></body></html>')
    root.findall(".//p")[0].text = text
    assert all(1 < len(name) <= 60 and name == name.strip() for group in find_bylines(root) for name in group)


@pytest.mark.parametrize(
    "box",
    [
        "<h2>By Popular Demand</h2>",
        "<p>By Election Day</p>",
        "<h3>Von Altwarp Richtung Rio</h3>",
        "<address>Altwarp Town Hall</address>",
        '<div class="book-info"><span class="author">Jane Dee</span></div>',
        '<div class="quote"><span class="quote-author">Karl Dee</span></div>',
        '<ol class="discussion"><li><cite class="author">Troll Man</cite></li></ol>',
    ],
)
def test_a_place_a_saying_or_another_work_has_no_author_of_the_article(box: str) -> None:
    assert shown(f"<article>{HEADLINE}{box}<p>{PARAGRAPHS[0]}</p></article>") == ()


def test_the_author_of_a_teaser_is_not_that_of_the_article() -> None:
    teasers = '<div class="teaser-list"><span class="author">Carl Dee</span></div>'
    assert shown(f"{teasers}<article>{HEADLINE}<p>By Ann Bee</p></article>") == ("Ann Bee",)
    assert shown(f"{teasers}<article>{HEADLINE}<p>{PARAGRAPHS[0]}</p></article>") == ()


LONG = f"<p>{PARAGRAPHS[0]} {PARAGRAPHS[0]}</p>"


@pytest.mark.parametrize("names", ["Ann Bee", "Ann Bee/Carl Dee", "Ann Bee and Carl Dee"])
def test_emphasised_names_before_the_first_full_paragraph_are_its_authors(names: str) -> None:
    body = f"<article>{HEADLINE}<p><em>... as boats wait outside</em></p><p> </p><p><strong>{names}</strong></p>{LONG}"
    assert shown(f"{body}</article>") == tuple(re.findall(r"[A-Z]\w+ [A-Z]\w+", names))


@pytest.mark.parametrize(
    "body",
    [
        f"{LONG}<p><strong>Ann Bee</strong></p>{LONG}",
        f"<p><strong>Ann Bee:</strong></p>{LONG}",
        f"<p><strong>Ann Bee</strong> says no</p>{LONG}",
        f"<p>So says <strong>Ann Bee</strong></p>{LONG}",
        f"<p>Ann Bee</p>{LONG}",
        "<p><strong>Ann Bee</strong></p><p>A short line</p>",
    ],
)
def test_other_emphasised_names_are_no_authors(body: str) -> None:
    assert shown(f"<article>{HEADLINE}{body}</article>") == ()


def test_a_byline_in_the_line_above_the_headline_is_found() -> None:
    assert shown(f"<div>5.2.2020 <span>- Redaktion: Ann Bee</span></div>{HEADLINE}{LONG}") == ("Ann Bee",)


def test_names_within_the_title_of_a_source_are_no_authors() -> None:
    source = "Source: New report on all the ports of the northern sea coast and Ann Bee Foundation for another decade"
    assert shown(f"<article>{HEADLINE}{LONG}<p>{source}</p></article>") == ()
