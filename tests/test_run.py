"""Nights as a user of the lake sees them: what is new, what is unchanged, what a failure leaves alone."""

import json
import os
import signal
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pipeline import checks, plan, query, rebuild, run, stages, verify, version
from pipeline.errors import ConfigurationError
from pipeline.model import Capture, Known, Plan, Source
from pipeline.settings import Settings

DAYS = [date(2026, 3, day) for day in range(1, 4)]
TEXT = "Die Brücke über die Lorn bleibt gesperrt, sagte Bürgermeister Enno Tamsen am Montag in Lornsund."


class Site:
    """A JSONL source of which tests write the day's file and run the night."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(
            home=folder / "home", sources=folder / "sources.toml", workers=0
        )  # this code, as patched
        self.configure('fields = { article_body = "text", headline = "title" }')

    def configure(self, keys: str) -> None:
        self.settings.sources.write_text(f'[sources.s]\nkind = "jsonl"\npath = "{{date}}"\n{keys}\n')

    def night(self, day: date, *documents: dict[str, Any]) -> dict[str, int]:
        folder = self.folder / day.isoformat()
        if documents:
            folder.mkdir(exist_ok=True)
            (folder / "a.jsonl").write_text("".join(json.dumps(item) + "\n" for item in documents))
        rows = run.night(self.settings, run.plan_night(self.settings, day), lambda *_: None)
        return rows[0].outcomes

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with query.connect(self.settings.home) as connection:
            return connection.execute(statement).fetchall()

    def faults(self) -> list[verify.Finding]:
        return [finding for finding in verify.verify(self.settings, lambda *_: None) if finding.fault]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def document(number: int, text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "text": text, "title": f"Brücke {number}"} | more


def test_a_text_that_goes_a_b_a_is_a_again(site: Site) -> None:
    for day, text in zip(DAYS, (TEXT, TEXT + " Der Umweg ist lang.", TEXT), strict=True):
        assert site.night(day, document(1, text)) == {"extracted": 1}
    assert site.ask("SELECT article_body FROM articles_current") == [(TEXT,)]
    assert site.ask("SELECT count(*) FROM article_versions") == [(2,)]
    assert site.faults() == []


def test_other_bytes_with_the_same_text_are_unchanged(site: Site) -> None:
    site.night(DAYS[0], document(1), document(2))
    assert site.night(DAYS[1], document(1, page_views=7), document(2)) == {"unchanged": 2}
    assert site.faults() == []


def test_an_upgrade_of_ours_is_no_edit_of_theirs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.night(DAYS[0], document(1))
    monkeypatch.setattr(version, "extractor", lambda: "another")
    monkeypatch.setattr(version, "code_version", lambda: "0+another")
    with monkeypatch.context() as changed:
        changed.setattr(stages, "content_sha256", lambda headline, description, body: "f" * 64)
        assert site.night(DAYS[1], document(1, page_views=7)) == {"unchanged": 1}


def test_a_mended_configuration_takes_effect_although_the_bytes_are_equal(site: Site) -> None:
    site.configure('fields = { article_body = "text", headline = "nothing" }')
    site.night(DAYS[0], document(1))
    site.configure('fields = { article_body = "text", headline = "title" }')
    assert site.night(DAYS[1], document(1)) == {"extracted": 1}
    assert site.ask("SELECT headline FROM articles_current") == [("Brücke 1",)]


def test_documents_with_one_id_are_kept_apart_and_found_again(site: Site) -> None:
    twice = [document(1), document(1, TEXT + " Das ist der zweite."), document(2)]
    assert site.night(DAYS[0], *twice) == {"extracted": 3}
    assert site.night(DAYS[1], document(3), *twice) == {"extracted": 1, "unchanged": 3}
    assert site.faults() == []


def test_equal_bytes_with_another_status_are_what_the_status_says() -> None:
    source = Source(id="s", kind="html", path=".")
    made = Plan(batch_id="s-2026-03-02", date=DAYS[1], source=source, root="/", inputs=(), chunks=())
    page = b"<p>" + TEXT.encode() * 5 + b"</p>"
    capture = Capture("k", "http://a.example/x", None, datetime(2026, 3, 2, tzinfo=UTC), 410, "text/html", None, None, None,
                      page, "sha256:1", "f", "<urn:x>", 0, 9)  # fmt: skip
    known = Known("http://a.example/x", "s-2026-03-01", "c", "r", "f", 0, 9, "sha256:1", "a", "c" * 64, "e", None, None)
    frames = stages.extract([capture], made, lambda key: known, "e", 10**6)
    assert frames["captures"]["outcome"].tolist() == ["http_error"]


def test_rebuild_keeps_what_a_batch_published_if_its_bytes_are_gone(site: Site) -> None:
    for number, day in enumerate(DAYS):
        site.night(day, document(number))
    lost = site.settings.raw / "s-2026-03-02" / "0000.warc.gz"
    lost.rename(lost.with_suffix(".away"))
    for path in site.settings.work.rglob("*.json"):
        path.unlink()
    (site.folder / "2026-03-02" / "a.jsonl").unlink()
    ended = {row.batch_id: row.held_back for row in rebuild.rebuild(site.settings, lambda *_: None).ledger}
    assert "gone since" in str(ended["s-2026-03-02"])
    assert site.ask("SELECT count(*) FROM articles") == [(3,)]
    lost.with_suffix(".away").rename(lost)
    rebuild.rebuild(site.settings, lambda *_: None)
    assert site.faults() == []


def test_a_damaged_plan_fails_its_batch_alone(site: Site) -> None:
    for number, day in enumerate(DAYS):
        site.night(day, document(number))
    plan.path_of(site.settings, "s-2026-03-02").write_text("{")
    ended = {row.batch_id: row.held_back for row in rebuild.rebuild(site.settings, lambda *_: None).ledger}
    assert [batch for batch, reason in ended.items() if reason] == ["s-2026-03-02"]
    assert site.ask("SELECT count(*) FROM articles") == [(3,)]


def test_batches_without_a_plan_go_with_the_next_rebuild(site: Site) -> None:
    for number, day in enumerate(DAYS):
        site.night(day, document(number))
    for path in sorted((site.settings.raw / "s-2026-03-02").iterdir()):
        path.unlink()
    rebuild.rebuild(site.settings, lambda *_: None)
    assert site.ask("SELECT DISTINCT batch_id FROM articles ORDER BY ALL") == [("s-2026-03-01",), ("s-2026-03-03",)]
    assert site.faults() == []


def killed(*_: object) -> dict[str, int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_a_batch_whose_capture_kills_its_workers_fails_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.settings = replace(site.settings, workers=1)
    monkeypatch.setattr(run, "capture_chunk", killed)
    (site.folder / "2026-03-01").mkdir()
    (site.folder / "2026-03-01" / "a.jsonl").write_text(json.dumps(document(1)) + "\n")
    (ended,) = run.night(site.settings, run.plan_night(site.settings, DAYS[0]), lambda *_: None)
    assert "cannot be captured: a worker died twice, its process was ended by SIGKILL" in str(ended.held_back)


def test_checks_that_cannot_be_loaded_are_one_clear_error(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "_frames", cache(lambda: import_module("no_such_module")))
    with pytest.raises(ConfigurationError, match=r"checks cannot be loaded: .*no_such_module"):
        site.night(DAYS[0], document(1))
    assert "Traceback" not in capfd.readouterr().err


def test_who_asks_the_web_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "+https://" in Settings.from_environment().user_agent
    monkeypatch.setenv("NEWSMILL_USER_AGENT", "elmtown-bot/2 (+https://elmtown.example/bot)")
    assert Settings.from_environment().user_agent == "elmtown-bot/2 (+https://elmtown.example/bot)"


def test_limits_of_documents_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSMILL_WORKER_BYTES", "3000000000")
    monkeypatch.setenv("NEWSMILL_DOCUMENT_SECONDS", "60")
    settings = Settings.from_environment()
    assert (settings.worker_bytes, settings.document_seconds) == (3_000_000_000, 60)
    for wrong in ("0", "4G", "-1", "9" * 40):
        monkeypatch.setenv("NEWSMILL_WORKER_BYTES", wrong)
        with pytest.raises(ConfigurationError, match="NEWSMILL_WORKER_BYTES"):
            Settings.from_environment()
