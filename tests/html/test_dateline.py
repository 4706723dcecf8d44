import datetime as clocks
import subprocess
import sys
import time
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from htmldate.meta import reset_caches

from pipeline.html.dateline import find_published
from pipeline.html.jsonld import read_jsonld
from pipeline.html.metadata import read_meta
from pipeline.model import NewsDate
from tests.html import CAPTURED, tree

FIRST_ODD_DATE = """
import sys, time
from pipeline.html.dateline import find_published
from pipeline.html.jsonld import JsonLd
from tests.html import CAPTURED, tree
root = tree('<html><body><div class="date">17. kolovoza 2017.</div><p class="date">the 17 of foo 2017</p></body></html>')
start = time.process_time()
found = find_published(root, JsonLd({}, {}), {}, None, "Europe/Zagreb", CAPTURED)
assert found and found.day.isoformat() == "2017-08-17", found
assert "dateparser.search" not in sys.modules
print(time.process_time() - start)
"""


def published(head: str = "", body: str = "", url: str | None = None) -> NewsDate | None:
    root = tree(f"<html><head>{head}</head><body>{body}<p>Text</p></body></html>")
    return find_published(
        root, read_jsonld(root.iter("script")), read_meta(root.iter("meta")), url, "Europe/Berlin", CAPTURED
    )


def stated(stamp: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{stamp}"}}</script>'


def meta(stamp: str) -> str:
    return f'<meta property="article:published_time" content="{stamp}">'


def test_json_ld_comes_before_meta_tags() -> None:
    found = published(stated("2023-03-06T10:00:00+01:00") + meta("2023-03-01"))
    assert found is not None
    assert (found.day, found.origin) == (date(2023, 3, 6), "jsonld")


def test_the_same_instant_in_local_time_tells_the_publishers_day() -> None:
    found = published(stated("2023-03-05T23:30:00Z") + meta("2023-03-06T00:30:00+01:00"))
    assert found is not None
    assert (found.day, found.raw) == (date(2023, 3, 6), "2023-03-06T00:30:00+01:00")


def test_the_last_instant_of_all_costs_no_article_its_date() -> None:
    root = tree(f'<html lang="de"><head>{meta("9999-12-31T23:00:00Z")}</head><body><p>Text</p></body></html>')
    jsonld = read_jsonld(root.iter("script"))
    found = find_published(root, jsonld, read_meta(root.iter("meta")), None, "Europe/Berlin", CAPTURED)
    assert found is not None
    assert found.raw == "9999-12-31T23:00:00Z"


def test_the_address_tells_the_day_of_a_utc_stamp() -> None:
    found = published(stated("2023-03-05T23:30:00Z"), url="https://a.example/2023/03/06/strike.html")
    assert found is not None
    assert (found.day, found.precision, found.origin) == (date(2023, 3, 6), "second", "jsonld")


def test_a_stamp_far_from_the_address_is_not_that_of_publication() -> None:
    found = published(stated("2023-03-06T10:00:00+01:00"), url="https://a.example/2017/08/17/strike.html")
    assert found is not None
    assert (found.day, found.origin, found.raw) == (date(2017, 8, 17), "url", "2017/08/17")


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/what-happened-on-2001-09-11.html",
        "https://a.example/2001-09-11-what-happened.html",
        "https://a.example/article-20151231",
        "https://a.example/x?match=2016-06-11",
        "https://a.example/x?u=/2016/06/11/",
        "https://2016-06-11.example/x#/2016/06/11/",
        "https://[broken/2016-06-11-x",
    ],
)
def test_a_stated_date_stands_unless_the_address_is_filed_by_date(url: str) -> None:
    found = published(stated("2023-03-06T08:00:00+01:00"), url=url)
    assert found is not None
    assert (found.day, found.origin) == (date(2023, 3, 6), "jsonld")


@pytest.mark.parametrize("url", ["https://a.example/x?match=2016-06-11", "https://2016-06-11.example/x"])
def test_only_the_path_of_an_address_tells_a_date(url: str) -> None:
    assert published(url=url) is None
    assert published(f'<link rel="canonical" href="{url}">'.replace("2016-06-11.example", "a.example")) is None


def test_a_marked_time_comes_before_a_date_in_a_slug() -> None:
    found = published(body='<time pubdate datetime="2023-03-06">x</time>', url="https://a.example/on-2001-09-11.html")
    assert found is not None
    assert found.day == date(2023, 3, 6)


@pytest.mark.parametrize(
    ("head", "url"),
    [
        (stated("2017-08"), None),
        (stated("2017-08"), "https://a.example/on-2001-09-11.html"),
        (stated('2017-08", "dateCreated": "2019-01-01'), None),
        ('<meta name="date" content="2017-08">', None),
    ],
)
def test_a_stated_month_stays_a_month(head: str, url: str | None) -> None:
    found = published(head, '<p class="date">17.05.2016</p>', url)
    assert found is not None
    assert (found.day, found.precision, found.raw) == (date(2017, 8, 1), "month", "2017-08")


