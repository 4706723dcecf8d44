import pytest

from pipeline.html.heading import find_heading
from tests.html import tree


@pytest.mark.parametrize(
    "title", ["The mayor's harbour closes - Daily Gull", "THE MAYOR’S HARBOUR CLOSES | Daily Gull"]
)
def test_the_heading_that_the_title_repeats_is_found_whatever_its_quotes(title: str) -> None:
    body = "<h2>Daily Gull</h2><h1>Weather</h1><h1>The mayor’s harbour closes</h1>"
    found = find_heading(tree(f"<html><head><title>{title}</title></head><body>{body}</body></html>"))
    assert found is not None
    assert found.text == "The mayor’s harbour closes"
