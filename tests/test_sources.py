from datetime import date
from pathlib import Path

import pytest

from pipeline import sources
from pipeline.errors import ConfigurationError, SourceError
from pipeline.model import Source

DAY = date(2026, 11, 22)


def load(folder: Path, text: str | bytes) -> dict[str, Source]:
    path = folder / "sources.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sources.load(path)


def fill(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return root


def inputs(root: Path, path: str, kind: str = "text") -> list[str]:
    found = sources.inputs(Source(id="a", kind=kind, path=path), root, DAY)  # type: ignore[arg-type]
    return [file.relative_to(root).as_posix() for file in found]


def test_sources_have_the_keys_of_the_file_and_defaults_for_the_others(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """
        [sources.lindenau-post]
        kind = "html"
        path = "pages/{date}"
        base_url = "https://lindenau.example/"
        timezone = "Europe/Berlin"
        language = "de"
        min_articles = 3
        fields = { id = "uid" }
        [sources.b]
        kind = "text"
        path = "b.txt"
        """,
    )
    assert list(found) == ["lindenau-post", "b"]
    first, second = found.values()
    assert (first.kind, first.path, first.timezone, first.min_articles) == ("html", "pages/{date}", "Europe/Berlin", 3)
    assert (second.timezone, second.base_url, second.fields) == ("UTC", None, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sources.a\n", r"sources\.toml: not valid TOML: .*line 1"),
        (b"\xff", r"not UTF-8 at byte 0"),
        ("", r"no source in it; add a table \[sources\.<id>\]"),
        ("sources = 1", r"no source in it"),
        ("[source.a]\nkind='text'\npath='a'", r"unknown key `source`"),
        ("[sources]\na = 1", r"\[sources\.a\] must be a table"),
        ("[sources.A]\nkind='text'\npath='a'", r"\[sources\.A\]: an id is"),
        ("[sources.'../a']\nkind='text'\npath='a'", r"an id is"),
        ("[sources.a]\npath='a'", r"\[sources\.a\]: `kind` is missing; kinds are text, jsonl, html, warc"),
        ("[sources.a]\nkind='text'", r"\[sources\.a\]: `path` is missing"),
        ("[sources.a]\nkind='pdf'\npath='a'", r"kind = 'pdf' is wrong; kinds are text, jsonl, html, warc"),
        ("[sources.a]\nkind=['text']\npath='a'", r"kind = \['text'\] is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\ntimzone='UTC'", r"unknown key `timzone`; did you mean `timezone`\?"),
        ("[sources.a]\nkind='text'\npath='a'\nid='b'", r"unknown key `id`"),
        ("[sources.a]\nkind='text'\npath='a'\nqqq=1", r"unknown key `qqq`; known keys are kind, path"),
        ("[sources.a]\nkind='text'\npath=7", r"path = 7 is wrong; a file, directory or glob"),
        ("[sources.a]\nkind='text'\npath=''", r"path = '' is wrong"),
        ("[sources.a]\nkind='text'\npath='{day}/a'", r"path has \{day\}; the only placeholder is \{date\}"),
        ("[sources.a]\nkind='text'\npath='a**/b'", r"`\*\*` must stand alone"),
        ("[sources.a]\nkind='html'\npath='*/{date}'\nbase_url='http://a.example'", r"before the first wildcard"),
        ("[sources.a]\nkind='text'\npath='a'\ntimezone='Mars/Base'", r"timezone = 'Mars/Base' is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\ntimezone='../../etc/passwd'", r"timezone = .* is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\ncharset='klingon'", r"charset = 'klingon' is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\ncharset='hex'", r"charset = 'hex' is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\nlanguage='German'", r"language = 'German' is wrong"),
        ("[sources.a]\nkind='text'\npath='a'\nbase_url='lindenau.example'", r"base_url = .* is wrong"),
        ("[sources.a]\nkind='html'\npath='a'\nbase_url='https://bob:secret@a.example/'", r"without user and query"),
        ("[sources.a]\nkind='jsonl'\npath='a'\nfields={headlines='t'}", r"unknown name `headlines`.*`headline`"),
        ("[sources.a]\nkind='text'\npath='a'\nfields={id=1}", r"fields = .* is wrong; a table of names"),
        ("[sources.a]\nkind='text'\npath='a'\nmin_articles=-1", r"min_articles = -1 is wrong; a whole number"),
        ("[sources.a]\nkind='text'\npath='a'\nmin_articles=true", r"min_articles = True is wrong"),
    ],
)
def test_a_mistake_is_an_error_that_names_file_source_and_key(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "sources.toml") in str(caught.value)


