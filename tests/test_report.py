"""What an engineer reads in the morning: the verdict first, losses with the command that tries them again, no script."""

import html
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline import report, run, store
from pipeline.errors import ConfigurationError
from pipeline.report import charts, page
from pipeline.settings import Settings
from tests.test_alarms import DAY, Paper
from tests.test_cli import newsmill

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """Notes the elements of a page, and whether all are closed in order."""

    VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(path: Path) -> str:
    """The page's text, white space folded."""
    without = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", without).split()))


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return Paper(tmp_path)


def test_a_report_says_first_what_was_lost_and_how_to_try_it_again(sample_copy: Settings) -> None:
    text = text_of(report.write(sample_copy, "crawl-2026-03-01"))
    assert "Published. 8 of 15 captures show an article; 7 (46.7%) were lost" in text
    assert text.index("were lost") < text.index("What became of the captures") < text.index("What the articles are")
    assert "newsmill replay --reason http_error --source crawl --since 2026-03-01" in text
    assert "HTTP status 404" in text and "Salomé" in text


def test_a_report_is_one_small_file_that_loads_nothing_and_can_be_read_aloud(sample_copy: Settings) -> None:
    for path in report.write_all(sample_copy, run.last(sample_copy)):
        text = path.read_text("utf-8")
        assert len(text) < 2_000_000
        found = Elements(text)
        assert found.open == []
        names = [name for name, _ in found.found]
        assert {"html", "main", "h1", "table", "caption"} <= set(names) and "script" not in names
        assert not [each for _, each in found.found if {"src", "onload", "onerror"} & each.keys()]
        links = [each["href"] or "" for name, each in found.found if name == "a"]
        assert all(link.startswith("#") for link in links)
        assert {link[1:] for link in links} <= {each.get("id") for _, each in found.found}
        assert all(each.get("aria-label") for name, each in found.found if name == "figure")
        assert names.count("th") and all("scope" in each for name, each in found.found if name == "th")


def test_what_articles_say_is_never_markup(paper: Paper) -> None:
    paper.deliver(DAY, documents=3, title=HOSTILE, sentence="„Wir warten“, sagte Edda Quint in Hamburg. ")
    with (paper.folder / str(DAY) / "a.jsonl").open("a") as file:
        file.write(json.dumps({"id": HOSTILE, "title": HOSTILE}) + "\n" + HOSTILE * 1000 + "\n")
    assert paper.run(DAY).held_back is None
    path = report.write(paper.settings, f"s-{DAY}")
    names = [name for name, _ in Elements(path.read_text("utf-8")).found]
    assert "script" not in names and "img" not in names
    assert "&lt;script&gt;" in path.read_text("utf-8")


def test_a_batch_that_was_held_back_is_shown_from_its_work_files(paper: Paper) -> None:
    paper.settings.home.mkdir(parents=True)
    paper.keys += "\nmin_articles = 9"
    paper.deliver(DAY, documents=4)
    with (paper.folder / str(DAY) / "a.jsonl").open("a") as file:
        file.write("{ cut sh")
    assert paper.run(DAY).held_back
    text = text_of(report.write(paper.settings, f"s-{DAY}"))
    assert "Not published. 4 articles, the source's min_articles is 9" in text
    assert "5 captures, 4 articles, 1 rejects" in text and "not published" in text
    assert "invalid_json 1 2026-03-16/a.jsonl" in text and f"newsmill run --source s --date {DAY}" in text
    shutil.rmtree(paper.settings.work)
    assert "0 captures, 0 articles" in text_of(report.write(paper.settings, f"s-{DAY}"))


def test_the_same_lake_gives_the_same_report(paper: Paper) -> None:
    paper.night(DAY, documents=4)
    first = report.write(paper.settings, f"s-{DAY}").read_bytes()
    assert report.write(paper.settings, f"s-{DAY}").read_bytes() == first


def test_an_unknown_batch_is_no_report(sample: Settings) -> None:
    with pytest.raises(ConfigurationError, match="no batch 'agency-1999-01-01'"):
        report.write(sample, "agency-1999-01-01")


def test_the_corpus_page_counts_what_the_lake_holds(sample_copy: Settings) -> None:
    text = text_of(report.write_corpus(sample_copy))
    assert "articles 51" in text and "sources 4" in text
    assert "harbour_wire" in text and "dated, %" in text


def test_an_empty_lake_has_a_corpus_page(tmp_path: Path) -> None:
    assert "The lake holds no article." in text_of(report.write_corpus(Settings(home=tmp_path)))


def test_the_command_writes_the_last_batch_of_each_source(sample_copy: Settings) -> None:
    told = newsmill("report", home=sample_copy.home)
    assert told.returncode == 0
    assert [Path(line).parent.name for line in told.stdout.split()] == run.last(sample_copy)
    assert all(Path(line).is_file() for line in told.stdout.split())


def numbers() -> Iterator[tuple[float | None, str]]:
    yield from ((None, "–"), (0, "0"), (1234567, "1,234,567"), (0.25, "0.2"), (99.96, "100.0"))


@pytest.mark.parametrize(("value", "written"), list(numbers()))
def test_numbers_are_written_as_people_read_them(value: float | None, written: str) -> None:
    assert page.number(value) == written


def test_sizes_and_shares_and_long_words() -> None:
    assert [page.size(count) for count in (12, 1500, 2_000_000_000)] == ["12 B", "1.5 kB", "2.0 GB"]
    assert (page.share(1, 3), page.share(0, 0)) == ("33.3%", "–")
    assert page.short("x" * 500, 10) == "xxxxxxxxx…"


def test_a_chart_escapes_its_words_and_is_nothing_without_values() -> None:
    drawn = charts.bars([(HOSTILE, 3)], "articles")
    assert "<svg" in drawn and "<script" not in drawn and "<img" not in drawn
    assert charts.bars([], "articles") == ""


def test_takedown_deletes_pages_that_may_show_what_is_gone(paper: Paper) -> None:
    from pipeline.takedown import clearing

    paper.night(DAY, documents=4)
    paths = report.write_all(paper.settings, [f"s-{DAY}"])
    clearing.clear_reports(paper.settings, f"s-{DAY}")
    assert not any(path.exists() for path in paths)
    assert store.read_json(paper.settings.reports / f"s-{DAY}" / "ledger.json")["held_back"] is None
