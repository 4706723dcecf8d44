"""Chunks with documents that kill whoever reads them: each is a reject, for good, and the lake is the same bytes."""

import json
import shutil
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import (
    capturing,
    chunks,
    earlier,
    loading,
    place,
    plan,
    query,
    rebuild,
    run,
    stages,
    store,
    verdicts,
    verify,
    version,
    workers,
)
from pipeline.model import Article, Capture, Refusal, Source
from pipeline.settings import Settings
from pipeline.text.mentions import find_mentions
from pipeline.workers import Workers
from tests.test_workers import shouted

DAY = date(2026, 3, 1)
BATCH = "corpus-2026-03-01"
DEADLY = {9: "segfault", 21: "spin", 5: "mined segfault"}

REREAD = earlier.reread


def deadly() -> None:
    """Prepare workers that die of some documents, as the parsers of others might."""
    loading.prepare()  # or the first document would pay for it, from its second of processor time
    extract, mine = stages.ARTICLE_OF["text"], stages._find

    def extract_or_die(capture: Capture, source: Source) -> Article | Refusal:
        if b"mined" not in capture.payload:
            shouted(capture.payload.decode().split())
        return extract(capture, source)

    def mine_or_die(article: Any, masked: Any, names: Any = find_mentions) -> Any:
        shouted(article["article_body"].split())
        return mine(article, masked, names)

    stages.ARTICLE_OF["text"] = extract_or_die
    stages._find = mine_or_die


def text(number: int) -> str:
    return f"„Der Damm hält“, sagte Enno Tamsen am Montag in Lornsund zum {number}. Mal. {DEADLY.get(number, '')}"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(text(number))
    return folder


def killers(settings: Settings) -> AbstractContextManager[Workers]:
    return workers.started(settings.workers, 1, settings.worker_bytes, "tests.test_chunks:deadly")


def loaded(settings: Settings, corpus: Path) -> list[run.LedgerRow]:
    return run.night(settings, run.plan_corpus(settings, corpus, DAY), lambda *_: None)


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted((home / "lake").rglob("*.parquet"))}


def ask(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with query.connect(settings.home) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.slow
def test_deadly_documents_are_rejects_and_stay_so_with_any_workers(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Settings(home=tmp_path / "first", workers=2)
    with monkeypatch.context() as patched:
        patched.setattr(chunks, "hired", killers)
        ledger = loaded(first, corpus)
    assert [(row.outcomes, row.held_back) for row in ledger] == [({"extracted": 28, "rejected": 2}, None)]
    rejects = "SELECT stage, reason, detail FROM rejects JOIN captures USING (capture_id) ORDER BY source_key"
    assert ask(first, rejects) == [
        ("mine", "crashed", "its process was ended by SIGSEGV"),
        ("extract", "crashed", "its process was ended by SIGSEGV"),
        ("extract", "cpu_limit", "more than 1 seconds of processor time"),
    ]
    assert ask(first, "SELECT count(*) FROM quotes") == [(27,)]
    assert [finding for finding in verify.verify(first, lambda *_: None) if finding.fault] == []
    expected = contents(first.home)
    for count in (0, 1, 3):
        again = Settings(home=tmp_path / f"again{count}", workers=count)
        shutil.copytree(first.raw, again.raw)
        rebuild.rebuild(again, lambda *_: None)
        assert contents(again.home) == expected


@pytest.mark.slow
def test_a_verdict_that_is_taken_back_has_the_document_read_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    with monkeypatch.context() as patched:
        patched.setattr(chunks, "hired", killers)
        loaded(settings, corpus)
    shutil.rmtree(settings.raw / BATCH / "verdicts")
    assert loaded(settings, corpus)[0].outcomes == {"extracted": 30}
    assert ask(settings, "SELECT count(*) FROM rejects") == [(0,)]


def test_a_verdict_on_the_previous_capture_is_obeyed_when_it_is_extracted_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    loaded(settings, corpus)
    (known,) = ask(settings, "SELECT capture_id FROM captures WHERE source_key LIKE '%03.txt'")
    verdicts.add(verdicts.path(settings, BATCH, "0000", "extract"), known[0], Refusal("crashed", "as a test"))
    later = run.plan_corpus(settings, corpus, date(2026, 3, 2))
    monkeypatch.setattr(version, "extractor", lambda: "another")
    reread: list[Any] = []

    def counted(*place: Any) -> Any:
        reread.append(place)
        return REREAD(*place)

    monkeypatch.setattr(earlier, "reread", counted)
    for ref in run.chunk_groups(settings, later)[0]:
        chunks.extract(settings, ref)
    assert len(reread) == 29


def test_groups_are_small_in_documents_and_in_bytes(corpus: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    run.plan_corpus(settings, corpus, DAY)
    capturing.capture(settings, f"{BATCH}/0000")
    sizes = [entry.size for entry in place.entries(place.place(settings, f"{BATCH}/0000"))]
    assert [len(group) for group in chunks._groups(sizes, int)] == [12, 12, 6]
    assert [len(group) for group in chunks._groups(["x" * 2**20] * 7, len)] == [3, 3, 1]
    assert [len(group) for group in chunks._groups(["x" * 2**23] * 2, len)] == [1, 1]


def test_captures_are_read_one_by_one_as_all_together(corpus: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    run.plan_corpus(settings, corpus, DAY)
    capturing.capture(settings, f"{BATCH}/0000")
    here = place.place(settings, f"{BATCH}/0000")
    one_by_one = [next(place.captures(here, ordinal, ordinal + 1)) for ordinal in range(30)]
    assert one_by_one == list(place.captures(here))


def test_extract_finds_the_captures_also_when_work_was_deleted(corpus: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    run.plan_corpus(settings, corpus, DAY)
    capturing.capture(settings, f"{BATCH}/0000")
    shutil.rmtree(settings.work)
    assert chunks.extract(settings, f"{BATCH}/0000")["rows_out"] == 30


@pytest.mark.parametrize("count", [0, 2])
def test_an_empty_body_of_rows_has_its_tables(tmp_path: Path, count: int) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": "no text"}) + "\n")
    settings = Settings(home=tmp_path / "home", workers=count)
    assert loaded(settings, tmp_path / "a.jsonl")[0].outcomes == {"rejected": 1}
    mined = plan.load(settings, "a-2026-03-01")
    assert store.read_table(place.Place(settings, mined, mined.chunks[0]).output("mine", "quotes")).num_rows == 0
