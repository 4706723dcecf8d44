from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import NewsDate
from pipeline.text.dates import parse_date, split_header

CAPTURED = datetime(2017, 8, 25, 12, tzinfo=UTC)


def parse(raw: str, timezone: str = "Europe/Berlin", language: str | None = None) -> NewsDate | None:
    return parse_date(raw, "meta", timezone, CAPTURED, language)


def instant(raw: str, timezone: str = "Europe/Berlin", language: str | None = None) -> str:
    found = parse(raw, timezone, language)
    return f"{found.instant:%Y-%m-%dT%H:%M:%S} {found.precision}" if found else "none"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2017", "2016-12-31T23:00:00 year"),
        ("2017-08", "2017-07-31T22:00:00 month"),
        ("August 2017", "2017-07-31T22:00:00 month"),
        ("2017-08-17", "2017-08-16T22:00:00 day"),
        ("20170817", "2017-08-16T22:00:00 day"),
        ("2017-08-17T10", "2017-08-17T08:00:00 hour"),
        ("2017-08-17T10:30", "2017-08-17T08:30:00 minute"),
        ("2017-08-17 10:30:05", "2017-08-17T08:30:05 second"),
        ("2017-08-17T10:30:05.123456789Z", "2017-08-17T10:30:05 second"),
        ("2017-08-17T10:30:05+0530", "2017-08-17T05:00:05 second"),
        ("2017-08-17 10:30:05 UTC", "2017-08-17T10:30:05 second"),
        ("20170817103005", "2017-08-17T08:30:05 second"),
        ("1502964605", "2017-08-17T10:10:05 second"),
        ("1502964605250", "2017-08-17T10:10:05 second"),
        ("Thu, 17 Aug 2017 10:30:05 +0200", "2017-08-17T08:30:05 second"),
        ("Thu, 17 Aug 2017 10:30:05 GMT", "2017-08-17T10:30:05 second"),
        ("Thu Aug 17 10:30:05 +0000 2017", "2017-08-17T10:30:05 second"),
        ("2017-08-17T24:00:00", "2017-08-17T22:00:00 second"),
        ("2017-08-17T24:00Z", "2017-08-18T00:00:00 minute"),
        ("2017081712", "2017-08-17T10:00:00 hour"),
        ("201708171230", "2017-08-17T10:30:00 minute"),
        ("2017991712", "2033-12-12T09:15:12 second"),
        ("2017-08-17+02:00", "2017-08-16T22:00:00 day"),
        ("2017-08-17-05:30", "2017-08-17T05:30:00 day"),
        ("2017-08-17Z", "2017-08-17T00:00:00 day"),
    ],
)
def test_machine_dates_keep_their_precision(raw: str, expected: str) -> None:
    assert instant(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "17. August 2017",
        "Donnerstag, 17.08.2017",
        "17.8.17",
        "Aug. 17, 2017",
        "August 17th, 2017",
        "17 août 2017",
        "17 de agosto de 2017",
        "17 agosto 2017",
        "17 августа 2017",
        "17-Aug-2017",
        "2017/8/17",
        "2017年8月17日",
        "Stand: 17. August 2017",
        "17. August",
    ],
)
def test_written_days_in_many_languages(raw: str) -> None:
    found = parse(raw)
    assert found is not None
    assert (found.day, found.precision, found.raw) == (date(2017, 8, 17), "day", raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("17. August 2017, 10:30 Uhr", "2017-08-17T08:30:00 minute"),
        ("17.08.2017 - 10.30 Uhr", "2017-08-17T08:30:00 minute"),
        ("17. August 2017 um 10 Uhr", "2017-08-17T08:00:00 hour"),
        ("Aug 17, 2017 3:05 p.m. EDT", "2017-08-17T19:05:00 minute"),
        ("12:15 AM, August 17, 2017", "2017-08-16T22:15:00 minute"),
        ("17 août 2017 à 10h30", "2017-08-17T08:30:00 minute"),
        ("17.08.2017 10:30:05 MESZ", "2017-08-17T08:30:05 second"),
        ("17. August, 10:30 Uhr", "2017-08-17T08:30:00 minute"),
    ],
)
def test_written_days_with_a_time(raw: str, expected: str) -> None:
    assert instant(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("17 Aug 2017 10:00 GMT+2", "2017-08-17T08:00:00 minute"),
        ("August 17, 2017 10:00 (UTC+3)", "2017-08-17T07:00:00 minute"),
        ("17 Aug 2017 10:00 UTC-03:30", "2017-08-17T13:30:00 minute"),
        ("2017-08-17 10:00:00 GMT -11", "2017-08-17T21:00:00 second"),
        ("Thu Aug 17 2017 10:30:05 GMT+0200 (CEST)", "2017-08-17T08:30:05 second"),
        ("17. AUGUST 2017, 10:30 UHR MESZ", "2017-08-17T08:30:00 minute"),
        ("17.08.2017 24:00 Uhr", "2017-08-17T22:00:00 minute"),
    ],
)
def test_the_offset_behind_a_time_is_obeyed(raw: str, expected: str) -> None:
    assert instant(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "17 Aug 2017 10:00:00 JST",
        "Thu, 17 Aug 2017 10:00:00 AEST",
        "Thu Aug 17 10:30:05 JST 2017",
        "2017-08-17T10:00:00 -3",
        "2017-08-17T10:00:00[Asia/Tokyo]",
        "Aug 17, 2017 10:00 PM ET",
        "Aug 17, 2017 10:00 a.m. Eastern Time",
        "17 Aug 2017 10:00 GMT+99",
        "17 Aug 2017 10:00 CET+1",
    ],
)
def test_a_time_in_a_zone_that_is_not_known_is_only_a_day(raw: str) -> None:
    assert instant(raw) == "2017-08-16T22:00:00 day"