def test_fields_may_call_a_name_by_any_of_its_aliases() -> None:
    names = {"id": "uid", "url": "meta.url", "crawl_date": "seen", "text": "inhalt", "articleSection": "ressort"}
    assert sources.source("a", {"kind": "jsonl", "path": ".", "fields": names}).fields == names


@pytest.mark.parametrize("name", ["{x}.txt", "two\nlines.txt", "odd[1].txt", "back\\slash.txt"])
def test_a_single_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = fill(tmp_path, name, "other.txt") / name
    assert sources.inputs(*sources.of_path(path, None, "a"), DAY) == [path]


@pytest.mark.parametrize(
    ("name", "message"), [("日本.txt", "give --source NAME"), ("day-{date}.txt", "stands for the day; rename the file")]
)
def test_a_name_that_cannot_stand_for_a_source_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        sources.of_path(fill(tmp_path, name) / name, None, None)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: no such file"):
        sources.load(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match=r"cannot be read"):
        sources.load(tmp_path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", ["in/a.txt", "in/deep/er/b.TXT"]),
        ("jsonl", ["in/a.jsonl", "in/b.jsonl.gz"]),
        ("html", ["in/a.htm", "in/a.html"]),
        ("warc", ["in/a.warc", "in/a.warc.gz"]),
    ],
)
def test_a_directory_means_its_files_of_the_kind_at_any_depth(tmp_path: Path, kind: str, expected: list[str]) -> None:
    names = ["a.txt", "deep/er/b.TXT", "a.jsonl", "b.jsonl.gz", "a.htm", "a.html", "a.warc", "a.warc.gz", "a.json"]
    fill(tmp_path, *(f"in/{name}" for name in [*names, ".hidden.txt", ".git/a.txt"]))
    assert inputs(tmp_path, "in", kind) == expected


def test_a_file_is_taken_whatever_its_name_and_a_glob_takes_files(tmp_path: Path) -> None:
    fill(tmp_path, "news.dat", "in/b.txt", "in/a.txt", "in/x/c.txt", "odd[1].txt")
    assert inputs(tmp_path, "news.dat") == ["news.dat"]
    assert inputs(tmp_path, str(tmp_path / "news.dat")) == ["news.dat"]
    assert inputs(tmp_path, "in/*") == ["in/a.txt", "in/b.txt"]
    assert inputs(tmp_path, "in/**/*.txt") == ["in/a.txt", "in/b.txt", "in/x/c.txt"]
    assert inputs(tmp_path, "odd[1].txt") == ["odd[1].txt"]


def test_the_day_stands_for_date_and_may_have_no_news(tmp_path: Path) -> None:
    fill(tmp_path, "in/2026-11-22/a.txt", "in/2026-11-21/b.txt", "days/2026-11-21.txt")
    (tmp_path / "empty" / "2026-11-22").mkdir(parents=True)
    assert inputs(tmp_path, "in/{date}") == ["in/2026-11-22/a.txt"]
    assert inputs(tmp_path, "*/{date}/*.txt") == ["in/2026-11-22/a.txt"]
    assert inputs(tmp_path, "days/{date}.txt") == []
    assert inputs(tmp_path, "days/{date}/*.txt") == []
    assert inputs(tmp_path, "empty/{date}") == []
    assert inputs(tmp_path, "{date}") == []


@pytest.mark.parametrize("path", ["gone", "gone/*.txt", "gone/{date}", "in/*.csv", "gone/{date}/*.txt"])
def test_a_path_that_is_not_there_is_an_error_that_names_it(tmp_path: Path, path: str) -> None:
    fill(tmp_path, "in/a.txt")
    with pytest.raises(SourceError, match=r"source a: .* does not exist"):
        inputs(tmp_path, path)


def test_a_directory_without_files_of_the_kind_is_an_error_that_says_which_are_missing(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.txt")
    with pytest.raises(SourceError, match=r"holds no \*\.html or \*\.htm file"):
        inputs(tmp_path, "in", "html")


def test_links_that_lead_in_circles_are_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.txt")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "b.txt").symlink_to(tmp_path / "in" / "a.txt")
    assert inputs(tmp_path, "in") == ["in/a.txt", "in/b.txt"]
    assert inputs(tmp_path, "in/**/*.txt") == ["in/a.txt", "in/b.txt"]


def test_a_name_that_is_not_unicode_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Path(str(tmp_path) + "/in/\udcff.txt").write_text("x")
    with pytest.raises(SourceError, match="not UTF-8; rename the file"):
        inputs(tmp_path, "in")
