import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.html.headline import find_headline
from tests.html import tree


def headline(
    body: str, *titles: str | None, own: str | None = None, sites: tuple[str, ...] = ("küstenbote",)
) -> str | None:
    root = tree(f"<html><body>{body}<p>Text</p></body></html>")
    return find_headline(root, list(root.iter("h1", "h2")), own, titles, set(sites))


def test_the_heading_that_readers_see_comes_before_the_line_for_search_engines() -> None:
    found = headline("<h1>Harbour strike: what is known so far</h1>", "Harbour strike 2023", "Harbour strike 2023")
    assert found == "Harbour strike: what is known so far"


def test_a_heading_about_something_else_is_not_the_headline() -> None:
    assert headline("<h1>All about the sea</h1>", "Mayor closes the harbour") == "Mayor closes the harbour"


def test_a_heading_that_begins_a_long_title_is_the_headline() -> None:
    assert (
        headline("<h1>Harbour diary</h1>", "Harbour diary – what sailors tell us every night in winter")
        == "Harbour diary"
    )


def test_the_first_of_two_equal_headings_is_the_headline() -> None:
    assert headline("<h1>“Closed”, he says</h1><h1>Closed, he says</h1>", "Closed he says") == "“Closed”, he says"


def test_of_several_headings_the_one_that_the_head_states_is_the_headline() -> None:
    body = "<h1>Economy</h1><h1>Mayor closes the harbour</h1><h1>Mayor opens a school</h1>"
    assert headline(body, "Mayor closes harbour of the town") == "Mayor closes the harbour"


@pytest.mark.parametrize(
    "logo",
    [
        '<div class="logo"><h1>Daily Gull</h1></div>',
        '<h1 class="site-title">Daily Gull</h1>',
        '<h1><a href="/">Daily Gull</a></h1>',
        '<a href="https://gull.example/"><h1>Daily Gull</h1></a>',
    ],
)
def test_the_name_of_the_site_is_no_headline_and_is_cut_off_the_title(logo: str) -> None:
    assert headline(logo, "Daily Gull – Mayor closes the harbour") == "Mayor closes the harbour"
    assert headline(logo, "Mayor closes the harbour | Daily Gull") == "Mayor closes the harbour"


@pytest.mark.parametrize(
    "trail",
    [
        "<ol><li><a href='/a'>Economy</a></li><li><h1>Harbour strike: mayor on the talks</h1></li></ol>",
        "<div class='c-breadcrumb'><span><h1>Harbour strike: mayor on the talks</h1></span></div>",
        "<div><span><h1 class='breadcrumb_last'>Harbour strike: mayor on the talks</h1></span></div>",
        "<nav><h1>Harbour strike: mayor on the talks</h1></nav>",
        "<h1 class='sr-only'>Harbour strike: mayor on the talks</h1>",
    ],
)
def test_an_h1_at_the_end_of_a_trail_leaves_the_headline_to_the_h2_that_is_stated(trail: str) -> None:
    body = f"{trail}<article><h2>Why the mayor gave in</h2><h2>Talks until Monday</h2></article>"
    search = "Harbour strike: mayor on the talks"
    assert headline(body, "Why the mayor gave in", search, own=search) == "Why the mayor gave in"


def test_the_h2_that_stands_for_an_h1_comes_before_another_wording_in_the_data() -> None:
    body = "<nav><h1>Harbour strike</h1></nav><h2>Why the mayor gave in</h2>"
    assert headline(body, "Why the mayor gave in", own="How and why the mayor gave in") == "Why the mayor gave in"


def test_an_h1_of_the_article_stands_in_a_box_that_is_named_after_breadcrumbs() -> None:
    body = '<div class="breadcrumbs-area"><a>Home</a><h1 class="article-title">Mayor closes the harbour!</h1></div>'
    assert headline(body, "Mayor closes the harbour now") == "Mayor closes the harbour!"


