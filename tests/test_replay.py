"""Captures that were refused get another chance, and nothing else of their batch moves."""

import shutil
import signal
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline import audit, commits, identity, rebuild, replay, run, stages, store, verdicts, version
from pipeline.model import Article, Refusal
from pipeline.plain import jsonl_article
from pipeline.rows import article_row
from pipeline.settings import Settings
from pipeline.text.claims import find_claims
from tests.test_cli import newsmill
from tests.test_promise import contents, in_child, killing_itself_at
from tests.test_run import DAYS, TEXT, Site, document

BATCH = "s-2026-03-01"
LATE = "„Das Ufer gibt nach“, sagte Deichgräfin Wiebke Tornau. Zwölf Menschen wurden verletzt."
DOCUMENTS = [document(1), document(2, LATE, date="2025-11-03"), document(3)]


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site").mkdir()
    made = Site(tmp_path / "site")
    made.configure('fields = { article_body = "text", headline = "title", date_published = "date" }')
    return made


def refusing(text: str, reason: Any = "empty_body") -> Callable[..., Article | Refusal]:
    def article(capture: Any, source: Any) -> Article | Refusal:
        found = jsonl_article(capture, source)
        if isinstance(found, Article) and text in found.article_body:
            return Refusal(reason, "a rule of another day")
        return found

    return article


def again(settings: Settings, reason: str = "empty_body", **more: Any) -> list[replay.Replayed]:
    return replay.replay(settings, replay.select(settings, reason, **more), silent)


@pytest.fixture
def clean(site: Site) -> dict[str, bytes]:
    """What the lake holds when nothing was refused; the home is empty again afterwards."""
    assert site.night(DAYS[0], *DOCUMENTS) == {"extracted": 3}
    found = contents(site.settings)
    shutil.rmtree(site.settings.home)
    return found


