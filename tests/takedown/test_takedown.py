"""A takedown as a user meets it: nothing of the article is left, nothing else is touched, and no rerun brings it back."""

import io
import json
import shutil
import zlib
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from fastwarc.warc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as Warcio

from pipeline import commits, damage, identity, lake, plan, query, rebuild, replay, run, takedown
from pipeline.errors import ConfigurationError, IntegrityError
from pipeline.lookup import article
from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.takedown import homes
from tests.takedown.homes import ARTICLE, DAYS, TELLING, faults, silent, take_down, telling

IT = Wanted(articles=[ARTICLE])
ADDRESSES = ("lake/captures/", "raw/", "work/")


def outcomes(settings: Settings) -> dict[str, int]:
    with query.connect(settings.home) as connection:
        return dict(connection.sql("SELECT outcome, count(*) FROM captures GROUP BY ALL").fetchall())


def test_no_file_of_the_home_holds_anything_of_it_but_its_address(home: Settings) -> None:
    assert len(telling(home, TELLING)) > 50
    take_down(home, IT)
    assert telling(home, TELLING) == []
    assert {name.partition("/")[0] for name, _ in telling(home, ("moorbrand.html",))} == {"lake", "raw", "work"}
    assert all(name.startswith(ADDRESSES) for name, _ in telling(home, ("moorbrand.html",)))


def test_the_home_is_sound_afterwards_and_its_ledgers_balance(home: Settings) -> None:
    before = outcomes(home)
    take_down(home, IT)
    assert faults(home) == []
    after = outcomes(home)
    assert after["taken_down"] == 6
    assert sum(after.values()) == sum(before.values())
    for batch_id in plan.batches(home):
        assert run.report(home, [batch_id])[0].outcomes == commits.outcomes(home, batch_id)
        assert commits.last(home, batch_id)["ledger"] == commits.outcomes(home, batch_id)


def test_a_rebuild_from_raw_alone_gives_the_same_bytes(home: Settings, tmp_path: Path) -> None:
    take_down(home, IT)
    assert homes.rebuilt(home, tmp_path / "again") == homes.lake(home)


def test_a_lake_beside_that_was_rebuilt_and_what_an_interrupted_rebuild_kept_are_cleared_too(
    home: Settings, tmp_path: Path
) -> None:
    shutil.copytree(home.lake, home.work / "rebuild" / "before" / "lake")
    rebuild.rebuild(home, silent, into=tmp_path / "beside")
    beside = Settings(home=tmp_path / "beside", sources=home.sources, workers=0)
    take_down(home, IT)
    take_down(beside, IT)
    assert telling(home, TELLING) == []
    assert telling(beside, TELLING) == []
    assert homes.lake(beside) == homes.lake(home)


def test_rows_of_all_other_articles_stay_as_they_were(home: Settings, small: Settings) -> None:
    take_down(home, IT)
    for table in ("articles", "quotes", "claims", "mentions", "embeds", "links", "rejects"):
        with query.connect(small.home) as before, query.connect(home.home) as after:
            statement = f"FROM {table} WHERE article_id IS DISTINCT FROM '{ARTICLE}' ORDER BY ALL"
            assert after.sql(statement).fetchall() == before.sql(statement).fetchall()
    untouched = {name: data for name, data in homes.files(small).items() if name.startswith("lake/rejects/")}
    assert untouched.items() <= homes.files(home).items()


def test_captures_tell_that_it_was_taken_down_and_nothing_else(home: Settings) -> None:
    take_down(home, IT)
    with query.connect(home.home) as connection:
        rows = connection.sql(f"FROM captures WHERE article_id = '{ARTICLE}'").to_arrow_table().to_pylist()
    kept = {"batch_id", "capture_id", "source_id", "source_key", "document_key", "article_id", "url", "fetch_time",
            "outcome", "warc_filename", "warc_record_id", "warc_record_offset", "warc_record_length", "month"}  # fmt: skip
    assert len(rows) == 6
    assert {name for row in rows for name, value in row.items() if value is not None} == kept


