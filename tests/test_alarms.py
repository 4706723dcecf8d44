"""Nights whose batches are unlike the ones before: held back or warned of, accepted, rerun and rebuilt."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import alarms, audit, contracts, query, rebuild, run, stages, store, trends, verify, version
from pipeline.errors import ConfigurationError
from pipeline.ledger import Tally
from pipeline.model import Article, Capture, Refusal, Source
from pipeline.run import LedgerRow
from pipeline.settings import Settings

DAY = date(2026, 3, 16)
DOCUMENTS = 24
SENTENCE = "Die Fähre nach Lornsund legt an diesem Morgen erst mit dem Hochwasser an der alten Mole ab. "
ENGLISH = "The ferry to the island leaves this morning only when the tide is high at the old harbour wall. "
KEYS = 'kind = "jsonl"\nfields = { article_body = "text", headline = "title", date_published = "date" }'
Reader = Callable[[Capture, Source, int], Article | Refusal]


@dataclass
class Paper:
    """A source of JSON Lines, one file a night, that runs in this process and so with patched code."""

    folder: Path
    keys: str = KEYS

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder / "home", sources=self.folder / "sources.toml", workers=0)

    def deliver(self, day: date, documents: int = DOCUMENTS, sentence: str = SENTENCE, **more: Any) -> None:
        self.settings.sources.write_text(f'[sources.s]\npath = "{{date}}"\n{self.keys}\n')
        (self.folder / str(day)).mkdir(parents=True, exist_ok=True)
        lines = [
            {"id": f"{day}-{number}", "title": f"Fähre {number} am {day}", "text": sentence * (8 + number % 5), "date": f"{day}"}
            for number in range(documents)
        ]  # fmt: skip
        (self.folder / str(day) / "a.jsonl").write_text("".join(json.dumps(line | more) + "\n" for line in lines))

    def night(self, day: date, **delivered: Any) -> LedgerRow:
        self.deliver(day, **delivered)
        return self.run(day)

    def run(self, day: date) -> LedgerRow:
        (row,) = run.night(self.settings, run.plan_night(self.settings, day), lambda *_: None)
        return row

    def accept(self, day: date, why: str | None = None) -> LedgerRow:
        (row,) = run.accept(self.settings, f"s-{day}", why, lambda *_: None)
        return row

    def published(self) -> list[tuple[str, int]]:
        with query.connect(self.settings.home) as connection:
            return connection.execute("SELECT batch_id, count(*) FROM articles GROUP BY ALL ORDER BY ALL").fetchall()

    def report(self, day: date) -> dict[str, Any]:
        return store.read_json(self.settings.reports / f"s-{day}" / "trends.json")  # type: ignore[no-any-return]

    def frozen(self, day: date) -> dict[str, Any]:
        return store.read_json(self.settings.raw / f"s-{day}" / "baseline.json")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a paper after one night, which is not to be changed."""
    paper = Paper(tmp_path_factory.mktemp("paper"))
    assert paper.night(DAY - timedelta(trends.NIGHTS)).held_back is None
    return paper.folder


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A paper that is new."""
    return Paper(tmp_path)


@pytest.fixture
def known(first: Path, tmp_path: Path) -> Paper:
    """A paper whose fourteen nights before DAY were all like the first of them."""
    shutil.copytree(first, tmp_path / "known")
    paper = Paper(tmp_path / "known")
    (path,) = paper.settings.commits.glob("*.json")
    for number in range(1, trends.NIGHTS):
        shutil.copy(path, path.with_name(f"s-{DAY - timedelta(number)}.json"))
    return paper


def held(row: LedgerRow) -> str:
    assert row.held_back is not None
    return row.held_back


def half(reader: Reader) -> Reader:
    def broken(*given: Any) -> Article | Refusal:
        found = reader(*given)
        return found if isinstance(found, Refusal) else found._replace(article_body=found.article_body[: len(found.article_body) // 3])  # fmt: skip

    return broken


def undated(reader: Reader) -> Reader:
    def broken(*given: Any) -> Article | Refusal:
        found = reader(*given)
        return found if isinstance(found, Refusal) else found._replace(published=None)

    return broken


def upgrade(patch: pytest.MonkeyPatch, change: Callable[[Reader], Reader]) -> None:
    """Install an extractor that is broken."""
    patch.setattr(stages, "read_article", change(stages.read_article))
    patch.setattr(version, "code_version", lambda: f"0+{change.__name__}")


@pytest.mark.slow
def test_a_wrong_upgrade_after_fourteen_nights_is_caught_and_nothing_of_it_is_published(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(-14, 0):
        assert paper.night(DAY + timedelta(number), documents=20 + abs(number) % 5)[3:] == (None, None)
    before = paper.published()
    for change, measure in ((half, "median_words"), (undated, "null_date_share")):
        with monkeypatch.context() as patch:
            upgrade(patch, change)
            said = held(paper.night(DAY))
        assert said.startswith(f"trend alarm: {measure} ")
        assert "the last 14 good nights' median is" in said and "newsmill accept s --date 2026-03-16" in said
        assert paper.published() == before
        (fault,) = [finding for finding in verify.verify(paper.settings, lambda *_: None) if finding.fault]
        assert (fault.what, fault.where, fault.detail) == ("planned, not published", f"s-{DAY}", said)
    assert paper.run(DAY).held_back is None  # the upgrade was taken back
    assert paper.published() == [*before, (f"s-{DAY}", DOCUMENTS)]
    assert [finding for finding in verify.verify(paper.settings, lambda *_: None) if finding.fault] == []


@pytest.mark.parametrize(
    ("delivered", "measure"),
    [
        ({"documents": 0}, "articles 0"),
        ({"documents": 100}, "captures 100"),
        ({"sentence": ENGLISH}, "language_mix 100%"),
        ({"date": None}, "null_date_share 100%"),
        ({"sentence": SENTENCE * 4}, "median_words"),
    ],
)
def test_a_source_that_breaks_is_held_back(known: Paper, delivered: dict[str, Any], measure: str) -> None:
    assert measure in held(known.night(DAY, **delivered))
    report = known.report(DAY)
    assert (report["severity"], report["judged"], report["good_nights"]) == ("critical", True, 14)
    worst = report["trends"][0]
    assert not worst["low"] <= worst["value"] <= worst["high"]
    assert {"measure", "value", "median", "low", "high", "severity", "words"} == set(worst)
    said = {finding.where: finding.detail for finding in verify.verify(known.settings, lambda *_: None)}
    assert "trend alarm" in said[f"s-{DAY}"]


def test_a_deviation_of_less_size_is_published_with_a_warning_and_is_no_good_night(known: Paper) -> None:
    row = known.night(DAY, documents=56)
    assert row.held_back is None
    assert row.warning and "articles 56" in row.warning
    assert dict(known.published())[f"s-{DAY}"] == 56
    known.deliver(DAY + timedelta(1))
    known.run(DAY + timedelta(1))
    assert [night["day"] for night in known.frozen(DAY + timedelta(1))["nights"]][-1] == "2026-03-15"


def test_an_alarm_freezes_the_baseline_until_somebody_accepts_it(known: Paper) -> None:
    tomorrow, later = DAY + timedelta(1), DAY + timedelta(2)
    held(known.night(DAY, documents=100))
    held(known.night(tomorrow, documents=100))
    assert known.frozen(tomorrow)["nights"] == known.frozen(DAY)["nights"]
    assert known.accept(tomorrow, "two papers became one").held_back is None
    assert known.night(later, documents=100)[3:] == (None, None)
    assert known.frozen(later)["nights"][-1]["accepted"]
    assert [batch for batch, _ in known.published()][-2:] == [f"s-{tomorrow}", f"s-{later}"]


def test_accepting_is_recorded_in_raw_idempotent_and_obeyed_by_reruns(known: Paper) -> None:
    held(known.night(DAY, sentence=ENGLISH))
    for _ in range(2):
        assert known.accept(DAY, "they publish in English now")[3:] == (None, None)
        assert dict(known.published())[f"s-{DAY}"] == DOCUMENTS
    accepted = store.read_json(known.settings.raw / f"s-{DAY}" / "accepted.json")
    assert accepted["why"] == "they publish in English now"
    assert "language_mix 100%" in accepted["alarms"][0]
    for path in (known.settings.reports, known.settings.work):
        path.rename(path.with_name(f"{path.name}.away"))
    assert known.run(DAY)[3:] == (None, None)


def test_an_accepted_batch_that_breaks_in_another_way_is_held_back_again(
    known: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(known.night(DAY, sentence=ENGLISH))
    known.accept(DAY)
    upgrade(monkeypatch, half)
    assert "median_words" in held(known.run(DAY))
    assert dict(known.published())[f"s-{DAY}"] == DOCUMENTS  # as it was accepted


def test_only_an_alarm_can_be_accepted(known: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    known.night(DAY)
    with pytest.raises(ConfigurationError, match="s-2026-03-16 is in no alarm that could be accepted: it is published"):
        known.accept(DAY)
    with pytest.raises(ConfigurationError, match="s-2026-03-17 is in no alarm"):
        known.accept(DAY + timedelta(1))
    known.keys += "\nmin_articles = 500"
    held(known.night(DAY + timedelta(1), sentence=ENGLISH))
    with pytest.raises(ConfigurationError, match="min_articles is 500"):
        known.accept(DAY + timedelta(1))


def test_a_ledger_that_is_off_is_held_back_by_its_contract_and_cannot_be_accepted(
    known: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Tally.add

    def losing(tally: Tally, captures: Any, articles: Any) -> None:
        add(tally, captures.slice(1), articles)

    held(known.night(DAY, sentence=ENGLISH))
    with monkeypatch.context() as patch:
        patch.setattr(Tally, "add", losing)
        said = held(known.run(DAY))
    assert "captures = extracted + unchanged + not_modified + rejected + failed + taken_down" in said
    assert "captures=24, accounted=23" in said and "extracted = articles" in said
    with pytest.raises(ConfigurationError, match="accounted=23"):
        known.accept(DAY)


def test_verify_names_a_ledger_that_is_off(paper: Paper) -> None:
    paper.night(DAY)
    path = next((paper.settings.lake / "captures").rglob("*.parquet"))
    table = store.read_table(path)
    store.write_tables(path, table.schema, [table.slice(1)])
    said = {finding.what: finding.detail for finding in verify.verify(paper.settings, lambda *_: None)}
    assert said["ledger is off"].endswith("(extracted=23, articles=24)")


def test_the_ledger_in_the_report_is_of_its_contract(paper: Paper) -> None:
    paper.night(DAY)
    ledger = store.read_json(paper.settings.reports / f"s-{DAY}" / "ledger.json")
    assert set(contracts.contract("ledger").schema.names) <= set(ledger)
    assert (ledger["captures"], ledger["accounted"], ledger["articles"], ledger["failed"]) == (24, 24, 24, 0)


def test_a_rebuild_judges_nothing_and_leaves_alone_what_nobody_accepted(
    known: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(known.night(DAY, sentence=ENGLISH))
    tomorrow = DAY + timedelta(1)
    assert known.night(tomorrow).held_back is None
    before = known.published()
    upgrade(monkeypatch, half)  # all that a rebuild makes is unlike the nights before
    ended = {row.batch_id: row.held_back for row in rebuild.rebuild(known.settings, lambda *_: None).ledger}
    assert [batch for batch, reason in ended.items() if reason] == [f"s-{DAY}"]
    assert "newsmill accept s --date 2026-03-16" in str(ended[f"s-{DAY}"])
    assert known.published() == before
    measures = store.read_json(known.settings.commits / f"s-{tomorrow}.json")["measures"]
    assert measures["words"] < known.frozen(tomorrow)["nights"][0]["measures"]["words"] / 2  # of the code as it is now


def rebuilt(paper: Paper, into: Path | None = None) -> dict[str, str | None]:
    return {row.batch_id: row.held_back for row in rebuild.rebuild(paper.settings, lambda *_: None, into=into).ledger}


def test_a_night_that_can_be_compared_with_nothing_any_more_is_held_back_and_named(paper: Paper) -> None:
    assert paper.night(DAY).held_back is None
    path = paper.settings.raw / f"s-{DAY}" / "baseline.json"
    kept = path.read_bytes()
    path.unlink()
    (found,) = [finding for finding in verify.verify(paper.settings, lambda *_: None) if finding.fault]
    assert found.where == str(path) and "restore it from a backup" in found.detail
    assert "restore it from a backup" in held(paper.run(DAY))
    path.write_bytes(kept)
    assert paper.run(DAY).held_back is None


def test_a_rebuild_takes_no_night_that_was_never_judged(known: Paper) -> None:
    known.deliver(DAY)
    run.plan_night(known.settings, DAY)
    assert "it was never published: run it" in str(rebuilt(known)[f"s-{DAY}"])
    assert f"s-{DAY}" not in dict(known.published())
    assert known.run(DAY).held_back is None
    assert rebuilt(known)[f"s-{DAY}"] is None


def test_an_alarm_that_another_fault_hid_does_not_let_a_rebuild_publish_the_night(
    known: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(known.night(DAY, sentence=ENGLISH))
    with monkeypatch.context() as patch:
        patch.setattr(audit, "_reason", lambda audit: "a rule is broken")
        assert held(known.run(DAY)) == "a rule is broken"
    assert "it was never published" in str(rebuilt(known)[f"s-{DAY}"])
    assert f"s-{DAY}" not in dict(known.published())


def test_a_published_night_in_which_a_rerun_saw_an_alarm_is_in_each_rebuild(
    known: Paper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert known.night(DAY).held_back is None
    before = known.published()
    with monkeypatch.context() as patch:
        upgrade(patch, half)
        held(known.run(DAY))
    assert known.published() == before
    shutil.rmtree(known.settings.commits)  # raw/ alone tells
    beside = Paper(tmp_path / "beside")
    rebuilt(known, beside.settings.home)
    assert beside.published() == before
    rebuilt(known)
    assert known.published() == before
    assert "trend alarm" in str(run.report(known.settings, [f"s-{DAY}"])[0].warning)


def test_a_night_without_input_is_an_alarm_that_ends_when_it_comes(known: Paper) -> None:
    assert "the night is missing: no input, though s came on other Mondays" in held(known.run(DAY))
    assert run.report(known.settings, [f"s-{DAY}"])[0].held_back
    assert known.night(DAY).held_back is None


def test_a_source_that_is_not_expected_that_night_is_not_missing(known: Paper) -> None:
    (known.settings.commits / f"s-{DAY - timedelta(5)}.json").unlink()
    assert run.plan_night(known.settings, DAY) == []


def test_the_night_after_missing_ones_says_so_and_counts(known: Paper) -> None:
    after = DAY + timedelta(2)
    row = known.night(after)
    assert row.held_back is None
    assert row.warning == "missing_nights 2: nothing came on 2026-03-16, 2026-03-17, when it was due"
    known.deliver(after + timedelta(1))
    run.plan_night(known.settings, after + timedelta(1))
    assert known.frozen(after + timedelta(1))["nights"][-1]["day"] == str(after)


def test_what_a_batch_is_compared_with_is_frozen_with_its_plan(known: Paper) -> None:
    known.deliver(DAY)
    run.plan_night(known.settings, DAY)
    before = known.frozen(DAY)
    for path in known.settings.commits.glob("*.json"):
        path.unlink()
    assert known.run(DAY)[3:] == (None, None)
    assert known.frozen(DAY) == before
    assert len(before["nights"]) == 14 and known.report(DAY)["judged"]


def test_commits_without_measures_and_missed_nights_are_no_good_nights(known: Paper) -> None:
    commits = sorted(known.settings.commits.glob("*.json"))
    old, late = store.read_json(commits[0]), store.read_json(commits[1])
    store.write_json(commits[0], {name: value for name, value in old.items() if name != "measures"})
    store.write_json(commits[1], late | {"measures": late["measures"] | {"missed": True}})
    known.deliver(DAY)
    alarms.freeze(known.settings, "s", DAY)
    assert len(known.frozen(DAY)["nights"]) == 12