def test_words_behind_a_time_are_no_zone() -> None:
    assert instant("17.08.2017 10:30 von Eva Brandt") == "2017-08-17T08:30:00 minute"
    assert instant("10:30, Donnerstag, 17. August 2017") == "2017-08-17T08:30:00 minute"


def test_what_was_written_is_kept_in_a_form_that_can_be_stored() -> None:
    found = parse(" 17 August\x00 2017 \ud83d ")
    assert found is not None
    assert found.raw == "17 August 2017"


def test_the_day_is_the_publishers_own() -> None:
    found = parse("2017-08-18T00:30:00+02:00", "UTC")
    assert found is not None
    assert (found.day, found.instant.day) == (date(2017, 8, 18), 17)


def test_an_open_order_of_day_and_month_is_decided_by_language_and_zone_or_not_at_all() -> None:
    assert instant("05/08/2017", "Europe/London", "en") == "2017-08-04T23:00:00 day"
    assert instant("05/08/2017", "America/New_York", "en") == "2017-05-08T04:00:00 day"
    assert instant("05/08/2017", "UTC", "fr") == "2017-08-05T00:00:00 day"
    assert parse("05/08/2017", "UTC", "en") is None
    assert instant("08/17/2017", "UTC", "en") == "2017-08-17T00:00:00 day"


def test_a_month_name_that_languages_read_differently_needs_the_language() -> None:
    assert instant("3 listopada 2016", "UTC", "pl") == "2016-11-03T00:00:00 day"
    assert instant("3 listopada 2016", "UTC", "hr") == "2016-10-03T00:00:00 day"
    assert parse("3 listopada 2016", "UTC") is None


def test_a_day_without_year_lies_in_the_past() -> None:
    found = parse("24. Dezember")
    assert found is not None
    assert found.day == date(2016, 12, 24)


@pytest.mark.parametrize(
    "raw",
    ["", " ", "2017-13", "2017-02-30", "31. Februar 2017", "0000", "29. Februar", "mit", "1,5", "die 17 Länder 2017",
     "99.99.2017", "2017-08-17T25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00"],
)  # fmt: skip
def test_what_is_no_date_is_none(raw: str) -> None:
    assert parse(raw) is None


@given(
    st.one_of(
        st.text(), st.from_regex(r"[0-9]{1,4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,4}( [0-9:.]{1,8})?"), st.datetimes().map(str)
    )
)
def test_parsing_never_raises(raw: str) -> None:
    found = parse(raw)
    assert found is None or (found.instant.tzinfo is UTC and len(found.raw.encode()) < 500)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))
def test_iso_instants_round_trip(moment: datetime) -> None:
    found = parse(moment.isoformat())
    assert found is None or found.instant == moment.astimezone(UTC) or moment.microsecond


def test_the_header_is_split_off() -> None:
    published, body = split_header(" date 2017-08 Ein Satz.\n\nNoch einer.", "UTC")
    assert published == NewsDate(datetime(2017, 8, 1, tzinfo=UTC), date(2017, 8, 1), "month", "header", "2017-08")
    assert body == "Ein Satz.\n\nNoch einer."


@pytest.mark.parametrize(
    "text", ["Ein Satz.", "date 2017-13 Ein Satz.", "date line", "", "date 0000 x", "update 2017-08 x"]
)
def test_a_text_without_a_valid_header_is_left_alone(text: str) -> None:
    assert split_header(text, "UTC") == (None, text)


@given(st.text())
def test_splitting_never_raises_and_keeps_the_end(text: str) -> None:
    assert text.endswith(split_header(text, "UTC")[1])
