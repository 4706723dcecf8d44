"""When to ask again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.patience import is_passing, pause, seconds_asked

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Sun, 01 Mar 2026 03:02:00 GMT", 120.0),
        ("Sunday, 01-Mar-26 03:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 05:02:00 +0200", 120.0),
        ("Sun, 01 Mar 2026 02:00:00 GMT", 0.0),
        *((value, None) for value in ("", "soon", "-5", "1.5", "٣", "12 minutes", "Sun, 99 Mar 2026 03:02:00 GMT")),
    ],
)
def test_seconds_and_dates_are_read_and_nonsense_is_not(value: str, seconds: float | None) -> None:
    assert seconds_asked(value, NOW) == seconds


WORDS = st.sampled_from(
    ["Sun,", "01", "Mar", "2026", "99999999999999999999", "03:00:00", "25:61", "GMT", "+9999999", "-", ":", "1"]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_any_text_asks_for_some_time_or_none(value: str) -> None:
    seconds = seconds_asked(value, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(0, 10**6))
def test_a_date_ahead_is_as_long_as_its_seconds(seconds: int) -> None:
    assert seconds_asked(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), NOW) == seconds


def test_pauses_grow_unless_the_server_says_how_long() -> None:
    assert [pause(attempt, None, NOW) for attempt in (1, 2, 3)] == [1, 2, 4]
    assert pause(1, "7", NOW) == 7
    assert pause(2, "0", NOW) == 1


def test_only_faults_that_may_pass_are_tried_again() -> None:
    passing = {status for status in range(100, 1000) if is_passing(status)}
    assert passing == {429, *range(500, 600)} - {501, 505}
