"""Archives that are damaged after they were archived: what is affected is named record by record, the rest is there."""

import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import capturing, damage, markers, place, plan, query, rebuild, replay, run, verify
from pipeline.archive import keep
from pipeline.errors import IntegrityError
from pipeline.lookup import payload
from pipeline.settings import Settings
from tests.test_cli import newsmill
from tests.warcs import http, members, record

DAY, LATER = date(2026, 3, 1), date(2026, 3, 2)
BATCH = "quay-2026-03-01"
NUMBERS = range(1, 7)


def page(number: int) -> bytes:
    told = (
        f"The ferry to Holm left the quay for the {number}. time since the storm, and nobody waved it off but the cook."
    )
    return f"<html><title>Ferry {number}</title><body><article><p>{told}</p><p>{told[::-1]}</p></article>".encode()


def crawl(path: Path) -> list[bytes]:
    """Write a WARC of six pages that will be referenced in place, and return its members."""
    made = [members(record(http(page(number)), number=number)) for number in NUMBERS]
    path.write_bytes(b"".join(made))
    return made


def texts(folder: Path) -> None:
    folder.mkdir()
    for number in NUMBERS:
        (folder / f"{number}.txt").write_text(
            f"“The quay is closed,” said Nils Brandt on the {number}. day of the storm."
        )


