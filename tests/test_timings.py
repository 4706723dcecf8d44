"""How long stages took, and which documents: measured beside what is made of them, and never a part of it."""

from pathlib import Path
from time import process_time

import pytest

from pipeline import report, store, timings
from pipeline.report import times
from pipeline.settings import Settings
from tests.test_alarms import DAY, Paper
from tests.test_report import text_of


def burn(seconds: float) -> None:
    began = process_time()
    while process_time() - began < seconds:
        pass


def test_each_item_has_the_processor_seconds_until_the_next_one_is_asked_for() -> None:
    laps: list[float] = []
    for item in timings.timed([0.0, 0.05, 0.0], laps):
        burn(item)
    assert len(laps) == 3
    assert laps[1] >= 0.05 > max(laps[0], laps[2])


def test_a_stage_keeps_its_slowest_documents_only() -> None:
    watch = timings.start()
    watch.laps.update({f"c{number}": number / 10 for number in range(9)})
    found = timings.stopped(watch)
    assert [capture_id for capture_id, _ in found["slowest"]] == ["c8", "c7", "c6", "c5", "c4"]
    assert found["processor_seconds"] == pytest.approx(3.6)
    assert found["seconds"] >= 0


def test_a_report_names_the_slow_document_and_what_each_stage_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times, "LEAST_SECONDS", 0.0)
    paper = Paper(tmp_path)
    paper.deliver(DAY, documents=3)
    paper.run(DAY)
    text = text_of(report.write(paper.settings, f"s-{DAY}"))
    assert "What the stages took" in text and "The slowest documents" in text
    assert "newsmill show " in text.partition("The slowest documents")[2]


def test_a_report_of_quick_documents_says_that_none_is_slow(sample_copy: Settings) -> None:
    path = sample_copy.reports / "crawl-2026-03-01" / "timings.json"
    stages = store.read_json(path)["stages"]
    assert [one["stage"] for one in stages] == ["capture", "extract", "mine"]
    for one in stages:
        one["slowest"] = [[capture_id, 0.01] for capture_id, _ in one["slowest"]]
    store.write_json(path, {"stages": stages})
    assert "No document took a tenth of a second." in text_of(report.write(sample_copy, "crawl-2026-03-01"))
