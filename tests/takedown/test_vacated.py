"""Places of what was taken down are not read again: not in files of others, nor in ours that a backup brought back."""

import shutil
from pathlib import Path

import pytest

from pipeline import damage, plan, query, run, takedown, verify
from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.takedown import homes
from tests.takedown.homes import ARTICLE, DAYS, TELLING, faults, silent, take_down, telling

IT = Wanted(articles=[ARTICLE])
AGAIN = Wanted(again=True)


@pytest.fixture
def crawl(tmp_path: Path) -> Settings:
    """A home of one night of a file that is referenced in place, with the article taken down; its owner is slow."""
    homes.write_sources(tmp_path)
    (tmp_path / "sources.toml").write_text(homes.CRAWL, "utf-8")
    settings = homes.settings_of(tmp_path)
    homes.nights(settings, DAYS[:1])
    take_down(settings, IT)
    return settings


def to_remove(settings: Settings) -> list[tuple[Path, int, int]]:
    """Return what a takedown lists that only its owner can remove."""
    return takedown.left(settings, takedown.make(settings, AGAIN, homes.NOW, silent))


def overwrite(settings: Settings) -> None:
    for path, offset, length in to_remove(settings):
        data = path.read_bytes()
        path.write_bytes(data[:offset] + bytes(length) + data[offset + length :])


def outcomes(settings: Settings) -> list[tuple[str, str]]:
    with query.connect(settings.home) as connection:
        return connection.sql(
            "SELECT batch_id, outcome FROM captures WHERE outcome = 'taken_down' ORDER BY ALL"
        ).fetchall()


def test_what_an_owner_deletes_is_no_damage_to_a_night_that_captured_it_after_its_takedown(crawl: Settings) -> None:
    homes.nights(crawl, DAYS[1:])
    before = homes.lake(crawl)
    overwrite(crawl)
    assert [damage.of_batch(crawl, batch_id) for batch_id in plan.batches(crawl)] == [[], []]
    shutil.rmtree(crawl.work)
    run.night(crawl, ["crawl-2026-03-02"], silent)
    assert outcomes(crawl) == [(f"crawl-{day}", "taken_down") for day in DAYS]
    assert homes.lake(crawl) == before
    assert faults(crawl) == []


def test_verify_and_a_takedown_tell_what_an_owner_still_has_until_he_removed_it(crawl: Settings) -> None:
    [(path, _, _)] = to_remove(crawl)
    [note] = verify.verify(crawl, silent)
    assert (note.what, note.where, note.fault) == ("left to its owner", str(path), False)
    overwrite(crawl)
    assert to_remove(crawl) == []
    assert list(verify.verify(crawl, silent)) == []


def test_a_night_whose_note_is_gone_is_told_of_and_noted_again(crawl: Settings) -> None:
    note = crawl.raw / "crawl-2026-03-01" / "taken_down.json"
    noted = note.read_bytes()
    note.unlink()
    assert [finding.what for finding in faults(crawl)] == ["not taken down everywhere"]
    take_down(crawl, AGAIN)
    assert note.read_bytes() == noted
    assert faults(crawl) == []


def test_a_file_of_raw_from_a_backup_before_the_takedown_brings_nothing_back(home: Settings, small: Settings) -> None:
    take_down(home, IT)
    before = homes.lake(home)
    name = "post-2026-03-01/0000.warc.gz"
    shutil.copy(small.raw / name, home.raw / name)
    assert telling(home, TELLING)
    shutil.rmtree(home.work)
    [row] = run.night(home, ["post-2026-03-01"], silent)
    assert row.held_back is None
    assert homes.lake(home) == before
    assert telling(home, TELLING) == []
    assert faults(home) == []


def test_an_archive_that_is_made_anew_may_have_other_places(home: Settings) -> None:
    """What would have been a revisit is kept whole, and then blanked: those behind it move."""
    take_down(home, IT)
    for name in ("0000.warc.gz", "0000.index.parquet"):
        (home.raw / "wire-2026-03-02" / name).unlink()
    shutil.rmtree(home.work)
    [row] = run.night(home, ["wire-2026-03-02"], silent)
    assert (row.held_back, row.outcomes) == (None, {"taken_down": 1, "unchanged": 1})
    assert telling(home, TELLING) == []
    assert faults(home) == []
