"""A month of crawled files by its list, as Common Crawl gives it: each day its own files, and nothing else read."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from pipeline import plan, sources
from pipeline.errors import ConfigurationError, SourceError
from pipeline.model import Plan, Source
from pipeline.settings import Settings
from tests.warcs import http, members, record

DAY = date(2026, 3, 1)
NAMES = [f"crawl-data/CC-NEWS/2026/03/CC-NEWS-2026030{day}06300{n}-0000{n}.warc.gz" for day in (1, 2) for n in (1, 2)]
LIST = "lists/warc.paths.gz"


def listing(root: Path, *names: str) -> Path:
    path = root / LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{name}\n" for name in names).encode()))
    return path


def month(root: Path, base: Path) -> Source:
    """Four files of a month, of which the last is not there."""
    listing(root, *NAMES)
    for number, name in enumerate(NAMES[:3]):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(members(record(http(), number=2 * number), record(http(), number=2 * number + 1)))
    return Source(id="ccnews", kind="warc_list", path="lists", base_url=base.as_uri() + "/")


def test_a_day_has_the_files_that_are_named_by_it(tmp_path: Path) -> None:
    source = month(tmp_path, tmp_path / "crawl")
    assert sources.inputs(source, tmp_path, DAY) == [tmp_path / "crawl" / name for name in NAMES[:2]]
    assert sources.inputs(source, tmp_path, date(2026, 3, 3)) == []


def test_without_base_url_paths_start_at_the_folder_of_the_sources(tmp_path: Path) -> None:
    listing(tmp_path, *NAMES, NAMES[0])
    found = sources.inputs(Source(id="ccnews", kind="warc_list", path=LIST), tmp_path, DAY)
    assert found == [tmp_path / name for name in NAMES[:2]]


def test_each_file_of_the_day_is_chunks_in_place_called_by_its_path_in_the_list(tmp_path: Path) -> None:
    source, settings = month(tmp_path, tmp_path / "crawl"), Settings(home=tmp_path / "home")
    made = plan.make(settings, source, tmp_path, DAY)
    assert isinstance(made, Plan)
    assert [(item.path, item.in_place) for item in made.inputs] == [(name, True) for name in NAMES[:2]]
    assert [chunk.documents for chunk in made.chunks] == [2, 2]
    assert plan.load(settings, made.batch_id) == made
    assert plan.make(settings, source, tmp_path, date(2026, 3, 3)) is None


def test_a_listed_file_that_is_not_there_fails_its_day_and_is_named(tmp_path: Path) -> None:
    source = month(tmp_path, tmp_path / "crawl")
    with pytest.raises(SourceError, match=r"20260302063002-00002.* cannot be read"):
        plan.make(Settings(home=tmp_path / "home"), source, tmp_path, date(2026, 3, 2))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("../CC-NEWS-20260301063000-00012.warc.gz", "no path below base_url"),
        ("/etc/CC-NEWS-20260301063000-00012.warc.gz", "no path below base_url"),
        ("a\x00b-20260301063000.warc.gz", "no path below base_url"),
        ("crawl-data/segment.warc.gz", "no day in the name"),
        ("crawl-data/CC-NEWS-20261399063000-00012.warc.gz", "no day in the name"),
    ],
)
def test_a_line_that_is_no_dated_path_below_the_base_is_an_error(tmp_path: Path, line: str, why: str) -> None:
    listing(tmp_path, line)
    with pytest.raises(SourceError, match=why):
        sources.inputs(Source(id="ccnews", kind="warc_list", path=LIST), tmp_path, DAY)


@pytest.mark.parametrize("content", [gzip.compress(b"crawl/CC-NEWS-20260301.warc.gz\n" * 9)[:-9], b"<html>", b"\xff"])
def test_a_cut_or_foreign_list_is_an_error(tmp_path: Path, content: bytes) -> None:
    listing(tmp_path).write_bytes(content)
    with pytest.raises(SourceError, match=r"cannot be read as a list"):
        sources.inputs(Source(id="ccnews", kind="warc_list", path=LIST), tmp_path, DAY)


def test_the_base_of_a_list_is_a_directory(tmp_path: Path) -> None:
    table = {"kind": "warc_list", "path": LIST, "base_url": "http://crawl.example/"}
    with pytest.raises(ConfigurationError, match=r"base_url = .* is wrong; .*file:///data/commoncrawl/"):
        sources.source("ccnews", table)
    assert sources.source("ccnews", table | {"base_url": "file:///data/"}).base_url == "file:///data/"
    with pytest.raises(ConfigurationError, match="base_url"):
        sources.source("pages", table | {"kind": "html", "base_url": "file:///data/"})
