"""The lake made anew from raw/: beside the present one or in its place, and told apart from it row by row."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import lake, rebuild, run, stages, version
from pipeline.difference import Difference, Turn
from pipeline.errors import ConfigurationError
from pipeline.model import Article, Refusal
from pipeline.plain import jsonl_article
from tests.test_cli import newsmill
from tests.test_promise import contents
from tests.test_run import DAYS, TEXT, Site, document

LONG = " ".join(f"Am {number}. Tag der Flut stieg das Wasser um {number * 3} Zentimeter." for number in range(1, 30))


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site").mkdir()
    made = Site(tmp_path / "site")
    made.configure('fields = { article_body = "text", headline = "title", date_published = "date" }')
    made.night(DAYS[0], document(1, date="2025-11-03"), document(2, date="2025-12-24"))
    made.night(DAYS[1], document(3, date="2025-12-25"))
    return made


@pytest.fixture
def another_rule(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that, once the site is there, writes headlines in capitals and refuses the second document."""

    def article(capture: Any, source: Any) -> Any:
        found = jsonl_article(capture, source)
        assert isinstance(found, Article)
        if found.headline == "Brücke 2":
            return Refusal("empty_body", "by a new rule")
        return found._replace(headline=str(found.headline).upper())

    monkeypatch.setattr(version, "code_version", lambda: "0+another")
    monkeypatch.setattr(version, "extractor", lambda: "another")
    monkeypatch.setitem(stages.ARTICLE_OF, "jsonl", article)


def test_the_same_code_makes_the_same_lake_beside_it(site: Site, tmp_path: Path) -> None:
    found = rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    assert found.differences == [] and found.turns == []
    assert contents(replace(site.settings, home=tmp_path / "other")) == contents(site.settings)


@pytest.mark.usefixtures("another_rule")
def test_what_another_rule_changes_is_told_before_it_is_done(site: Site, tmp_path: Path) -> None:
    before = contents(site.settings)
    found = rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    assert contents(site.settings) == before
    articles = [item for item in found.differences if item.table == "articles"]
    assert articles == [
        Difference("articles", "s", "2025-11", 0, 1, 0),
        Difference("articles", "s", "2025-12", 0, 1, 1),
    ]
    assert Difference("rejects", "s", "2026-03", 1, 0, 0) in found.differences
    assert Turn("articles", "headline", 2) in found.turns
    assert not [turn for turn in found.turns if turn.column in ("article_body", "extractor", "code_version")]
    assert json.loads(found.report.read_text())["differences"] == [list(item) for item in found.differences]


@pytest.mark.usefixtures("another_rule")
def test_in_place_it_tells_the_same(site: Site, tmp_path: Path) -> None:
    beside = rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    inside = rebuild.rebuild(site.settings, silent)
    assert (inside.differences, inside.turns) == (beside.differences, beside.turns)
    assert contents(site.settings) == contents(replace(site.settings, home=tmp_path / "other"))
    assert rebuild.rebuild(site.settings, silent).differences == []
    assert site.faults() == []


@pytest.mark.usefixtures("another_rule")
def test_a_month_takes_the_batches_that_have_rows_in_it(site: Site) -> None:
    found = rebuild.rebuild(site.settings, silent, ["2025-11"])
    assert [row.batch_id for row in found.ledger] == ["s-2026-03-01"]
    assert {item.month for item in found.differences if item.table == "articles"} == {"2025-11", "2025-12"}
    assert site.ask("SELECT headline FROM articles WHERE batch_id = 's-2026-03-02'") == [("Brücke 3",)]
    assert site.faults() == []
    with pytest.raises(ConfigurationError, match="2031-01"):
        rebuild.rebuild(site.settings, silent, ["2031-01"])


def test_an_interrupted_rebuild_goes_on_where_it_was(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def article(capture: Any, source: Any) -> Any:
        asked.append(capture.source_key)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return jsonl_article(capture, source)

    monkeypatch.setattr(version, "code_version", lambda: "0+another")
    monkeypatch.setitem(stages.ARTICLE_OF, "jsonl", article)
    with pytest.raises(KeyboardInterrupt):
        rebuild.rebuild(site.settings, silent)
    found = rebuild.rebuild(site.settings, silent)
    assert asked == ["1", "2", "3", "3"]
    assert found.differences == [] and not (site.settings.work / "rebuild").exists()


def test_rows_without_a_key_are_told_apart_by_all_that_they_say(site: Site, tmp_path: Path) -> None:
    for number, day in enumerate(("2025-10-01", "2025-10-02")):
        site.night(date.fromisoformat(f"2026-04-0{number + 1}"), document(10 + number, LONG, date=day))
    found = rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    assert found.differences == []
    rows = site.ask("SELECT count(*) FROM duplicates")
    lake.path_of(site.settings, "duplicates", "2025-10").unlink()
    found = rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    assert found.differences == [Difference("duplicates", "", "2025-10", rows[0][0], 0, 0)]


def test_a_directory_with_something_else_in_it_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not empty"):
        rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    shutil.rmtree(tmp_path / "other")
    rebuild.rebuild(site.settings, silent, into=tmp_path / "other")
    rebuild.rebuild(site.settings, silent, into=tmp_path / "other")


def test_the_command_tells_what_differs(site: Site, tmp_path: Path) -> None:
    lake = site.settings.lake / "articles" / "month=2025-11" / "data.parquet"
    lake.unlink()
    made = newsmill("rebuild", "--into", tmp_path / "other", home=site.settings.home)
    assert made.returncode == 0, made.stderr
    assert "articles" in made.stdout and "added" in made.stdout and "rebuild.json" in made.stdout
    assert TEXT[:20] in newsmill("sql", "SELECT article_body FROM articles", home=tmp_path / "other").stdout


def test_the_command_tells_what_differs_before_it_names_what_was_held_back(site: Site, tmp_path: Path) -> None:
    (site.settings.lake / "articles" / "month=2025-11" / "data.parquet").unlink()
    (site.folder / DAYS[2].isoformat()).mkdir()
    (site.folder / DAYS[2].isoformat() / "a.jsonl").write_text(json.dumps(document(4)))
    run.plan_night(site.settings, DAYS[2])
    made = newsmill("rebuild", "--into", tmp_path / "other", home=site.settings.home)
    assert made.returncode == 1
    assert "added" in made.stdout and "rebuild.json" in made.stdout
    assert f"not published: s-{DAYS[2]}" in made.stderr and "run it" in made.stdout