def test_other_readers_find_every_record_where_it_was(home: Settings, small: Settings) -> None:
    take_down(home, IT)
    changed = 0
    for path in sorted(home.raw.rglob("*.warc.gz")):
        before, after = (small.raw / path.relative_to(home.raw)).read_bytes(), path.read_bytes()
        assert len(after) == len(before)
        changed += after != before
        ids = [record.record_id for record in ArchiveIterator(io.BytesIO(before))]
        assert [record.record_id for record in ArchiveIterator(io.BytesIO(after))] == ids
        assert [record.rec_headers["WARC-Record-ID"] for record in Warcio(io.BytesIO(after))] == ids
    assert changed == 4


def test_a_dry_run_lists_all_and_writes_nothing(home: Settings) -> None:
    before = homes.files(home)
    order = takedown.make(home, IT, homes.NOW, silent)
    assert homes.files(home) == before
    assert order.rows["captures"] == {"2026-03": 6}
    assert order.rows["articles"] == {"2026-02": 3, "2026-03": 1}
    assert sum(map(len, order.marks.values())) == 4
    assert [path.name for path, _, _ in takedown.left(home, order)] == ["crawl.warc.gz"]
    assert any(name.endswith("articles.parquet") for name in order.work)


def test_the_proof_names_files_and_places_and_neither_text_nor_address(home: Settings) -> None:
    proof = take_down(home, IT)
    said = json.loads(proof.read_text("utf-8"))
    assert (said["articles"], said["captures"]) == (1, 6)
    assert said["tombstones"] == [identity.tombstone(ARTICLE)]
    for file in said["files"]:
        path = home.home / file["path"]
        assert (homes.sha256(path) if path.exists() else None) == file["sha256_after"] != file["sha256_before"]
    assert not [word for word in (*TELLING, "moorbrand", ARTICLE) if word in proof.read_text("utf-8")]


def test_nothing_outside_of_the_home_is_written(home: Settings, small: Settings) -> None:
    root = small.sources.parent
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    take_down(home, IT)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(urls=["https://post.example/moor"]),
        Wanted(authors=["ottilie QUARNBEK"]),
        Wanted(speakers=["Henrike Stolpmann"]),
        Wanted(posts=["@ulmensee_wehr"]),
        Wanted(posts=["https://twitter.com/ulmensee_wehr/status/2027746105881527713"]),
        Wanted(sources=["wire"], authors=["Ottilie Quarnbek"]),
    ],
)
def test_the_whole_article_is_found_by_anything_of_one_of_its_versions(small: Settings, wanted: Wanted) -> None:
    found = takedown.make(small, wanted, homes.NOW, silent).captures
    assert {capture.article_id for capture in found} == {ARTICLE}
    assert len(found) == 6


def test_a_source_goes_with_its_refused_documents_and_with_its_articles_elsewhere(small: Settings) -> None:
    found = takedown.make(small, Wanted(sources=["post"]), homes.NOW, silent).captures
    assert {capture.batch_id[:-11] for capture in found} == {"post", "wire", "crawl"}
    assert sum(capture.article_id is None for capture in found) == 2


def test_asking_for_nothing_is_refused_and_finding_nothing_is_not(small: Settings) -> None:
    with pytest.raises(ConfigurationError, match="say what to take down"):
        takedown.make(small, Wanted(), homes.NOW, silent)
    with pytest.raises(ConfigurationError, match="say what to take down"):
        takedown.make(small, Wanted(urls=["  "]), homes.NOW, silent)
    assert takedown.make(small, Wanted(authors=["Nobody"]), homes.NOW, silent).is_done


