"""Trends on disk: what a batch is compared with, whether it is in alarm, and what a person accepted.

raw/<batch>/baseline.json is written once, with the plan; alarm.json stands while the batch is out of its bands;
accepted.json says that somebody looked, published.json that the batch came into the lake. So the next nights, reruns
and rebuilds know, whatever else was deleted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline import commits, homes, store, trends
from pipeline.errors import ConfigurationError, IntegrityError
from pipeline.measures import Measures
from pipeline.model import Plan
from pipeline.settings import Settings
from pipeline.trends import Baseline, Judgement, Night

LOOK_BACK = 100
"""Days in which the good nights must lie: fourteen of a weekly source do."""


def freeze(settings: Settings, source_id: str, day: date) -> None:
    """Write down what the source's earlier batches were like, for a batch that is being planned."""
    nights, silent = _nights(settings, source_id, day)
    came = {*_among(settings.raw, source_id, day), *_among(settings.commits, source_id, day)}
    last = next((other for other in _before(day) if other in came and _came(settings, _batch(source_id, other))), day)
    between = [last + timedelta(number) for number in range(1, (day - last).days)]
    due = [other for other in between if trends.due([night.day for night in nights], other)]
    value = {
        "nights": [{"day": str(n.day), "measures": n.measures._asdict(), "accepted": n.accepted} for n in nights],
        "silent": [str(other) for other in silent],
        "missing": [str(other) for other in due],
    }
    store.write_json(settings.raw / _batch(source_id, day) / "baseline.json", value)


def missing(settings: Settings, source_id: str, day: date) -> str | None:
    """Return why a source without input on that day is in alarm, None if nothing was to be expected."""
    nights, _ = _nights(settings, source_id, day)
    if not trends.due([night.day for night in nights], day):
        return None
    return f"the night is missing: no input, though {source_id} came on other {day:%A}s, last on {nights[-1].day}"


def judge(settings: Settings, made: Plan, measures: Measures) -> tuple[trends.Severity | None, str]:
    """Return whether a checked batch is in alarm and the alarms in words, after writing both down.

    IntegrityError if what it is to be compared with is gone.
    """
    folder = settings.raw / made.batch_id
    known, accepted = baseline(settings, made.batch_id), store.find_json(folder / "accepted.json")
    found = trends.judge(measures, made.date, known, accepted and Measures(**accepted["measures"]))
    report(settings, made.batch_id, measures, found, len(known.nights))
    alarms = [one.words for one in found if one.severity and one.measure != trends.MISSING]
    missing = [one.words for one in found if one.measure == trends.MISSING]
    if not alarms:
        store.remove(folder / "alarm.json")
        return ("warning", missing[0]) if missing else (None, "")
    value = {"severity": found[0].severity, "alarms": alarms, "measures": measures._asdict()}
    store.write_json(folder / "alarm.json", value)
    return found[0].severity, "; ".join([_in_words(made.batch_id, alarms), *missing])


def report(
    settings: Settings, batch_id: str, measures: Measures, found: Sequence[Judgement] = (), nights: int = 0
) -> None:
    """Write reports/<batch>/trends.json: the measures, and how they compared with so many good nights."""
    value = {
        "batch_id": batch_id,
        "good_nights": nights,
        "judged": bool(found),
        "severity": found[0].severity if found else None,
        "measures": measures._asdict(),
        "trends": [one._asdict() for one in found],
    }
    store.write_json(settings.reports / batch_id / "trends.json", value)


def standing(settings: Settings, batch_id: str) -> str | None:
    """Return the alarm that a batch was last found in and that nobody accepted, None if there is none."""
    alarm = store.find_json(settings.raw / batch_id / "alarm.json")
    return _in_words(batch_id, alarm["alarms"]) if alarm else None


def note_published(settings: Settings, batch_id: str) -> None:
    """Write down for good that a batch was judged and came into the lake."""
    path = settings.raw / batch_id / "published.json"
    if not homes.exists(path):
        store.write_json(path, {"batch_id": batch_id})