@pytest.fixture
def refused(site: Site, clean: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Site:
    with monkeypatch.context() as other:
        other.setitem(stages.ARTICLE_OF, "jsonl", refusing(LATE))
        assert site.night(DAYS[0]) == {"extracted": 2, "rejected": 1}
    return site


def test_a_refused_capture_flips_and_the_lake_is_as_if_it_never_had_been(
    refused: Site, clean: dict[str, bytes]
) -> None:
    assert again(refused.settings) == [replay.Replayed(BATCH, {("rejected", "extracted"): 1})]
    assert contents(refused.settings) == clean
    assert refused.faults() == []
    assert run.report(refused.settings, [BATCH])[0].outcomes == {"extracted": 3}
    assert again(refused.settings) == []


def test_what_later_nights_are_compared_with_counts_what_was_replayed(refused: Site) -> None:
    measured = commits.last(refused.settings, BATCH)["measures"]
    again(refused.settings)
    replayed = commits.last(refused.settings, BATCH)["measures"]
    assert (measured["extracted"], measured["refused"]) == (2, 1)
    assert (replayed["extracted"], replayed["refused"]) == (3, 0)
    shutil.rmtree(refused.settings.work)  # as after an upgrade, whose code is another
    refused.night(DAYS[0])
    assert commits.last(refused.settings, BATCH)["measures"] == replayed


def test_what_was_not_asked_for_stays_as_it_is_though_the_code_changed(
    refused: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = refused.ask("FROM articles ORDER BY ALL")
    monkeypatch.setattr(version, "code_version", lambda: "0+another")
    monkeypatch.setattr(stages, "find_claims", lambda *_: [])
    again(refused.settings)
    after = refused.ask("FROM articles ORDER BY ALL")
    assert [row for row in after if row in before] == before and len(after) == 3
    assert refused.ask("SELECT count(*) FROM quotes WHERE quotation = 'Das Ufer gibt nach'") == [(1,)]
    assert refused.faults() == []


def test_a_capture_that_is_refused_again_changes_nothing(site: Site) -> None:
    site.night(DAYS[0], document(1), document(2, " "))
    before = contents(site.settings)
    assert again(site.settings)[0].turns == {("rejected", "rejected"): 1}
    assert contents(site.settings) == before


def test_a_verdict_is_taken_back(site: Site, clean: dict[str, bytes]) -> None:
    file = site.settings.raw / BATCH / "verdicts" / "0000.extract.json"
    run.plan_night(site.settings, DAYS[0])
    store.write_json(file, {identity.capture_id(BATCH, "2"): ["cpu_limit", "took 300 s"]})
    assert site.night(DAYS[0]) == {"extracted": 2, "rejected": 1}
    assert again(site.settings, "cpu_limit")[0].turns == {("rejected", "extracted"): 1}
    assert not file.exists()
    assert contents(site.settings) == clean


def test_an_article_that_could_not_be_mined_gets_its_quotes(
    site: Site, clean: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(body: str, *more: Any) -> Any:
        if body.startswith("„Das Ufer"):
            raise ZeroDivisionError
        return find(body, *more)

    find = find_claims
    with monkeypatch.context() as other:
        other.setattr(stages, "find_claims", failing)
        site.night(DAYS[0])
    assert site.ask("SELECT reason FROM rejects") == [("crashed",)]
    assert again(site.settings, "crashed")[0].turns == {("extracted", "extracted"): 1}
    assert contents(site.settings) == clean


def test_a_batch_whose_article_broke_its_contract_is_run_as_a_whole(
    site: Site, clean: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        row = article_row
        other.setattr(stages, "article_row", lambda *given: row(*given) | {"word_count": -1})
        assert site.night(DAYS[0]) == {"rejected": 3}
    shutil.rmtree(site.settings.work)  # as an upgrade does, whose code is another
    assert again(site.settings, "contract")[0].turns == {("rejected", "extracted"): 3}
    assert contents(site.settings) == clean


def test_captures_between_those_that_were_refused_are_not_touched(
    site: Site, clean: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        made = stages.ARTICLE_OF["jsonl"]
        tries = iter([Refusal("empty_body", "once"), None, Refusal("empty_body", "once")])
        other.setitem(stages.ARTICLE_OF, "jsonl", lambda *given: next(tries) or made(*given))
        assert site.night(DAYS[0]) == {"extracted": 1, "rejected": 2}
    assert again(site.settings)[0].turns == {("rejected", "extracted"): 2}
    assert contents(site.settings) == clean


def broken_plan(site: Site) -> None:
    path = site.settings.raw / BATCH / "plan.json"
    path.write_bytes(path.read_bytes()[:100])


def lost_archive(site: Site) -> None:
    (site.settings.raw / BATCH / "0000.warc.gz").unlink()


def lost_index(site: Site) -> None:
    path = site.settings.raw / BATCH / "0000.index.parquet"
    path.write_bytes(path.read_bytes()[:100])


def lost_known(site: Site) -> None:
    (site.settings.raw / BATCH / "known.parquet").unlink()


@pytest.mark.parametrize("lose", [broken_plan, lost_archive, lost_index, lost_known])
def test_a_batch_that_cannot_be_read_does_not_keep_others_from_being_tried(
    refused: Site, monkeypatch: pytest.MonkeyPatch, lose: Callable[[Site], None]
) -> None:
    with monkeypatch.context() as other:
        other.setitem(stages.ARTICLE_OF, "jsonl", refusing(LATE))
        refused.night(DAYS[1], document(7, LATE, date="2025-11-04"))
    verdict = refused.settings.raw / BATCH / "verdicts" / "0000.extract.json"
    capture_id = replay.select(refused.settings, "empty_body")[0].capture_id
    verdicts.add(verdict, capture_id, Refusal("empty_body", "as it was"))
    lose(refused)
    first, second = again(refused.settings)
    assert first.problem and not first.turns
    assert second.turns == {("rejected", "extracted"): 1}
    assert capture_id in verdicts.read(verdict)


def test_a_batch_that_is_run_as_a_whole_says_why_it_is_held_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        row = article_row
        other.setattr(stages, "article_row", lambda *given: row(*given) | {"word_count": -1})
        site.night(DAYS[0], *DOCUMENTS)
    shutil.rmtree(site.settings.work)
    monkeypatch.setattr(audit, "_reason", lambda audit: "no good")
    (found,) = again(site.settings, "contract")
    assert found.problem == "no good"


def test_a_record_that_was_damaged_since_stays_as_it_is_and_is_named(refused: Site) -> None:
    before = contents(refused.settings)
    path = refused.settings.raw / BATCH / "0000.warc.gz"
    (item,) = replay.select(refused.settings, "empty_body")
    data = bytearray(path.read_bytes())
    data[item.offset + 200] ^= 255
    path.write_bytes(data)
    (found,) = again(refused.settings)
    assert found.turns == {("rejected", "rejected"): 1}
    assert found.problem == f"1 records are damaged now and stay as they are; `newsmill damage {BATCH}` lists them"
    assert contents(refused.settings) == before


def test_source_and_date_narrow_what_is_tried(refused: Site) -> None:
    assert again(refused.settings, source="other") == []
    assert again(refused.settings, since=date(2026, 3, 2)) == []
    assert len(again(refused.settings, source="s", since=date(2026, 3, 1))) == 1


def test_a_later_night_that_has_the_document_too_keeps_it(
    refused: Site, clean: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused.night(DAYS[1], *DOCUMENTS) == {"extracted": 1, "unchanged": 2}
    again(refused.settings)
    assert refused.ask("SELECT count(*) FROM articles_current") == [(3,)] and refused.faults() == []
    replayed = contents(refused.settings)
    shutil.rmtree(refused.settings.work)
    rebuild.rebuild(refused.settings, silent)
    assert contents(refused.settings) == replayed


def test_many_chunks_are_replayed_as_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.settings = Settings(home=site.settings.home, sources=site.settings.sources, workers=0, chunk_documents=2)
    documents = [document(number, f"{TEXT} {number}") for number in range(9)]
    site.night(DAYS[0], *documents)
    expected = contents(site.settings)
    shutil.rmtree(site.settings.home)
    with monkeypatch.context() as other:
        other.setitem(stages.ARTICLE_OF, "jsonl", refusing(TEXT))
        assert site.night(DAYS[0]) == {"rejected": 9}
    assert again(site.settings)[0].turns == {("rejected", "extracted"): 9}
    assert contents(site.settings) == expected


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_replay_killed_at_every_third_step_is_finished_by_running_and_replaying(
    refused: Site, clean: dict[str, bytes], tmp_path: Path
) -> None:
    steps = pending = 0
    while True:
        home = tmp_path / "killed"
        shutil.copytree(refused.settings.home, home)
        settings = Settings(home=home, sources=refused.settings.sources, workers=0)
        status = in_child(killing_itself_at(steps, partial(again, settings)))
        if status == 0:
            break
        assert status == -signal.SIGKILL
        if commits.pending(settings, BATCH):
            pending += 1
            assert "run the batch" in str([item.problem for item in again(settings)] or "run the batch")
            run.night(settings, [BATCH], silent)
        again(settings)
        assert contents(settings) == clean, f"killed at step {steps}"
        shutil.rmtree(home)
        steps += 3
    assert steps > 30 and pending > 3


def test_the_command_shows_and_flips(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    (folder / "b.txt").write_bytes(b"")
    home = tmp_path / "home"
    newsmill("load", folder, "--kind", "text", "--source", "s", "--date", "2026-03-01", home=home)
    shown = newsmill("replay", "--reason", "empty_payload", "--dry-run", home=home)
    assert shown.returncode == 0 and BATCH in shown.stdout and "0000.warc.gz" in shown.stdout
    tried = newsmill("replay", "--reason", "empty_payload", home=home)
    assert tried.returncode == 0 and "rejected" in tried.stdout
    assert newsmill("replay", "--reason", "no_such_reason", home=home).returncode == 2