def test_a_stated_month_is_read_to_the_day_where_another_place_agrees() -> None:
    found = published(stated("2017-08") + meta("2017-08-17"))
    assert found is not None
    assert (found.day, found.precision, found.origin) == (date(2017, 8, 17), "day", "meta")
    found = published(stated("2017-08"), url="https://a.example/2017/08/17/strike.html")
    assert found is not None
    assert (found.day, found.precision, found.origin) == (date(2017, 8, 17), "day", "url")


def test_a_year_among_meta_tags_does_not_hide_the_day() -> None:
    found = published('<meta itemprop="datePublished" content="1988"><meta name="dc.date" content="2017-01-30">')
    assert found is not None
    assert (found.day, found.precision) == (date(2017, 1, 30), "day")


@pytest.mark.parametrize("url", ["https://a.example/20170817/x", "https://a.example/x_2017_8_17.html"])
def test_addresses_write_dates_in_several_ways(url: str) -> None:
    found = published(url=url)
    assert found is not None
    assert found.day == date(2017, 8, 17)


def test_numbers_in_an_address_are_no_dates() -> None:
    assert published(url="https://a.example/story/20231399/1") is None
    assert published(url="https://a.example/story-120230306123") is None


def test_a_visible_date_is_found_in_the_text() -> None:
    found = published(body='<div class="date">Montag, 6. März 2023</div>')
    assert found is not None
    assert (found.day, found.precision, found.origin) == (date(2023, 3, 6), "day", "text")


class LaterClock(clocks.datetime):
    """A clock that htmldate's parser would fill dates from."""

    @classmethod
    def now(cls, tz: clocks.tzinfo | None = None) -> Any:
        return clocks.datetime(2022, 12, 23, tzinfo=tz)