def test_show_says_that_it_was_taken_down(home: Settings) -> None:
    take_down(home, IT)
    with pytest.raises(ConfigurationError, match="was taken down"):
        article(home, ARTICLE)
    with pytest.raises(ConfigurationError, match="no article"):
        article(home, "0" * 32)


def test_a_refused_article_goes_with_its_reject_and_stays_away(tmp_path: Path, small: Settings) -> None:
    root = tmp_path / "root"
    shutil.copytree(small.sources.parent, root, ignore=shutil.ignore_patterns("home"))
    for day in DAYS:
        (root / "post" / f"{day}" / "leer.html").write_text("<html><body>Quarnmoor</body></html>", "utf-8")
    settings = homes.settings_of(root)
    homes.nights(settings, DAYS[:1])
    assert telling(settings, ("leer.html",))
    take_down(settings, Wanted(urls=["https://post.example/leer"]))
    assert outcomes(settings)["taken_down"] == 1
    assert not [
        name for name, _ in telling(settings, ("leer.html", "<body>Quarnmoor")) if name.startswith("lake/rejects")
    ]
    assert faults(settings) == []
    assert homes.rebuilt(settings, tmp_path / "again") == homes.lake(settings)


def test_what_comes_again_ends_as_taken_down_and_is_blanked_at_once(first: Settings, tmp_path: Path) -> None:
    settings = homes.copied(first, tmp_path / "home")
    for batch_id in plan.batches(settings):
        if batch_id.endswith(str(DAYS[1])):
            shutil.rmtree(settings.raw / batch_id)
    take_down(settings, IT)
    homes.nights(settings, DAYS[1:])
    assert outcomes(settings)["taken_down"] == 6
    assert telling(settings, TELLING) == []
    assert faults(settings) == []
    assert homes.rebuilt(settings, tmp_path / "again") == homes.lake(settings)
    assert takedown.left(settings, takedown.make(settings, IT, homes.NOW, silent))


def test_a_batch_is_rebuilt_when_the_owner_has_removed_the_bytes(home: Settings, tmp_path: Path) -> None:
    root = tmp_path / "root"
    homes.write_sources(root)
    settings = homes.settings_of(root)
    homes.nights(settings, DAYS[:1])
    order = takedown.make(settings, IT, homes.NOW, silent)
    takedown.take_down(settings, order, silent)
    for path, offset, length in takedown.left(settings, order):
        data = path.read_bytes()
        path.write_bytes(data[:offset] + bytes(length) + data[offset + length :])
    assert faults(settings) == []
    assert homes.rebuilt(settings, tmp_path / "again") == homes.lake(settings)


def test_what_was_refused_in_its_batches_can_be_replayed(home: Settings) -> None:
    take_down(home, IT)
    before = homes.lake(home)
    with query.connect(home.home) as connection:
        [(reason,)] = connection.sql("SELECT DISTINCT reason FROM rejects").fetchall()
    found = replay.replay(home, replay.select(home, reason), silent)
    assert [(item.batch_id, item.problem) for item in found] == [(f"post-{day}", None) for day in DAYS]
    assert homes.lake(home) == before
    assert faults(home) == []


