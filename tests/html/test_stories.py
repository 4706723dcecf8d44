from lxml import html

from pipeline.html.blocks import read_blocks
from pipeline.html.body import find_body

TEXT = "".join(
    f"<p>The ferry to Elmtown was late on day {day}, and nobody on the quay could say why.</p>" for day in range(5)
)
MORE = "".join(
    f"<p>The bakery in Oakham sold out of rolls on day {day}, to the dismay of the schools.</p>" for day in range(7)
)


def read(body: str, headline: str) -> str:
    page = read_blocks(html.document_fromstring(f"<html><body><main>{body}</main></body></html>"))
    return " ".join(page.blocks[at].text for at in find_body(page, headline).kept)


def test_the_next_article_shown_below_is_not_text_of_the_one_that_the_page_names() -> None:
    first, second = f"<article><h1>Late ferry</h1>{TEXT}</article>", f"<article><h1>No rolls</h1>{MORE}</article>"
    assert "ferry" in read(first + second, "Late ferry") and "rolls" not in read(first + second, "Late ferry")
    assert "rolls" in read(second + first, "No rolls") and "ferry" not in read(second + first, "No rolls")


def test_an_article_within_another_one_keeps_its_text() -> None:
    nested = f"<article><h1>All day</h1><article><h1>Late ferry</h1>{TEXT}</article></article>"
    assert "day 4" in read(nested, "Late ferry")
    entries = f"<article><h1>All day</h1>{TEXT}<article><h1>Noon</h1>{MORE}</article></article>"
    assert "rolls" in read(entries, "All day")


def test_a_headline_in_an_article_element_without_text_takes_nothing_away() -> None:
    apart = f"<article><h1>No rolls</h1></article><article><h1>Bread</h1>{MORE}</article>"
    assert "rolls" in read(apart, "No rolls")