@pytest.mark.parametrize("text", ["2017-08", "2017 August", "2017-08 Heft", "2022, 10:30"])
def test_no_part_of_a_date_is_filled_from_todays_clock(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f'<time datetime="{text}">{text}</time><p class="date">{text}</p>'
    head = f'<meta name="dc.date.modified" content="{text}">'
    reset_caches()
    today = published(head, body)
    module = {name: getattr(clocks, name) for name in dir(clocks)} | {"datetime": LaterClock}
    monkeypatch.setattr("dateutil.parser._parser.datetime", SimpleNamespace(**module))
    reset_caches()
    assert published(head, body) == today
    assert today is None or today.precision in ("month", "year")


def test_a_month_in_a_time_element_is_a_month() -> None:
    found = published(body='<time datetime="2017-08">August 2017</time>')
    assert found is not None
    assert (found.day, found.precision) == (date(2017, 8, 1), "month")


def test_a_copyright_year_is_no_date() -> None:
    assert published(body="<footer>© 2019 Küstenbote</footer>") is None


def test_a_month_is_never_passed_off_as_its_first_day() -> None:
    found = published(body="<p>Heft 2022/11, Seite 3 bis 12</p>")
    assert found is None or found.precision == "month"


def test_the_first_of_a_month_is_a_day_where_the_page_writes_it() -> None:
    found = published(body='<div class="date">1. März 2023</div>')
    assert found is not None
    assert (found.day, found.precision) == (date(2023, 3, 1), "day")


def test_text_from_after_the_capture_is_no_date_of_publication() -> None:
    later = (CAPTURED + timedelta(days=40)).strftime("%d.%m.%Y")
    assert published(body=f'<div class="date">{later}</div>') is None


def test_the_day_shown_beside_the_headline_comes_before_that_of_a_meta_tag() -> None:
    found = published(meta("2023-03-01T10:00:00+01:00"), '<h1>Harbour closed</h1><p class="date">4. März 2023</p>')
    assert found is not None
    assert (found.day, found.origin, found.raw) == (date(2023, 3, 4), "text", "4. März 2023")


def test_the_day_shown_is_the_publishers_day_of_a_utc_stamp() -> None:
    found = published(stated("2023-03-05T23:30:00Z"), "<h1>Harbour closed</h1><time>6. März 2023, 0:30 Uhr</time>")
    assert found is not None
    assert (found.day, found.precision, found.origin) == (date(2023, 3, 6), "second", "jsonld")


def test_the_publishers_own_offset_needs_no_day_shown() -> None:
    found = published(stated("2023-03-04T10:00:00+01:00"), "<h1>Harbour closed</h1><p>6. März 2023</p>")
    assert found is not None
    assert found.day == date(2023, 3, 4)


@pytest.mark.parametrize("stamp", [stated("2023-03-04T10:00:00Z"), meta("2023-03-04T10:00:00+01:00")])
def test_a_day_shown_that_is_that_of_the_last_change_is_not_that_of_publication(stamp: str) -> None:
    changed = '<meta property="article:modified_time" content="2023-03-05T18:00:00+01:00">'
    found = published(stamp + changed, "<h1>Harbour closed</h1><p>5. März 2023</p>")
    assert found is not None
    assert found.day == date(2023, 3, 4)


def test_a_stated_day_that_the_page_shows_stands_against_the_address() -> None:
    found = published(
        meta("2023-03-06"), "<h1>Harbour closed</h1><p>6. März 2023</p>", "https://a.example/2023/03/02/x"
    )
    assert found is not None
    assert (found.day, found.origin) == (date(2023, 3, 6), "meta")


def test_a_day_shown_comes_before_a_date_in_a_slug() -> None:
    found = published(body="<h1>Harbour</h1><p>6. März 2023</p>", url="https://a.example/on-2001-09-11.html")
    assert found is not None
    assert found.day == date(2023, 3, 6)


def test_twenty_thousand_odd_dates_cost_less_than_two_seconds() -> None:
    for element in ('<div class="date">{} foo of 2017 bar</div>', '<time class="date">{} foo of 2017 bar</time>'):
        start = time.process_time()
        assert published(body="".join(element.format(number) for number in range(20_000))) is None
        assert time.process_time() - start < 2


def test_the_first_odd_date_of_a_process_costs_less_than_a_second() -> None:
    seconds = subprocess.run([sys.executable, "-c", FIRST_ODD_DATE], capture_output=True, text=True, check=True).stdout
    assert float(seconds) < 1


@pytest.mark.parametrize(
    "line",
    [
        "<p>Am 12. März 2019 sank die Fähre vor Altwarp.</p>",
        "<p><b>12 March 2019, 14:30:</b> the ferry leaves the harbour.</p>",
        '<div class="img-caption">12 March 2019: the ferry in better days.</div>',
        '<div class="event">Saturday, 12 March 2020, 8 pm, town hall</div>',
        '<div class="event"><span class="date">Saturday, 12 March 2020</span></div>',
        "<p>12 March 2019</p>",
    ],
)
def test_a_day_of_the_story_does_not_replace_the_stamp_of_a_meta_tag(line: str) -> None:
    found = published(meta("2021-03-04T10:00:00+02:00"), f"<h1>Harbour closed</h1>{line}")
    assert found is not None
    assert (found.day, found.origin) == (date(2021, 3, 4), "meta")


@pytest.mark.parametrize(
    "line",
    [
        "<time>1 March 2023</time>",
        '<p class="article-date">1 March 2023</p>',
        '<p class="post"><b class="published">1 March 2023</b>',
    ],
)
def test_the_marked_day_beside_the_headline_replaces_the_stamp_of_an_import(line: str) -> None:
    found = published(meta("2023-03-04T10:00:00+01:00"), f"<h1>Harbour closed</h1><p>On 2 March 2023</p>{line}")
    assert found is not None
    assert found.day == date(2023, 3, 1)


def test_the_time_of_a_comment_is_not_that_of_the_article() -> None:
    comment = '<div class="comment-box"><time pubdate datetime="2023-03-05T10:00">5 March 2023</time></div>'
    found = published("", f'{comment}<article><time pubdate datetime="2023-03-02T10:00">2 March</time></article>')
    assert found is not None
    assert found.day == date(2023, 3, 2)
    assert published("", f"<h1>Harbour closed</h1><p>Text</p>{comment}") is None


@pytest.mark.parametrize("stamp", ["1678093200", "1678093200000"])
def test_a_stamp_in_seconds_or_milliseconds_since_1970_is_read(stamp: str) -> None:
    found = published(stated("x").replace('"x"', stamp))
    assert found is not None
    assert (found.day, found.origin) == (date(2023, 3, 6), "jsonld")


@pytest.mark.parametrize(
    ("language", "stamp", "day"),
    [
        ("de", "2023-03-05T23:00:00Z", date(2023, 3, 6)),
        ("fr-FR", "2023-07-05T22:00:00.000Z", date(2023, 7, 6)),
        ("de", "2023-07-05T23:00:00Z", date(2023, 7, 5)),
        ("de", "2023-03-05T23:00:01Z", date(2023, 3, 5)),
        ("en", "2023-03-05T23:00:00Z", date(2023, 3, 5)),
        ("de", "2023-03-05T23:00:00-05:00", date(2023, 3, 5)),
    ],
)
def test_a_utc_stamp_of_midnight_where_the_language_is_spoken_is_of_the_day_that_begins(
    language: str, stamp: str, day: date
) -> None:
    root = tree(f'<html lang="{language}"><head>{meta(stamp)}</head><body><h1>Strike</h1></body></html>')
    found = find_published(root, read_jsonld([]), read_meta(root.iter("meta")), None, "UTC", CAPTURED)
    assert found is not None
    assert found.day == day


def test_a_day_in_a_style_sheet_is_that_of_the_theme_and_not_of_the_page() -> None:
    assert (
        published("<style>/* Theme of 2019-04-11 */ p { background: url(/css/2019/04/11/paper.png) }</style>") is None
    )
