"""What is normal of a source and what is not: judgements on invented measures."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.measures import COUNT, LENGTH, SHARE, Measures
from pipeline.trends import NIGHTS, Baseline, Judgement, Night, due, judge

MONDAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Source:
    """A source that gives about so many articles a night."""

    articles: int = 60
    undated: float = 0.02
    refused: float = 0.05
    words: float = 300
    english: float = 0.0
    weekend: float = 1.0

    def night(self, day: date) -> Measures:
        rng = random.Random(str(day))
        expected = self.articles * (self.weekend if day.weekday() > 4 else 1)
        found = max(0, round(expected + rng.uniform(-0.8, 0.8) * expected**0.5))
        english = round(found * self.english)
        languages = {name: count for name, count in (("de", found - english), ("en", english)) if count}
        return Measures(
            captures=found + round(found * self.refused),
            articles=found,
            refused=round(found * self.refused),
            extracted=found,
            undated=round(found * self.undated),
            words=self.words * rng.uniform(0.95, 1.05) if found else None,
            languages=languages,
        )


def nights(source: Source, count: int = NIGHTS, first: date = MONDAY) -> tuple[Night, ...]:
    days = [first + timedelta(number) for number in range(count)]
    return tuple(Night(day, source.night(day)) for day in days)


def alarms(judged: Iterable[Judgement]) -> dict[str, str]:
    return {one.measure: one.severity for one in judged if one.severity}


def after(source: Source, now: Source, **changes: object) -> dict[str, str]:
    """Return the alarms of the night in which a source became another one."""
    day = MONDAY + timedelta(NIGHTS)
    return alarms(judge(now.night(day)._replace(**changes), day, Baseline(nights(source))))  # type: ignore[arg-type]


USUAL = Source()


def test_a_night_like_the_others_is_in_no_alarm_and_has_a_band_for_each_measure() -> None:
    day = MONDAY + timedelta(NIGHTS)
    found = judge(USUAL.night(day), day, Baseline(nights(USUAL)))
    assert alarms(found) == {}
    assert [one.measure for one in found] == [
        *("captures", "articles", "reject_share", "null_date_share", "median_words", "language_mix")
    ]
    assert all(one.low <= one.median <= one.high for one in found)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(USUAL, words=150), {"median_words": "critical"}),
        (replace(USUAL, undated=1.0), {"null_date_share": "critical"}),
        (replace(USUAL, undated=0.2), {"null_date_share": "warning"}),
        (replace(USUAL, refused=2.0), {"reject_share": "critical", "captures": "critical"}),
        (replace(USUAL, english=1.0), {"language_mix": "critical"}),
        (replace(USUAL, articles=115), {"articles": "warning", "captures": "warning"}),
        (replace(USUAL, articles=240), {"articles": "critical", "captures": "critical"}),
        (replace(USUAL, articles=0), {"articles": "critical", "captures": "critical", "silent_nights": "critical"}),
    ],
)
def test_a_source_that_breaks_is_in_alarm_by_how_far_it_is_off(now: Source, expected: dict[str, str]) -> None:
    assert after(USUAL, now) == expected


def test_fewer_rejects_and_more_dates_are_no_alarm() -> None:
    assert after(replace(USUAL, undated=0.8, refused=1.0), replace(USUAL, undated=0.0, refused=1.0)) == {}


def test_the_alarm_says_measure_value_median_and_band() -> None:
    day = MONDAY + timedelta(NIGHTS)
    worst = judge(replace(USUAL, undated=1.0).night(day), day, Baseline(nights(USUAL)))[0]
    assert worst.words == "null_date_share 100%, the last 14 good nights' median is 2%, the band 0% to 17%"
    assert worst.value == 1.0 and 0.15 < worst.high < 0.2


def test_with_thirteen_good_nights_nothing_is_judged() -> None:
    silent = replace(USUAL, articles=0).night(MONDAY)
    assert judge(silent, MONDAY + timedelta(13), Baseline(nights(USUAL, 13))) == []
    assert judge(silent, MONDAY + timedelta(14), Baseline(nights(USUAL, 14)))


@pytest.mark.parametrize("articles", [40, 200, 1000])
@pytest.mark.parametrize("weekend", [0.3, 0.5, 1.6])
def test_a_weekend_like_the_weekends_before_is_in_no_alarm(articles: int, weekend: float) -> None:
    source = Source(articles=articles, weekend=weekend)
    past = nights(source, 28)
    for number in range(14, 28):
        night = past[number]
        assert alarms(judge(night.measures, night.day, Baseline(past[number - 14 : number]))) == {}


def test_a_workday_that_doubles_is_seen_in_a_source_with_quiet_weekends() -> None:
    quiet = Source(articles=200, weekend=0.5)
    assert after(quiet, replace(quiet, articles=400))["articles"] == "critical"


@pytest.mark.parametrize("change", [{"articles": 0, "words": None, "extracted": 0, "languages": {}}, {"undated": 1},
                                    {"articles": 9, "captures": 9}, {"words": 90.0}, {"languages": {"en": 1, "de": 2}}])  # fmt: skip
def test_a_source_of_three_articles_a_night_does_not_cry_wolf(change: dict[str, object]) -> None:
    assert after(Source(articles=3), Source(articles=3), **change) == {}


def test_a_small_source_is_in_alarm_when_it_stays_silent() -> None:
    small, gone = nights(Source(articles=3)), replace(USUAL, articles=0)
    for empty, expected in enumerate([{}, {}, {"silent_nights": "warning"}, {"silent_nights": "critical"}]):
        day = MONDAY + timedelta(NIGHTS + empty)
        silent = tuple(MONDAY + timedelta(NIGHTS + number) for number in range(empty))
        assert alarms(judge(gone.night(day), day, Baseline(small, silent))) == expected


def test_nights_on_which_a_source_never_publishes_are_not_silent() -> None:
    source = Source(articles=4, weekend=0)
    past = nights(source, 14)
    monday = MONDAY + timedelta(14)
    weekend = (monday - timedelta(2), monday - timedelta(1))
    assert alarms(judge(replace(source, articles=0).night(monday), monday, Baseline(past, weekend))) == {}


def test_what_was_accepted_is_normal_as_long_as_it_is_among_the_last_nights() -> None:
    doubled = replace(USUAL, articles=180)
    past, day = nights(USUAL), MONDAY + timedelta(NIGHTS)
    assert alarms(judge(doubled.night(day), day, Baseline(past)))
    assert alarms(judge(doubled.night(day), day, Baseline(past), accepted=doubled.night(day))) == {}
    moved = (*past[1:], Night(day, doubled.night(day), accepted=True))
    following = day + timedelta(1)
    assert alarms(judge(doubled.night(following), following, Baseline(moved))) == {}
    assert alarms(judge(USUAL.night(following), following, Baseline(moved))) == {}


def test_what_was_accepted_does_not_cover_what_comes_next() -> None:
    doubled, day = replace(USUAL, articles=180), MONDAY + timedelta(NIGHTS)
    broken = replace(doubled, words=100).night(day)
    assert alarms(judge(broken, day, Baseline(nights(USUAL)), accepted=doubled.night(day))) == {
        "median_words": "critical"
    }


def test_a_language_that_was_accepted_is_no_other_language() -> None:
    flipped, day = replace(USUAL, english=1.0), MONDAY + timedelta(NIGHTS)
    moved = (*nights(USUAL)[1:], Night(day, flipped.night(day), accepted=True))
    following = day + timedelta(1)
    assert alarms(judge(flipped.night(following), following, Baseline(moved))) == {}


def test_a_missed_night_is_a_warning_and_nothing_else_is_judged() -> None:
    day = MONDAY + timedelta(NIGHTS)
    missed = Measures(1, 0, 1, 0, 0, None, {}, missed=True)
    (found,) = judge(missed, day, Baseline(nights(USUAL), missing=(day - timedelta(1),)))
    assert (found.measure, found.value, found.severity) == ("missing_nights", 2, "warning")
    assert found.words == "missing_nights 2: nothing came on 2026-03-15, 2026-03-16, when it was due"


def test_a_source_is_due_on_the_weekdays_on_which_it_came() -> None:
    daily = [MONDAY + timedelta(number) for number in range(14)]
    weekly = [MONDAY + timedelta(7 * number) for number in range(14)]
    workdays = [day for day in (MONDAY + timedelta(number) for number in range(20)) if day.weekday() < 5][:14]
    rarely = [MONDAY + timedelta(5 * number) for number in range(14)]
    week = [MONDAY + timedelta(70 + number) for number in range(7)]
    assert [due(daily, day) for day in week] == [True] * 7
    assert [due(weekly, day) for day in week] == [True] + [False] * 6
    assert [due(workdays, day) for day in week] == [True] * 5 + [False] * 2
    assert not any(due(rarely, day) for day in week)
    assert not due(daily[:13], daily[13])


@given(st.integers(0, 10**7), st.floats(0, 1), st.floats(0, 1e6))
def test_what_is_scaled_comes_back(count: int, share: float, words: float) -> None:
    for scale, value in ((COUNT, count), (SHARE, share), (LENGTH, words)):
        assert scale.plain(scale.scaled(value)) == pytest.approx(value, rel=1e-6, abs=1e-6)


measures = st.builds(
    lambda shown, refused, undated, words, languages: Measures(
        shown + refused, shown, refused, sum(languages.values()), min(undated, sum(languages.values())),
        words if languages else None, languages,
    ),
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 9), st.floats(0, 1e5),
    st.dictionaries(st.sampled_from(["de", "en", "unknown"]), st.integers(1, 99)),
)  # fmt: skip


@given(st.lists(measures, min_size=14, max_size=14), measures)
def test_whatever_the_nights_a_batch_that_was_accepted_is_in_no_alarm_and_an_alarm_is_outside_its_band(
    past: list[Measures], now: Measures
) -> None:
    baseline = Baseline(tuple(Night(MONDAY + timedelta(number), one) for number, one in enumerate(past)))
    day = MONDAY + timedelta(14)
    for one in judge(now, day, baseline):
        assert (one.severity is None) == (one.low - 0.01 <= one.value <= one.high + 0.01)
    assert alarms(judge(now, day, baseline, accepted=now)) == {}
