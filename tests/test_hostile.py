import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile import MOST_CPU, MOST_MIB, apart
from pipeline.html.dom import parse_page
from pipeline.model import Article, Refusal
from pipeline.page import html_article
from tests.hostile import INPUTS, PARAGRAPHS
from tests.html import SOURCE, capture

PIECES = [
    *("<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<!", "<?php", "<!doctype html>", "&#0;", "&#xD83D;", "&#1", "&", "\0"),
    *("</", "<", ">", '"', "'", '<a href="', "<a href='", '<a href="x>', '">', "'>", "<p", "<p title='a > b'>", "x"),
    *("</html>", "</body>", "</article>", "</p>", "</div>", "<html>", "<head>", "<body>", "<frameset>", "<base href=x>"),
    *(f"<{mark}{name}>" for mark in ("", "/") for name in ("b", "i", "div", "table", "td", "ul", "li", "a", "form", "select", "svg", "noscript", "template", "button")),
    *(f"<{mark}{name}>" for mark in ("", "/") for name in ("script", "style", "title", "textarea", "iframe", "xmp", "noframes", "plaintext")),
    *("<div>" * 300, "</div>" * 300, "<b><i>" * 200, "<ul><li>" * 150, "<table><tr><td>" * 100, "<p><font>" * 150),
]  # fmt: skip
UNSEEN = ("style", "title", "iframe", "noembed", "noframes")
# What a publisher put out of sight: comments, though not those with another one inside, and programs.
CODE = re.compile(r"<!--(?:(?!<!--).)*?--!?>|<(script|textarea)\b.*?(?:</\1|$)", re.DOTALL | re.IGNORECASE)
PAGES = st.lists(st.sampled_from(PIECES) | st.sampled_from([f"<p>{text}</p>" for text in PARAGRAPHS]), max_size=20)


@settings(max_examples=300, deadline=None)
@given(PAGES)
def test_a_paragraph_is_in_the_tree_or_the_page_is_flagged(pieces: list[str]) -> None:
    markup = "<html><body>" + "\n".join(pieces)
    found = parse_page(markup.encode())
    if isinstance(found, Refusal) or found.flags:
        return
    for element in list(found.root.iter(*UNSEEN)):
        element.text = None
    said = "".join(str(text) for text in found.root.itertext())
    assert [text for text in PARAGRAPHS if text in CODE.sub("", markup) and text not in said] == []


@settings(max_examples=40, deadline=None)
@given(PAGES)
def test_no_page_raises(pieces: list[str]) -> None:
    found = html_article(capture("<html><body>" + "\n".join(pieces)), SOURCE)
    assert isinstance(found, Article) or found.reason != "crashed", found


LARGE = {name for name in INPUTS if any(word in name for word in ("k ", "MB", "1M", "x40", "live blog", "bomb"))}


@pytest.mark.parametrize("name", sorted(INPUTS.keys() - LARGE))
def test_a_small_hostile_page_gives_its_article_or_its_reason(name: str) -> None:
    found = html_article(capture(INPUTS[name].make()), SOURCE)
    reason = found.reason if isinstance(found, Refusal) else None
    _check(name, reason, found.flags if isinstance(found, Article) else ())
    if isinstance(found, Article) and not found.flags:
        assert [text for text in PARAGRAPHS if text not in found.article_body] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LARGE))
def test_a_large_hostile_page_stays_within_its_bounds(name: str) -> None:
    row = apart(name)
    assert (row.cpu <= MOST_CPU, row.mib <= MOST_MIB) == (True, True), row
    _check(name, row.reason, row.flags)
    assert row.flags or not row.lost or "nothing else" in name


def _check(name: str, reason: str | None, flags: Sequence[str]) -> None:
    right = INPUTS[name]
    assert reason != "crashed"
    assert reason == right.reason or (right.flags is None and right.reason is None)
    assert reason or right.flags in (None, set(flags))