def test_a_kicker_inside_the_heading_is_left_out() -> None:
    body = '<h1><span class="kicker">Strike</span><span class="title">Mayor closes the harbour</span></h1>'
    assert headline(body, "Mayor closes the harbour") == "Mayor closes the harbour"
    assert headline(body, "Harbour: Mayor closes it") == "Mayor closes the harbour"
    assert (
        headline('<h1><div class="label"><a>Strike</a></div>Mayor closes it</h1>', "Mayor on it") == "Mayor closes it"
    )


def test_a_kicker_that_the_page_states_as_part_of_the_headline_is_kept() -> None:
    body = '<h1><span class="kicker">Strike</span><span class="title">Mayor closes the harbour</span></h1>'
    assert headline(body, own="Strike: Mayor closes the harbour") == "Strike: Mayor closes the harbour"
    outside = "<span>Strike</span><h1>Mayor closes the harbour</h1>"
    assert headline(outside, own="Strike: Mayor closes the harbour") == "Strike: Mayor closes the harbour"


def test_parts_of_a_heading_do_not_run_into_each_other() -> None:
    assert headline("<h1><span>Mayor closes</span><span>the harbour</span></h1>") == "Mayor closes the harbour"
    assert headline("<h1>Mayor closes<br>the harbour</h1>") == "Mayor closes the harbour"
    assert headline("<h1>Mayor <em>clos</em>es the harbour</h1>") == "Mayor closes the harbour"


def test_the_headline_of_a_news_article_in_its_data_is_believed() -> None:
    body = "<h1>Mayor closes the harbour for two weeks</h1>"
    assert headline(body, own="Mayor closes harbour for weeks") == "Mayor closes harbour for weeks"


@pytest.mark.parametrize(
    "own", ["Mayor closes the har...", "Mayor closes the", "Mayor closes the harbour - Local news"]
)
def test_data_that_cut_the_headline_short_or_add_to_it_do_not_count(own: str) -> None:
    assert headline("<h1>Mayor closes the harbour</h1>", own=own) == "Mayor closes the harbour"


def test_what_only_continues_another_title_is_the_site() -> None:
    found = headline("", "Mayor closes the harbour", "Mayor closes the harbour - Politics | Gull", own=None)
    assert found == "Mayor closes the harbour"
    assert headline("", "Mayor closes the...", "Mayor closes the harbour") == "Mayor closes the harbour"


def test_most_votes_win_without_a_heading() -> None:
    assert headline("", "You will not believe it", "Mayor closes it", "Mayor closes it") == "Mayor closes it"


def test_a_lone_title_is_the_longest_of_its_parts() -> None:
    assert headline("", "Gull - Mayor closes the harbour - Politics - News") == "Mayor closes the harbour"
    assert headline("", "市长宣布关闭港口-海鸥网") == "市长宣布关闭港口"
    assert headline("", "Harbour - a portrait") == "Harbour - a portrait"


def test_a_page_without_title_is_named_by_its_heading() -> None:
    assert headline("<h1>Harbour</h1>") == "Harbour"
    assert headline("<h1> </h1>") is None
    assert headline("") is None


def test_a_heading_without_end_is_no_headline_and_costs_no_time() -> None:
    body = "<h1>" + "<span class='title'>word " * 1_900
    start = time.process_time()
    assert headline(body * 20, "Mayor closes the harbour") == "Mayor closes the harbour"
    assert headline("", "| - " * 250_000, "x | " * 250_000, own=": - " * 250_000) is not None
    assert time.process_time() - start < 2


@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=40))
def test_any_titles_give_a_headline_or_none(titles: list[str], own: str) -> None:
    found = headline("<h1>Harbour</h1>", *titles, own=own)
    assert found is None or found.strip()


def test_of_a_lone_title_in_two_parts_the_longer_is_the_headline() -> None:
    assert headline("", "Daily Example | Strike at harbour") == "Strike at harbour"
    assert headline("", "Strike at harbour | Daily Example") == "Strike at harbour"


@pytest.mark.parametrize("title", ["06.03.2023 - Mayor closes the harbour", "6/3/2023 | Mayor closes the harbour"])
def test_the_date_before_a_headline_is_no_part_of_it(title: str) -> None:
    assert headline(f"<h1>{title}</h1>", f"{title} - Küstenbote") == "Mayor closes the harbour"
    assert headline("", title) == "Mayor closes the harbour"
