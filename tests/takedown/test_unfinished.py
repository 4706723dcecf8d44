"""A takedown while a fetch is broken off: what it has so far is in a file that nobody else reads."""

import json
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline import fetching, plan, run, takedown
from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.takedown import homes
from tests.takedown.homes import ARTICLE, BODY, DAYS, TELLING, silent, telling

IT = Wanted(articles=[ARTICLE])
BATCH = f"post-{DAYS[1]}"


@pytest.fixture
def home(first: Settings, tmp_path: Path) -> Settings:
    """A home in whose second night a batch broke off after three captures, in a fourth of the same page."""
    settings = homes.copied(first, tmp_path / "home")
    run.capture_chunk(settings, f"{BATCH}/0000")
    warc = settings.raw / BATCH / "0000.warc.gz"
    (settings.raw / BATCH / "0000.index.parquet").unlink()
    warc.rename(part(settings))
    with part(settings).open("ab") as file:
        file.write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x00\x01\x00\xfe\xff" + BODY[0].encode())
    return settings


def part(settings: Settings) -> Path:
    return fetching.part_of(settings.raw / BATCH / "0000.warc.gz")


def take_down(settings: Settings) -> dict[str, list[object]]:
    order = takedown.make(settings, IT, homes.NOW, silent)
    value: dict[str, list[object]] = json.loads(takedown.take_down(settings, order, silent).read_text("utf-8"))
    return value


def test_what_a_broken_off_fetch_has_is_blanked_and_the_next_try_goes_on_with_it(home: Settings) -> None:
    assert BODY[0].encode() in part(home).read_bytes()
    said = take_down(home)
    assert BODY[0].encode() not in part(home).read_bytes()
    assert [each for each in said["blanked"] if part(home).name in str(each)]
    assert said["unread"] == []
    assert takedown.make(home, IT, homes.NOW, silent).is_done
    warc = home.raw / BATCH / "0000.warc.gz"
    fetching.fetch(home, plan.load(home, BATCH).source, BATCH, warc, [], {})
    assert telling(home, TELLING) == []
    [row] = run.night(home, [BATCH], silent)
    assert row.outcomes == {"taken_down": 1, "unchanged": 1, "rejected": 1}


def test_one_that_is_being_fetched_is_left_alone_and_named(home: Settings) -> None:
    before = part(home).read_bytes()
    with FileLock(fetching.lock_of(home, BATCH, "0000")):
        said = take_down(home)
    assert part(home).read_bytes() == before
    assert [each for each in said["blanked"] if part(home).name in str(each)] == []
    [why] = said["unread"]
    assert part(home).name in str(why)
    assert takedown.make(home, Wanted(again=True), homes.NOW, silent).marks
