"""The report of a night and the page of the corpus, opened from the disk as a browser does."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import report, trends
from pipeline.settings import Settings
from tests.browser import seen
from tests.test_alarms import DAY, Paper

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
UNBROKEN = "Wasserstraßenverkehrsamt" * 40


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A paper with fourteen like nights, a good one, and one that is held back and full of words without a space."""
    paper = Paper(tmp_path_factory.mktemp("paper"))
    paper.night(DAY - timedelta(trends.NIGHTS))
    (first,) = paper.settings.commits.glob("*.json")
    for number in range(1, trends.NIGHTS):
        shutil.copy(first, first.with_name(f"s-{DAY - timedelta(number)}.json"))
    assert paper.night(DAY)[3:] == (None, None)
    paper.deliver(DAY + timedelta(1), documents=2, title=UNBROKEN)
    with (paper.folder / str(DAY + timedelta(1)) / "a.jsonl").open("a") as file:
        file.write(json.dumps({"id": UNBROKEN, "title": UNBROKEN}) + "\n" + UNBROKEN + "\n")
    assert paper.run(DAY + timedelta(1)).held_back
    return paper


@pytest.fixture(scope="session", params=["losses", "clean", "held-back", "corpus"])
def path(request: pytest.FixtureRequest, sample: Settings, paper: Paper) -> Path:
    pages: dict[str, Callable[[], Path]] = {
        "losses": lambda: report.write(sample, "crawl-2026-03-01"),
        "clean": lambda: report.write(paper.settings, f"s-{DAY}"),
        "held-back": lambda: report.write(paper.settings, f"s-{DAY + timedelta(1)}"),
        "corpus": lambda: report.write_corpus(sample),
    }
    return pages[request.param]()


def test_a_page_is_for_every_screen_and_everybody(
    page: "Page", path: Path, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    asked, said = [], []
    page.on("request", lambda each: asked.append(each.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    page.screenshot(path=screenshots / f"{request.node.callspec.id}.png", full_page=True)
    assert seen.overhang(page) == 0
    assert seen.faults(page) == []
    number, reached = seen.tab_stops(page)
    assert reached == list(range(number))
    assert asked == [path.as_uri()]
    assert said == []


def test_a_link_leads_to_its_section_and_what_is_folded_opens_by_keys(page: "Page", path: Path) -> None:
    page.goto(path.as_uri())
    for link in page.locator("nav a").all():
        link.focus()
        page.keyboard.press("Enter")
        assert page.locator(f"{link.get_attribute('href')} h2").bounding_box()["y"] < 900
    for folded in page.locator("details").all():
        assert not folded.locator("table").is_visible()
        folded.locator("summary").focus()
        page.keyboard.press("Enter")
        assert folded.locator("table").is_visible()
        assert seen.overhang(page) == 0