def test_verify_tells_of_a_takedown_that_was_killed(home: Settings) -> None:
    order = takedown.make(home, IT, homes.NOW, silent)
    with mock.patch.object(lake, "bury", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        takedown.take_down(home, order, silent)
    found = {finding.what for finding in faults(home)}
    assert found == {"takedown did not end", "not taken down everywhere"}
    takedown.finish(home, silent)
    assert faults(home) == []


def test_verify_tells_of_bytes_that_came_back_into_raw(home: Settings, small: Settings) -> None:
    take_down(home, IT)
    path = home.raw / "post-2026-03-01" / "0000.warc.gz"
    shutil.copy(small.raw / "post-2026-03-01" / "0000.warc.gz", path)
    assert [finding.what for finding in faults(home)] == ["not taken down everywhere"]
    take_down(home, Wanted(again=True))
    assert faults(home) == []


def test_verify_tells_of_a_tombstone_that_is_gone(home: Settings) -> None:
    take_down(home, IT)
    (home.raw / "tombstones" / identity.tombstone(ARTICLE)).unlink()
    assert {finding.what for finding in faults(home)} == {"tombstone"}


def own_record(settings: Settings, source: str = "post") -> tuple[Path, int, int]:
    with query.connect(settings.home) as connection:
        found = connection.execute(
            """SELECT batch_id, warc_filename, warc_record_offset, warc_record_length FROM captures
               WHERE article_id = $id AND source_id = $source AND outcome = 'extracted' ORDER BY ALL LIMIT 1""",
            {"id": ARTICLE, "source": source},
        ).fetchone()
    assert found
    return settings.raw / found[0] / found[1], found[2], found[3]


@pytest.mark.parametrize("where", [(0, 1, 2), (-5,), (400,)], ids=["in its head", "in its check sum", "in its body"])
def test_a_record_that_was_damaged_since_is_blanked_by_its_place(home: Settings, where: tuple[int, ...]) -> None:
    path, offset, length = own_record(home)
    data = bytearray(path.read_bytes())
    for at in where:
        data[offset + at % length] ^= 255
    path.write_bytes(data)
    take_down(home, IT)
    left = path.read_bytes()
    assert len(left) == len(data)
    said = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(left[offset : offset + length])
    assert identity.tombstone(ARTICLE).encode() in said and b"Moor" not in said
    assert faults(home) == []


def test_a_lost_archive_stops_neither_this_takedown_nor_the_next(home: Settings) -> None:
    path, _, _ = own_record(home)
    path.unlink()
    proof = json.loads(take_down(home, IT).read_text())
    assert proof["rows"]["articles"]
    assert any(str(path) in said for said in proof["unread"])
    with query.connect(home.home) as connection:
        (other,) = connection.execute("SELECT min(article_id) FROM articles").fetchall()[0]
    take_down(home, Wanted(articles=[other]))
    assert takedown.saved(home) == []


def test_an_archive_that_a_run_makes_anew_after_a_takedown_is_blanked_by_that_run(home: Settings) -> None:
    path, _, _ = own_record(home)
    path.unlink()
    take_down(home, IT)
    (row,) = run.night(home, [path.parent.name], silent)
    assert row.held_back is None
    assert homes.telling(home, homes.TELLING) == []
    assert faults(home) == []


def test_a_damaged_commit_stops_no_takedown_and_its_batch_run_again_writes_it_anew(home: Settings) -> None:
    path, _, _ = own_record(home)
    commit = home.commits / f"{path.parent.name}.json"
    commit.write_bytes(commit.read_bytes()[:300])
    (said,) = json.loads(take_down(home, IT).read_text())["unread"]
    assert str(commit) in said and f"run {path.parent.name} again" in said
    assert homes.telling(home, homes.TELLING) == []
    (found, *more) = faults(home)
    assert (found.what, found.where) == ("gone or damaged", str(commit))
    assert {each.what for each in more} <= {"file differs from every commit"}
    run.night(home, [path.parent.name], silent)
    assert faults(home) == []


def test_a_damaged_note_of_a_takedown_is_written_anew(home: Settings) -> None:
    take_down(home, IT)
    path, before = next(home.raw.glob("post-*/0000.warc.gz")), homes.files(home)
    note = path.with_name("taken_down.json")
    note.write_bytes(note.read_bytes()[:100])
    assert [found.where for found in faults(home)] == [str(note)]
    with pytest.raises(IntegrityError, match="delete it and give `newsmill takedown --again"):
        take_down(home, Wanted(again=True))
    note.unlink()
    take_down(home, Wanted(again=True))
    assert note.read_bytes() == before[note.relative_to(home.home).as_posix()]
    assert faults(home) == []


def test_a_lost_index_is_named_in_the_proof(home: Settings) -> None:
    path, _, _ = own_record(home)
    index = path.with_name("0000.index.parquet")
    index.write_bytes(index.read_bytes()[:100])
    (said,) = json.loads(take_down(home, IT).read_text())["unread"]
    assert str(index) in said


def test_a_batch_that_is_not_published_and_cannot_be_read_is_named_and_stops_nothing(home: Settings) -> None:
    run.plan_night(home, DAYS[-1] + timedelta(1))
    planned = home.raw / f"post-{DAYS[-1] + timedelta(1)}" / "plan.json"
    planned.parent.mkdir(exist_ok=True)
    planned.write_text("{")
    order = takedown.make(home, IT, homes.NOW, silent)
    assert any(str(planned) in said for said in order.unread)
    takedown.take_down(home, order, silent)
    assert ARTICLE not in {row[0] for row in articles(home)}


def articles(settings: Settings) -> list[tuple[str]]:
    with query.connect(settings.home) as connection:
        return connection.execute("SELECT article_id FROM articles").fetchall()


def test_what_a_backup_of_the_lake_brings_back_is_taken_down_again(home: Settings, small: Settings) -> None:
    take_down(home, IT)
    expected = homes.lake(home)
    for name in ("lake", "commits"):
        shutil.rmtree(home.home / name)
        shutil.copytree(small.home / name, home.home / name)
    assert (ARTICLE,) in articles(home)
    take_down(home, Wanted(again=True))
    assert homes.lake(home) == expected
    assert faults(home) == []


def test_an_order_is_carried_out_in_the_home_that_it_is_of(home: Settings, tmp_path: Path) -> None:
    rebuild.rebuild(home, silent, into=tmp_path / "beside")
    beside = Settings(home=tmp_path / "beside", sources=home.sources, workers=0)
    order = takedown.make(home, IT, homes.NOW, silent)
    with mock.patch.object(lake, "bury", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        takedown.take_down(home, order, silent)
    take_down(beside, IT)
    assert len(takedown.saved(home)) == 1
    assert takedown.finish(home, silent)[0]
    assert (ARTICLE,) not in articles(home) and (ARTICLE,) not in articles(beside)


def test_an_order_that_cannot_be_ended_does_not_stop_the_next(home: Settings) -> None:
    (home.commits / "takedowns").mkdir()
    (home.commits / "takedowns" / "20260101T000000Z-0.json").write_text("{")
    proofs, (said,) = takedown.finish(home, silent)
    assert proofs == [] and "20260101T000000Z-0.json" in said
    takedown.take_down(home, takedown.make(home, IT, homes.NOW, silent), silent)
    assert (ARTICLE,) not in articles(home)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(posts=["https://x.com/ulmensee_wehr/status/2027746105881527713?s=20"]),
        Wanted(posts=["https://mobile.twitter.com/i/status/2027746105881527713"]),
        Wanted(authors=[" Ottilie  Quarnbek"]),
        Wanted(speakers=["Henrike Stolpmann\u200b"]),
        Wanted(urls=[" https://post.example/moor "]),
    ],
)
def test_what_is_asked_for_is_found_as_it_is_pasted(small: Settings, wanted: Wanted) -> None:
    assert len(takedown.make(small, wanted, homes.NOW, silent).captures) == 6


def test_a_damaged_record_that_was_given_up_goes_with_the_article_of_its_address(home: Settings) -> None:
    path, offset, length = own_record(home, "wire")
    data = bytearray(path.read_bytes())
    data[offset + length - 5] ^= 255
    path.write_bytes(data)
    batch_id = path.parent.name
    assert len(damage.give_up(home, batch_id)) == 1
    [row] = run.night(home, [batch_id], silent)
    assert row.held_back is None
    take_down(home, IT)
    left = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(path.read_bytes()[offset : offset + length])
    assert b"Taken-Down" in left and b"Moor" not in left
    assert faults(home) == []