@pytest.fixture(params=["in place", "in raw"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "in place":
        crawl(tmp_path / "quay.warc.gz")
        return tmp_path / "quay.warc.gz"
    texts(tmp_path / "quay")
    return tmp_path / "quay"


def settings_of(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", workers=0, chunk_documents=4)


def load(settings: Settings, corpus: Path, day: date = DAY) -> run.LedgerRow:
    (ended,) = run.night(settings, run.plan_corpus(settings, corpus, day, source_id="quay"), lambda *_: None)
    return ended


def again(settings: Settings, stages: tuple[str, ...] = markers.STAGES) -> run.LedgerRow:
    """Run the batch once more, as if work/ had been deleted."""
    for stage in stages:
        for path in (settings.work / BATCH / stage).glob("*.json"):
            path.unlink()
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    return ended


def ask(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with query.connect(settings.home) as connection:
        return connection.execute(statement).fetchall()


def contents(settings: Settings) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(settings.lake.rglob("*.parquet"))}


def faults(settings: Settings) -> list[verify.Finding]:
    return [finding for finding in verify.verify(settings, lambda *_: None) if finding.fault]


class Archive:
    """The archive of the batch's first chunk, to be damaged and restored."""

    def __init__(self, settings: Settings) -> None:
        self.here = place.place(settings, f"{BATCH}/0000")
        self.entries = place.entries(self.here)
        self.sound = self.here.warc.read_bytes()

    def damage(self, *ordinals: int) -> list[str]:
        """Turn a byte of the records with these ordinals around, and return what names them."""
        data = bytearray(self.sound)
        for ordinal in ordinals:
            data[self.entries[ordinal].offset + self.entries[ordinal].length // 2] ^= 255
        self.here.warc.write_bytes(data)
        return [self.name(ordinal) for ordinal in ordinals]

    def name(self, ordinal: int) -> str:
        entry = self.entries[ordinal]
        return f"bytes {entry.offset}..{entry.offset + entry.length}"

    def restore(self) -> None:
        self.here.warc.write_bytes(self.sound)


def test_verify_names_each_damaged_record_and_no_other(corpus: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    load(settings, corpus)
    assert faults(settings) == []
    archive = Archive(settings)
    named = archive.damage(1, 3)
    found = faults(settings)
    assert [finding.what for finding in found] == ["damaged record"] * 2
    assert all(name in finding.detail for name, finding in zip(named, found, strict=True))
    archive.restore()
    assert faults(settings) == []


def test_a_rerun_takes_nothing_from_the_lake_and_names_what_is_damaged(corpus: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    load(settings, corpus)
    before, archive = contents(settings), Archive(settings)
    (named,) = archive.damage(2)
    assert named in str(again(settings).held_back)
    assert contents(settings) == before
    (ended,) = rebuild.rebuild(settings, lambda *_: None).ledger
    assert named in str(ended.held_back)
    assert contents(settings) == before
    found = rebuild.rebuild(settings, lambda *_: None, into=tmp_path / "beside")
    assert found.ledger[0].outcomes == {"extracted": 5, "damaged_record": 1}
    assert ("articles", "quay", 1) in {(item.table, item.source_id, item.gone) for item in found.differences}
    archive.restore()
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    assert (ended.outcomes, ended.held_back, contents(settings)) == ({"extracted": 6}, None, before)


def test_what_is_given_up_is_a_reject_with_its_range_and_the_rest_is_published(corpus: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    load(settings, corpus)
    (named,) = Archive(settings).damage(2)
    assert [str(lost)[-len(named) :] for lost in damage.give_up(settings, BATCH)] == [named]
    ended = again(settings)
    assert (ended.outcomes, ended.held_back) == ({"extracted": 5, "damaged_record": 1}, None)
    ((reason, detail),) = ask(settings, "SELECT reason, detail FROM rejects")
    assert reason == "damaged_record"
    assert named in detail
    assert faults(settings) == []


@pytest.mark.parametrize("name", ["plan.json", "known.parquet"])
@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:60])])
def test_verify_names_what_a_plan_lost_and_goes_on_to_other_batches(
    tmp_path: Path, name: str, lose: Callable[[Path], object]
) -> None:
    settings = settings_of(tmp_path)
    texts(tmp_path / "quay")
    for day in (DAY, LATER):
        load(settings, tmp_path / "quay", day)
    Archive(settings).damage(2)
    lose(settings.raw / f"quay-{LATER}" / name)
    found = {finding.what: finding.where for finding in faults(settings)}
    assert found["gone or damaged"] == str(settings.raw / f"quay-{LATER}" / name)
    assert "damaged record" in found


def test_verify_of_a_chunk_whose_verdicts_cannot_be_read_says_no_more_than_that(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    texts(tmp_path / "quay")
    load(settings, tmp_path / "quay")
    path = Archive(settings).here.verdicts("extract")
    path.parent.mkdir()
    path.write_text('{"a')
    (found,) = faults(settings)
    assert found.what == "raw" and str(path) in found.detail


def test_what_is_given_up_is_told_by_a_later_batch_that_has_the_same_text_in_sound_bytes(tmp_path: Path) -> None:
    settings, folder = settings_of(tmp_path), tmp_path / "quay"
    folder.mkdir()
    for day in (DAY, LATER):
        for number in NUMBERS:
            (folder / f"{number}.html").write_bytes(page(number) + f"<!-- {day} -->".encode())
        ended = load(settings, folder, day)
    assert ended.outcomes == {"unchanged": 6}
    articles = ask(settings, "SELECT article_id, article_body FROM articles ORDER BY ALL")
    Archive(settings).damage(2)
    (line,) = [line for line in newsmill("damage", BATCH, "--give-up", home=settings.home).stdout.splitlines()
               if line.startswith("RUN AGAIN")]  # fmt: skip
    assert f"quay-{LATER}" in line
    again(settings)
    (ended,) = run.night(settings, [f"quay-{LATER}"], lambda *_: None)
    assert ended.outcomes == {"extracted": 1, "unchanged": 5}
    assert ask(settings, "SELECT article_id, article_body FROM articles ORDER BY ALL") == articles
    assert faults(settings) == []
    assert rebuild.rebuild(settings, lambda *_: None, into=tmp_path / "beside").differences == []


def test_what_was_restored_after_it_was_given_up_is_replayed(corpus: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    load(settings, corpus)
    before, archive = contents(settings), Archive(settings)
    archive.damage(2)
    damage.give_up(settings, BATCH)
    again(settings)
    archive.restore()
    (found,) = replay.replay(settings, replay.select(settings, "damaged_record"), lambda *_: None)
    assert found.turns == {("damaged_record", "extracted"): 1}
    assert contents(settings) == before
    assert faults(settings) == []


@pytest.mark.parametrize("cleared", [False, True], ids=["with work", "without work"])
def test_a_rebuild_after_what_was_given_up_came_back_is_by_raw_alone(tmp_path: Path, cleared: bool) -> None:
    settings, folder = settings_of(tmp_path), tmp_path / "quay"
    folder.mkdir()
    for day in (DAY, LATER):
        for number in NUMBERS:
            (folder / f"{number}.html").write_bytes(page(number) + f"<!-- {day} -->".encode())
        load(settings, folder, day)
    before, archive = contents(settings), Archive(settings)
    archive.damage(2)
    damage.give_up(settings, BATCH)
    again(settings)
    run.night(settings, [f"quay-{LATER}"], lambda *_: None)
    archive.restore()
    said = newsmill("replay", "--reason", "damaged_record", home=settings.home).stdout
    assert f"RUN AGAIN quay-{LATER}" in said
    if cleared:
        shutil.rmtree(settings.work)
    rebuild.rebuild(settings, lambda *_: None)
    assert contents(settings) == before
    assert faults(settings) == []


def test_a_record_damaged_before_it_was_extracted_costs_its_document_until_it_is_restored(
    corpus: Path, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    run.plan_corpus(settings, corpus, DAY, source_id="quay")
    capturing.capture(settings, f"{BATCH}/0000")
    archive = Archive(settings)
    (named,) = archive.damage(2)
    ended = load(settings, corpus)
    assert (ended.outcomes, ended.held_back) == ({"extracted": 5, "damaged_record": 1}, None)
    ((detail, url),) = ask(settings, "SELECT r.detail, c.source_key FROM rejects r JOIN captures c USING (capture_id)")
    assert named in detail
    assert url == archive.entries[2].source_key
    archive.restore()
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    assert ended.outcomes == {"extracted": 6}
    assert ask(settings, "SELECT count(*) FROM rejects") == [(0,)]
    assert faults(settings) == []


def test_another_file_in_the_place_of_a_planned_one_is_not_taken_for_damage(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    made = crawl(path)
    run.plan_corpus(settings, path, DAY, source_id="quay")
    size = path.stat().st_size
    path.write_bytes(b"".join(reversed(made))[:size])
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    assert "none of its 6 records is what was archived" in str(ended.held_back)
    assert ask(settings, "SELECT count(*) FROM captures") == [(0,)]


def test_a_file_cut_short_after_it_was_planned_costs_the_records_behind_the_cut(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    made = crawl(path)
    run.plan_corpus(settings, path, DAY, source_id="quay")
    path.write_bytes(path.read_bytes()[: sum(map(len, made[:4])) + 20])
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    assert (ended.outcomes, ended.held_back) == ({"extracted": 4, "damaged_record": 2}, None)


def test_a_file_in_place_that_grew_since_it_was_planned_is_what_was_planned(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    crawl(path)
    run.plan_corpus(settings, path, DAY, source_id="quay")
    with path.open("ab") as file:
        file.write(members(record(http(page(9)), number=9)))
    (ended,) = run.night(settings, [BATCH], lambda *_: None)
    assert (ended.outcomes, ended.held_back) == ({"extracted": 6}, None)


def test_a_revisit_whose_original_is_damaged_is_damaged_and_its_neighbours_are_not(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    texts(tmp_path / "quay")
    load(settings, tmp_path / "quay")
    run.plan_corpus(settings, tmp_path / "quay", LATER, source_id="quay")
    for chunk in plan.load(settings, "quay-2026-03-02").chunks:
        capturing.capture(settings, f"quay-2026-03-02/{chunk.id}")
    archive = Archive(settings)
    archive.damage(2)
    (ended,) = run.night(settings, ["quay-2026-03-02"], lambda *_: None)
    assert ended.outcomes == {"unchanged": 5, "damaged_record": 1}
    archive.restore()
    (ended,) = run.night(settings, ["quay-2026-03-02"], lambda *_: None)
    assert ended.outcomes == {"unchanged": 6}


def test_verify_names_damage_to_records_that_are_no_captures(tmp_path: Path) -> None:
    settings, listed = settings_of(tmp_path), tmp_path / "home" / "raw" / BATCH / "lists.warc.gz"
    texts(tmp_path / "quay")
    load(settings, tmp_path / "quay")
    keep(listed, [record(http(), number=number) for number in (1, 2)])
    assert faults(settings) == []
    listed.write_bytes(listed.read_bytes()[:-9])
    (found,) = faults(settings)
    assert (found.what, found.where) == ("damaged record", str(listed))
    assert f"..{listed.stat().st_size}:" in found.detail


def test_the_bytes_of_a_sound_article_are_shown_and_of_a_damaged_one_the_range(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    crawl(path)
    load(settings, path)
    (named,) = Archive(settings).damage(2)
    ids = dict(ask(settings, "SELECT url, article_id FROM articles"))
    assert payload(settings, ids["https://lindenau.example/1.html"]) == page(1)
    with pytest.raises(IntegrityError, match=named):
        payload(settings, ids["https://lindenau.example/3.html"])


def test_a_flipped_bit_that_no_checksum_of_the_file_shows_is_seen(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc"
    path.write_bytes(b"".join(record(http(page(number)), number=number) for number in NUMBERS))
    load(settings, path)
    path.write_bytes(path.read_bytes().replace(b"3. time", b"8. time"))
    (found,) = faults(settings)
    assert found.what == "damaged record"


def test_the_command_lists_damaged_records_and_gives_them_up(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    crawl(path)
    load(settings, path)
    assert newsmill("damage", home=settings.home).returncode == 0
    (named,) = Archive(settings).damage(2)
    ended = newsmill("damage", home=settings.home)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (1, "damaged records or files: 1")
    assert f"DAMAGED {BATCH}: {path} {named}: https://lindenau.example/3.html" in ended.stdout
    assert newsmill("damage", "--give-up", home=settings.home).returncode == 2
    away = path.rename(path.with_suffix(".away"))
    ended = newsmill("damage", BATCH, "--give-up", home=settings.home)
    assert (ended.returncode, ended.stdout.split()[0]) == (1, "UNREADABLE")
    away.rename(path)
    assert newsmill("damage", BATCH, "--give-up", home=settings.home).returncode == 0
    assert again(settings).outcomes == {"extracted": 5, "damaged_record": 1}


@pytest.mark.slow
def test_random_damage_is_named_to_the_record(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path), tmp_path / "quay.warc.gz"
    crawl(path)
    load(settings, path)
    choice, sound = random.Random(7), path.read_bytes()
    entries = [entry for number in (0, 1) for entry in place.entries(place.place(settings, f"{BATCH}/000{number}"))]
    for _ in range(50):
        first = choice.randrange(len(sound))
        last = min(first + choice.randrange(1, 900), len(sound))
        path.write_bytes(sound[:first] + choice.randbytes(last - first) + sound[last:])
        hit = [entry.url for entry in entries if entry.offset < last and first < entry.offset + entry.length]
        assert [lost.document for lost in damage.of_batch(settings, BATCH)] == hit
