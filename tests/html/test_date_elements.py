import time
from datetime import date, timedelta

import pytest

from pipeline.html.date_elements import find_shown
from tests.html import CAPTURED, PARAGRAPHS, tree

HEADLINE = "<h1>Harbour closed for a day</h1>"


def shown(body: str, lang: str = "en", zone: str = "Europe/Berlin") -> date | None:
    root = tree(f'<html lang="{lang}"><body>{body}<p>{PARAGRAPHS[0]}</p></body></html>')
    found = find_shown(root, zone, CAPTURED)
    return found.day if found else None


@pytest.mark.parametrize(
    ("line", "lang"),
    [
        ("<p>17 August 2017</p>", "en"),
        ("<p>Published: August 17, 2017 at 2:32 pm</p>", "en"),
        ("<p>Donnerstag, 17. August 2017, 14:32 Uhr</p>", "de"),
        ("<p>Veröffentlicht am 17.08.2017 | 3 Min.</p>", "de"),
        ("<p>Publié le 17 août 2017 à 14h32</p>", "fr"),
        ("<span>17 de agosto de 2017</span>", "es"),
        ("<div>2017年8月17日 14時32分</div>", "ja"),
        ("<div>2017년 8월 17일</div>", "ko"),
        ("<div>17/08/2017 - 14:32</div>", "it"),
        ("<li>By Ann Bee<br>17 August 2017</li>", "en"),
        ('<time datetime="2017-08-17T14:32:00+02:00">two hours ago</time>', "en"),
        ('<time class="entry-date updated" datetime="2017-08-17">17 August 2017</time>', "en"),
    ],
)
def test_the_day_beside_a_headline_is_read_in_many_languages(line: str, lang: str) -> None:
    assert shown(HEADLINE + line, lang) == date(2017, 8, 17)
    assert shown(f"<header><div>{line}</div>{HEADLINE}</header>", lang) == date(2017, 8, 17)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Updated: 17 August 2017</p>",
        "<p><b>Updated:</b> 17 August 2017</p>",
        "<p><span>Updated</span> <time>17 August 2017</time></p>",
        '<time itemprop="dateModified" datetime="2017-08-17">17 August 2017</time>',
        '<time class="last-modified">17 August 2017</time>',
        "<p>Stand: 17.08.2017</p>",
        "<p>Mis à jour le 17 août 2017</p>",
        "<p>The mayor said that on 17 August 2017 the harbour would close.</p>",
        "<p>Festival vom 15.–17. August 2017</p>",
        "<p>On 17 August 2017 the harbour will open.</p>",
        "<p><b>17 August 2017, 14:30:</b> the ferry leaves</p>",
        '<div class="img-caption">17 August 2017</div>',
        '<div class="event">Saturday, 17 August 2017</div>',
        "<p>August 2017</p>",
        "<p>17. August, 14:32 Uhr</p>",
        "<aside><p>17 August 2017</p></aside>",
        '<div class="related"><p>17 August 2017</p></div>',
        '<div class="comment"><p>17 August 2017</p></div>',
    ],
)
def test_a_day_of_something_else_is_not_that_of_publication(line: str) -> None:
    assert shown(HEADLINE + line) is None


def test_the_day_of_publication_is_found_behind_that_of_an_update() -> None:
    assert shown(f"{HEADLINE}<p>Updated 18 August 2017</p><p>Published 17 August 2017</p>") == date(2017, 8, 17)


def test_a_sentence_that_begins_with_a_day_does_not_hide_the_line_below_it() -> None:
    body = f'{HEADLINE}<p>On 3 May 2017 the harbour opened.</p><div class="date">17 August 2017</div>'
    assert shown(body) == date(2017, 8, 17)


def test_a_day_after_the_capture_is_not_that_of_publication() -> None:
    later = (CAPTURED + timedelta(days=2)).date().isoformat()
    assert shown(f"{HEADLINE}<p>{later}</p>") is None


def test_a_day_far_from_the_headline_is_not_its_own() -> None:
    assert shown(HEADLINE + "<p>Text</p>" * 500 + "<p>17 August 2017</p>") is None
    assert shown("<p>17 August 2017</p>") is None


@pytest.mark.parametrize(
    "body",
    [
        "".join(f'<div class="date">{number} foo of 2017 bar</div>' for number in range(20_000)),
        "".join(f"<time>{number} foo 2017</time>" for number in range(20_000)),
        "<p>" + "17. 2017 " * 110_000,
        '<time datetime="' + "2017-" * 200_000 + '">' + " " * 500_000,
        "<div>" * 240 + "<i></i>" * 20_000,
    ],
)
def test_a_hostile_page_costs_no_time(body: str) -> None:
    root = tree(f"<html><body>{HEADLINE}{body}</body></html>")
    start = time.process_time()
    find_shown(root, "UTC", CAPTURED)
    assert time.process_time() - start < 1


def test_the_month_comes_first_on_an_american_page() -> None:
    assert shown(HEADLINE + "<p>03/04/2019</p>", "en-US") == date(2019, 3, 4)
    assert shown(HEADLINE + "<p>03/04/2019</p>", "en-GB") == date(2019, 4, 3)