def never_published(settings: Settings, batch_id: str) -> str | None:
    """Return why a batch is not to be in the lake unless it is run, None if it was there."""
    if homes.exists(settings.raw / batch_id / "published.json") or commits.last(settings, batch_id):
        return None
    return standing(settings, batch_id) or "it was never published: run it, which compares it with the nights before"


def dismiss(settings: Settings, batch_id: str) -> None:
    """Forget the alarm of a batch that is held back for another reason: that cannot be accepted."""
    store.remove(settings.raw / batch_id / "alarm.json")


def accept(settings: Settings, batch_id: str, why: str | None) -> None:
    """Record that a batch in alarm is right as it is; ConfigurationError if it is in none and never was accepted."""
    folder = settings.raw / batch_id
    alarm = store.find_json(folder / "alarm.json")
    if alarm:
        store.write_json(folder / "accepted.json", alarm | {"why": why})
        store.remove(folder / "alarm.json")
    elif not homes.exists(folder / "accepted.json"):
        raise ConfigurationError(f"{batch_id} is in no alarm that could be accepted")


def measured(settings: Settings, batch_id: str) -> Any:
    """Return the measures of a batch that was checked, None if its report was deleted since."""
    found = store.find_json(settings.reports / batch_id / "trends.json")
    return found and found["measures"]


def _in_words(batch_id: str, alarms: Sequence[str]) -> str:
    """Return alarms as a sentence, with the command that accepts them."""
    source_id, day = batch_id[: -len("-YYYY-MM-DD")], batch_id[-len("YYYY-MM-DD") :]
    more = f"; and {len(alarms) - trends.SHOWN} more" if len(alarms) > trends.SHOWN else ""
    look = f"see reports/{batch_id}/trends.json; if it is right: newsmill accept {source_id} --date {day}"
    return f"trend alarm: {'; '.join(alarms[: trends.SHOWN])}{more} ({look})"


def _nights(settings: Settings, source_id: str, day: date) -> tuple[list[Night], list[date]]:
    """Return the last good nights before a day, and the published ones directly before it without an article."""
    nights: list[Night] = []
    silent: list[date] = []
    speaking = False
    committed = _among(settings.commits, source_id, day)
    for other in filter(committed.__contains__, _before(day)):
        batch_id = _batch(source_id, other)
        facts = commits.last(settings, batch_id).get("measures")
        if not facts or facts["missed"]:
            continue
        measures = Measures(**facts)
        speaking = speaking or measures.articles > 0
        silent = silent if speaking else [other, *silent]
        if not homes.exists(settings.raw / batch_id / "alarm.json"):
            nights = [Night(other, measures, homes.exists(settings.raw / batch_id / "accepted.json")), *nights]
        if len(nights) == trends.NIGHTS:
            break
    return nights, silent


def _among(folder: Path, source_id: str, day: date) -> frozenset[date]:
    """Return of which of the days before there is something of the source in a directory: no day is asked for alone."""
    names = frozenset(homes.between(folder, _batch(source_id, _before(day)[-1]), _batch(source_id, day)))
    batches = {other: _batch(source_id, other) for other in _before(day)}
    return frozenset(other for other, batch_id in batches.items() if {batch_id, f"{batch_id}.json"} & names)


def _before(day: date) -> Sequence[date]:
    return [day - timedelta(number) for number in range(1, LOOK_BACK + 1)]


def _batch(source_id: str, day: date) -> str:
    return f"{source_id}-{day.isoformat()}"


def _came(settings: Settings, batch_id: str) -> bool:
    return homes.exists(settings.raw / batch_id / "plan.json") or bool(commits.last(settings, batch_id))


def baseline(settings: Settings, batch_id: str) -> Baseline:
    """Return what a batch is compared with, as frozen with its plan; IntegrityError if that is gone."""
    path = settings.raw / batch_id / "baseline.json"
    value: dict[str, Any] | None = store.find_json(path)
    if value is None:
        raise IntegrityError(f"{path}: gone, so the batch can be compared with nothing; restore it from a backup")
    nights = (
        Night(date.fromisoformat(night["day"]), Measures(**night["measures"]), night["accepted"])
        for night in value["nights"]
    )
    silent, missed = (tuple(map(date.fromisoformat, value[name])) for name in ("silent", "missing"))
    return Baseline(tuple(nights), silent, missed)
